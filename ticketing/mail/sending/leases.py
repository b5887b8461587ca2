"""Fenced leases on notices: a process that lost its claim can neither send nor mark what another has taken over.

Each claim adds one to the notice's `lease`. A process knows the number that its own claim made, and every statement by
which it takes or marks the notice asks for that number: after another claim, it changes nothing, whatever the clocks
say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Row, exists, literal, or_, select, update
from sqlalchemy.orm import aliased

from charters.database import writing
from charters.signing import signing
from charters.tables.access import Account, OrganisationSuspension
from ticketing.tables import Notice

BATCH = 50
CLAIM = timedelta(minutes=5)
#: How long a notice that is being sent belongs to its process: longer than one clock may be ahead of another.
SENDING = timedelta(minutes=30)
NOTICE: Any = Notice.__table__


def claim(now: datetime, usage_for_staff: bool) -> list[Row[Any]]:
    """Claim the first unsent notice to each person about each ticket, among those that are due; return their rows.

    What waits for a digest or for later holds back nothing that comes after it. The rows are as they are claimed: their
    `lease` is this claim's.
    """
    earlier = aliased(Notice)
    first = ~exists().where(
        earlier.ticket_id == Notice.ticket_id,
        earlier.recipient_id == Notice.recipient_id,
        earlier.id < Notice.id,
        earlier.state == "pending",
        earlier.way == "",
    )
    due = (Notice.next_at <= now, first, ~kept_out(Notice.recipient_id, usage_for_staff))
    return _claimed(due, now, BATCH)


def join(notices: Sequence[int], now: datetime) -> list[Row[Any]]:
    """Claim these notices too, to be sent with one that is claimed; return the rows of those that are free."""
    return _claimed((Notice.id.in_(notices),), now, len(notices)) if notices else []


def _claimed(where: tuple[Any, ...], now: datetime, most: int) -> list[Row[Any]]:
    with writing() as session:
        ids = session.scalars(
            select(Notice.id)
            .where(Notice.state == "pending", or_(Notice.claimed_until.is_(None), Notice.claimed_until < now), *where)
            .order_by(Notice.next_at, Notice.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        if not ids:
            return []
        session.execute(
            update(Notice)
            .where(Notice.id.in_(ids))
            .values(claimed_until=now + CLAIM, lease=Notice.lease + 1)
            .execution_options(synchronize_session=False)
        )
        return list(
            session.execute(select(*NOTICE.c).where(NOTICE.c.id.in_(ids)).order_by(NOTICE.c.next_at, NOTICE.c.id))
        )


def take(notice: Row[Any], at: datetime, sent_as: str) -> bool:
    """Whether the claim still holds, asked right before sending; the notice is then this process's until it is marked.

    It does not if the recipient's address has changed meanwhile: the notice is claimed again, with the new one.
    `sent_as` is the Message-ID of the mail that is about to carry it.
    """
    return _changed(
        notice,
        (Notice.recipient_email == notice.recipient_email,),
        claimed_until=at + SENDING,
        sent_as=sent_as,
    )


def mark(notice: Row[Any], **values: Any) -> bool:
    """Write what became of a notice, and let go of it. Returns whether it was still this process's to mark."""
    return _changed(notice, (), **{"claimed_until": None, **values})


def _changed(notice: Row[Any], where: tuple[Any, ...], **values: Any) -> bool:
    with writing() as session:
        done: Any = session.execute(
            update(Notice)
            .where(Notice.id == notice.id, Notice.state == "pending", Notice.lease == notice.lease, *where)
            .values(**values)
        )
    return bool(done.rowcount)


def kept_out(account_id: Any, usage_for_staff: bool) -> Any:
    """Return the SQL test that an account is kept out: suspended collectivité (VIII), unsigned charter (annexe 6)."""
    suspended = (
        exists()
        .where(OrganisationSuspension.organisation == Account.organisation, OrganisationSuspension.lifted_at.is_(None))
        .correlate(Account)
    )
    return exists().where(Account.id == account_id, or_(suspended, signing.unsigned(literal(usage_for_staff, Boolean))))
