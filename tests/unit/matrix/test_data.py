"""The shipped data say what the source texts say, and nothing more."""

import pytest
from harness.places import SHARED

from matrix import load_conventions
from matrix.commands import missing_quotes
from matrix.table import rows

CONVENTIONS = load_conventions()
HP = "hautes-pyrenees-2015"
SOURCES = SHARED / "sources"


def printed():
    """The cells with words in the scan, as listed in routing.md."""
    sans_objet = "sans objet"
    found = {
        (service, "assistance"): sans_objet
        for service in (
            "infrastructure-reseau",
            "raccordement-internet",
            "hebergement-interne",
            "hebergement-externe",
            "equipement-bureautique",
            "materiels-pedagogiques",
            "inventaire",
        )
    }
    for service in (
        "acces-reseau-pedagogique",
        "stockage-administratif",
        "stockage-pedagogique",
        "communication-pedagogique",
        "publication",
    ):
        found[service, "acquisition"] = "sans objet (1)"
    found["materiels-administratifs", "acquisition"] = sans_objet
    for service in ("logiciels-administratifs", "logiciels-pedagogiques", "recherche-documentaire"):
        found[service, "acquisition"] = "CL ou Etab"
    for activity in ("acquisition", "installation", "mco", "assistance"):
        found["logiciels-hors-catalogue", activity] = "Etab"
        found["socle-pedagogique", activity] = sans_objet
    for service in ("vie-scolaire-prive", "restauration-prive"):
        found[service, "acquisition"] = "CL ou Etab (4)"
        found[service, "installation"] = found[service, "mco"] = "CL ou Etab"
        found[service, "assistance"] = "sans objet (3)"
    found["restauration-prive", "conseil"] = "sans objet (3)"
    return found


def test_the_matrix_has_38_services_by_6_activities():
    found = [row for row in rows(CONVENTIONS, HP) if row.section != "hors-annexe-2"]
    assert len(found) == 228
    assert len({row.service for row in found}) == 38


def test_the_services_that_the_articles_name_beside_the_table_come_after_it():
    found = list(rows(CONVENTIONS, HP))[228:]
    settled = {(row.service, row.activity): row.value for row in found if row.provenance != "default"}
    assert len(found) == 12
    assert settled == {
        ("usages-numeriques", "conseil"): "EN",
        ("formation", "installation"): "EN",
        ("formation", "conseil"): "EN",
    }


def test_exactly_the_cells_that_carried_words_are_printed():
    found = {(row.service, row.activity): row.value for row in rows(CONVENTIONS, HP) if row.provenance == "printed"}
    assert found == printed()


def test_every_derived_cell_cites_a_clause_and_every_blank_one_the_desk():
    for row in rows(CONVENTIONS, HP):
        assert row.quote and row.ref
        if row.provenance == "default":
            assert (row.value, row.ref) == ("", "I.4")
        elif row.provenance == "derived":
            assert row.value in {"EN", "CL", "Etab", "selon"}


def test_references_are_those_of_the_agreement():
    known = {
        "preambule",
        "I.1",
        "I.2",
        "I.3",
        "I.4",
        "II.1",
        "II.2",
        "III",
        "IV",
        "V",
        "VI",
        "VII",
        "VIII",
        "annexe-1",
        "annexe-2",
        "annexe-2-note-1",
        "annexe-2-note-2",
        "annexe-2-note-3",
        "annexe-2-note-4",
        "annexe-2-bis",
        "annexe-3",
        "annexe-4",
        "annexe-5",
        "annexe-6",
    }
    assert {clause.ref for clause in CONVENTIONS[HP].clauses.values()} <= known


def test_who_and_what_the_annexes_list():
    convention = CONVENTIONS[HP]
    assert len(convention.etablissements) == 20
    assert {
        "marechal-foch-arreau",
        "rene-billeres-argeles-gazost",
        "la-serre-de-sarsan-lourdes",
        "pierre-mendes-france-vic-en-bigorre",
        "desaix-tarbes",
        "val-d-arros-tournay",
    } <= convention.etablissements.keys()
    assert sum(place.cite_scolaire for place in convention.etablissements.values()) == 3
    assert len(convention.categories) == 15
    assert sum(line.administrative for line in convention.categories.values()) == 9
    assert len(convention.equipment) == 18


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source texts do not stand beside the clone")
def test_every_quote_stands_word_for_word_in_the_source_text():
    assert missing_quotes(CONVENTIONS, CONVENTIONS.ids, SOURCES) == []


def test_a_quote_that_is_not_in_the_source_is_told(tmp_path):
    (tmp_path / CONVENTIONS[HP].source).write_text("un tout autre texte", encoding="utf-8")
    found = missing_quotes(CONVENTIONS, [HP], tmp_path)
    assert len(found) > 50
    assert all(HP in sentence for sentence in found)


def test_a_source_that_is_not_in_the_folder_is_told(tmp_path):
    assert missing_quotes(CONVENTIONS, [HP], tmp_path) == [
        f"{HP} : texte source {CONVENTIONS[HP].source} introuvable dans {tmp_path}"
    ]
