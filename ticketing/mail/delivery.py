"""Send the notices, in the scheduler's process: claim, check, hand to a carrier, try again or give up.

`drain` claims a few rows and checks for each whether its recipient still sees the ticket. It sends over SMTP or, if no
server is configured, writes the message in `DATA_DIR/courriels`. Notices for people of a suspended collectivité wait
until the suspension is lifted (VIII), and are then sent if these people still see the ticket. A failure marks the
notice, never the ticket: what may pass later is tried again at longer and longer intervals; what cannot is « échec ».
The messages of a ticket to a person are sent in order; a message that waits delays no other ticket and no other person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Boolean, Row, exists, literal, or_, select, union_all, update
from sqlalchemy.orm import aliased

from charters.database import reading, writing
from charters.days import today
from charters.model import Actor, Mandate, Role
from charters.people import presence
from charters.permissions import perimeter
from charters.signing import signing
from charters.tables.access import Account, MandateRow, OrganisationSuspension
from ticketing.mail import carriers, messages, outbox
from ticketing.mail.carriers import Later, Permanent
from ticketing.tables import Notice, Ticket, TicketEvent

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.outbox")

BATCH = 50
CLAIM = timedelta(minutes=5)
#: How long a notice that is being sent belongs to its process: longer than one clock may be ahead of another.
SENDING = timedelta(minutes=30)
#: How long after the nth failure the next try comes; the last delay repeats.
BACKOFF = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
GIVE_UP = timedelta(days=3)


def drain(settings: Settings, now: datetime) -> int:
    """Send the notices that are due and return how many were sent.

    Several processes may drain at once: each notice is claimed by one of them, which asks again right before sending
    whether the claim still holds. A batch may last longer than the claim, and clocks may differ.
    """
    sent, begun = 0, monotonic()
    carrier = carriers.carrier(settings)
    try:
        while batch := _claim(claimed := now + elapsed(begun), settings.usage_charter_for_staff):
            for index, notice in enumerate(batch):
                if not _take(notice, claimed, now + elapsed(begun)):
                    continue
                try:
                    sent += _deliver(notice, carrier.send, settings, now)
                except Later as stop:
                    for rest in batch[index + 1 :]:
                        if _take(rest, claimed, now + elapsed(begun)):
                            _retry(rest, str(stop), now)
                    return sent
    finally:
        carrier.close()
    return sent


def _claim(now: datetime, usage_for_staff: bool) -> list[Row[Any]]:
    """Claim for five minutes the first unsent notice to each person about each ticket, among those that are due."""
    earlier = aliased(Notice)
    with writing() as session:
        rows = session.execute(
            select(*Notice.__table__.c)
            .where(
                Notice.state == "pending",
                Notice.next_at <= now,
                or_(Notice.claimed_until.is_(None), Notice.claimed_until < now),
                ~exists().where(
                    earlier.ticket_id == Notice.ticket_id,
                    earlier.recipient_id == Notice.recipient_id,
                    earlier.id < Notice.id,
                    earlier.state == "pending",
                ),
                ~_kept_out(Notice.recipient_id, usage_for_staff),
            )
            .order_by(Notice.next_at, Notice.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            session.execute(
                update(Notice).where(Notice.id.in_([row.id for row in rows])).values(claimed_until=now + CLAIM)
            )
    return list(rows)


def _take(notice: Row[Any], claimed: datetime, at: datetime) -> bool:
    """Whether the claim made at `claimed` still holds; the notice is then this process's until it is marked.

    It does not if the recipient's address has changed meanwhile: the notice is claimed again, with the new one.
    """
    with writing() as session:
        done = session.execute(
            update(Notice)
            .where(
                Notice.id == notice.id,
                Notice.state == "pending",
                Notice.claimed_until == claimed + CLAIM,
                Notice.recipient_email == notice.recipient_email,
            )
            .values(claimed_until=at + SENDING)
        )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def elapsed(begun: float) -> timedelta:
    """Return the time since `begun` (a reading of `monotonic`)."""
    return timedelta(seconds=monotonic() - begun)


def _kept_out(account_id: Any, usage_for_staff: bool) -> Any:
    """Return the SQL test that an account is kept out: suspended collectivité (VIII), unsigned charter (annexe 6)."""
    suspended = (
        exists()
        .where(OrganisationSuspension.organisation == Account.organisation, OrganisationSuspension.lifted_at.is_(None))
        .correlate(Account)
    )
    return exists().where(Account.id == account_id, or_(suspended, signing.unsigned(literal(usage_for_staff, Boolean))))


def _deliver(notice: Row[Any], send: Callable[[EmailMessage, str], None], settings: Settings, now: datetime) -> int:
    """Send one notice and mark it; return 1 if it was sent, else 0. Raises Later if no server can be reached."""
    if _held_back(notice, settings.usage_charter_for_staff):
        _mark(notice, claimed_until=None)
        return 0
    seen = _still_sees(notice, now)
    if seen == "suspended":  # the notice waits, like all mails of people attached to the collectivité
        _mark(notice, claimed_until=None, next_at=now + BACKOFF[-1])
        return 0
    if not seen:
        _turn_away(notice, now)
        return 0
    if seen == "masked":
        _mark(notice, state="dropped", last_error="Le texte a été masqué.")
        return 0
    try:
        send(carriers.composed(lambda: message(notice, settings.mail_from)), f"{notice.id:08d}")
    except Permanent as failure:
        log.warning("notice failed", extra=_named(notice))
        _mark(notice, state="failed", last_error=str(failure)[:500], attempts=notice.attempts + 1)
        return 0
    except Later as failure:
        _retry(notice, str(failure), now)
        if failure.whole:
            raise
        return 0
    _mark(notice, state="sent", sent_at=now, attempts=notice.attempts + 1, last_error="")
    return 1


def _held_back(notice: Row[Any], usage_for_staff: bool) -> bool:
    """Whether the recipient's access was closed after the notice was claimed."""
    with reading() as session:
        return bool(session.execute(select(_kept_out(notice.recipient_id, usage_for_staff))).scalar())


