"""What hangs on a person who leaves, on the side of tickets: what the person has in charge, and what was shared.

A ticket stays in a person's charge as long as one of the person's mandates in force may work it, by the gate itself.
When none may (activity or mandate ended, suspended, not confirmed in October, on another perimeter; account disabled;
ticket made confidential), it goes back to the queue of its party, which is told. A share with a gestionnaire réseau
lapses with the mandate; a suspension leaves it, since it lets nobody read meanwhile (VIII).

`charters.people.leaving` calls these parts, from every end and from the scheduler's sweep, in the order of `PARTS`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Text, and_, cast, exists, func, literal, or_, select, text
from sqlalchemy.orm import Session, aliased

from charters.database import db
from charters.days import today
from charters.gate import permits
from charters.model import Actor, Mandate, Role
from charters.people import leaving, presence
from charters.permissions import MAY, Action
from charters.tables.access import Account, MandateRow
from ticketing.mail import outbox
from ticketing.model import Kind
from ticketing.tables import TicketScope
from ticketing.tickets import lifecycle, queries, store, transaction
from ticketing.tickets.lifecycle import Author, Entry, Outcome
from ticketing.tickets.store import EVENT, TICKET
from ticketing.tickets.transaction import Act, Underway

#: Roles that work whatever their side holds; the other two depend on the ticket (`_works`).
_ALWAYS = tuple(role.value for role in Role if Action.WORK in MAY[role] and role not in (Role.CMI, Role.RESEAU))
#: Written as in the index `ix_ticket_in_charge`, which holds just these tickets.
_IN_CHARGE = text("assignee_id IS NOT NULL AND state != 'closed'")
#: Entries after which a ticket that a suspension took is no longer given back to the person who had it.
_MOVES = (
    Kind.TAKEN,
    Kind.ASSIGNED,
    Kind.RELEASED,
    Kind.RETURNED,
    Kind.HANDED_ON,
    Kind.CONTESTED,
    Kind.RULED,
    Kind.DECISION,
)


def lapse_shares(accounts: Collection[int] | None, now: datetime) -> int:
    """End the shares with people who are no longer gestionnaire réseau there. Returns their number."""
    day = today(now)
    done = 0
    for number, account in db.session.execute(_lapsed(accounts, day)).all():
        step = _begin(db.session(), number, now)
        if step is None:
            continue
        name = next((name for one, name in step.row.shared_with if one == account), None)
        if name is None:  # the ticket is shared with somebody else, and opened by this person
            continue
        own = step.row.opened_by == account
        step.values |= {
            "shared_with": [pair for pair in step.row.shared_with if pair[0] != account],
            "persons": [one for one in step.row.persons if one != account or own],
        }
        entry = Entry(Kind.SHARED, data={"name": name, "shared": False, "lapsed": True})
        transaction.write(step, Outcome(step.standing, entry))
        done += 1
        if done == leaving.AT_MOST:
            break
    return done


def _lapsed(accounts: Collection[int] | None, day: date) -> Any:
    """The query of (ticket, account) for the tickets shared with somebody that such a person may see by name."""
    other = aliased(MandateRow)
    still = exists().where(
        other.account_id == MandateRow.account_id,
        other.scope_id == MandateRow.scope_id,
        other.role == Role.RESEAU.value,
        other.starts_on <= day,
        or_(other.ends_on.is_(None), other.ends_on >= day),
        or_(other.lapses_on.is_(None), other.lapses_on >= day),
    )
    key = literal("person:") + cast(MandateRow.account_id, Text) + literal("@") + MandateRow.scope_id
    query = (
        select(TicketScope.ticket_id, MandateRow.account_id)
        .distinct()
        .join(Account, Account.id == MandateRow.account_id)
        .join(TicketScope, TicketScope.key == key)
        .join(TICKET, TICKET.c.number == TicketScope.ticket_id)
        .where(
            MandateRow.role == Role.RESEAU.value,
            cast(TICKET.c.shared_with, Text) != "[]",
            or_(~still, ~presence.in_activity(day)),
        )
        .order_by(TicketScope.ticket_id)
    )
    return query if accounts is None else query.where(MandateRow.account_id.in_(accounts))


def release(accounts: Collection[int] | None, now: datetime) -> int:
    """Give back to the queue the tickets whose person in charge may no longer work them. Returns their number."""
    day = today(now)
    query = select(TICKET.c.number).where(_IN_CHARGE, ~_works(day)).order_by(TICKET.c.number)
    if accounts is not None:
        query = query.where(TICKET.c.assignee_id.in_(accounts))
    done = 0
    for number in db.session.scalars(query.limit(leaving.AT_MOST)).all():
        step = _begin(db.session(), number, now)
        if step is None or step.row.assignee_id is None or _may_work(step.row, step.row.assignee_id, day):
            continue
        account = step.row.assignee_id
        # From a suspended collectivité or an unconfirmed mandate it may come back, so the entry keeps whose it was.
        cause = {"account": account} if _may_work(step.row, account, day, though_barred=True) else {}
        transaction.write(step, lifecycle.release(step.standing, cause))
        done += 1
    return done


def give_back(since: datetime, now: datetime) -> int:
    """Give back the tickets taken since then from people who may work again, and that nobody has had. Returns how many.

    The notices that announced them to people who were suspended too are dropped: nobody has to take them any more.
    """
    session, day, done = db.session(), today(now), 0
    for number, event_id, data in session.execute(_taken_away(since)).all():
        account = int((data or {}).get("account") or 0)
        step = _begin(session, number, now) if account else None
        if step is None or step.row.assignee_id is not None or not _may_work(step.row, account, day):
            continue
        name = session.execute(
            select(Account.first_name + " " + Account.last_name).where(Account.id == account)
        ).scalar_one()
        outbox.withdraw(session, event_id, "Le ticket est de nouveau en charge.")
        transaction.write(step, lifecycle.give_back(step.standing, account, name))
        done += 1
    return done


def _taken_away(since: datetime) -> Any:
    """The query of the tickets without a person in charge, whose last move is that they were released since then."""
    last = (
        select(EVENT.c.ticket_id, func.max(EVENT.c.id).label("id"))
        .join(TICKET, TICKET.c.number == EVENT.c.ticket_id)
        .where(
            TICKET.c.assignee_id.is_(None),
            TICKET.c.state != "closed",
            EVENT.c.kind.in_([kind.value for kind in _MOVES]),
        )
        .group_by(EVENT.c.ticket_id)
        .subquery()
    )
    return (
        select(EVENT.c.ticket_id, EVENT.c.id, EVENT.c.data)
        .join(last, last.c.id == EVENT.c.id)
        .where(EVENT.c.kind == Kind.RELEASED.value, EVENT.c.at >= since)
        .order_by(EVENT.c.ticket_id)
    )


def _works(day: date) -> Any:
    """In a query on tickets: whether the person in charge has a mandate that may work them.

    It repeats the gate in SQL to find the tickets, and `_may_work` asks the gate itself; a test compares the two.
    """
    shown = exists().where(
        TicketScope.ticket_id == TICKET.c.number,
        TicketScope.key == literal("person:") + cast(MandateRow.account_id, Text) + "@" + MandateRow.scope_id,
    )
    return (
        exists()
        .where(
            Account.id == TICKET.c.assignee_id,
            MandateRow.account_id == Account.id,
            MandateRow.scope_id == TICKET.c.holder_organisation,
            presence.in_activity(day),
            presence.acting(day),
            ~presence.suspended(Account.organisation),
            ~presence.suspended(MandateRow.scope_id),
            or_(
                MandateRow.role.in_(_ALWAYS),
                and_(MandateRow.role == Role.CMI.value, TICKET.c.confidential.is_(False)),
                and_(MandateRow.role == Role.RESEAU.value, TICKET.c.account_service.is_(True), shown),
            ),
        )
        .correlate(TICKET)
    )


def _may_work(row: Row[Any], account: int, day: date, *, though_barred: bool = False) -> bool:
    """Whether the gate lets this person work the ticket under one of the mandates in force.

    `though_barred`: what bars a person for a time is left out, suspensions and mandates still to confirm.
    """
    query = (
        select(
            MandateRow.id,
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
        )
        .join(Account, Account.id == MandateRow.account_id)
        .where(Account.id == account, presence.in_activity(day), presence.begun(day))
    )
    if not though_barred:
        query = query.where(presence.acting(day))
        query = query.where(~presence.suspended(Account.organisation), ~presence.suspended(MandateRow.scope_id))
    scope = queries.scope_of(row)
    return any(permits(one, Action.WORK, scope).allowed for one in _actors(account, db.session.execute(query)))


def _actors(account: int, mandates: Iterable[Any]) -> Iterable[Actor]:
    for row in mandates:
        mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
        yield Actor(account, "", "", False, mandate)


def _begin(session: Session, number: int, now: datetime) -> Underway | None:
    """A step of the program itself on a ticket, which it locks; None once the ticket's personal data are erased."""
    row = store.lock_ticket(session, number)
    if row is None or row.pseudonymised_at is not None:
        return None
    standing = queries.standing_of(row, transaction.desk_of(row))
    act = Act(session, None, Author(None, transaction.PROGRAM, False), now)
    return Underway(act, row, standing, transaction.decision_of(row))


#: What is let go of, in this order (a share that lapses may end a gestionnaire réseau's work), and what comes back.
PARTS = (lapse_shares, release)
RETURNS = (give_back,)
