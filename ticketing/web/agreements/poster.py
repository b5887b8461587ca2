"""Shape the poster of an établissement: who to call for which service, how, and what the text asks of people. Pure.

It reads the version in force on a day, as « Qui fait quoi » does, and applies the facts that an administrator recorded
(a cité scolaire's maintenance transferred, a product replaced) as the router does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from matrix import advice, table, terms, wording
from matrix.conventions import Conventions
from matrix.model import Case, Cell, Citation, Convention, Etablissement, Guidance, Recorded
from matrix.owners import OWN, own_party
from matrix.places import excluded, holds_at, passing
from matrix.sentences import condition
from ticketing.formats import NBSP
from ticketing.web import vocabulary
from ticketing.web.agreements import annexes, grid, poster_sources
from ticketing.web.agreements.annexes import PartyContacts

#: The activities that people in a collège ask for, in the order of the poster's columns.
COLUMNS = ("mco", "installation", "assistance", "acquisition")
#: The services that people ask about most: the first two that the agreement names get their own QR code.
ASKED = (
    "equipement-bureautique",
    "tablettes",
    "parc-pedagogique",
    "classes-mobiles",
    "raccordement-internet",
    "postes-direction",
    "infrastructure-reseau",
    "acces-reseau-pedagogique",
    "logiciels-nationaux",
)
OWN_CODES = 2
#: The largest number of tips on a poster; those with a delay come first.
TIPS = 9
OTHERS = "Autres sujets"
_CLOSED = ("unknown", "none")


@dataclass(frozen=True, slots=True)
class PosterCell:
    """A cell of the poster: its look (`kind`), who answers in a word or two, and the number of its note (0: none)."""

    kind: str
    parties: tuple[str, ...]
    word: str
    note: int = 0


@dataclass(frozen=True, slots=True)
class PosterRow:
    """A row of the poster: a service in plain words, with its cells."""

    service: str
    label: str
    marks: tuple[PosterCell, ...]


@dataclass(frozen=True, slots=True)
class PosterFamily:
    """Services that people look for in the same place."""

    label: str
    rows: tuple[PosterRow, ...]


@dataclass(frozen=True, slots=True)
class PosterParty:
    """A party that answers for something here: how to reach it, whether it runs the desk, whether it is this place."""

    party: str
    name: str
    contacts: tuple[tuple[str, advice.Reach], ...]
    desk: bool
    here: bool


@dataclass(frozen=True, slots=True)
class PosterTip:
    """What the text asks people to do: by when, and its reference."""

    title: str
    text: str
    due: str
    place: str


@dataclass(frozen=True, slots=True)
class PosterCode:
    """A QR code: its label, and the address that it opens."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Everything that the poster says."""

    agreement: str
    version_on: date
    printed_on: date
    standing: str  # why the agreement is not in force; empty while it is
    place: str
    site: str
    parties: tuple[PosterParty, ...]
    desk: str
    desk_place: str
    reachable: bool
    families: tuple[PosterFamily, ...]
    notes: tuple[str, ...]
    administrative: str
    rest: str
    outside: str
    warnings: tuple[str, ...]
    urgent: tuple[PosterTip, ...]  # tips with a delay
    tips: tuple[PosterTip, ...]
    more_tips: int
    sources: str
    others: tuple[str, ...]
    kinds: frozenset[str]


def poster(
    conventions: Conventions, convention_id: str, place: Etablissement, recorded: Sequence[Recorded], day: date
) -> Poster:
    """Return the poster of an établissement under an agreement; `conventions` holds the versions of `day`."""
    convention = conventions[convention_id]
    made = _Table(
        conventions,
        convention,
        place,
        [fact for fact in recorded if fact.convention == convention_id and fact.on <= day],
    )
    families, rest = made.families()
    chosen = sorted(advice.here(convention, place.id).guidance, key=_urgency)
    standing = terms.standing(convention, day, recorded)
    parties = tuple(_parties(conventions, convention, place, made.answering))
    sources = [*made.citations, *(one for tip in chosen[:TIPS] for one in tip.citations), convention.desk_clause]
    return Poster(
        agreement=convention.title,
        version_on=convention.versions[-1].on,
        printed_on=day,
        standing="" if standing.in_force else standing.sentence,
        place=conventions.organisation(convention_id, _own(convention, place), place.id)[1],
        site=", ".join(place.sites),
        parties=parties,
        desk=made.named(convention.desk),
        desk_place=wording.references((convention.desk_clause,)),
        reachable=any(party.contacts for party in parties),
        families=families,
        notes=tuple(made.notes),
        administrative=_administrative(convention) if any("administratif" in note for note in made.notes) else "",
        rest=_listed(rest),
        outside=_listed(_label(conventions, one) for one in _excluded(convention, place)),
        warnings=tuple(_warnings(convention, place, made)),
        urgent=tuple(_tip(one) for one in chosen[:TIPS] if one.deadline_hours is not None),
        tips=tuple(_tip(one) for one in chosen[:TIPS] if one.deadline_hours is None),
        more_tips=max(0, len(chosen) - TIPS),
        sources=poster_sources.cited(sources),
        others=tuple(one.title for one in conventions.of(place.id) if one.id != convention_id),
        kinds=frozenset(mark.kind for family in families for row in family.rows for mark in row.marks),
    )


