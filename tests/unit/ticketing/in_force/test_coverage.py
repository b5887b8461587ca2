"""Whose people an administrator may read, where one agreement has two académies and several bodies of each party."""

from harness.places import ROOT

from matrix import load_conventions
from ticketing.in_force import campaign_scope
from ticketing.in_force.coverage import administered, covered, elsewhere

CONVENTIONS = load_conventions(ROOT / "tests" / "cases" / "accords")
SHIPPED = load_conventions()


def test_each_academie_reads_its_own_etablissements_and_what_binds_them():
    aval, amont = (covered(CONVENTIONS, name) for name in ("academie-aval", "academie-amont"))
    assert [key for key, _ in aval.academie] == ["academie-aval"]
    assert {key for key, _ in aval.etablissement} == {"ecole-tilleuls-orsel", "pre-orsel", "jean-vilar-orsel"}
    assert {key for key, _ in aval.departement} == {
        *("metropole-grand-val", "region-trois-vals", "gip-val-numerique", "commune-orsel", "departement-orselle"),
    }
    assert {key for key, _ in amont.etablissement} == {"ecole-jaures-pont-noir", "roche-pont-noir"}
    assert {"commune-orsel", "departement-orselle"} & amont.ids == set()
    assert administered(CONVENTIONS, "academie-amont") == amont.ids
    assert elsewhere(CONVENTIONS, "academie-amont") >= {"academie-aval", "pre-orsel", "commune-orsel"}


def test_a_partner_of_the_education_nationale_is_no_academie():
    poitiers = covered(SHIPPED, "academie-poitiers")
    assert dict(poitiers.academie) == {"academie-poitiers": "Académie de Poitiers"}
    assert "reseau-canope" in dict(poitiers.departement)
    assert covered(SHIPPED, "reseau-canope").etablissement == ()


def test_the_campaign_is_that_of_the_colleges_of_each_academie():
    assert campaign_scope.colleges(CONVENTIONS, "academie-aval") == {"pre-orsel"}
    assert campaign_scope.colleges(CONVENTIONS, "academie-amont") == {"roche-pont-noir"}
    assert CONVENTIONS.academies == ("academie-amont", "academie-aval")
