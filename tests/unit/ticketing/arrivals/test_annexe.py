"""Test the établissements of an agreement completed from the ministry's directory."""

from __future__ import annotations

import tomllib

import pytest

from matrix import load_conventions
from matrix.uai import expected_uai
from ticketing.arrivals import annexe, directory
from ticketing.arrivals.annexe import Choice, Standing, completed
from ticketing.arrivals.lists import read

CONVENTIONS = load_conventions()
HEAD = (
    "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Code_postal;Nom_commune;"
    "Code_departement;Libelle_departement;Libelle_academie;etat"
)
ADDRESSES = (
    "numero_uai,appellation_officielle,libelle_nature,secteur_public_prive_libe,code_postal_uai,libelle_commune,"
    "code_departement,libelle_academie,etat_etablissement_libe"
)


def uai(number):
    return expected_uai(f"{number:07d}A")


def done(*lines, choice=None, convention="hautes-pyrenees-2015", head=HEAD):
    listed = read("\n".join([head, *lines]).encode(), "annuaire.csv", directory.COLUMNS)
    return completed(CONVENTIONS[convention], listed, choice or Choice())


def line(number, name="Collège Nouveau", kind="Collège", sector="Public", code="065", state="OUVERT", postcode="65000"):
    return f"{uai(number)};{name};{kind};{sector};{postcode};Tarbes;{code};Hautes-Pyrénées;Toulouse;{state}"


def test_each_etablissement_gets_its_verdict():
    found = done(
        line(650001),
        line(650002, "Collège Desaix"),
        line(650003, state="A FERMER"),
        line(650004, sector="Privé"),
        line(650005, kind="Lycée"),
        line(320001, code="032", postcode="32000"),
        line(650001),
        line(650006).replace(uai(650006), "0650006?"),
        choice=Choice(departements=frozenset({"65"})),
    )
    standings = [one.standing for one in found.verdicts]
    assert standings == [
        Standing.NEW,
        Standing.KNOWN,
        *[Standing.ASIDE] * 4,
        Standing.REFUSED,
        Standing.REFUSED,
    ]
    assert "sans UAI (desaix-tarbes)" in found.verdicts[1].why[0]
    assert found.missing


def test_the_file_holds_the_old_list_word_for_word_then_the_new_ones_and_reads_back(tmp_path):
    found = done(line(650001), line(650002, "COLLEGE PIERRE ET MARIE CURIE"))
    assert not found.missing
    convention = CONVENTIONS["hautes-pyrenees-2015"]
    before = (convention.folder / "etablissements.toml").read_text("utf-8")
    assert found.text.startswith(before)
    rows = tomllib.loads(found.text)["etablissement"]
    assert rows[-2:] == [
        {"id": uai(650001), "name": "Nouveau", "commune": "Tarbes"},
        {"id": uai(650002), "name": "Pierre et Marie Curie", "commune": "Tarbes"},
    ]
    annexe.laid(convention, found.text, tmp_path / convention.id)
    assert uai(650001) in load_conventions(tmp_path).etablissements
    assert (convention.folder / "etablissements.toml").read_text("utf-8") == before


def test_the_same_directory_again_adds_nothing(tmp_path):
    lines = [line(650001), line(650002, "Collège Autre")]
    annexe.laid(CONVENTIONS["hautes-pyrenees-2015"], done(*lines).text, tmp_path / "hautes-pyrenees-2015")
    convention = load_conventions(tmp_path)["hautes-pyrenees-2015"]
    again = completed(convention, read("\n".join([HEAD, *lines]).encode(), "a.csv", directory.COLUMNS), Choice())
    assert not again.added and {one.standing for one in again.verdicts} == {Standing.KNOWN}
    renamed = read("\n".join([HEAD, line(650001, "Collège Rebaptisé")]).encode(), "a.csv", directory.COLUMNS)
    assert completed(convention, renamed, Choice()).verdicts[0].standing is Standing.NAMED


def test_the_file_of_addresses_is_read_too():
    found = done(
        f"{uai(650001)},LYCEE LE GARROS,LYCEE POLYVALENT,Public,65000,TARBES,65,Toulouse,OUVERT",
        choice=Choice(frozenset({"lycee"})),
        head=ADDRESSES,
    )
    assert tomllib.loads(found.text)["etablissement"][-1] == {
        "id": uai(650001),
        "name": "Le Garros",
        "commune": "Tarbes",
        "kind": "lycee",
    }


@pytest.mark.parametrize(
    ("text", "postcode", "code"),
    [
        ("065", "", "65"),
        ("65", "", "65"),
        ("01", "", "01"),
        ("001", "", "01"),
        ("1", "", "01"),
        ("02A", "", "2A"),
        ("2b", "", "2B"),
        ("65000", "", "65"),
        ("01000", "", "01"),
        ("974", "97400", "974"),
        ("", "", ""),
    ],
)
def test_a_departement_is_known_however_it_is_written(text, postcode, code):
    assert directory.departement(text, postcode) == code


def test_words_of_the_directory_cannot_write_another_table():
    name = 'X"\\n[[etablissement]]\\nid = "pirate'
    found = done(line(650001, name.replace(";", "")))
    rows = tomllib.loads(found.text)["etablissement"]
    assert len(rows) == 21 and rows[-1]["id"] == uai(650001)


def test_what_an_agreement_asks_besides_is_told():
    for convention in CONVENTIONS:
        found = done(
            line(130001, kind="École", code="013", postcode="13100"),
            convention=convention.id,
            choice=Choice(frozenset({"ecole"})),
        )
        assert found.added and (not found.faults or all(".toml:" in fault for fault in found.faults))
