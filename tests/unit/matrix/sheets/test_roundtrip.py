"""Export followed by import changes nothing, for shipped agreements in every format and for random matrices."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from matrix import Citation, load_conventions
from matrix.model import Case, Cell, Contributor, Version
from matrix.model import Test as Asked
from matrix.sheets import FORMATS, Answers, compared, differences, export, open_book, read
from matrix.sheets.formats.csvs import guarded, unguarded
from matrix.values import cases_of, parse

pytestmark = pytest.mark.slow

CONVENTIONS = load_conventions()
BASE = CONVENTIONS["hautes-pyrenees-2015"]
PARTIES = tuple(BASE.parties)
CLAUSES = tuple(BASE.clauses.values())


def back(conventions, convention_id, form):
    """The reading of an agreement's own export."""
    book = open_book(export(conventions, convention_id, form), f"annexe.{form}")
    return read(book, conventions, convention_id, Answers())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("convention_id", CONVENTIONS.ids)
def test_every_shipped_agreement_comes_back_the_same(convention_id, form):
    reading = back(CONVENTIONS, convention_id, form)
    assert reading.ready and reading.questions == ()
    assert compared(reading, CONVENTIONS) == ()
    from matrix.table import rows

    wanted = {(row.service, row.activity): row.value for row in rows(CONVENTIONS, convention_id)}
    assert {(cell.service, cell.activity): cell.word for cell in reading.cells} == wanted
    assert not [cell for cell in reading.cells if cell.doubts]


@pytest.mark.parametrize("form", FORMATS)
def test_the_comparison_is_not_blind(form):
    """When one cell of the agreement changes, the former sheet shows that difference and no other."""
    convention = CONVENTIONS["hautes-pyrenees-2015"]
    book = open_book(export(CONVENTIONS, convention.id, form), f"annexe.{form}")
    version = convention.versions[-1]
    key = ("infrastructure-reseau", "mco")
    cell = Cell(*key, "EN", "printed", cases_of(parse("EN"), convention.parties, convention.notes, ()), CLAUSES[:1])
    changed = replace(convention, versions=(Version(version.on, {**version.cells, key: cell}),))
    conventions = CONVENTIONS.with_conventions([changed])
    (change,) = differences(read(book, conventions, convention.id, Answers()), conventions)
    assert (change.service, change.activity, change.value) == (*key, "CL")
    assert "case E" in change.origin and "Annexe 2" in (change.origin if form != "csv" else "Annexe 2")


def test_a_case_changed_in_the_note_is_a_difference():
    convention = CONVENTIONS["hautes-pyrenees-2015"]
    data = export(CONVENTIONS, convention.id, "csv").decode()
    wanted = 'party = ""academie""'
    at = data.index(wanted, data.index("[[case]]"))
    edited = data[:at] + 'party = ""departement""' + data[at + len(wanted) :]
    reading = read(open_book(edited.encode(), "a.csv"), CONVENTIONS, convention.id, Answers())
    (change,) = differences(reading, CONVENTIONS)
    assert change.value == "selon"
    assert [case.party for case in change.cases].count("academie") == 0
    kept = convention.versions[-1].cells[(change.service, change.activity)]
    assert change.assume == kept.assume and len(change.cases) == len(kept.cases)


def _recut(text, separator):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(
        csv.reader(io.StringIO(text, newline=""), delimiter=";")
    )
    return out.getvalue()


MOVED = {
    "sep=": lambda text: "sep=;\r\n" + text,
    "a line before": lambda text: "Feuille relue le 3, puis le 4, par A, B, C, D, E, F, G, H\r\n" + text,
    "a line within": lambda text: text.replace("Service;", "Relu;par;nous\r\nService;", 1),
    "commas": lambda text: _recut(text, ","),
    "tabs": lambda text: "Un titre ; avec ; des ; points ; virgules ; partout ; ; ; ;\r\n" + _recut(text, "\t"),
    "bars": lambda text: _recut(text, "|"),
}


