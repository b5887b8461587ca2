"""Compute the area of what waits, week after week, the oldest at the bottom. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ticketing.figures.charts import TIME_HEIGHT, Tick, nice_top, time_width
from ticketing.formats import number

#: The classes of age, the youngest first (`facts.folding.AGES`).
AGES = ("moins d’une semaine", "moins d’un mois", "moins de trois mois", "plus de trois mois")
_LEFT, _RIGHT, _TOP, _FOOT = 44.0, 8.0, 62.0, 30.0


@dataclass(frozen=True, slots=True)
class Layer:
    """The area of one class of age: its outline, its rank and its name, and the place of its legend."""

    points: str
    rank: int
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Area:
    """Everything that a template draws of an area; units are the view box's."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    layers: tuple[Layer, ...]
    grid: tuple[Tick, ...]
    steps: tuple[Tick, ...]
    description: str


def backlog(weeks: Sequence[str], values: Mapping[tuple[str, int], int]) -> Area | None:
    """Return the area of some Sundays (ISO days, in order), from the tickets of each class of age; None for none."""
    totals = [sum(values.get((week, age), 0) for age in range(len(AGES))) for week in weeks]
    if not any(totals):
        return None
    width = time_width(len(weeks))
    highest = nice_top(max(totals))
    every = max(1, -(-len(weeks) // (4 if width <= 360 else 9)))
    step = (width - _LEFT - _RIGHT) / max(len(weeks) - 1, 1)
    days = [date.fromisoformat(week) for week in weeks]
    return Area(
        width,
        TIME_HEIGHT,
        _LEFT,
        width - _RIGHT,
        TIME_HEIGHT - _FOOT,
        _layers(weeks, values, width, highest),
        tuple(Tick(round(_up(highest * part / 4, highest), 1), number(round(highest * part / 4))) for part in range(5)),
        tuple(
            Tick(round(_LEFT + step * index, 1), f"{day:%d/%m/%y}")
            for index, day in enumerate(days)
            if index % every == 0
        ),
        f"{number(totals[0])} tickets en cours le {days[0]:%d/%m/%Y}, {number(totals[-1])} le {days[-1]:%d/%m/%Y}, "
        f"au plus {number(max(totals))}.",
    )


def _layers(
    weeks: Sequence[str], values: Mapping[tuple[str, int], int], width: int, highest: float
) -> tuple[Layer, ...]:
    """Return the layers from the bottom, the oldest first; a single week is a bar."""
    last = len(weeks) - 1
    places = [_LEFT + (width - _RIGHT - _LEFT) * index / max(last, 1) for index in range(len(weeks))]
    below = [0] * len(weeks)
    layers = []
    for at, age in enumerate(reversed(range(len(AGES)))):
        above = [low + values.get((week, age), 0) for low, week in zip(below, weeks, strict=True)]
        top = [(x, _up(value, highest)) for x, value in zip(places, above, strict=True)]
        foot = [(x, _up(value, highest)) for x, value in zip(places, below, strict=True)]
        if not last:
            top, foot = [*top, (width - _RIGHT, top[0][1])], [*foot, (width - _RIGHT, foot[0][1])]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*top, *reversed(foot)])
        layers.append(Layer(points, age, AGES[age], (at % 2) * 170.0 + 4, 8.0 + 20 * (at // 2)))
        below = above
    return tuple(layers)


def _up(value: float, highest: float) -> float:
    """Return the height of a value in the picture."""
    return TIME_HEIGHT - _FOOT - (TIME_HEIGHT - _FOOT - _TOP) * value / highest
