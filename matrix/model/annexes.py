"""What an agreement says besides routing: users, equipment, glossary, contacts, guidance, networks, fees. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matrix.model.cells import Test
from matrix.model.decision import Citation


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
class Term:
    """A line of the agreement's glossary: acronym, what it stands for, remark."""

    term: str
    meaning: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours in a week during which a contact answers: days (0 is Monday) and spans « HH:MM »-« HH:MM »."""

    days: tuple[int, ...]
    spans: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """How a party is reached, by function or body, never by a person. `services` empty: all of the party's services."""

    party: str
    label: str
    phone: str  # as the text prints it; empty where there is none
    online: str  # the other way in that the text names (« formulaire en ligne sur le portail intranet »)
    hours: tuple[Opening, ...]
    services: frozenset[str]
    citations: tuple[Citation, ...]
    organisation: str = ""  # the one body of the party that it reaches, where the party stands for several


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the text tells the person who opens or works a ticket, besides who answers for it.

    Shown on tickets of its `services` (and `activities`, all when empty) where every test of `when` holds or its fact
    is unknown. `deadline_hours`: a delay that the text sets, on the person (48 h to report a theft), or on the party of
    `deadline_party` (« le Département intervient sous 72 heures »), which counts from the opening of a ticket.
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
    deadline_party: str = ""  # the party that the delay binds; empty: the person


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
class Seat:
    """Who sits in a committee, in the text's words, at least how many of them, and the party that sends them.

    `party` is « » where they come from none of the agreement's parties, or from several.
    """

    who: str
    least: int
    party: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Committee:
    """A committee that an agreement institutes, and who sits in it.

    `meets` is the id of the obligation by which it meets, « » where the text gives no rhythm; the obligation of rule
    `before` that names it is its convocation. `elsewhere` says where the composition is published if the agreement
    leaves it to another text. `shares` are the clauses by which the parties read the desk's reports together; without
    any, each party reads its own figures.
    """

    id: str
    name: str
    meets: str
    elsewhere: str
    seats: tuple[Seat, ...]
    citations: tuple[Citation, ...]
    shares: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the text about itself, in one place. Claims on one subject with two values are a contradiction."""

    subject: str
    value: str | int
    citation: Citation


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """What the keeper of an agreement says of a sentence of its text that no clause quotes (sentences.toml).

    `quote` tells the sentence by words of it, at `ref` where these stand in several places. `held`: the clause `clause`
    or the cell `cell` (service, activity) says it already. `not_a_rule`: it settles nothing, and `reason` says why.
    """

    quote: str
    mark: Literal["held", "not_a_rule", "to_do"]
    ref: str = ""
    clause: str | None = None
    cell: tuple[str, str] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SchoolTime:
    """The cells that apply « pendant le temps scolaire » only; `zone` is the calendar's, « A », « B » or « C »."""

    services: frozenset[str]
    activities: frozenset[str]
    zone: str
    citation: Citation
    when: tuple[Test, ...] = ()  # the établissements for which it holds, by their kind, sector or owner