def codes(conventions: Conventions, convention_id: str, place: str, service: str, base_url: str) -> list[PosterCode]:
    """Return the QR codes: for the service named, else for those most asked about; then one for anything else."""
    convention = conventions[convention_id]
    named = {row.service for row in table.rows(conventions, convention_id)} - set(
        _excluded(convention, convention.etablissements[place])
    )
    wanted = [service] if service else [one for one in ASKED if one in named][:OWN_CODES]
    found = [PosterCode(_label(conventions, one), address(base_url, place, one)) for one in wanted]
    return [*found, PosterCode("Une autre demande" if found else "Toute demande", address(base_url, place))]


def address(base_url: str, place: str, service: str = "") -> str:
    """Return the address that opens the form of a ticket, filled in with the établissement and the service."""
    asked = {"etablissement": place} | ({"service": service} if service else {})
    return f"{base_url}/tickets/nouveau?{urlencode(asked)}"


class _Table:
    """The cells of an agreement as a poster shows them; collects their notes, references and parties on the way."""

    def __init__(
        self, conventions: Conventions, convention: Convention, place: Etablissement, recorded: list[Recorded]
    ) -> None:
        self.conventions, self.convention, self.place, self.recorded = conventions, convention, place, recorded
        self.notes: list[str] = []
        self.citations: list[Citation] = []
        self.answering: set[str] = {convention.desk}

    def families(self) -> tuple[tuple[PosterFamily, ...], tuple[str, ...]]:
        """Return the services with something to show, by family, then the labels of those left to the desk."""
        cells: dict[str, dict[str, table.TableRow]] = {}
        for row in table.rows(self.conventions, self.convention.id, self.place.id, self.recorded):
            cells.setdefault(row.service, {})[row.activity] = row
        groups = [(one.label, [service.id for service in one.services]) for one in vocabulary.GROUPS]
        placed = {service for _, services in groups for service in services}
        groups.append((OTHERS, [service for service in cells if service not in placed]))
        rest: list[str] = []
        found = []
        for label, services in groups:
            rows = []
            for service in services:
                if excluded(self.convention, service, self.place) is not None or service not in cells:
                    continue
                kept = (len(self.notes), len(self.citations))
                marks = tuple(self._mark(cells[service][activity]) for activity in COLUMNS)
                if all(mark.kind in _CLOSED for mark in marks):
                    del self.notes[kept[0] :], self.citations[kept[1] :]
                    rest.append(_label(self.conventions, service))
                else:
                    rows.append(PosterRow(service, _label(self.conventions, service), marks))
            if rows:
                found.append(PosterFamily(label, tuple(rows)))
        return tuple(found), tuple(rest)

    def named(self, party: str) -> str:
        """Return a party as a sentence names it: « l’Académie de Toulouse »."""
        return grid.party_name(self.conventions, self.convention, party, self.place.id)

    def _mark(self, row: table.TableRow) -> PosterCell:
        cell = row.cell
        cases = cell.cases if cell else ()
        parties = tuple(dict.fromkeys(self._own(one.party) for one in cases if one.status == "routed" and one.party))
        kind = _kind(cell, parties)
        if kind not in _CLOSED and cell is not None:
            self.answering.update(parties)
            self.citations += [*cell.citations, *(one for case in cases for one in case.citations)]
        match kind:
            case "party":
                return PosterCell(kind, parties, wording.short(self.convention, parties[0]))
            case "either":
                return PosterCell(kind, parties, "Qui a payé")
            case "depends":
                return PosterCell(kind, parties, "Selon le cas", self._noted(self._cases(cases)))
            case "editor":
                return PosterCell(kind, (), "L’éditeur")
            case "arbitration":
                return PosterCell(kind, (), "Au cas par cas")
            case "conflict":
                both = wording.enumeration([self.named(one) for case in cases for one in case.candidates])
                note = self._noted(f"Deux clauses nomment {both} : le guichet fait trancher.")
                return PosterCell(kind, (), "Guichet", note)
            case "none":
                return PosterCell(kind, (), "Sans objet")
        return PosterCell("unknown", (), "Guichet")

    def _cases(self, cases: tuple[Case, ...]) -> str:
        """Return cases as « Académie si l’utilisateur est administratif ; Département dans les autres cas. ».

        A case with the same answer as the last one, which takes all other requests, is left out.
        """
        kept = list(cases)
        while len(kept) > 1 and not kept[-1].tests and self._who(kept[-2]) == self._who(kept[-1]):
            del kept[-2]
        told = [f"{self._who(case)} {condition(self.convention, case.tests) or 'dans les autres cas'}" for case in kept]
        return f"{' ; '.join(told)}."

    def _who(self, case: Case) -> str:
        if case.status == "routed" and case.party:
            return wording.short(self.convention, self._own(case.party))
        return "Sans objet" if case.status == "not_applicable" else "Guichet"

    def _own(self, party: str) -> str:
        """Return a party, or for a role the one that plays it at this établissement."""
        return (own_party(party, self.place, self.convention.parties) or party) if party in OWN else party

    def _noted(self, text: str) -> int:
        if text not in self.notes:
            self.notes.append(text)
        return self.notes.index(text) + 1


