"""What an interruption disturbs: working hours, term time, exams, other interruptions (annexe 6, 3.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from matrix import load_conventions
from matrix.working_time import Hours, WorkingCalendar
from ticketing.interruptions.clashes import Exam, Other, Period, Surroundings, clashes, zone_of
from ticketing.tickets.deadlines import PARIS

CALENDAR = load_conventions().calendar
HERE = frozenset({"desaix-tarbes", "departement-hautes-pyrenees"})
EXAM = Exam("Diplôme national du brevet", date(2027, 6, 28), date(2027, 6, 29))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


#: An académie that closes at noon and works in the school holidays, and a collège that is closed then.
ACADEMIE = WorkingCalendar([Hours(date(2026, 1, 1), (((480, 720), (810, 1050)),) * 5 + ((), ()))])
COLLEGE = WorkingCalendar([Hours(date(2026, 1, 1), (((480, 1080),),) * 5 + ((), ()), zone="C")], CALENDAR)
OPEN = (("l’académie de Toulouse", ACADEMIE),)


def found(begins, ends, *, zone="C", exams=(), others=(), hours=OPEN):
    return clashes(Period(at(begins), at(ends), HERE), Surroundings(zone, CALENDAR, exams, others, hours))


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (
            "2026-11-24T10:00",
            "2026-11-24T11:30",
            [
                "temps scolaire (zone C) : le mardi 24 novembre 2026",
                "1\u00a0h\u00a030 de l’académie",
            ],
        ),
        ("2026-11-24T12:10", "2026-11-24T13:20", ["temps scolaire"]),  # the desk is closed at noon, the collège is not
        ("2026-11-24T19:00", "2026-11-24T23:00", []),
        ("2026-11-28T08:00", "2026-11-29T20:00", []),  # a weekend
        ("2026-11-11T09:00", "2026-11-11T17:00", []),  # a public holiday
        (
            "2026-12-28T09:00",
            "2026-12-28T17:00",
            ["heures d’ouverture"],
        ),  # school holidays: no classes
        ("2026-11-24T17:20", "2026-11-24T17:40", ["temps scolaire", "10\u00a0min"]),
        ("2026-11-27T19:00", "2026-11-30T07:00", []),
        ("2026-11-27T19:00", "2026-11-30T07:30", ["le lundi 30 novembre 2026"]),
    ],
)
def test_hours_and_days(begins, ends, words):
    told = found(begins, ends)
    assert len(told) == len(words)
    assert all(any(word in sentence for sentence in told) for word in words)


def test_term_time_is_that_of_the_zone_and_is_not_told_where_none_is_known():
    assert zone_of("academie-toulouse") == "C" and zone_of("academie-poitiers") == "A"
    assert zone_of("academie-aix-marseille") == "B" and zone_of("academie-d-ailleurs") == ""
    assert any("temps scolaire" in line for line in found("2026-11-24T10:00", "2026-11-24T10:30"))
    assert not any("temps scolaire" in line for line in found("2026-11-24T10:00", "2026-11-24T10:30", zone=""))


@pytest.mark.parametrize(
    ("begins", "ends", "clash"),
    [
        ("2027-06-27T20:00", "2027-06-28T00:00", False),  # it ends as the first day begins
        ("2027-06-27T20:00", "2027-06-28T00:30", True),
        ("2027-06-29T23:00", "2027-06-29T23:30", True),
        ("2027-06-30T00:00", "2027-06-30T02:00", False),
    ],
)
def test_exams(begins, ends, clash):
    assert any("brevet" in line for line in found(begins, ends, exams=[EXAM])) is clash


@pytest.mark.parametrize(
    ("scopes", "hours", "clash"),
    [
        ({"desaix-tarbes"}, 0, True),
        ({"victor-hugo-tarbes"}, 0, False),
        ({"*"}, 0, True),
        ({"desaix-tarbes"}, 2, False),
    ],
)
def test_another_interruption_at_the_same_time_for_the_same_people(scopes, hours, clash):
    begins = at("2026-11-28T10:00") + timedelta(hours=hours)
    other = Other("Baie de brassage", begins, begins + timedelta(hours=2), frozenset(scopes))
    told = found("2026-11-28T10:00", "2026-11-28T12:00", others=[other])
    assert any("«\u00a0Baie de brassage\u00a0»" in line for line in told) is clash


def test_another_academie_s_interruption_is_told_without_its_words():
    begins = at("2026-11-28T10:00")
    told = found(
        "2026-11-28T10:00",
        "2026-11-28T12:00",
        others=[Other("", begins, begins + timedelta(hours=2), frozenset({"desaix-tarbes"}))],
    )
    when = "le samedi 28 novembre 2026, de 10\u00a0h à 12\u00a0h"
    assert f"Elle en recouvre une autre, annoncée par une autre académie : {when}." in told


def test_an_interruption_of_the_whole_summer_is_told_to_reach_the_first_day_of_class():
    """Defect: only its first forty days were looked at, and the summer holidays are longer."""
    told = found("2026-07-06T00:00", "2026-09-04T18:00")
    assert "Elle tombe en temps scolaire (zone C) : le mardi 1er septembre 2026 est un jour de classe." in told
    assert not [line for line in found("2026-07-06T00:00", "2026-08-31T00:00") if "scolaire" in line]


def test_the_words_of_a_clash():
    assert found("2027-06-28T10:00", "2027-06-28T11:00", exams=[EXAM])[0] == (
        "Elle tombe pendant des épreuves : Diplôme national du brevet, du lundi 28 juin 2027 au mardi 29 juin 2027."
    )
    begins = at("2026-11-28T10:00")
    other = Other("Baie", begins, begins + timedelta(hours=2), frozenset({"desaix-tarbes"}))
    assert found("2026-11-28T09:00", "2026-11-28T10:00", others=[other]) == (), "one ends as the other begins"
    assert found("2026-11-28T12:00", "2026-11-28T13:00", others=[other]) == ()
    (told,) = found("2026-11-28T11:00", "2026-11-28T13:00", others=[other])
    assert told.startswith("Elle en recouvre une autre, qui touche les mêmes établissements : «\u00a0Baie\u00a0», le ")


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("2026-12-28T09:01", "1\u00a0min"),
        ("2026-12-28T09:59", "59\u00a0min"),
        ("2026-12-28T10:00", "1\u00a0h"),
        ("2026-12-28T11:00", "2\u00a0h"),
    ],
)
def test_working_time_under_an_hour_is_told_in_minutes(ends, told):
    said = f"Elle prend sur les heures d’ouverture : {told} de l’académie de Toulouse."
    assert found("2026-12-28T09:00", ends) == (said,)


def test_each_side_is_counted_in_its_own_hours_the_most_first_and_none_is_guessed():
    sides = (*OPEN, ("le collège Desaix", COLLEGE))
    noon = found("2026-11-24T10:00", "2026-11-24T14:00", zone="", hours=sides)
    counted = "4\u00a0h du collège Desaix, 2\u00a0h\u00a030 de l’académie de Toulouse"
    assert noon == (f"Elle prend sur les heures d’ouverture : {counted}.",)
    assert "Desaix" not in found("2026-12-28T09:00", "2026-12-28T17:00", hours=sides)[0]
    assert found("2026-12-28T09:00", "2026-12-28T17:00", hours=()) == ()
    many = [(f"le collège {number}", COLLEGE) for number in range(8)]
    assert found("2026-11-24T10:00", "2026-11-24T11:00", zone="", hours=many)[0].endswith(", et d’autres (3).")


def test_everybody_s_interruption_meets_any_other():
    begins = at("2026-11-28T10:00")
    other = Other("Baie", begins, begins + timedelta(hours=2), frozenset({"ailleurs"}))
    mine = Period(begins, begins + timedelta(hours=1), frozenset({"*"}))
    assert len(clashes(mine, Surroundings("", CALENDAR, (), [other]))) == 1