def _turn_away(notice: Row[Any], now: datetime) -> None:
    """Drop a notice that its recipient may no longer read; others are told in the place of a requester who left."""
    with writing() as session:
        done = session.execute(
            update(Notice)
            .where(Notice.id == notice.id, Notice.state == "pending")
            .values(state="dropped", last_error="Le destinataire ne voit plus ce ticket.")
        )
        if done.rowcount:  # type: ignore[attr-defined]
            ticket = session.execute(select(Ticket.__table__).where(Ticket.number == notice.ticket_id)).one()
            outbox.redirect(session, notice, ticket, now)


def _still_sees(notice: Row[Any], now: datetime) -> Literal["yes", "suspended", "masked", ""]:
    """Whether the recipient, under a mandate in force today, still has the ticket in the perimeter.

    « suspended »: only under mandates on a collectivité whose access is suspended; « masked »: the words are masked.
    """
    day = today(now)
    with reading() as session:
        keys = session.execute(select(Ticket.scope_keys).where(Ticket.number == notice.ticket_id)).scalar_one()
        masked = session.execute(
            select(TicketEvent.id).where(TicketEvent.id == notice.event_id, TicketEvent.masked_at.is_not(None))
        ).first()
        mandates = session.execute(_mandates_in_force(notice.recipient_id, day)).all()
    if masked is not None:
        return "masked"
    suspended = {row.suspended for row in mandates if perimeter(_actor(notice.recipient_id, row)).key in keys}
    return "yes" if False in suspended else "suspended" if suspended else ""


def _mandates_in_force(account_id: int, day: date) -> Any:
    """Return the query of an account's mandates on a day, and whether each one's organisation is suspended."""
    suspended = (
        exists()
        .where(OrganisationSuspension.organisation == MandateRow.scope_id, OrganisationSuspension.lifted_at.is_(None))
        .correlate(MandateRow)
    )
    return (
        select(
            MandateRow.id,
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
            suspended.label("suspended"),
        )
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            Account.id == account_id,
            presence.in_activity(day),
            presence.begun(day),
        )
    )


def _actor(account_id: int, row: Row[Any]) -> Actor:
    """Return the recipient under a mandate: a perimeter needs only the account and the mandate."""
    return Actor(account_id, "", "", False, Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on))


def _retry(notice: Row[Any], reason: str, now: datetime) -> None:
    """Put a notice off, or mark it « échec » once it has been tried for three days; the log then says so.

    The three days of a notice that a suspension delayed begin when the suspension is lifted.
    """
    attempts = notice.attempts + 1
    if now - notice.created_at > GIVE_UP and now - _released(notice) > GIVE_UP:
        log.warning("notice given up", extra=_named(notice))
        _mark(notice, state="failed", last_error=reason[:500], attempts=attempts)
        return
    _mark(
        notice,
        next_at=now + BACKOFF[min(attempts, len(BACKOFF)) - 1],
        last_error=reason[:500],
        attempts=attempts,
        claimed_until=None,
    )


def _named(notice: Row[Any]) -> dict[str, object]:
    """Return the values that a log line gives of a notice: never an address, never a word of the ticket."""
    return {"notice": notice.id, "ticket": notice.ticket_id, "recipient": notice.recipient_id}


def _released(notice: Row[Any]) -> datetime:
    """Return when the notice could first be sent: when it was written, or when the recipient's suspension ended."""
    with reading() as session:
        lifted: datetime | None = session.execute(
            select(OrganisationSuspension.lifted_at)
            .where(
                OrganisationSuspension.organisation.in_(
                    union_all(
                        select(Account.organisation).where(Account.id == notice.recipient_id),
                        select(MandateRow.scope_id).where(MandateRow.account_id == notice.recipient_id),
                    )
                ),
                OrganisationSuspension.lifted_at.is_not(None),
            )
            .order_by(OrganisationSuspension.lifted_at.desc())
            .limit(1)
        ).scalar()
    written: datetime = notice.created_at
    return max(lifted, written) if lifted else written


def _mark(notice: Row[Any], **values: Any) -> None:
    with writing() as session:
        session.execute(update(Notice).where(Notice.id == notice.id, Notice.state == "pending").values(**values))


def message(notice: Row[Any], mail_from: str) -> EmailMessage:
    """Return the message of a notice; it is identical at each try."""
    mail = messages.message(
        mail_from=mail_from,
        to=(notice.recipient_name, notice.recipient_email),
        subject=notice.subject,
        written_at=notice.created_at,
        message_id=notice.message_id,
        body=notice.body,
    )
    mail["In-Reply-To"] = notice.thread_id
    mail["References"] = notice.thread_id
    return mail
