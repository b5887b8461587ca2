"""Match labels of lines and columns to the vocabulary: exact matches first, then similar ones, never ambiguous ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matrix.conventions import Conventions
from matrix.sheets.lexicon import near, simple, trigrams
from matrix.wording import SECTIONS

#: The similarity that a garbled label needs, and its lead over the next candidate, to be matched.
ALIKE, AHEAD = 0.62, 0.08
ACTIVITY_ALIKE, SECTION_ALIKE = 0.55, 0.7

#: Other names of the six columns.
_ACTIVITY_NAMES: Mapping[str, tuple[str, ...]] = {
    "preconisation": ("preconisation", "preconisations", "preconisation usage"),
    "acquisition": ("acquisition", "choix decision acquisition", "choix et acquisition", "achat"),
    "installation": ("installation", "deploiement", "installation et deploiement"),
    "mco": ("mco", "maintien en conditions operationnelles", "maintenance", "maintien en condition operationnelle mco"),
    "assistance": ("assistance", "assistance aux utilisateurs"),
    "conseil": ("conseil", "expertise", "conseil et expertise"),
}


@dataclass(frozen=True, slots=True)
class Match:
    """Says what a label matches: one id when that is certain, several when it is ambiguous, none without a match."""

    ids: tuple[str, ...]
    exact: bool = False

    @property
    def sure(self) -> bool:
        return len(self.ids) == 1


class Labels:
    """Knows the labels of an agreement's services and activities, in every form in which sheets write them."""

    def __init__(self, conventions: Conventions, wanted: Iterable[str]) -> None:
        self._section_of = {
            service: section for section, services in conventions.sections.items() for service in services
        }
        self._wanted = frozenset(wanted)
        self._services = _Forms(
            {service: _service_forms(service, label) for service, label in conventions.services.items()}, ALIKE
        )
        self._activities = _Forms(
            {
                activity: (simple(label), simple(activity), *_ACTIVITY_NAMES.get(activity, ()))
                for activity, label in conventions.activities.items()
            },
            ACTIVITY_ALIKE,
        )
        self._sections = _Forms(
            {section: (simple(SECTIONS.get(section, section)), simple(section)) for section in conventions.sections},
            SECTION_ALIKE,
        )

    def service(self, text: str, section: str = "") -> Match:
        """Return the service of a line's label; `section`: the one under whose title it stands, where there is one."""
        found = self._services.match(text[:300])
        if len(found.ids) > 1 and section:
            here = tuple(one for one in found.ids if self._section_of.get(one) == section)
            found = Match(here, found.exact) if here else found
        if len(found.ids) > 1:
            own = tuple(one for one in found.ids if one in self._wanted)
            found = Match(own, found.exact) if len(own) == 1 else found
        return found

    def activity(self, text: str) -> Match:
        """Return the activity of a column's label."""
        return self._activities.match(text[:200])

    def section(self, text: str) -> Match:
        """Return the section of a title's text."""
        return self._sections.match(text[:200])


def activities_named(lines: Iterable[Iterable[str]]) -> int:
    """Return the number of activities on the line that names most of them; no agreement needs to be known."""
    forms = _Forms(_ACTIVITY_NAMES, ACTIVITY_ALIKE)
    matches = ([forms.match(text) for text in line if len(text) <= 200] for line in lines)
    return max((len({match.ids[0] for match in line if match.sure}) for line in matches), default=0)


def _service_forms(service: str, label: str) -> tuple[str, ...]:
    """Return the forms of a service's name: its id, its whole label, its label without the brackets."""
    short = re.sub(r"\s*[(:].*", "", label)
    return tuple(dict.fromkeys((simple(service), simple(label), simple(short))))


class _Forms:
    """Finds the ids that a label stands for, from the forms in which labels are written; answers are kept."""

    def __init__(self, known: Mapping[str, Iterable[str]], least: float) -> None:
        found: dict[str, list[str]] = {}
        for name, forms in known.items():
            for form in forms:
                found.setdefault(form, []).append(name)
        self._ids = {form: tuple(dict.fromkeys(names)) for form, names in found.items()}
        self._trigrams = {form: trigrams(form) for form in found}
        self._least = least
        self._seen: dict[str, Match] = {}

    def match(self, text: str) -> Match:
        label = simple(text)
        if not label:
            return Match(())
        if label not in self._seen:
            self._seen[label] = Match(self._ids[label], exact=True) if label in self._ids else self._alike(label)
        return self._seen[label]

    def _alike(self, label: str) -> Match:
        best: dict[str, float] = {}
        for score, form in near(label, self._trigrams):
            if score < self._least:
                break
            for name in self._ids[form]:
                best.setdefault(name, score)
        top = max(best.values(), default=0.0)
        return Match(tuple(name for name, score in best.items() if score > top - AHEAD))
