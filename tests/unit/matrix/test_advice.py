"""Contacts, opening hours, guidance and delays that an agreement gives."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from matrix import advice, load_conventions, model
from matrix.model import Citation, Contact, Guidance, Opening

PARIS = ZoneInfo("Europe/Paris")
CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
SAID = Citation(HP.id, "4", "derived", "numéro d’appel")
WEEK = (0, 1, 2, 3, 4)


def plain(text):
    """The text with ordinary spaces instead of no-break spaces."""
    return text.replace("\u00a0", " ")


def contact(party="departement", services=(), hours=None, label="Assistance"):
    spans = (("08:30", "12:30"), ("13:30", "17:00"))
    hours = (Opening(WEEK, spans),) if hours is None else hours
    return Contact(party, label, "05.49.06.63.60", "", hours, frozenset(services), (SAID,))


def told(name, services=("tablettes",), activities=(), when=(), hours=None, incident=""):
    return Guidance(name, name, f"{name}.", frozenset(services), frozenset(activities), when, (SAID,), hours, incident)


def at(*when):
    return datetime(*when, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "is_open", "status"),
    [
        (at(2026, 11, 25, 10, 0), True, "ouvert maintenant, jusqu’à 12 h 30"),
        (at(2026, 11, 25, 8, 30), True, "ouvert maintenant, jusqu’à 12 h 30"),
        (at(2026, 11, 25, 12, 30), False, "fermé, ouvre aujourd’hui à 13 h 30"),
        (at(2026, 11, 25, 17, 0), False, "fermé, rouvre demain à 8 h 30"),
        (at(2026, 11, 27, 18, 0), False, "fermé, rouvre lundi à 8 h 30"),
        (at(2026, 12, 24, 18, 0), False, "fermé, rouvre lundi à 8 h 30"),  # Christmas is a Friday
        (at(2026, 12, 25, 10, 0), False, "fermé ce jour férié, rouvre lundi à 8 h 30"),
        (datetime(2026, 7, 1, 15, 30, tzinfo=UTC), False, "fermé, rouvre demain à 8 h 30"),  # 17 h 30 in Paris
        (datetime(2026, 7, 1, 14, 30, tzinfo=UTC), True, "ouvert maintenant, jusqu’à 17 h"),
    ],
)
def test_open_or_when_it_next_opens(moment, is_open, status):
    found = advice.reach(contact(), moment)
    assert (found.open, plain(found.status)) == (is_open, status)


def test_a_contact_of_one_day_a_week_is_given_its_date():
    wednesdays = contact(hours=(Opening((2,), (("14:00", "16:00"),)),))
    status = advice.reach(wednesdays, at(2026, 11, 25, 16, 0)).status
    assert plain(status) == "fermé, rouvre le mercredi 2 décembre à 14 h"
    assert plain(advice.hours(wednesdays)) == "le mercredi de 14 h à 16 h"


def test_hours_in_words():
    assert plain(advice.hours(contact())) == "du lundi au vendredi de 8 h 30 à 12 h 30 et de 13 h 30 à 17 h"
    both = contact(hours=(Opening(WEEK, (("08:00", "17:30"),)), Opening((5,), (("09:00", "12:00"),))))
    assert plain(advice.hours(both)) == "du lundi au vendredi de 8 h à 17 h 30 ; le samedi de 9 h à 12 h"


def test_without_hours_nothing_is_said_of_being_open():
    found = advice.reach(contact(hours=()), at(2026, 11, 25, 10))
    assert (found.open, found.status, found.hours) == (None, "", "")


def test_the_contacts_of_the_party_those_that_name_the_service_first():
    general, named = contact(label="général"), contact(services=["tablettes"], label="tablettes")
    other, elsewhere = contact(services=["ent"], label="ent"), contact(party="academie", label="académie")
    agreement = replace(HP, contacts=(general, other, elsewhere, named))
    assert [one.label for one in advice.contacts(agreement, "departement", "tablettes")] == ["tablettes", "général"]
    assert [one.label for one in advice.contacts(agreement, "academie", "tablettes")] == ["académie"]
    assert advice.contacts(agreement, "region", "tablettes") == ()


PAID_BY_COLLEGE = model.Test("acquired_by", "Etab", "role")
IN_REFERENTIEL = model.Test("in_referentiel", True, "is")


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({}, ["always", "paid", "both"]),
        ({"acquired_by": None}, ["always", "paid", "both"]),
        ({"acquired_by": "college"}, ["always", "paid", "both"]),
        ({"acquired_by": "departement"}, ["always"]),
        ({"acquired_by": "college", "in_referentiel": True}, ["always", "paid", "both"]),
        ({"acquired_by": "college", "in_referentiel": False}, ["always", "paid"]),
        ({"in_referentiel": False}, ["always", "paid"]),
    ],
)
def test_guidance_applies_where_its_tests_hold_or_are_not_known(facts, names):
    agreement = replace(
        HP,
        guidance=(
            told("always"),
            told("paid", when=(PAID_BY_COLLEGE,)),
            told("both", when=(PAID_BY_COLLEGE, IN_REFERENTIEL)),
        ),
    )
    found = advice.guidance(agreement, CONVENTIONS.vocabulary, "tablettes", "mco", facts)
    assert [one.id for one in found] == names


def test_guidance_is_of_its_services_and_activities():
    agreement = replace(HP, guidance=(told("a"), told("b", activities=["mco"]), told("c", services=["ent"])))
    names = lambda activity: [  # noqa: E731
        one.id for one in advice.guidance(agreement, CONVENTIONS.vocabulary, "tablettes", activity, {})
    ]
    assert names("mco") == ["a", "b"]
    assert names("conseil") == ["a"]


def test_an_incident_chosen_leaves_the_others_out():
    agreement = replace(
        HP,
        guidance=(
            told("general"),
            told("theft", incident="vol"),
            told("loss", incident="perte"),
            told("plaint", incident="vol"),
        ),
    )
    assert advice.incidents(agreement, "tablettes", "mco") == ("vol", "perte")
    assert advice.incidents(agreement, "ent", "mco") == ()
    chosen = advice.guidance(agreement, CONVENTIONS.vocabulary, "tablettes", "mco", {}, "vol")
    assert [one.id for one in chosen] == ["general", "theft", "plaint"]


@pytest.mark.parametrize(
    ("begun", "ends", "words"),
    [
        (at(2024, 3, 12, 10, 0), at(2024, 3, 14, 10, 0), "le jeudi 14 mars, 10 h"),
        (at(2024, 3, 15, 10, 5), at(2024, 3, 17, 10, 5), "le dimanche 17 mars, 10 h 05"),
        (at(2024, 3, 30, 12, 0), at(2024, 4, 1, 13, 0), "le lundi 1er avril, 13 h"),  # an hour was skipped: 48 elapsed
    ],
)
def test_a_delay_in_hours_stops_for_nothing(begun, ends, words):
    found = advice.deadline(48, begun)
    assert found == ends and plain(advice.deadline_words(found)) == words


def test_the_whole_of_it():
    agreement = replace(HP, contacts=(contact(),), guidance=(told("theft", hours=48, incident="vol"), told("calm")))
    facts = {"acquired_on": date(2018, 1, 1)}
    answering = advice.contacts(agreement, "departement", "tablettes")
    assert [advice.reach(one, at(2026, 11, 25, 10)).open for one in answering] == [True]
    chosen = advice.guidance(agreement, CONVENTIONS.vocabulary, "tablettes", "mco", facts)
    hints = [advice.hint(one, at(2024, 3, 12, 10)) for one in chosen]
    assert [(one.id, one.by) for one in hints] == [("theft", at(2024, 3, 14, 10)), ("calm", None)]
    assert advice.incidents(agreement, "tablettes", "mco") == ("vol",)


def test_every_shipped_contact_says_when_it_answers_and_cites():
    for agreement in CONVENTIONS:
        for one in agreement.contacts:
            assert one.phone or one.online, one
            assert one.citations
            if one.hours:
                assert advice.next_opening(one, at(2026, 11, 25, 3)) is not None


@pytest.mark.parametrize(
    ("party", "facts", "incident", "hours"),
    [
        ("departement", {"acquired_by": "college"}, "", 24),  # the shortest of those that hold
        ("departement", {}, "", 72),  # a test whose fact is unknown sets no delay
        ("departement", {}, "vol", 12),
        ("departement", {"acquired_by": "departement"}, "casse", 72),
        ("academie", {}, "", None),  # the text binds another party
        ("college", {}, "vol", None),  # 48 hours bind the person, nobody who answers
    ],
)
def test_a_delay_binds_the_party_that_the_text_names_where_its_tests_are_known_to_hold(party, facts, incident, hours):
    def bound(name, hours, **more):
        return replace(told(name, hours=hours, **more), deadline_party="departement")

    agreement = replace(
        HP,
        guidance=(
            bound("repair", 72),
            bound("paid", 24, when=(PAID_BY_COLLEGE,)),
            bound("theft", 12, incident="vol"),
            told("complaint", hours=48, incident="vol"),
            replace(told("asked"), deadline_party="departement"),  # no delay at all
        ),
    )
    chosen = advice.guidance(agreement, CONVENTIONS.vocabulary, "tablettes", "mco", facts, incident)
    found = advice.promised(chosen, party, facts, incident)
    assert (found.deadline_hours if found else None) == hours


def test_no_agreement_that_ships_sets_a_delay_on_the_party_that_answers():
    """Their delays (48 hours to report, to complain) bind the person: nothing is promised on their tickets."""
    delays = [one for agreement in CONVENTIONS for one in agreement.guidance if one.deadline_hours is not None]
    assert delays and not [one.id for one in delays if one.deadline_party]
