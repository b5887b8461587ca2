"""A party's référent sets its opening hours: each change holds from a day to come, so that no past day changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from charters.database import writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix import Citation
from matrix.working_time import Hours
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.hours import known, shapes
from ticketing.in_force import routing, versions
from ticketing.tables import PartyHours

audit.label("hours.set", "Horaires d’ouverture fixés")


@dataclass(frozen=True, slots=True)
class Line:
    """Hours as a page lists them: from when, in words, whether they hold today, and the clause if a text gives them."""

    hours: Hours
    words: tuple[str, ...]
    in_force: bool
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All hours of a side, the latest first, and those that its form begins from (None: nothing is known)."""

    organisation: str
    lines: tuple[Line, ...]
    present: Hours | None


def side(actor: Actor) -> str:
    """Return the organisation whose time the actor sets: that of the active mandate. Raises NotFound or Refused."""
    verdict = permits(actor, Action.SET_HOURS)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    own = perimeter(actor).side
    if own is None:
        raise NotFound
    return own


def overview(actor: Actor, now: datetime) -> Overview:
    """Return the hours of the actor's side: those that it set, and those that a text gives it."""
    own, day = side(actor), today(now)
    given = known.text_hours(own)
    of_day = {given.hours.since: (given.hours, given.citations)} if given else {}
    for one in known.set_hours(own):
        of_day[one.hours.since] = (one.hours, ())
    begun = [since for since in of_day if since <= day]
    current = max(begun, default=min(of_day, default=None))
    lines = tuple(
        Line(hours, shapes.words(hours), since == current, citations)
        for since, (hours, citations) in sorted(of_day.items(), reverse=True)
    )
    return Overview(own, lines, of_day[current][0] if current else None)


def set_hours(actor: Actor, typed: Mapping[str, str], now: datetime) -> date:
    """Set the hours of the actor's side from a day on, and return that day. Raises Invalid, by field.

    The day is to come, so that nothing that was counted changes; the first hours of a side may begin today.
    """
    own = side(actor)
    given = shapes.read(typed)
    errors = dict(given.errors)
    with writing() as session:
        versions.hold(session, f"hours {own}")
        now = written_at(now)
        first = today(now) if known.calendar(own) is None else None
        hours = given.hours
        if hours is not None and hours.since <= today(now) and hours.since != first:
            errors["since"] = "Choisissez un jour à venir : ce qui est passé, et ce qui a été promis, ne change pas."
        if errors or hours is None:
            raise Invalid(errors)
        session.add(PartyHours(organisation=own, set_at=now, set_by=actor.account_id, **shapes.packed(hours)))
        audit.record("hours.set", actor=actor, subject=own, now=now, details={"on": hours.since})
    routing.forget()
    return hours.since
