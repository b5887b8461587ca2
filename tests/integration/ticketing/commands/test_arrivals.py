"""Test the commands that bring people and établissements in from files."""

from __future__ import annotations

import pytest
from harness.commands import command

from charters.database import db
from charters.tables.access import Account, JournalLine
from matrix import load_conventions
from matrix.uai import expected_uai

PEOPLE = (
    "Nom;Prénom;Société;Mail;Fonction;Sigle;Rôle;Périmètre\n"
    "Durand;Paule;Collège Desaix;paule@guichet.example;Professeure;p.durand;cmi;desaix-tarbes\n"
)
UAI = expected_uai("0650001A")
DIRECTORY = (
    "numero_uai;appellation_officielle;nature_uai_libe;libelle_commune;code_departement\n"
    f"{UAI};Collège Nouveau;COLLEGE;Tarbes;065\n"
)


@pytest.fixture
def guichet(app, settings, monkeypatch):
    from ticketing.operation import logs

    monkeypatch.setattr(logs, "configure", lambda level: None)
    return command(settings)


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "gens.csv"
    path.write_text(PEOPLE, "utf-8")
    return path


def accounts(app):
    with app.app_context():
        return db.session.query(Account).count()


def test_a_list_is_tried_then_imported_in_somebody_s_name_then_changes_nothing(app, cast, guichet, people):
    before = accounts(app)
    tried = guichet("import-people", str(people), "--dry-run", "--as", "a.admin")
    assert tried.exit_code == 0 and "1 créé" in tried.output and accounts(app) == before
    done = guichet("import-people", str(people), "--as", "a.admin")
    assert done.exit_code == 0 and "Écrit." in done.output and accounts(app) == before + 1
    with app.app_context():
        line = db.session.query(JournalLine).filter_by(event="people.imported").one()
        assert line.sigle == "a.admin"
    again = guichet("import-people", str(people), "--academie", "academie-toulouse")
    assert again.exit_code == 0 and "rien n’a changé" in again.output and accounts(app) == before + 1


def test_each_refused_line_is_told_and_nothing_is_written(app, cast, guichet, people):
    before = accounts(app)
    people.write_text(PEOPLE + "X;;Y;x@guichet.example;Agent;x.y;cmi;desaix-tarbe\n", "utf-8")
    refused = guichet("import-people", str(people), "--as", "a.admin")
    assert refused.exit_code == 1 and accounts(app) == before
    assert "ligne 3 refusé x.y" in refused.output and "Prénom" in refused.output and "Desaix" in refused.output


@pytest.mark.parametrize(
    "more", [("--as", "d1.ref"), ("--as", "c11.cmi"), ("--as", "personne"), ("--academie", "nulle"), ()]
)
def test_nobody_imports_without_the_right_to(app, cast, guichet, people, more):
    before = accounts(app)
    refused = guichet("import-people", str(people), *more)
    assert refused.exit_code == 1 and accounts(app) == before


def test_a_file_that_is_no_list_is_refused(app, cast, guichet, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"%PDF-1.7")
    refused = guichet("import-people", str(path), "--as", "a.admin")
    assert refused.exit_code == 1 and "PDF" in refused.output


def test_the_directory_gives_a_folder_ready_to_be_laid(guichet, tmp_path):
    path, made = tmp_path / "annuaire.csv", tmp_path / "conventions" / "hautes-pyrenees-2015"
    path.write_text(DIRECTORY, "utf-8")
    arguments = ("import-etablissements", str(path), "--convention", "hautes-pyrenees-2015", "--departement", "65")
    printed = guichet(*arguments)
    assert printed.exit_code == 0 and UAI in printed.output
    assert guichet(*arguments, "--vers", str(made)).exit_code == 0
    assert UAI in load_conventions(made.parent).etablissements
    assert guichet(*arguments, "--vers", str(made)).exit_code == 1  # the folder is there
    path.write_text(DIRECTORY.replace(UAI, "0650001"), "utf-8")
    refused = guichet(*arguments)
    assert refused.exit_code == 1 and "refusé" in refused.output
