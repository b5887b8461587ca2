"""Parties that the shared list lacks, and parties that are several bodies: each établissement reads its own names."""

import json
import re
from dataclasses import replace
from datetime import date, datetime

import pytest
from harness.agreements import cell, party, place, written
from harness.places import ROOT

from matrix import Request, RequestError, RequestReader, Router, load_conventions, wording
from matrix.checks import lint
from matrix.explain import payers, question, what_would_change, why
from matrix.files import ConventionError
from matrix.model import PartyBody


def asked(name, service="tablettes", **facts):
    return Request(etablissement=name, service=service, activity="mco", opened_at=datetime(2026, 1, 8), **facts)


def faults(root):
    with pytest.raises(ConventionError) as caught:
        load_conventions(root)
    return caught.value.faults


def own(name, role, called, organisation=None):
    keys = {"id": name, "role": role, "name": called, "organisation": organisation or name}
    return "\n[[party]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


METROPOLE = own("metropole", "CL", "Métropole du Val")
GIP = own("gip", "EN", "GIP Val Numérique")
SYNDICAT = own("syndicat-mixte", "CL", "Syndicat mixte du Val")


def test_a_metropole_owns_answers_contributes_and_pays(tmp_path):
    more = '[[cell.case]]\nwhen = { acquired_by = "metropole" }\nparty = "metropole"\n[[cell.case]]\nparty = "Etab"\n'
    places = place("pre-valmont", owner="metropole") + place("lac-valmont", owner="departement")
    cells = cell("CL", service="ent") + cell("selon", more=more)
    root = written(tmp_path, parties=("academie", "departement", METROPOLE, "college"), places=places, cells=cells)
    conventions = load_conventions(root)
    router = Router(conventions)
    assert router.route(asked("pre-valmont", "ent")).party == "metropole"
    assert router.route(asked("lac-valmont", "ent")).party == "departement"
    assert router.route(asked("pre-valmont")).missing == ("acquired_by",)
    bought = asked("lac-valmont", acquired_by="metropole")
    assert "car la Métropole du Val les a achetés" in why(router, bought, router.route(bought))
    labels = dict(question(conventions, asked("pre-valmont"), "acquired_by").options)
    assert labels["metropole"] == "La Métropole du Val"
    assert payers(conventions, "pre-valmont") == ("college", "academie", "metropole")


def test_a_syndicat_mixte_may_run_the_desk_and_a_gip_stand_beside_the_academie(tmp_path):
    head = 'owner = "departement"'
    parties = ("academie", "departement", SYNDICAT, GIP, "college")
    root = written(tmp_path, parties=parties, cells=cell("EN"), head=head)
    path = root / "essai-2025" / "convention.toml"
    path.write_text(path.read_text().replace('desk = "academie"', 'desk = "syndicat-mixte"'))
    conventions = load_conventions(root)
    router = Router(conventions)
    assert router.route(asked("un-valmont")).party == "academie", "« EN » is the académie, whatever else is EN"
    assert router.route(asked("un-valmont", "ent")).party == "syndicat-mixte"
    assert conventions.academie("un-valmont") == "academie-valmont"
    assert conventions.academies == ("academie-valmont",)


@pytest.mark.parametrize(
    ("written_party", "expected"),
    [
        (party("metropole"), "'metropole' inconnu ; attendu : academie"),
        (own("Métropole", "CL", "Métropole"), "'Métropole' inconnu ; attendu"),
        (own("metropole-de-la-grande-vallee", "CL", "Métropole"), "de 20 caractères au plus"),
        (own("metropole", "cl", "Métropole"), "« role » : 'cl' inconnu ; attendu : EN, CL, Etab"),
        (own("departement", "EN", "Département"), "'departement' est CL dans tous les accords ; attendu : CL, ou rien"),
        (own("metropole", "CL", "Métropole", "*"), "« organisation » : '*' pour un rôle CL ; attendu : l'identifiant"),
        (own("lycee", "Etab", "le lycée", "x"), "« organisation » : 'x' pour un rôle Etab ; attendu : « * »"),
        (
            own("metropole", "CL", "Métropole", "academie-valmont"),
            "'academie-valmont' est déjà « Académie de Valmont »",
        ),
    ],
)
def test_a_party_that_is_wrong_is_refused_with_its_line(tmp_path, written_party, expected):
    told = faults(written(tmp_path, parties=("academie", written_party, "college"), cells=cell("EN")))
    assert any(one.startswith("essai-2025/convention.toml:") and expected in one for one in told), told


def test_a_party_of_another_agreement_never_paid_here(tmp_path):
    written(tmp_path / "b", parties=("academie", "departement", "college"))
    root = written(tmp_path / "a", parties=("academie", METROPOLE, "college"), places=place("val-valmont"))
    path = tmp_path / "a" / "essai-2025"
    path.rename(tmp_path / "a" / "val-2025")
    toml = tmp_path / "a" / "val-2025" / "convention.toml"
    toml.write_text(toml.read_text().replace('id = "essai-2025"', 'id = "val-2025"'))
    reader = RequestReader(load_conventions(root, tmp_path / "b"))
    row = {"service": "tablettes", "activity": "mco", "acquired_by": "metropole"}
    now = lambda: datetime(2026, 1, 8)  # noqa: E731
    assert reader.read({**row, "etablissement": "val-valmont"}, now).acquired_by == "metropole"
    with pytest.raises(RequestError) as refused:
        reader.read(json.loads(json.dumps({**row, "etablissement": "un-valmont"})), now)
    assert refused.value.code == "unknown_acquired_by"


