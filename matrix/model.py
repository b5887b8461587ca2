"""What an agreement says, a request states and a decision answers: frozen values, no behaviour beyond reading them.

Parties, services, activities, facts and statuses are plain strings: the ids of the vocabulary (`vocabulary.toml`).
Days are `datetime.date` in Europe/Paris, as the agreements count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Role = Literal["EN", "CL", "Etab"]
Provenance = Literal["printed", "derived", "default"]
Status = Literal["routed", "needs_info", "not_applicable", "to_qualify", "conflict", "arbitration", "out_of_scope"]

#: The facts a request may state, in the order in which they are asked.
FACTS = (
    "user_category",
    "acquired_by",
    "acquired_on",
    "inventoried",
    "in_referentiel",
    "experimentation",
    "under_warranty",
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A place of a signed text: document id, reference (« II.2 »), how it supports the decision, exact short quote.

    `reading` restores what the scan garbled, where it did.
    """

    document: str
    ref: str
    kind: Provenance
    quote: str
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """Something the reader must know beside the decision; `code` is from a closed list, `message` a French sentence."""

    code: Literal["cite-scolaire", "private", "school-time"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The facts of a ticket, as known. `None` means not known, never « no ».

    `opened_at` without a zone is Europe/Paris.
    """

    etablissement: str
    service: str
    activity: str
    opened_at: datetime
    user_category: str | None = None
    acquired_by: str | None = None
    acquired_on: date | None = None
    inventoried: bool | None = None
    in_referentiel: bool | None = None
    experimentation: bool | None = None
    under_warranty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a request. There is always one, and it always cites.

    `party` holds the ticket; it answers for it when `status` is `routed`. `missing` lists the facts to ask, in order;
    `candidates` the parties the answer hangs on. `version` is the day from which the matrix version used took effect.
    """

    status: Status
    party: str
    convention: str | None
    version: str | None
    citations: tuple[Citation, ...]
    contributors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    via: str | None = None
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True, slots=True)
class Etablissement:
    """A collège (lycée, school) named by an agreement. `id` is its UAI, else slug(name)-slug(commune)."""

    id: str
    name: str
    commune: str
    kind: str = "college"
    sector: Literal["public", "private"] = "public"
    cite_scolaire: bool = False
    sites: tuple[str, ...] = ()
    departement: str | None = None  # the collectivité's organisation id, where it differs from the agreement's
    departement_name: str | None = None


@dataclass(frozen=True, slots=True)
class PartyBody:
    """The body that a party id stands for in one agreement: « departement » is « Département des Hautes-Pyrénées ».

    `organisation` is a stable id across agreements, « departement-hautes-pyrenees »; « * » is the établissement itself.
    """

    party: str
    role: Role
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the agreement's glossary: acronym, what it stands for, remark."""

    term: str
    meaning: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact that only a person can establish, recorded by an administrator, with the day it took effect.

    `end`: the agreement ended. `magret`: the collectivité's replacement of a product is in place (`subject` is the
    product). `region`: maintenance of a cité scolaire passed to the Région (`subject` is the établissement).
    """

    kind: Literal["end", "replaced", "transferred"]
    convention: str
    on: date
    subject: str = ""


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A line of annexe 2 bis: who uses the workstation, and whether that makes it administrative."""

    id: str
    label: str
    administrative: bool
    citation: Citation


@dataclass(frozen=True, slots=True)
class EquipmentLine:
    """A kind of equipment of annexe 3; `own_funds_on_request` is the annexe's asterisk."""

    id: str
    label: str
    citation: Citation
    own_funds_on_request: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """What a case asks of one fact: a value, a class of values, or a side of a day."""

    fact: str
    wanted: str | bool | date
    kind: Literal["is", "administrative", "role", "after", "until"]


@dataclass(frozen=True, slots=True)
class Contributor:
    """A party wanted beside the one that answers, where `when` holds; it is never a second owner."""

    party: str
    when: tuple[Test, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome of a cell that hangs on facts: it applies where every test holds and no earlier case does."""

    tests: tuple[Test, ...]
    status: Status
    party: str | None  # None: the desk
    citations: tuple[Citation, ...]
    contributors: tuple[Contributor, ...] = ()
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What the agreement says of one service and one activity.

    `value` is the annexe's own word (« CL ou Etab (4) »), empty where the cell is blank and no clause settles it.
    `assume` gives the value that an unknown fact is taken to have, where a clause says so.
    """

    service: str
    activity: str
    value: str
    provenance: Provenance
    cases: tuple[Case, ...]
    citations: tuple[Citation, ...]
    assume: tuple[tuple[str, str | bool], ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Maintenance that may pass from one party to another in an établissement, once a person has recorded it (I.2)."""

    services: frozenset[str]
    activity: str
    source: str
    target: str
    warning: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Replaceable:
    """A product whose owner keeps it only until a replacement is in place, once a person has recorded it (II.2)."""

    product: str
    label: str
    services: frozenset[str]
    activity: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """The cells in force from a day on."""

    on: date
    cells: Mapping[tuple[str, str], Cell]


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
    starts: date
    ends: date | None  # the last day in force, where the text sets one without renewal
    sections: tuple[str, ...]
    parties: Mapping[str, PartyBody]
    versions: tuple[Version, ...]
    clauses: Mapping[str, Citation]
    notes: Mapping[int, tuple[Citation, str | None, str | None]]  # number -> clause, party, via
    exclusions: Mapping[str, tuple[Citation, ...]]
    transfers: tuple[Transfer, ...]
    replaceables: tuple[Replaceable, ...]
    opens: Mapping[str, frozenset[str]]  # role -> services for which it opens tickets
    account_services: frozenset[str]
    etablissements: Mapping[str, Etablissement]
    categories: Mapping[str, CategoryLine]
    equipment: tuple[EquipmentLine, ...]
    glossary: tuple[Term, ...]

    def version_on(self, day: date) -> Version | None:
        """The matrix version in force on `day`, or None before the first."""
        current = None
        for version in self.versions:
            if version.on <= day:
                current = version
        return current


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The ids and French labels that all agreements share."""

    parties: Mapping[str, Role]
    activities: Mapping[str, str]
    services: Mapping[str, str]
    sections: Mapping[str, tuple[str, ...]]  # section -> its services, in the order of annexe 2
    user_categories: tuple[str, ...]
