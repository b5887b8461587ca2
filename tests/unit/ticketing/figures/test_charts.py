"""The geometry of charts, and their descriptions in words."""

from itertools import pairwise

import pytest

from ticketing.figures import charts
from ticketing.figures.charts import Series

LABELS = ["janv. 26", "févr. 26", "mars 26"]
NAMES = ["Janvier 2026", "Février 2026", "Mars 2026"]


def say(value: float) -> str:
    return f"{value:g}"


def test_columns_stand_on_the_axis_and_are_in_proportion() -> None:
    chart = charts.columns(LABELS, NAMES, [Series("Ouverts", (10, 20, 0))], say)
    first, second, third = chart.marks
    assert second.height == pytest.approx(2 * first.height, abs=0.2)
    assert third.height == 0
    assert all(mark.y + mark.height == pytest.approx(chart.bottom, abs=0.2) for mark in chart.marks)
    assert first.title == "Janvier 2026, Ouverts : 10"


def test_columns_of_two_series_do_not_overlap_and_stay_inside() -> None:
    for count in (1, 2, 12, 24):
        names = [str(step) for step in range(count)]
        values = tuple(float(step) for step in range(count))
        chart = charts.columns(names, names, [Series("a", values), Series("b", values)], say)
        spans = sorted((mark.x, mark.x + mark.width) for mark in chart.marks)
        assert all(left[1] <= right[0] + 0.11 for left, right in pairwise(spans))
        assert spans[0][0] >= chart.left and spans[-1][1] <= chart.right


def test_a_missing_value_breaks_the_line() -> None:
    chart = charts.lines(LABELS, NAMES, [Series("Délai", (4, None, 8))], say)
    assert chart.lines[0].paths == ()
    assert [point.title for point in chart.lines[0].points] == ["Janvier 2026, Délai : 4", "Mars 2026, Délai : 8"]


def test_nothing_at_all_draws_an_empty_frame() -> None:
    chart = charts.lines([], [], [Series("Délai", ())], say)
    assert chart.lines[0].points == ()
    assert chart.description == "Délai : rien à montrer."
    assert charts.bars([], "tickets", say).rows == ()


def test_bars_are_in_proportion_and_say_their_value() -> None:
    chart = charts.bars([("Inventaire", 8), ("Antivirus", 2), ("Rien", 0)], "tickets ouverts", say)
    widths = [row.bar.width for row in chart.rows]
    assert widths[0] == pytest.approx(4 * widths[1], abs=0.2)
    assert widths[2] == 0
    assert chart.description == "Tickets ouverts. Inventaire : 8 ; Antivirus : 2 ; Rien : 0."


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 3"):
        charts.columns(LABELS, NAMES, [Series("a", (1, 2))], say)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 4), (3, 4), (4, 4), (5, 8), (17, 20), (41, 80), (99, 160), (161, 200), (1234, 1600)]
)
def test_axes_end_on_round_numbers(highest: float, top: float) -> None:
    assert charts.nice_top(highest) == top


def test_the_axis_is_never_lower_than_the_values() -> None:
    for value in range(0, 5000, 7):
        assert value <= charts.nice_top(value) <= max(4, 2.5 * value)


def test_long_names_are_cut_at_a_word() -> None:
    assert charts.shorten("Service d'inventaire, gestion de parc") == "Service d'inventaire, gestion de parc"
    long = "Équipement bureautique (postes de travail, imprimantes, outils nomades, TBI, VNI, …)"
    assert charts.shorten(long) == "Équipement bureautique"
    assert charts.shorten("mot " * 30).endswith("mot…")
    assert len(charts.shorten("x" * 200)) <= charts.LABEL_MAX


def test_names_that_would_come_out_alike_are_told_apart() -> None:
    rows = [
        ("Service de communication asynchrone (messagerie interne et instantanée, forums)", 3),
        ("Service de communication asynchrone (messagerie électronique, forums)", 2),
        ("Antivirus", 1),
    ]
    names = [row.label for row in charts.bars(rows, "tickets", say).rows]
    assert len(set(names)) == 3
    assert names[0].startswith("Service de communication") and names[0].endswith("… instantanée, forums)")
    assert all(len(name) <= charts.LABEL_MAX for name in names)
