"""Options of lists are escaped in both ways of making them; distances in time and numbers are said in French."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ticketing.formats import (
    ago,
    duration,
    french_date,
    french_datetime,
    number,
    option_list,
    short_date,
    span,
    unbroken,
    worked,
)


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


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0\u00a0min"),
        (29, "0\u00a0min"),
        (59 * 60 + 29, "59\u00a0min"),
        (60 * 60, "1\u00a0h"),
        (timedelta(hours=3, minutes=5), "3\u00a0h\u00a005"),
        (24 * 3600 - 60, "23\u00a0h\u00a059"),
        (24 * 3600, "1\u00a0jour"),
        (timedelta(days=2, hours=4), "2\u00a0jours 4\u00a0h"),
        (timedelta(days=9, hours=1), "9\u00a0jours 1\u00a0h"),
        (timedelta(days=10, hours=1), "10\u00a0jours"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(value: timedelta | int | None, words: str) -> None:
    assert duration(value) == words


def test_days_and_instants_are_those_of_paris() -> None:
    late = datetime(2026, 11, 30, 23, 5, tzinfo=UTC)
    assert french_date(late) == french_date(late.replace(tzinfo=None)) == "1er\u00a0décembre 2026"
    assert french_date(date(2026, 11, 12)) == "12\u00a0novembre 2026"
    assert short_date(late) == short_date(date(2026, 12, 1)) == "1er\u00a0déc.\u00a02026"
    assert short_date(date(2026, 11, 12)) == "12\u00a0nov.\u00a02026" and short_date(None) == ""
    assert french_datetime(late) == "1er\u00a0décembre 2026 à 0\u00a0h\u00a005"
    assert french_date(None) == french_datetime(None) == ""


def test_a_sign_stays_with_the_word_before_it() -> None:
    assert unbroken("CDI : « rien » ; vraiment ?") == "CDI\u00a0: «\u00a0rien\u00a0»\u00a0; vraiment\u00a0?"
    assert unbroken("<b> http://x") == "<b> http://x"


def test_a_span_begins_as_a_sentence_does() -> None:
    assert span(datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 11, 30, 11, tzinfo=UTC)) == (
        "Le lundi 30 novembre 2026, de 10\u00a0h à 12\u00a0h"
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0\u00a0min"), (3599, "59\u00a0min"), (7200, "2\u00a0h"), (108_300, "30\u00a0h\u00a005")]
)
def test_working_time_never_becomes_days(seconds: int, words: str) -> None:
    assert worked(seconds) == words
