"""What is written in a workbook comes back: words, colours, notes, spaces; and what the export's sheet holds."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from matrix import load_conventions
from matrix.model import Case, Citation, Contributor
from matrix.model import Test as Asked
from matrix.sheets import notes, open_book
from matrix.sheets.export import colour_of, sheet_of
from matrix.sheets.formats import write_ods, write_xlsx
from matrix.sheets.model import OutCell, OutSheet
from matrix.table import rows
from matrix.wording import SECTIONS

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
WRITERS = {"xlsx": write_xlsx.write, "ods": write_ods.write}
SHEET = OutSheet(
    "Annexe 2",
    (
        (OutCell("Titre", look="title"),),
        (),
        (OutCell("Service", look="head"), OutCell("Achat", look="head")),
        (
            OutCell("Annuaire", look="label"),
            OutCell("EN", "#FF8080", "deux\nlignes", "cell", italic=True),
            OutCell("", "#80FF80", look="cell"),
            OutCell("=1+1", look="cell"),
        ),
        (OutCell(""), OutCell("", note="seule", look="cell")),
    ),
    3,
    "L’accord",
)


@pytest.mark.parametrize("form", WRITERS)
def test_words_colours_and_notes_come_back(form):
    (grid,) = open_book(WRITERS[form](SHEET), f"a.{form}").grids
    assert grid.name == "Annexe 2"
    found = {place: (cell.text, cell.colour, cell.note) for place, cell in grid.cells.items() if cell.text or cell.note}
    assert found == {
        (1, 1): ("Titre", "", ""),
        (3, 1): ("Service", "#FFFFFF" if form == "xlsx" else "", ""),
        (3, 2): ("Achat", "#FFFFFF" if form == "xlsx" else "", ""),
        (4, 1): ("Annuaire", "", ""),
        (4, 2): ("EN", "#FF8080", "deux\nlignes"),
        (4, 4): ("=1+1", "", ""),
        (5, 2): ("", "", "seule"),
    }
    assert grid.at(4, 3).colour == "#80FF80" and not grid.at(4, 4).formula


@pytest.mark.parametrize(
    "text", ["a  b", "  a", "a ", "a\tb", " ", "a b", "   a   b   ", '<&">', "deux\n  lignes", "\ta\t"]
)
def test_spaces_tabs_and_marks_stay_in_an_ods(text):
    sheet = OutSheet("A", ((OutCell("x"), OutCell(f"|{text}|")), (OutCell(text), OutCell("y"))), 1, "t")
    (grid,) = open_book(write_ods.write(sheet), "a.ods").grids
    assert grid.at(1, 2).text == f"|{text}|"
    with zipfile.ZipFile(io.BytesIO(write_ods.write(sheet))) as package:
        assert package.namelist()[0] == "mimetype" and package.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert package.infolist()[3].compress_type == zipfile.ZIP_DEFLATED


def test_runs_of_spaces_are_counted_and_one_between_words_stays_plain():
    assert write_ods._spaced("  a b   c ") == '<text:s text:c="2"/>a b<text:s text:c="3"/>c<text:s text:c="1"/>'
    assert write_ods._spaced("") == "" and write_ods._spaced("\t") == "<text:tab/>"


def test_an_ods_says_how_each_kind_of_cell_looks():
    with zipfile.ZipFile(io.BytesIO(write_ods.write(SHEET))) as package:
        content = package.read("content.xml").decode()
    styles = {
        look: content.split(f'style:name="c{index}"', 1)[1].split("</style:style>", 1)[0]
        for index, look in enumerate(("title", "head", "label", "cell italic", "cell", "plain cell", "plain"))
    }
    assert [look for look, style in styles.items() if "fo:border" in style] == [
        "head",
        "label",
        "cell italic",
        "cell",
        "plain cell",
    ]
    assert [look for look, style in styles.items() if "bold" in style] == ["title", "head"]
    assert [look for look, style in styles.items() if "italic" in style] == ["cell italic"]
    assert [look for look, style in styles.items() if 'text-align="center"' in style] == [
        "cell italic",
        "cell",
        "plain cell",
    ]
    assert "#ff8080" in styles["cell italic"] and "14pt" in styles["title"]
    assert content.count("<table:table-cell/></table:table-row>") == 1, "an empty row keeps a cell"


def test_an_xlsx_keeps_its_header_in_view_and_a_formula_as_text():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx.write(SHEET)))
    page = book["Annexe 2"]
    assert (page.freeze_panes, page.print_title_rows) == ("B4", "$3:$3")
    assert (page.column_dimensions["A"].width > 50, round(page.column_dimensions["B"].width) < 20) == (True, True)
    assert page.page_setup.orientation == "landscape" and page.page_setup.fitToHeight == 0
    assert page["D4"].data_type == "s" and page["D4"].quotePrefix and not page["B4"].quotePrefix
    assert page["B4"].font.italic and not page["A4"].font.italic and page["A1"].font.size == 14
    assert page["B4"].comment.text == "deux\nlignes" and page["A4"].comment is None
    assert page["C4"].fill.fill_type == "solid" and page["B4"].alignment.wrap_text
    assert book.properties.title == "L’accord" and book.properties.creator == "Guichet"


# --- the export's sheet -----------------------------------------------------------------------------------------------


def test_the_sheet_has_its_title_header_sections_and_legend():
    sheet = sheet_of(CONVENTIONS, HP)
    texts = [[cell.text for cell in row] for row in sheet.rows]
    activities = list(CONVENTIONS.activities.values())
    assert texts[:4] == [
        [HP.title],
        ["Version en vigueur depuis le 01/09/2015"],
        [],
        ["Service", *activities, "Code"],
    ]
    assert (sheet.header, sheet.name, sheet.title) == (4, "Annexe 2", HP.title)
    listed = list(rows(CONVENTIONS, HP.id))
    sections = list(dict.fromkeys(row.section for row in listed))
    services = list(dict.fromkeys(row.service for row in listed))
    body, legend = sheet.rows[4 : 4 + len(sections) + len(services)], texts[4 + len(sections) + len(services) :]
    assert [row[0].text for row in body if len(row) == 1] == [SECTIONS.get(one, one) for one in sections]
    assert [row[-1].text for row in body if len(row) > 1] == services
    first = next(row for row in body if len(row) > 1)
    assert first[0].text == CONVENTIONS.services[services[0]]
    assert [cell.text for cell in first[1:-1]] == [row.value for row in listed[:6]]
    assert [cell.italic for cell in first[1:-1]] == [row.provenance == "derived" for row in listed[:6]]
    assert legend[:2] == [[], ["Légende"]]
    assert [row[0] for row in legend[2:]][:4] == ["EN", "CL", "Etab", "CL ou Etab"]
    assert ["Mot en italique", "déduit d’une clause ; en droit : imprimé dans le texte"] in legend
    assert [row[0] for row in legend if row and row[0].startswith("Note (")] == [f"Note ({one})" for one in HP.notes]


def test_a_word_has_its_colour_whatever_its_note():
    assert colour_of("CL ou Etab (4)") == colour_of("CL ou Etab") != colour_of("CL") != ""
    assert colour_of("") == colour_of("inconnu") == ""


# --- structured notes -------------------------------------------------------------------------------------------------

CITED = HP.clauses["I.1-objet"]
SIDES = ("academie", "departement")
ELSEWHERE = Citation("autre", "3", "derived", "mots « cités »", "lus")


def test_a_note_is_written_as_the_agreements_are_and_read_back():
    base = next(iter(HP.versions[-1].cells.values()))
    helper = Contributor("academie", (Asked("under_warranty", False, "is"),), (CITED,))
    cases = (
        Case((Asked("user_category", True, "administrative"),), "routed", "academie", (CITED,), (helper,)),
        Case(
            (Asked("acquired_by", "CL", "role"),), "conflict", None, (ELSEWHERE,), (), None, ("academie", "departement")
        ),
        Case((), "to_qualify", "departement", (), (), "editeur"),
    )
    cell = type(base)(
        base.service, base.activity, "selon", "derived", cases, (CITED,), (("acquired_by", "departement"),)
    )
    note = notes.encode(HP, cell)
    assert note.split("\n") == [
        notes.HEAD,
        'assume = { acquired_by = "departement" }',
        "",
        "[[case]]",
        'when = { user_category = "administrative" }',
        'party = "academie"',
        'cites = ["I.1-objet"]',
        'contributors = [{ party = "academie", when = { under_warranty = false }, cites = ["I.1-objet"] }]',
        "",
        "[[case]]",
        'when = { acquired_by = "CL" }',
        'status = "conflict"',
        'candidates = ["academie", "departement"]',
        'cites = [{ document = "autre", ref = "3", kind = "derived", quote = "mots « cités »", reading = "lus" }]',
        "",
        "[[case]]",
        'party = "departement"',
        'status = "to_qualify"',
        'via = "editeur"',
    ]
    assert notes.structured(note) and notes.structured(f"\n {note}") and not notes.structured("Guichet")
    assert notes.decode(HP, CONVENTIONS.vocabulary, note) == notes.detail_of(cell)
    curly = note.replace('"academie"', "“academie”")
    assert notes.decode(HP, CONVENTIONS.vocabulary, curly) == notes.detail_of(cell)


def test_a_word_that_says_everything_needs_no_note():
    words = [cell for cell in HP.versions[-1].cells.values() if cell.value == "EN" and not cell.assume]
    plain = next(cell for cell in words if not cell.cases[0].contributors)
    assert notes.encode(HP, plain) == "" and notes.encode(HP, None) == ""


@pytest.mark.parametrize(
    ("fact", "wanted", "test"),
    [
        ("acquired_on", '"after 2017-01-01"', ("after", "2017-01-01")),
        ("acquired_on", '"until 2017-01-01"', ("until", "2017-01-01")),
        ("acquired_by", '"EN"', ("role", "EN")),
        ("acquired_by", '"departement"', ("is", "departement")),
        ("user_category", '"administrative"', ("administrative", "True")),
        ("user_category", '"other"', ("administrative", "False")),
        ("user_category", '"cdi"', ("is", "cdi")),
        ("under_warranty", "true", ("is", "True")),
        ("under_warranty", '"oui"', None),
        ("acquired_on", '"before 2017-01-01"', None),
        ("acquired_by", '"mairie"', None),
        ("user_category", '"martiens"', None),
        ("user_category", "true", None),
        ("weather", '"after 2017-01-01"', None),
    ],
)
def test_each_condition_of_a_note_is_read_as_the_agreements_conditions_are(fact, wanted, test):
    note = f'{notes.HEAD}\n[[case]]\nparty = "academie"\nwhen = {{ {fact} = {wanted} }}'
    if test is None:
        with pytest.raises(notes.NoteFault, match="sa note pose une condition inconnue"):
            notes.decode(HP, CONVENTIONS.vocabulary, note)
        return
    (read,) = notes.decode(HP, CONVENTIONS.vocabulary, note).cases[0].tests
    assert (read.kind, str(read.wanted)) == test


@pytest.mark.parametrize(
    "line",
    ["couleur = 1", '[[case]]\nparty = "academie"\ncolour = 1', 'contributors = [{ party = "academie", who = 1 }]'],
)
def test_a_word_that_the_grammar_has_not_is_refused_where_it_stands(line):
    with pytest.raises(notes.NoteFault, match="que la grammaire des accords ne connaît pas ici"):
        notes.decode(HP, CONVENTIONS.vocabulary, f"{notes.HEAD}\n{line}")


def test_what_no_eye_sees_is_escaped_in_a_note():
    assert notes._value("a\u200bb") == '"a\\U0000200bb"'


def test_a_remark_may_have_two_hundred_full_stops_outside_quotes(monkeypatch):
    monkeypatch.setattr(notes, "DOTS_MAX", 2)
    good, bad = f"{notes.HEAD[:9]}\n# a.b.c\n", f"{notes.HEAD[:9]}\n# a.b.c.d\n"
    assert notes.decode(HP, CONVENTIONS.vocabulary, good).cases == ()
    with pytest.raises(notes.NoteFault):
        notes.decode(HP, CONVENTIONS.vocabulary, bad)
