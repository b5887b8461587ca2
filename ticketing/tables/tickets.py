"""The tables of tickets, without behaviour: `lifecycle` has the rules, `store` writes.

Names and labels are stored as they were on the day (établissement, service, party, person): a retired service or a
renamed team changes no past ticket. A migration makes the full-text table `ticket_search`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NAME, NUMBER


class Ticket(Base):
    """The present state of a ticket. `ticket_event` and `decision` hold its past. `version` counts the public changes.

    The columns from `user_category` to `under_warranty` are the facts that `matrix.request_facts` declares. They are
    written out, since migrations and the inventory of personal data need each by its name; a test compares the two.
    """

    __tablename__ = "ticket"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number is never given twice

    number: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    on_behalf_of: Mapped[str] = mapped_column(String(100), default="")
    tag: Mapped[str] = mapped_column(String(100), default="")
    asset: Mapped[str] = mapped_column(String(100), default="")
    room: Mapped[str] = mapped_column(String(60), default="", server_default="")
    impact: Mapped[int | None] = mapped_column(SmallInteger)  # 1 to 3: ticketing.urgency
    urgency: Mapped[int | None] = mapped_column(SmallInteger)
    incident: Mapped[str | None] = mapped_column(String(60))  # its kind, if an agreement distinguishes several: « vol »

    academie: Mapped[str] = mapped_column(ID)  # organisation id
    etablissement: Mapped[str] = mapped_column(ID)
    etablissement_name: Mapped[str] = mapped_column(NAME)
    etablissement_commune: Mapped[str] = mapped_column(NAME)
    service: Mapped[str] = mapped_column(String(60))
    service_label: Mapped[str] = mapped_column(NAME)
    activity: Mapped[str] = mapped_column(String(20))
    activity_label: Mapped[str] = mapped_column(String(60))
    user_category: Mapped[str | None] = mapped_column(String(40))
    user_category_label: Mapped[str] = mapped_column(NAME, default="")
    acquired_by: Mapped[str | None] = mapped_column(String(20))
    acquired_on: Mapped[date | None]
    inventoried: Mapped[bool | None]
    in_referentiel: Mapped[bool | None]
    experimentation: Mapped[bool | None]
    under_warranty: Mapped[bool | None]

    decision_id: Mapped[int | None] = mapped_column(NUMBER)  # the present decision
    convention: Mapped[str | None] = mapped_column(String(60))
    needs_info: Mapped[bool] = mapped_column(Boolean, default=False)
    account_service: Mapped[bool] = mapped_column(Boolean, default=False)  # work of the collège on accounts (annexe 5)
    holder_party: Mapped[str] = mapped_column(String(20))
    holder_role: Mapped[str] = mapped_column(String(4))
    holder_organisation: Mapped[str] = mapped_column(ID)
    holder_name: Mapped[str] = mapped_column(NAME)
    handed_on_by: Mapped[dict[str, str] | None] = mapped_column(JSON)  # the previous Holder, while it may be contested
    contributors: Mapped[list[list[str]]] = mapped_column(JSON, default=list)  # [party, name]
    involved: Mapped[list[str]] = mapped_column(JSON, default=list)  # organisations that hold, held or contribute
    shared_with: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)  # [account id, name]
    persons: Mapped[list[int]] = mapped_column(JSON, default=list)  # accounts that have a person's row in ticket_scope
    confidential: Mapped[bool] = mapped_column(Boolean, default=False)
    scope_keys: Mapped[list[str]] = mapped_column(JSON, default=list)  # the keys of its rows in ticket_scope

    assignee_id: Mapped[int | None] = mapped_column(Integer)
    assignee_name: Mapped[str | None] = mapped_column(NAME)
    opened_by: Mapped[int | None] = mapped_column(Integer)
    opened_by_name: Mapped[str] = mapped_column(NAME)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # the nearest end to keep, of the text and of promises
    due_kind: Mapped[str] = mapped_column(String(12), default="", server_default="")  # what `due_at` is the end of
    text_due_at: Mapped[datetime | None] = mapped_column(Instant)  # the end of the delay that a text sets, if one does
    engagements: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # hours.promises.packed
    updated_at: Mapped[datetime] = mapped_column(Instant)
    hold_reason: Mapped[str | None] = mapped_column(String(24))
    held_since: Mapped[datetime | None] = mapped_column(Instant)
    wake_at: Mapped[datetime | None] = mapped_column(Instant)  # when it goes on by itself, if it waits until a day
    nudge_at: Mapped[datetime | None] = mapped_column(Instant)  # when the requester is reminded, or it closes
    nudges: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # reminders of its question
    alert_at: Mapped[datetime | None] = mapped_column(Instant)  # when the holder's référent is told of it next
    silent_at: Mapped[datetime | None] = mapped_column(Instant)  # when it is told that nobody acted on it
    alerted: Mapped[str] = mapped_column(String(40), default="", server_default="")  # of what it was told: codes
    first_answer_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    hand_ons: Mapped[int] = mapped_column(Integer, default=0)
    event_count: Mapped[int] = mapped_column(Integer, default=0)
    file_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    pseudonymised_at: Mapped[datetime | None] = mapped_column(Instant)  # words, names and files are gone
    parent_id: Mapped[int | None] = mapped_column(NUMBER)  # the ticket that it depends on, and what it is to it
    parent_bond: Mapped[str] = mapped_column(String(12), default="", server_default="")  # model.Bond


#: The job that closes tickets resolved long ago reads only this range.
Index(
    "ix_ticket_resolved",
    Ticket.resolved_at,
    sqlite_where=text("state = 'resolved'"),
    postgresql_where=text("state = 'resolved'"),
)
_WAITING = text("wake_at IS NOT NULL")
#: The job that wakes tickets reads only those that wait until a day.
Index("ix_ticket_wake_at", Ticket.wake_at, sqlite_where=_WAITING, postgresql_where=_WAITING)
_BOUND = text("parent_id IS NOT NULL")
#: What depends on a ticket, each read by the ticket's number.
Index("ix_ticket_parent", Ticket.parent_id, Ticket.number, sqlite_where=_BOUND, postgresql_where=_BOUND)
_NUDGED, _ALERTED = text("nudge_at IS NOT NULL"), text("alert_at IS NOT NULL")
#: The jobs that remind requesters and tell référents read only the tickets that wait for it.
Index("ix_ticket_nudge_at", Ticket.nudge_at, sqlite_where=_NUDGED, postgresql_where=_NUDGED)
Index("ix_ticket_alert_at", Ticket.alert_at, sqlite_where=_ALERTED, postgresql_where=_ALERTED)
_TOLD = text("alerted != ''")
#: A référent's home reads only the open tickets of which the référent was told.
Index("ix_ticket_alerted", Ticket.holder_organisation, Ticket.number, sqlite_where=_TOLD, postgresql_where=_TOLD)
_IN_CHARGE = text("assignee_id IS NOT NULL AND state != 'closed'")
#: The sweep of what hangs on people who left reads only the tickets that somebody has in charge.
Index("ix_ticket_in_charge", Ticket.assignee_id, Ticket.number, sqlite_where=_IN_CHARGE, postgresql_where=_IN_CHARGE)
_TO_FORGET = text("state = 'closed' AND pseudonymised_at IS NULL")
#: The purge of tickets closed long ago reads only this range.
Index("ix_ticket_to_forget", Ticket.closed_at, sqlite_where=_TO_FORGET, postgresql_where=_TO_FORGET)
#: What that index holds, for a statement: no engine concludes it from a value that is bound.
CLOSED = Ticket.state == literal_column("'closed'")


class TicketEvent(Base):
    """An entry of the timeline. `side` is the author's organisation (or établissement), the only reader if internal."""

    __tablename__ = "ticket_event"
    __table_args__ = (Index(None, "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(8), default="public")  # public | internal
    side: Mapped[str] = mapped_column(ID, default="")
    side_name: Mapped[str] = mapped_column(NAME, default="")
    author_id: Mapped[int | None] = mapped_column(Integer)  # None: the program itself
    author_name: Mapped[str] = mapped_column(NAME, default="")
    author_role: Mapped[str] = mapped_column(String(32), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    masked_at: Mapped[datetime | None] = mapped_column(Instant)
    mask_reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what changed, with labels as they were then


class DecisionRow(Base):
    """A routing decision with its citations as quoted then. It never changes; a ticket's last one is in force."""

    __tablename__ = "decision"
    __table_args__ = (Index(None, "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(16))
    party: Mapped[str] = mapped_column(String(20))
    convention: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[str | None] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)  # request, Decision, and the sentences and names shown with it


class TicketScope(Base):
    """The perimeter as rows: one for each key under which a ticket is filed, with what lists sort and filter by.

    `rank` makes every queue an index range: `deadlines.rank` while the ticket is open, else minus its number. So rows
    of a state are in reading order: nearest delay, then oldest ticket first; or newest first.
    """

    __tablename__ = "ticket_scope"
    __table_args__ = (
        Index("ix_ticket_scope_state", "key", "state", "rank", "ticket_id"),
        Index("ix_ticket_scope_etablissement", "key", "etablissement", "state", "rank", "ticket_id"),
        Index("ix_ticket_scope_service", "key", "service", "state", "rank", "ticket_id"),
        Index(
            "ix_ticket_scope_assignee",
            "key",
            "assignee_id",
            "state",
            "rank",
            "ticket_id",
            sqlite_where=text("assignee_id IS NOT NULL"),
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    state: Mapped[int] = mapped_column(SmallInteger)  # position in State
    rank: Mapped[int] = mapped_column(BigInteger)
    etablissement: Mapped[str] = mapped_column(ID)
    service: Mapped[str] = mapped_column(String(60))
    assignee_id: Mapped[int | None] = mapped_column(Integer)


class TicketWatcher(Base):
    """A person who has the trouble of a ticket too (« moi aussi ») and is told of it with its requester.

    `through` is the ticket that was declared a duplicate of it, whose requester or watcher the person was.
    """

    __tablename__ = "ticket_watcher"
    __table_args__ = ({"sqlite_with_rowid": False},)

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    through: Mapped[int | None] = mapped_column(NUMBER)


class TicketCount(Base):
    """How many tickets a key counts, by state, établissement and service; each ticket's own transaction updates it."""

    __tablename__ = "ticket_count"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)  # state | etablissement | service | stamp
    value: Mapped[str] = mapped_column(ID, primary_key=True)
    label: Mapped[str] = mapped_column(NAME, default="")
    n: Mapped[int] = mapped_column(Integer)


class Attachment(Base):
    """A file, stored outside the static folder. `path` is relative to the folder of files.

    `quarantine` is « » if the file may be read, « virus », or « waiting » for the antivirus; a quarantined file is
    served to nobody. `finding` is what was found in it.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index(None, "ticket_id", "event_id"),
        Index(
            "ix_attachment_quarantine",
            "at",
            sqlite_where=text("quarantine != ''"),
            postgresql_where=text("quarantine != ''"),
        ),
    )

    uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    event_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket_event.id"))
    name: Mapped[str] = mapped_column(NAME)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(100))
    path: Mapped[str] = mapped_column(String(100))
    visibility: Mapped[str] = mapped_column(String(8))
    side: Mapped[str] = mapped_column(ID)
    at: Mapped[datetime] = mapped_column(Instant)
    quarantine: Mapped[str] = mapped_column(String(12), default="", server_default="")
    finding: Mapped[str] = mapped_column(String(200), default="", server_default="")