@pytest.mark.parametrize("convention_id", CONVENTIONS.ids)
@pytest.mark.parametrize("moved", MOVED)
def test_a_csv_is_read_by_its_names_and_never_by_position(convention_id, moved):
    data = MOVED[moved](export(CONVENTIONS, convention_id, "csv").decode("utf-8-sig"))
    reading = read(open_book(data.encode(), "a.csv"), CONVENTIONS, convention_id, Answers())
    assert reading.ready and compared(reading, CONVENTIONS) == ()
    assert not [sentence for sentence in reading.told if "n’est pas lue" in sentence]


def test_a_note_without_its_cell_is_reported():
    data = export(CONVENTIONS, "hautes-pyrenees-2015", "csv").decode("utf-8-sig")
    more = data + "D9;Service inconnu;Conseil;[[case]]\r\n"
    reading = read(open_book(more.encode(), "a.csv"), CONVENTIONS, "hautes-pyrenees-2015", Answers())
    assert "La note de la case « Service inconnu : Conseil » n’a pas trouvé sa case" in " ".join(reading.told)
    assert compared(reading, CONVENTIONS) == ()


def test_the_export_is_coloured_lettered_and_explained():
    sheet = openpyxl.load_workbook(io.BytesIO(export(CONVENTIONS, "hautes-pyrenees-2015", "xlsx")))["Annexe 2"]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    fills = {word: cells[word].fill.fgColor.rgb for word in ("EN", "CL", "Etab", "CL ou Etab", "sans objet", "selon")}
    assert len(set(fills.values())) == 6 and all(cells[word].fill.fill_type == "solid" for word in fills)
    assert cells["sans objet (3)"].fill.fgColor.rgb == fills["sans objet"]
    assert "Légende" in cells and "Note (3)" in cells
    depends = [cell for row in sheet.iter_rows() for cell in row if cell.value == "selon" and cell.comment]
    assert depends and all("[[case]]" in cell.comment.text for cell in depends)


def test_exports_are_the_same_bytes_whenever_they_are_written():
    for form in FORMATS:
        assert export(CONVENTIONS, "acar-2021", form) == export(CONVENTIONS, "acar-2021", form)


def test_an_unknown_format_or_agreement_is_refused():
    with pytest.raises(ValueError, match="pdf"):
        export(CONVENTIONS, "acar-2021", "pdf")
    with pytest.raises(KeyError):
        export(CONVENTIONS, "nulle-part-1999", "ods")


