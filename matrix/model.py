"""What an agreement says, a request states and a decision answers: frozen values, no behaviour beyond reading them.

Parties, services, activities, facts and statuses are plain strings: the ids of the vocabulary (`vocabulary.toml`).
Days are `datetime.date` in Europe/Paris, as the agreements count them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Role = Literal["EN", "CL", "Etab"]
Provenance = Literal["printed", "derived", "default"]
Status = Literal[
    "routed", "needs_info", "not_applicable", "to_qualify", "conflict", "arbitration", "out_of_scope"
]

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


@dataclass(frozen=True, slots=True)
class PartyBody:
    """The body that a party id stands for in one agreement: « departement » is « Département des Hautes-Pyrénées »."""

    party: str
    role: Role
    name: str
    organisation: str  # a stable id across agreements, e.g. « departement-hautes-pyrenees »; « * » is the établissement itself


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


@dataclass(frozen=True, slots=True)
class EquipmentLine:
    """A kind of equipment of annexe 3."""

    id: str
    label: str
    own_funds_on_request: bool = field(default=False)  # the annexe's asterisk