# --- one party, several bodies ----------------------------------------------------------------------------------------

COMMUNES = (
    '\n[[party]]\nid = "commune"\nname = "la commune"\n'
    '\n[[body]]\nparty = "commune"\norganisation = "commune-aval"\nname = "Ville d’Aval"\n'
    '\n[[body]]\nparty = "commune"\norganisation = "commune-amont"\nname = "Commune d’Amont"\n'
)


def school(name, body, **more):
    listed = f'bodies = ["{body}"]\n' if body else ""
    return place(name, kind="ecole", **more).rstrip() + "\n" + listed


def test_a_school_of_one_commune_never_reads_the_name_of_another(tmp_path):
    places = school("gue-aval", "commune-aval") + school("pre-amont", "commune-amont")
    root = written(tmp_path, parties=("academie", COMMUNES, "ecole"), places=places, cells=cell("CL ou Etab"))
    conventions = load_conventions(root)
    router = Router(conventions)
    for name, mine, other in (("gue-aval", "Ville d’Aval", "Amont"), ("pre-amont", "Commune d’Amont", "d’Aval")):
        told = [
            why(router, asked(name, acquired_by=who), router.route(asked(name, acquired_by=who)))
            for who in (None, "commune", "ecole")
        ]
        assert all(mine in one for one in told[:2]) and not any(other in one for one in told), told
        assert conventions.organisation("essai-2025", "commune", name)[1] == mine
    assert wording.body(conventions, "essai-2025", "commune", None) == "la commune"


def test_a_school_that_does_not_say_its_commune_is_refused_with_its_line(tmp_path):
    places = school("gue-aval", "commune-aval") + school("pre-amont", None)
    root = written(tmp_path, parties=("academie", COMMUNES, "ecole"), places=places, cells=cell("CL"))
    (fault,) = faults(root)
    assert fault.startswith("essai-2025/etablissements.toml:9: « commune » est plusieurs organismes")
    assert "attendu : « bodies », avec l'un de commune-aval, commune-amont" in fault


def test_an_etablissement_that_no_commune_ever_answers_for_need_not_say_its_own(tmp_path):
    places = school("gue-aval", "commune-aval", owner="commune") + place("pre-valmont", owner="departement")
    parties = ("academie", "departement", COMMUNES, "ecole", "college")
    conventions = load_conventions(written(tmp_path, parties=parties, places=places, cells=cell("CL")))
    convention = conventions["essai-2025"]
    assert "commune" in conventions.strangers(convention, "pre-valmont")
    assert payers(conventions, "pre-valmont") == ("college", "departement", "academie")


def test_two_bodies_of_one_party_and_one_that_is_unknown_are_refused(tmp_path):
    places = place("un-valmont", kind="ecole").rstrip() + '\nbodies = ["commune-aval", "commune-amont", "ailleurs"]\n'
    told = faults(written(tmp_path, parties=("academie", COMMUNES, "ecole"), places=places, cells=cell("CL")))
    assert any("commune-aval, commune-amont sont tous « commune » ; un seul attendu" in one for one in told)
    assert any("'ailleurs' inconnu ; attendu : commune-aval, commune-amont" in one for one in told)


def test_a_departement_of_its_own_has_its_own_name(tmp_path):
    places = place("un-valmont", departement="departement-autre")
    (fault,) = faults(written(tmp_path, places=places))
    assert "'departement-autre' veut aussi son « departement_name »" in fault


# --- two académies ----------------------------------------------------------------------------------------------------

NORD = own("academie-nord", "EN", "Académie du Nord")


def test_each_etablissement_is_under_its_own_academie(tmp_path):
    places = place("pre-valmont", academie="academie") + place("mas-nord", academie="academie-nord")
    root = written(tmp_path, parties=("academie", NORD, "departement", "college"), places=places, cells=cell("EN"))
    conventions = load_conventions(root)
    router = Router(conventions)
    assert [router.route(asked(name)).party for name in ("pre-valmont", "mas-nord")] == ["academie", "academie-nord"]
    assert [one.id for _, one in conventions.under("academie-nord")] == ["mas-nord"]
    assert conventions.strangers(conventions["essai-2025"], "mas-nord") == frozenset()  # the desk is the other académie
    assert wording.short(conventions["essai-2025"], "academie-nord") == "Académie du Nord"


def test_an_academie_that_cannot_be_known_is_refused_with_its_line(tmp_path):
    places = place("pre-valmont", academie="academie") + place("mas-nord")
    (fault,) = faults(written(tmp_path, parties=("academie", NORD, "departement", "college"), places=places))
    assert fault.startswith("essai-2025/etablissements.toml:8: plusieurs parties peuvent être l'académie")
    assert "« academie », academie, academie-nord" in fault


