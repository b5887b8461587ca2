"""The night's comparison of both tools: what each sent and received of each ticket, what differs, what is repaired.

The rule: each tool is right about its own stream and its own state. What it says that it sent and that did not come is
asked for; what it says that it did not receive is sent again; the state that it gives is the one shown. Two digests
that differ over the same updates are no loss but a difference of words: a person is told of it, on the page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, or_, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from charters.days import today
from ticketing.exchange import composing, content, outgoing
from ticketing.exchange.composing import Ready
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.protocol import wire
from ticketing.exchange.protocol.kinds import KINDS
from ticketing.exchange.protocol.sequence import Stream
from ticketing.exchange.protocol.wire import LINES_MAX, MISSING_MAX, Line, Reconciliation
from ticketing.tickets.store import SCOPE, TICKET

#: A ticket closed and quiet for longer is compared no more.
QUIET = timedelta(days=35)
#: What was sent this short a time ago may still be under way.
UNDER_WAY = timedelta(minutes=10)
#: Tools that acknowledge by repeating our messages are sent again what they never repeated, this often at most.
REPEATS_MAX, UNCONFIRMED = 2, timedelta(hours=20)
#: For how long after the last news of a ticket a tool that does not answer is asked again, once a night.
POINTS = timedelta(days=4)

_ABSENT = "L’autre outil ne cite pas ce ticket."
_OWN_DIFFERS = "Ce que l’autre outil a reçu ne correspond pas à ce que Guichet a envoyé."
_THEIRS_DIFFERS = "Ce que Guichet a reçu ne correspond pas à ce que l’autre outil a envoyé."


def write(now: datetime) -> int:
    """Write the night's messages for every profile that is switched on; return how many."""
    with reading() as session:
        profiles = session.execute(select(PROFILE).where(PROFILE.c.on_at.is_not(None)).order_by(PROFILE.c.id)).all()
    done = 0
    for profile in profiles:
        with writing() as session:
            if content.is_suspended(session, profile.organisation):
                continue
            if profile.kind == "structured":
                parts = -(-_count(session, profile, now) // LINES_MAX)
                for part in range(1, parts + 1):
                    mark = wire.mark("reconciliation", profile.id, today(now), part)
                    done += outgoing.add_other(session, profile, "reconciliation", mark, now, sequence=part)
            else:
                done += _repeat(session, profile, now)
                done += _points(session, profile, now)
    return done


def _lines(profile: Any, now: datetime) -> Any:
    """Return the conditions of the tickets that are compared: those that the organisation still sees."""
    recent = or_(LINK.c.moved_at > now - QUIET, TICKET.c.state != "closed")
    key = f"org:{profile.organisation}"
    seen = exists().where(SCOPE.c.ticket_id == LINK.c.ticket_id, SCOPE.c.key == key)
    return LINK.c.profile_id == profile.id, LINK.c.ticket_id == TICKET.c.number, recent, seen


def _count(session: Session, profile: Any, now: datetime) -> int:
    return int(session.scalar(select(func.count(LINK.c.id)).where(*_lines(profile, now))) or 0)


def _repeat(session: Session, profile: Row[Any], now: datetime) -> int:
    """Send again an opening of which a tool gave no number, and messages that it never repeated; return how many."""
    kind, unnumbered = KINDS[profile.kind], select(LINK.c.id).where(LINK.c.their_number == "")
    silent = [(MESSAGE.c.sequence == 1) & MESSAGE.c.link_id.in_(unnumbered)] if kind.number_form else []
    if kind.acknowledges:
        silent.append(MESSAGE.c.link_id.not_in(unnumbered))
    if not silent:
        return 0
    unconfirmed: Any = session.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.profile_id == profile.id,
            MESSAGE.c.direction == "out",
            MESSAGE.c.kind == "update",
            MESSAGE.c.state == "sent",
            MESSAGE.c.done_at < now - UNCONFIRMED,
            MESSAGE.c.resent < REPEATS_MAX,
            or_(*silent),
        )
        .values(state="pending", attempts=0, resent=MESSAGE.c.resent + 1, next_at=now)
    )
    return int(unconfirmed.rowcount)


