"""Find what an interruption disturbs: working hours, term time, exams, other interruptions (annexe 6, 3.1). Pure.

« Les dates les moins gênantes pour les utilisateurs »: each clash is a sentence, shown before anything is announced.
Nothing is refused: the administrator who announces decides, knowing what the interruption disturbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from matrix import wording
from matrix.days import SchoolCalendar
from matrix.french.grammar import of
from matrix.working_time import WorkingCalendar
from ticketing.formats import worked
from ticketing.tickets.deadlines import PARIS

#: The zone of the school calendar of each académie (arrêté ministériel); without a zone, term time is not checked.
ZONES = {
    **dict.fromkeys(
        (
            "besancon",
            "bordeaux",
            "clermont-ferrand",
            "dijon",
            "grenoble",
            "limoges",
            "lyon",
            "poitiers",
        ),
        "A",
    ),
    **dict.fromkeys(
        (
            "aix-marseille",
            "amiens",
            "lille",
            "nancy-metz",
            "nantes",
            "nice",
            "normandie",
            "orleans-tours",
            "reims",
            "rennes",
            "strasbourg",
        ),
        "B",
    ),
    **dict.fromkeys(("creteil", "montpellier", "paris", "toulouse", "versailles"), "C"),
}
#: How many sides are named whose opening hours an interruption takes.
_NAMED = 5
#: The summer holidays last some sixty days: every longer stretch holds a moment of school time.
_LONGEST_HOLIDAYS = timedelta(days=80)


@dataclass(frozen=True, slots=True)
class Exam:
    """Days of exams, both inclusive."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Other:
    """Another interruption: when it takes place, and for whom."""

    title: str  # empty for another académie's interruption, whose words this académie may not read
    starts_at: datetime
    ends_at: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Period:
    """When an interruption takes place, and for whom (its scopes)."""

    starts_at: datetime
    ends_at: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an interruption may disturb. `zone` is that of the school calendar, « » if unknown.

    `hours` has the sides that it touches and whose opening hours are known: name with its article, and calendar.
    """

    zone: str
    calendar: SchoolCalendar
    exams: Sequence[Exam]
    others: Sequence[Other]
    hours: Sequence[tuple[str, WorkingCalendar]] = ()


def zone_of(academie: str) -> str:
    """Return the zone of an académie's school calendar, « » if unknown."""
    return ZONES.get(academie.removeprefix("academie-"), "")


def clashes(period: Period, surroundings: Surroundings) -> tuple[str, ...]:
    """Return a sentence for each thing that an interruption disturbs, the worst first."""
    starts_at, ends_at, scopes = period.starts_at, period.ends_at, period.scopes
    zone = surroundings.zone
    first, last = starts_at.astimezone(PARIS).date(), (ends_at - timedelta(microseconds=1)).astimezone(PARIS).date()
    found = [
        f"Elle tombe pendant des épreuves : {exam.name}, {wording.days(exam.first, exam.last)}."
        for exam in surroundings.exams
        if exam.first <= last and first <= exam.last
    ]
    found += [
        f"Elle en recouvre une autre, {_named(other)} "
        f"{wording.span(other.starts_at.astimezone(PARIS), other.ends_at.astimezone(PARIS))}."
        for other in surroundings.others
        if other.starts_at < ends_at
        and starts_at < other.ends_at
        and ("*" in other.scopes or "*" in scopes or other.scopes & scopes)
    ]
    if zone and (moment := _school_moment(starts_at, ends_at, zone, surroundings.calendar)):
        found.append(
            f"Elle tombe en temps scolaire (zone {zone}) : le {wording.weekday(moment, year=True)} est un "
            "jour de classe."
        )
    if taken := _taken(starts_at, ends_at, surroundings.hours):
        found.append(taken)
    return tuple(found)


def _taken(starts_at: datetime, ends_at: datetime, hours: Sequence[tuple[str, WorkingCalendar]]) -> str:
    """Return what an interruption takes of the opening hours of each side, the most first; « » for nothing."""
    counted = sorted(((one.between(starts_at, ends_at), name) for name, one in hours), key=lambda side: -side[0])
    sides = [f"{worked(seconds)} {of(name)}" for seconds, name in counted if seconds >= 60]
    if not sides:
        return ""
    more = f", et d’autres ({len(sides) - _NAMED})" if len(sides) > _NAMED else ""
    return f"Elle prend sur les heures d’ouverture : {', '.join(sides[:_NAMED])}{more}."


def _named(other: Other) -> str:
    if not other.title:
        return "annoncée par une autre académie :"
    return f"qui touche les mêmes établissements : «\u00a0{other.title}\u00a0»,"


def _school_moment(starts_at: datetime, ends_at: datetime, zone: str, calendar: SchoolCalendar) -> datetime | None:
    """Return the first moment that may be school time, or None."""
    moment = starts_at.astimezone(PARIS)
    end = min(ends_at, starts_at + _LONGEST_HOLIDAYS).astimezone(PARIS)
    while moment < end:
        if calendar.in_session(zone, moment):
            return moment
        moment += timedelta(minutes=30)
        moment = moment.replace(second=0, microsecond=0)
    return None
