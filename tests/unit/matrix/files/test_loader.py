"""Every fault of an agreement's files is reported with file, line and what was expected, all faults at once."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from matrix import Request, Router, load_conventions
from matrix.files import SHIPPED, ConventionError, load_convention, load_vocabulary

VOCABULARY = load_vocabulary()
HP = "hautes-pyrenees-2015"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(SHIPPED / HP, tmp_path / HP)


def edit(folder, name, old, new, count=1):
    """Replace text in a file and return its line number."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder):
    with pytest.raises(ConventionError) as caught:
        load_convention(folder, VOCABULARY)
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("cells.toml", 'value = "CL ou Etab"', 'value = "CL et Etab"', "CL et Etab"),
        ("cells.toml", 'provenance = "printed"', 'provenance = "guessed"', "guessed"),
        ("cells.toml", 'cites = ["II.2-reseaux"]', 'cites = ["II.9"]', "II.9"),
        ("cells.toml", 'value = "sans objet (1)"', 'value = "sans objet (9)"', "note (9)"),
        ("cells.toml", 'value = "sans objet (1)"', "value = 12", "un texte attendu, 12 trouvé"),
        ("cells.toml", "inventoried = false", 'inventoried = "no"', "inventoried"),
        ("clauses.toml", 'ref = "II.1"', 'reff = "II.1"', "reff"),
        ("etablissements.toml", 'commune = "Arreau"', "commune = 3", "un texte attendu, 3 trouvé"),
        ("categories.toml", 'id = "cdi"', 'id = "cdii"', "cdii"),
        ("equipment.toml", 'quote = "Serveurs"', 'quote = ""', "citation courte et exacte"),
    ],
)
def test_a_fault_names_its_file_and_line(folder, name, old, new, expected):
    line = edit(folder, name, old, new)
    told = faults(folder)
    assert any(expected in fault for fault in told)
    numbers = {int(fault.split(":")[1]) for fault in told if fault.startswith(f"{HP}/{name}:")}
    assert any(abs(number - line) <= 2 for number in numbers), (line, told)


def test_all_faults_are_told_at_once(folder):
    edit(folder, "cells.toml", 'services = ["antivirus"]', 'services = ["antivirsu"]')
    edit(folder, "clauses.toml", 'kind = "printed"', 'kind = "painted"')
    told = "\n".join(faults(folder))
    assert "antivirsu" in told and "painted" in told


def test_two_entries_for_one_cell_are_refused(folder):
    edit(folder, "cells.toml", 'services = ["antivirus"]', 'services = ["antivirus", "annuaire"]')
    assert any("déjà réglé" in fault and "annuaire" in fault for fault in faults(folder))


def test_a_derived_cell_without_clause_is_refused(folder):
    edit(folder, "cells.toml", 'cites = ["remarque-visuel"]', "")
    assert any("cite au moins une clause" in fault for fault in faults(folder))


def test_a_key_given_twice_is_refused_with_its_line(folder):
    path = folder / "clauses.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[[clause]]\nid = "a"\nid = "b"\n', encoding="utf-8")
    assert any("clauses.toml" in fault and "mal formé" in fault for fault in faults(folder))


LISTED = """
[[cell]]
services = ["antivirus"]
activities = ["conseil"]
value = "selon"
provenance = "derived"
case = [{ when = { inventoried = true }, party = "departement", cites = ["remarque-visuel"] },
        { status = "to_qualify", cites = ["remarque-visuel"] }]
"""


def test_cases_written_on_the_lines_of_their_cell_are_read(folder):
    path = folder / "cells.toml"
    path.write_text(path.read_text(encoding="utf-8") + LISTED, encoding="utf-8")
    found = load_convention(folder, VOCABULARY).versions[0].cells[("antivirus", "conseil")]
    assert [case.status for case in found.cases] == ["routed", "to_qualify"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ status = "to_qualify", cites = ["remarque-visuel"] }', '"to_qualify"'),
        ('status = "to_qualify"', 'status = "to_qualify", contributors = ["academie"]'),
    ],
)
def test_a_text_where_a_table_is_expected_is_a_fault(folder, old, new):
    path = folder / "cells.toml"
    assert old in LISTED
    path.write_text(path.read_text(encoding="utf-8") + LISTED.replace(old, new), encoding="utf-8")
    assert [fault for fault in faults(folder) if "une table attendue" in fault and "/cells.toml:" in fault]


@pytest.mark.parametrize("name", ["cells.toml", "clauses.toml", "etablissements.toml"])
def test_a_missing_file_is_told(folder, name):
    (folder / name).unlink()
    assert any(fault.startswith(f"{HP}/{name}:") for fault in faults(folder))


def test_a_folder_whose_name_is_not_the_id_is_refused(folder):
    moved = folder.rename(folder.parent / "autre-2020")
    assert any("autre-2020" in fault for fault in faults(moved))


OWN = '[services]\n"borne-interactive" = "Bornes interactives du hall"\n\n[validity]'


