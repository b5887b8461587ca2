"""What a ticket is: its states, its closed lists, and what a person types. Pure: frozen values.

Text that comes from outside is cleaned here (`clean_line`, `clean_text`) and checked here (`check_draft`,
`words_fault`): forms, mails and the command line have the same limits and the same French sentences.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import IO

from matrix.request_facts import Facts as Facts

TITLE_MIN, TITLE_MAX = 3, 150
BODY_MAX = 10_000
#: No ticket has this number or a higher one, so the database is not asked. It fits the columns of both engines.
LARGEST_NUMBER = 2**62
ROOM_MAX = 60
LINE_MAX = 100  # the requester's name, an inventory tag, a machine's name

#: The service and activity of a ticket whose author has not said them yet, as one that a mail opened.
TO_SPECIFY, TO_SPECIFY_LABEL = "a-preciser", "À préciser"
#: The parties' names when an agreement gives none of its own.
PARTY_NAMES = {
    "academie": "Académie",
    "departement": "Département",
    "region": "Région",
    "commune": "Commune",
    "college": "Collège",
    "etablissement": "Établissement",
    "ecole": "École",
    "canope": "Réseau Canopé",
    "lycee": "Lycée",
    "metropole": "Métropole",
    "epci": "Intercommunalité",
    "syndicat-mixte": "Syndicat mixte",
    "gip": "GIP",
}
#: The prefix that names a draft wherever an agreement may be named: « projet-12 ».
DRAFT_NAME = "projet-"
#: The parties that are the établissement itself.
OWN_PARTIES = frozenset({"college", "etablissement", "ecole", "lycee"})


class State(StrEnum):
    """The ITIL states."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The state in French."""
        return STATE_LABELS[self]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has work to do on it."""
        return self in OPEN_STATES


STATE_LABELS = {
    State.NEW: "Nouveau",
    State.IN_PROGRESS: "En cours",
    State.ON_HOLD: "En attente",
    State.RESOLVED: "Résolu",
    State.CLOSED: "Clos",
}
OPEN_STATES = (State.NEW, State.IN_PROGRESS, State.ON_HOLD)


class HoldReason(StrEnum):
    """Why a ticket waits. The first reason is a question put to the requester."""

    REQUESTER = "attente-demandeur"
    SUPPLIER = "attente-fournisseur"
    PART = "attente-piece"
    VISIT = "attente-intervention"
    INTERRUPTION = "attente-interruption"
    OTHER = "autre"

    @property
    def label(self) -> str:
        """The reason in French."""
        return HOLD_LABELS[self]

    @property
    def is_nobodys(self) -> bool:
        """Whether a ticket that waits for it waits on nobody of its holder: that time counts for no party."""
        return self in NOBODYS


HOLD_LABELS = {
    HoldReason.REQUESTER: "On attend une réponse du demandeur",
    HoldReason.SUPPLIER: "On attend un fournisseur",
    HoldReason.PART: "On attend une pièce",
    HoldReason.VISIT: "Une intervention sur place est prévue",
    HoldReason.INTERRUPTION: "On attend la fin d’une interruption de service",
    HoldReason.OTHER: "Autre raison",
}
NOBODYS = frozenset({HoldReason.REQUESTER, HoldReason.SUPPLIER, HoldReason.PART, HoldReason.INTERRUPTION})


class Bond(StrEnum):
    """What a ticket is to the one ticket that it depends on (`Ticket.parent_id`)."""

    NONE = ""
    DUPLICATE = "duplicate"  # the same trouble: the work goes on there
    CHILD = "child"  # it hangs on a larger trouble, as an outage, and may be resolved with it


class HandOnReason(StrEnum):
    """Why a ticket changes hands."""

    WRONG_PARTY = "mauvaise-partie"
    FACT = "fait-corrige"
    VISIT = "besoin-intervention"
    PART = "piece-ou-garantie"
    OTHER = "autre"

    @property
    def label(self) -> str:
        """The reason in French."""
        return HAND_ON_LABELS[self]


HAND_ON_LABELS = {
    HandOnReason.WRONG_PARTY: "La clause désigne une autre partie",
    HandOnReason.FACT: "Un fait a été corrigé",
    HandOnReason.VISIT: "Il faut une intervention d’une autre partie",
    HandOnReason.PART: "Il faut une pièce, ou la garantie joue",
    HandOnReason.OTHER: "Autre raison",
}


class WithdrawReason(StrEnum):
    """Why the author of a ticket closes it."""

    SOLVED = "regle-seul"
    NOT_NEEDED = "plus-utile"

    @property
    def label(self) -> str:
        """The reason in French."""
        return WITHDRAW_LABELS[self]


WITHDRAW_LABELS = {
    WithdrawReason.SOLVED: "Le problème s’est réglé tout seul",
    WithdrawReason.NOT_NEEDED: "La demande n’est plus utile, ou faite par erreur",
}


class Kind(StrEnum):
    """The kind of an entry of the timeline."""

    OPENED = "opened"
    COMMENT = "comment"
    NOTE = "note"
    TAKEN = "taken"
    ASSIGNED = "assigned"  # given to a colleague
    RELEASED = "released"  # the person in charge left, or may no longer work it: back in the queue of its party
    RETURNED = "returned"  # a suspension was lifted: again in the charge of the person who had it
    QUESTION = "question"  # put on hold with a question to the requester
    HELD = "held"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    CLOSED = "closed"
    DECISION = "decision"  # facts corrected: a new decision, the old one kept
    HANDED_ON = "handed_on"
    CONTESTED = "contested"
    REFEREED = "refereed"  # the référent of a side said to which party a contested ticket belongs
    RULED = "ruled"  # those of both sides said the same
    UNSETTLED = "unsettled"  # they did not, or not in time
    SHARED = "shared"
    CONFIDENTIAL = "confidential"
    MASKED = "masked"
    AMENDED = "amended"  # the author changed the words of the request; the entry keeps what they were
    ADJUSTED = "adjusted"  # where it is and how urgent: the entry keeps both values
    REMINDED = "reminded"  # the program reminded the requester of a question, by the rule of the holder
    ALERTED = "alerted"  # the program told the holder's référent: late, or nobody acted on it
    WITHDRAWN = "withdrawn"  # the author closed it: it solved itself, or is no longer asked
    DUPLICATE = "duplicate"  # closed: the same trouble is followed on another ticket
    RESTORED = "restored"  # it was no duplicate: open again
    ATTACHED = "attached"  # it depends on a larger trouble, followed on another ticket
    DETACHED = "detached"
    SPLIT = "split"  # a part of it became another ticket


class Step(StrEnum):
    """Everything that can be done on a ticket; `TicketView.steps` holds the steps that the reader may do now."""

    COMMENT = "comment"
    NOTE = "note"
    ATTACH = "attach"
    TAKE_CHARGE = "take_charge"
    ASSIGN = "assign"  # to a colleague of the same party
    HOLD = "hold"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CLOSE = "close"
    CORRECT_FACTS = "correct_facts"
    HAND_ON = "hand_on"
    CONTEST = "contest"
    SHARE = "share"
    MAKE_CONFIDENTIAL = "make_confidential"
    MASK = "mask"
    ANSWER = "answer"  # the question whose answer the decision lacks
    AMEND = "amend"
    ADJUST = "adjust"  # room, who is held up, whether work can go on
    WITHDRAW = "withdraw"
    MERGE = "merge"  # declare it the duplicate of another ticket
    UNMERGE = "unmerge"
    FOLLOW = "follow"  # attach it to the ticket of a larger trouble
    UNFOLLOW = "unfollow"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called, as whoever took the call typed it: a name, and a telephone number or an address (may be empty)."""

    name: str
    reach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket as requested, whether by form, mail or API.

    `on_behalf_of` is the person who has the trouble, in words; `caller` is the person for whom somebody else opens
    the ticket, who called. `incident` is the kind of incident, among those that the
    agreements of the établissement distinguish (`tickets.incidents.known`); empty if none was chosen.
    """

    title: str
    body: str
    etablissement: str
    service: str
    activity: str
    facts: Facts = field(default_factory=Facts)
    on_behalf_of: str = ""
    tag: str = ""  # inventory number
    asset: str = ""  # the machine's or the software's name
    incident: str = ""
    room: str = ""
    impact: int | None = None  # who is held up, and whether work can go on: 1 to 3 (`ticketing.urgency`)
    urgency: int | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file: its given name, a binary stream at its start, the announced type (never trusted)."""

    filename: str
    stream: IO[bytes]
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a ticket: the party of the agreement, and the organisation that plays this party there.

    `organisation` is the key of perimeters: an organisation id, or the établissement's id if the collège holds the
    ticket.
    """

    party: str
    role: str  # EN | CL | Etab
    organisation: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """How a list is narrowed. `state` None means open tickets, or tickets in any state when `text` is given.

    `late` keeps the late tickets (`deadlines.late`). `since` and `until` bound the opening, the latter excluded.
    `assignees` are the accounts of which one has the ticket in charge (None: anybody or nobody). `sort` « due » puts
    first the open tickets whose delay ends first, then those without delay, the oldest first; all other lists are
    newest first.
    """

    state: str | None = None  # open | new | in_progress | on_hold | resolved | closed | all
    etablissement: str | None = None
    service: str | None = None
    mine: int | None = None  # an account's id: the tickets that this person took charge of
    text: str | None = None
    late: bool = False
    opened_by: int | None = None  # an account's id: « Mes demandes »
    waiting: str | None = None  # a HoldReason
    label: str | None = None  # a word of the reader's side, as it is found (following.labels.folded)
    since: datetime | None = None
    until: datetime | None = None
    assignees: tuple[int, ...] | None = None
    sort: str = "due"  # due | newest | oldest
    asks: str | None = None  # a collège's scope: what waits for its answer, or for itself
    team: int | None = None  # an account's id: what the teams of this person cover, or have in charge
    reader: int | None = None  # an account's id: the rows say what this person has not read


def may_be_number(number: int) -> bool:
    """Whether a ticket could have this number. If not, callers answer as for a missing ticket, without a query."""
    return 0 < number < LARGEST_NUMBER


def clean_line(value: str) -> str:
    """Return one line of text: NFC, no control or format-override character, spaces collapsed, trimmed."""
    return " ".join(clean_text(value).split())


def clean_text(value: str) -> str:
    """Return lines of text: NFC, LF ends, no control character but the tab, no bidirectional override, trimmed."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.translate(_LAYOUT).isprintable():  # rare: otherwise no character need be examined by itself
        text = "".join(c for c in text if c in "\n\t" or not _is_unwanted(c))
    return text.strip()


