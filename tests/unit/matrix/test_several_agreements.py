"""An établissement under two agreements: an answer that names a party wins, different parties are a conflict."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from matrix import Request, Router, load_conventions
from matrix.changes import CellChange, cell_of
from matrix.model import Case
from matrix.model import Test as Asked

ALL = load_conventions()
HP = ALL["hautes-pyrenees-2015"]
OPENED = datetime(2026, 11, 20, 9, 30)


def ask(service, activity, second, **facts):
    """Route under Hautes-Pyrénées and a second agreement with `second` in the cell, in both orders of agreements."""
    cells = {(one.service, one.activity): cell_of(HP, one) for one in second}
    version = replace(HP.versions[0], cells=cells)
    other = replace(HP, id="autre-2020", sections=(), exclusions={}, versions=(version,), transfers=())
    request = Request(etablissement="desaix-tarbes", service=service, activity=activity, opened_at=OPENED, **facts)
    found = [Router(ALL.with_conventions(pair)).route(request) for pair in ((HP, other), (other, HP))]
    assert {(one.status, one.party, frozenset(one.candidates), one.missing) for one in found} == {
        (found[0].status, found[0].party, frozenset(found[0].candidates), found[0].missing)
    }
    return found[0]


def says(service, activity, value, **more):
    return CellChange(service=service, activity=activity, value=value, ref="1", quote="mots", **more)


def test_two_that_name_different_parties_are_a_conflict_held_by_the_desk():
    decision = ask("antivirus", "mco", [says("antivirus", "mco", "EN")])
    assert (decision.status, decision.party) == ("conflict", "academie")
    assert set(decision.candidates) == {"departement", "academie"}
    assert {"annexe-2", "1"} <= {citation.ref for citation in decision.citations}


def test_two_that_agree_are_both_cited():
    decision = ask("antivirus", "mco", [says("antivirus", "mco", "CL")])
    assert (decision.status, decision.party, decision.candidates) == ("routed", "departement", ())
    assert {"annexe-2", "1"} <= {citation.ref for citation in decision.citations}


@pytest.mark.parametrize(
    ("service", "activity"),
    [
        ("antivirus", "conseil"),  # a blank cell
        ("ent", "assistance"),  # excluded (I.1): another agreement may cover it
        ("infrastructure-reseau", "assistance"),  # « sans objet »
    ],
)
def test_one_that_names_a_party_stands_beside_one_that_names_none(service, activity):
    decision = ask(service, activity, [says(service, activity, "Etab")])
    assert (decision.status, decision.party) == ("routed", "college")


def test_a_blank_cell_beside_a_service_named_elsewhere_is_to_qualify():
    decision = ask("antivirus", "conseil", [says("antivirus", "mco", "CL")])
    assert (decision.status, decision.party) == ("to_qualify", "academie")


def test_what_hangs_on_a_fact_is_asked_before_it_is_called_a_conflict():
    second = [says("logiciels-pedagogiques", "acquisition", "CL")]
    decision = ask("logiciels-pedagogiques", "acquisition", second)
    assert (decision.status, decision.missing) == ("needs_info", ("acquired_by",))
    assert set(decision.candidates) == {"college", "departement"}
    assert ask("logiciels-pedagogiques", "acquisition", second, acquired_by="departement").status == "routed"
    assert ask("logiciels-pedagogiques", "acquisition", second, acquired_by="college").status == "conflict"


def test_facts_that_both_miss_are_asked_in_the_vocabulary_order():
    case = Case((Asked("under_warranty", True, "is"),), "routed", "academie", ())
    other = Case((), "routed", "departement", ())
    second = [says("equipement-bureautique", "mco", "selon", cases=(case, other))]
    decision = ask("equipement-bureautique", "mco", second)
    assert (decision.status, decision.missing) == ("needs_info", ("user_category", "under_warranty"))


@pytest.mark.parametrize(
    ("service", "activity", "value", "status", "party"),
    [
        ("antivirus", "mco", "arbitrage", "routed", "departement"),  # the named party wins
        ("antivirus", "conseil", "arbitrage", "arbitration", "academie"),  # over a blank cell
        ("infrastructure-reseau", "assistance", "arbitrage", "arbitration", "academie"),  # over « sans objet »
        ("antivirus", "conseil", "sans objet", "not_applicable", "academie"),
    ],
)
def test_the_strongest_word_stands(service, activity, value, status, party):
    decision = ask(service, activity, [says(service, activity, value)])
    assert (decision.status, decision.party) == (status, party)


def test_a_conflict_in_one_of_them_stays_one_where_the_desk_answers_in_the_other():
    second = [says("annuaire", "mco", "conflit", candidates=("academie", "departement"))]
    decision = ask("annuaire", "mco", second)
    assert (decision.status, set(decision.candidates)) == ("conflict", {"academie", "departement"})


def test_those_who_help_are_named_where_both_give_one_party_and_nowhere_else():
    place = ("logiciels-hors-catalogue", "installation")
    assert set(ask(*place, [says(*place, "Etab")]).contributors) == {"academie", "departement"}
    decision = ask(*place, [says(*place, "CL")])
    assert (decision.status, decision.contributors) == ("conflict", ())


def test_before_its_first_version_an_agreement_in_force_names_no_service():
    late = replace(HP, versions=(replace(HP.versions[0], on=date(2030, 9, 1)),))
    asked = Request(etablissement="desaix-tarbes", service="antivirus", activity="mco", opened_at=OPENED)
    decision = Router(ALL.with_conventions([late])).route(asked)
    assert (decision.status, decision.party, decision.convention) == ("out_of_scope", "academie", HP.id)
    assert [one.ref for one in decision.citations] == ["I.1"]
