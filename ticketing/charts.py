"""From series of numbers to the geometry of a chart: which rectangle where, in what words. Pure.

The templates only write down what is worked out here (`templates/figures/charts.html`). Charts carry no colour of their
own: each mark has a class that the theme colours, series differ by shape or by lightness as well as by hue, and every
chart says its numbers in words for who cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """A named run of values, one for each step of the axis; None where there is nothing to say."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar: its place and size, the series it belongs to, what it says when pointed at, its value where there is room."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid or a word of an axis: where, and which word."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A broken line: `paths` are SVG point lists (a missing value interrupts it), `points` its marked values."""

    series: int
    paths: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a bar chart: its label above, its bar, its value at the end of the bar."""

    label: str
    y: float
    bar: Mark


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything to write down: `kind` columns | lines | bars. Units are those of the view box."""

    kind: str
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    description: str
    legend: tuple[tuple[int, str, float], ...] = ()  # series, label, x
    grid: tuple[Tick, ...] = ()
    steps: tuple[Tick, ...] = ()
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()


#: View box of charts over time: wide enough for 24 months; the page lets it scroll on a narrow screen.
TIME_WIDTH, TIME_HEIGHT = 720, 250
#: View box of bars: narrow, so that its words stay readable at 320 px.
BARS_WIDTH = 360
_LEFT, _RIGHT, _TOP, _FOOT = 44.0, 8.0, 34.0, 30.0


def columns(labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say) -> Chart:
    """Columns side by side, one group a step. `labels` stand on the axis, `names` are the steps' full names.

    `say` turns a value into words. Raises ValueError when a series is not as long as the axis.
    """
    highest, grid = _frame(labels, series, say)
    plot = TIME_WIDTH - _LEFT - _RIGHT
    group = plot / max(len(labels), 1)
    gap = min(group * 0.28, 22.0)
    width = min((group - gap) / max(len(series), 1), 30.0)
    marks = []
    for step, name in enumerate(names):
        start = _LEFT + group * step + (group - width * len(series)) / 2
        for index, one in enumerate(series):
            value = one.values[step]
            if value is None:
                continue
            height = _scale(value, highest)
            marks.append(Mark(
                x=_r(start + width * index), y=_r(TIME_HEIGHT - _FOOT - height), width=_r(width - 1), height=_r(height),
                series=index, title=f"{name}, {one.label} : {say(value)}",
                text=say(value) if width >= 16 and value else "",
            ))
    return _over_time("columns", labels, names, series, say, grid, marks=tuple(marks))


