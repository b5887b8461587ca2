"""The days of an agreement's obligations in a school year, by the rule that its text gives. Pure.

A school year is named by the year in which it begins, and goes from 1 September to 31 August. A day is given where the
text, the school calendar or a day that people recorded gives it; elsewhere there is none, and `said` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from matrix.days import SchoolCalendar, months_after
from matrix.model import Convention, Obligation, Recorded
from matrix.terms import ended_on
from matrix.wording import MONTHS, day

#: (obligation, occurrence) -> the day that its owner recorded for it: of a meeting, of an event.
Planned = Mapping[tuple[str, str], date]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an obligation falls in a school year.

    `key` tells it from the others for good: « 2026 », « 2026-T4 », « evenement », « terme ». `first` and `last` are
    its period, None for what an event brings. `due` is its last day, None where no day is set; `said` is the French
    sentence that tells the rule and the day. `awaited`: it waits for an event that nobody has recorded.
    """

    obligation: Obligation
    key: str
    first: date | None
    last: date | None
    due: date | None
    said: str
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class _Period:
    key: str
    first: date
    last: date


def school_year(on: date) -> int:
    """The school year of a day, named by the year in which it begins."""
    return on.year if on.month >= 9 else on.year - 1


def binding(convention: Convention, recorded: Iterable[Recorded] = ()) -> tuple[date, date | None]:
    """The first and last day on which the agreement binds; None where its last day is not known."""
    ended, last = ended_on(convention, recorded), convention.terms.ends
    known = [one for one in (last, ended and ended - _DAY) if one is not None]
    return convention.terms.starts, min(known, default=None)


def in_year(
    convention: Convention,
    year: int,
    calendar: SchoolCalendar,
    planned: Planned | None = None,
    recorded: Iterable[Recorded] = (),
) -> tuple[Occurrence, ...]:
    """The obligations that fall in a school year while the agreement binds, in the order of its file."""
    starts, ends = binding(convention, recorded)
    year_begins, year_ends = _school_year(year)
    if starts > year_ends or (ends is not None and ends < year_begins):
        return ()
    span = _Span(year, starts, ends)
    found: list[Occurrence] = []
    for one in convention.obligations:
        found += _of_rule(one, span, found, calendar, planned or {})
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Span:
    """A school year and the days on which the agreement binds."""

    year: int
    starts: date
    ends: date | None

    def within(self, periods: Iterable[_Period]) -> Iterator[_Period]:
        """The periods, cut to the days on which the agreement binds, whose first day is in the school year."""
        for one in periods:
            first = max(one.first, self.starts)
            last = one.last if self.ends is None else min(one.last, self.ends)
            if first <= last and school_year(first) == self.year:
                yield _Period(one.key, first, last)


def _of_rule(
    one: Obligation, span: _Span, earlier: list[Occurrence], calendar: SchoolCalendar, planned: Planned
) -> Iterator[Occurrence]:
    if one.rule == "before":
        yield from (_before(one, of, planned) for of in earlier if of.obligation.id == one.of)
    elif one.rule == "event":
        yield _event(one, planned)
    elif one.rule == "term":
        if span.ends is not None and school_year(span.ends) == span.year:
            said = f"Au terme de l’accord, dont le dernier jour est le {day(span.ends)}."
            yield Occurrence(one, "terme", None, None, span.ends, said)
    elif one.rule == "school_year_end":
        yield from _school_year_end(one, span, calendar)
    else:
        periods, has_day, say = _PERIODIC[one.rule]
        for period in span.within(periods(one, span.year)):
            due = period.last if has_day else None
            yield Occurrence(one, period.key, period.first, period.last, due, say(period))


# --- periods ----------------------------------------------------------------------------------------------------------


def _school_year(year: int) -> tuple[date, date]:
    return date(year, 9, 1), date(year + 1, 8, 31)


def _whole(_one: Obligation, year: int) -> Iterator[_Period]:
    yield _Period(str(year), *_school_year(year))


def _civil(_one: Obligation, year: int) -> Iterator[_Period]:
    # The civil years that begin in the school year, or in which the agreement begins during it.
    for civil in (year, year + 1):
        yield _Period(f"{civil}-civile", date(civil, 1, 1), date(civil, 12, 31))


def _month(one: Obligation, year: int) -> Iterator[_Period]:
    assert one.month is not None
    first = date(year if one.month >= 9 else year + 1, one.month, 1)
    yield _Period(str(year), first, months_after(first, 1) - _DAY)