def test_an_agreement_may_name_services_that_the_vocabulary_lacks(folder):
    edit(folder, "convention.toml", "[validity]", OWN)
    edit(folder, "cells.toml", 'services = ["antivirus"]', 'services = ["antivirus", "borne-interactive"]')
    conventions = load_conventions(folder.parent)
    assert conventions.services["borne-interactive"] == "Bornes interactives du hall"
    assert "borne-interactive" in conventions.sections["hors-annexe-2"]
    asked = Request(
        etablissement="desaix-tarbes", service="borne-interactive", activity="mco", opened_at=datetime(2026, 11, 20)
    )
    assert Router(conventions).route(asked).party == "departement"
    assert load_vocabulary().services.keys() == VOCABULARY.services.keys()


@pytest.mark.parametrize("line", ['"Borne" = "Bornes"', 'borne = ""', 'antivirus = "Autre chose"'])
def test_a_service_of_its_own_has_a_plain_id_a_label_and_no_double(folder, line):
    edit(folder, "convention.toml", "[validity]", f"[services]\n{line}\n\n[validity]")
    assert any("[services]" in fault for fault in faults(folder))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("years = 4\ntacit", "ends = 2019-08-31\ntacit", "reconduction tacite"),
        ("years = 4\n", "years = 0\n", "nombre d'années"),
        ("notice_months = 6", 'notice_months = "6"', "un nombre entier"),
        ('notice_clause = "VI-preavis"', 'notice_clause = "VI-rien"', "VI-rien"),
        ('kind = "annexe"', 'kind = "note"', "'note' inconnu"),
        ('signatories = ["academie", "departement"]', 'signatories = ["academie", "commune"]', "commune"),
    ],
)
def test_the_terms_of_an_agreement_are_read_with_care(folder, old, new, expected):
    edit(folder, "convention.toml", old, new)
    assert any(expected in fault for fault in faults(folder))


# --- the cause first --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["clauses.toml", "convention.toml", "cells.toml", "etablissements.toml"])
def test_a_quotation_mark_of_a_word_processor_is_the_one_fault(folder, name):
    """One curly quote gave thirteen faults, and the useful one was the eighth."""
    line = edit(folder, name, ' = "', " = “")
    (fault,) = faults(folder)
    assert fault.startswith(f"{HP}/{name}:{line}: ") and "“" in fault and "guillemet droit" in fault


def test_a_file_that_is_no_toml_is_the_one_fault(folder):
    line = edit(folder, "clauses.toml", "[[clause]]", "[[clause]")
    (fault,) = faults(folder)
    assert fault.startswith(f"{HP}/clauses.toml:{line}: TOML mal formé")


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "convention.toml",
            "# Notes under annexe 2.",
            '[[party]]\nid = "region"\nname = "Autre"\norganisation = "autre"\n\n#',
            "« id » = 'region' déjà donné ligne",
        ),
        ("convention.toml", "number = 2", "number = 1", "« number » = 1 déjà donné ligne"),
        ("convention.toml", 'role = "reseau"', 'role = "resau"', "'resau' inconnu ; attendu : reseau, cmi, chef"),
        ("convention.toml", 'via = "editeur"', 'via = "éditeur"', "'éditeur' inconnu ; attendu : editeur"),
        ("convention.toml", 'services = ["ent"]', 'services = ["ent", "antivirus"]', "'antivirus' est exclu, et"),
        (
            "convention.toml",
            '"annexe-2", "annexe-3"]',
            '"annexe-2", "XII.4"]',
            "'XII.4' n'est l'endroit d'aucune clause",
        ),
        ("clauses.toml", 'ref = "II.1"', 'ref = "article II.1"', "'article II.1' n'est pas un endroit d'un texte"),
        ("categories.toml", 'id = "cdi"', 'id = "eleves"', "« id » = 'eleves' déjà donné ligne"),
        (
            "etablissements.toml",
            'commune = "Arreau"',
            'commune = "Arreau"\nkind = "école"',
            "'école' inconnu ; attendu",
        ),
    ],
)
def test_what_was_accepted_without_a_word_is_a_fault_with_its_line(folder, name, old, new, expected):
    line = edit(folder, name, old, new)
    (fault,) = [one for one in faults(folder) if expected in one]
    assert fault.startswith(f"{HP}/{name}:") and abs(int(fault.split(":")[1]) - line) <= 40


CASES = LISTED.replace(
    '{ status = "to_qualify", cites', '{ when = { under_warranty = true }, party = "academie", cites'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CASES, "attendu : pour finir, un cas sans « when »"),
        (LISTED.replace("when = { inventoried = true }, ", ""), "vient après un cas sans « when »"),
    ],
)
def test_the_cases_of_a_cell_end_with_one_that_takes_every_request(folder, text, expected):
    path = folder / "cells.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    (fault,) = faults(folder)
    assert expected in fault and fault.startswith(f"{HP}/cells.toml:")


@pytest.mark.parametrize("command", [("matrix", "show", HP), ("route",), ("matrix", "compare", HP, HP)])
def test_commands_on_a_faulty_folder_print_the_faults_and_no_traceback(folder, command):
    moved = folder.rename(folder.parent / "autre-2020")
    edit(moved, "clauses.toml", "[[clause]]", "[[clause]")
    run = subprocess.run(
        [Path(sys.executable).with_name("guichet"), *command],
        env={**os.environ, "GUICHET_CONVENTIONS_DIR": str(folder.parent)},
        capture_output=True,
        input="{}\n",
        text=True,
        check=False,
    )
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr.startswith("autre-2020/clauses.toml:") and "Traceback" not in run.stderr
