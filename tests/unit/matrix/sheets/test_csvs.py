"""CSV: its separator, its notes, its guarded texts, and what is no CSV."""

from __future__ import annotations

import csv

import pytest

from matrix.sheets import SheetRefused, book, open_book, used_part
from matrix.sheets.formats import csvs

HEADER = "Service;Préconisation;Acquisition;Déploiement;Maintenance;Assistance;Expertise"


def grid(text, name="a.csv"):
    return open_book(text.encode() if isinstance(text, str) else text, name).grids[0]


def texts(found):
    return {place: cell.text for place, cell in found.cells.items()}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_that_names_the_activities(separator):
    found = grid(HEADER.replace(";", separator) + "\r\nAnnuaire" + separator + "EN\r\n")
    assert (found.at(1, 7).text, found.at(2, 1).text, found.at(2, 2).text) == ("Expertise", "Annuaire", "EN")


def test_a_separator_that_is_told_holds_against_all_others():
    found = grid("sep=|\r\n" + HEADER + "\r\na|b\r\n")
    assert (found.at(1, 1).text, found.at(3, 2).text) == ("", "b"), "the line that tells it is no line of the table"
    assert grid('"SEP=;";;\r\na;b\r\n').at(2, 2).text == "b"


def test_without_activities_the_most_frequent_separator_is_it():
    assert texts(grid("a,b,c;d\n")) == {(1, 1): "a", (1, 2): "b", (1, 3): "c;d"}


def test_the_header_is_looked_for_within_sixty_lines():
    near, far = "x,y,z,t,u,v,w\n" * 59 + HEADER + "\n", "x,y,z,t,u,v,w\n" * 60 + HEADER + "\n"
    assert grid(near).at(60, 2).text == "Préconisation"
    assert grid(far).at(61, 1).text == HEADER


def test_notes_go_to_the_cell_that_their_names_give():
    """The coordinate is that of the export: it only tells apart two lines of one name, by the nearest row."""
    lines = [HEADER, "Annuaire;EN;CL", "Antivirus;EN;CL", "Annuaire;Etab;CL"]
    notes = ["Notes des cases", "C9;Annuaire;Acquisition;la note", "B2;Annuaire;Préconisation;une autre", "B2;;;rien"]
    found = grid("\n".join(lines + notes))
    assert {place: cell.note for place, cell in found.cells.items() if cell.note} == {
        (4, 3): "la note",
        (2, 2): "une autre",
    }
    assert (found.rows, found.at(2, 2).text, found.at(4, 3).text) == (4, "EN", "CL")


def test_a_note_whose_service_or_activity_is_not_in_the_table_is_told():
    notes = ["Notes des cases", "B2;Serveur;Acquisition;note", "B2;Annuaire;Voyage;note", "B2;Expertise;Acquisition;x"]
    found = grid("\n".join([HEADER, "Annuaire;EN", *notes]))
    assert [one.split("»")[0] for one in found.told] == [
        "La note de la case « Serveur : Acquisition ",
        "La note de la case « Annuaire : Voyage ",
        "La note de la case « Expertise : Acquisition ",
    ], "the header is no line of the table"
    assert not [cell for cell in found.cells.values() if cell.note]


@pytest.mark.parametrize("line", ["B2;Annuaire;Acquisition", "B2;Annuaire;Acquisition;  ", ""])
def test_a_line_without_a_note_says_nothing(line):
    found = grid("\n".join([HEADER, "Annuaire;EN;CL", "Notes des cases", line]))
    assert found.told == () and not [cell for cell in found.cells.values() if cell.note]


@pytest.mark.parametrize("text", ["=1+1", "+33 5", "-1", "@a", "\ta", " =1", "'=1", "＝1", "\u00a0-1", '"=1"'])
def test_a_text_that_a_spreadsheet_would_compute_is_guarded_and_comes_back(text):
    assert csvs.guarded(text) == f"'{text}" and csvs.unguarded(f"'{text}") == text


@pytest.mark.parametrize("text", ["EN", "'tis", "a=b", "1-2", ""])
def test_any_other_text_stays_as_it_is(text):
    assert csvs.guarded(text) == text == csvs.unguarded(text)


def test_what_is_written_opens_in_a_french_spreadsheet():
    assert csvs.write([["a;b", "=1", 'c"d'], ["é"]]) == b"\xef\xbb\xbf" + '"a;b";\'=1;"c""d"\r\né\r\n'.encode()


def test_a_formula_is_marked_and_read_without_its_apostrophe():
    found = grid("Service;=1+1;'=1+1\n")
    assert (found.at(1, 2).formula, found.at(1, 2).text) == (True, "=1+1")
    assert (found.at(1, 3).formula, found.at(1, 3).text) == (True, "=1+1")
    assert not found.at(1, 1).formula


@pytest.mark.parametrize(
    "data",
    ["é;à\n".encode("utf-8-sig"), "é;à\n".encode(), "é;à\n".encode("cp1252"), "é;à\n".encode("utf-16")],
)
def test_the_usual_encodings_are_read(data):
    assert texts(grid(data)) == {(1, 1): "é", (1, 2): "à"}


@pytest.mark.parametrize("data", [b"a;b\x00c\n", b"\xff\xfea", "a\x00b".encode("utf-16")])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(SheetRefused, match="n’est pas un texte CSV lisible"):
        grid(data)


def test_a_field_too_long_for_csv_is_broken(monkeypatch):
    was = csv.field_size_limit(1_000)
    try:
        with pytest.raises(SheetRefused, match="abîmé"):
            grid('"' + "x" * 2_000 + '";b\n')
    finally:
        csv.field_size_limit(was)


def test_lines_far_beyond_any_sheet_are_refused(monkeypatch):
    monkeypatch.setattr(used_part, "ROWS_MAX", 2)
    assert grid("a;b\n" + ";\n" * 39).rows == 1
    with pytest.raises(SheetRefused, match="trop de cases"):
        grid("a;b\n" + ";\n" * 40)


def test_a_csv_of_exactly_the_most_bytes_is_read(monkeypatch):
    monkeypatch.setattr(book, "CSV_MAX", 4)
    assert texts(grid("a;b\n")) == {(1, 1): "a", (1, 2): "b"}
    with pytest.raises(SheetRefused, match="trop long"):
        grid("a;bc\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.doc", "n’est pas une feuille de calcul lisible"), ("feuille", "n’est pas une feuille de calcul lisible")],
)
def test_a_text_under_another_name_is_no_csv(name, said):
    with pytest.raises(SheetRefused, match=said):
        grid("a;b\n", name)
    assert grid("a;b\n", "a.TXT").rows == grid("a;b\n", "a.tsv").rows == 1


@pytest.mark.parametrize("start", ["<?xml ", " \r\n<!DOCTYPE", "<HTML", "\ufeff<table", "<Workbook"])
def test_a_page_or_a_flat_document_is_told_from_a_csv(start):
    with pytest.raises(SheetRefused, match="document XML ou une page web"):
        grid(start + ";b\n")


def test_a_book_without_a_filled_cell_is_refused():
    with pytest.raises(SheetRefused, match="aucune case remplie"):
        grid(";;\n;\n")
    with pytest.raises(SheetRefused, match="vide"):
        grid(" \r\n\t\x00")


def test_a_book_of_too_many_letters_is_refused():
    bounds = used_part.Bounds(letters=5)
    assert open_book(b"ab;cde\n", "a.csv", bounds).grids[0].cells
    with pytest.raises(SheetRefused, match="trop de cases"):
        open_book(b"ab;cdef\n", "a.csv", bounds)