def _points(session: Session, profile: Row[Any], now: datetime) -> int:
    """Ask a tool that repeats its history in each notice for one, on the tickets that moved; return how many."""
    if not KINDS[profile.kind].acknowledges:
        return 0
    moved = or_(LINK.c.point_at.is_(None), LINK.c.moved_at > LINK.c.point_at)
    unheard = or_(LINK.c.heard_at.is_(None), LINK.c.heard_at < LINK.c.point_at)
    due = or_(moved, (unheard & (LINK.c.moved_at > now - POINTS)))
    rows = session.execute(
        select(LINK.c.id, LINK.c.ticket_id).where(LINK.c.profile_id == profile.id, LINK.c.their_number != "", due)
    ).all()
    done = 0
    for row in rows:
        mark = wire.mark("point", profile.id, row.ticket_id, today(now))
        more = {"link_id": row.id, "ticket_id": row.ticket_id}
        done += outgoing.add_other(session, profile, "reconciliation", mark, now, **more)
        session.execute(update(LINK).where(LINK.c.id == row.id).values(point_at=now))
    return done


# --- what is sent -----------------------------------------------------------------------------------------------------


def made(session: Session, message: Row[Any], profile: Row[Any]) -> Ready:
    """Return a request, a reconciliation or a trial, made from what is known now."""
    if message.kind == "request":
        link = session.execute(select(LINK).where(LINK.c.id == message.link_id)).one()
        missing = list(stream(session, link).missing(link.announced))[:MISSING_MAX] or [link.their_sequence + 1]
        said = {"id": message.mark, "ticket": _numbers(link), "missing": missing}
        return composing.other(profile, "request", said, {"number": link.ticket_id, "missing": missing}, message.at)
    if message.kind == "reconciliation" and message.link_id is not None:
        link = session.execute(select(LINK).where(LINK.c.id == message.link_id)).one()
        return composing.point(profile, link)
    if message.kind == "reconciliation":
        lines = [_line(session, row) for row in _part(session, profile, message)]
        said = {"id": message.mark, "tickets": lines}
        return composing.other(profile, "reconciliation", said, {"lines": lines}, message.at)
    words = "Ceci est un essai : rien n’en suit."
    return composing.other(profile, "trial", {"id": message.mark, "text": words}, {"text": words}, message.at)


def stream(session: Session, link: Row[Any]) -> Stream:
    """Return what was received of the other tool's stream of a ticket."""
    held = select(MESSAGE.c.sequence).where(
        MESSAGE.c.link_id == link.id, MESSAGE.c.direction == "in", MESSAGE.c.state == "held"
    )
    return Stream(link.their_sequence, frozenset(session.scalars(held)))


def _numbers(link: Row[Any]) -> dict[str, Any]:
    return {"sender": str(link.ticket_id), "recipient": link.their_number or None}


def _part(session: Session, profile: Row[Any], message: Row[Any]) -> list[Row[Any]]:
    """Return the links of one part of a reconciliation, each with the state of its ticket."""
    first = LINES_MAX * (message.sequence - 1)
    query = select(LINK, TICKET.c.state.label("ticket_state")).where(*_lines(profile, message.at))
    return list(session.execute(query.order_by(LINK.c.id).offset(first).limit(LINES_MAX)))


def _line(session: Session, link: Row[Any]) -> dict[str, Any]:
    """Return how a ticket stands here: only what was really sent counts as sent."""
    sent = sent_upto(session, link)
    return {
        "ticket": _numbers(link),
        "state": link.ticket_state,
        "sent": sent,
        "sent_digest": digest(session, link.id, "out", sent),
        "received": link.their_sequence,
        "received_digest": digest(session, link.id, "in", link.their_sequence),
    }


def sent_upto(session: Session, link: Row[Any]) -> int:
    """Return up to which update every one was sent."""
    waiting = session.scalar(
        select(func.min(MESSAGE.c.sequence)).where(
            MESSAGE.c.link_id == link.id,
            MESSAGE.c.direction == "out",
            MESSAGE.c.kind == "update",
            MESSAGE.c.state == "pending",
            MESSAGE.c.resent == 0,
        )
    )
    return int(link.own_sequence if waiting is None else waiting - 1)


