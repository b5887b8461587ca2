"""The committee pack as a value: tables of typed cells, each column with its definition, and the hash of it all. Pure.

Every form of the pack (PDF, XLSX, ODS, CSV) is written from this value: the same value gives the same bytes. A cell is
a text, a whole number, hours (a float), a share from 0 to 1 (a float), a day (a `date`), or None where there is nothing
to say. `HIDDEN` stands for what is about fewer than five people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

Kind = Literal["text", "count", "hours", "share", "day", "measure"]
Value = str | int | float | date | None
Row = tuple[Value, ...]

#: The fewest people that a group of figures must be about to be shown outside its perimeter.
FEWEST = 5
HIDDEN = "moins de 5 personnes"
KINDS: Mapping[str, str] = {
    "text": "texte",
    "count": "nombre entier",
    "hours": "heures (décimales)",
    "share": "part (de 0 à 1)",
    "day": "jour",
    "measure": "nombre, dans l’unité de la ligne",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the kind of its cells, what it counts, how, and the text that it rests on."""

    name: str
    kind: Kind = "text"
    definition: str = ""
    arithmetic: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class PackTable:
    """A table of the pack. `empty` is the sentence that stands in its place where it has no row."""

    id: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "Rien dans cette période."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack: whose it is, on what, up to when, and its tables in order.

    `side` is the organisation whose figures it shows, « » for the whole; `cut_off` the last day counted; `meeting` the
    day of the meeting, where it is known. With `everything`, small groups
    are in it, and it is for the académie alone. `chapters` name the tables under each heading.
    """

    agreement: str
    title: str
    year: str
    side: str
    side_name: str
    cut_off: date
    everything: bool = False
    meeting: date | None = None
    tables: tuple[PackTable, ...]
    chapters: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def table(self, name: str) -> PackTable:
        """Return a table by its id. Raises KeyError."""
        found = next((one for one in self.tables if one.id == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that the pack says, in hexadecimal digits: the same data, the same digest."""
        text = json.dumps(packed(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Return the beginning of the names of its files, in ASCII."""
        side = f"-{self.side}" if self.side else "-interne" if self.everything else ""
        return f"comite-{self.agreement}-{self.year}{side}"


def packed(pack: Pack) -> dict[str, Any]:
    """Return the pack as JSON can hold it."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(pack), default=_day))
    return found


def unpacked(data: Mapping[str, Any]) -> Pack:
    """Return the pack that `packed` turned into `data`."""
    tables = []
    for one in data["tables"]:
        columns = tuple(Column(**column) for column in one["columns"])
        kinds = [column.kind for column in columns]
        rows = tuple(tuple(_read(cell, kind) for cell, kind in zip(row, kinds, strict=True)) for row in one["rows"])
        tables.append(PackTable(one["id"], one["title"], one["note"], columns, rows, one["empty"]))
    meeting = data["meeting"]
    return Pack(
        agreement=data["agreement"],
        title=data["title"],
        year=data["year"],
        side=data["side"],
        side_name=data["side_name"],
        cut_off=date.fromisoformat(data["cut_off"]),
        everything=data["everything"],
        meeting=date.fromisoformat(meeting) if meeting else None,
        tables=tuple(tables),
        chapters=tuple((title, tuple(names)) for title, names in data["chapters"]),
    )


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


def _read(cell: Any, kind: str) -> Value:
    if kind == "day" and isinstance(cell, str) and cell[:4].isdigit():
        return date.fromisoformat(cell)
    if kind in ("hours", "share") and isinstance(cell, int):
        return float(cell)
    found: Value = cell
    return found


def hours(seconds: int) -> float:
    """Return seconds as hours, to the hundredth."""
    return round(seconds / 3600, 2)


def share(top: int, bottom: int) -> float | None:
    """Return a share to the ten-thousandth, or None where there is nothing to divide by."""
    return round(top / bottom, 4) if bottom else None


def dictionary(pack: Pack) -> list[tuple[str, ...]]:
    """Return the data dictionary of a pack, header first: a line for each column of each table."""
    lines: list[tuple[str, ...]] = [("Tableau", "Colonne", "Genre", "Définition", "Calcul", "Texte")]
    for table in pack.tables:
        lines += [
            (table.title, one.name, KINDS[one.kind], one.definition, one.arithmetic, one.clause)
            for one in table.columns
        ]
    return lines
