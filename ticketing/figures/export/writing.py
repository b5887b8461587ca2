"""Write an export of facts as an archive: the file, its dictionary, what it is; before all, the journal's line."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module, util
from itertools import islice
from typing import IO, Any

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from ticketing.documents.tabular import csv_text
from ticketing.errors import Invalid
from ticketing.figures import periods
from ticketing.figures.dashboards import Scope
from ticketing.figures.export import reading
from ticketing.figures.export.dictionary import FIELDS, HIDDEN
from ticketing.figures.export.hiding import FEWEST
from ticketing.model import clean_line

audit.label("facts.exported", "Faits des chiffres exportés, avec motif")

CSV, PARQUET = "csv", "parquet"
REASON_MAX = 300
WITHOUT = (
    "Parquet demande la bibliothèque pyarrow, qui n’est pas installée ici : l’exploitant l’ajoute par "
    "« pip install pyarrow ». Le CSV dit la même chose."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported: a period, the form (« csv » or « parquet »), whether it leaves the perimeter, and why."""

    period: str
    form: str
    leaves: bool
    reason: str


def has_parquet() -> bool:
    """Whether this installation can write Parquet."""
    return util.find_spec("pyarrow") is not None


def export(scope: Scope, wanted: Wanted, actor: Actor | None, now: datetime, sink: IO[bytes]) -> int:
    """Write the archive of an export and return how many lines it has. Raises Invalid; nothing is then written.

    `actor` is None for who runs the command on the server.
    """
    reason = clean_line(wanted.reason)
    faults = {}
    if not reason or len(reason) > REASON_MAX:
        faults["reason"] = f"Dites pourquoi, en {REASON_MAX} caractères au plus : le journal le garde."
    if wanted.form not in (CSV, PARQUET):
        faults["form"] = "Choisissez CSV ou Parquet."
    elif wanted.form == PARQUET and not has_parquet():
        faults["form"] = WITHOUT
    if not periods.is_period(wanted.period):
        faults["period"] = "Choisissez une période."
    if faults:
        raise Invalid(faults)
    with writing():
        now = written_at(now)
        kind = "sort du périmètre" if wanted.leaves else "reste dans le périmètre"
        details = {"motif": reason, "period": wanted.period, "format": wanted.form, "kind": kind}
        audit.record("facts.exported", actor=actor, subject=scope.key, details=details, now=now)
    lines = reading.lines(scope, wanted.period, leaves=wanted.leaves)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        count = _parquet(archive, lines) if wanted.form == PARQUET else _csv(archive, lines)
        rows: list[tuple[object, ...]] = [("Colonne", "Genre", "Ce qu’elle dit")]
        rows += [(one.label, "nombre entier" if one.number else "texte", one.says) for one in FIELDS]
        archive.writestr("dictionnaire.csv", csv_text(rows))
        archive.writestr("lisez-moi.txt", _about(wanted, scope, now))
    return count


def _csv(archive: zipfile.ZipFile, lines: Iterator[reading.Line]) -> int:
    count = 0
    with archive.open("faits.csv", "w", force_zip64=True) as file:
        file.write(csv_text([[one.label for one in FIELDS]]).encode())
        for some in _some(lines):
            file.write(csv_text(_rows(some))[1:].encode())
            count += len(some)
    return count


def _parquet(archive: zipfile.ZipFile, lines: Iterator[reading.Line]) -> int:
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    schema = arrow.schema([(one.label, arrow.int64() if one.number else arrow.string()) for one in FIELDS])
    count = 0
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        with parquet.ParquetWriter(file.name, schema) as writer:
            for some in _some(lines):
                columns: list[Any] = [list(column) for column in zip(*_rows(some), strict=True)]
                writer.write_table(arrow.table(columns, schema=schema))
                count += len(some)
        archive.write(file.name, "faits.parquet")
    return count


def _some(lines: Iterator[reading.Line]) -> Iterator[list[reading.Line]]:
    while some := list(islice(lines, reading.CHUNK)):
        yield some


def _rows(lines: Iterable[reading.Line]) -> list[list[object]]:
    return [[line.get(one.name, None if one.number else "") for one in FIELDS] for line in lines]


def _about(wanted: Wanted, scope: Scope, now: datetime) -> str:
    """Return what the archive is, for who opens it."""
    told = [
        f"Faits de Guichet, périmètre « {scope.key} », {periods.label(wanted.period)}.",
        f"Écrits le {now:%Y-%m-%d %H:%M} UTC.",
        "Aucun nom, aucun numéro de ticket. Chaque colonne est définie dans dictionnaire.csv.",
    ]
    if wanted.leaves:
        told += [
            "Ce fichier peut sortir du périmètre : sommes par mois, établissements sous un pseudonyme.",
            f"« {HIDDEN} » : ce que moins de {FEWEST} personnes ont demandé est réuni avec d’autres, ou tu.",
        ]
    else:
        told.append("Ce fichier nomme les établissements et descend au jour : il reste dans le périmètre.")
    return "\r\n".join(told) + "\r\n"
