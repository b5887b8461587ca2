"""Compute the geometry of charts from series of numbers: the place of each rectangle, and its words. Pure.

The templates only write what is computed here (`templates/administration/figures/charts.html`). Charts have no colour
of their own: each mark has a class that the theme colours. Series differ by shape or lightness as well as by hue, and
every chart states its numbers in words, for people who cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """A named series of values, one for each step of the axis; None where there is no value."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar: its place, size and series, the words shown when pointed at, and its value where there is room."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, or a word of an axis: its place and its word."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A marked value of a broken line: its place and the words shown when pointed at."""

    x: float
    y: float
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A broken line: `paths` are SVG point lists (a missing value breaks the line), `points` are its marked values."""

    series: int
    paths: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LabelledBar:
    """A bar of a bar chart, with its label above it and its value at its end."""

    label: str
    y: float
    bar: Mark


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that a template draws of a chart: `kind` is columns, lines or bars; units are the view box's."""

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
    lines: tuple[BrokenLine, ...] = ()
    rows: tuple[LabelledBar, ...] = ()


TIME_HEIGHT = 250
#: View box of bar charts and of charts over few months: narrow, so that its words stay readable at 320 px.
NARROW = 360
LABEL_MAX = 48  # letters of the label above a bar
_LEFT, _RIGHT, _FOOT = 44.0, 8.0, 30.0
_TOP, _TOP_WITH_LEGEND = 18.0, 36.0


def time_width(steps: int) -> int:
    """Return the width of a chart over time: few steps need little room; many steps scroll on a narrow screen."""
    return NARROW if steps <= 4 else 540 if steps <= 8 else 720


def columns(labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say) -> Chart:
    """Return a chart of columns side by side, one group for each step.

    `labels` stand on the axis, `names` are the full names of the steps, and `say` turns a value into words. Raises
    ValueError if a series is not as long as the axis.
    """
    frame = _framed(labels, names, series, say)
    group = frame.group
    gap = min(group * 0.28, 22.0)
    width = min((group - gap) / max(len(series), 1), 30.0)
    marks = []
    for step, name in enumerate(names):
        start = _LEFT + group * step + (group - width * len(series)) / 2
        for index, one in enumerate(series):
            value = one.values[step]
            if value is None:
                continue
            height = frame.height_of(value)
            marks.append(
                Mark(
                    x=_r(start + width * index),
                    y=_r(TIME_HEIGHT - _FOOT - height),
                    width=_r(width - 1),
                    height=_r(height),
                    series=index,
                    title=f"{name}, {one.label} : {say(value)}",
                    text=say(value) if width >= 16 and value else "",
                )
            )
    return _over_time("columns", frame, marks=tuple(marks))


def lines(labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say) -> Chart:
    """Return a chart of broken lines with marked points, one line for each series; arguments as for `columns`."""
    frame = _framed(labels, names, series, say)
    group = frame.group
    drawn = []
    for index, one in enumerate(series):
        paths: list[list[str]] = [[]]
        points = []
        for step, value in enumerate(one.values):
            if value is None:
                paths.append([])
                continue
            x, y = _r(_LEFT + group * (step + 0.5)), _r(TIME_HEIGHT - _FOOT - frame.height_of(value))
            paths[-1].append(f"{x:g},{y:g}")
            points.append(Point(x, y, f"{names[step]}, {one.label} : {say(value)}"))
        if points:  # the last value is written beside its point
            last = points[-1]
            value = next(v for v in reversed(one.values) if v is not None)
            points[-1] = Point(last.x, last.y, last.title, say(value))
        drawn.append(BrokenLine(index, tuple(" ".join(path) for path in paths if len(path) > 1), tuple(points)))
    return _over_time("lines", frame, lines=tuple(drawn))


def bars(rows: Sequence[tuple[str, float]], what: str, say: Say) -> Chart:
    """Return a chart of horizontal bars, one for each row. `what` names what is counted (« tickets ouverts »)."""
    pitch, thick = 34.0, 12.0
    room = NARROW - 56.0
    named = _told_apart([name for name, _ in rows])
    highest = max((value for _, value in rows), default=0) or 1
    drawn = []
    for index, (name, value) in enumerate(rows):
        y = index * pitch
        width = max(room * value / highest, 1.5 if value else 0)
        drawn.append(
            LabelledBar(
                label=named[index],
                y=_r(y + 13),
                bar=Mark(0, _r(y + 18), _r(width), thick, 0, f"{name} : {say(value)}", say(value)),
            )
        )
    words = " ; ".join(f"{name} : {say(value)}" for name, value in rows)
    return Chart(
        kind="bars",
        width=NARROW,
        height=int(pitch * len(rows)) + 2,
        left=0,
        right=NARROW,
        top=0,
        bottom=pitch * len(rows),
        rows=tuple(drawn),
        description=f"{what[:1].upper()}{what[1:]}. {words}." if words else "",
    )


