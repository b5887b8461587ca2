"""The proof tries every class that the rules distinguish, finds planted faults, and has sound classes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from harness import processor
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix import Request, Router, checks, load_conventions
from matrix.changes import CellChange, cell_of
from matrix.checks import classes, lint
from matrix.checks.proof import prove
from matrix.days import SchoolCalendar
from matrix.model import FACTS, Case, Decision
from matrix.model import Test as Asked
from matrix.terms import in_force

pytestmark = pytest.mark.slow

ALL = load_conventions()
HP = ALL["hautes-pyrenees-2015"]
#: The agreement with few cells, which is proved in an instant.
_KEPT = {key: cell for key, cell in HP.versions[0].cells.items() if key[0] in ("antivirus", "vie-scolaire-prive")}
SMALL = replace(
    HP,
    sections=(),
    transfers=(),
    replaceables=(),
    versions=(replace(HP.versions[0], cells=_KEPT),),
)
TODAY = date(2026, 11, 25)


def planted(key, *cases, **more):
    """The agreement with one cell that has these cases."""
    version = SMALL.versions[0]
    cited = tuple(replace(case, citations=case.citations or (HP.object_clause,)) for case in cases)
    cell = replace(version.cells[key], value="selon", cases=cited, **more)
    return replace(SMALL, versions=(replace(version, cells={**version.cells, key: cell}),))


def faults(*conventions):
    return [one for one in prove(ALL.with_conventions(conventions), [conventions[0].id])[1] if one.code == "proof"]


# --- how much ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    """The proof of all that ships, and the processor time that it took."""
    with processor.measured() as spent:
        proved = prove(ALL, ALL.ids)
    return *proved, spent


def test_every_combination_of_what_ships_has_one_outcome(whole):
    proofs, found, total, _ = whole
    assert found == []
    assert total == sum(one.combinations for one in proofs)  # no établissement is under two of them
    for proof in proofs:
        assert sum(count for _, count in proof.statuses) == proof.combinations


def test_the_counts_are_those_of_the_rules(whole):
    proofs = {one.convention: one for one in whole[0]}
    hp = proofs[HP.id]
    assert hp.places == 2  # the cités scolaires, and the others
    # Before; in force, with each set of what can be recorded (two or four); ended.
    assert hp.moments == (1 + 2 + 1) + (1 + 4 + 1)
    assert proofs["bouches-du-rhone-2017"].places == 2  # public, private
    assert proofs["deux-sevres-2017"].moments == 3  # before, in force, ended: it renews itself
    for name, proof in proofs.items():
        cells = len(ALL.services) * len(ALL.activities)
        assert proof.combinations >= proof.moments * cells * 2, name


def test_the_space_is_the_product_of_the_classes():
    place = "marechal-foch-arreau"
    moment = next(one for one in classes.moments(ALL, place) if in_force(HP, one.first) and not one.recorded)
    found = classes.parts(ALL, place, moment, "equipement-bureautique", "mco")
    sizes = [len(values) for values in classes.axes(ALL, found)]
    # Each of the 15 lines is cited by itself; the établissement paid or another; two sides of a day; yes and no; one
    # class where no rule asks; and of each « not known ».
    assert sizes == [16, 3, 3, 3, 2, 2, 3]
    assert len(set(classes.combinations(classes.axes(ALL, found), True))) == 16 * 3 * 3 * 3 * 2 * 2 * 3
    ds = ALL["deux-sevres-2017"]
    moment = next(one for one in classes.moments(ALL, "college-lezay") if in_force(ds, one.first) and not one.recorded)
    found = classes.parts(ALL, "college-lezay", moment, "equipement-bureautique", "acquisition")
    # There an EN payer is a class too; a commune or a région is in the Département's class.
    assert classes.axes(ALL, found)[1] == (None, "academie", "departement", "college")


def test_lint_with_its_enumeration_takes_less_than_ten_seconds(whole, monkeypatch):
    *proved, proving = whole
    monkeypatch.setattr(checks, "prove", lambda *asked: proved if asked == (ALL, ALL.ids) else [])
    with processor.measured() as linting:
        report = lint(ALL, ALL.ids, on=TODAY)
    assert report.sound and report.combinations > 100_000
    assert linting.seconds + proving.seconds < 10


# --- what it finds ----------------------------------------------------------------------------------------------------


def test_a_party_that_is_none_is_found():
    [found] = faults(planted(("antivirus", "mco"), Case((), "routed", "commune", ())))
    assert found.severity == "erreur" and "commune" in found.sentence
    assert found.cells == (("antivirus", "mco"),) and found.file == f"{HP.id}/cells.toml" and found.items


def test_an_answer_without_a_clause_is_found():
    version = SMALL.versions[0]
    cell = version.cells["antivirus", "mco"]
    bare = replace(cell, citations=(), cases=(Case((), "routed", "departement", ()),))
    broken = replace(SMALL, versions=(replace(version, cells={**version.cells, ("antivirus", "mco"): bare}),))
    assert ["clause" in one.sentence for one in faults(broken)] == [True]


def test_an_unknown_outcome_is_found():
    [found] = faults(planted(("antivirus", "mco"), Case((), "perdu", None, (HP.object_clause,))))
    assert "perdu" in found.sentence


def test_a_route_that_raises_is_told_as_a_finding(monkeypatch):
    real = Router.route

    def failing(self, request):
        if request.service == "antivirus" and request.inventoried:
            raise ZeroDivisionError("panne")
        return real(self, request)

    monkeypatch.setattr(Router, "route", failing)
    found = faults(SMALL)
    assert len(found) == len(ALL.activities) and all("panne" in one.sentence for one in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"missing": ()}, "l’inverse"),
        ({"missing": ("acquired_by", "inventoried")}, "il est demandé"),
        ({"candidates": ("college",)}, "parties annoncées"),
        ({"status": "routed", "missing": (), "party": "college"}, "il est demandé rien"),
    ],
)
def test_a_wrong_question_is_found(monkeypatch, change, said):
    real = Router.route

    def wrong(self, request):
        decision = real(self, request)
        if decision.status == "needs_info" and request.service == "vie-scolaire-prive":
            return replace(decision, **change)
        return decision

    monkeypatch.setattr(Router, "route", wrong)
    assert any(said in one.sentence for one in faults(SMALL))


def test_an_answer_that_changes_from_one_time_to_the_next_is_found(monkeypatch):
    real, turns = Router.route, itertools.count()

    def fickle(self, request):
        decision = real(self, request)
        wanted = request.service == "antivirus" and decision.status == "routed"
        return replace(decision, party="college") if wanted and next(turns) % 2 else decision

    monkeypatch.setattr(Router, "route", fickle)
    assert any("ne donnent pas la même réponse" in one.sentence for one in faults(SMALL))


def test_a_fact_that_no_rule_asks_may_not_change_the_answer(monkeypatch):
    real = Router.route

    def swayed(self, request):
        decision = real(self, request)
        wanted = request.service == "antivirus" and decision.status == "routed" and request.under_warranty
        return replace(decision, party="college") if wanted else decision

    monkeypatch.setattr(Router, "route", swayed)
    assert any("aucune règle n’interroge" in one.sentence for one in faults(SMALL))


def test_two_agreements_that_answer_differently_are_two_parties_for_one_thing():
    says = CellChange(service="antivirus", activity="mco", value="EN", ref="1", quote="mots")
    version = replace(HP.versions[0], cells={("antivirus", "mco"): cell_of(HP, says)})
    other = replace(SMALL, id="autre-2020", title="Un autre", exclusions={}, versions=(version,))
    conventions = ALL.with_conventions([SMALL, other])
    proofs, found, total = prove(conventions, [SMALL.id, other.id])
    assert [(one.code, one.subject) for one in found] == [("two-parties", "antivirus / mco")]
    assert "Un autre" in found[0].sentence and "departement" in found[0].sentence
    assert [one.combinations for one in proofs] == [total, total]  # each établissement is under both


# --- soundness of the classes -----------------------------------------------------------------------------------------


def request(service, activity, place="desaix-tarbes", opened_at=datetime(2026, 11, 20, 9, 30), **facts):
    return Request(etablissement=place, service=service, activity=activity, opened_at=opened_at, **facts)


ROUTER = Router(ALL)
CELLS = [
    (place, key)
    for one in ALL
    for place in one.etablissements
    for version in one.versions
    for key, cell in version.cells.items()
    if classes.tests(cell) or one.school_time
]
KEYS = st.one_of(
    st.sampled_from(CELLS),
    st.tuples(
        st.sampled_from(list(ALL.etablissements)),
        st.tuples(st.sampled_from(list(ALL.services)), st.sampled_from(list(ALL.activities))),
    ),
)
VALUES = st.fixed_dictionaries(
    {
        "user_category": st.none() | st.sampled_from(ALL.user_categories),
        "acquired_by": st.none() | st.sampled_from(classes.payers(ALL)),
        "acquired_on": st.none()
        | st.dates(date(2000, 1, 1), date(2040, 1, 1))
        | st.sampled_from([date(2015, 9, 1) + timedelta(days=days) for days in (-1, 0, 1)]),
        "inventoried": st.none() | st.booleans(),
        "in_referentiel": st.none() | st.booleans(),
        "experimentation": st.none() | st.booleans(),
        "under_warranty": st.none() | st.booleans(),
    }
)
TIMES = st.datetimes(datetime(2008, 1, 1), datetime(2040, 1, 1))
CLASSES = {place: one for one in classes.place_classes(ALL, ALL.ids) for place in one.members}


def standing_for(place, key, opened_at, facts):
    """The combination of the proof that represents a concrete request."""
    example = CLASSES[place].example
    day = opened_at.date()
    moment = next(one for one in classes.moments(ALL, example) if one.first <= day < one.until and not one.recorded)
    found = classes.parts(ALL, example, moment, *key)
    chosen = {}
    for fact, values in zip(FACTS, classes.axes(ALL, found), strict=True):
        wanted = classes.signature(ALL, found, fact, facts[fact])
        chosen[fact] = (
            None
            if facts[fact] is None
            else next(value for value in values[1:] if classes.signature(ALL, found, fact, value) == wanted)
        )
    at = moment.outside
    if classes.timed(found, example):
        zone = next(one.school_time.zone for one, _ in found if one.school_time)
        at = moment.inside if ALL.calendar.in_session(zone, opened_at) else moment.outside
    return request(*key, place=example, opened_at=at, **chosen)


@settings(max_examples=600, deadline=None)
@given(KEYS, TIMES, VALUES)
def test_any_values_of_one_class_are_answered_alike(where, opened_at, facts):
    place, key = where
    concrete: Decision = ROUTER.route(request(*key, place=place, opened_at=opened_at, **facts))
    assert concrete == ROUTER.route(standing_for(place, key, opened_at, facts))


def test_every_day_is_in_one_stretch_and_every_etablissement_in_one_class():
    for one in ALL:
        days = classes.stretches([one])
        assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(days))
    members = [place for one in classes.place_classes(ALL, ALL.ids) for place in one.members]
    assert sorted(members) == sorted(ALL.etablissements)


def test_without_a_calendar_nights_are_still_outside_school_time():
    bdr = ALL["bouches-du-rhone-2017"]
    alone = type(ALL)([bdr], ALL.vocabulary, SchoolCalendar())
    assert all(one.inside is None or one.inside.hour == 10 for one in classes.moments(alone, "0131266F"))


def test_a_test_on_one_category_is_a_class_of_its_own():
    key = ("antivirus", "mco")
    cases = (
        Case((Asked("user_category", "cdi", "is"),), "routed", "academie", ()),
        Case((), "routed", "departement", ()),
    )
    conventions = ALL.with_conventions([planted(key, *cases)])
    moment = next(one for one in classes.moments(ALL, "desaix-tarbes") if in_force(HP, one.first) and not one.recorded)
    values = classes.axes(conventions, classes.parts(conventions, "desaix-tarbes", moment, *key))[0]
    assert len(values) == 3 and "cdi" in values
    assert faults(planted(key, *cases)) == []  # and the router asks for it
