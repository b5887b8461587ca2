"""The tables of the exchange with other tools: profiles, what each ticket has sent and received, and its messages.

No words of a ticket stand here: a message that goes out is made from the ticket's own entries when it is sent, and one
that came before its turn is sealed until it is applied.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables import ID, NUMBER


class ExchangeProfile(Base):
    """How an organisation's tool is written to. `writes_from` is the address of its own mails (empty: `address`).

    `secret` is sealed. Events up to `read_event` are known; `next_event`, noted at `noted_at`, will be next, so that an
    entry committed late is still read. `key_shown_at` is when the key was shown, once.
    """

    __tablename__ = "exchange_profile"
    __table_args__ = (UniqueConstraint("academie", "organisation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    academie: Mapped[str] = mapped_column(ID)
    organisation: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(254))
    writes_from: Mapped[str] = mapped_column(String(254), default="")
    form: Mapped[str] = mapped_column(String(120), default="")  # the form of the other tool that a template names
    secret: Mapped[str] = mapped_column(Text, default="")
    per_minute: Mapped[int] = mapped_column(Integer, default=30)
    made_at: Mapped[datetime] = mapped_column(Instant)
    key_shown_at: Mapped[datetime | None] = mapped_column(Instant)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    on_at: Mapped[datetime | None] = mapped_column(Instant)  # None: switched off
    read_event: Mapped[int] = mapped_column(NUMBER, default=0)
    next_event: Mapped[int] = mapped_column(NUMBER, default=0)
    noted_at: Mapped[datetime | None] = mapped_column(Instant)
    heard_at: Mapped[datetime | None] = mapped_column(Instant)
    reconciled_at: Mapped[datetime | None] = mapped_column(Instant)


class ExchangeLink(Base):
    """A ticket that the other tool follows too: both streams, its number and its state there.

    `announced` is how far the other tool said that it went: updates, or entries of its notices. `heard_at` is when it
    last wrote about the ticket, `point_at` when it was last asked to (`reconciliation`).

    `asked_at` and `asked` tell of the gap that is being asked for; `gap_since` is when it was first seen. `drift` is
    what the last reconciliation found, empty if both agree.
    """

    __tablename__ = "exchange_link"
    __table_args__ = (
        UniqueConstraint("profile_id", "ticket_id"),
        Index(None, "ticket_id"),
        Index(None, "profile_id", "their_number"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("exchange_profile.id"))
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    own_sequence: Mapped[int] = mapped_column(Integer, default=0)
    their_sequence: Mapped[int] = mapped_column(Integer, default=0)
    announced: Mapped[int] = mapped_column(Integer, default=0)
    their_number: Mapped[str] = mapped_column(String(48), default="")
    their_state: Mapped[str] = mapped_column(String(12), default="")
    their_state_at: Mapped[datetime | None] = mapped_column(Instant)
    gap_since: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    asked: Mapped[int] = mapped_column(Integer, default=0)
    drift: Mapped[str] = mapped_column(String(200), default="")
    heard_at: Mapped[datetime | None] = mapped_column(Instant)
    point_at: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    moved_at: Mapped[datetime] = mapped_column(Instant)


class ExchangeMessage(Base):
    """A message sent to the other tool or received from it.

    `mark` makes it unique in its direction: its id, or the print of an entry. `state` of one that goes out is pending,
    sent, confirmed, failed or dropped; of one that came in held, applied, skipped (known already) or refused.
    """

    __tablename__ = "exchange_message"
    __table_args__ = (
        UniqueConstraint("profile_id", "direction", "mark"),
        Index(None, "link_id", "direction", "sequence"),
        Index(
            "ix_exchange_message_due",
            "next_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("exchange_profile.id"))
    link_id: Mapped[int | None] = mapped_column(NUMBER, ForeignKey("exchange_link.id"))
    ticket_id: Mapped[int | None] = mapped_column(NUMBER)
    direction: Mapped[str] = mapped_column(String(3))  # in | out
    kind: Mapped[str] = mapped_column(String(16))  # update | request | reconciliation | trial | mail
    mark: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int | None] = mapped_column(Integer)
    event_id: Mapped[int | None] = mapped_column(NUMBER)
    ticket_state: Mapped[str] = mapped_column(String(12), default="")
    payload: Mapped[str] = mapped_column(Text, default="")  # sealed, and emptied once it is applied or sent
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    resent: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
