"""Options of lists are escaped in both ways of making them; distances in time and numbers are said in French."""

from datetime import UTC, datetime, timedelta

import pytest

from ticketing.formats import ago, number, option_list


def test_values_and_labels_are_escaped_and_the_chosen_one_marked() -> None:
    made = option_list([("a", "Un"), ('b"', "<Deux> & l'autre")], 'b"')
    assert made == (
        '<option value="a">Un</option><option value="b&#34;" selected>&lt;Deux&gt; &amp; l&#39;autre</option>'
    )


def test_a_number_is_compared_as_it_is_written_and_none_chooses_nothing() -> None:
    assert option_list([(1, "Un"), (2, "Deux")], "2").count(" selected") == 1
    assert " selected" not in option_list([("x", "Un")], None)


def test_groups_hold_their_own_options() -> None:
    made = option_list([("Famille <1>", [("a", "Un")]), ("b", "Deux")], "a")
    assert made == (
        '<optgroup label="Famille &lt;1&gt;"><option value="a" selected>Un</option></optgroup>'
        '<option value="b">Deux</option>'
    )


def test_a_separator_in_the_text_shifts_nothing() -> None:
    assert option_list([("a\0", "<1>"), ("b", "2")], "b") == (
        '<option value="a\0">&lt;1&gt;</option><option value="b" selected>2</option>'
    )


NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "à l’instant"),
        (59, "à l’instant"),
        (60, "il y a 1\u00a0minute"),
        (119, "il y a 1\u00a0minute"),
        (120, "il y a 2\u00a0minutes"),
        (3599, "il y a 59\u00a0minutes"),
        (3600, "il y a 1\u00a0heure"),
        (86_399, "il y a 23\u00a0heures"),
        (86_400, "il y a 1\u00a0jour"),
        (30 * 86_400, "il y a 1\u00a0mois"),
        (60 * 86_400, "il y a 2\u00a0mois"),
        (365 * 86_400, "il y a 1\u00a0an"),
        (730 * 86_400, "il y a 2\u00a0ans"),
        (-1, "dans un instant"),
        (-59, "dans un instant"),
        (-60, "dans 1\u00a0minute"),
        (-7200, "dans 2\u00a0heures"),
    ],
)
def test_a_distance_is_said_to_the_largest_unit_that_fits(seconds: int, words: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert ago(moment, NOW) == ago(moment.replace(tzinfo=None), NOW) == words
    assert ago(None, NOW) == ""


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (None, None, "–"),
        (1234, None, "1\u202f234"),
        (12.5, None, "12,5"),
        (12.25, None, "12,2"),
        (12.25, 2, "12,25"),
        (-3, None, "\u22123"),
        (1234567.5, 0, "1\u202f234\u202f568"),
    ],
)
def test_a_number_has_narrow_spaces_and_a_comma(value: float | None, decimals: int | None, words: str) -> None:
    assert number(value, decimals) == words
