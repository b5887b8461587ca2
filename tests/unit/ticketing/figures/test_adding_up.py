"""Facts are added up into lines: sums, stocks, medians, ranks, and the name that a value had at the end of a span."""

from __future__ import annotations

from ticketing.figures import folding
from ticketing.figures.adding_up import KEY, VALUES, figures

OPENED, STOCK, RESOLVED, ANSWERED = folding.OPENED, folding.STOCK, folding.RESOLVED, folding.ANSWERED


def fact(kind: str, month: str, amount: int = 1, seconds: int | None = None, party: str = "dep", place: str = "p"):  # type: ignore[no-untyped-def]
    return ("acad:t", kind, month, party, place, "antivirus", "mco", amount, seconds)


def added(rows, scope="acad:t", month_now="2026-10"):  # type: ignore[no-untyped-def]
    """Lines as dicts, by (period, dimension, value)."""
    lines = figures(rows, scope, month_now, lambda dimension, value, month: f"{value}@{month}")
    dicts = [dict(zip((*KEY, *VALUES), line, strict=True)) for line in lines]
    return {(one["period"], one["dimension"], one["value"]): one for one in dicts}


ROWS = [
    fact(OPENED, "2026-08", 2),
    fact(STOCK, "2026-08", 2),
    fact(OPENED, "2026-09", 3, party="aca"),
    fact(STOCK, "2026-09", 3, party="aca"),
    fact(STOCK, "2026-09", -2),
    fact(RESOLVED, "2026-09", seconds=100),
    fact(RESOLVED, "2026-09", seconds=300),
    fact(RESOLVED, "2026-09", seconds=400, party="aca"),
    fact(ANSWERED, "2026-08", seconds=60),
    fact("handed_on", "2026-09", 1),
]


def test_each_month_each_school_year_and_the_whole_have_their_sums() -> None:
    found = added(ROWS)

    def told(period: str) -> tuple[int, ...]:
        one = found[period, "total", ""]
        return one["opened"], one["resolved"], one["open_end"], one["handed_on"], one["answered"]

    assert told("2026-08") == (2, 0, 2, 0, 1)
    assert told("2026-09") == (3, 3, 3, 1, 0)
    assert told("2026-10") == (0, 0, 3, 0, 0), "what is open stays open"
    assert told("annee-2025") == (2, 0, 2, 0, 1) and told("annee-2026") == (3, 3, 3, 1, 0)
    assert told("tout") == (5, 3, 3, 1, 1)


def test_medians_are_those_of_all_the_times_of_a_span() -> None:
    found = added(ROWS)
    assert found["2026-09", "total", ""]["resolution"] == 300
    assert found["2026-09", "party", "dep"]["resolution"] == 200
    assert found["tout", "total", ""]["first_answer"] == 60 and found["2026-09", "total", ""]["first_answer"] is None


def test_a_value_with_nothing_to_count_has_no_line_and_the_total_always_has() -> None:
    found = added(ROWS, month_now="2026-11")
    assert ("2026-10", "party", "dep") not in found, "its two tickets were closed in September"
    assert found["2026-11", "party", "aca"]["open_end"] == 3
    assert ("2026-08", "party", "aca") not in found
    empty = added([fact(STOCK, "2026-09", 0)], month_now="2026-09")
    assert set(empty) == {("2026-09", "total", ""), ("annee-2026", "total", ""), ("tout", "total", "")}


def test_a_year_says_what_is_open_at_its_end_even_where_its_last_months_are_empty() -> None:
    rows = [fact(OPENED, "2026-09", 1), fact(STOCK, "2026-09", 1), fact(STOCK, "2026-10", -1), fact(OPENED, "2026-10")]
    assert added(rows, month_now="2026-12")["annee-2026", "party", "dep"]["open_end"] == 0


def test_ranks_go_by_openings_then_by_what_is_open_then_by_name() -> None:
    rows = [
        fact(OPENED, "2026-09", 1, party="b"),
        fact(OPENED, "2026-09", 1, party="a"),
        fact(OPENED, "2026-09", 1, party="c"),
        fact(STOCK, "2026-09", 1, party="c"),
        fact(OPENED, "2026-09", 5, party="z"),
    ]
    found = added(rows, month_now="2026-09")
    parties = {key: one for key, one in found.items() if key[:2] == ("tout", "party")}
    ranks = {value: one["rank"] for (_, _, value), one in parties.items()}
    assert ranks == {"z": 1, "c": 2, "a": 3, "b": 4}
    assert found["tout", "total", ""]["rank"] == 1


def test_a_scope_of_one_place_has_no_line_by_place_and_the_others_have() -> None:
    rows = [fact(OPENED, "2026-09")]
    assert ("tout", "etablissement", "p") in added(rows)
    assert not [key for key in added(rows, scope="etab:p") if key[1] == "etablissement"]


def test_a_value_has_the_name_of_the_last_month_in_which_it_counts() -> None:
    found = added(ROWS, month_now="2026-11")
    assert found["2026-08", "party", "dep"]["label"] == "dep@2026-08"
    assert found["annee-2025", "party", "dep"]["label"] == "dep@2026-08"
    assert found["annee-2026", "party", "dep"]["label"] == "dep@2026-09"
    assert found["tout", "party", "dep"]["label"] == "dep@2026-11"


def test_facts_of_months_to_come_are_counted_up_to_their_own() -> None:
    """A clock set back must not lose what was counted before it."""
    assert added([fact(OPENED, "2026-12")], month_now="2026-10")["2026-12", "total", ""]["opened"] == 1


def test_two_values_of_one_name_keep_an_order_of_their_own() -> None:
    rows = [fact(OPENED, "2026-09", party=party) for party in ("b", "a")]
    lines = figures(rows, "acad:t", "2026-09", lambda dimension, value, month: "Même nom")
    assert [line[2] for line in lines if line[:2] == ("tout", "party")] == ["a", "b"]