def test_a_conflict_may_name_the_roles(tmp_path):
    cells = cell("conflit", more='candidates = ["EN", "CL"]')
    places = place("pre-valmont", academie="academie") + place("mas-nord", academie="academie-nord")
    root = written(tmp_path, parties=("academie", NORD, "departement", "college"), places=places, cells=cells)
    router = Router(load_conventions(root))
    assert router.route(asked("mas-nord")).candidates == ("academie-nord", "departement")
    assert "l’Académie du Nord et le Département de la Rive" in why(
        router, asked("mas-nord"), router.route(asked("mas-nord"))
    )


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "with_article", "to", "of"),
    [
        ("Métropole du Val", "la Métropole du Val", "à la Métropole du Val", "de la Métropole du Val"),
        ("Nantes Métropole", "Nantes Métropole", "à Nantes Métropole", "de Nantes Métropole"),
        ("Orléans Métropole", "Orléans Métropole", "à Orléans Métropole", "d’Orléans Métropole"),
        ("Communauté d’agglomération du Lac", "la Communauté d’agglomération du Lac",
         "à la Communauté d’agglomération du Lac", "de la Communauté d’agglomération du Lac"),
        ("Syndicat mixte du Val", "le Syndicat mixte du Val", "au Syndicat mixte du Val", "du Syndicat mixte du Val"),
        ("GIP RECIA", "le GIP RECIA", "au GIP RECIA", "du GIP RECIA"),
        ("Eurométropole du Rhin", "l’Eurométropole du Rhin", "à l’Eurométropole du Rhin", "de l’Eurométropole du Rhin"),
        ("les Communes associées", "les Communes associées", "aux Communes associées", "des Communes associées"),
        ("Cité scolaire du Lac", "la cité scolaire du Lac", "à la cité scolaire du Lac", "de la cité scolaire du Lac"),
    ],
)  # fmt: skip
def test_a_body_bears_its_article(name, with_article, to, of):
    told = wording.with_article(name)
    assert (told, wording.to(told), wording.of(told)) == (with_article, to, of)


@pytest.mark.parametrize(
    ("party_id", "body", "expected"),
    [
        ("metropole", PartyBody("metropole", "CL", "Métropole du Val", "m"), "Métropole"),
        ("metropole", PartyBody("metropole", "CL", "Métropole du Val", "m", short="Le Val"), "Le Val"),
        ("syndicat-mixte", PartyBody("syndicat-mixte", "CL", "Syndicat mixte du Val", "s"), "Syndicat mixte"),
        ("gip", PartyBody("gip", "EN", "GIP RECIA", "g"), "GIP RECIA"),
        ("epci", PartyBody("epci", "CL", "Nantes Métropole", "n"), "Nantes Métropole"),
    ],
)
def test_a_party_has_a_short_name_for_the_cells_of_a_table(tmp_path, party_id, body, expected):
    convention = load_conventions(written(tmp_path))["essai-2025"]
    assert wording.short(replace(convention, parties={**convention.parties, party_id: body}), party_id) == expected


# --- a whole agreement, written from the page -------------------------------------------------------------------------

GRAND_VAL = ROOT / "tests" / "cases" / "accords"
#: Établissement -> the words that only others may read.
OTHERS = {
    "ecole-tilleuls-orsel": ("Pont-Noir", "Noirmont", "Amont", "Orselle"),
    "ecole-jaures-pont-noir": ("Orsel", "Aval", "Noirmont"),
    "pre-orsel": ("Pont-Noir", "Noirmont", "Amont", "Ville d’Orsel"),
    "roche-pont-noir": ("Orsel", "Aval"),
    "jean-vilar-orsel": ("Pont-Noir", "Noirmont", "Amont", "Orselle"),
}
WRONG = re.compile(r"\b(le l’|à le |de le |de les |à les |None|departement|metropole|academie|CL|Etab|EN)\b|\bl’ ")


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_reads_the_name_of_another_nor_an_id(name):
    conventions = load_conventions(GRAND_VAL)
    convention = conventions["grand-val-2026"]
    router, told = Router(conventions), set()
    for service, activity in convention.versions[0].cells:
        for who in (None, *payers(conventions, name)):
            request = replace(asked(name, service, acquired_by=who), activity=activity)
            decision = router.route(request)
            told |= {why(router, request, decision), *(one.message for one in decision.warnings)}
            told |= {one.sentence for one in what_would_change(router, request)}
            told |= {label for fact in decision.missing for _, label in question(conventions, request, fact).options}
    assert len(told) > 5
    assert [one for one in told if any(word in one for word in OTHERS[name]) or WRONG.search(one)] == []


@pytest.mark.slow
def test_the_proof_of_a_whole_agreement_finds_one_outcome_for_each_request():
    report = lint(load_conventions(GRAND_VAL), ["grand-val-2026"], on=date(2026, 2, 1))
    assert [one.sentence for one in report.findings if one.severity == "erreur"] == []
    assert report.proofs[0].places >= 4
