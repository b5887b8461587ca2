"""Shape the groups of an answer into what the page shows: rows, total, chart, pictures, each with its table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from matrix.wording import MONTHS
from ticketing.figures import charts, flow_charts, periods
from ticketing.figures.board.measures import COUNT, DIMENSIONS, HOURS, Measure
from ticketing.figures.board.question import Question
from ticketing.figures.charts import Chart, Series, shorten
from ticketing.figures.dashboards import Table
from ticketing.figures.flow_charts import FlowChart
from ticketing.figures.pictures import heat, lengths
from ticketing.figures.pictures.areas import AGES, Area, backlog
from ticketing.figures.pictures.heat import HeatMap
from ticketing.formats import number

#: How many bars are drawn, and how many rows stand on the page; the file has all.
BARS, ROWS = 15, 100
#: (dimension, value) -> its name.
Name = Callable[[str, str], str]
#: The dimensions whose values follow each other in time.
IN_TIME = frozenset({"mois", "saison", "semaine", "jour", "age", "priorite"})
#: The dimensions whose bars stand side by side, with how many are drawn at most, the last.
SIDE_BY_SIDE = {"mois": 24, "saison": 24, "semaine": 24, "jour": 31}


class Group(Protocol):
    """One value of a dimension with its amounts, as `reading` gives it."""

    @property
    def value(self) -> tuple[str, ...]: ...
    @property
    def amounts(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A line of an answer: its value, name and figure, the one of a year before, in words, and its share in percent."""

    value: tuple[str, ...]
    name: str
    figure: float | None
    said: str
    before: str = ""
    share: str = ""
    inside: Question | None = None
    earlier: float | None = None
    tickets: str = ""  # how many were opened on it, beside the figure of a cell


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its title, its words and its table; exactly one of the drawings is there."""

    id: str
    title: str
    note: str
    table: Table
    heat: HeatMap | None = None
    area: Area | None = None
    flow: FlowChart | None = None
    chart: Chart | None = None
    wide: bool = False
    inside: tuple[Question, ...] = ()  # the questions inside the rows of its table, where there are some
    led: Mapping[tuple[str, ...], Question] = field(default_factory=dict)  # key of a square or ribbon -> what is inside


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its rows, its total now and a year before in words, its chart, how many rows are left out.

    `led` are the questions inside the bars of the chart, in their order; None where there is none.
    """

    question: Question
    rows: tuple[AnswerRow, ...]
    total: str
    before: str
    chart: Chart | None
    left_out: int = 0
    whole: float | None = None
    earlier: float | None = None
    led: tuple[Question | None, ...] = ()


def added(groups: Iterable[Group]) -> dict[str, int]:
    """Return the sum of the amounts of some groups."""
    found: dict[str, int] = {}
    for one in groups:
        for name, amount in one.amounts.items():
            found[name] = found.get(name, 0) + amount
    return found


def shape(question: Question, groups: Sequence[Group], before: Sequence[Group] | None, name: Name) -> Answer:
    """Return the answer of some groups, beside those of a year before where they are asked for."""
    measure = question.measure
    now = _by_value(question, groups)
    if question.dimension.id == "mois" and now and not measure.bottom:
        for month in periods.months_between(min(now)[0], max(now)[0]):
            now.setdefault((month,), {})  # a month without anything is a zero, not a gap
    earlier = {_a_year_later(question, value): amounts for value, amounts in _by_value(question, before or ()).items()}
    figures = {value: measure.value(amounts) for value, amounts in now.items()}
    shown = question.dimension.id == "mois" or measure.bottom
    counted = {value for value, amounts in now.items() if question.dimension.id == "case" and amounts.get("opened")}
    kept = [value for value, figure in figures.items() if figure or value in counted or (figure is not None and shown)]
    if question.dimension.id in IN_TIME:
        kept.sort()
    else:
        kept.sort(key=lambda value: (-(figures[value] or 0), value))
    whole = added(groups)
    total = measure.value(whole)
    rows = []
    for value in kept:
        figure = figures[value]
        share = f"{round(100 * figure / total)}\u00a0%" if measure.kind in (COUNT, HOURS) and total and figure else ""
        past = measure.value(earlier[value]) if value in earlier else None
        told = measure.say(past) if before is not None else ""
        inside = question.inside(value)
        named = _named(question, value, name)
        opened = number(now[value].get("opened", 0)) if question.dimension.id == "case" else ""
        rows.append(AnswerRow(value, named, figure, measure.say(figure), told, share, inside, past, opened))
    summed = question.dimension.id != "semaine"
    return Answer(
        question=question,
        rows=tuple(rows),
        total=measure.say(total) if summed else "",
        before=measure.say(measure.value(added(before))) if before and summed else "",
        chart=_chart(question, rows, measure),
        led=tuple(one.inside for one in _drawn(question, rows)),
        left_out=max(0, len(rows) - ROWS),
        whole=total if summed else None,
        earlier=measure.value(added(before)) if before and summed else None,
    )


