"""Test lists read from files: headings, separators, encodings, workbooks, and files made to harm."""

from __future__ import annotations

import io
import time
from datetime import date

import openpyxl
import pytest
from harness import hostile_sheets

from matrix.sheets.formats import write_ods
from matrix.sheets.model import OutCell, OutSheet
from ticketing.arrivals import lists
from ticketing.arrivals.lists import SheetRefused, read
from ticketing.arrivals.people_columns import COLUMNS, typed

ROWS = [
    ["NOM", " prenom ", "Employeur", "Adresse Mél", "Fonction (2.1)", "Début", "Couleur"],
    ["Lœuillet", "Élise", "Collège, annexe", "elise@a.fr", "Agente", "01/09/2026", "bleu"],
    ["", "", "", "", "", "", ""],
    ["O’Brien", "Zoé", "Rectorat", "zoe@a.fr", "Chef", "2026-09-02", ""],
]


def as_csv(separator=";", encoding="utf-8", head="", quote=False):
    lines = [separator.join(f'"{one}"' if quote or separator in one else one for one in row) for row in ROWS]
    return (head + "\r\n".join(lines) + "\r\n").encode(encoding)


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def check(found):
    assert [row.line for row in found.rows] in ([2, 4], [3, 5])
    first, second = found.rows
    assert (first.get("last_name"), first.get("company"), second.get("last_name")) == (
        "Lœuillet",
        "Collège, annexe",
        "O’Brien",
    )
    assert (typed(first).starts_on, typed(second).starts_on) == (date(2026, 9, 1), date(2026, 9, 2))
    assert found.unread == ("Couleur",)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_list_is_read_whatever_wrote_it(separator, encoding):
    check(read(as_csv(separator, encoding), "gens.csv", COLUMNS))


def test_a_title_above_the_headings_and_a_declared_separator_are_passed_over():
    check(read(as_csv(head="sep=;\r\n"), "gens.csv", COLUMNS))
    check(read(as_csv(head="Liste du Département, 2026\r\n", quote=True), "gens.csv", COLUMNS))


def test_a_workbook_is_read_and_a_day_kept_as_a_number_too():
    rows = [list(row) for row in ROWS]
    rows[1][5] = date(2026, 9, 1)
    check(read(workbook(rows), "gens.xlsx", COLUMNS))
    cells = tuple(tuple(OutCell(text) for text in row) for row in ROWS)
    check(read(write_ods.write(OutSheet("A", cells, 1, "gens")), "gens.ods", COLUMNS))


def test_the_sheet_of_the_best_known_headings_is_read():
    book = openpyxl.Workbook()
    book.active.append(["À lire", "Ceci n’est pas la liste"])
    page = book.create_sheet("Gens")
    for row in ROWS:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    check(read(out.getvalue(), "gens.xlsx", COLUMNS))


@pytest.mark.parametrize("data", [b"nom;prenom;societe;mail;fonction\n=1+1;a;b;c@d.fr;e\n", None])
def test_a_formula_is_told_and_never_run(data):
    rows = [["nom", "prenom", "societe", "mail", "fonction"], ["=1+1", "a", "b", "c@d.fr", "e"]]
    found = read(data, "a.csv", COLUMNS) if data else read(workbook(rows), "a.xlsx", COLUMNS)
    assert found.rows[0].formulas == {"last_name"}
    assert "formule" in typed(found.rows[0]).faults["last_name"]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.csv", "vide"),
        (b"nom;mail\nA;b@c.fr\n", "a.csv", "Il manque les colonnes « Prénom », « Société », « Fonction »"),
        (b"nom;nom;prenom;societe;mail;fonction\na;b;c;d;e;f\n", "a.csv", "Deux colonnes"),
        (b"nom;prenom;societe;mail;fonction\n;;;;\n", "a.csv", "aucune ligne"),
        (b"<html><table>", "a.csv", "page web"),
        (b"%PDF-1.7", "a.csv", "PDF"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "ancien classeur"),
        (b"nom;prenom;societe;mail;fonction\n\x00\x00", "a.csv", "lisible"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(data, name, sentence):
    with pytest.raises(SheetRefused, match=sentence):
        read(data, name, COLUMNS)


def test_a_list_beyond_its_bound_is_refused(monkeypatch):
    monkeypatch.setattr(lists, "ROWS_MAX", 1)
    with pytest.raises(SheetRefused, match="coupez-la"):
        read(as_csv(), "a.csv", COLUMNS)


def test_a_hostile_workbook_is_refused_and_costs_little():
    names = ["laughs.xlsx", "laughs.ods", "outside.ods", "bomb.xlsx", "lying.xlsx", "repeated-text.ods", "merges.xlsx"]
    made = hostile_sheets.files(*names, "million-rows.xlsx", "many-attributes.xlsx", "filled-rows.xlsx")
    assert len(made) == len(names) + 3
    began = time.process_time()
    for name, data in made.items():
        with pytest.raises(SheetRefused):
            read(data, name, COLUMNS)
    assert time.process_time() - began < 20  # as test_hostile bounds it: a sheet that is unfolded takes minutes


@pytest.mark.parametrize("text", ["31/02/2026", "demain", "1/1/1999", "2026-9-1", "99999", "12345678"])
def test_a_day_that_is_none_is_told(text):
    row = lists.Row(2, {"starts_on": text})
    assert "starts_on" in typed(row).faults
