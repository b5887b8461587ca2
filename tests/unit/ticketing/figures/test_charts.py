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


def test_columns_stand_at_the_places_that_their_values_give() -> None:
    """The axis goes from 220 up to 36, where 20 stands: 10 is half of it; each group of two columns is centred."""
    series = [Series("Ouverts", (10, 20)), Series("Clos", (None, 5))]
    chart = charts.columns(["janv.", "févr."], ["Janvier", "Février"], series, say)
    assert [(mark.x, mark.y, mark.width, mark.height, mark.series, mark.text) for mark in chart.marks] == [
        (91.0, 128.0, 29.0, 92.0, 0, "10"),
        (245.0, 36.0, 29.0, 184.0, 0, "20"),
        (275.0, 174.0, 29.0, 46.0, 1, "5"),
    ]
    assert (chart.width, chart.height, chart.left, chart.right, chart.top, chart.bottom) == (360, 250, 44, 352, 36, 220)
    assert chart.legend == ((0, "Ouverts", 44.0), (1, "Clos", 135.8))
    assert [(tick.at, tick.text) for tick in chart.grid] == [
        (220.0, "0"),
        (174.0, "5"),
        (128.0, "10"),
        (82.0, "15"),
        (36.0, "20"),
    ]
    assert [(tick.at, tick.text) for tick in chart.steps] == [(121.0, "janv."), (275.0, "févr.")]
    assert chart.description == (
        "Ouverts : 10 en janvier, 20 en février, au plus haut 20 en février. "
        "Clos : 5 en février, 5 en février, au plus haut 5 en février."
    )


def test_one_series_needs_no_legend_and_leaves_it_no_room() -> None:
    chart = charts.columns(["janv.", "févr."], ["Janvier", "Février"], [Series("Ouverts", (10, 20))], say)
    assert (chart.legend, chart.top) == ((), 18.0)
    assert [(mark.x, mark.y, mark.height) for mark in chart.marks] == [(106.0, 119.0, 101.0), (260.0, 18.0, 202.0)]


def test_a_line_goes_through_its_values_and_says_the_last_one() -> None:
    series = [Series("Délai", (4, 2, None, 8, 6))]
    chart = charts.lines(list("12345"), ["un", "deux", "trois", "quatre", "cinq"], series, say)
    assert chart.lines[0].paths == ("92.8,119 190.4,169.5", "385.6,18 483.2,68.5")
    assert [(point.x, point.y, point.text) for point in chart.lines[0].points] == [
        (92.8, 119.0, ""),
        (190.4, 169.5, ""),
        (385.6, 18.0, ""),
        (483.2, 68.5, "6"),
    ]
    assert chart.description == "Délai : 4 en un, 6 en cinq, au plus haut 8 en quatre."


def test_a_small_bar_can_be_seen_and_no_bar_stands_for_nothing() -> None:
    chart = charts.bars([("Inventaire", 8), ("Antivirus", 0.01), ("Rien", 0)], "tickets", say)
    assert [(row.y, row.bar.x, row.bar.y, row.bar.width, row.bar.height, row.bar.text) for row in chart.rows] == [
        (13.0, 0, 18.0, 304.0, 12.0, "8"),
        (47.0, 0, 52.0, 1.5, 12.0, "0.01"),
        (81.0, 0, 86.0, 0.0, 12.0, "0"),
    ]
    assert (chart.height, chart.bottom, chart.right, chart.rows[0].bar.series) == (104, 102.0, 360, 0)


@pytest.mark.parametrize(("steps", "width"), [(1, 360), (4, 360), (5, 540), (8, 540), (9, 720), (24, 720)])
def test_a_chart_is_as_wide_as_its_steps_need(steps: int, width: int) -> None:
    assert charts.time_width(steps) == width


@pytest.mark.parametrize(("steps", "every"), [(14, 1), (15, 2), (28, 2), (29, 3)])
def test_at_most_fourteen_words_stand_on_the_axis_the_last_one_always(steps: int, every: int) -> None:
    names = [str(step) for step in range(steps)]
    shown = [tick.text for tick in charts.columns(names, names, [Series("a", (1.0,) * steps)], say).steps]
    assert shown == names[::-1][::every][::-1]


def test_values_are_written_above_columns_that_are_wide_enough_alone() -> None:
    def texts(count: int) -> set[str]:
        names = [str(step) for step in range(count)]
        both = [Series("a", (5.0,) * count), Series("b", (5.0,) * count)]
        return {mark.text for mark in charts.columns(names, names, both, say).marks}

    assert texts(12) == {"5"} and texts(18) == {""}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
        ("mot " * 11 + "mots", "mot " * 11 + "mots"),
        ("mot " * 11 + "mots.", "mot " * 10 + "mot…"),
        ("a (b)", "a (b)"),
        ("Réseaux, câbles, prises, bornes et commutateurs : mise en service", "Réseaux, câbles, prises, bornes et…"),
    ],
)
def test_a_label_is_cut_only_where_it_is_too_long(text: str, short: str) -> None:
    assert charts.shorten(text) == short
