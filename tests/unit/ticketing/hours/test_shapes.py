"""Opening hours as forms send them: what is wrong is told at its field, and what is right is read back the same."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.working_time import Closure, Hours
from ticketing.hours import shapes

WEEK = (((510, 750), (810, 1020)),) * 4 + (((510, 750),), (), ())
HOURS = Hours(
    date(2026, 12, 1), WEEK, "alsace-moselle", "B", (Closure(date(2026, 12, 24), date(2027, 1, 3), "Fin d’année"),)
)


class Row:
    def __init__(self, **columns):
        self.__dict__.update(columns)


def test_hours_come_back_from_their_form_and_their_row():
    assert shapes.read(shapes.typed_from(HOURS)) == shapes.Read(HOURS)
    assert shapes.unpacked(Row(**shapes.packed(HOURS))) == HOURS


def test_words_gather_the_days_that_are_alike():
    to = "\u00a0–\u2060\u00a0"  # a span is never cut at the end of a line
    assert shapes.words(HOURS) == (
        f"lundi à jeudi : 8~h~30{to}12~h~30, 13~h~30{to}17~h".replace("~", "\u00a0"),
        f"vendredi : 8~h~30{to}12~h~30".replace("~", "\u00a0"),
        "samedi et dimanche : fermé",
    )


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"since": "demain"}, "since", "à partir de quel jour"),
        ({"mon_1": "8h30"}, "mon_1", "Lundi : écrivez l’heure comme 08:30."),
        ({"mon_2": ""}, "mon_1", "l’ouverture et la fermeture"),
        ({"mon_2": "08:00"}, "mon_1", "les heures se suivent"),
        ({"mon_3": "12:30"}, "mon_3", "les heures se suivent"),
        ({"tue_1": "02:30"}, "tue_1", "aucune ouverture avant 4 h"),
        ({"territory": "mars"}, "territory", "Choisissez dans la liste"),
        ({"zone": "D"}, "zone", "Choisissez une zone"),
        ({"closure_1_first": "2026-02-30"}, "closure_1_first", "écrivez les jours"),
        ({"closure_1_last": "2026-12-01"}, "closure_1_last", "après le premier"),
        ({"closure_1_label": "x" * 61}, "closure_1_label", "60 caractères"),
        ({"closure_1_label": "a\x07b"}, "closure_1_label", "60 caractères"),
        ({"closure_1_last": "2027-12-25"}, "closure_1_last", "un an après"),  # 366 days after the first
        ({"closure_40_last": "2027-12-25"}, "closure_40_first", "écrivez les jours"),
        ({"since": "1999-12-31"}, "since", "à partir de quel jour"),
        ({"since": "2101-01-01"}, "since", "à partir de quel jour"),
        ({"since": "20261201"}, "since", "à partir de quel jour"),
        ({"mon_1": "08:30:00"}, "mon_1", "écrivez l’heure"),
        ({"mon_1": "25:00"}, "mon_1", "écrivez l’heure"),
        ({"mon_1": ""}, "mon_1", "l’ouverture et la fermeture"),
        ({"mon_4": ""}, "mon_3", "l’ouverture et la fermeture"),
        ({"mon_2": "08:30"}, "mon_1", "les heures se suivent"),
        ({"mon_3": "12:00"}, "mon_3", "les heures se suivent"),
        ({"tue_1": "03:59"}, "tue_1", "aucune ouverture avant 4 h"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(changed, field, says):
    given = shapes.read({**shapes.typed_from(HOURS), **changed})
    assert given.hours is None
    assert says in given.errors[field]
    assert list(given.errors) == [field]


def test_a_week_without_any_opening_is_refused():
    given = shapes.read({"since": "2026-12-01", "territory": "metropole"})
    assert "au moins une plage" in given.errors["mon_1"]


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(shapes.typed_from(HOURS))), st.text(max_size=12)))
def test_whatever_is_typed_is_read_or_refused_with_sentences(typed):
    given = shapes.read({**shapes.typed_from(HOURS), **typed})
    assert (given.hours is None) is bool(given.errors)
    assert all(sentence for sentence in given.errors.values())


@pytest.mark.parametrize(
    "changed",
    [
        {"since": "2000-01-01"},
        {"since": " 2100-12-31 "},
        {"tue_1": "04:00"},
        {"mon_3": "12:31"},
        {"closure_1_label": "x" * 60},
        {"closure_1_last": "2027-12-24"},  # 365 days after the first
        {"zone": ""},
    ],
)
def test_the_bounds_themselves_are_accepted(changed):
    given = shapes.read({**shapes.typed_from(HOURS), **changed})
    assert given.hours is not None and not given.errors


def test_closures_are_sorted_and_a_single_day_needs_no_end():
    fields = {key: value for key, value in shapes.typed_from(HOURS).items() if not key.startswith("closure_")}
    fields |= {"closure_3_first": "2027-05-07", "closure_3_label": "  Pont   de mai "}
    fields |= {"closure_40_first": "2026-12-24", "closure_40_last": "2026-12-24"}
    fields |= {"closure_4_label": "sans jour"}  # a line without days is no closure
    assert shapes.read(fields).hours.closures == (
        Closure(date(2026, 12, 24), date(2026, 12, 24), ""),
        Closure(date(2027, 5, 7), date(2027, 5, 7), "Pont de mai"),
    )


def test_a_form_shows_three_empty_lines_after_the_last_closure_and_forty_at_most():
    assert shapes.lines({}) == shapes.EMPTY_LINES == 3
    assert shapes.lines({"closure_2_label": "Pont"}) == 5
    assert shapes.lines({"closure_1_first": "", "closure_4_last": "2026-12-24"}) == 7
    assert shapes.lines({"closure_38_first": "2026-12-24"}) == shapes.lines({"closure_40_first": "x"}) == 40


def test_the_afternoon_alone_is_read_and_days_that_differ_have_each_their_line():
    given = shapes.read({"since": "2026-12-01", "territory": "metropole", "wed_3": "13:30", "wed_4": "17:05"})
    assert given.hours.week == ((), (), ((810, 1025),), (), (), (), ())
    assert [line.partition(" :")[0] for line in shapes.words(given.hours)] == [
        "lundi et mardi",
        "mercredi",
        "jeudi à dimanche",
    ]
    assert shapes.span_words(()) == ""
