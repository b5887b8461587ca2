"""What a ticket's page says around its history, in one query: notices not read, mails that fail, the last visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, String, bindparam, exists, or_, select

from charters.database import db
from charters.model import Actor, Perimeter
from charters.statements import Fixed
from charters.tables.access import Account
from ticketing.following.labels import LABEL
from ticketing.following.links import LINK
from ticketing.following.seen import SEEN
from ticketing.mail import undelivered
from ticketing.tables import Contest, Notice, TicketWatcher
from ticketing.tickets.contesting.rules import Dispute
from ticketing.tickets.pages import EVERY_SIDE
from ticketing.tickets.store import SCOPE, TICKET

NOTICE: Any = Notice.__table__
WATCHER: Any = TicketWatcher.__table__
CONTEST: Any = Contest.__table__


@dataclass(frozen=True, slots=True)
class Around:
    """Whether the reader has notices not read, whose mails do not arrive (requester, in charge), the entry last seen.

    `seen` is 0 where the reader has never been here under this side. `linked`: some ticket is linked, seen or
    not. `watched`: somebody has the same trouble. `depended`: some ticket depends on it, seen or not.
    `labelled`: the reader's side (any, with a reason) put words on it. `contested`: a contest was made of it.
    `ruled_before`: both sides ruled a contest about the same service and activity, of another ticket.
    """

    unread: bool = False
    requester_fails: bool = False
    assignee_fails: bool = False
    seen: int = 0
    linked: bool = False
    watched: bool = False
    depended: bool = False
    labelled: bool = False
    contested: bool = False
    ruled_before: bool = False


def around(perimeter: Perimeter, actor: Actor, number: int, requester: int | None, assignee: int | None) -> Around:
    """Return what goes with a ticket for this reader; the caller has checked that the actor sees the ticket."""
    asked = {
        "number": number,
        "account": actor.account_id,
        "side": perimeter.side or "",
        "requester": requester or 0,
        "assignee": assignee or 0,
    }
    unread, requester_fails, assignee_fails, seen, *others = _AROUND.run(asked).one()
    return Around(bool(unread), bool(requester_fails), bool(assignee_fails), seen or 0, *map(bool, others))


def _around() -> Any:
    """Return the statement behind `around`; built once, since every page of a ticket asks it."""
    unread = exists().where(
        NOTICE.c.ticket_id == bindparam("number"),
        NOTICE.c.recipient_id == bindparam("account"),
        NOTICE.c.read_at.is_(None),
    )
    failing = (undelivered.failing(bindparam(name, type_=Integer)) for name in ("requester", "assignee"))
    seen = select(SEEN.c.event_id).where(
        SEEN.c.ticket_id == bindparam("number"),
        SEEN.c.account_id == bindparam("account"),
        SEEN.c.side == bindparam("side", type_=String),
    )
    linked = exists().where(or_(LINK.c.ticket_id == bindparam("number"), LINK.c.earlier_id == bindparam("number")))
    watched = exists().where(WATCHER.c.ticket_id == bindparam("number"))
    depended = exists().where(TICKET.c.parent_id == bindparam("number"))
    side = bindparam("side", type_=String)
    labelled = exists().where(LABEL.c.ticket_id == bindparam("number"), or_(LABEL.c.side == side, side == EVERY_SIDE))
    contested = exists().where(CONTEST.c.ticket_id == bindparam("number"))
    ruled = exists().where(
        TICKET.c.number == bindparam("number"),
        CONTEST.c.convention == TICKET.c.convention,
        CONTEST.c.service == TICKET.c.service,
        CONTEST.c.activity == TICKET.c.activity,
        CONTEST.c.state == Dispute.RULED.value,
        CONTEST.c.ticket_id != TICKET.c.number,
    )
    return select(unread, *failing, seen.scalar_subquery(), linked, watched, depended, labelled, contested, ruled)


def watchers(perimeter: Perimeter, number: int) -> tuple[tuple[int, str], ...]:
    """Return who has the same trouble (« moi aussi »), (account, name); the caller has checked the perimeter.

    Who follows it through a duplicate is named to those who see the duplicate, and is account 0: it ends with the bond.
    """
    through = exists().where(SCOPE.c.ticket_id == WATCHER.c.through, SCOPE.c.key == perimeter.key)
    rows = db.session.execute(
        select(Account.id, Account.first_name, Account.last_name, WATCHER.c.through)
        .join(WATCHER, WATCHER.c.account_id == Account.id)
        .where(WATCHER.c.ticket_id == number, or_(WATCHER.c.through.is_(None), through))
        .order_by(Account.last_name, Account.first_name)
    )
    return tuple((0 if row.through else row.id, f"{row.first_name} {row.last_name}") for row in rows)


_AROUND = Fixed(_around())