def _by_value(question: Question, groups: Iterable[Group]) -> dict[tuple[str, ...], dict[str, int]]:
    """Return the amounts by value; a month of the year adds up the same months of all years."""
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for one in groups:
        value = (one.value[0][5:],) if question.dimension.id == "saison" else one.value
        amounts = found.setdefault(value, {})
        for name, amount in one.amounts.items():
            amounts[name] = amounts.get(name, 0) + amount
    return found


def _a_year_later(question: Question, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the value that stands beside one of a year before: the same month of the next year."""
    return (f"{int(value[0][:4]) + 1:04d}{value[0][4:]}",) if question.dimension.id == "mois" else value


def _named(question: Question, value: tuple[str, ...], name: Name) -> str:
    if question.dimension.id == "case":
        convention, service, activity = value
        return f"{name('service', service)} · {name('activite', activity)} ({convention or name('accord', '')})"
    if question.dimension.id == "saison":
        return MONTHS[int(value[0]) - 1].capitalize()
    if question.dimension.id == "age":
        return AGES[int(value[0])].capitalize()
    return name(question.dimension.id, value[0])


def _chart(question: Question, rows: Sequence[AnswerRow], measure: Measure) -> Chart | None:
    shown = _drawn(question, rows)
    if not shown:
        return None
    if question.dimension.id in SIDE_BY_SIDE:
        labels = [
            periods.short_label(one.value[0]) if question.dimension.id == "mois" else one.name[:6].rstrip("/")
            for one in shown
        ]
        series = [Series(measure.name, tuple(one.figure for one in shown))]
        return charts.columns(labels, [one.name for one in shown], series, lambda value: measure.say(value))
    return charts.bars(
        [(one.name, one.figure or 0) for one in shown], measure.name.lower(), lambda value: measure.say(value)
    )


def _drawn(question: Question, rows: Sequence[AnswerRow]) -> list[AnswerRow]:
    """Return the rows that the chart draws, in its order."""
    known = [one for one in rows if one.figure is not None]
    return known[-SIDE_BY_SIDE[question.dimension.id] :] if question.dimension.id in SIDE_BY_SIDE else known[:BARS]


def of_lengths(question: Question, groups: Sequence[Group]) -> Picture | None:
    """Return how the lengths of an answer spread, with its quartiles in words."""
    whole = added(groups)
    counts = [whole.get(name, 0) for name in question.measure.classes]
    found = lengths.quartiles(counts)
    if not found:
        return None
    share = [f"{round(100 * one / sum(counts))}\u00a0%" for one in counts]
    rows = zip(lengths.LABELS, (number(one) for one in counts), share, strict=True)
    return Picture(
        "longueurs",
        "Comment les durées se répartissent",
        f"À peu près : {', '.join(one.said for one in found)}. Les quartiles sont estimés dans leur tranche.",
        Table(("Durée", "Tickets", "Part"), tuple(rows)),
        chart=lengths.spread(counts, "tickets par durée"),
    )


def of_passages(question: Question, groups: Sequence[Group], name: Name) -> tuple[Picture, ...]:
    """Return the matrix of passages, party by party, and for a count their flow."""
    measure = question.measure
    values: dict[tuple[str, str], float] = {
        (one.value[0], one.value[1]): one.amounts[measure.top] for one in groups if one.amounts[measure.top]
    }

    def named(party: str) -> str:
        return name("partie", party)

    def short(party: str) -> str:
        return shorten(named(party).replace("Département ", "Dép. ").replace("Académie ", "Acad. "), 26)

    drawn = heat.matrix(values, short, named, measure.say)
    if drawn is None:
        return ()
    ordered = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    table = Table(
        ("De", "À", measure.name),
        tuple((named(giver), named(taker), measure.say(value)) for (giver, taker), value in ordered),
    )
    led: dict[tuple[str, ...], Question] = {
        pair: replace(
            question, filters={**question.filters, "partie": pair[0], "vers": pair[1]}, dimension=DIMENSIONS["service"]
        )
        for pair, _ in ordered
        if all(pair)
    }
    inside = tuple(led[pair] for pair, _ in ordered) if len(led) == len(ordered) else ()
    title, note = f"{measure.name}, de partie à partie", "Qui donne, en ligne ; qui reçoit, en colonne."
    found = [Picture("matrice", title, note, table, heat=drawn, inside=inside, led=led)]
    if measure.kind == COUNT:
        flows = [(giver, taker, int(value)) for (giver, taker), value in ordered][:20]
        parties = list(dict.fromkeys([one for flow in flows for one in flow[:2]]))[: heat.PARTIES_MAX]
        flows = [flow for flow in flows if flow[0] in parties and flow[1] in parties]
        flow = flow_charts.flow_chart(flows, parties, short, lambda count: number(count))
        flow = replace(flow, description=drawn.description)
        note = "Qui donne, à gauche ; qui reçoit, à droite."
        found.append(Picture("flux", "D’une partie à l’autre", note, table, flow=flow, inside=inside, led=led))
    return tuple(found)


def of_days(question: Question, groups: Sequence[Group]) -> Picture | None:
    """Return the load of each day of the last twelve months that have some."""
    values = {one.value[0]: one.amounts[question.measure.top] for one in groups if one.amounts[question.measure.top]}
    months = sorted({day[:7] for day in values})
    if not months:
        return None
    shown = list(periods.months_between(months[0], months[-1]))[-12:]
    drawn = heat.calendar(values, shown, question.measure.say, question.measure.unit)
    if drawn is None:
        return None
    by_month: dict[str, list[int]] = {}
    for day, value in values.items():
        by_month.setdefault(day[:7], []).append(value)
    rows = tuple(
        (periods.label(month), number(sum(by_month.get(month, [0]))), number(max(by_month.get(month, [0]))))
        for month in reversed(shown)
    )
    table = Table(("Mois", question.measure.name, "Le jour le plus chargé"), rows)
    return Picture(
        "calendrier",
        "Calendrier de la charge",
        "Plus le jour est marqué, plus il y en a. Un mois du tableau mène à ses jours.",
        table,
        heat=drawn,
        inside=tuple(replace(question, period=month, dimension=DIMENSIONS["jour"]) for month in reversed(shown)),
        led={(day,): question.within({"jour": day}) for day in values},
    )


def of_weeks(question: Question, groups: Sequence[Group]) -> Picture | None:
    """Return what waited at the end of each of the last 53 weeks, by age."""
    values = {(one.value[0], int(one.value[1])): one.amounts["waiting"] for one in groups}
    weeks = sorted({week for week, _ in values})[-53:]
    drawn = backlog(weeks, values)
    if drawn is None:
        return None
    rows = tuple(
        (periods.day_label(week), *(number(values.get((week, age), 0)) for age in range(len(AGES))))
        for week in reversed(weeks)
    )
    table = Table(("Semaine finie le", *(age.capitalize() for age in AGES)), rows)
    note = "Les plus anciens sont en bas : ce qui s’épaissit là ne se résout pas."
    inside = tuple(question.within({"jour": week}) for week in reversed(weeks))
    wide = drawn.width > charts.NARROW
    return Picture("stock", "Ce qui attend, et depuis quand", note, table, area=drawn, wide=wide, inside=inside)
