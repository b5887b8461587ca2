"""What a page shows of tickets: one ticket with its history and decision, lists, files. Frozen values, pure.

`ticketing.tickets` makes them for a person who may see them. A later change of names changes nothing in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from charters.model import Scope
from matrix.model import Request
from ticketing.model import Bond, Facts, Holder, State


@dataclass(frozen=True, slots=True)
class CitationView:
    """A clause as the page quotes it."""

    document: str
    ref: str
    kind: str
    quote: str
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class DelayView:
    """The delay that the text sets on the party that answers: when it ends, its hours from the opening, its clauses."""

    by: datetime
    hours: int
    party_name: str
    citations: tuple[CitationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementView:
    """What a party promises for a ticket, in its own hours; `asked`: it was promised to the requester at the opening.

    `answer` and `resolve` are minutes, None where it promises none; `answered` is when it answered first.
    """

    name: str
    asked: bool
    start: datetime
    answer: int | None
    resolve: int | None
    answer_by: datetime | None
    resolve_by: datetime | None
    answered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A routing decision as it was made: later changes of agreements or names change nothing in it."""

    status: str
    party: str
    party_name: str
    party_role: str
    why: str
    citations: tuple[CitationView, ...] = ()
    contributors: tuple[tuple[str, str], ...] = ()  # (party, name)
    missing: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()  # the questions about the missing facts, in French, in the order of `missing`
    candidates: tuple[tuple[str, str], ...] = ()  # (party, name)
    warnings: tuple[tuple[str, str], ...] = ()  # (code, sentence)
    via: str | None = None
    convention: str | None = None
    version: str | None = None
    at: datetime | None = None
    by: str = ""  # who asked for it: the opener, or the person who corrected the facts
    reason: str = ""  # the words that came with a correction
    delay: DelayView | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the timeline. `quarantine` is « » if it can be downloaded, else virus, waiting (antivirus) or gone."""

    uuid: str
    name: str
    size: int  # bytes
    content_type: str
    quarantine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An entry of the timeline. `body_html` is safe HTML, empty if masked. `data` holds labels as they were then.

    `folded` is the history and the signature below the words of a mail, as text.
    """

    id: int
    kind: str
    at: datetime
    author_name: str
    author_side_name: str
    visibility: str  # public | internal
    body_html: str = ""
    masked: bool = False
    mask_reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileView, ...] = ()
    folded: str = ""
    author_id: int | None = None  # None: the program itself


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket as one person may see it."""

    number: int
    version: int
    state: State
    title: str
    body: str  # as it was typed
    body_html: str
    etablissement: str
    etablissement_name: str
    etablissement_commune: str
    service: str
    service_label: str
    activity: str
    activity_label: str
    facts: Facts
    user_category_label: str
    on_behalf_of: str
    tag: str
    asset: str
    room: str
    impact: int | None  # `ticketing.urgency`
    urgency: int | None
    incident: str  # its kind, for example « vol »; empty if none was chosen
    holder_party: str
    holder_role: str
    holder_organisation: str
    holder_name: str
    handed_on_by: str  # name of the party that handed it to the holder, or empty
    assignee_id: int | None
    assignee_name: str | None
    opened_by: int | None
    opened_by_name: str
    opened_at: datetime
    due_at: datetime | None  # the nearest end to keep; None: nothing is promised
    due_kind: str  # what it is the end of: text | answer | resolution
    late: bool
    engagements: tuple[EngagementView, ...]  # what the requester was promised, then what the holder promised for itself
    hold_reason: str | None
    held_since: datetime | None
    wake_at: datetime | None  # when it goes on by itself; None: it waits without a day
    resolved_at: datetime | None
    closed_at: datetime | None
    confidential: bool
    needs_info: bool
    shared_with: tuple[tuple[int, str], ...]
    contributors: tuple[tuple[str, str], ...]
    decision: DecisionView
    events: tuple[EventView, ...]
    steps: frozenset[str]
    scope: Scope  # what the gate needs to know of it
    parent_id: int | None = None  # the ticket that it depends on, which the reader may not see
    bond: Bond = Bond.NONE  # what it is to that ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A line of a queue, as a list shows it."""

    number: int
    title: str
    state: State
    etablissement: str
    etablissement_name: str
    service: str
    service_label: str
    activity_label: str
    holder_organisation: str
    holder_name: str
    holder_role: str
    opened_at: datetime
    due_at: datetime | None  # the nearest end to keep, of the text or of a promise; None: nothing is promised
    late: bool
    assignee_name: str | None
    needs_info: bool
    confidential: bool = False
    hold_reason: str | None = None  # a HoldReason, while the ticket waits
    wake_at: datetime | None = None  # until when it waits, if a day was said
    version: int = 1
    assignee_id: int | None = None
    opened_by_name: str = ""
    updated_at: datetime | None = None
    urgent: str = ""  # « Priorité haute », where it stands out
    body: str = ""  # as it was typed, where words were searched
    news: str = field(default="", compare=False)  # the kind of the last entry that the reader has not read


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and opaque cursors to the previous and next pages (None if there is none)."""

    rows: tuple[ListRow, ...]
    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that occurs in a perimeter, for a filter: id, label, number of tickets."""

    id: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The établissements and services that occur in a perimeter, by label."""

    etablissements: tuple[Choice, ...] = ()
    services: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file to download: its place, its name and type as stored, its size in bytes."""

    path: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the opening form shows while it is filled in: the decision, and the request that it answers.

    Both are None while too little is filled in or something is wrong; `errors` then says what: field -> sentence.
    """

    decision: DecisionView | None
    request: Request | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    desk: Holder | None = None  # who runs the single desk of the établissement