def lines(labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say) -> Chart:
    """Broken lines with marked points, one line a series; the same arguments as `columns`."""
    highest, grid = _frame(labels, series, say)
    group = (TIME_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    drawn = []
    for index, one in enumerate(series):
        paths: list[list[str]] = [[]]
        points = []
        for step, value in enumerate(one.values):
            if value is None:
                paths.append([])
                continue
            x, y = _r(_LEFT + group * (step + 0.5)), _r(TIME_HEIGHT - _FOOT - _scale(value, highest))
            paths[-1].append(f"{x:g},{y:g}")
            points.append(Point(x, y, f"{names[step]}, {one.label} : {say(value)}"))
        if points:  # the last value is written beside its point
            last = points[-1]
            value = next(v for v in reversed(one.values) if v is not None)
            points[-1] = Point(last.x, last.y, last.title, say(value))
        drawn.append(Line(index, tuple(" ".join(path) for path in paths if len(path) > 1), tuple(points)))
    return _over_time("lines", labels, names, series, say, grid, lines=tuple(drawn))


def bars(rows: Sequence[tuple[str, float]], what: str, say: Say) -> Chart:
    """Horizontal bars, one a row, its label above it and its value at its end. `what` is counted (« tickets ouverts »)."""
    pitch, thick = 34.0, 12.0
    room = BARS_WIDTH - 56.0
    highest = max((value for _, value in rows), default=0) or 1
    drawn = []
    for index, (name, value) in enumerate(rows):
        y = index * pitch
        width = max(room * value / highest, 1.5 if value else 0)
        drawn.append(Row(
            label=shorten(name), y=_r(y + 13),
            bar=Mark(0, _r(y + 18), _r(width), thick, 0, f"{name} : {say(value)}", say(value)),
        ))
    words = " ; ".join(f"{name} : {say(value)}" for name, value in rows)
    return Chart(
        kind="bars", width=BARS_WIDTH, height=int(pitch * len(rows)) + 2, left=0, right=BARS_WIDTH, top=0,
        bottom=pitch * len(rows), description=f"{what[:1].upper()}{what[1:]}. {words}." if words else "", rows=tuple(drawn),
    )


def shorten(text: str, length: int = 52) -> str:
    """The text cut at a word so that it holds on a line of a bar chart; the table and the pointer give it whole.

    What stands in brackets goes first: the services of annexe 2 keep their examples there.
    """
    if len(text) > length and " (" in text:
        text = text.split(" (", 1)[0]
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def nice_top(highest: float, steps: tuple[int, ...] = (1, 2, 4, 5, 10)) -> float:
    """The round number at or above `highest` at which the axis ends; at least 4, so that its quarters are whole."""
    top = 4.0
    unit = 4.0
    while top < highest:
        for step in steps:
            top = unit * step
            if top >= highest:
                return top
        unit *= 10
    return top


def _frame(labels: Sequence[str], series: Sequence[Series], say: Say) -> tuple[float, tuple[Tick, ...]]:
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(labels)} steps")
    highest = nice_top(max((v for one in series for v in one.values if v is not None), default=0))
    grid = tuple(
        Tick(_r(TIME_HEIGHT - _FOOT - _scale(highest * quarter / 4, highest)), say(highest * quarter / 4))
        for quarter in range(5)
    )
    return highest, grid


def _over_time(
    kind: str, labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say, grid: tuple[Tick, ...],
    marks: tuple[Mark, ...] = (), lines: tuple[Line, ...] = (),
) -> Chart:
    group = (TIME_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    every = max(1, -(-len(labels) // 14))  # at most fourteen words on the axis, or they run into each other
    legend, x = [], _LEFT
    for index, one in enumerate(series):
        legend.append((index, one.label, _r(x)))
        x += 34 + 7.2 * len(one.label)
    return Chart(
        kind=kind, width=TIME_WIDTH, height=TIME_HEIGHT, left=_LEFT, right=TIME_WIDTH - _RIGHT, top=_TOP,
        bottom=TIME_HEIGHT - _FOOT, description=_in_words(names, series, say), legend=tuple(legend), grid=grid,
        steps=tuple(
            Tick(_r(_LEFT + group * (step + 0.5)), text)
            for step, text in enumerate(labels) if (len(labels) - 1 - step) % every == 0
        ),
        marks=marks, lines=lines,
    )


def _in_words(names: Sequence[str], series: Sequence[Series], say: Say) -> str:
    """What the chart shows, for who cannot see it: each series' course, from where to where, its peak. The table has all."""
    sentences = []
    for one in series:
        known = [(name, value) for name, value in zip(names, one.values, strict=True) if value is not None]
        if not known:
            sentences.append(f"{one.label} : rien à montrer.")
            continue
        peak = max(known, key=lambda pair: pair[1])
        first, last = known[0], known[-1]
        sentences.append(
            f"{one.label} : {say(first[1])} en {first[0].lower()}, {say(last[1])} en {last[0].lower()}, "
            f"au plus haut {say(peak[1])} en {peak[0].lower()}."
        )
    return " ".join(sentences)


def _scale(value: float, highest: float) -> float:
    return (TIME_HEIGHT - _FOOT - _TOP) * value / highest


def _r(value: float) -> float:
    return round(value, 1)
