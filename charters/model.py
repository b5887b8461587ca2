"""The model of access: actors, mandates, scopes, perimeters and verdicts, as frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

ScopeKind = Literal["etablissement", "departement", "academie"]
#: « mail » is no network zone: the person wrote a mail, without a session, and may do less (`permissions.BY_MAIL`).
Zone = Literal["internet", "intranet", "mail"]
#: Network zone -> its name on the pages.
ZONES = {"internet": "depuis internet", "intranet": "depuis l’intranet", "mail": "par courriel"}


class Role(StrEnum):
    """The roles of « Who sees and does what »."""

    CMI = "cmi"  # correspondant maintenance informatique
    RESEAU = "reseau"  # gestionnaire réseau
    CHEF = "chef"  # chef d'établissement
    TECH_DEPARTEMENT = "technicien-departement"
    REFERENT = "referent"  # of a département
    TECH_ACADEMIE = "technicien-academie"
    ADMINISTRATEUR = "administrateur"
    LECTEUR = "lecteur"

    @property
    def scope_kind(self) -> ScopeKind:
        """The kind of scope that a mandate of this role has."""
        if self in (Role.CMI, Role.RESEAU, Role.CHEF):
            return "etablissement"
        if self in (Role.TECH_DEPARTEMENT, Role.REFERENT):
            return "departement"
        return "academie"


@dataclass(frozen=True, slots=True)
class Mandate:
    """A role on one établissement, département or académie (`scope_id`), between two inclusive days (None: open).

    `read_only`: the October campaign's term is over and nobody has confirmed it (agreement, II.2).
    """

    id: int
    role: Role
    scope_id: str  # établissement id, or organisation id such as « departement-hautes-pyrenees », « academie-toulouse »
    starts_on: date
    ends_on: date | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request, with the active mandate (None: nothing is visible)."""

    account_id: int
    sigle: str
    name: str  # « Prénom Nom »
    external: bool
    mandate: Mandate | None
    zone: Zone = "internet"

    @property
    def role(self) -> Role | None:
        return self.mandate.role if self.mandate else None


@dataclass(frozen=True, slots=True)
class Perimeter:
    """The tickets that an actor sees, by a key of the `ticket_scope` rows, and the side whose notes the actor reads.

    `key` None: no ticket. Keys: `etab:<id>` (an établissement's tickets except confidential ones), `chef:<id>` (all of
    them), `person:<account>@<etab>` (opened by or shared with the person), `org:<organisation>` (it holds, held or
    contributes), `holds:<organisation>` (it holds the ticket now: the administrator's perimeter, and the queue of a
    technician's side). `side` is an organisation id or an établissement id.
    """

    key: str | None
    side: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The properties of a ticket (or of an établissement, when opening) that the gate needs, and no others.

    `opened_by` is the person who opened the ticket as gestionnaire réseau, None if under another mandate.
    """

    etablissement: str
    academie: str  # organisation id
    holder: str  # organisation id, or the établissement's id when the collège holds it
    involved: frozenset[str] = frozenset()  # organisations that hold, held or contribute
    opened_by: int | None = None
    shared_with: frozenset[int] = frozenset()
    confidential: bool = False
    service: str | None = None
    account_service: bool = False  # routed to the collège on accounts (annexe 5)
    author: int | None = None  # the account that opened it, under any mandate


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer. The page must answer 404 where `visible` is False, and 403 where only `allowed` is False."""

    allowed: bool
    visible: bool
    reason: str = ""  # a French sentence, empty when allowed
