"""A list as a file for a spreadsheet: what one sees, page after page, within the same perimeter, no cell a formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from charters.model import Perimeter
from matrix.sheets.formats import write_ods, write_xlsx
from matrix.sheets.model import OutCell, OutSheet
from ticketing import model, views
from ticketing.documents import tabular
from ticketing.following import labels
from ticketing.formats import local
from ticketing.tickets import queries
from ticketing.web.tickets import plain_labels
from ticketing.web.tickets.listing import states, why
from ticketing.web.tickets.listing.states import Reader

#: The most lines of a file; a line says so where there are more.
MOST = 5_000
_PAGE = 100
#: Column of a file -> its heading, by the names of the list's columns.
HEADINGS = {
    "numero": "Numéro",
    "titre": "Titre",
    "etablissement": "Établissement",
    "sujet": "Sujet",
    "demande": "Demande",
    "etat": "Où cela en est",
    "chez": "Chez",
    "agent": "En charge",
    "demandeur": "Demandé par",
    "date": "Ouvert le",
    "avant": "À traiter avant",
    "change": "Changé le",
    "pourquoi": "Pourquoi à cette place",
    "etiquettes": "Étiquettes",
}
#: The columns that are always there: the list shows the labels of a ticket beside its title.
_ALWAYS = ("numero", "titre", "etiquettes")
#: The list shows two columns as one, and a file both.
_WITH = {"date": ("date", "avant")}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: the list, who reads it, and the columns that its address asks for (none: all of them)."""

    own: Perimeter
    filters: model.Filters
    reader: Reader
    columns: tuple[str, ...] = ()


def written(form: str, content: Content, now: datetime) -> str | bytes:
    """Return the list as CSV, ODS or XLSX, with the columns that it shows."""
    wanted = {one for name in content.columns for one in _WITH.get(name, (name,))} & HEADINGS.keys()
    shown = [name for name in HEADINGS if name in wanted or name in _ALWAYS or not wanted]
    lines: list[Sequence[object]] = [[HEADINGS[name] for name in shown]]
    for row, words in _rows(content.own, content.filters, now):
        cells = {**_cells(row, content.reader, now), "etiquettes": words}
        lines.append([cells[name] for name in shown])
    if len(lines) > MOST:
        lines = [*lines[: MOST + 1], ("", f"Liste coupée à {MOST} lignes : posez un filtre.")]
    if form == "csv":
        return tabular.csv_text(lines)
    rows = tuple(
        tuple(OutCell(text, look="head" if not index else "plain") for text in map(tabular.cell, line))
        for index, line in enumerate(lines)
    )
    sheet = OutSheet("Tickets", rows, 1, "Tickets")
    return write_ods.write(sheet) if form == "ods" else write_xlsx.write(sheet)


def _rows(own: Perimeter, filters: model.Filters, now: datetime) -> Iterator[tuple[views.ListRow, str]]:
    """Yield the rows of a list with the words of the reader's side, one more than a file may hold at most."""
    cursor, count = None, 0
    filters = replace(filters, reader=None)
    while count <= MOST:
        page = queries.queue(own, filters, cursor, now, _PAGE)
        words = labels.of_tickets(own, [row.number for row in page.rows])
        yield from ((row, ", ".join(words.get(row.number, ()))) for row in page.rows)
        cursor, count = page.next, count + len(page.rows)
        if cursor is None:
            return


def _cells(row: views.ListRow, reader: Reader, now: datetime) -> dict[str, object]:
    """Return the cells of a line by column."""
    return {
        "numero": row.number,
        "titre": row.title,
        "etablissement": row.etablissement_name,
        "sujet": plain_labels.plain_label(row.service) or row.service_label,
        "demande": plain_labels.plain_activity(row.activity_label),
        "etat": states.in_words(row, reader),
        "chez": row.holder_name,
        "agent": row.assignee_name,
        "demandeur": row.opened_by_name,
        "date": _day(row.opened_at),
        "avant": _day(row.due_at),
        "change": _day(row.updated_at),
        "pourquoi": why.why(row, now),
    }


def _day(instant: datetime | None) -> str | None:
    return f"{local(instant):%Y-%m-%d %H:%M}" if instant else None
