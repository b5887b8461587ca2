"""Edge cases of the router: time zones, first day of recorded facts, facts that it asks for, refusals."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from matrix import Recorded, Request, Router, UnknownEtablissement, load_conventions
from matrix.changes import CellChange, amended, filled
from matrix.model import Case
from matrix.model import Test as Asked

CONVENTIONS = load_conventions()
ROUTER = Router(CONVENTIONS)
HP = "hautes-pyrenees-2015"
CITE = "rene-billeres-argeles-gazost"
OPENED = datetime(2026, 11, 20, 9, 30)


def ask(service, activity, *, place="desaix-tarbes", opened=OPENED, router=ROUTER, **facts):
    return router.route(Request(etablissement=place, service=service, activity=activity, opened_at=opened, **facts))


@pytest.mark.parametrize(
    ("opened", "status"),
    [
        (datetime(2015, 8, 31, 21, 59, tzinfo=UTC), "out_of_scope"),  # 23:59 in Paris
        (datetime(2015, 8, 31, 22, 0, tzinfo=UTC), "routed"),  # midnight in Paris
        (datetime(2015, 8, 31, 12, 30, tzinfo=timezone(timedelta(hours=-10))), "routed"),
        (datetime(2015, 9, 1, 1, 0, tzinfo=timezone(timedelta(hours=9))), "out_of_scope"),
    ],
)
def test_days_are_those_of_paris(opened, status):
    assert ask("infrastructure-reseau", "mco", opened=opened).status == status


@pytest.mark.parametrize(("hour", "warned"), [(16, False), (17, False), (18, True)])
def test_hours_of_school_time_are_those_of_paris(hour, warned):
    """18:00 UTC is 19:00 in Paris in winter, when no collège is in session."""
    opened = datetime(2018, 3, 13, hour, 59 if hour == 17 else 0, tzinfo=UTC)
    decision = ask("tablettes", "mco", place="0131266F", opened=opened)
    assert bool(decision.warnings) is warned


@pytest.mark.parametrize(
    ("fact", "place", "service", "before", "after"),
    [
        (Recorded("transferred", HP, date(2026, 9, 1), CITE), CITE, "infrastructure-reseau", "departement", "region"),
        (
            Recorded("transferred", "autre", date(2026, 9, 1), CITE),
            CITE,
            "infrastructure-reseau",
            "departement",
            "departement",
        ),
        (Recorded("replaced", HP, date(2026, 9, 1), "magret"), "desaix-tarbes", "publication", "routed", "to_qualify"),
        (Recorded("replaced", HP, date(2026, 9, 1), "horus"), "desaix-tarbes", "publication", "routed", "routed"),
        (Recorded("end", HP, date(2026, 9, 1)), "desaix-tarbes", "antivirus", "routed", "out_of_scope"),
    ],
)
def test_what_is_recorded_counts_from_its_first_minute(fact, place, service, before, after):
    router = Router(CONVENTIONS, [fact])
    found = [
        ask(service, "mco", place=place, router=router, opened=moment)
        for moment in (datetime(2026, 8, 31, 23, 59), datetime(2026, 9, 1))
    ]
    said = [one.party if fact.kind == "transferred" else one.status for one in found]
    assert said == [before, after]


def test_once_passed_to_the_region_a_cite_is_warned_of_no_more():
    router = Router(CONVENTIONS, [Recorded("transferred", HP, date(2026, 9, 1), CITE)])
    assert ask("infrastructure-reseau", "mco", place=CITE, router=router).warnings == ()
    assert ask("infrastructure-reseau", "installation", place=CITE, router=router).warnings == ()


@pytest.mark.parametrize(
    ("service", "activity", "facts"),
    [
        ("equipement-bureautique", "mco", ("user_category", "acquired_by", "acquired_on", "inventoried")),
        ("equipement-bureautique", "acquisition", ()),
        ("logiciels-administratifs", "acquisition", ("acquired_by",)),
        ("ent", "mco", ()),
    ],
)
def test_the_facts_asked_for_are_those_that_can_change_the_answer(service, activity, facts):
    asked = Request(etablissement="desaix-tarbes", service=service, activity=activity, opened_at=OPENED)
    assert ROUTER.asked(asked) == facts


def test_a_version_counts_from_its_first_day_where_nothing_else_changes_then():
    change = CellChange(service="antivirus", activity="mco", value="EN", ref="1", quote="mots")
    amended_ = amended(CONVENTIONS[HP], date(2027, 3, 1), [change])
    router = Router(CONVENTIONS.with_conventions((amended_,)))
    found = [
        ask("antivirus", "mco", router=router, opened=moment)
        for moment in (datetime(2027, 2, 28, 23, 59), datetime(2027, 3, 1))
    ]
    assert [(one.party, one.version) for one in found] == [
        ("departement", "2015-09-01"),
        ("academie", "2027-03-01"),
    ]


def test_the_last_day_of_the_calendar_is_routed_as_the_days_before_it():
    for day in (29, 30, 31):
        assert ask("antivirus", "mco", opened=datetime(9999, 12, day)).status == "routed"


def test_an_unknown_etablissement_is_refused():
    with pytest.raises(UnknownEtablissement):
        ask("antivirus", "mco", place="nulle-part")


def test_the_answer_is_the_same_the_second_time():
    first = ask("equipement-bureautique", "mco", user_category="cdi", acquired_on=date(2015, 9, 1))
    again = ask("equipement-bureautique", "mco", user_category="cdi", acquired_on=date(2014, 1, 1))
    assert first is again, "two days on the same side of 1 September 2015 are one class"
    later = ask("equipement-bureautique", "mco", user_category="cdi", acquired_on=date(2015, 9, 2))
    assert later is not first


@pytest.mark.parametrize(
    ("category", "status", "party"),
    [("equipe-gestion", "routed", "college"), ("professeurs", "to_qualify", "academie")],
)
def test_where_no_case_of_a_cell_holds_the_desk_qualifies(category, status, party):
    cases = (Case((Asked("user_category", True, "administrative"),), "routed", "college", ()),)
    one = CellChange(service="inventaire", activity="conseil", value="selon", cases=cases)
    agreement = filled(CONVENTIONS[HP], CONVENTIONS[HP].versions[0].on, [one])
    router = Router(CONVENTIONS.with_conventions([agreement]))
    decision = ask("inventaire", "conseil", router=router, user_category=category)
    assert (decision.status, decision.party) == (status, party)
