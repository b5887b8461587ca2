"""The teams inside a side, which who sets its bench makes: members, what they cover, and the rule of new tickets.

A team gives no right: who is of one sees and works what the own mandate lets see and work, and no other side reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing
from ticketing.tables.teams import Team, TeamCover, TeamMember
from ticketing.tickets import queries
from ticketing.tickets.calling import callers
from ticketing.workbench.owned import side_of

audit.label("team.saved", "Équipe enregistrée")
audit.label("team.removed", "Équipe retirée")

#: The most teams of a side, the longest name.
MOST, NAME_MAX = 30, 60
TURN, LOAD = "turn", "load"
#: Rule -> its words; none is set unless somebody sets it.
RULES = {
    "": "À la main : chacun prend, ou l’on attribue",
    TURN: "À tour de rôle, parmi les présents",
    LOAD: "Au moins chargé, parmi les présents",
}


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team: its members (account -> name), the établissements and services that it covers (none: all), its rule."""

    id: int
    name: str
    members: Mapping[int, str]
    places: frozenset[str]
    services: frozenset[str]
    rule: str = ""
    ruled_at: datetime | None = None
    last_account: int | None = None

    def covers(self, etablissement: str, service: str | None) -> bool:
        """Whether a ticket of this établissement and service is the team's."""
        there = not self.places or etablissement in self.places
        return there and (not self.services or service in self.services)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a team may be made of: (id, name) of the people of the side, of établissements, of services."""

    people: tuple[tuple[int, str], ...]
    places: tuple[tuple[str, str], ...]
    services: tuple[tuple[str, str], ...]


def teams(side: str, now: datetime) -> tuple[TeamView, ...]:
    """Return the teams of a side by name, with those of their members who work for the side today."""
    names = {one.account: one.name for one in queries.colleagues(side, now)}
    session = db.session()
    rows = session.execute(select(Team.__table__).where(Team.side == side).order_by(Team.name, Team.id)).all()
    ids = [row.id for row in rows]
    members: dict[int, set[int]] = {}
    for team, account in session.execute(_of(TeamMember.team_id, TeamMember.account_id, ids)):
        members.setdefault(team, set()).add(account)
    covered: dict[tuple[int, str], set[str]] = {}
    for team, kind, value in session.execute(_of(TeamCover.team_id, TeamCover.kind, ids).add_columns(TeamCover.value)):
        covered.setdefault((team, kind), set()).add(value)
    return tuple(
        TeamView(
            row.id,
            row.name,
            {account: name for account, name in names.items() if account in members.get(row.id, ())},
            frozenset(covered.get((row.id, "place"), ())),
            frozenset(covered.get((row.id, "service"), ())),
            row.rule,
            row.ruled_at,
            row.last_account,
        )
        for row in rows
    )


def _of(first: Any, second: Any, ids: Collection[int]) -> Any:
    return select(first, second).where(first.in_(ids))


def offered(actor: Actor, now: datetime) -> Offered:
    """Return what the actor may make a team of. Raises NotFound, or Refused to who does not set the bench."""
    side = side_of(actor, True)
    rules = routing.router()
    conventions = rules.conventions
    places = [
        (place, routing.side_name(conventions, place))
        for place in conventions.etablissements
        if side == place or side in callers.scope(rules, place).involved
    ]
    services: set[str] = set().union(*(conventions.named(place) for place, _ in places))
    people = {one.account: one.name for one in queries.colleagues(side, now)}
    return Offered(
        tuple(people.items()),
        tuple(sorted(places, key=lambda pair: pair[1])),
        tuple((one, conventions.services[one]) for one in conventions.services if one in services),
    )


def save(
    actor: Actor, team_id: int, typed: Mapping[str, str], chosen: Mapping[str, Collection[str]], now: datetime
) -> int:
    """Make a team, or change the one of this id (0: a new one), and return its id.

    `typed` has name and rule, `chosen` ids by kind.

    Kinds: people (accounts), places, services. Raises Invalid by field, NotFound or Refused.
    """
    side, known = side_of(actor, True), offered(actor, now)
    name, rule = model.clean_line(typed.get("name", "")), typed.get("rule", "")
    faults = _name_faults(name) | ({} if rule in RULES else {"rule": "Choisissez une règle de la liste."})
    people = {account for account, _ in known.people if str(account) in chosen["people"]}
    places = {place for place, _ in known.places if place in chosen["places"]}
    services = {service for service, _ in known.services if service in chosen["services"]}
    if not people:
        faults["people"] = "Choisissez au moins une personne."
    if faults:
        raise Invalid(faults)
    with writing() as session:
        now = written_at(now)
        row = _row(session, side, team_id) if team_id else _new(session, side, name)
        same = select(Team.id).where(Team.side == side, Team.name == name, Team.id != (row.id or 0))
        if session.scalars(same).first() is not None:
            raise Invalid({"name": "Une autre équipe a ce nom."})
        if rule != row.rule:
            row.rule, row.ruled_at, row.last_account = rule, now if rule else None, None
        row.name = name
        session.add(row)
        session.flush()
        _empty(session, row.id)
        session.add_all(TeamMember(team_id=row.id, account_id=account) for account in sorted(people))
        covered = [("place", one) for one in sorted(places)] + [("service", one) for one in sorted(services)]
        session.add_all(TeamCover(team_id=row.id, kind=kind, value=value) for kind, value in covered)
        audit.record("team.saved", actor=actor, subject=side, now=now, details={"people": len(people)})
        return row.id


def _name_faults(name: str) -> dict[str, str]:
    if not name or len(name) > NAME_MAX:
        return {"name": f"Donnez un nom à l’équipe, de {NAME_MAX} caractères au plus."}
    if found := pupils.found((name,)):
        return {"name": f"Ce nom semble contenir {enumeration(found.signs)}."}
    return {}


def _new(session: Session, side: str, name: str) -> Team:
    if (session.scalar(select(func.count()).select_from(Team).where(Team.side == side)) or 0) >= MOST:
        raise Invalid({"name": f"{MOST} équipes sont déjà faites : retirez-en une d’abord."})
    return Team(side=side, name=name, rule="")


def _row(session: Session, side: str, team_id: int) -> Team:
    row = session.get(Team, team_id) if 0 < team_id < 2**31 else None
    if row is None or row.side != side:
        raise NotFound
    return row


def _empty(session: Session, team_id: int) -> None:
    session.execute(delete(TeamMember).where(TeamMember.team_id == team_id))
    session.execute(delete(TeamCover).where(TeamCover.team_id == team_id))


def remove(actor: Actor, team_id: int, now: datetime) -> None:
    """Remove a team of the actor's side; tickets in charge of its members stay theirs. Raises NotFound or Refused."""
    side = side_of(actor, True)
    with writing() as session:
        now = written_at(now)
        row = _row(session, side, team_id)
        _empty(session, row.id)
        session.execute(delete(Team).where(Team.id == row.id))
        audit.record("team.removed", actor=actor, subject=side, now=now)
