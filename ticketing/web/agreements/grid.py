"""Shape an agreement for the grid of « Qui fait quoi »: each cell as a word, as a sentence, and with its clauses.

It reads `matrix.table` and decides nothing: the answer to a ticket is that of `Router.route`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from matrix import french, table, wording
from matrix.conventions import Conventions
from matrix.french.grammar import verb
from matrix.model import Case, Cell, Citation, Convention, Provenance, Recorded
from matrix.owners import OWN, own_party
from matrix.sentences import condition
from matrix.wording import SECTIONS
from ticketing.formats import NBSP, french_date
from ticketing.search import query, spelling
from ticketing.search import words as search_words

Kind = Literal["party", "either", "depends", "none", "unknown", "conflict", "arbitration", "outside"]

#: The names of the sections, shortened for a filter.
SHORT_SECTIONS = {
    "infrastructure": "Infrastructure et équipements",
    "structurants": "Services structurants",
    "utilisateurs-administratif": "Usagers administratifs",
    "utilisateurs-pedagogique": "Usagers pédagogiques",
    "continuite-qualite": "Continuité et qualité",
    "metier-enseignement": "Enseignement",
    "metier-vie-scolaire": "Vie scolaire",
    "metier-gestion-administrative": "Gestion administrative",
    "hors-annexe-2": "Autres services",
}

PROVENANCES: dict[Provenance, str] = {"printed": "imprimé", "derived": "déduit", "default": "à défaut"}


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: its `parties` in order (several where facts decide), `word` for the grid, `sentence` for the list."""

    service: str
    activity: str
    kind: Kind
    parties: tuple[str, ...]
    word: str
    sentence: str
    provenance: Provenance
    note: str  # the number of the annexe's note; empty when the cell has none


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A line of the grid: a service and its cells."""

    id: str
    label: str
    cells: tuple[CellView, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the parties that answer for some activity of the service, each once."""
        return tuple(dict.fromkeys(party for cell in self.cells for party in cell.parties))


