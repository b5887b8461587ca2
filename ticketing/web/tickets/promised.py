"""What the party that answers promises, shown before a request is sent, with the sum unfolded day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matrix import wording
from matrix.french.grammar import of
from matrix.working_time import DayCount, WorkingCalendar
from ticketing.formats import french_datetime, worked
from ticketing.hours import known, shapes
from ticketing.hours.promises import Engagement, Subject
from ticketing.in_force import routing
from ticketing.web.tickets.decision_panel import Panel


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as the opening page shows it: « du Département… », its lines and the days of its sum."""

    name: str
    lines: tuple[str, ...]
    days: tuple[str, ...]


def before_sending(
    shown: Panel, etablissement: str, about: tuple[str, str, int | None], now: datetime
) -> Promised | None:
    """Return what would be promised for a request sent now on `about`: service, activity, urgency.

    None where nothing is; nothing is shown while the party is not settled.
    """
    convention, _, party = shown.answers
    if shown.kind != "settled" or not party:
        return None
    holder = routing.holder(routing.router().conventions, convention, party, etablissement)
    found = known.engagement(holder, Subject(convention or "", *about), now.replace(second=0, microsecond=0))
    if found is None or found.calendar is None:
        return None
    return Promised(of(wording.with_article(found.name)), tuple(_lines(found)), _days(found, found.calendar, now))


def _lines(one: Engagement) -> list[str]:
    told = []
    if one.answer and one.answer_by:
        told.append(f"première réponse sous {worked(60 * one.answer)}, avant le {french_datetime(one.answer_by)}")
    if one.resolve and one.resolve_by:
        told.append(f"résolution sous {worked(60 * one.resolve)}, avant le {french_datetime(one.resolve_by)}")
    return told


def _days(one: Engagement, calendar: WorkingCalendar, now: datetime) -> tuple[str, ...]:
    """Return the days of the longest promise, each with what it counts, in the order of the calendar."""
    end = one.resolve_by or one.answer_by
    if end is None:
        return ()
    days = calendar.unfolded(now, end, at_most=_MOST + 1)
    told = [_day(day) for day in days[:_MOST]]
    return tuple([*told, "et ainsi de suite, jusqu’au dernier jour"] if len(days) > _MOST else told)


def _day(day: DayCount) -> str:
    """Return a day of a sum: « lundi 4 mai : 8 h 30 – 11 h 30, soit 3 h »; « vendredi 1er mai : jour férié »."""
    if not day.seconds:
        return f"{wording.weekday(day.day)} : {day.why or 'plus d’heure ouverte'}"
    return f"{wording.weekday(day.day)} : {shapes.span_words(day.spans)}, soit {worked(day.seconds)}"


#: How many days of a sum are written out.
_MOST = 14
