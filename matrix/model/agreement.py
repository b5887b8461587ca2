"""The model of one signed agreement: établissements, parties, terms and content. Frozen values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from matrix.french.grammar import Form
from matrix.model.annexes import (
    CategoryLine,
    Claim,
    Committee,
    Contact,
    EquipmentLine,
    FeeBand,
    Guidance,
    Network,
    Point,
    SchoolTime,
    SentenceMark,
    Term,
)
from matrix.model.cells import Case, Cell, Exclusion, Near, Replaceable, Transfer, Version
from matrix.model.decision import Citation, Role
from matrix.model.obligations import Obligation


@dataclass(frozen=True, slots=True)
class Body:
    """One of the bodies that a party stands for: the commune of this school, the département of that collège."""

    party: str
    organisation: str
    name: str


@dataclass(frozen=True, slots=True)
class Etablissement:
    """A collège (lycée, school) named by an agreement. `id` is its UAI, else slug(name)-slug(commune).

    `bodies` are its own commune, département, région… where they are not those of the agreement's parties.
    """

    id: str
    name: str
    commune: str
    kind: str = "college"
    sector: Literal["public", "private"] = "public"
    cite_scolaire: bool = False
    sites: tuple[str, ...] = ()  # further sites of the same établissement (an annexe)
    bodies: tuple[Body, ...] = ()
    owner: str | None = None  # the party that is its own collectivité; None where the agreement does not tell
    academie: str | None = None  # the party that is its own académie; None where there is only one
    reference_college: str | None = None  # a school's collège de référence, in words; its UAI when the text prints it
    reference_college_uai: str | None = None

    def body(self, party: str) -> Body | None:
        """Its own body for a party; None where it has that of the agreement."""
        return next((one for one in self.bodies if one.party == party), None)


@dataclass(frozen=True, slots=True)
class PartyBody:
    """The body that a party id stands for in one agreement: « departement » is « Département des Hautes-Pyrénées ».

    `organisation` is a stable id across agreements, « departement-hautes-pyrenees »; « * » is the établissement itself.
    `contributor_only`: it helps, and never answers for a ticket (Réseau Canopé). `successor`: it only takes over by a
    transfer (the Région of the cités scolaires). `short` is its name in a cell of the grid, « Métropole ».

    A party may stand for several bodies, `bodies` (the communes of an agreement on schools): `organisation` is then
    empty, each établissement says which is its own, and `name` is what is written where no établissement is meant.
    """

    party: str
    role: Role
    name: str
    organisation: str
    contributor_only: bool = False
    successor: bool = False
    short: str = ""
    bodies: tuple[Body, ...] = ()

    @property
    def organisations(self) -> tuple[tuple[str, str], ...]:
        """The organisations behind the party, (id, name) each; none where it is the établissement itself."""
        if self.organisation == "*":
            return ()
        if not self.organisation:
            return tuple((one.organisation, one.name) for one in self.bodies)
        return ((self.organisation, self.name), *((one.organisation, one.name) for one in self.bodies))


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """How one kind of change to the agreement is made: places it may touch, signatories, clauses (VII).

    `annexe`: by agreement between the services of the parties; `avenant`: approved by each side's competent body.
    """

    kind: Literal["annexe", "avenant"]
    signatories: tuple[str, ...]  # parties; one person signs for each
    refs: tuple[str, ...]  # the places it may change; empty: any
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The days on which an agreement binds, and how it is renewed, changed and ended.

    `years` is the length of a period; with `tacit_renewal` the next period begins when one ends. `notice_months` is the
    notice required to end the agreement. `start_is` says whether the text gives the first day, or whether the day of
    the deliberation is used because the scan left the first day blank. `signed_on` is the day of signature, None where
    the text does not show it whole; `signature` is then its legible part. With `notice_for_breach`, the notice ends the
    agreement only where a clause of it is not kept, and the text gives no notice against a renewal (VI).
    """

    starts: date
    years: int | None
    ends: date | None  # the last day in force, where the text sets one without renewal
    tacit_renewal: bool
    notice_months: int | None
    start_is: Literal["text", "deliberation"]
    signed_on: date | None
    signature: Citation | None
    duration: Citation
    renewal: Citation | None
    notice: Citation | None
    modification: Citation | None
    termination: Citation | None
    changes: tuple[ChangeRule, ...]
    notice_for_breach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One signed agreement, as data."""

    id: str
    title: str
    source: str
    desk: str
    desk_clause: Citation
    object_clause: Citation
    duration_clause: Citation
    sections: tuple[str, ...]
    parties: Mapping[str, PartyBody]
    versions: tuple[Version, ...]
    clauses: Mapping[str, Citation]
    notes: Mapping[int, tuple[Citation, str | None, str | None]]  # number -> clause, party, via
    exclusions: Mapping[str, tuple[Exclusion, ...]]
    transfers: tuple[Transfer, ...]
    replaceables: tuple[Replaceable, ...]
    opens: Mapping[str, frozenset[str]]  # role -> services for which it opens tickets
    account_services: frozenset[str]
    etablissements: Mapping[str, Etablissement]
    categories: Mapping[str, CategoryLine]
    equipment: tuple[EquipmentLine, ...]
    glossary: tuple[Term, ...]
    terms: Terms
    table_ref: str  # the place that a cell's printed word is cited from: « annexe-2 »
    contacts: tuple[Contact, ...] = ()
    guidance: tuple[Guidance, ...] = ()
    points: tuple[Point, ...] = ()
    networks: tuple[Network, ...] = ()
    fees: tuple[FeeBand, ...] = ()
    committees: tuple[Committee, ...] = ()
    claims: tuple[Claim, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    sentences: tuple[SentenceMark, ...] = ()  # what is said of the sentences of the text that no clause quotes
    school_time: SchoolTime | None = None
    public_only: frozenset[tuple[str, str]] = frozenset()  # (ref, quote) of clauses that speak of public ones alone
    lines: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # « clause:II.2-pieces » -> file, line
    own_services: Mapping[str, str] = field(default_factory=dict)  # id -> label of those the vocabulary lacks
    forms: Mapping[str, Form] = field(default_factory=dict)  # own service -> gender and number of what stands for it
    articles: Mapping[str, str] = field(default_factory=dict)  # name of a body -> the article declared for it
    near: Mapping[str, Near] = field(default_factory=dict)  # the services that clauses name and that have no row
    homonyms: tuple[str, ...] = ()  # passages where the word for a service means another thing
    role_clauses: tuple[Citation, ...] = ()  # on who opens tickets and on accounts (annexe 5); no cell cites them
    folder: Path | None = None  # where its files are, for the checks
    own_roles: Mapping[str, Role] = field(default_factory=dict)  # of the parties that the shared list lacks

    @property
    def starts(self) -> date:
        """The first day in force."""
        return self.terms.starts

    @property
    def ends(self) -> date | None:
        """The last day in force, where the text sets one without renewal."""
        return self.terms.ends

    @property
    def products(self) -> Mapping[str, Replaceable]:
        """The replaceable products, each once: id -> its first fiche, which gives its label (II.2)."""
        found: dict[str, Replaceable] = {}
        for one in self.replaceables:
            found.setdefault(one.product, one)
        return found

    def cell(self, version: Version, service: str, activity: str) -> Cell:
        """What a version says of a service and activity: its own cell, that of the rows that name it, or a blank one.

        A blank cell cites the clauses that name the service all the same.
        """
        own = version.cells.get((service, activity))
        if own is not None:
            return own
        near = self.near.get(service, Near(()))
        rows = [version.cells.get((row, activity)) for row in near.rows]
        found = [row for row in rows if row is not None]
        if found and len(found) == len(rows) and len({tuple(map(_answer, row.cases)) for row in found}) == 1:
            return _together(found, service)
        cites = near.citations
        return Cell(service, activity, "", "default", (Case((), "to_qualify", None, cites),), cites)

    def version_on(self, day: date) -> Version | None:
        """The matrix version in force on `day`, or None before the first."""
        current = None
        for version in self.versions:
            if version.on <= day:
                current = version
        return current


def _answer(case: Case) -> tuple[object, ...]:
    return case.tests, case.status, case.party, case.via, case.candidates


def _together(rows: list[Cell], service: str) -> Cell:
    """One cell of the rows that answer alike: the first one's, with the clauses of each."""
    cases = []
    for alike in zip(*(row.cases for row in rows), strict=True):
        cites = dict.fromkeys(one for case in alike for one in case.citations)
        cases.append(replace(alike[0], citations=tuple(cites)))
    cites = dict.fromkeys(one for row in rows for one in row.citations)
    return replace(rows[0], service=service, cases=tuple(cases), citations=tuple(cites))
