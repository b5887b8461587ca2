"""When the people of a side are away: said by themselves, or by who sets the bench; shown to their side, and no other.

Only days are kept, never why, and they go once the absence is over. On its first day the urgent tickets of who is away
go back to the queue of the party, which is told, where the absence asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from charters.database import db, reading, writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from charters.statements import Fixed
from charters.tables.access import Account
from ticketing import urgency
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.model import State
from ticketing.tickets import lifecycle, queries
from ticketing.tickets.by_itself.program import each
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.store import TICKET
from ticketing.tickets.transaction import Underway
from ticketing.workbench.owned import side_of
from ticketing.workbench.tables import Absence

audit.label("absence.said", "Absence indiquée")
audit.label("absence.removed", "Absence retirée")

ABSENCE: Any = Absence.__table__
#: The longest absence, how far ahead it may begin, and how many a person may have to come.
LONGEST, AHEAD, MOST = timedelta(days=366), timedelta(days=366), 20


@dataclass(frozen=True, slots=True)
class Away:
    """An absence in course or to come: whose, its first and last day, whether the reader may remove it."""

    id: int
    account: int
    name: str
    starts_on: date
    ends_on: date
    offers: bool
    removable: bool


def may_say(actor: Actor) -> bool:
    """Whether the actor has tickets in charge, or sets the bench of those who have."""
    return permits(actor, Action.WORK).allowed or permits(actor, Action.SET_BENCH).allowed


def people(actor: Actor, now: datetime) -> tuple[tuple[int, str], ...]:
    """Return whose absence the actor may say, (account, name): the actor, and the side for who sets the bench."""
    side = side_of(actor, False)
    own = [(actor.account_id, actor.name)] if permits(actor, Action.WORK).allowed else []
    if not permits(actor, Action.SET_BENCH).allowed:
        return tuple(own)
    side_s = {one.account: one.name for one in queries.colleagues(side, now)}
    return (*own, *((account, name) for account, name in side_s.items() if account != actor.account_id))


def say(actor: Actor, typed: Mapping[str, str], offers: bool, now: datetime) -> int:
    """Keep that a person is away from `first` to `last` (ISO days, inclusive); `person` is an account, « » for oneself.

    Return the number of the absence. Raises Invalid by field, NotFound or Refused.
    """
    side = side_of(actor, False)
    if not may_say(actor):
        raise Refused("Seul qui traite des tickets indique ses absences.")
    chosen = typed.get("person", "")
    account = int(chosen) if chosen.isascii() and chosen.isdigit() else actor.account_id
    known = dict(people(actor, now))
    starts, ends, faults = _days(typed, today(now))
    if account not in known:
        faults["person"] = "Choisissez une personne de votre côté."
    if faults or starts is None or ends is None:
        raise Invalid(faults)
    with writing() as session:
        now = written_at(now)
        theirs = (ABSENCE.c.side == side, ABSENCE.c.account_id == account)
        kept = session.execute(select(ABSENCE.c.starts_on, ABSENCE.c.ends_on).where(*theirs)).all()
        if any(row.starts_on <= ends and starts <= row.ends_on for row in kept):
            raise Invalid({"first": "Une absence est déjà indiquée sur ces jours : retirez-la d’abord."})
        if len(kept) >= MOST:
            raise Invalid({"first": f"{MOST} absences sont déjà indiquées."})
        row = Absence(side=side, account_id=account, starts_on=starts, ends_on=ends, offers=offers)
        session.add(row)
        session.flush()
        _journal("absence.said", actor, account, now)
        return row.id


def _days(typed: Mapping[str, str], day: date) -> tuple[date | None, date | None, dict[str, str]]:
    """Return the first and the last day that a form says, and what is wrong with them."""
    faults: dict[str, str] = {}
    read: dict[str, date | None] = {}
    for name in ("first", "last"):
        try:
            read[name] = date.fromisoformat(typed.get(name, "").strip())
        except ValueError:
            read[name], faults[name] = None, "Donnez un jour, comme 24/12/2026."
    starts, ends = read["first"], read["last"]
    if starts and starts > day + AHEAD:
        faults["first"] = "Ce jour est à plus d’un an."
    if ends and ends < day:
        faults["last"] = "Ce jour est passé."
    elif starts and ends and ends < starts:
        faults["last"] = "Le dernier jour vient avant le premier."
    elif starts and ends and ends - starts > LONGEST:
        faults["last"] = "Une absence dure un an au plus ; au-delà, terminez plutôt le mandat."
    return starts, ends, faults


def remove(actor: Actor, absence_id: int, now: datetime) -> None:
    """Remove an absence: one's own, or a colleague's for who sets the bench. Raises NotFound."""
    side = side_of(actor, False)
    with writing() as session:
        now = written_at(now)
        row = session.get(Absence, absence_id) if 0 < absence_id < 2**31 else None
        own = row is not None and (row.account_id == actor.account_id or permits(actor, Action.SET_BENCH).allowed)
        if row is None or row.side != side or not own:
            raise NotFound
        _journal("absence.removed", actor, row.account_id, now)
        session.execute(delete(Absence).where(Absence.id == row.id))


def _journal(event: str, actor: Actor, account: int, now: datetime) -> None:
    """Record whose absence was said or removed, without its days."""
    sigle = db.session.execute(select(Account.sigle).where(Account.id == account)).scalar_one()
    audit.record(event, actor=actor, subject=sigle, now=now)


def listed(actor: Actor, now: datetime) -> tuple[Away, ...]:
    """Return the absences of the actor's side in course or to come, by their first day. Raises NotFound."""
    sets = permits(actor, Action.SET_BENCH).allowed
    rows = db.session.execute(
        select(ABSENCE, Account.first_name, Account.last_name)
        .join(Account, Account.id == ABSENCE.c.account_id)
        .where(ABSENCE.c.side == side_of(actor, False), ABSENCE.c.ends_on >= today(now))
        .order_by(ABSENCE.c.starts_on, Account.last_name, ABSENCE.c.id)
    )
    return tuple(
        Away(
            row.id,
            row.account_id,
            f"{row.first_name} {row.last_name}",
            row.starts_on,
            row.ends_on,
            row.offers,
            sets or row.account_id == actor.account_id,
        )
        for row in rows
    )


