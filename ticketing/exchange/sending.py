"""Send the messages to other tools, by the carriers of notices: claim, make, send, try again or give up.

The messages of a ticket leave in their order. What fails is tried again from half a minute to a quarter of an hour
later, for a day, then is « échec » on the page. A tool gets no more a minute than its profile says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from charters.database import reading, writing
from ticketing.exchange import composing, content, reconciliation
from ticketing.exchange.composing import Ready
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.protocol.kinds import KINDS
from ticketing.exchange.tables import ExchangeMessage
from ticketing.in_force import routing
from ticketing.mail import carriers
from ticketing.mail.delivery import elapsed
from ticketing.tickets.store import TICKET

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.exchange")

BATCH = 50
CLAIM = timedelta(minutes=5)
SENDING = timedelta(minutes=30)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 900))
#: With these intervals, a day.
TRIES_MAX = 100


def drain(settings: Settings, now: datetime) -> int:
    """Send the messages that are due and return how many were sent. Several processes may drain at once."""
    sent, begun = 0, monotonic()
    carrier = carriers.carrier(settings)
    try:
        while batch := _claim(claimed := now + elapsed(begun)):
            for message, profile in batch:
                if not _take(message, claimed, now + elapsed(begun)):
                    continue
                try:
                    sent += _send(message, profile, carrier, now)
                except carriers.Later as stop:
                    _later(message, str(stop), now)
                    if stop.whole:
                        return sent
    finally:
        carrier.close()
    return sent


def _claim(now: datetime) -> list[tuple[Row[Any], Row[Any]]]:
    """Claim the first message that waits of each ticket and profile, as many as the profile may be sent this minute."""
    earlier = aliased(ExchangeMessage)
    with writing() as session:
        profiles = {row.id: row for row in session.execute(select(PROFILE)).all()}
        running = [one for one, row in profiles.items() if row.on_at is not None]
        rows = session.execute(
            select(MESSAGE)
            .where(
                MESSAGE.c.direction == "out",
                MESSAGE.c.state == "pending",
                MESSAGE.c.next_at <= now,
                or_(MESSAGE.c.profile_id.in_(running), MESSAGE.c.kind == "trial"),
                or_(MESSAGE.c.claimed_until.is_(None), MESSAGE.c.claimed_until < now),
                ~_before_its_number(profiles.values()),
                ~exists().where(
                    earlier.link_id == MESSAGE.c.link_id,
                    earlier.direction == "out",
                    earlier.kind == "update",
                    MESSAGE.c.kind == "update",
                    earlier.state == "pending",
                    earlier.sequence < MESSAGE.c.sequence,
                ),
            )
            .order_by(MESSAGE.c.next_at, MESSAGE.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        room = {one: row.per_minute - _sent_lately(session, one, now) for one, row in profiles.items()}
        chosen = []
        for row in rows:
            if room[row.profile_id] > 0:
                room[row.profile_id] -= 1
                chosen.append(row)
        session.execute(
            update(MESSAGE).where(MESSAGE.c.id.in_([row.id for row in chosen])).values(claimed_until=now + CLAIM)
        )
    return [(row, profiles[row.profile_id]) for row in chosen]


def _before_its_number(profiles: Iterable[Row[Any]]) -> Any:
    """Return the condition of updates that wait for the other tool's number: without it, each would open a ticket."""
    numbered = [row.id for row in profiles if KINDS[row.kind].number_form]
    unknown = select(LINK.c.id).where(LINK.c.profile_id.in_(numbered), LINK.c.their_number == "")
    return and_(MESSAGE.c.kind == "update", MESSAGE.c.sequence > 1, MESSAGE.c.link_id.in_(unknown))


def _sent_lately(session: Session, profile: int, now: datetime) -> int:
    query = select(func.count()).where(
        MESSAGE.c.profile_id == profile,
        MESSAGE.c.direction == "out",
        MESSAGE.c.done_at > now - timedelta(minutes=1),
        MESSAGE.c.state == "sent",
    )
    return int(session.scalar(query) or 0)


def _take(message: Row[Any], claimed: datetime, at: datetime) -> bool:
    """Whether the claim still holds; the message is then this process's until it is marked."""
    with writing() as session:
        done: Any = session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id == message.id, MESSAGE.c.state == "pending", MESSAGE.c.claimed_until == claimed + CLAIM)
            .values(claimed_until=at + SENDING)
        )
    return bool(done.rowcount)


def _send(message: Row[Any], profile: Row[Any], carrier: carriers.Carrier, now: datetime) -> int:
    """Make a message and send it. Returns whether it was sent. Raises Later."""
    with reading() as session:
        try:
            ready = _made(session, message, profile)
            name = routing.side_name(routing.router().conventions, profile.organisation)
        except content.Withheld as why:
            if content.is_suspended(session, profile.organisation):
                return _wait_for_the_end(message, str(why), now)
            return _mark(message, "dropped", str(why), now)
    try:
        mail = carriers.composed(partial(composing.mail, ready, profile, message, name))
        carrier.send(mail, f"echange-{message.id:08d}")
    except carriers.Permanent as failure:
        log.warning("exchange message failed", extra={"exchange_message": message.id, "profile": profile.id})
        return _mark(message, "failed", str(failure), now)
    _mark(message, "sent", "", now)
    return 1


def _made(session: Session, message: Row[Any], profile: Row[Any]) -> Ready:
    """Return a message as it may be told now, whatever its kind. Raises Withheld."""
    if content.is_suspended(session, profile.organisation):
        raise content.Withheld("L’accès de la collectivité est suspendu (VIII).")
    if message.ticket_id is not None:
        ticket = session.execute(select(TICKET).where(TICKET.c.number == message.ticket_id)).one()
        content.check(session, ticket, profile.organisation)
    if message.kind == "update":
        link = session.execute(select(LINK).where(LINK.c.id == message.link_id)).one()
        return composing.update(profile, content.told(session, message, link, profile.organisation), message.at)
    return reconciliation.made(session, message, profile)


def _wait_for_the_end(message: Row[Any], reason: str, now: datetime) -> int:
    """Keep a message for the day when the suspension is lifted: nothing of it is lost, and nothing is sent."""
    with writing() as session:
        session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id == message.id)
            .values(claimed_until=None, reason=reason[:300], next_at=now + timedelta(hours=1))
        )
    return 0


def _later(message: Row[Any], reason: str, now: datetime) -> None:
    """Postpone a message, or give it up after a day."""
    if message.attempts >= TRIES_MAX:
        log.warning("exchange message given up", extra={"exchange_message": message.id})
        _mark(message, "failed", reason, now)
        return
    wait = BACKOFF[min(message.attempts, len(BACKOFF) - 1)]
    with writing() as session:
        session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id == message.id)
            .values(attempts=message.attempts + 1, next_at=now + wait, reason=reason[:300], claimed_until=None)
        )


def _mark(message: Row[Any], state: str, reason: str, now: datetime) -> int:
    with writing() as session:
        session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id == message.id)
            .values(state=state, reason=reason[:300], done_at=now, claimed_until=None, payload="")
        )
    return 0
