"""Test the columns of a list of people: what the charter wants, employers, and roles and places by their names."""

from __future__ import annotations

import pytest

from charters.model import Role
from charters.people.accounts import WANTED
from ticketing.arrivals import employers, naming
from ticketing.arrivals.people_columns import COLUMNS
from ticketing.in_force.coverage import Places

PLACES = Places(
    academie=(("academie-valmont", "Académie de Valmont"),),
    departement=(("departement-rive", "Département de la Rive"),),
    etablissement=(
        ("0650001N", "Collège Desaix, Tarbes"),
        ("desaix-pau", "Collège Desaix, Pau"),
        ("victor-hugo", "Collège Victor Hugo, Pau"),
    ),
)
NAMES = naming.Names(PLACES)


def test_each_of_the_five_is_a_column_that_a_list_must_have():
    assert {name for name, column in COLUMNS.items() if column.wanted} == set(WANTED)


def test_no_heading_means_two_columns():
    headings = [heading for column in COLUMNS.values() for heading in column.headings]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    ("company", "kind", "external"),
    [
        ("Collège Desaix", "etablissement", False),
        ("Rectorat de Toulouse", "academie", False),
        ("Ministère de l’Éducation nationale", "etablissement", False),
        ("DSDEN 65", "etablissement", False),
        ("Acme Réseaux", "etablissement", True),
        ("Mendès et fils", "etablissement", True),
        ("Collège Desaix", "departement", True),
        ("", None, True),
    ],
)
def test_whose_employer_is_not_plainly_the_education_nationale_is_outside(company, kind, external):
    assert employers.external(company, kind) is external


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0650001n", "0650001N"),
        ("Collège Desaix, Tarbes", "0650001N"),
        ("COLLEGE DESAIX TARBES", "0650001N"),
        ("desaix pau", "desaix-pau"),
        ("victor-hugo", "victor-hugo"),
        ("Collège Victor Hugo", "victor-hugo"),
        ("departement de la rive", "departement-rive"),
    ],
)
def test_a_place_is_known_by_any_of_its_names(text, found):
    assert NAMES.place(text) == (found, "")


def test_a_place_that_two_share_or_nobody_has_is_told():
    assert NAMES.place("Collège Desaix")[0] == "" and "Plusieurs" in NAMES.place("Collège Desaix")[1]
    assert "« Collège Victor Hugo, Pau »" in NAMES.place("Colege Victor Hugo Pau")[1]
    assert NAMES.place("zzzz") == ("", "Aucun accord de l’académie ne nomme cela.")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_known_by_its_name_and_its_code(role):
    scope = next(key for key, kind in NAMES.kinds.items() if kind == role.scope_kind)
    for word in (role.value, naming.ROLES[role][0], naming.ROLES[role][0].upper()):
        assert NAMES.role(word, scope) == (role, "")


def test_a_technician_is_of_the_side_of_the_perimeter():
    assert NAMES.role("technicien", "departement-rive")[0] is Role.TECH_DEPARTEMENT
    assert NAMES.role("Technicienne", "academie-valmont")[0] is Role.TECH_ACADEMIE
    assert "de qui" in NAMES.role("technicien", "")[1]
    assert "un établissement" in NAMES.role("principal", "departement-rive")[1]
    assert "« référent »" in NAMES.role("referant", "departement-rive")[1]
