"""What a party promises for a ticket (first answer, resolution), in its own hours: chosen, counted, paused, kept. Pure.

The requester's promise is made at the opening and runs until the end, whoever holds the ticket; at each hand-on the
new holder's own promise begins anew. Both stop while nobody of a party has the ticket (`model.NOBODYS`, or resolved).
What was promised is frozen on the ticket with the calendar of that day, so that no later edit changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from matrix.working_time import NeverOpen, WorkingCalendar
from ticketing.views import EngagementView

#: What an end is: of the delay that a text sets, of a promised first answer, of a promised resolution.
TEXT, ANSWER, RESOLUTION = "text", "answer", "resolution"
#: The longest time that may be promised, in minutes of a party's hours.
LONGEST = 60 * 2000


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise as a party configured it, from the day `since` on; « » stands for any agreement, service or activity.

    `urgency` is an answer of `ticketing.urgency`, None for any.
    `answer` and `resolve` are minutes of the party's own hours, None where it promises none.
    """

    id: int
    organisation: str
    since: date
    convention: str = ""
    service: str = ""
    activity: str = ""
    urgency: int | None = None
    answer: int | None = None
    resolve: int | None = None

    @property
    def about(self) -> tuple[str, str, str, int | None]:
        """Return what it is on; a later promise on the same takes its place."""
        return (self.convention, self.service, self.activity, self.urgency)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a ticket is about: agreement (« » for none), service, activity, urgency (None where it was not said)."""

    convention: str
    service: str
    activity: str
    urgency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What one party promised for one ticket, from `start` on: by when it answers first, and by when it resolves.

    `hours` is the last row of hours known then, which gives `calendar` again. `answered` is when it first answered.
    """

    organisation: str
    name: str
    promise: int
    hours: int
    start: datetime
    answer: int | None
    resolve: int | None
    answer_by: datetime | None
    resolve_by: datetime | None
    answered: datetime | None = None
    calendar: WorkingCalendar | None = field(default=None, compare=False, repr=False)

    def answered_at(self, now: datetime) -> Engagement:
        """Return the engagement once its party has answered; the first answer counts."""
        return self if self.answered is not None else replace(self, answered=now)

    def after_pause(self, since: datetime, until: datetime) -> Engagement:
        """Return the engagement after a pause, which its ends are moved by, in the party's own hours.

        What had ended before the pause stays as it was.
        """
        return replace(
            self,
            answer_by=self._moved(self.answer_by, since, until) if self.answered is None else self.answer_by,
            resolve_by=self._moved(self.resolve_by, since, until),
        )

    def _moved(self, by: datetime | None, since: datetime, until: datetime) -> datetime | None:
        if by is None or self.calendar is None or by <= since or until <= since:
            return by
        left = self.calendar.between(max(since, self.start), by)
        try:
            return self.calendar.add(max(until, self.start), left)
        except NeverOpen:
            return by


def in_force(promises: Iterable[Promise], day: date) -> tuple[Promise, ...]:
    """Return the promises that hold on a day, one for each subject, in the order in which they were set."""
    latest: dict[tuple[str, str, str, int | None], Promise] = {}
    for one in sorted(promises, key=lambda one: (one.since, one.id)):
        if one.since <= day:
            latest[one.about] = one
    return tuple(one for one in sorted(latest.values(), key=lambda one: one.id) if one.answer or one.resolve)


def chosen(promises: Iterable[Promise], about: Subject, day: date) -> Promise | None:
    """Return the promise that holds on a day for a ticket: the closest to what it is about, then the latest set.

    A service counts more than an activity, then an urgency, then an agreement. None where nothing is promised.
    """
    wanted = (about.convention, about.service, about.activity, about.urgency)
    fitting = [
        one
        for one in in_force(promises, day)
        if all(said in ("", None, asked) for said, asked in zip(one.about, wanted, strict=True))
    ]
    return max(
        fitting,
        key=lambda one: (bool(one.service), bool(one.activity), one.urgency is not None, bool(one.convention)),
        default=None,
    )


