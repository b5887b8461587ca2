"""Questions read from addresses, and answers that add up, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ticketing.figures.board import answers
from ticketing.figures.board.measures import DIMENSIONS, MEASURES, dimensions_of
from ticketing.figures.board.question import Question, Unreadable, read

DOC = Path(__file__).parents[5] / "docs/chiffres.md"


@dataclass(frozen=True)
class Group:
    value: tuple[str, ...]
    amounts: dict[str, int]


def name(dimension: str, value: str) -> str:
    return f"{dimension} {value}"


@pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
def test_an_address_reads_back_as_the_same_question(measure: object) -> None:
    for own in (False, True):
        for dimension in dimensions_of(measure, own):  # type: ignore[arg-type]
            asked = Question(measure, dimension, "annee-2025", {"partie": "x", "service": "wifi"}, beside=True)  # type: ignore[arg-type]
            assert read(asked.address(), "tout", own=own) == asked


@pytest.mark.parametrize(
    "given",
    [
        {"mesure": "x"},
        {"periode": "2026-13"},
        {"priorite": "9"},
        {"priorite": "1 OR 1"},
        {"service": "x" * 121},
        {"partie": "a\x00b"},
        {"jour": "20250930"},
        {"jour": "2025-02-30"},
        {"age": "4"},
    ],
)
def test_what_is_no_question_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        read(given, "tout", own=False)


def test_a_dimension_that_a_measure_has_not_gives_way() -> None:
    assert read({"mesure": "ouverts", "par": "age"}, "tout", own=False).dimension.id == "partie"
    assert read({"par": "etablissement"}, "tout", own=True).dimension.id == "partie"


def test_inside_a_bar_is_the_same_question_filtered_by_it() -> None:
    asked = Question(MEASURES["ouverts"], DIMENSIONS["service"], "annee-2025")
    inside = asked.inside(("wifi",))
    assert inside is not None and inside.filters == {"service": "wifi"} and inside.dimension.id == "partie"
    month = Question(MEASURES["ouverts"], DIMENSIONS["mois"], "annee-2025").inside(("2025-10",))
    assert month is not None and month.period == "2025-10"
    cell = Question(MEASURES["tenu"], DIMENSIONS["case"], "tout", {"statut": "to_qualify"}).inside(
        ("hp", "wifi", "mco")
    )
    assert cell is not None
    assert cell.filters == {"statut": "to_qualify", "accord": "hp", "service": "wifi", "activite": "mco"}
    week = Question(MEASURES["en-attente"], DIMENSIONS["semaine"], "tout").inside(("2025-10-05",))
    assert week is not None and week.filters == {"jour": "2025-10-05"} and week.dimension.id == "partie"
    assert Question(MEASURES["ouverts"], DIMENSIONS["saison"], "tout").inside(("09",)) is None
    assert asked.inside(("",)) is None, "no address holds an empty filter"
    before = asked.year_before()
    assert before is not None and before.period == "annee-2024"
    assert Question(MEASURES["ouverts"], DIMENSIONS["mois"], "tout").year_before() is None


def test_the_rows_add_up_to_the_total_and_shares_are_of_it() -> None:
    groups = [Group(("a",), {"opened": 6}), Group(("b",), {"opened": 2}), Group(("c",), {"opened": 0})]
    asked = Question(MEASURES["ouverts"], DIMENSIONS["service"], "tout")
    answer = answers.shape(asked, groups, None, name)
    assert [(row.name, row.said, row.share) for row in answer.rows] == [
        ("service a", "6", "75\u00a0%"),
        ("service b", "2", "25\u00a0%"),
    ]
    assert answer.total == "8" and sum(row.figure or 0 for row in answer.rows) == 8


def test_a_ratio_of_all_is_no_mean_of_ratios() -> None:
    groups = [Group(("a",), {"direct": 1, "routed": 1}), Group(("b",), {"direct": 0, "routed": 3})]
    answer = answers.shape(Question(MEASURES["bien-orientes"], DIMENSIONS["partie"], "tout"), groups, None, name)
    assert [row.said for row in answer.rows] == ["100\u00a0%", "0\u00a0%"] and answer.total == "25\u00a0%"


def test_a_year_before_stands_beside_its_own_month_and_an_empty_month_is_a_zero() -> None:
    asked = Question(MEASURES["ouverts"], DIMENSIONS["mois"], "annee-2025", beside=True)
    now = [Group(("2025-09",), {"opened": 4}), Group(("2025-11",), {"opened": 1})]
    before = [Group(("2024-09",), {"opened": 3})]
    answer = answers.shape(asked, now, before, name)
    assert [(row.value[0], row.said, row.before) for row in answer.rows] == [
        ("2025-09", "4", "3"),
        ("2025-10", "0", "–"),
        ("2025-11", "1", "–"),
    ]
    assert (answer.total, answer.before) == ("5", "3")


def test_a_month_of_the_year_adds_up_all_its_years() -> None:
    asked = Question(MEASURES["ouverts"], DIMENSIONS["saison"], "tout")
    groups = [
        Group(("2024-09",), {"opened": 4}),
        Group(("2025-09",), {"opened": 6}),
        Group(("2025-01",), {"opened": 1}),
    ]
    rows = answers.shape(asked, groups, None, name).rows
    assert [(row.name, row.said) for row in rows] == [("Janvier", "1"), ("Septembre", "10")]


def test_every_measure_is_defined_for_its_readers() -> None:
    text = " ".join(DOC.read_text("utf-8").split())
    for measure in MEASURES.values():
        for said in (measure.name, measure.definition, measure.arithmetic, measure.clause):
            assert said in text, f"docs/chiffres.md lacks « {said} »"
    for dimension in DIMENSIONS.values():
        assert dimension.name in text


def test_each_bar_and_square_leads_to_what_is_inside_it_in_the_order_in_which_it_is_drawn() -> None:
    asked = Question(MEASURES["passages"], DIMENSIONS["partie"], "tout")
    answer = answers.shape(asked, [Group(("a",), {"passed": 2}), Group(("b",), {"passed": 5})], None, name)
    assert answer.chart is not None and [row.label for row in answer.chart.rows] == ["partie b", "partie a"]
    assert [one.filters for one in answer.led if one] == [{"partie": "b"}, {"partie": "a"}]
    months = [Group((f"{2022 + rank // 12}-{rank % 12 + 1:02d}",), {"opened": rank + 1}) for rank in range(30)]
    drawn = answers.shape(Question(MEASURES["ouverts"], DIMENSIONS["mois"], "tout"), months, None, name)
    assert drawn.chart is not None and len(drawn.chart.marks) == len(drawn.led) == 24
    assert drawn.led[-1] is not None and drawn.led[-1].period == "2024-06", "the last month is the last column"
    pairs = [Group(("a", "b"), {"passed": 3}), Group(("b", "a"), {"passed": 1})]
    for picture in answers.of_passages(asked, pairs, name):
        assert picture.led["a", "b"].filters == {"partie": "a", "vers": "b"}
        assert set(picture.led) == {("a", "b"), ("b", "a")}
    days = answers.of_days(
        Question(MEASURES["ouverts"], DIMENSIONS["service"], "tout"), [Group(("2025-10-03",), {"opened": 1})]
    )
    assert days is not None and days.heat is not None
    assert days.led["2025-10-03",].filters == {"jour": "2025-10-03"}
    assert [one.key for one in days.heat.squares][2] == ("2025-10-03",)
    assert [(one.period, one.dimension.id) for one in days.inside] == [("2025-10", "jour")]
