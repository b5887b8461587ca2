"""New tickets given by the rule of a team, where its side set one: in turn, or to who has the fewest in charge.

The program does it, in a commit of its own for each ticket, and the thread says by which rule. It gives a ticket to
nobody whom the gate does not let work it, who does not see it, has a charter left to sign, or is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from charters.database import reading
from charters.days import today
from charters.tables.access import Account
from ticketing.model import OPEN_STATES, Kind, State
from ticketing.settings import desk_settings
from ticketing.tables.teams import Team
from ticketing.tickets import queries
from ticketing.tickets.bonds import readers
from ticketing.tickets.by_itself.program import each
from ticketing.tickets.changing import assigned
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.store import EVENT, TICKET
from ticketing.tickets.transaction import Underway
from ticketing.workbench import absences
from ticketing.workbench.teams import LOAD, TURN, TeamView, teams

#: Rule -> how the thread says it; the name of a team is its side's alone.
SAID = {TURN: "à tour de rôle", LOAD: "au moins chargé"}
#: The entries by which a ticket comes to a side, or back to its queue.
_ARRIVALS = (
    Kind.OPENED,
    Kind.HANDED_ON,
    Kind.CONTESTED,
    Kind.DECISION,
    Kind.RELEASED,
    Kind.RESTORED,
    Kind.REOPENED,
)


def give(now: datetime, at_most: int = 200) -> int:
    """Give the new tickets of the sides that set a rule, the oldest first, and return how many were given."""
    with reading() as session:
        sides = session.scalars(select(Team.side).where(Team.rule != "").distinct().order_by(Team.side)).all()
    return sum(_of_side(side, now, at_most) for side in sides)


def _of_side(side: str, now: datetime, at_most: int) -> int:
    with reading():
        ruled = [one for one in teams(side, now) if one.rule and one.ruled_at is not None]
    if not ruled:
        return 0
    since = min(one.ruled_at for one in ruled if one.ruled_at is not None)
    arrived = (
        select(EVENT.c.id)
        .where(EVENT.c.ticket_id == TICKET.c.number, EVENT.c.kind.in_([kind.value for kind in _ARRIVALS]))
        .where(EVENT.c.at >= since)
        .exists()
    )
    wanted = (
        select(TICKET.c.number)
        .where(TICKET.c.holder_organisation == side, TICKET.c.state == State.NEW.value)
        .where(TICKET.c.assignee_id.is_(None), arrived)
        .order_by(TICKET.c.number)
        .limit(at_most)
    )
    return each(wanted, lambda row: _due(row, side), lambda step: _given(step, side, now), now)


def _due(row: Any, side: str) -> bool:
    untaken = row.state == State.NEW.value and row.assignee_id is None
    return untaken and row.holder_organisation == side and row.pseudonymised_at is None


def _given(step: Underway, side: str, now: datetime) -> Outcome | None:
    """Give a ticket to a member of the closest team that covers it and has somebody; None where no team has."""
    session, row = step.act.session, step.row
    came = session.scalar(
        select(func.max(EVENT.c.at)).where(
            EVENT.c.ticket_id == row.number, EVENT.c.kind.in_([kind.value for kind in _ARRIVALS])
        )
    )
    closest = sorted(teams(side, now), key=lambda one: (-bool(one.places) - bool(one.services), one.name, one.id))
    for team in closest:
        since = team.ruled_at
        if not team.rule or since is None or came is None or came < since:
            continue
        if not team.covers(row.etablissement, row.service):
            continue
        present = able(session, team, row, side, now)
        if not present:
            continue
        account, name = _chosen(session, team, present, side)
        session.execute(update(Team).where(Team.id == team.id).values(last_account=account))
        step.journalled["rule"] = SAID[team.rule]
        outcome = assigned.assign(step.standing, account, name)
        data = {**outcome.entry.data, "rule": team.rule}
        return replace(outcome, entry=replace(outcome.entry, data=data))
    return None


def able(session: Session, team: TeamView, row: Any, side: str, now: datetime) -> list[tuple[int, str]]:
    """Return the members of a team to whom a rule may give a ticket, (account, name) in the order of their names."""
    day = today(now)
    work = queries.who_may_work(queries.scope_of(row), now)
    wanted = [one for one in team.members if one in work and one not in absences.away(side, day)]
    keys = frozenset(row.scope_keys)
    found = readers.people(session, Account.id.in_(wanted), keys, day, desk_settings().usage_for_staff)
    return [(one.account, one.name) for one in found if side in one.sides]


def _chosen(session: Session, team: TeamView, present: Sequence[tuple[int, str]], side: str) -> tuple[int, str]:
    """Return whose turn it is: the next after the last in the order of names, or who has the fewest in charge."""
    if team.rule == LOAD:
        load = dict(iter(session.execute(_load([one for one, _ in present], side))))
        return min(present, key=lambda one: load.get(one[0], 0))
    last = session.scalar(select(Team.last_account).where(Team.id == team.id).with_for_update())
    order = [*team.members]
    after = order.index(last) + 1 if last in order else 0
    turn = [*order[after:], *order[:after]]
    return min(present, key=lambda one: turn.index(one[0]))


def _load(accounts: Sequence[int], side: str) -> Any:
    """Return the query of how many open tickets of the side each of these people has in charge."""
    return (
        select(TICKET.c.assignee_id, func.count())
        .where(
            TICKET.c.assignee_id.in_(accounts),
            TICKET.c.state != "closed",
            TICKET.c.state.in_([state.value for state in OPEN_STATES]),
            TICKET.c.holder_organisation == side,
        )
        .group_by(TICKET.c.assignee_id)
    )