def engaged(promise: Promise, name: str, calendar: WorkingCalendar, hours: int, start: datetime) -> Engagement | None:
    """Return what a promise makes of a ticket that its party has from `start` on; None if the party never opens."""
    try:
        by = [calendar.add(start, 60 * one) if one else None for one in (promise.answer, promise.resolve)]
    except NeverOpen:
        return None
    return Engagement(
        organisation=promise.organisation,
        name=name,
        promise=promise.id,
        hours=hours,
        start=start,
        answer=promise.answer,
        resolve=promise.resolve,
        answer_by=by[0],
        resolve_by=by[1],
        calendar=calendar,
    )


@dataclass(frozen=True, slots=True)
class Engagements:
    """What was promised for a ticket: `asked` to the requester at the opening, which runs on whoever holds the ticket.

    `held` is what its holder promised when the ticket was handed to it.
    """

    asked: Engagement | None = None
    held: Engagement | None = None

    def answered(self, now: datetime) -> Engagements:
        """Return them once the holder's side has answered."""
        return self._each(lambda one: one.answered_at(now))

    def after_pause(self, since: datetime | None, until: datetime) -> Engagements:
        """Return them after a pause, which moves each in its party's own hours; unchanged with `since` None."""
        return self if since is None else self._each(lambda one: one.after_pause(since, until))

    def _each(self, change: Callable[[Engagement], Engagement]) -> Engagements:
        return Engagements(*(change(one) if one is not None else None for one in (self.asked, self.held)))

    def nearest(self, text: datetime | None, paused: bool) -> tuple[datetime | None, str]:
        """Return the nearest end still to be kept, `text` among them, and what it is; (None, « ») for none.

        A delay of a text is never paused: no text says so.
        """
        ends: list[tuple[datetime, str]] = [(text, TEXT)] if text is not None else []
        for one in (self.asked, self.held):
            if one is None or paused:
                continue
            if one.answer_by is not None and one.answered is None:
                ends.append((one.answer_by, ANSWER))
            if one.resolve_by is not None:
                ends.append((one.resolve_by, RESOLUTION))
        return min(ends, key=lambda end: end[0], default=(None, ""))

    def packed(self) -> dict[str, Any] | None:
        """Return them as the ticket's row keeps them; None where there is none."""
        kept = {key: _packed(one) for key in KEYS if (one := getattr(self, key)) is not None}
        return kept or None


NOTHING_PROMISED = Engagements()
#: The keys of the two engagements of a ticket, and the fields of one as JSON keeps them.
KEYS = ("asked", "held")
_INSTANTS = ("start", "answer_by", "resolve_by", "answered")
_PLAIN = ("organisation", "name", "promise", "hours", "answer", "resolve")


def _packed(one: Engagement) -> dict[str, Any]:
    instants = {name: value.isoformat() for name in _INSTANTS if (value := getattr(one, name)) is not None}
    return {name: getattr(one, name) for name in _PLAIN} | instants


def unpacked(kept: Mapping[str, Any] | None, key: str) -> Engagement | None:
    """Return an engagement of a ticket's row, « asked » or « held », without its calendar; None where there is none."""
    one = (kept or {}).get(key)
    if one is None:
        return None
    values: dict[str, Any] = {name: one[name] for name in _PLAIN}
    values |= {name: datetime.fromisoformat(one[name]) if one.get(name) else None for name in _INSTANTS}
    return Engagement(**values)


def shown(kept: Mapping[str, Any] | None) -> tuple[EngagementView, ...]:
    """Return the engagements of a ticket's row as pages show them: the requester's first."""
    return tuple(view(one, asked=key == "asked") for key in KEYS if (one := unpacked(kept, key)) is not None)


def view(one: Engagement, *, asked: bool = True) -> EngagementView:
    """Return an engagement as pages show it."""
    return EngagementView(
        name=one.name,
        asked=asked,
        start=one.start,
        answer=one.answer,
        resolve=one.resolve,
        answer_by=one.answer_by,
        resolve_by=one.resolve_by,
        answered=one.answered,
    )
