"""Verify an export of Guichet, with Python alone: `python3 verifier.py` in its folder, or with the folder's path.

It checks the hash of every file, the number of rows, that each row refers to rows that are there, that each file of a
ticket is there with its hash, and that no line of the journal was taken out or moved. Status 1 if anything differs.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any


def main(folder: Path) -> int:
    """Print what differs, in French, and return the status."""
    try:
        schema = json.loads((folder / "schema.json").read_text("utf-8"))
        faults = [
            *_sums(folder),
            *_rows(folder, schema),
            *_references(folder, schema),
            *_files(folder, schema),
            *_journal(folder),
        ]
    except (OSError, ValueError, KeyError) as error:
        faults = [f"l'export ne se lit pas : {error}"]
    for fault in faults:
        print(f"- {fault}")
    if not faults:
        total = sum(table["rows"] for table in schema["tables"].values())
        print(f"{len(schema['tables'])} tables, {total} lignes, {schema['files']} fichiers : tout y est.")
    return 1 if faults else 0


def _table(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / "tables" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _sum(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as read:
        while block := read.read(1 << 20):
            hashed.update(block)
    return hashed.hexdigest()


def _sums(folder: Path) -> Iterator[str]:
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    said = {name: wanted for wanted, _, name in (line.partition("  ") for line in lines)}
    for name, wanted in said.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} manque"
        elif _sum(path) != wanted:
            yield f"{name} a changé"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(there - set(said) - {"SHA256SUMS"}):
        yield f"{name} est en trop"


def _rows(folder: Path, schema: dict[str, Any]) -> Iterator[str]:
    for name, table in schema["tables"].items():
        columns = [column["name"] for column in table["columns"]]
        count = 0
        for row in _table(folder, name):
            count += 1
            if list(row) != columns:
                yield f"la ligne {count} de {name} n'a pas les colonnes dites"
                break
        if count != table["rows"]:
            yield f"{name} a {count} lignes au lieu de {table['rows']}"


def _references(folder: Path, schema: dict[str, Any]) -> Iterator[str]:
    tables = schema["tables"]
    for name, table in tables.items():
        for column in table["columns"]:
            for target in column["refers_to"]:
                other, _, key = target.rpartition(".")
                if other not in tables:
                    continue
                known = _keys(folder, other, key)
                lost = sum(1 for row in _table(folder, name) if row[column["name"]] not in known)
                if lost:
                    yield f"{lost} lignes de {name} renvoient ({column['name']}) à des lignes de {other} qui manquent"


@cache  # the same few keys are referred to from everywhere
def _keys(folder: Path, table: str, column: str) -> set[Any]:
    return {row[column] for row in _table(folder, table)} | {None}


def _files(folder: Path, schema: dict[str, Any]) -> Iterator[str]:
    gone = set(schema["files_gone"])
    for row in _table(folder, "attachment"):
        path = folder / "files" / row["path"]
        if row["path"] not in gone and (not path.is_file() or _sum(path) != row["sha256"]):
            yield f"le fichier {row['path']} du ticket {row['ticket_id']} manque ou a changé"


def _journal(folder: Path) -> Iterator[str]:
    before: dict[str, Any] | None = None
    for row in sorted(_table(folder, "journal_line"), key=lambda line: line["number"]):
        if before and (row["number"] != before["number"] + 1 or row["previous_hash"] != before["hash"]):
            yield f"le journal est rompu avant la ligne {row['number']}"
        before = row


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