def _kind(cell: Cell | None, parties: tuple[str, ...]) -> str:
    """Return the look of a cell; it is « depends » only where more than one answer is possible."""
    if cell is None or not cell.cases:
        return "unknown"
    statuses = {case.status for case in cell.cases}
    if len(parties) == 1 and statuses == {"routed"}:
        return "party"
    if cell.value.startswith("CL ou Etab"):
        return "either"
    if parties:
        return "depends"
    if any(case.via == "editeur" for case in cell.cases):
        return "editor"
    plain = {"not_applicable": "none", "conflict": "conflict", "arbitration": "arbitration"}
    return plain.get(cell.cases[0].status, "unknown")


def _own(convention: Convention, place: Etablissement) -> str:
    """Return the party that stands for the établissement itself, else the one that runs the desk."""
    itself = next((name for name, body in convention.parties.items() if body.organisation == "*"), convention.desk)
    return own_party("Etab", place, convention.parties) or itself


def _excluded(convention: Convention, place: Etablissement) -> list[str]:
    return [service for service in convention.exclusions if excluded(convention, service, place) is not None]


def _parties(
    conventions: Conventions, convention: Convention, place: Etablissement, answering: set[str]
) -> Iterable[PosterParty]:
    known: dict[str, PartyContacts] = {
        one.party: one for one in annexes.annexes(conventions, convention.id, place.id).contacts
    }
    apart = conventions.strangers(convention, place.id)
    for name, body in convention.parties.items():
        if name in apart:
            continue
        here, contacts = body.organisation == "*", known[name].contacts if name in known else ()
        if name in answering or contacts:
            said = wording.capital(grid.party_name(conventions, convention, name, place.id))
            yield PosterParty(name, said, contacts, name == convention.desk, here)


def _label(conventions: Conventions, service: str) -> str:
    known = vocabulary.SERVICES.get(service)
    return known.label if known else wording.capital(conventions.services[service].split(" (")[0])


def _listed(labels: Iterable[str]) -> str:
    return " ; ".join(wording.small(label) for label in labels)


def _administrative(convention: Convention) -> str:
    """Return the users who count as administrative (annexe 2 bis), in plain words."""
    lines = [line for line in convention.categories.values() if line.administrative]
    told = [wording.small(vocabulary.USER_CATEGORIES.get(line.id, line.label)) for line in lines]
    return wording.enumeration(told)


def _urgency(one: Guidance) -> tuple[bool, bool, bool]:
    """Return a sort key: delays first, then incidents, then what concerns the poster's columns."""
    late = one.deadline_hours is not None
    shown = not one.activities or bool(one.activities & set(COLUMNS))
    return not late, not late and not one.incident, not shown


def _tip(one: Guidance) -> PosterTip:
    hours = one.deadline_hours
    return PosterTip(one.title, one.text, "" if hours is None else f"{hours}{NBSP}h", wording.references(one.citations))


def _warnings(convention: Convention, place: Etablissement, made: _Table) -> Iterable[str]:
    known = {fact.subject for fact in made.recorded if fact.kind == "transferred"}
    passes = passing(convention, place, known.__contains__)
    told: dict[str, None] = {}
    for transfer in (*passes.holding, *passes.waiting):
        doing, may = wording.DOING[transfer.activity], "peut passer"
        if transfer in passes.holding:
            doing, may = f"une part {wording.of(doing)}", "a passé" if transfer.recorded else "passe"
        where = wording.references(transfer.citations)
        line = f"{doing} {may} {wording.to(made.named(transfer.target))} ({where})."
        told[f"Cité scolaire : {line}" if transfer.warning == "cite-scolaire" else wording.capital(line)] = None
    yield from told
    for product in convention.products.values():
        if any(fact.kind == "replaced" and fact.subject == product.product for fact in made.recorded):
            yield f"{product.label} : un outil de substitution est en place ; le guichet qualifie les demandes."
    apart = [one for one in made.citations if (one.ref, one.quote) in convention.public_only]
    if place.sector == "private" and apart:
        at = wording.references(apart)
        yield f"Établissement privé : certaines clauses ne parlent que des établissements publics ({at})."
    if convention.school_time is not None and all(
        holds_at(test, place, convention.parties) for test in convention.school_time.when
    ):
        said = convention.school_time.citation
        services = wording.enumeration(
            [
                _label(made.conventions, one)
                for one in made.conventions.services
                if one in convention.school_time.services
            ]
        )
        yield f"{services} : «{NBSP}{said.quote}{NBSP}» seulement ({wording.references((said,))})."
