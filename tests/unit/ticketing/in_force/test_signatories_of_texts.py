"""Who signs what: the rules of each agreement, for any place of its text."""

from datetime import date

import pytest

from charters.model import Actor, Mandate, Role
from matrix import load_conventions
from ticketing.in_force import signatories

ALL = load_conventions()
HP, DS, BDR, AIX = "hautes-pyrenees-2015", "deux-sevres-2017", "bouches-du-rhone-2017", "aix-en-provence-2017"


@pytest.mark.parametrize(
    ("convention", "kind", "refs", "parties"),
    [
        (DS, "avenant", ["5"], {"academie", "departement", "college", "canope"}),
        (DS, "avenant", [], {"academie", "departement", "college", "canope"}),
        (BDR, "avenant", ["P4.1"], {"academie", "departement"}),
        (BDR, "avenant", ["M5.4"], {"academie", "departement", "college"}),
        (BDR, "avenant", ["P4.1", "M3.1"], {"academie", "departement", "college"}),
        (BDR, "avenant", ["deliberation"], {"academie", "departement", "college"}),
        (HP, "annexe", ["annexe-2"], {"academie", "departement"}),
        (HP, "avenant", ["II.2"], {"academie", "departement"}),
        (AIX, "avenant", ["3.1"], {"academie", "commune"}),
    ],
)
def test_the_places_that_change_say_who_signs(convention, kind, refs, parties):
    assert {one.party for one in signatories.wanted(ALL, convention, kind, refs)} == parties


def test_a_change_bears_on_the_place_it_names_and_on_those_that_settled_the_cell():
    convention = ALL[BDR]
    before = next(cell for cell in convention.versions[0].cells.values() if cell.citations[0].ref.startswith("M"))
    assert signatories.touched(convention, "P4.1", before)[0] == "P4.1"
    assert any(ref.startswith("M") for ref in signatories.touched(convention, "P4.1", before))


def actor(role, scope):
    return Actor(1, "x.y", "X Y", False, Mandate(1, role, scope, date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("role", "scope", "convention", "party"),
    [
        (Role.ADMINISTRATEUR, "academie-poitiers", DS, "academie"),
        (Role.REFERENT, "departement-deux-sevres", DS, "departement"),
        (Role.CHEF, "college-lezay", DS, "college"),
        (Role.REFERENT, "reseau-canope", DS, "canope"),
        (Role.CHEF, "0131266F", BDR, "college"),
        (Role.ADMINISTRATEUR, "reseau-canope", DS, None),
        (Role.TECH_DEPARTEMENT, "departement-deux-sevres", DS, None),
        (Role.CHEF, "desaix-tarbes", HP, None),
        (Role.CMI, "college-lezay", DS, None),
        (Role.REFERENT, "region-midi-pyrenees", HP, None),
    ],
)
def test_each_side_signs_by_its_own_role(role, scope, convention, party):
    found = signatories.signatory(actor(role, scope), ALL, convention)
    assert (found and found.party) == party
    if found is not None:
        assert found.organisation == scope and found.organisations == (scope,)


def test_only_the_academie_and_the_other_parties_write():
    wanted = {Role.ADMINISTRATEUR: True, Role.REFERENT: True, Role.CHEF: False}
    assert {role: signatories.writes(actor(role, "x")) for role in wanted} == wanted


def test_the_places_of_a_rule_are_told_in_french():
    told = [signatories.places(one) for one in signatories.rules(ALL[BDR])]
    assert told == ["les articles du partenariat", "les articles de la convention tripartite"]
