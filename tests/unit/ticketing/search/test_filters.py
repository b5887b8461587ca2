"""Filters that a search holds in words: names, values, days, and what is left to look for."""

from __future__ import annotations

from datetime import date

import pytest

from ticketing.search.filters import Period, days, parse

TODAY = date(2026, 11, 18)  # a Wednesday


def test_filters_are_taken_out_of_the_words() -> None:
    read = parse("wifi etat:ouvert Collège:desaix depuis:octobre agent:soulerac salle", TODAY)
    assert read.words == "wifi salle"
    assert [(one.name, one.value) for one in read.said] == [
        ("etat", "ouvert"),
        ("college", "desaix"),
        ("depuis", "octobre"),
        ("agent", "soulerac"),
    ]
    assert read.period == Period(since=date(2026, 10, 1)) and read.faults == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('collège:"victor hugo"', "victor hugo"),
        ("établissement:«\u00a0victor hugo\u00a0»", "victor hugo"),
        ("etab:victor-hugo", "victor hugo"),
        ("lieu:Vic", "Vic"),
    ],
)
def test_a_value_of_several_words(text: str, value: str) -> None:
    read = parse(text, TODAY)
    assert [(one.name, one.value) for one in read.said] == [("college", value)] and read.words == ""


@pytest.mark.parametrize(
    ("text", "words", "period"),
    [
        ("wifi Desaix, mois dernier", "wifi Desaix", Period(date(2026, 10, 1), date(2026, 11, 1))),
        ("imprimante la semaine dernière", "imprimante", Period(date(2026, 11, 9), date(2026, 11, 16))),
        ("cette semaine VP", "VP", Period(date(2026, 11, 16), date(2026, 11, 23))),
        ("réseau hier", "réseau", Period(date(2026, 11, 17), date(2026, 11, 18))),
        ("panne aujourd’hui", "panne", Period(date(2026, 11, 18), date(2026, 11, 19))),
        ("panne en mars", "panne", Period(date(2026, 3, 1), date(2026, 4, 1))),
        ("panne en décembre", "panne", Period(date(2025, 12, 1), date(2026, 1, 1))),
        ("panne depuis lundi", "panne", Period(since=date(2026, 11, 16))),
        ("panne depuis octobre 2024", "panne", Period(since=date(2024, 10, 1))),
        ("ce mois-ci", "", Period(date(2026, 11, 1), date(2026, 12, 1))),
        ("l’année dernière wifi", "wifi", Period(date(2025, 1, 1), date(2026, 1, 1))),
        ("avant:3/10 pc", "pc", Period(until=date(2026, 10, 3))),
        ("depuis:2026-10-03 avant:2026-10-05", "", Period(date(2026, 10, 3), date(2026, 10, 5))),
    ],
)
def test_a_period_in_plain_words(text: str, words: str, period: Period) -> None:
    read = parse(text, TODAY)
    assert (read.words, read.period) == (words, period)


def test_text_in_quotation_marks_is_no_filter() -> None:
    read = parse('"mois dernier" réseau «\u00a0hier\u00a0»', TODAY)
    assert read.words.split() == ["mois", "dernier", "réseau", "hier"] and read.said == ()


@pytest.mark.parametrize("text", ["http://desaix", "AA:BB:CC:DD:EE:FF", "inconnu:valeur", "etat:", "12:30", "a:b"])
def test_what_is_no_filter_is_looked_for(text: str) -> None:
    assert parse(text, TODAY).words == text and parse(text, TODAY).said == ()


def test_a_date_that_is_none_is_told_and_sets_nothing() -> None:
    for text in ("depuis:demain-matin", "depuis:31/2", "avant:2026-13-01", "depuis:9999-99-99"):
        read = parse(text, TODAY)
        assert read.period == Period() and len(read.faults) == 1 and "n’est pas une date" in read.faults[0], text


def test_the_filter_of_a_chip_is_found_again_in_the_search() -> None:
    text = "wifi Desaix, mois dernier agent:moi"
    assert all(one.typed in text for one in parse(text, TODAY).said)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("lundi", date(2026, 11, 16), date(2026, 11, 17)),
        ("mercredi", TODAY, date(2026, 11, 19)),
        ("jeudi", date(2026, 11, 12), date(2026, 11, 13)),
        ("1er octobre 2026", date(2026, 10, 1), date(2026, 10, 2)),
        ("3/12", date(2025, 12, 3), date(2025, 12, 4)),
        ("3/12/24", date(2024, 12, 3), date(2024, 12, 4)),
        ("2025", date(2025, 1, 1), date(2026, 1, 1)),
        ("7j", date(2026, 11, 11), date(2026, 11, 19)),
        ("decembre-2025", date(2025, 12, 1), date(2026, 1, 1)),
    ],
)
def test_days(text: str, first: date, after: date) -> None:
    assert days(text, TODAY) == (first, after)


def test_the_last_month_of_january_is_of_the_year_before() -> None:
    assert days("mois-dernier", date(2026, 1, 31)) == (date(2025, 12, 1), date(2026, 1, 1))
    assert days("0000", TODAY) is None and days("9999", TODAY) is None and days("", TODAY) is None
