"""How long an agreement binds: periods, renewals, ends, the last day of notice, and alerts."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from matrix import Recorded, Request, Router, load_conventions, terms
from matrix.days import months_after, years_after

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
DS = CONVENTIONS["deux-sevres-2017"]
END = Recorded("end", HP.id, date(2027, 1, 15))


def lasting(**changed):
    """The agreement with other terms."""
    return replace(HP, terms=replace(HP.terms, **changed))


FIXED = lasting(starts=date(2017, 7, 20), years=3, ends=date(2020, 7, 19), tacit_renewal=False, renewal=None)
UNENDING = lasting(years=None, ends=None, tacit_renewal=False, renewal=None)


@pytest.mark.parametrize(
    ("agreement", "day", "recorded", "reason"),
    [
        (HP, date(2015, 8, 31), (), "not_yet"),
        (HP, date(2015, 9, 1), (), "in_force"),
        (HP, date(2041, 1, 1), (), "in_force"),
        (HP, date(2027, 1, 14), (END,), "in_force"),
        (HP, date(2027, 1, 15), (END,), "ended"),
        (HP, date(2027, 1, 15), (replace(END, convention="autre"),), "in_force"),
        (HP, date(2027, 1, 15), (replace(END, kind="replaced", subject="magret"),), "in_force"),
        (FIXED, date(2020, 7, 19), (), "in_force"),
        (FIXED, date(2020, 7, 20), (), "lapsed"),
    ],
)
def test_in_force_or_not_and_why(agreement, day, recorded, reason):
    assert terms.reason(agreement, day, recorded) == reason
    assert terms.standing(agreement, day, recorded).in_force is (reason == "in_force")
    assert terms.in_force(agreement, day, recorded) is (reason == "in_force")


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2014, 1, 1), date(2015, 9, 1), date(2019, 8, 31)),
        (date(2019, 8, 31), date(2015, 9, 1), date(2019, 8, 31)),
        (date(2019, 9, 1), date(2019, 9, 1), date(2023, 8, 31)),
        (date(2026, 11, 25), date(2023, 9, 1), date(2027, 8, 31)),
        (date(2031, 8, 31), date(2027, 9, 1), date(2031, 8, 31)),
    ],
)
def test_a_tacit_renewal_makes_the_next_period(day, first, last):
    found = terms.standing(HP, day)
    assert (found.first, found.last, found.renews) == (first, last, True)


def test_the_periods_follow_each_other_without_gap_or_overlap():
    for years, start in ((1, date(2016, 2, 29)), (2, date(2017, 1, 1)), (4, date(2015, 9, 1)), (3, date(2019, 3, 31))):
        agreement = lasting(starts=start, years=years)
        day, ends = start, set()
        while day < start + timedelta(days=365 * 9):
            found = terms.standing(agreement, day)
            assert found.first <= day <= found.last
            ends.add((found.first, found.last))
            day += timedelta(days=1)
        ordered = sorted(ends)
        assert all(a[1] + timedelta(days=1) == b[0] for a, b in itertools.pairwise(ordered))
        assert ordered[0] == (start, years_after(start, years) - timedelta(days=1))


@pytest.mark.parametrize(
    ("last", "months"),
    [
        (date(2027, 8, 31), 6),
        (date(2028, 8, 31), 6),
        (date(2026, 12, 31), 2),
        (date(2027, 5, 31), 3),
        (date(2024, 2, 29), 12),
    ],
)
def test_the_last_day_of_notice_is_the_last_from_which_it_runs_out_in_time(last, months):
    agreement = lasting(starts=years_after(last + timedelta(days=1), -1), years=1, notice_months=months)
    found = terms.standing(agreement, last).notice_by
    assert months_after(found, months) <= last < months_after(found + timedelta(days=1), months)


def test_six_months_before_the_end_of_august_is_the_last_of_february():
    assert terms.standing(HP, date(2026, 11, 25)).notice_by == date(2027, 2, 28)


def test_what_comes_within_so_many_days_soonest_first():
    day = date(2026, 11, 25)
    assert terms.coming(HP, day, 90) == ()
    assert [(one.kind, one.on) for one in terms.coming(HP, day, 95)] == [("notice", date(2027, 2, 28))]
    both = terms.coming(HP, day, 365)
    assert [(one.kind, one.on) for one in both] == [("notice", date(2027, 2, 28)), ("renewal", date(2027, 9, 1))]
    assert all(one.citations and one.sentence.endswith(".") for one in both)
    assert "28 février 2027" in both[1].sentence and "article VI" in both[1].sentence
    assert "article V)" in both[1].sentence


def test_an_agreement_that_ended_or_has_not_begun_brings_nothing():
    assert terms.coming(HP, date(2015, 8, 1), 5000) == ()
    assert terms.coming(HP, date(2027, 2, 1), 5000, (END,)) == ()
    assert terms.coming(FIXED, date(2020, 7, 20), 5000) == ()


def test_a_recorded_end_takes_the_place_of_the_renewal():
    found = terms.coming(HP, date(2026, 11, 25), 365, (END,))
    assert [(one.kind, one.on) for one in found] == [("end", date(2027, 1, 14))]
    assert "enregistrée" in found[0].sentence


def test_an_end_is_told_six_months_ahead_a_renewal_twelve():
    assert [one.kind for one in terms.alerts(FIXED, date(2020, 1, 19))] == ["end"]
    assert terms.alerts(FIXED, date(2020, 1, 18)) == ()
    renewing = lasting(notice_months=None)
    assert [one.kind for one in terms.alerts(renewing, date(2026, 9, 1))] == ["renewal"]
    assert terms.alerts(renewing, date(2026, 8, 31)) == ()
    assert [one.kind for one in terms.alerts(HP, date(2026, 9, 1))] == ["renewal"]  # it gives the day of notice too
    assert [one.kind for one in terms.alerts(HP, date(2026, 8, 30))] == ["notice"]


def test_a_notice_that_is_past_is_said_so():
    assert "était à donner au plus tard le 28 février 2027" in terms.alerts(HP, date(2027, 3, 1))[0].sentence


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2015, 1, 1), "Prend effet le 1er septembre 2015 (article V)."),
        (date(2026, 11, 25), "du 1er septembre 2023 au 31 août 2027"),
    ],
)
def test_the_standing_in_a_sentence(day, words):
    assert words in terms.standing(HP, day).sentence


def test_the_router_and_the_terms_say_the_same():
    """A ticket is out of scope for its day exactly where the terms say that the agreement does not bind."""
    place = next(iter(HP.etablissements))
    for recorded in ((), (END,)):
        router = Router(CONVENTIONS, recorded)
        for day in (date(2015, 8, 31), date(2015, 9, 1), date(2027, 1, 14), date(2027, 1, 15), date(2030, 1, 1)):
            found = router.route(
                Request(
                    etablissement=place,
                    service="infrastructure-reseau",
                    activity="mco",
                    opened_at=datetime(day.year, day.month, day.day, 12),
                )
            )
            assert (found.status != "out_of_scope") is terms.in_force(HP, day, recorded)


def test_every_shipped_agreement_can_say_where_it_stands():
    for agreement in CONVENTIONS:
        for day in (date(2014, 1, 1), date(2018, 3, 1), date(2021, 3, 1), date(2026, 11, 25), date(2050, 1, 1)):
            found = terms.standing(agreement, day)
            assert found.sentence.endswith(".") and found.citations
            assert found.in_force == (found.reason == "in_force")


def test_what_comes_on_the_day_itself_is_still_to_come():
    assert [one.kind for one in terms.coming(HP, date(2027, 2, 28), 0)] == ["notice"]
    assert terms.coming(HP, date(2027, 3, 1), 0) == ()
    assert [one.kind for one in terms.coming(FIXED, date(2020, 7, 19), 0)] == ["end"]


def test_on_its_last_day_a_notice_can_still_be_given():
    assert "est à donner au plus tard le 28 février 2027" in terms.alerts(HP, date(2027, 2, 28))[0].sentence


@pytest.mark.parametrize(
    ("agreement", "day", "ends", "sentence"),
    [
        (
            HP,
            date(2026, 11, 25),
            (END,),
            "Depuis le 1er septembre 2015 ; dernier jour : 14 janvier 2027. Sa fin est enregistrée.",
        ),
        (
            HP,
            date(2027, 1, 15),
            (END,),
            "À compter du 15 janvier 2027 (dernier jour : 14 janvier 2027) : sa fin est enregistrée.",
        ),
        (
            HP,
            date(2026, 11, 25),
            (replace(END, on=date(2030, 1, 1)),),
            "Depuis le 1er septembre 2015. La période en "
            "cours va du 1er septembre 2023 au 31 août 2027, puis l’accord se renouvelle par tacite reconduction "
            "(article V).",
        ),
        (
            FIXED,
            date(2020, 1, 1),
            (),
            "Depuis le 20 juillet 2017 ; dernier jour : 19 juillet 2020, sans reconduction (article V).",
        ),
        (
            FIXED,
            date(2020, 7, 20),
            (),
            "À compter du 20 juillet 2020 (dernier jour : 19 juillet 2020), sa durée étant achevée (article V).",
        ),
        (UNENDING, date(2026, 11, 25), (), "Depuis le 1er septembre 2015, sans terme écrit (article V)."),
    ],
)
def test_the_whole_sentence_of_each_standing(agreement, day, ends, sentence):
    assert terms.standing(agreement, day, ends).sentence == sentence


def test_an_agreement_without_a_written_end_brings_nothing():
    found = terms.standing(UNENDING, date(2026, 11, 25))
    assert (found.in_force, found.last, found.renews, found.notice_by) == (True, None, False, None)
    assert terms.coming(UNENDING, date(2026, 11, 25), 5000) == ()
    assert terms.standing(UNENDING, date(2026, 11, 25), (END,)).last == date(2027, 1, 14)


def test_of_several_recorded_ends_the_earliest_counts_and_leaves_no_notice_to_give():
    later = replace(END, on=date(2027, 3, 1))
    found = terms.standing(HP, date(2026, 11, 25), (later, END))
    assert (found.last, found.renews, found.notice_by) == (date(2027, 1, 14), False, None)


@pytest.mark.parametrize(
    ("on", "last", "renews"),
    [
        (date(2027, 8, 31), date(2027, 8, 30), False),
        (date(2027, 9, 1), date(2027, 8, 31), False),  # with the period: it is not renewed
        (date(2027, 9, 2), date(2027, 8, 31), True),
    ],
)
def test_an_end_recorded_around_the_end_of_a_period(on, last, renews):
    """Regression: after an end recorded for 1 September, with the period, pages still announced a renewal."""
    found = terms.standing(HP, date(2026, 11, 25), (replace(END, on=on),))
    assert (found.last, found.renews) == (last, renews)
    kinds = {one.kind for one in terms.coming(HP, date(2026, 11, 25), 365, (replace(END, on=on),))}
    assert kinds == ({"notice", "renewal"} if renews else {"end"})


def test_a_notice_for_breach_is_no_notice_against_a_renewal():
    """Regression: VI ends the agreement where a clause is not kept, and was told as the notice against its renewal."""
    notice, renewal = terms.coming(HP, date(2026, 11, 25), 365)
    breach = (
        "Le texte ne prévoit pas de préavis contre la reconduction\u00a0: il prévoit une résiliation pour "
        "non-respect d’une clause, après un préavis de 6 mois resté sans effet (article VI). "
        "Pour qu’il s’achève avant cette échéance, ce préavis est à donner au plus tard le 28 février 2027."
    )
    assert notice.sentence == f"{breach} L’accord se renouvelle le 1er septembre 2027."
    assert renewal.sentence == f"Se renouvelle le 1er septembre 2027 par tacite reconduction (article V). {breach}"


def test_the_sentences_of_what_comes():
    notice, renewal = terms.coming(DS, date(2026, 10, 1), 100)
    assert notice.sentence.startswith("Pour y mettre fin à cette échéance, le préavis de 2 mois est à donner au plus ")
    assert notice.sentence.endswith(". Sans cela, il se renouvelle le 1er janvier 2027.")
    assert renewal.sentence.startswith("Se renouvelle le 1er janvier 2027 par tacite reconduction (article 12) ; pour")
    (end,) = terms.coming(FIXED, date(2020, 7, 1), 30)
    out = "N’est plus en vigueur à compter du 20 juillet 2020 (dernier jour : 19 juillet 2020)"
    assert (end.on, end.sentence) == (date(2020, 7, 19), f"{out}, sans reconduction (article V).")
    (recorded,) = terms.coming(HP, date(2026, 11, 25), 365, (END,))
    out = "N’est plus en vigueur à compter du 15 janvier 2027 (dernier jour : 14 janvier 2027)"
    assert (recorded.on, recorded.sentence) == (date(2027, 1, 14), f"{out} : sa fin est enregistrée.")
    assert [one.citations for one in (end, recorded)] == [(FIXED.terms.duration,), (HP.terms.duration,)]


def test_a_renewal_without_a_written_notice_is_said_alone():
    (renewal,) = terms.coming(lasting(notice_months=None), date(2026, 11, 25), 365)
    assert renewal.sentence == "Se renouvelle le 1er septembre 2027 par tacite reconduction (article V)."


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 10, 31), "pour"),
        (date(2026, 11, 1), "le préavis pour cette échéance était à donner au plus tard le 31 octobre 2026."),
    ],
)
def test_once_the_day_of_notice_is_past_its_renewal_says_so(day, said):
    """The agreement of the Deux-Sèvres is renewed each 1 January, with two months of notice (articles 12 and 13)."""
    (renewal,) = [one for one in terms.coming(DS, day, 365) if one.kind == "renewal"]
    renews = "Se renouvelle le 1er janvier 2027 par tacite reconduction (article 12)"
    assert renewal.sentence.startswith(f"{renews} ; {said}")
