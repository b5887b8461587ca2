"""What lint says of days and of numbers of users: each bound, just at it and just past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matrix import load_conventions
from matrix.checks import periods
from matrix.days import years_after

ALL = load_conventions()
HP, BDR, ACAR = ALL["hautes-pyrenees-2015"], ALL["bouches-du-rhone-2017"], ALL["acar-2021"]
TODAY = date(2026, 11, 25)


def said(convention, *codes):
    """The (code, severity, subject, sentence) of the findings on days, of these kinds."""
    return [
        (one.code, one.severity, one.subject, one.sentence)
        for one in periods.check(convention, TODAY)
        if one.code in codes
    ]


def with_terms(convention, **changes):
    return replace(convention, terms=replace(convention.terms, **changes))


def versions(*days):
    return replace(HP, versions=tuple(replace(HP.versions[0], on=day) for day in days))


def test_a_written_end_must_be_the_day_before_the_years_are_over():
    last = years_after(HP.starts, 4) - timedelta(days=1)
    assert said(with_terms(HP, years=4, ends=last, tacit_renewal=False), "period") == []
    assert [one[2] for one in said(with_terms(HP, years=4, ends=last + timedelta(days=1)), "period")] == ["ends"]
    assert said(with_terms(HP, years=None, ends=last + timedelta(days=1), tacit_renewal=False), "period") == []


@pytest.mark.parametrize(
    ("signed", "start_is", "told"),
    [
        (HP.starts, "text", False),
        (HP.starts + timedelta(days=1), "text", True),
        (HP.starts + timedelta(days=1), "signature", False),
    ],
)
def test_a_signature_after_the_day_that_the_text_gives_is_told(signed, start_is, told):
    found = said(with_terms(HP, signed_on=signed, start_is=start_is), "period")
    assert [one[:3] for one in found] == ([("period", "remarque", "signed_on")] if told else [])


def test_a_text_without_day_of_signature_is_told_with_what_is_legible_or_without():
    ((_, _, _, sentence),) = said(with_terms(HP, signed_on=None, signature=None), "unsigned")
    assert sentence == "Le texte ne montre pas le jour où l’accord a été signé."
    assert said(with_terms(HP, signed_on=HP.starts), "unsigned") == []


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        ((HP.starts,), []),
        ((HP.starts + timedelta(days=1),), ["version-gap"]),
        ((HP.starts, HP.starts), ["version-overlap"]),
        ((HP.starts - timedelta(days=9), HP.starts), ["version-unused"]),
        ((HP.starts - timedelta(days=9), HP.starts + timedelta(days=1)), []),
    ],
)
def test_the_first_version_covers_the_first_day_and_none_is_replaced_before_it(days, codes):
    assert [one[0] for one in said(versions(*days), "version-gap", "version-overlap", "version-unused")] == codes


def test_a_version_of_the_last_day_serves_one_day_and_one_of_the_day_after_none():
    ends = HP.starts + timedelta(days=100)
    ending = with_terms(versions(HP.starts, ends), ends=ends, tacit_renewal=False)
    assert said(ending, "version-unused") == []
    late = with_terms(versions(HP.starts, ends + timedelta(days=1)), ends=ends, tacit_renewal=False)
    assert [one[2] for one in said(late, "version-unused")] == [str(ends + timedelta(days=1))]


# --- fees -------------------------------------------------------------------------------------------------------------


def fees(*bands, year=2021):
    """The agreement with these bands (least, most) of users; each has its bounds in its clause."""
    model = ACAR.fees[0]
    made = []
    for least, most in bands:
        cited = replace(model.citation, quote=f"de {least} à {most} élèves")
        made.append(replace(model, least=least, most=most, year=year, citation=cited))
    return replace(ACAR, fees=tuple(made))


@pytest.mark.parametrize(
    ("bands", "gaps"),
    [
        (((None, 300), (301, None)), []),
        (((0, 300), (301, None)), []),
        (((1, 300), (301, None)), []),
        (((2, 300), (301, None)), ["1"]),
        (((3, 300), (301, None)), ["1-2"]),
        (((None, 300), (302, None)), ["301"]),
        (((None, 300), (303, 500)), ["301-302", "501-"]),
        (((301, None), (None, 300)), []),
    ],
)
def test_each_number_of_users_from_one_on_falls_in_a_band(bands, gaps):
    assert [one[2] for one in said(fees(*bands), "fee-gap")] == gaps


@pytest.mark.parametrize(
    ("bands", "overlaps"),
    [
        (((None, 300), (300, None)), ["300"]),
        (((None, 300), (299, 400)), ["299-300"]),
        (((None, None), (301, 400)), ["301-400"]),
        (((None, None), (301, None)), ["301-"]),
        (((None, 300), (None, 200)), ["0-200"]),
    ],
)
def test_a_number_of_users_in_two_bands_is_told(bands, overlaps):
    assert [one[2] for one in said(fees(*bands), "fee-overlap")] == overlaps


def test_users_are_told_as_people_count_them():
    sentences = [one[3] for one in said(fees((3, 300), (302, 500)), "fee-gap")]
    assert [sentence.split(" ne tombent")[0] for sentence in sentences] == [
        "De 1 à 2 utilisateurs",
        "301 utilisateurs",
        "Plus de 500 utilisateurs",
    ]


@pytest.mark.parametrize(
    ("quote", "least", "most", "wrong"),
    [
        ("moins de 300", None, 299, False),
        ("moins de 300", None, 300, False),
        ("moins de 300", None, 301, True),
        ("plus de 300", 301, None, False),
        ("plus de 300", 300, None, False),
        ("plus de 300", 299, None, True),
        ("de 1 000 à 2.000", 1000, 2000, False),
        ("de 1\u00a0000 à 2 000", 1000, 2000, False),
        ("sans aucun nombre", 5, 9, False),
    ],
)
def test_the_bounds_of_a_band_stand_in_its_clause_as_they_are_or_next_to_it(quote, least, most, wrong):
    model = ACAR.fees[0]
    one = replace(model, least=least, most=most, citation=replace(model.citation, quote=quote))
    assert bool(said(replace(ACAR, fees=(one,)), "fee-not-in-text")) is wrong


@pytest.mark.parametrize(("year", "told"), [(2020, True), (2021, False), (2022, True)])
def test_a_scale_of_a_year_outside_the_agreement_is_told(year, told):
    found = said(fees((None, None), year=year), "fee-year")
    assert [one[2] for one in found] == ([str(year)] if told else [])


def test_without_a_written_end_no_later_year_is_outside():
    endless = with_terms(fees((None, None), year=2050), ends=None, tacit_renewal=True)
    assert said(endless, "fee-year") == []
    early = with_terms(fees((None, None), year=1999), ends=None, tacit_renewal=True)
    assert "sans terme écrit" in said(early, "fee-year")[0][3]


# --- the school calendar ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "lacking"),
    [("2018-07-31", "2018-2019"), ("2018-08-01", "2017-2018")],
)
def test_a_school_year_begins_in_august(tmp_path, first, lacking):
    path = tmp_path / "school-calendar.toml"
    path.write_text(f'[[holiday]]\nzone = "B"\nname = "Été"\nfirst = {first}\nlast = 2018-08-05\n', encoding="utf-8")
    convention = with_terms(BDR, starts=date(2017, 9, 1), ends=date(2019, 7, 31), tacit_renewal=False)
    (found,) = periods.check_calendar(convention, TODAY, path)
    assert found.code == "calendar-gap" and f"ne dit rien de {lacking} :" in found.sentence


@pytest.mark.parametrize(("first", "told"), [("2018-12-06", False), ("2018-12-05", True)])
def test_holidays_may_touch_and_not_share_a_day(tmp_path, first, told):
    path = tmp_path / "school-calendar.toml"
    spans = (("Une", "2018-12-01", "2018-12-05"), ("Deux", first, "2018-12-20"))
    line = '[[holiday]]\nzone = "B"\nname = "{}"\nfirst = {}\nlast = {}\n'
    path.write_text("".join(line.format(*span) for span in reversed(spans)), encoding="utf-8")
    found = [one for one in periods.check_calendar(BDR, TODAY, path) if one.code == "calendar-overlap"]
    assert [one.subject for one in found] == (["Deux"] if told else [])
