"""What a party has the program do by itself: remind a requester, close for want of an answer, tell its référent. Pure.

A rule holds from its day on, for what begins from then: a question asked, a ticket that arrives. Days and hours are
those of the party's own calendar. Nothing is configured at first, and then nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from matrix.working_time import NeverOpen, WorkingCalendar

#: What the référent is told of: nobody acted on a ticket, or one of the ends of `hours.promises` has passed.
SILENT = "silent"
#: The most working days and minutes that a rule may have.
MOST_DAYS, MOST_MINUTES = 60, 60 * 200


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a party from the day `since` on; None or False: it does not have the program do that.

    `remind` is working days after a question, `close` working days after the reminder, `silent` minutes of the party's
    hours after a ticket arrives, `late` whether its référent is told of late tickets.
    """

    id: int
    organisation: str
    since: date
    remind: int | None = None
    close: int | None = None
    silent: int | None = None
    late: bool = False

    @property
    def empty(self) -> bool:
        """Return whether it has the program do nothing."""
        return not (self.remind or self.silent or self.late)


def in_force(rules: Iterable[Rule], day: date) -> Rule | None:
    """Return the rule that holds on a day, the latest set; None where there is none, or where the last ends them."""
    begun = [one for one in rules if one.since <= day]
    last = max(begun, key=lambda one: (one.since, one.id), default=None)
    return None if last is None or last.empty else last


def after_days(calendar: WorkingCalendar, start: datetime, days: int) -> datetime | None:
    """Return when the party opens on its `days`-th working day after the day of `start`; None if it never does.

    A question asked at any hour of a Monday, with two days, gives the opening of Wednesday, if both are open.
    """
    day, left = start.astimezone(calendar.clock).date(), days
    for _ in range(366 * 3):
        day += timedelta(days=1)
        spans = calendar.spans(day)
        left -= bool(spans)
        if spans and left <= 0:
            opens = datetime.combine(day, time(spans[0][0] // 60, spans[0][0] % 60))
            return opens.replace(tzinfo=calendar.clock).astimezone(UTC)
    return None


def silent_at(rule: Rule | None, calendar: WorkingCalendar | None, start: datetime) -> datetime | None:
    """Return when nobody's act on a ticket that arrived at `start` is told to the référent; None: it is not."""
    if rule is None or rule.silent is None or calendar is None:
        return None
    try:
        return calendar.add(start, 60 * rule.silent)
    except NeverOpen:
        return None


def alert_at(
    rule: Rule | None, silent: datetime | None, end: tuple[datetime | None, str], told: Iterable[str]
) -> datetime | None:
    """Return when the référent is next told of a ticket: as it stays silent, or once it is late; None: not at all.

    `end` is the nearest end to keep and what it is. A ticket is late once a whole second has passed since its end.
    """
    due, kind = end
    found = [silent] if silent is not None and SILENT not in told else []
    if rule is not None and rule.late and due is not None and kind not in told:
        found.append(due + timedelta(seconds=1))
    return min(found, default=None)
