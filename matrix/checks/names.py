"""Check for one service under two names, found by comparing labels and answers; there is no list of synonyms. Pure.

Two labels name one service when one of them lists, in its brackets or after its colon, something that the other names
in full: « filtrage » in « Service de sécurisation (filtrage, pare-feu) » and in « Filtrage internet ». Annexe 2 itself
distinguishes its rows, so one of the two labels must be of a service outside annexe 2. A pair is reported only where a
ticket gets different answers under the two names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from matrix.checks.cells import settled
from matrix.checks.model import Finding, Severity, cell_place, found
from matrix.conventions import Conventions
from matrix.french import fold
from matrix.model import OTHER_SECTION, Cell, Convention
from matrix.wording import small

#: A word that is in more labels than this is too common to identify a service.
_RARE = 3
_EMPTY = frozenset({"des", "les", "aux", "par", "pour", "sur", "etc", "dans", "the", "une"})


def check(conventions: Conventions, convention: Convention) -> Iterator[Finding]:
    """Yield the findings on pairs of services of the latest version that name one thing and get different answers."""
    if not convention.versions:
        return
    cells = convention.versions[-1].cells
    ruled = {one for section in convention.sections for one in conventions.sections[section]}
    celled = {service for service, _ in cells}
    named = [one for one in conventions.services if one in ruled or one in celled]
    outside = frozenset(conventions.sections.get(OTHER_SECTION, ()))
    labels = {one: words(label) for one, label in conventions.services.items()}
    holders: dict[str, int] = {}
    for held in labels.values():
        for word in held:
            holders[word] = holders.get(word, 0) + 1
    items = {one: listed(label) for one, label in conventions.services.items()}

    def common(lister: str, other: str) -> list[str]:
        return [
            text
            for text, held in items[lister]
            if held <= labels[other] and any(holders[word] <= _RARE for word in held)
        ]

    for at, first in enumerate(named):
        for second in named[at + 1 :]:
            if first in outside or second in outside:
                shared = common(first, second) or common(second, first)
                if shared:
                    yield from _pair(conventions, convention, first, second, shared)


def _pair(
    conventions: Conventions, convention: Convention, first: str, second: str, shared: list[str]
) -> Iterator[Finding]:
    cells = convention.versions[-1].cells
    items, keys, both = [], [], False
    for activity, label in conventions.activities.items():
        one, other = cells.get((first, activity)), cells.get((second, activity))
        if _outcomes(one) == _outcomes(other):
            continue
        both = both or (settled(one) and settled(other))
        keys += [(first, activity), (second, activity)]
        items.append(f"{small(label)} : {_said(one)} sous le premier nom, {_said(other)} sous le second")
    if not items:
        return
    weight: Severity = "avertissement" if both else "remarque"
    shown = next(cell for key in keys if (cell := cells.get(key)) is not None)
    yield found(
        convention,
        "same-service",
        weight,
        cell_place(convention, shown),
        f"{first} / {second}",
        f"« {conventions.services[first]} » et « {conventions.services[second]} » nomment tous deux « "
        f"{' », « '.join(shared)} » : selon le nom que prend un ticket, la réponse n’est pas la même.",
    ).about(tuple(keys), items=tuple(items))


def _outcomes(cell: Cell | None) -> tuple[tuple[str, str | None], ...]:
    if cell is None or not settled(cell):
        return ()
    return tuple((case.status, case.party) for case in cell.cases)


def _said(cell: Cell | None) -> str:
    return "rien" if cell is None or not settled(cell) else cell.value


def words(label: str) -> frozenset[str]:
    """Return the words of a label, without accents and plurals.

    « systèmes » gives « systeme »; « STS-WEB » is one word.
    """
    found_ = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", fold(label))
    return frozenset(
        word[:-1] if word[-1] in "sx" and len(word) > 4 else word
        for word in found_
        if len(word) > 2 and word not in _EMPTY
    )


def listed(label: str) -> list[tuple[str, frozenset[str]]]:
    """Return what a label lists in its brackets or after its colon, each with its words."""
    parts = re.findall(r"\(([^()]*)\)|:([^()]*)", label)
    texts = [text.strip(" .…") for pair in parts for whole in pair for text in re.split(r"[,/;]", whole)]
    return [(text, held) for text in texts if (held := words(text))]
