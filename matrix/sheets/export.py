"""The matrix of an agreement as a coloured sheet, which `matrix.sheets.read` reads back without a difference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from matrix import table
from matrix.conventions import Conventions
from matrix.model import Convention
from matrix.owners import body_of
from matrix.sheets import notes
from matrix.sheets.formats import csvs
from matrix.sheets.lexicon import Lexicon
from matrix.sheets.model import OutCell, OutSheet, coordinate
from matrix.values import DEPENDS, party_of
from matrix.wording import SECTIONS

FORMATS = ("xlsx", "ods", "csv")
MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}

#: The colour of each word. The colours differ enough to be distinguished and are light enough for black text.
COLOURS = {
    "EN": "#CDBDF0",
    "CL": "#F6CF8B",
    "Etab": "#A9DDB4",
    "CL ou Etab": "#E5E08A",
    "sans objet": "#D9D9D9",
    "arbitrage": "#F2B8D6",
    "conflit": "#F28B82",
    DEPENDS: "#A8D4EE",
}
LEGEND = "Légende"
_MEANINGS = {
    "CL ou Etab": "la collectivité ou l’établissement : celui qui a payé, ou qui paiera",
    "sans objet": "personne n’a à en répondre",
    "arbitrage": "décidé au cas par cas",
    "conflit": "deux clauses nomment deux parties ; elles sont dans la note de la case",
    DEPENDS: "la réponse dépend des faits ; ses cas sont dans la note de la case",
}


def export(conventions: Conventions, convention_id: str, form: str) -> bytes:
    """Return the latest version of an agreement's matrix: « xlsx », « ods » or « csv ».

    Raises `KeyError` where the agreement is unknown, `ValueError` for another format.
    """
    sheet = sheet_of(conventions, conventions[convention_id])
    if form == "xlsx":
        from matrix.sheets.formats import write_xlsx

        return write_xlsx.write(sheet)
    if form == "ods":
        from matrix.sheets.formats import write_ods

        return write_ods.write(sheet)
    if form == "csv":
        return csvs.write(_csv_rows(sheet))
    raise ValueError(form)


def sheet_of(conventions: Conventions, convention: Convention) -> OutSheet:
    """Return the sheet to write: title, header, services by section, legend."""
    version = convention.versions[-1]
    activities = tuple(conventions.activities.values())
    rows: list[tuple[OutCell, ...]] = [
        (OutCell(convention.title, look="title"),),
        (OutCell(f"Version en vigueur depuis le {version.on:%d/%m/%Y}"),),
        (),
        tuple(OutCell(text, look="head") for text in ("Service", *activities, "Code")),
    ]
    header = len(rows)
    for section, services in groupby(table.rows(conventions, convention.id), key=lambda row: row.section):
        rows.append((OutCell(SECTIONS.get(section, section), look="section"),))
        for service, cells in groupby(services, key=lambda row: row.service):
            label = OutCell(conventions.services[service], look="label")
            rows.append((label, *(_cell(convention, row) for row in cells), OutCell(service)))
    rows.append(())
    rows.extend(_legend(convention))
    return OutSheet("Annexe 2", tuple(rows), header, convention.title)


def _cell(convention: Convention, row: table.TableRow) -> OutCell:
    return OutCell(
        row.value, colour_of(row.value), notes.encode(convention, row.cell), "cell", row.provenance == "derived"
    )


def colour_of(value: str) -> str:
    """Return the colour of a cell's word; its note changes nothing."""
    return COLOURS.get(value.partition(" (")[0], "")


def _legend(convention: Convention) -> Iterator[tuple[OutCell, ...]]:
    yield (OutCell(LEGEND, look="section"),)
    lexicon = Lexicon(convention)
    for word, colour in COLOURS.items():
        if word == "CL ou Etab" and not {"CL", "Etab"} <= set(lexicon.roles):
            continue
        if word in ("EN", "CL", "Etab"):
            body = body_of(party_of(word, convention.parties) or "", convention.parties)
            if body is None:
                continue
            meaning = body.name
        else:
            meaning = _MEANINGS[word]
        yield (OutCell(word, colour, look="cell"), OutCell(meaning))
    derived = "déduit d’une clause ; en droit : imprimé dans le texte"
    yield (OutCell("Mot en italique", look="label", italic=True), OutCell(derived))
    yield (OutCell("Case sans couleur", look="label"), OutCell("le texte ne dit rien : le guichet qualifie la demande"))
    for number, (clause, _, _) in convention.notes.items():
        yield (OutCell(f"Note ({number})", look="label"), OutCell(clause.reading or clause.quote))


def _csv_rows(sheet: OutSheet) -> Iterator[list[str]]:
    """Yield the rows as words. The notes, for which CSV has no place, follow as separate lines."""
    wide = max(len(row) for row in sheet.rows)
    for row in sheet.rows:
        texts = [cell.text for cell in row]
        yield texts + [""] * (wide - len(texts))
    noted = [
        (coordinate(number, column), row[0].text, sheet.rows[sheet.header - 1][column - 1].text, cell.note)
        for number, row in enumerate(sheet.rows, 1)
        for column, cell in enumerate(row, 1)
        if cell.note
    ]
    if noted:
        yield [""] * wide
        yield [csvs.NOTES_TITLE]
        yield from (list(one) for one in noted)
