"""Everything is exported in plain files, without secrets, and the script that goes with it finds what was changed."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.commands import command
from sqlalchemy import select, update

from charters.database import Base, db, writing
from charters.tables.access import JournalLine
from ticketing import tables  # noqa: F401 - the tables of tickets
from ticketing.backups import exporting
from ticketing.tables import Ticket

NOW = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)
#: Columns whose name says secret, hash or key, and that open nothing.
HARMLESS = {
    "article_scope.key",
    "article_word.token",  # a word of an article
    *("attachment.sha256", "charter_text.sha256", "signature.sha256", "incoming_mail.key", "journal_head.hash"),
    *(
        "journal_head.key",
        "journal_head.base_hash",
        "journal_line.hash",
        "journal_line.previous_hash",
        "stock_key.key_id",
    ),
    *("otp_key.public_key", "ticket.scope_keys", "exchange_profile.key_shown_at"),
}


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(folder / "verifier.py")], capture_output=True, text=True)


@pytest.fixture
def exported(any_app: Any, settings: Any, seeded_data: Any, tmp_path: Path) -> Path:
    done = command(settings)("export", "--everything", str(tmp_path / "tout"))
    assert done.exit_code == 0, done.output
    return tmp_path / "tout"


def test_everything_is_there_in_both_forms_and_the_script_says_so(any_app: Any, exported: Path) -> None:
    said = verified(exported)
    assert said.returncode == 0, said.stdout
    with any_app.app_context():
        titles = set(db.session.scalars(select(Ticket.title)))
        assert db.session.query(JournalLine).filter_by(event="installation.exported").count() == 1
    lines = [json.loads(line) for line in (exported / "tables/ticket.jsonl").read_text("utf-8").splitlines()]
    assert {line["title"] for line in lines} == titles and len(titles) > 1
    with (exported / "tables/ticket.csv").open(encoding="utf-8-sig", newline="") as sheet:
        assert len(list(csv.DictReader(sheet, delimiter=";"))) == len(lines)
    decisions = [json.loads(line) for line in (exported / "tables/decision.jsonl").read_text("utf-8").splitlines()]
    assert decisions and all(decision["data"] for decision in decisions)
    assert oct(exported.stat().st_mode)[-3:] == "700"
    assert not [path for path in exported.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


@pytest.mark.parametrize("harm", ["row", "journal", "file", "more"])
def test_the_script_finds_what_was_taken_or_changed(exported: Path, tmp_path: Path, harm: str) -> None:
    copy = tmp_path / harm
    shutil.copytree(exported, copy)
    if harm == "row":
        lines = (copy / "tables/account.jsonl").read_text("utf-8").splitlines(keepends=True)
        (copy / "tables/account.jsonl").write_text("".join(lines[1:]), "utf-8")
        wanted = "account a "
    elif harm == "journal":
        lines = (copy / "tables/journal_line.jsonl").read_text("utf-8").splitlines(keepends=True)
        (copy / "tables/journal_line.jsonl").write_text("".join(lines[:1] + lines[2:]), "utf-8")
        wanted = "le journal est rompu"
    elif harm == "file":
        next(path for path in (copy / "files").rglob("*") if path.is_file()).write_bytes(b"other")
        wanted = "a changé"
    else:
        (copy / "intrus").write_text("", "utf-8")
        wanted = "intrus est en trop"
    said = verified(copy)
    assert said.returncode == 1 and wanted in said.stdout, said.stdout


def test_security_an_export_holds_nothing_that_opens_a_door(exported: Path) -> None:
    schema = json.loads((exported / "schema.json").read_text("utf-8"))
    assert not set(schema["tables"]) & exporting.TABLES_LEFT_OUT
    suspect = re.compile(r"(^|_)(pin|key)|password|secret|seed|token|hash|print|sha256")
    for name, table in schema["tables"].items():
        for column in table["columns"]:
            place = f"{name}.{column['name']}"
            harmless = place in HARMLESS or column["name"].endswith(("_at", "_on", "failures"))
            assert harmless or not suspect.search(column["name"]), place


def test_what_is_left_out_names_tables_and_columns_that_exist() -> None:
    known = {table.name: set(table.columns.keys()) for table in Base.metadata.tables.values()}
    assert set(known) >= exporting.TABLES_LEFT_OUT
    for name, columns in exporting.COLUMNS_LEFT_OUT.items():
        assert columns <= known[name], name


def test_a_folder_that_holds_something_is_left_alone(settings: Any, app: Any, cast: Any, tmp_path: Path) -> None:
    (tmp_path / "tout").mkdir()
    (tmp_path / "tout/mien").write_text("", "utf-8")
    refused = command(settings)("export", "--everything", str(tmp_path / "tout"))
    assert refused.exit_code == 1 and "n’est pas vide" in refused.output
    assert [path.name for path in (tmp_path / "tout").iterdir()] == ["mien"]


def test_inj_04_a_cell_that_a_sheet_would_run_is_text(
    settings: Any, app: Any, seeded_data: Any, tmp_path: Path
) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(Ticket).values(title="=1+1"))
    assert command(settings)("export", "--everything", str(tmp_path / "tout")).exit_code == 0
    with (tmp_path / "tout/tables/ticket.csv").open(encoding="utf-8-sig", newline="") as sheet:
        assert {row["title"] for row in csv.DictReader(sheet, delimiter=";")} == {"'=1+1"}
