"""The geometry of pictures: nothing outside its frame, nothing over its neighbour, numbers as they are."""

from __future__ import annotations

import itertools

import pytest

from ticketing.figures.facts.folding import BOUNDS
from ticketing.figures.pictures import areas, heat, lengths

HOUR = 3600


def say(value: float) -> str:
    return str(round(value))


def inside(one: heat.HeatMap) -> bool:
    return all(
        square.x >= 0 and square.x + square.width <= one.width + 0.2 and square.y + square.height <= one.height
        for square in one.squares
    )


@pytest.mark.parametrize("parties", [1, 2, 4, 8, 12])
def test_a_matrix_has_a_square_for_each_pair_and_no_label_over_another(parties: int) -> None:
    names = [f"Département de {chr(65 + rank) * 12}" for rank in range(parties)]
    values = {(one, other): rank + 1.0 for rank, (one, other) in enumerate(itertools.product(names, names))}
    drawn = heat.matrix(values, lambda one: one[:26], lambda one: one, say)
    assert drawn is not None and inside(drawn)
    shown = min(parties, heat.PARTIES_MAX)
    assert len(drawn.squares) == shown * shown and len(drawn.words) == 2 * shown
    lines = sorted(word.y for word in drawn.words if word.anchor == "start")
    assert all(later - earlier >= 15 for earlier, later in itertools.pairwise(lines))
    heads = sorted(word.x for word in drawn.words if word.anchor == "middle")
    assert all(later - earlier >= 15 for earlier, later in itertools.pairwise(heads))
    assert heat.matrix({}, str, str, say) is None


def test_shades_go_from_nothing_to_the_highest() -> None:
    assert [heat.shade(value, 100) for value in (0, 1, 20, 50, 99, 100)] == [0, 1, 2, 3, 5, 5]


def test_a_calendar_has_every_day_of_its_months_and_says_the_heaviest() -> None:
    drawn = heat.calendar({"2026-02-03": 7, "2026-03-31": 2}, ["2026-02", "2026-03"], say, "tickets")
    assert drawn is not None and inside(drawn) and len(drawn.squares) == 28 + 31
    assert "03/02/2026, 7" in drawn.description
    assert next(square.shade for square in drawn.squares if square.title.startswith("03/02")) == heat.SHADES
    assert heat.calendar({}, [], say, "tickets") is None


def test_quartiles_are_placed_in_their_class_in_proportion() -> None:
    # Four lengths: one under 1 h, two of 2 to 4 h, one of 160 h and more.
    counts = [1, 0, 2, 0, 0, 0, 0, 0, 0, 1]
    quarter, half, three = lengths.quartiles(counts)
    assert (quarter.rank, quarter.seconds) == (0, HOUR)
    assert (half.rank, half.seconds) == (2, 3 * HOUR)  # half-way from 2 h to 4 h
    assert (three.rank, three.seconds) == (2, 4 * HOUR)
    assert half.said == "la moitié en moins de 3\u00a0h"
    assert lengths.quartiles([0] * 10) == ()
    last = lengths.quartiles([0] * 9 + [3])[0]
    assert last.beyond and last.said == "un quart en plus de 160\u00a0h"
    assert len(lengths.LABELS) == len(BOUNDS) + 1


def test_the_backlog_stacks_up_to_what_waits() -> None:
    weeks = ["2026-11-01", "2026-11-08", "2026-11-15"]
    values = {("2026-11-01", 0): 3, ("2026-11-08", 0): 1, ("2026-11-08", 3): 2, ("2026-11-15", 3): 4}
    drawn = areas.backlog(weeks, values)
    assert drawn is not None and [layer.rank for layer in drawn.layers] == [3, 2, 1, 0]
    points = [tuple(map(float, pair.split(","))) for layer in drawn.layers for pair in layer.points.split()]
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points)
    assert drawn.description == "3 tickets en cours le 01/11/2026, 4 le 15/11/2026, au plus 4."
    legend = {(layer.x, layer.y) for layer in drawn.layers}
    assert len(legend) == 4 and max(y for _, y in legend) + 12 <= min(tick.at for tick in drawn.grid)
    assert areas.backlog(weeks, {}) is None
    assert areas.backlog(weeks[:1], values) is not None