#: Characters that Python does not call printable and that a text may contain: line ends, tabs, no-break spaces.
_LAYOUT = dict.fromkeys(map(ord, "\n\t\u00a0\u202f"))


def _is_unwanted(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":  # ZWJ and ZWNJ shape letters and emoji; the other format characters hide or reverse text
        return char not in "\u200c\u200d"
    return category in ("Cc", "Cs", "Zl", "Zp")


def check_draft(draft: Draft) -> tuple[Draft, dict[str, str]]:
    """Return the cleaned draft, and the fault of each field in a French sentence (empty if there is none).

    Callers that know the agreements check that the établissement, service and activity exist.
    """
    clean = Draft(
        title=clean_line(draft.title),
        body=clean_text(draft.body),
        etablissement=draft.etablissement,
        service=draft.service,
        activity=draft.activity,
        facts=draft.facts,
        on_behalf_of=clean_line(draft.on_behalf_of),
        tag=clean_line(draft.tag),
        asset=clean_line(draft.asset),
        incident=draft.incident,
        room=clean_line(draft.room),
        impact=draft.impact,
        urgency=draft.urgency,
        caller=draft.caller,
    )
    errors: dict[str, str] = {}
    if len(clean.title) < TITLE_MIN:
        errors["title"] = "Donnez un titre en quelques mots."
    elif len(clean.title) > TITLE_MAX:
        errors["title"] = f"Le titre dépasse {TITLE_MAX} caractères : abrégez-le, le détail va dessous."
    if fault := words_fault(clean.body, "Dites ce qui se passe."):
        errors["body"] = fault
    for name, label in (("on_behalf_of", "Le nom"), ("tag", "Le numéro d’inventaire"), ("asset", "Le nom du matériel")):
        if len(getattr(clean, name)) > LINE_MAX:
            errors[name] = f"{label} dépasse {LINE_MAX} caractères."
    if len(clean.room) > ROOM_MAX:
        errors["room"] = f"Le nom de la salle dépasse {ROOM_MAX} caractères."
    for name in ("impact", "urgency"):
        if getattr(clean, name) not in (None, 1, 2, 3):
            errors[name] = "Choisissez l’une des réponses proposées."
    return clean, errors


def words_fault(text: str, when_empty: str) -> str | None:
    """Return what is wrong with cleaned words (1 to 10,000 characters), or None."""
    if not text:
        return when_empty
    if len(text) > BODY_MAX:
        return f"Le texte dépasse {BODY_MAX:,} caractères ({len(text):,}) : abrégez-le ou joignez un fichier.".replace(
            ",", "\u202f"
        )
    return None
