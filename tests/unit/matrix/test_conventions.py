"""What the agreements say together of an établissement: the body behind a party, and who may open tickets."""

from __future__ import annotations

from dataclasses import replace

from matrix import load_conventions

ALL = load_conventions()
HP = "hautes-pyrenees-2015"


def test_the_body_behind_a_party_is_found_in_any_agreement_of_the_place():
    assert ALL.organisation(None, "academie", "desaix-tarbes") == ("academie-toulouse", "Académie de Toulouse")
    assert ALL.organisation("autre-2020", "college", "desaix-tarbes") == ("desaix-tarbes", "Collège Desaix, Tarbes")


def test_a_party_of_no_agreement_of_the_place_keeps_its_id():
    assert ALL.organisation(None, "mairie", "desaix-tarbes") == ("mairie", "mairie")


def test_a_party_that_only_the_second_agreement_names_is_found_there():
    one = ALL[HP]
    first = replace(one, id="autre-2020", parties={name: one.parties[name] for name in ("academie", "college")})
    both = ALL.with_conventions([first, one])
    assert both.organisation(None, "region", "desaix-tarbes") == ("region-midi-pyrenees", "Région Midi-Pyrénées")


def test_annexe_5_restricts_the_roles_that_it_names_and_no_other():
    assert ALL.opens("reseau", "desaix-tarbes") == ALL[HP].opens["reseau"]
    assert ALL.opens("direction", "desaix-tarbes") is None
    assert ALL.opens("reseau", "college-lezay") is None, "its agreement has no annexe 5"


def test_only_an_agreement_with_annexe_2_bis_has_kinds_of_users():
    assert len(ALL.categories("desaix-tarbes")) == 15
    assert ALL.categories("college-lezay") == () == ALL.categories("inconnu")


def test_the_body_behind_a_role_is_the_etablissement_s_own():
    department = ("departement-hautes-pyrenees", "Département des Hautes-Pyrénées")
    assert ALL.organisation(HP, "CL", "desaix-tarbes") == department
    assert ALL.organisation(HP, "departement", "desaix-tarbes") == department
    assert ALL.organisation(HP, "Etab", "desaix-tarbes") == ("desaix-tarbes", "Collège Desaix, Tarbes")
