"""Who signs a change to an agreement, for whom an actor signs, and which places a change of annexe may touch (VII)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from charters.model import Actor, Mandate, Role
from matrix import load_conventions
from matrix.model import Citation
from ticketing.in_force import signatories

CONVENTIONS = load_conventions()
HP, DS, ACAR = "hautes-pyrenees-2015", "deux-sevres-2017", "acar-2021"


def actor(role: Role | None, scope: str = "") -> Actor:
    mandate = None if role is None else Mandate(1, role, scope, date(2026, 1, 1))
    return Actor(account_id=1, sigle="x", name="X", external=False, mandate=mandate, zone="internet")


def names(found):
    return [one.party for one in found]


def test_an_agreement_binds_each_side_once_and_its_etablissements_as_one():
    assert [(one.party, one.role, one.organisation) for one in signatories.bound(CONVENTIONS, HP)] == [
        ("academie", "EN", "academie-toulouse"),
        ("departement", "CL", "departement-hautes-pyrenees"),
        ("college", "Etab", "*"),
        ("region", "CL", "region-midi-pyrenees"),
    ]
    assert [one.name for one in signatories.bound(CONVENTIONS, DS)] == [
        "Académie de Poitiers",
        "Département des Deux-Sèvres",
        "Collège de Lezay",
        "Réseau Canopé",
    ]


def test_the_kinds_of_change_are_the_agreement_s():
    assert [(one.kind, one.signatories) for one in signatories.rules(CONVENTIONS[HP])] == [
        ("annexe", ("academie", "departement")),
        ("avenant", ("academie", "departement")),
    ]
    assert signatories.of_kind(CONVENTIONS[HP], "annexe")[0].refs and not signatories.of_kind(CONVENTIONS[DS], "annexe")
    assert signatories.rules(CONVENTIONS[ACAR])[0].signatories == ("academie", "etablissement")


def test_where_a_text_says_nothing_all_who_signed_change_it_together():
    silent = replace(CONVENTIONS[HP], terms=replace(CONVENTIONS[HP].terms, changes=()))
    (only,) = signatories.rules(silent)
    assert (only.kind, only.signatories, only.refs) == ("avenant", ("academie", "departement", "region"), ())
    assert only.citations == (silent.terms.modification,)
    unsaid = replace(silent, terms=replace(silent.terms, modification=None))
    assert signatories.rules(unsaid)[0].citations == ()
    region = replace(silent.parties["region"], contributor_only=True)
    helping = replace(silent, parties={**silent.parties, "region": region})
    assert signatories.rules(helping)[0].signatories == ("academie", "departement")


@pytest.mark.parametrize(
    ("kind", "ref", "allowed"),
    [
        ("annexe", "annexe-2", True),
        ("annexe", "annexe-2-note-4", True),
        ("annexe", "annexe-20", False),
        ("annexe", "II.2", False),
        ("annexe", "", True),
        ("avenant", "II.2", True),
        ("inconnu", "II.2", True),
    ],
)
def test_a_change_of_annexe_touches_the_annexes_alone(kind, ref, allowed):
    """Without a place, the cell is in the table, which is an annexe."""
    said = signatories.place_fault(CONVENTIONS[HP], kind, ref)
    assert (said is None) is allowed
    if ref == "II.2" and not allowed:
        assert "annexe 1" in said and said.endswith("« article II.2 » relève d’un avenant.")


def test_a_change_of_annexe_may_not_depart_from_what_an_article_settles():
    convention = CONVENTIONS[HP]
    article = Citation(HP, "II.2", "derived", "mots")
    annexe = Citation(HP, "annexe-2", "printed", "mots")
    cell = replace(
        next(iter(convention.versions[-1].cells.values())), provenance="derived", citations=(annexe, article)
    )
    assert signatories.beyond(convention, "annexe", cell) == (article,)
    assert signatories.beyond(convention, "annexe", replace(cell, citations=(article, article))) == (article,)
    assert signatories.beyond(convention, "annexe", replace(cell, provenance="printed")) == ()
    assert signatories.beyond(convention, "annexe", None) == ()
    assert signatories.beyond(convention, "avenant", cell) == ()
    case = replace(cell.cases[0], citations=(article,))
    assert signatories.beyond(convention, "annexe", replace(cell, citations=(), cases=(case,))) == (article,)


def test_those_who_must_approve_are_the_signatories_of_the_kind():
    assert names(signatories.wanted(CONVENTIONS, HP, "annexe")) == ["academie", "departement"]
    assert names(signatories.wanted(CONVENTIONS, DS, "avenant")) == ["academie", "departement", "college", "canope"]
    assert signatories.wanted(CONVENTIONS, DS, "annexe") == ()


@pytest.mark.parametrize(
    ("role", "scope", "party"),
    [
        (Role.ADMINISTRATEUR, "academie-toulouse", "academie"),
        (Role.REFERENT, "departement-hautes-pyrenees", "departement"),
        (Role.REFERENT, "region-midi-pyrenees", None),
        (Role.REFERENT, "academie-toulouse", None),
        (Role.ADMINISTRATEUR, "departement-hautes-pyrenees", None),
        (Role.ADMINISTRATEUR, "academie-poitiers", None),
        (Role.TECH_ACADEMIE, "academie-toulouse", None),
        (Role.CHEF, "desaix-tarbes", None),
        (None, "", None),
    ],
)
def test_an_administrator_signs_for_the_academie_a_referent_for_the_collectivite(role, scope, party):
    found = signatories.signatory(actor(role, scope), CONVENTIONS, HP)
    assert (found.party if found else None) == party


def test_an_actor_is_concerned_by_the_agreements_of_the_own_organisation():
    found = signatories.concerned(actor(Role.ADMINISTRATEUR, "academie-aix-marseille"), CONVENTIONS)
    assert [one.id for one in found] == [ACAR, "aix-en-provence-2017", "bouches-du-rhone-2017"]
    assert signatories.concerned(actor(None), CONVENTIONS) == ()