def away(side: str, day: date) -> dict[int, date]:
    """Return account -> last day of the people of a side who are away that day; for readers of this side alone."""
    return {row.account_id: row.ends_on for row in _AWAY.run({"side": side, "day": day})}


_AWAY = Fixed(
    select(ABSENCE.c.account_id, ABSENCE.c.ends_on).where(
        ABSENCE.c.side == bindparam("side"),
        ABSENCE.c.starts_on <= bindparam("day", type_=ABSENCE.c.starts_on.type),
        ABSENCE.c.ends_on >= bindparam("day", type_=ABSENCE.c.ends_on.type),
    )
)


def offer(now: datetime, only: int | None = None) -> int:
    """Give back to the queue the urgent tickets of those whose absence has begun, once; return how many.

    Urgent: of the two highest priorities, or due before the absence is over. What is on hold waits on. A page names the
    one absence that its reader said (`only`): how many tickets the absences of others give back is not for that reader.
    """
    day = today(now)
    begun = [ABSENCE.c.offers, ABSENCE.c.offered_at.is_(None), ABSENCE.c.starts_on <= day, ABSENCE.c.ends_on >= day]
    if only is not None:
        begun.append(ABSENCE.c.id == only)
    with reading() as session:
        rows = session.execute(select(ABSENCE).where(*begun).order_by(ABSENCE.c.id)).all()
    done = 0
    for row in rows:
        done += each(_in_charge(row), lambda ticket, row=row: _urgent(ticket, row), _back, now)  # type: ignore[misc]
        with writing() as session:
            at = written_at(now)
            session.execute(update(Absence).where(Absence.id == row.id).values(offered_at=at))
    return done


def _in_charge(row: Any) -> Any:
    return (
        select(TICKET.c.number)
        .where(
            TICKET.c.assignee_id == row.account_id,
            TICKET.c.state == State.IN_PROGRESS.value,
            TICKET.c.holder_organisation == row.side,
            or_(TICKET.c.impact.is_not(None), TICKET.c.due_at.is_not(None)),
        )
        .order_by(TICKET.c.number)
    )


def _urgent(ticket: Any, row: Any) -> bool:
    """Whether a ticket of somebody who is away is urgent, still in this person's charge and held by the side."""
    ours = ticket.assignee_id == row.account_id and ticket.holder_organisation == row.side
    grave = urgency.priority(ticket.impact, ticket.urgency) in (1, 2)
    due = ticket.due_at is not None and today(ticket.due_at) <= row.ends_on
    return ours and ticket.state == State.IN_PROGRESS.value and ticket.pseudonymised_at is None and (grave or due)


def _back(step: Underway) -> Outcome:
    return lifecycle.release(step.standing, {})


def forget_old(now: datetime) -> None:
    """Delete the absences that are over."""
    with writing() as session:
        now = written_at(now)
        session.execute(delete(Absence).where(Absence.ends_on < today(now)))