def _quarters(_one: Obligation, year: int) -> Iterator[_Period]:
    for civil in (year, year + 1):
        for rank in range(4):
            first = date(civil, 3 * rank + 1, 1)
            yield _Period(f"{civil}-T{rank + 1}", first, months_after(first, 3) - _DAY)


def _range(period: _Period) -> str:
    return f"du {day(period.first)} au {day(period.last)}"


def _month_said(period: _Period) -> str:
    name = MONTHS[period.first.month - 1]
    whose = f"d’{name}" if name[0] in "ao" else f"de {name}"
    return f"Au mois {whose} : au plus tard le {day(period.last)}."


def _quarter_said(period: _Period) -> str:
    return (
        f"Une fois par trimestre : {_range(period)}. Le texte ne dit pas quels trimestres ; "
        "ce calendrier compte ceux de l’année civile."
    )


def _year_said(period: _Period) -> str:
    return (
        f"Une fois par an, sans jour fixé par le texte. Il ne dit pas non plus quelle année ; ce calendrier compte "
        f"l’année scolaire : {_range(period)}."
    )


def _civil_said(period: _Period) -> str:
    return f"Une fois dans l’année civile, sans jour fixé par le texte : {_range(period)}."


def _open_said(_period: _Period) -> str:
    return "Le texte ne fixe ni jour ni rythme."


_Periods = Callable[[Obligation, int], Iterator[_Period]]
#: Rule -> its periods, whether the last day of one is the day by which it is due, the sentence of one.
_PERIODIC: Mapping[str, tuple[_Periods, bool, Callable[[_Period], str]]] = {
    "month": (_month, True, _month_said),
    "quarter": (_quarters, True, _quarter_said),
    "year": (_whole, False, _year_said),
    "civil_year": (_civil, False, _civil_said),
    "open": (_whole, False, _open_said),
}


# --- days that something else gives -----------------------------------------------------------------------------------


def _school_year_end(one: Obligation, span: _Span, calendar: SchoolCalendar) -> Iterator[Occurrence]:
    """The last day of class before summer; nothing where it is known and the agreement does not bind that day."""
    last = calendar.last_day_of_class(one.zone, span.year + 1)
    told = "Pour la fin de l’année scolaire"
    if last is None:
        said = f"{told}. Le calendrier scolaire de Guichet ne donne pas encore ce jour : aucun jour n’est fixé."
        yield Occurrence(one, str(span.year), None, None, None, said)
    elif span.starts <= last and (span.ends is None or last <= span.ends):
        said = f"{told} : dernier jour de classe de la zone {one.zone} au calendrier scolaire, le {day(last)}."
        yield Occurrence(one, str(span.year), max(span.starts, _school_year(span.year)[0]), last, last, said)


def _ahead(one: Obligation) -> tuple[str, Callable[[date], date]]:
    """How long before, in French, and the last day to act for an event of a day."""
    days, months = one.days, one.months
    if months is not None:
        return f"{months} mois", lambda on: _months_before(on, months)
    assert days is not None
    return f"{days} jour{'s' if days > 1 else ''}", lambda on: on - timedelta(days=days)


def _months_before(on: date, months: int) -> date:
    """The last day from which `months` whole months run out by `on`."""
    found = months_after(on, -months)
    while months_after(found, months) > on:
        found -= _DAY
    return found


def _before(one: Obligation, of: Occurrence, planned: Planned) -> Occurrence:
    told, back = _ahead(one)
    on = planned.get((of.obligation.id, of.key))
    period = f", {_range(_Period(of.key, of.first, of.last))}" if of.first and of.last else ""
    if on is None:
        said = f"{told} avant (« {of.obligation.title} »{period}), dont le jour n’est pas enregistré : aucun jour fixé."
        return Occurrence(one, of.key, of.first, of.last, None, said)
    due = back(on)
    said = f"{told} avant (« {of.obligation.title} », le {day(on)}) : au plus tard le {day(due)}."
    return Occurrence(one, of.key, of.first, of.last, due, said)


def _event(one: Obligation, planned: Planned) -> Occurrence:
    told, back = _ahead(one)
    on = planned.get((one.id, "evenement"))
    if on is None:
        said = f"{told} avant {one.event}, dont aucun jour n’est enregistré."
        return Occurrence(one, "evenement", None, None, None, said, awaited=True)
    due = back(on)
    said = f"{told} avant {one.event}, le {day(on)} : au plus tard le {day(due)}."
    return Occurrence(one, "evenement", None, None, due, said)
