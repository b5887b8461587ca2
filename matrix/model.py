"""What an agreement says, a request states and a decision answers: frozen values, no behaviour beyond reading them.

Parties, services, activities, facts and statuses are plain strings: the ids of the vocabulary (`vocabulary.toml`).
Days are `datetime.date` in Europe/Paris, as the agreements count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from matrix.request_facts import FACTS as FACTS
from matrix.request_facts import Facts as Facts

Role = Literal["EN", "CL", "Etab"]
Provenance = Literal["printed", "derived", "default"]
Status = Literal["routed", "needs_info", "not_applicable", "to_qualify", "conflict", "arbitration", "out_of_scope"]


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
class Request(Facts):
    """What is asked, where and when, with the facts that are known.

    `opened_at` without a zone is Europe/Paris.
    """

    etablissement: str
    service: str
    activity: str
    opened_at: datetime


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
    sites: tuple[str, ...] = ()  # further sites of the same établissement (an annexe)
    departement: str | None = None  # the collectivité's organisation id, where it differs from the agreement's
    departement_name: str | None = None
    reference_college: str | None = None  # a school's collège de référence, in words; its UAI when the text prints it
    reference_college_uai: str | None = None


@dataclass(frozen=True, slots=True)
class PartyBody:
    """The body that a party id stands for in one agreement: « departement » is « Département des Hautes-Pyrénées ».

    `organisation` is a stable id across agreements, « departement-hautes-pyrenees »; « * » is the établissement itself.
    `contributor_only`: it helps, and never answers for a ticket (Réseau Canopé).
    """

    party: str
    role: Role
    name: str
    organisation: str
    contributor_only: bool = False


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

    __test__ = False  # its name is no test's

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
    candidates: tuple[str, ...] = ()  # the parties that a `conflict` names, or between which `arbitration` decides


@dataclass(frozen=True, slots=True)
class Cell:
    """What the agreement says of one service and one activity.

    `value` is the annexe's own word (« CL ou Etab (4) », `matrix.values`), empty where the cell is blank and no clause
    settles it. `assume` gives the value that an unknown fact is taken to have, where a clause says so. `origin` says
    who filled a blank cell in from the signed paper, when, and where it stands there; or which change set it.
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
    origin: str = ""


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
    """The cells in force from a day on. `title` names the change that made it; empty for the signed text."""

    on: date
    cells: Mapping[tuple[str, str], Cell]
    title: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """How one kind of change is made: which places it may touch, who must sign, by which clauses (VII).

    `annexe`: by agreement between the services of the parties; `avenant`: approved by each side's competent body.
    """

    kind: Literal["annexe", "avenant"]
    signatories: tuple[str, ...]  # parties; one person signs for each
    refs: tuple[str, ...]  # the places it may change; empty: any
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """From when to when an agreement binds, and how it is renewed, changed and ended.

    `years` is the length of a period; with `tacit_renewal` the next begins when one ends. `notice_months`: the notice
    that ending it asks for. `start_is` tells whether the text gives the first day, or the scan left it blank and the
    day of the deliberation stands for it; `signed_on` is the day of signature, None where the text does not show it
    whole, and then `signature` is what is legible of it.
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


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours in a week during which a contact answers: days (0 is Monday) and spans « HH:MM »-« HH:MM »."""

    days: tuple[int, ...]
    spans: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """How a party is reached: function or body, never a person. `services` empty: all that the party answers for."""

    party: str
    label: str
    phone: str  # as the text prints it; empty where there is none
    online: str  # the other way in that the text names (« formulaire en ligne sur le portail intranet »)
    hours: tuple[Opening, ...]
    services: frozenset[str]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the text tells the person who opens or works a ticket, beside who answers for it.

    Shown on tickets of its `services` (and `activities`, all when empty) where every test of `when` holds or its fact
    is unknown. `deadline_hours`: a delay that the text sets on the person (48 h to report a theft).
    """

    id: str
    title: str
    text: str  # a French sentence of ours; the clauses say it in their words
    services: frozenset[str]
    activities: frozenset[str]
    when: tuple[Test, ...]
    citations: tuple[Citation, ...]
    deadline_hours: int | None = None
    incident: str = ""  # the kind of incident it is about, for a list to choose from: « vol », « casse »…


@dataclass(frozen=True, slots=True)
class Point:
    """A place where a network of assistance stands: an AC@R point, or an antenna of it."""

    kind: Literal["point", "antenne"]
    name: str
    commune: str
    departement: str  # its number, « 13 »
    citation: Citation


@dataclass(frozen=True, slots=True)
class Network:
    """A network of établissements, by département number and name."""

    departement: str
    name: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class FeeBand:
    """A line of a yearly fee scale: from `least` to `most` users inclusive (None: no bound), in euros, for `year`."""

    least: int | None
    most: int | None
    euros: int
    year: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the text says of itself in one place: two claims on one subject with two values contradict."""

    subject: str
    value: str | int
    citation: Citation


@dataclass(frozen=True, slots=True)
class SchoolTime:
    """Cells that hold « pendant le temps scolaire » only; `zone` is the calendar's, « A », « B » or « C »."""

    services: frozenset[str]
    activities: frozenset[str]
    zone: str
    citation: Citation


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
    exclusions: Mapping[str, tuple[Citation, ...]]
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
    claims: tuple[Claim, ...] = ()
    school_time: SchoolTime | None = None
    public_only: frozenset[tuple[str, str]] = frozenset()  # (ref, quote) of clauses that speak of public ones alone
    lines: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # « clause:II.2-pieces » -> file, line
    own_services: Mapping[str, str] = field(default_factory=dict)  # id -> label of those the vocabulary lacks
    role_clauses: tuple[Citation, ...] = ()  # on who opens what, and on accounts (annexe 5): cited by no cell
    folder: Path | None = None  # where its files are, for who checks them

    @property
    def starts(self) -> date:
        """The first day in force."""
        return self.terms.starts

    @property
    def ends(self) -> date | None:
        """The last day in force, where the text sets one without renewal."""
        return self.terms.ends

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
