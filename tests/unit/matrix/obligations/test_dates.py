"""The days of obligations in a school year: each rule of the agreements that ship, at its bounds, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from matrix import Recorded, load_conventions
from matrix.days import SchoolCalendar
from matrix.obligations import in_year, reminder_due, school_year, state

ALL = load_conventions()
HP, BDR, AIX, DS, ACAR = (
    ALL[one]
    for one in (
        "hautes-pyrenees-2015",
        "bouches-du-rhone-2017",
        "aix-en-provence-2017",
        "deux-sevres-2017",
        "acar-2021",
    )
)


def fallen(convention, year, planned=None, recorded=(), calendar=ALL.calendar):
    """(id, key) -> the occurrence, for a school year."""
    found = in_year(convention, year, calendar, planned, recorded)
    return {(one.obligation.id, one.key): one for one in found}


@pytest.mark.parametrize(
    ("on", "year"), [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 1, 1), 2026)]
)
def test_a_school_year_begins_on_the_first_of_september(on, year):
    assert school_year(on) == year


def test_the_october_lists_are_due_on_the_last_day_of_october():
    for name in ("liste-correspondants", "liste-gestionnaires"):
        one = fallen(HP, 2026)[name, "2026"]
        assert (one.first, one.last, one.due) == (date(2026, 10, 1), date(2026, 10, 31), date(2026, 10, 31))
        assert one.said == "Au mois d’octobre : au plus tard le 31 octobre 2026."


def test_the_socle_is_due_on_the_last_day_of_class_before_summer():
    # Summer begins on Saturday 3 July 2027 in zone C: the last day of class is Friday the 2nd.
    assert fallen(HP, 2026)["socle", "2026"].due == date(2027, 7, 2)
    # In 2018 it began on Saturday 7 July.
    assert fallen(BDR, 2017)["bilan-annuel", "2017"].due == date(2018, 7, 6)


def test_no_day_is_guessed_where_the_school_calendar_ends():
    one = fallen(HP, 2029, calendar=SchoolCalendar())["socle", "2029"]
    assert one.due is None
    assert "aucun jour n’est fixé" in one.said
    assert state(one, date(2030, 7, 1), done=False) == "undated"


def test_a_committee_of_once_a_year_has_no_day():
    one = fallen(HP, 2026)["comite-evaluation", "2026"]
    assert (one.due, one.first, one.last) == (None, date(2026, 9, 1), date(2027, 8, 31))
    assert "sans jour fixé par le texte" in one.said
    assert state(one, date(2027, 8, 31), done=False) == "undated"
    assert state(one, date(2027, 9, 1), done=False) == "unset"


def test_quarters_are_cut_to_the_days_of_the_agreement():
    spans = [
        (one.key, one.first, one.last) for (name, _), one in fallen(BDR, 2017).items() if name == "comite-pilotage"
    ]
    assert spans[0] == ("2017-T3", date(2017, 9, 15), date(2017, 9, 30))
    assert [key for key, _, _ in spans] == ["2017-T3", "2017-T4", "2018-T1", "2018-T2", "2018-T3"]
    last = fallen(BDR, 2019)["comite-pilotage", "2020-T3"]
    assert (last.first, last.due) == (date(2020, 7, 1), date(2020, 9, 14))


def test_every_quarter_of_an_agreement_falls_in_one_school_year():
    keys = [key for year in range(2016, 2022) for name, key in fallen(AIX, year) if name == "etat-avancement"]
    assert keys == [
        *("2017-T3", "2017-T4", "2018-T1", "2018-T2", "2018-T3", "2018-T4", "2019-T1"),
        *("2019-T2", "2019-T3", "2019-T4", "2020-T1", "2020-T2", "2020-T3"),
    ]


def test_a_convocation_has_a_day_once_its_meeting_has():
    name, key = "convocation-comite-pilotage", "2018-T1"
    assert fallen(BDR, 2017)[name, key].due is None
    told = fallen(BDR, 2017, {("comite-pilotage", key): date(2018, 3, 16)})
    assert told[name, key].due == date(2018, 3, 1)
    assert told[name, "2018-T2"].due is None


def test_what_an_event_brings_waits_for_it():
    waiting = fallen(HP, 2026)["abandon-plate-forme", "evenement"]
    assert (waiting.due, state(waiting, date(2026, 11, 30), done=False)) == (None, "awaited")
    told = fallen(HP, 2026, {("abandon-plate-forme", "evenement"): date(2027, 8, 31)})
    # Six whole months from 28 February end on 28 August; from 1 March they would end after 31 August.
    assert told["abandon-plate-forme", "evenement"].due == date(2027, 2, 28)


def test_the_financial_statement_is_due_when_the_agreement_ends():
    assert [year for year in range(2017, 2022) if ("bilan-financier", "terme") in fallen(BDR, year)] == [2020]
    assert fallen(BDR, 2020)["bilan-financier", "terme"].due == date(2020, 9, 14)


def test_a_recorded_end_ends_the_obligations():
    end = Recorded("end", HP.id, date(2026, 10, 1))
    assert fallen(HP, 2026, recorded=[end]).keys() & {("liste-correspondants", "2026"), ("socle", "2026")} == set()
    assert fallen(HP, 2027, recorded=[end]) == {}
    assert ("comite-evaluation", "2026") in fallen(HP, 2026, recorded=[end])


def test_a_civil_year_falls_once():
    keys = [(year, key) for year in range(2019, 2024) for name, key in fallen(ACAR, year) if name == "contribution"]
    assert keys == [(2020, "2021-civile")]


def test_a_lapsed_agreement_obliges_to_nothing():
    assert fallen(ACAR, 2026) == fallen(BDR, 2026) == fallen(AIX, 2026) == {}
    assert fallen(DS, 2026)


def test_states_follow_the_day():
    one = fallen(HP, 2026)["liste-correspondants", "2026"]
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    assert [state(one, day, done=False) for day in days] == ["coming", "soon", "soon", "past"]
    assert {state(one, day, done=True) for day in days} == {"done"}


def test_reminders_come_once_and_never_after_the_day():
    one = fallen(HP, 2026)["liste-correspondants", "2026"]
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 23), date(2026, 10, 24), date(2026, 10, 31)]
    assert [reminder_due(one, day) for day in days] == [None, 30, 30, 7, 7]
    assert reminder_due(one, date(2026, 11, 1)) is None
    assert reminder_due(replace(one, due=None), date(2026, 10, 24)) is None


def test_every_obligation_of_the_agreements_falls_somewhere():
    for convention in ALL:
        met = {name for year in range(2015, 2029) for name, _ in fallen(convention, year)}
        assert met == {one.id for one in convention.obligations}
        assert met
