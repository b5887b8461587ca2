"""Everything that an installation holds, in plain files that another tool reads: to leave Guichet, or to check it.

One folder: `tables/NAME.jsonl` (exact) and `tables/NAME.csv` (to read), `files/`, `schema.json`, `SHA256SUMS`, a paper
in French, and `verifier.py`, which needs Python alone. What opens a door (secrets, sessions, links) is left out.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, text

from charters import private_files
from charters.database import sealed, writing
from charters.journal import audit
from matrix.sheets.formats import csvs
from ticketing.backups import rows

audit.label("installation.exported", "Tout ce que contient Guichet exporté vers un dossier, par une commande")

FORMAT = 1
#: Tables that nothing outside Guichet can use: sessions, links, counters of attempts, the pace of jobs.
TABLES_LEFT_OUT = frozenset(
    {
        *("web_session", "enrolment", "personal_link", "form_token", "used_challenge", "reset_request"),
        *("rate_count", "job_run", "index_request", "ticket_scope", "ticket_count"),
    }
)
#: Columns that hold a secret, or what a secret is made of.
COLUMNS_LEFT_OUT = {
    "account": {"pin_hash", "password_hash"},
    "correction": {"token_hash"},
    "exchange_profile": {"secret"},
    "incoming_mail": {"claimed", "claimed_until"},
    "letter": {"body", "claimed_until", "lease"},
    "mailbox": {"token", "claimed_until"},
    "otp_key": {"seed"},
    "retired_sigle": {"print"},
    "stock_key": {"seed", "seed_print"},
}
_PAPER = Path(__file__).with_name("LISEZMOI.txt")
_VERIFIER = Path(__file__).with_name("verifier.py")


class ExportRefused(Exception):
    """Nothing can be exported there; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: tables, rows, files, and the files that were erased meanwhile."""

    tables: int
    rows: int
    files: int
    gone: int


def export(folder: Path, *, files: Path, now: datetime) -> Exported:
    """Write everything into `folder`, new or empty, closed to other users. `files` holds the files of tickets.

    Tables are read in one snapshot. Raises ExportRefused; OSError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ExportRefused(f"le dossier {folder} n’est pas vide : donnez-en un neuf")
    private_files.folder(folder.absolute())
    schema: dict[str, Any] = {"format": FORMAT, "at": now.astimezone(UTC).isoformat(), "tables": {}}
    with sealed() as connection:
        schema["migration"] = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        named = connection.execute(text("SELECT path FROM attachment ORDER BY path")).scalars().all()
        for table in rows.tables(connection):
            if table.name not in TABLES_LEFT_OUT:
                schema["tables"][table.name] = _table(folder / "tables", connection, table)
    copied = [name for name in named if _copy(files, folder / "files", name)]
    schema["files"], schema["files_gone"] = len(copied), sorted(set(named) - set(copied))
    _written(folder / "schema.json", json.dumps(schema, ensure_ascii=False, indent=1) + "\n")
    for shipped in (_PAPER, _VERIFIER):
        _written(folder / shipped.name, shipped.read_text("utf-8"))
    _written(folder / "SHA256SUMS", "".join(_sums(folder)))
    with writing():
        audit.record("installation.exported", now=now, details={"tables": len(schema["tables"]), "files": len(copied)})
    total = sum(one["rows"] for one in schema["tables"].values())
    return Exported(len(schema["tables"]), total, len(copied), len(schema["files_gone"]))


def _table(folder: Path, connection: Connection, table: Table) -> dict[str, Any]:
    """Write a table twice, and return what `schema.json` says of it."""
    out = COLUMNS_LEFT_OUT.get(table.name, set())
    kept = [(place, column) for place, column in enumerate(table.columns) if column.name not in out]
    names = [column.name for _, column in kept]
    private_files.folder(folder.absolute())
    count = 0
    with ExitStack() as opened:
        exact = opened.enter_context(_new(folder / f"{table.name}.jsonl"))
        plain = opened.enter_context(_new(folder / f"{table.name}.csv"))
        plain.write(csvs.write([names]).decode())
        for batch in rows.lines(connection, table):
            values = [[row[place] for place, _ in kept] for row in map(json.loads, batch)]
            for row in values:
                named = dict(zip(names, row, strict=True))
                exact.write(json.dumps(named, ensure_ascii=False, separators=(",", ":")) + "\n")
            plain.write(csvs.write([_cell(value) for value in row] for row in values).decode("utf-8-sig"))
            count += len(values)
    return {
        "rows": count,
        "key": [column.name for column in table.primary_key.columns],
        "columns": [
            {
                "name": column.name,
                "type": str(column.type),
                "empty": bool(column.nullable),
                "refers_to": sorted(key.target_fullname for key in column.foreign_keys),
            }
            for _, column in kept
        ],
        "left_out": sorted(out & set(table.columns.keys())),
    }


def _cell(value: Any) -> str:
    """A value as a sheet shows it; `tables/*.jsonl` holds the exact one."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _copy(source: Path, target: Path, name: str) -> bool:
    """Copy a file of a ticket; return whether it was still there."""
    found = source / name
    if not found.is_file():
        return False
    private_files.folder((target / name).parent.absolute())
    with found.open("rb") as read, open(target / name, "xb", opener=private_files.opener) as written:
        shutil.copyfileobj(read, written)
    return True


def _new(path: Path) -> Any:
    return open(path, "x", encoding="utf-8", newline="", opener=private_files.opener)


def _written(path: Path, words: str) -> None:
    with _new(path) as written:
        written.write(words)


def _sums(folder: Path) -> Iterator[str]:
    for path in sorted(found for found in folder.rglob("*") if found.is_file()):
        with path.open("rb") as read:
            yield f"{hashlib.file_digest(read, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n"