@dataclass(frozen=True, slots=True)
class SectionView:
    """A family of services of the grid, with its name shortened for a filter."""

    id: str
    label: str
    short: str
    services: tuple[ServiceView, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer of a cell: its condition (empty: always, or in every other case), and who answers."""

    condition: str
    party: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class CellDetail:
    """A cell in detail: its answers in order, the helpers, the note, and every place of the text that it rests on."""

    view: CellView
    section: str
    service: str
    activity: str
    outcomes: tuple[Outcome, ...]
    helpers: tuple[Outcome, ...]
    note: Citation | None
    citations: tuple[Citation, ...]
    origin: str  # who read it on the signed paper and where, or the change that set it; empty for the text as shipped


@lru_cache(maxsize=64)
def sections(
    conventions: Conventions, convention_id: str, etablissement: str | None, recorded: tuple[Recorded, ...] = ()
) -> tuple[SectionView, ...]:
    """Return the whole grid, in the order of annexe 2.

    With an établissement, names and cells are its own: other kinds are left out, and the transfers hold, those of
    `recorded` too.
    """
    convention = conventions[convention_id]
    found: dict[str, dict[str, list[CellView]]] = {}
    for row in table.rows(conventions, convention_id, etablissement, recorded):
        found.setdefault(row.section, {}).setdefault(row.service, []).append(
            _view(conventions, convention, etablissement, row)
        )
    return tuple(
        SectionView(
            section,
            SECTIONS.get(section, section),
            SHORT_SECTIONS.get(section, section),
            tuple(
                ServiceView(service, conventions.services[service], tuple(cells)) for service, cells in services.items()
            ),
        )
        for section, services in found.items()
    )


def matching(sections: tuple[SectionView, ...], text: str, words: Mapping[str, str]) -> tuple[SectionView, ...]:
    """Return the services of a grid that a search finds, in their sections: all of its words must be found.

    `words` gives, by service, what people call it besides its label. A word that nothing holds is taken for a typing
    error and looked for as the words nearest to it.
    """
    said = {one.id: f"{one.label} {words.get(one.id, '')}" for section in sections for one in section.services}
    tokens = {service: search_words.heading(known) for service, known in said.items()}
    known = {word.text for one in said.values() for word in french.words(one)}
    wanted = [_forms(one, tokens.values(), known) for one in query.query(text)]
    found = {service for service, held in tokens.items() if all(held & forms for forms in wanted)}
    kept = (replace(one, services=tuple(each for each in one.services if each.id in found)) for one in sections)
    return tuple(one for one in kept if one.services)


def _forms(wanted: query.Wanted, tokens: Iterable[set[str]], known: Iterable[str]) -> set[str]:
    """Return the forms under which a word is looked for: its own, or those of the words nearest to it."""
    own = set(wanted.forms)
    if any(held & own for held in tokens):
        return own
    return {form for word in spelling.nearest(wanted.typed, known) for form in french.forms(word)}


def detail(
    conventions: Conventions,
    convention_id: str,
    etablissement: str | None,
    service: str,
    activity: str,
    recorded: tuple[Recorded, ...] = (),
) -> CellDetail:
    """Return a cell in detail, as `sections` shows it. Raises KeyError where the agreement's table has no such cell."""
    for row in table.rows(conventions, convention_id, etablissement, recorded):
        if (row.service, row.activity) == (service, activity):
            return of_row(conventions, convention_id, etablissement, row)
    raise KeyError((service, activity))


def of_row(conventions: Conventions, convention_id: str, etablissement: str | None, row: table.TableRow) -> CellDetail:
    """Return a row of an agreement's table in detail."""
    convention = conventions[convention_id]
    view = _view(conventions, convention, etablissement, row)
    cases = row.cell.cases if row.cell else ()

    def named(party: str | None) -> str:
        return party_name(conventions, convention, party or convention.desk, etablissement)

    note = convention.notes.get(int(view.note)) if view.note else None
    return CellDetail(
        view,
        SECTIONS.get(row.section, row.section),
        conventions.services[row.service],
        conventions.activities[row.activity],
        tuple(
            Outcome(condition(convention, case.tests, french_date), _holder(case), _answer(case, named))
            for case in cases
        ),
        tuple(_helpers(convention, cases, named)),
        note[0] if note else None,
        row.citations,
        row.cell.origin if row.cell else "",
    )


def party_name(conventions: Conventions, convention: Convention, party: str, etablissement: str | None) -> str:
    """Return a party for a sentence: « l’Académie de Toulouse », « le collège Desaix, Tarbes », « le collège »."""
    return wording.body(conventions, convention.id, party, etablissement)


def _view(conventions: Conventions, convention: Convention, etablissement: str | None, row: table.TableRow) -> CellView:
    cell = row.cell
    note = re.search(r"\((\d+)\)", row.value)
    kind = _kind_at(cell, _kind(row.value))
    parties = tuple(dict.fromkeys(_own(convention, party, etablissement) for party in _parties(cell, kind)))
    names = [party_name(conventions, convention, party, etablissement) for party in parties]
    desk = party_name(conventions, convention, convention.desk, etablissement)
    match kind:
        case "party":
            word, sentence = wording.short(convention, parties[0]), f"{_busy(names[0])}."
        case "either":
            first, *others = (wording.short(convention, party) for party in parties)
            word = " ou ".join((first, *(wording.small(one) for one in others)))
            sentence = f"{_either(names)} : celui qui a payé, ou qui paiera."
        case "depends":
            word, sentence = "selon les faits", f"cela dépend des faits : {_either(names + _unsettled(cell))}."
        case "outside":
            word, sentence = "hors accord", f"l’accord ne le règle pas{NBSP}; {desk} garde la demande au guichet."
        case "none":
            word, sentence = "sans objet", f"sans objet{_because(convention, note)}."
        case "unknown":
            word, sentence = "à qualifier", f"le texte ne le dit pas{NBSP}; {_qualifies(desk)}."
        case "conflict":
            word = "conflit"
            both = wording.enumeration(names)
            sentence = f"les textes nomment à la fois {both}{NBSP}; {_settles(desk)}."
        case "arbitration":
            word = "au cas par cas"
            sentence = f"cela se décide au cas par cas{NBSP}; {_settles(desk)}."
    return CellView(row.service, row.activity, kind, parties, word, sentence, row.provenance, note[1] if note else "")


def _kind(value: str) -> Kind:
    word = re.sub(r" \(\d+\)$", "", value)
    kinds: dict[str, Kind] = {
        "": "unknown",
        "sans objet": "none",
        "selon": "depends",
        "CL ou Etab": "either",
        "conflit": "conflict",
        "arbitrage": "arbitration",
    }
    return kinds.get(word, "party")


def _kind_at(cell: Cell | None, kind: Kind) -> Kind:
    """Return what a cell is here: one case alone is its own answer, and a word that hangs on facts says so."""
    if cell is None or not cell.cases:
        return kind
    first, answers = cell.cases[0], {(case.status, case.party) for case in cell.cases}
    if len(answers) == 1 and not (kind == "either" and first.tests):
        alone: dict[str, Kind] = {
            "routed": "party",
            "to_qualify": "unknown",
            "conflict": "conflict",
            "arbitration": "arbitration",
            "not_applicable": "none",
            "out_of_scope": "outside",
        }
        return alone[first.status]
    return "depends" if kind == "party" or first.status == "out_of_scope" else kind


def _parties(cell: Cell | None, kind: Kind) -> tuple[str, ...]:
    if cell is None or kind in ("none", "unknown", "outside"):
        return ()
    if kind in ("conflict", "arbitration"):
        return tuple(dict.fromkeys(party for case in cell.cases for party in case.candidates))
    return tuple(dict.fromkeys(case.party for case in cell.cases if case.status == "routed" and case.party))


def _own(convention: Convention, party: str, etablissement: str | None) -> str:
    """Return a party, or for a role the party that plays it at the établissement; the role itself for all of them."""
    place = convention.etablissements.get(etablissement or "")
    return (own_party(party, place, convention.parties) or party) if party in OWN and place is not None else party


def _unsettled(cell: Cell | None) -> list[str]:
    cases = cell.cases if cell else ()
    return ["à qualifier"] if any(case.status != "routed" for case in cases) else []


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} ou {names[-1]}"