def digest(session: Session, link: int, direction: str, upto: int) -> str:
    """Return the digest of a stream up to an update."""
    rows = session.execute(
        select(MESSAGE.c.sequence, MESSAGE.c.mark, MESSAGE.c.ticket_state).where(
            MESSAGE.c.link_id == link,
            MESSAGE.c.direction == direction,
            MESSAGE.c.kind == "update",
            MESSAGE.c.sequence <= upto,
            MESSAGE.c.state != "held",
        )
    )
    return wire.digest((row.sequence, row.mark, row.ticket_state) for row in rows)


# --- what is received -------------------------------------------------------------------------------------------------


def compare(session: Session, profile: Row[Any], message: Reconciliation, now: datetime) -> int:
    """Compare what the other tool says with what is known here, repair it by the rule; return how many differ."""
    named, differing = set(), 0
    for line in message.tickets:
        link = _named(session, profile, line)
        if link is None:
            differing += 1
            continue
        named.add(link.id)
        differing += _compare(session, link, line, now)
    if len(message.tickets) < LINES_MAX:  # the whole list: what it leaves out, the other tool does not know
        differing += _absent(session, profile, named, now)
    return differing


def _named(session: Session, profile: Row[Any], line: Line) -> Row[Any] | None:
    """Return the link of the ticket that a line names, locked: by our number, else by theirs."""
    wanted = LINK.c.their_number == line.ticket.sender
    if line.ticket.recipient and line.ticket.recipient.isascii() and line.ticket.recipient.isdigit():
        wanted = LINK.c.ticket_id == int(line.ticket.recipient[:18])
    query = select(LINK).where(LINK.c.profile_id == profile.id, wanted).with_for_update()
    return session.execute(query.limit(1)).one_or_none()


def _compare(session: Session, link: Row[Any], line: Line, now: datetime) -> bool:
    """Compare one ticket; return whether both differed."""
    values: dict[str, Any] = {}
    if line.sent > max(link.their_sequence, link.announced):
        values |= {"announced": line.sent, "gap_since": link.gap_since or now - UNDER_WAY, "asked": 0, "asked_at": None}
    elif line.sent == link.their_sequence and line.state != link.their_state:
        values |= {"their_state": line.state, "their_state_at": now}
    own = sent_upto(session, link)
    again = 0
    if line.received < own:
        again = outgoing.send_again(session, link.id, range(line.received + 1, own + 1), now, UNDER_WAY)
    session.execute(  # the other tool says that it has them
        update(MESSAGE)
        .where(
            MESSAGE.c.link_id == link.id,
            MESSAGE.c.direction == "out",
            MESSAGE.c.state == "sent",
            MESSAGE.c.sequence <= line.received,
        )
        .values(state="confirmed")
    )
    drift = ""
    if line.received <= own and line.received_digest != digest(session, link.id, "out", line.received):
        drift = _OWN_DIFFERS
    elif line.sent <= link.their_sequence and line.sent_digest != digest(session, link.id, "in", line.sent):
        drift = _THEIRS_DIFFERS
    if drift != link.drift:
        values["drift"] = drift
    if values:
        session.execute(update(LINK).where(LINK.c.id == link.id).values(**values))
    return bool(values or again)


def _absent(session: Session, profile: Row[Any], named: set[int], now: datetime) -> int:
    """Send again from the beginning the tickets that the other tool does not know; return how many."""
    rows = session.execute(select(LINK).where(*_lines(profile, now), LINK.c.made_at < now - UNDER_WAY)).all()
    absent = [row for row in rows if row.id not in named]
    for row in absent:
        outgoing.send_again(session, row.id, range(1, row.own_sequence + 1), now, timedelta(hours=1))
        session.execute(update(LINK).where(LINK.c.id == row.id).values(drift=_ABSENT))
    return len(absent)
