"""Shape lines of figures into the dashboard of a perimeter: tiles, charts and tables, in words. Pure.

`templates/administration/figures/` displays the dashboard; `statistics` reads the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.figures import charts, periods
from ticketing.figures.charts import Chart, Series
from ticketing.formats import number
from ticketing.in_force import plain_words

#: How many rows of a dimension the page shows; the file has all of them.
TOP = 10
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Scope:
    """A perimeter whose figures are read. `key` is the `scope` column of the rows of figures."""

    key: str
    kind: str  # academie | departement | etablissement


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A line of figures. Times are medians in seconds of working time, None if nothing was measured."""

    period: str
    dimension: str
    value: str
    label: str
    rank: int
    opened: int
    resolved: int
    open_end: int
    handed_on: int
    answered: int
    first_answer: int | None
    resolution: int | None


@dataclass(frozen=True, slots=True)
class Tile:
    """A number in large type at the top of the dashboard: its label, its value and a note."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as shown: the names of its columns, and its rows as text; the first cell names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A chart with its table and the name of its file. `note` says what is counted; `wide` takes the whole width."""

    id: str
    title: str
    note: str
    chart: Chart
    table: Table
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """Holds the periods that have figures, newest first: (value, label)."""

    years: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the page shows. `sections` is empty while there are no figures."""

    period: str
    label: str
    choices: Choices
    tiles: tuple[Tile, ...] = ()
    sections: tuple[Section, ...] = ()


#: Name of a file in its address -> (dimension, name of its first column).
DIMENSIONS = {
    "parties": ("party", "Qui s’en occupe"),
    "services": ("service", "Service"),
    "colleges": ("etablissement", "Collège"),
    "activites": ("activity", "Activité"),
}
#: Files whose lines are months, with the measures in them.
OVER_TIME = {
    "mois": ("opened", "resolved", "open_end"),
    "delais": ("first_answer", "resolution"),
    "transmissions": ("handed_on",),
}
#: Measure -> name of its column, on screen and in files.
MEASURES = {
    "opened": "Ouverts",
    "resolved": "Résolus",
    "open_end": "Encore ouverts à la fin",
    "handed_on": "Transmissions",
    "first_answer": "Première réponse",
    "resolution": "Résolution",
}
TIMES = frozenset({"first_answer", "resolution"})
_SHAPED = {
    "parties": ("Par partie", "Qui tenait le ticket à son ouverture."),
    "services": ("Les services les plus demandés", ""),
    "colleges": ("Par collège", ""),
    "activites": ("Par activité", ""),
}


def files_of(scope: Scope) -> tuple[str, ...]:
    """Return the files that a scope offers, by name. A collège gets no file by collège: it would have a single line."""
    return tuple(
        name for name in (*OVER_TIME, *DIMENSIONS) if not (scope.kind == "etablissement" and name == "colleges")
    )


def shape(
    scope: Scope, period: str, found: dict[str, FigureLine], tops: dict[str, list[FigureLine]], now: datetime
) -> Dashboard:
    """Return the dashboard, from the rows read. Pure."""
    months = drawn_months(found, period)
    sections = [section for section in (_over_time(name, months) for name in OVER_TIME) if section]
    sections += [
        _by_dimension(name, tops.get(DIMENSIONS[name][0], ()))
        for name in DIMENSIONS
        if name in files_of(scope) and tops.get(DIMENSIONS[name][0])
    ]
    return Dashboard(period, periods.label(period), choices_of(found), tiles(found, period, now), tuple(sections))


def default_period(found: dict[str, FigureLine], now: datetime) -> str:
    """Return the present school year if it has figures, or else the last one that has."""
    current = periods.year_of(periods.month_of(now))
    if current in found:
        return current
    return max((period for period in found if period.startswith("annee-")), default=periods.ALL)


def choices_of(found: Iterable[str]) -> Choices:
    """Return the periods that have figures, newest first: (value, label)."""
    newest_first = sorted(found, reverse=True)
    return Choices(
        years=tuple((period, periods.label(period)) for period in newest_first if period.startswith("annee-")),
        months=tuple((period, periods.label(period)) for period in newest_first if periods.is_month(period)),
    )


def drawn_months(found: dict[str, FigureLine], period: str) -> list[FigureLine]:
    """Return the monthly lines to draw for a period, oldest first: at most the last 24, so that they stay readable."""
    months = sorted(month for month in found if periods.is_month(month))
    if not months:
        return []
    return [found[month] for month in periods.months_of(period, months[0], months[-1]) if month in found][-24:]


def tiles(found: dict[str, FigureLine], period: str, now: datetime) -> tuple[Tile, ...]:
    """Return the period in six numbers; a past month is compared with the month before it."""
    line = found[period]
    current = period in (periods.month_of(now), periods.year_of(periods.month_of(now)), periods.ALL)
    before = None
    if periods.is_month(period) and not current:
        earlier = [month for month in found if periods.is_month(month) and month < period]
        before = found[max(earlier)] if earlier else None

    def note(measure: str) -> str:
        if before is None:
            return ""
        value = getattr(before, measure)
        return f"{say(measure, value)} en {periods.label(before.period).lower()}" if value is not None else ""

    return (
        Tile("Ouverts", number(line.opened), note("opened")),
        Tile("Résolus", number(line.resolved), note("resolved")),
        Tile("Encore ouverts" if current else "Encore ouverts à la fin", number(line.open_end), note("open_end")),
        Tile("Première réponse", span(line.first_answer), note("first_answer") or "médiane, heures ouvrées"),
        Tile("Résolution", span(line.resolution), note("resolution") or "médiane, heures ouvrées"),
        Tile("Transmissions", number(line.handed_on), note("handed_on") or "d’une partie à une autre"),
    )


def _over_time(name: str, months: Sequence[FigureLine]) -> Section | None:
    if not months:
        return None
    labels = [periods.short_label(line.period) for line in months]
    names = [periods.label(line.period) for line in months]
    measures = OVER_TIME[name]
    draw, title, note = _TIME_SECTIONS[name]
    drawn = [
        Series(MEASURES[measure], tuple(drawn_value(measure, getattr(line, measure)) for line in months))
        for measure in measures
        if measure != "open_end"
    ]
    chart = draw(labels, names, drawn, _axis(measures[0]))
    return Section(
        id=name,
        title=title,
        note=note,
        chart=chart,
        table=Table(
            ("Mois", *(MEASURES[measure] for measure in measures)),
            tuple((periods.label(line.period), *cells(line, measures)) for line in reversed(months)),
        ),
        wide=chart.width > charts.NARROW,
    )


_Draw = Callable[[Sequence[str], Sequence[str], Sequence[Series], charts.Say], Chart]
_TIME_SECTIONS: dict[str, tuple[_Draw, str, str]] = {
    "mois": (charts.columns, "Ouverts et résolus, mois par mois", ""),
    "delais": (
        charts.lines,
        "Délais médians, mois par mois",
        "En heures ouvrées, le mois de la réponse ou de la résolution : la moitié des tickets a attendu moins.",
    ),
    "transmissions": (
        charts.columns,
        "Transmissions, mois par mois",
        "Passages d’une partie à une autre, contestations comprises.",
    ),
}


def _by_dimension(name: str, lines: Sequence[FigureLine]) -> Section:
    title, note = _SHAPED[name]
    shown = lines[:TOP]
    if len(lines) > TOP:
        note = f"{note} Les {TOP} premiers ; le fichier les donne tous.".strip()
    return Section(
        id=name,
        title=title,
        note=note,
        chart=charts.bars([(plain(line), line.opened) for line in shown], "tickets ouverts", number),
        table=Table(
            (DIMENSIONS[name][1], *MEASURES.values()),
            tuple((plain(line), *cells(line, tuple(MEASURES))) for line in shown),
        ),
    )


def plain(line: FigureLine) -> str:
    """Return the name of a line in plain words, or the one that was kept with the figure where none are known."""
    return _PLAIN.get(line.dimension, {}).get(line.value) or line.label


_PLAIN = {
    "service": {name: service.label for name, service in plain_words.SERVICES.items()},
    "activity": plain_words.ACTIVITY_ANSWERS,
}


def cells(line: FigureLine, measures: Sequence[str]) -> tuple[str, ...]:
    """Return the measures of a line as they are shown on screen."""
    return tuple(say(measure, getattr(line, measure)) for measure in measures)


def say(measure: str, value: int | None) -> str:
    """Return a measure's value in words, as the tables and charts show it."""
    return span(value) if measure in TIMES else number(value)


def span(seconds: int | None) -> str:
    """Return working time in words: « 45 min », « 3 h 20 », « 41 h »; never in days, whose length would be a guess."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}{NBSP}min"
    return f"{number(hours)}{NBSP}h{NBSP}{minutes:02d}" if minutes and hours < 100 else f"{number(hours)}{NBSP}h"


def drawn_value(measure: str, value: int | None) -> float | None:
    """Return the value that a chart draws for a measure: times are converted to hours."""
    return round(value / 3600, 2) if value is not None and measure in TIMES else value


def _axis(measure: str) -> charts.Say:
    if measure not in TIMES:
        return number
    return lambda hours: span(round(hours * 3600))