def _because(convention: Convention, note: re.Match[str] | None) -> str:
    if note is None or int(note[1]) not in convention.notes:
        return ""
    clause = convention.notes[int(note[1])][0]
    return f" : «{NBSP}{(clause.reading or clause.quote).rstrip('.')}{NBSP}»"


def _holder(case: Case) -> str | None:
    return case.party if case.status == "routed" else None


def _busy(name: str) -> str:
    return f"{name} s’en {verb(name, 'occupe', 'occupent')}"


def _qualifies(name: str) -> str:
    return f"{name} {verb(name, 'reçoit', 'reçoivent')} la demande et la {verb(name, 'qualifie', 'qualifient')}"


def _settles(name: str) -> str:
    return f"{name} {verb(name, 'reçoit', 'reçoivent')} la demande et {verb(name, 'fait', 'font')} trancher"


def _answer(case: Case, named: Callable[[str | None], str]) -> str:
    name = named(case.party)
    keeps = f"{name} {verb(name, 'garde', 'gardent')} la demande"
    settles = f"{keeps} au guichet et {verb(name, 'fait', 'font')} trancher"
    if case.status == "routed":
        return _busy(name)
    if case.status == "not_applicable" and case.via == "editeur":
        return f"sans objet : l’éditeur aide directement l’établissement, et {keeps}"
    if case.status == "not_applicable":
        return f"sans objet : {keeps} au guichet"
    if case.status == "to_qualify":
        return f"le texte ne le dit pas : {name} {verb(name, 'qualifie', 'qualifient')} la demande"
    if case.status == "conflict":
        both = wording.enumeration([named(party) for party in case.candidates])
        return f"les textes nomment à la fois {both} : {settles}"
    if case.status == "arbitration":
        between = wording.enumeration([named(party) for party in case.candidates])
        among = f" entre {between}" if between else ""
        return f"cela se décide au cas par cas{among} : {settles}"
    if case.status == "out_of_scope":
        return f"l’accord ne le règle pas : {keeps} au guichet"
    return f"{keeps} au guichet"


def _helpers(convention: Convention, cases: tuple[Case, ...], named: Callable[[str | None], str]) -> list[Outcome]:
    found: dict[tuple[str, str], Outcome] = {}
    for case in cases:
        for helper in case.contributors:
            when = condition(convention, (*case.tests, *helper.when), french_date)
            found.setdefault((helper.party, when), Outcome(when, helper.party, named(helper.party)))
    return list(found.values())
