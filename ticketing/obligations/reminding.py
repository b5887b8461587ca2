"""Remind by letter those who answer for a side of what it owes soon; each reminder reaches each person once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from charters import letters
from charters.database import db, writing, written_at
from charters.days import today
from charters.people.posts import Post, in_post
from matrix import Convention, Conventions
from matrix.obligations import Occurrence, in_year, reminder_due, school_year
from matrix.wording import day as said_day
from matrix.wording import references
from ticketing.in_force import routing, signatories
from ticketing.obligations import calendar
from ticketing.obligations.tables import ObligationStatement

LETTER = "obligation"


@dataclass(frozen=True, slots=True)
class _Due:
    """A reminder that is due to the people of a post, of how many days before."""

    convention: Convention
    occurrence: Occurrence
    days: int
    post: Post


def remind(now: datetime) -> int:
    """Write the reminders that are due, for the scheduler; return how many letters were written.

    A reminder of something that its owner stated is not written. A person with several posts is told once.
    """
    with writing():
        now = written_at(now)
        due = list(_due(routing.router().conventions, today(now)))
        people = in_post({one.post for one in due}, today(now)) if due else {}
        return sum(
            letters.write_once(account, LETTER, [_about(one)], now=now, values=_values(one))
            for one in due
            for account in people[one.post]
        )


def _due(conventions: Conventions, day: date) -> Iterator[_Due]:
    recorded = routing.router().recorded
    kept = _statements()
    for convention in conventions:
        rows = [row for row in kept if row.convention == convention.id]
        plans = calendar.plans(rows)
        done = {(row.obligation, row.occurrence, row.body) for row in rows if row.kind == "done"}
        # Two school years: what falls early in the next one is reminded of in this one.
        for year in (school_year(day), school_year(day) + 1):
            for one in in_year(convention, year, conventions.calendar, plans, recorded):
                days = reminder_due(one, day)
                if days is not None:
                    yield from (
                        _Due(convention, one, days, post) for post in _owing(conventions, convention, one, done)
                    )


def _statements() -> list[ObligationStatement]:
    query = select(ObligationStatement).where(ObligationStatement.withdrawn_at.is_(None))
    return list(db.session.scalars(query.order_by(ObligationStatement.id)))


def _owing(
    conventions: Conventions, convention: Convention, one: Occurrence, done: Iterable[tuple[str, str, str]]
) -> Iterator[Post]:
    """Yield the posts that answer for what is still owed: none where one of the owners did it for all."""
    stated = {body for name, key, body in done if (name, key) == (one.obligation.id, one.key)}
    apart = calendar.owed_apart(convention, one.obligation)
    if stated and not apart:
        return
    for side in signatories.bound(conventions, convention.id):
        if calendar.owes(convention, one.obligation, side):
            role = signatories.signs_as(conventions, convention.id, side)
            yield from (Post(role, body) for body in side.organisations if body not in stated)


def _about(one: _Due) -> str:
    """Return what names a reminder for good; a day that moves is reminded of anew."""
    return f"{one.convention.id} {one.occurrence.obligation.id} {one.occurrence.key} {one.occurrence.due} {one.days}"[
        -200:
    ]


def _values(one: _Due) -> dict[str, object]:
    due = one.occurrence.due
    assert due is not None
    return {
        "title": one.occurrence.obligation.title,
        "agreement": one.convention.title,
        "due": said_day(due),
        "quotes": [
            (references((cited,)), cited.reading or cited.quote) for cited in one.occurrence.obligation.citations
        ],
        "year": school_year(due),
    }