def shorten(text: str, length: int = LABEL_MAX) -> str:
    """Return the text, cut at a word so that it fits on a line of a bar chart; the table and the pointer show it whole.

    Text in brackets is cut first: the services of annexe 2 give their examples there.
    """
    if len(text) > length and " (" in text:
        text = text.split(" (", 1)[0]
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return the names shortened; those that would become alike are cut in the middle, since their ends differ."""
    short = [shorten(name) for name in names]
    return [
        f"{name[:25].rsplit(' ', 1)[0]} … {name[-21:].split(' ', 1)[-1]}"
        if short.count(cut) > 1 and len(name) > LABEL_MAX
        else cut
        for name, cut in zip(names, short, strict=True)
    ]


def nice_top(highest: float, steps: tuple[int, ...] = (1, 2, 4, 5, 10)) -> float:
    """Return the round number, not below `highest`, where the axis ends; at least 4, so that its quarters are whole."""
    top = 4.0
    unit = 4.0
    while top < highest:
        for step in steps:
            top = unit * step
            if top >= highest:
                return top
        unit *= 10
    return top


@dataclass(frozen=True, slots=True)
class _Frame:
    """Holds what every chart over time has: steps, series, and the value and the place of the top of its axis."""

    labels: Sequence[str]
    names: Sequence[str]
    series: Sequence[Series]
    say: Say
    highest: float
    top: float

    @property
    def width(self) -> int:
        """Return the width of the chart, in units of the view box."""
        return time_width(len(self.labels))

    @property
    def group(self) -> float:
        """Return the width of one step."""
        return (self.width - _LEFT - _RIGHT) / max(len(self.labels), 1)

    def height_of(self, value: float) -> float:
        """Return the height of a value above the axis."""
        return (TIME_HEIGHT - _FOOT - self.top) * value / self.highest


def _framed(labels: Sequence[str], names: Sequence[str], series: Sequence[Series], say: Say) -> _Frame:
    """Return the frame of some series. Raises ValueError if a series is not as long as the axis."""
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(labels)} steps")
    highest = nice_top(max((v for one in series for v in one.values if v is not None), default=0))
    return _Frame(labels, names, series, say, highest, _TOP_WITH_LEGEND if len(series) > 1 else _TOP)


def _grid(frame: _Frame) -> tuple[Tick, ...]:
    """Return the lines of the grid, one at each quarter of the axis."""
    return tuple(
        Tick(
            _r(TIME_HEIGHT - _FOOT - frame.height_of(frame.highest * quarter / 4)),
            frame.say(frame.highest * quarter / 4) if quarter else "0",
        )
        for quarter in range(5)
    )


def _over_time(kind: str, frame: _Frame, marks: tuple[Mark, ...] = (), lines: tuple[BrokenLine, ...] = ()) -> Chart:
    labels = frame.labels
    every = max(1, -(-len(labels) // 14))  # at most fourteen words on the axis, or they run into each other
    legend, x = [], _LEFT
    if len(frame.series) > 1:
        for index, one in enumerate(frame.series):
            legend.append((index, one.label, _r(x)))
            x += 40 + 7.4 * len(one.label)
    return Chart(
        kind=kind,
        width=frame.width,
        height=TIME_HEIGHT,
        left=_LEFT,
        right=frame.width - _RIGHT,
        top=_TOP_WITH_LEGEND if legend else _TOP,
        bottom=TIME_HEIGHT - _FOOT,
        description=_in_words(frame.names, frame.series, frame.say),
        legend=tuple(legend),
        grid=_grid(frame),
        steps=tuple(
            Tick(_r(_LEFT + frame.group * (step + 0.5)), text)
            for step, text in enumerate(labels)
            if (len(labels) - 1 - step) % every == 0
        ),
        marks=marks,
        lines=lines,
    )


def _in_words(names: Sequence[str], series: Sequence[Series], say: Say) -> str:
    """Return the chart in words: each series' first, last and highest value. The table has all values."""
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


def _r(value: float) -> float:
    return round(value, 1)