def test_struck_text_of_a_workbook_is_a_question():
    data = export(CONVENTIONS, "hautes-pyrenees-2015", "xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook["Annexe 2"]
    places = {cell.value: cell for row in sheet.iter_rows(min_row=5, min_col=2, max_col=7) for cell in row}
    places["EN"].font = Font(strike=True)
    places["CL"].value = CellRichText(TextBlock(InlineFont(strike=True), "CL ou"), " Etab")
    out = io.BytesIO()
    workbook.save(out)
    reading = read(open_book(out.getvalue(), "a.xlsx"), CONVENTIONS, "hautes-pyrenees-2015", Answers())
    asked = {one.where for one in reading.open_questions if "est barré" in one.sentence}
    assert asked == {(places["EN"].coordinate,), (places["CL"].coordinate,)}


# --- text that a spreadsheet would compute ----------------------------------------------------------------------------


@given(st.text(max_size=30))
def test_guarded_text_comes_back_and_never_computes(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("form", FORMATS)
def test_a_title_that_looks_like_a_formula_stays_text(form):
    convention = replace(CONVENTIONS["hautes-pyrenees-2015"], title='=HYPERLINK("x")')
    data = export(CONVENTIONS.with_conventions([convention]), convention.id, form)
    if form == "xlsx":
        cell = openpyxl.load_workbook(io.BytesIO(data)).active["A1"]
        assert cell.data_type == "s" and cell.value == convention.title
    elif form == "ods":
        content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
        assert "table:formula" not in content and "=HYPERLINK(" in content
    else:
        assert next(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))[0] == "'" + convention.title
    grid = open_book(data, f"a.{form}").grids[0]
    assert grid.at(1, 1).text == convention.title


# --- matrices at random -----------------------------------------------------------------------------------------------

words = st.sampled_from(
    (
        "",
        "EN",
        "CL",
        "Etab",
        "CL ou Etab",
        "sans objet",
        "sans objet (3)",
        "CL ou Etab (4)",
        "EN (1)",
        "arbitrage",
        "conflit",
        "selon",
    )
)
letters = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs", "Cf"))
texts = st.text(letters, min_size=1, max_size=40).filter(lambda text: text == text.strip())
citations = st.one_of(
    st.sampled_from(CLAUSES),
    st.builds(
        Citation, st.just(BASE.id), texts, st.sampled_from(("printed", "derived", "default")), texts, st.none() | texts
    ),
)
cites = st.lists(citations, max_size=3, unique=True).map(tuple)
tests = st.dictionaries(
    st.sampled_from(("user_category", "acquired_by", "acquired_on", "inventoried", "under_warranty")),
    st.integers(0, 3),
    max_size=3,
).map(lambda chosen: tuple(_test(fact, number) for fact, number in chosen.items()))
contributors = st.lists(st.builds(Contributor, st.sampled_from(PARTIES), tests, cites), max_size=2).map(tuple)


def _test(fact, number):
    if fact == "acquired_on":
        return Asked(fact, date(2015 + number, 9, 1), "after" if number % 2 else "until")
    if fact == "acquired_by":
        return (
            Asked(fact, "CL", "role"),
            Asked(fact, "departement", "is"),
            Asked(fact, "Etab", "role"),
            Asked(fact, "region", "is"),
        )[number]
    if fact == "user_category":
        return (
            Asked(fact, True, "administrative"),
            Asked(fact, False, "administrative"),
            Asked(fact, "cdi", "is"),
            Asked(fact, "eleves", "is"),
        )[number]
    return Asked(fact, bool(number % 2), "is")


@st.composite
def cases(draw):
    routed = draw(st.booleans())
    return Case(
        draw(tests),
        "routed" if routed else draw(st.sampled_from(("to_qualify", "conflict", "arbitration"))),
        draw(st.sampled_from(PARTIES)) if routed else None,
        draw(cites),
        draw(contributors),
        draw(st.none() | st.just("editeur")),
        () if routed else PARTIES[:2],
    )


@st.composite
def versions(draw):
    """Random cells of any word, each with details that its word allows."""
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(tuple(CONVENTIONS.services)), st.sampled_from(tuple(CONVENTIONS.activities))),
            max_size=25,
            unique=True,
        )
    )
    found = {}
    for service, activity in keys:
        value = draw(words)
        helpers, assume = draw(contributors), ()
        candidates = PARTIES[:2] if value in ("conflit", "arbitrage") else ()
        if value == "selon":
            outcomes = tuple(draw(st.lists(cases(), min_size=1, max_size=3)))
            assume = (("acquired_by", "departement"),) if draw(st.booleans()) else ()
        else:
            outcomes = cases_of(parse(value), BASE.parties, BASE.notes, (), helpers, candidates)
        provenance = draw(st.sampled_from(("printed", "derived"))) if value else "default"
        found[(service, activity)] = Cell(service, activity, value, provenance, outcomes, CLAUSES[:1], assume)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cells=versions(), form=st.sampled_from(FORMATS))
def test_any_matrix_comes_back_the_same(cells, form):
    convention = replace(BASE, versions=(Version(BASE.versions[0].on, cells),))
    conventions = CONVENTIONS.with_conventions([convention])
    reading = back(conventions, convention.id, form)
    assert reading.questions == ()
    assert compared(reading, conventions) == ()
    assert {(one.service, one.activity) for one in reading.cells} >= set(cells)
