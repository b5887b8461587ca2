"""Groups of fewer than five people are hidden, and cannot be worked out from what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ticketing.committees.content import FEWEST, HIDDEN
from ticketing.committees.hiding import Hiding, tells

ROWS = [("a", ("A", 30)), ("b", ("B", 2)), ("c", ("C", 9)), ("d", ("D", 0))]
PEOPLE = {"party": {"a": 12, "b": 2, "c": 6}}


def apart(_column: str, values: frozenset[str]) -> int:
    """How many people groups are about together, where each has its own."""
    return sum(PEOPLE["party"].get(one, 0) for one in values)


def test_a_small_group_is_hidden_with_the_smallest_other_so_that_no_subtraction_gives_it() -> None:
    shown = Hiding(PEOPLE, apart).rows("party", ROWS)
    assert shown == (("A", 30), ("B", HIDDEN), ("C", HIDDEN), ("D", 0))


def test_the_small_groups_that_are_enough_together_hide_no_other() -> None:
    people = {"party": {"a": 12, "b": 2, "c": 4}}
    shown = Hiding(people, lambda _column, values: sum(people["party"].get(one, 0) for one in values)).rows(
        "party", ROWS
    )
    assert [row[1] for row in shown] == [30, HIDDEN, HIDDEN, 0]


def test_the_same_few_people_behind_several_groups_are_one_group() -> None:
    people = {"party": {"a": 12, "b": 3, "c": 3}}
    same = Hiding(people, lambda _column, values: 12 if "a" in values else 3)
    assert [row[1] for row in same.rows("party", ROWS)] == [HIDDEN, HIDDEN, HIDDEN, 0]


def test_the_reader_s_own_party_and_the_pack_of_the_academie_hide_nothing() -> None:
    assert Hiding(PEOPLE, apart, own="b").rows("party", ROWS)[1] == ("B", 2)
    assert Hiding(PEOPLE, apart, everything=True).rows("party", ROWS) == tuple(row for _, row in ROWS)


def test_hidden_rows_may_be_gathered_in_one_line() -> None:
    shown = Hiding(PEOPLE, apart).gathered("party", ROWS, ("autre partie", "autres parties"))
    assert shown == (("A", 30), ("D", 0), ("2 autres parties", HIDDEN))


def test_a_total_tells_of_others_only_between_one_and_four() -> None:
    assert [tells(total, 10) for total in (10, 11, 14, 15)] == [False, True, True, False]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), min_size=1))
def test_what_is_hidden_is_about_enough_people_or_all_is_hidden(people: dict[str, int]) -> None:
    rows = [(value, (value, count)) for value, count in people.items()]
    hiding = Hiding({"x": people}, lambda _column, values: sum(people[one] for one in values))
    small = hiding.small("x", rows)
    assert all(people[one] >= FEWEST for one in people if people[one] and one not in small)
    left = [one for one in people if people[one] and one not in small]
    assert not small or not left or sum(people[one] for one in small) >= FEWEST
