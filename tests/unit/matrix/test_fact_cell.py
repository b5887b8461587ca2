"""A cell whose answer depends on facts, asked directly: what it takes as known, what it asks for, who is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from matrix import Request, Router, load_conventions
from matrix.model import Case, Cell, Citation, Contributor, Transfer, Warning
from matrix.model import Test as Asked
from matrix.places import Passing
from matrix.request_facts import USER_GROUPS
from matrix.router.fact_cell import CellContext, FactCell

ALL = load_conventions()
HP = ALL["hautes-pyrenees-2015"]
PLACE = next(one for one in HP.etablissements.values() if one.sector == "public")
SAID = Citation(HP.id, "II.2", "printed", "mots")
HELP = Citation(HP.id, "II.3", "printed", "aide")
MOVED = Citation(HP.id, "I.2", "printed", "passe à la Région")
STOPS = Asked("experimentation", True, "is")
COVERED = Asked("under_warranty", True, "is")
KNOWN = Asked("in_referentiel", True, "is")


def routed(party, *tests, **more):
    return Case(tests, "routed", party, (SAID,), **more)


def cell(*cases, convention=HP, moves=(), place=PLACE, warnings=(), vocabulary=ALL.vocabulary, assume=()):
    """A cell of these cases, in a convention, after the transfers that hold: (from, to) each."""
    context = CellContext(convention, "2015-09-01", place, warnings)
    said = Cell("antivirus", "mco", "selon", "printed", cases, (SAID,), assume)
    holding = tuple(
        Transfer(frozenset({"antivirus"}), "mco", source, target, "transfer", (MOVED,)) for source, target in moves
    )
    return FactCell(context, Passing(place, convention, holding, ()).at(said), vocabulary)


def test_a_party_whose_maintenance_passed_gives_way_where_it_is_named():
    moves = [("departement", "region")]
    decision = cell(routed("departement"), moves=moves).work_out({})
    assert (decision.status, decision.party) == ("routed", "region")
    assert decision.citations == (MOVED, SAID)


@pytest.mark.parametrize("status", ["to_qualify", "arbitration", "not_applicable"])
def test_an_answer_that_routes_to_nobody_stays_with_the_desk_whatever_passed_to_another_party(status):
    moves = [(HP.desk, "region")]
    decision = cell(Case((), status, None, (SAID,)), moves=moves).work_out({})
    assert (decision.status, decision.party) == (status, HP.desk)
    assert MOVED not in decision.citations


def test_a_contributor_is_named_where_all_its_conditions_hold():
    both = cell(routed("departement", contributors=(Contributor("academie", (COVERED, KNOWN), (HELP,)),)))
    named = both.work_out({"under_warranty": True, "in_referentiel": True})
    assert named.contributors == ("academie",) and named.citations == (SAID, HELP)
    for facts in ({"under_warranty": True, "in_referentiel": False}, {"in_referentiel": True}, {}):
        decision = both.work_out(facts)
        assert (decision.contributors, decision.citations) == ((), (SAID,))


def test_the_party_that_answers_is_not_its_own_contributor():
    helpers = (Contributor("departement", (), (HELP,)), Contributor("academie", (), (SAID,)))
    assert cell(routed("departement", contributors=helpers)).work_out({}).contributors == ("academie",)
    moves = [("departement", "academie")]
    assert cell(routed("departement", contributors=helpers), moves=moves).work_out({}).contributors == ("departement",)


def test_a_contributor_that_only_one_of_the_possible_cases_wants_is_not_named():
    helping = routed("departement", COVERED, contributors=(Contributor("academie", (), (HELP,)),))
    unknown = cell(helping, routed("departement"))
    decision = unknown.work_out({})
    assert (decision.status, decision.party, decision.contributors) == ("routed", "departement", ())
    assert unknown.work_out({"under_warranty": True}).contributors == ("academie",)
    backwards = cell(routed("departement", Asked("under_warranty", False, "is")), helping)
    assert backwards.work_out({}).contributors == ()


def test_a_category_that_the_agreement_does_not_list_is_one_of_the_possible_users():
    """Where both sides have one answer, a user of neither side still has another."""
    cases = [routed("departement", Asked("user_category", side, "administrative")) for side in (True, False)]
    stranger = replace(ALL.vocabulary, user_categories=(*ALL.vocabulary.user_categories, "visiteur", "stagiaire"))
    decision = cell(*cases, vocabulary=stranger).work_out({})
    assert (decision.status, decision.missing) == ("needs_info", ("user_category",))
    assert decision.candidates == ("departement", HP.desk)
    assert cell(*cases).work_out({}).status == "routed", "every category of the vocabulary is listed"


def test_a_category_that_a_case_names_is_tried_once_as_itself():
    """The stranger is one that no case names: « visiteur » alone leaves nobody else without an answer."""
    cases = [routed("departement", Asked("user_category", side, "administrative")) for side in (True, False)]
    named = routed("departement", Asked("user_category", "visiteur", "is"))
    vocabulary = replace(ALL.vocabulary, user_categories=(*ALL.vocabulary.user_categories, "visiteur"))
    assert cell(named, *cases, vocabulary=vocabulary).work_out({}).status == "routed"


def test_each_side_of_the_categories_is_tried_by_a_line_that_no_case_names():
    first = next(line.id for line in HP.categories.values() if line.administrative)
    named = routed("academie", Asked("user_category", first, "is"))
    others = [routed("departement", Asked("user_category", side, "administrative")) for side in (True, False)]
    decision = cell(named, *others).work_out({})
    assert (decision.status, set(decision.candidates)) == ("needs_info", {"academie", "departement"})


def test_a_group_of_users_settles_what_all_its_lines_agree_on():
    sides = [
        routed("academie", Asked("user_category", True, "administrative")),
        routed("departement", Asked("user_category", False, "administrative")),
    ]
    asked = cell(*sides)
    assert asked.work_out({}).missing == ("user_category",)
    assert asked.work_out({"user_category": "classe"}).party == "departement"
    assert asked.work_out({"user_category": "administration"}).party == "academie"


def test_a_line_of_a_group_that_answers_otherwise_is_asked_for_with_the_clauses():
    named = routed("college", Asked("user_category", "eleves", "is"))
    decision = cell(named, routed("departement")).work_out({"user_category": "classe"})
    assert (decision.status, decision.missing) == ("needs_info", ("user_category",))
    assert set(decision.candidates) == {"college", "departement"} and decision.citations
    assert cell(named, routed("departement")).work_out({"user_category": "administration"}).party == "departement"


def test_a_contributor_that_hangs_on_the_users_side_is_named_for_a_group_of_that_side():
    helps = Contributor("academie", (Asked("user_category", True, "administrative"),), (HELP,))
    asked = cell(routed("departement", contributors=(helps,)))
    assert asked.work_out({"user_category": "administration"}).contributors == ("academie",)
    assert asked.work_out({"user_category": "classe"}).contributors == ()


@pytest.mark.parametrize("group", USER_GROUPS)
def test_in_every_agreement_a_group_decides_as_each_of_its_lines_or_asks_which(group):
    router = Router(ALL)
    for convention in ALL:
        place = next(iter(convention.etablissements))
        for service in ALL.services:
            for activity in ALL.activities:
                request = Request(
                    etablissement=place, service=service, activity=activity, opened_at=datetime(2026, 11, 20)
                )
                of_group = router.route(replace(request, user_category=group))
                lines = [router.route(replace(request, user_category=one)) for one in USER_GROUPS[group].members]
                answers = {(one.status, one.party, one.missing) for one in lines}
                if "user_category" in of_group.missing:
                    assert len(answers) > 1
                else:
                    assert answers == {(of_group.status, of_group.party, of_group.missing)}
                assert of_group.citations


def test_an_experimentation_that_nobody_mentions_is_taken_not_to_be_one():
    decision = cell(routed("academie", STOPS), routed("departement")).work_out({})
    assert (decision.status, decision.party) == ("routed", "departement")


def test_an_assumed_value_is_taken_where_the_fact_is_unknown_and_gives_way_to_a_known_one():
    assumed = cell(routed("academie", COVERED), routed("departement"), assume=(("under_warranty", True),))
    assert assumed.work_out({}).party == "academie"
    assert assumed.work_out({"under_warranty": False}).party == "departement"


def test_only_the_facts_that_change_the_answer_are_missing():
    """The second test never changes who answers, once the first holds or not."""
    decision = cell(routed("academie", COVERED, KNOWN), routed("academie", COVERED), routed("departement")).work_out({})
    assert (decision.status, decision.missing) == ("needs_info", ("under_warranty",))
    assert decision.party == HP.desk


def test_a_status_that_changes_with_a_fact_makes_it_missing_though_the_desk_answers_in_both():
    cases = (Case((COVERED,), "arbitration", None, (SAID,)), Case((), "to_qualify", None, (SAID,)))
    decision = cell(*cases).work_out({})
    assert (decision.status, decision.missing, decision.candidates) == (
        "needs_info",
        ("under_warranty",),
        (HP.desk,),
    )


def test_both_sides_of_a_day_are_tried_up_to_the_day_after_the_last():
    day = date(2015, 9, 1)
    for kind in ("after", "until"):
        found = cell(routed("academie", Asked("acquired_on", day, kind)), routed("departement"))
        assert found.work_out({}).missing == ("acquired_on",)
        assert set(found.work_out({}).candidates) == {"academie", "departement"}
    assert cell(routed("academie", Asked("acquired_on", day, "after"))).work_out({"acquired_on": day}).party == HP.desk


def test_payers_are_the_first_of_each_role_and_those_that_a_case_names():
    named = cell(routed("academie", Asked("acquired_by", "academie", "is")), routed("departement"))
    assert set(named.work_out({}).candidates) == {"academie", "departement"}
    roles = cell(routed("college", Asked("acquired_by", "Etab", "role")), routed("departement"))
    assert roles.work_out({}).candidates == ("college", "departement")


def test_of_two_collectivites_only_the_first_may_have_paid_unless_a_case_names_the_other():
    cases = [
        routed("departement", Asked("acquired_by", "departement", "is")),
        routed("college", Asked("acquired_by", "college", "is")),
    ]
    assert [name for name, body in HP.parties.items() if body.role == "CL"] == ["departement", "region"]
    assert set(cell(*cases).work_out({}).candidates) == {"departement", "college"}
    named = cell(*cases, routed("region", Asked("acquired_by", "region", "is")))
    assert set(named.work_out({}).candidates) == {"departement", "college", "region"}


def test_a_cell_with_no_case_for_the_facts_is_to_qualify_and_cites_itself_after_the_desk_clause():
    decision = cell(routed("academie", COVERED)).work_out({"under_warranty": False})
    assert (decision.status, decision.party) == ("to_qualify", HP.desk)
    assert decision.citations == (HP.desk_clause, SAID)
    beside = cell(Case((), "not_applicable", None, (SAID,))).work_out({})
    assert beside.citations == (SAID,), "nobody is needed for what is « sans objet »"


def test_the_line_of_a_known_user_is_cited_in_the_place_of_the_annexe():
    line = next(line for line in HP.categories.values() if line.administrative)
    annexe = replace(line.citation, quote="toute l’annexe")
    case = Case((Asked("user_category", True, "administrative"),), "routed", "departement", (annexe, SAID))
    found = cell(case, routed("academie"))
    assert found.work_out({"user_category": line.id}).citations == (line.citation, SAID)
    assert annexe in found.work_out({}).citations


def test_a_fact_that_no_case_tests_changes_nothing_and_is_not_asked():
    found = cell(routed("academie", COVERED), routed("departement"))
    assert found.asked == ("under_warranty",) and not found.constant
    assert cell(routed("departement")).constant
    assert not cell(routed("departement", contributors=(Contributor("academie", (COVERED,), ()),))).constant
    opened = datetime(2026, 11, 20, 9)
    asked = Request(etablissement=PLACE.id, service="antivirus", activity="mco", opened_at=opened)
    first = found.decide(replace(asked, under_warranty=True))
    assert found.decide(replace(asked, under_warranty=True, inventoried=True)) is first
    assert found.decide(replace(asked, under_warranty=False)).party == "departement"


@pytest.mark.parametrize("sector", ["public", "private"])
def test_a_private_place_is_warned_where_a_clause_speaks_of_public_ones_only(sector):
    agreement = replace(HP, public_only=frozenset({(SAID.ref, SAID.quote)}))
    usual = Warning("cite-scolaire", "…")
    place = replace(PLACE, sector=sector)
    decision = cell(routed("departement"), convention=agreement, place=place, warnings=(usual,)).work_out({})
    assert [one.code for one in decision.warnings] == ["cite-scolaire", "private"][: 1 if sector == "public" else 2]
    other = cell(routed("departement"), place=place, warnings=(usual,)).work_out({})
    assert other.warnings == (usual,), "the clause cited does not speak of public places"
