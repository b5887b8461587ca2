"""Reading coloured sheets as académies keep them: values, sentences, and questions that stop the import."""

from __future__ import annotations

import io

import openpyxl
import pytest
from harness import processor
from harness.coloured_sheet import ACTIVITIES, BLUE, CONVENTIONS, GREEN, GREY, HP, LEGEND, RED, Sheet, only, words
from harness.hostile_sheets import xlsx
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, GradientFill, PatternFill, Side
from openpyxl.styles.colors import Color

from matrix.sheets import Answers, SheetRefused, compared, differences, open_book, read

# --- colours ----------------------------------------------------------------------------------------------------------


def test_colours_are_read_by_the_legend_and_lines_by_their_labels():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, BLUE, GREEN, None, RED, RED)
    sheet.line("Service de gestion des journaux", BLUE, None, None, None, None, None)
    reading = sheet.legend().read(blank="keep")
    assert [reading.lines[row] for row in (4, 5)] == ["annuaire", "journaux"]
    assert tuple(reading.columns.values()) == tuple(CONVENTIONS.activities)
    found = words(reading)
    assert [found[f"{letter}4"] for letter in "BCDG"] == ["EN", "CL", "Etab", "EN"] and found["B5"] == "CL"
    assert [(entry.word, entry.place) for entry in reading.legend] == [("EN", "B7"), ("CL", "B8"), ("Etab", "B9")]


@pytest.mark.parametrize(
    "entries",
    [
        ((RED, "Éducation nationale (Académie de Toulouse)"), (BLUE, "Collectivité : Département"), (GREEN, "collège")),
        ((RED, " académie "), (BLUE, "CONSEIL DEPARTEMENTAL"), (GREEN, "Établissement")),
        ((RED, "Pris en charge par l'EN"), (BLUE, "À la charge du département"), (GREEN, "À la charge de l’EPLE")),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_legends_in_the_words_of_people(entries, inside):
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, BLUE, GREEN)
    reading = sheet.legend(entries, inside).read(blank="keep")
    assert [words(reading)[f"{letter}4"] for letter in "BCD"] == ["EN", "CL", "Etab"]
    assert reading.ready


def test_a_legend_in_one_row_above_with_its_words_before_the_colours():
    sheet = Sheet(header=4)
    for column, (colour, text) in zip((2, 4, 6), LEGEND, strict=True):
        sheet.page.cell(2, column, text)
        sheet.page.cell(2, column + 1).fill = PatternFill("solid", fgColor=colour)
    sheet.line("Service d'annuaire", RED, BLUE, GREEN)
    assert [words(sheet.read(blank="keep"))[f"{letter}5"] for letter in "BCD"] == ["EN", "CL", "Etab"]


def test_a_legend_on_a_sheet_of_its_own():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, BLUE)
    other = sheet.book.create_sheet("Légende")
    for row, (colour, text) in enumerate(LEGEND, 1):
        other.cell(row, 1).fill = PatternFill("solid", fgColor=colour)
        other.cell(row, 2, text)
    reading = sheet.read(blank="keep")
    assert (words(reading)["B4"], words(reading)["C4"]) == ("EN", "CL")
    assert reading.legend[0].place == "Légende, B1"


def test_an_unknown_colour_stops_and_is_never_guessed():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, "7030A0", "7030A0")
    question = only(sheet.legend().read(blank="keep"))
    assert (question.kind, question.where, question.colours) == ("colour", ("C4", "D4"), ("#7030A0",))
    assert "violet" in question.sentence and "C4, D4" in question.sentence
    assert words(sheet.read(blank="keep"))["C4"] is None
    for answer, word in (("Etab", "Etab"), ("sans objet", "sans objet"), ("blank", ""), ("keep", None)):
        reading = sheet.read(blank="keep", colour_7030A0=answer)
        assert reading.ready and words(reading)["C4"] == word
    assert not sheet.read(blank="keep", colour_7030A0="n’importe quoi").ready


def test_without_a_legend_every_colour_is_asked_once():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, BLUE, RED)
    reading = sheet.read(blank="keep")
    assert [question.kind for question in reading.open_questions] == ["colour", "colour"]
    answered = sheet.read(blank="keep", colour_FF0000="EN", colour_0070C0="CL")
    assert answered.ready and [words(answered)[f"{letter}4"] for letter in "BCD"] == ["EN", "CL", "EN"]
    assert {entry.word for entry in answered.legend} == {"EN", "CL"}


def test_the_nearest_colour_within_tolerance_is_told_and_an_ambiguous_one_asked():
    sheet = Sheet()
    sheet.line("Service d'annuaire", "B9CDE5", "FAC090")
    reading = sheet.legend((("B8CCE4", "CL"), ("FBC18F", "EN"))).read(blank="keep")
    assert (words(reading)["B4"], words(reading)["C4"]) == ("CL", "EN")
    assert "rapprochée" in reading.cells[0].doubts[0]
    between = Sheet()
    between.line("Service d'annuaire", "B8CCE4")
    question = only(between.legend((("B4C8E0", "CL"), ("BCD0E8", "EN"))).read(blank="keep"))
    assert question.kind == "colour"


def test_a_colour_with_two_meanings_in_the_legend_is_asked():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    question = only(sheet.legend(((RED, "EN"), (RED, "CL"))).read(blank="keep"))
    assert "deux sens" in question.sentence


def test_the_reader_s_choice_beats_the_legend():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    assert words(sheet.legend().read(blank="keep", colour_FF0000="Etab"))["B4"] == "Etab"


def test_theme_tint_and_numbered_colours():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED)
    sheet.page.cell(row, 2).fill = PatternFill("solid", fgColor=Color(theme=4, tint=0.5999938962981048))
    sheet.page.cell(row, 3).fill = PatternFill("solid", fgColor=Color(indexed=13))
    grid = open_book(sheet.data, "a.xlsx").grids[0]
    assert grid.at(row, 3).colour == "#FFFF00"
    # Excel shows accent 1 (4F81BD) lightened by 60 % as B8CCE4, give or take a unit.
    from matrix.sheets.colours import distance

    assert distance(grid.at(row, 2).colour, "#B8CCE4") < 6
    assert words(sheet.legend((("B8CCE4", "CL"), ("FFFF00", "EN"))).read(blank="keep"))["B4"] == "CL"


def test_a_party_that_no_word_stands_for_is_no_legend():
    """« Région » has the collectivité's role, but CL means the Département in that agreement."""
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    assert only(sheet.legend(((RED, "Région"),)).read(blank="keep")).kind == "colour"


# --- hatching, words, notes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fill",
    [
        PatternFill("lightUp", fgColor=RED, bgColor=BLUE),
        PatternFill("gray125"),
        GradientFill(stop=(RED, BLUE)),
    ],
)
def test_hatching_is_a_question(fill):
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED, RED)
    sheet.page.cell(row, 3).fill = fill
    question = only(sheet.legend().read(blank="keep"))
    assert (question.kind, question.where) == ("pattern", ("C4",))
    answered = sheet.read(blank="keep", **{question.key: "CL ou Etab"})
    assert words(answered)["C4"] == "CL ou Etab" and answered.ready


def test_a_crossed_out_cell_is_a_question():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED, RED)
    sheet.page.cell(row, 3).border = Border(diagonal=Side("thin"), diagonalDown=True)
    assert "barrée" in only(sheet.legend().read(blank="keep")).sentence


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("sans objet", "sans objet"),
        ("  SANS   OBJET ", "sans objet"),
        ("Sans-objet (3)", "sans objet (3)"),
        ("CL ou Etab", "CL ou Etab"),
        ("cl ou étab", "CL ou Etab"),
        ("CL ou Etab(4)", "CL ou Etab (4)"),
        ("CL OU ETAB ( 4 )", "CL ou Etab (4)"),
        ("CL/Etab", "CL ou Etab"),
        ("CL ou Etab⁴", "CL ou Etab (4)"),
        ("EN", "EN"),
        ("en", "EN"),
        ("Etab (1)", "Etab (1)"),
        ("Collège", "Etab"),
        ("Département", "CL"),
        ("l’Académie", "EN"),
        ("Collège ou Département", "CL ou Etab"),
    ],
)
def test_words_in_cells_whatever_their_form(text, word):
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, text))
    reading = sheet.read(blank="keep")
    assert words(reading)["B4"] == word and reading.ready


@pytest.mark.parametrize("text", ["?", "X", "EN et CL", "CL ou", "voir avec EN", "sans objet (99)", "0.00", "Région"])
def test_words_that_nobody_knows_are_asked(text):
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, text), RED)
    question = only(sheet.legend().read(blank="keep"))
    assert (question.kind, question.where) == ("text", ("B4",))
    assert words(sheet.read(blank="keep", **{question.key: "EN"}))["B4"] == "EN"


def test_a_word_on_an_unknown_colour_wins_with_a_doubt():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (GREY, "sans objet"))
    reading = sheet.legend().read(blank="keep")
    assert reading.ready and reading.cells[0].word == "sans objet"
    assert "gris" in reading.cells[0].doubts[0]


def test_a_word_against_its_colour_is_a_question_for_all_such_cells_together():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (RED, "sans objet"), (RED, "sans objet"), (RED, "EN"))
    question = only(sheet.legend().read(blank="keep"))
    assert (question.kind, question.where) == ("pair", ("B4", "C4"))
    for answer, word in (("word", "sans objet"), ("colour", "EN"), ("keep", None)):
        assert words(sheet.read(blank="keep", **{question.key: answer}))["B4"] == word


def test_notes_are_shown_with_the_cell():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED)
    sheet.page.cell(row, 2).comment = Comment("À revoir en 2027", "x")
    reading = sheet.legend().read(blank="keep")
    assert "À revoir en 2027" in reading.cells[0].doubts[0] and reading.ready


def test_a_structured_note_that_names_nonsense_is_a_question():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", (None, "selon"))
    sheet.page.cell(row, 2).comment = Comment('# Guichet\n[[case]]\nparty = "la lune"', "x")
    assert "la lune" in only(sheet.read(blank="keep")).sentence


@pytest.mark.parametrize(
    "hostile",
    [
        "n = " + "1" * 30_000,
        "a." * 15_000 + "a = 1",
        "case = [{ " + "a." * 15_000 + "a = 1 }]",
    ],
)
def test_a_structured_note_that_no_machine_should_read_is_a_question_at_once(hostile):
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", (None, "selon"))
    sheet.page.cell(row, 2).comment = Comment(f"# Guichet\n{hostile}", "x")
    with processor.measured() as spent:
        question = only(sheet.read(blank="keep"))
    assert "n’est plus dans la grammaire" in question.sentence
    assert spent.seconds < 1


def test_depends_without_its_cases_is_a_question_unless_the_agreement_has_them():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "selon"))
    assert only(sheet.read(blank="keep")).kind == "detail"
    kept = Sheet()
    kept.line(
        "Équipement bureautique (postes de travail, imprimantes, outils nomades, TBI, VNI, …)",
        None,
        None,
        (None, "selon"),
    )
    reading = kept.read(blank="keep")
    assert reading.ready and compared(reading, CONVENTIONS) == ()


def test_a_formula_is_never_computed():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (RED, '=IF(1=1,"EN","CL")'))
    question = only(sheet.legend().read(blank="keep"))
    assert question.kind == "text" and "formule" in question.sentence


def test_conditional_formats_are_told():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "EN"))
    rule = CellIsRule(operator="equal", formula=['"EN"'], fill=PatternFill(bgColor=RED))
    sheet.page.conditional_formatting.add("B4:G4", rule)
    reading = sheet.read(blank="keep")
    assert any("conditionnelle" in told for told in reading.told)
    assert any("conditionnelle" in doubt for doubt in reading.cells[0].doubts)


# --- merges, hidden parts, layout -------------------------------------------------------------------------------------


def test_a_merged_cell_speaks_for_all_that_it_covers():
    sheet = Sheet()
    first = sheet.line("Service d'annuaire", RED, (BLUE, "CL"), None, None)
    second = sheet.line("Service de gestion des journaux", None, None, None, GREEN)
    sheet.page.merge_cells(start_row=first, start_column=2, end_row=second, end_column=2)
    sheet.page.merge_cells(start_row=first, start_column=3, end_row=first, end_column=5)
    found = words(sheet.legend().read(blank="keep"))
    assert (found[f"B{first}"], found[f"B{second}"]) == ("EN", "EN")
    assert [found[f"{letter}{first}"] for letter in "CDE"] == ["CL", "CL", "CL"]


def test_hidden_lines_and_columns_are_asked():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, RED)
    row = sheet.line("Service de gestion des journaux", BLUE, BLUE)
    sheet.page.row_dimensions[row].hidden = True
    sheet.page.column_dimensions["C"].hidden = True
    sheet.legend()
    question = only(sheet.read(blank="keep"))
    assert question.kind == "hidden" and "ligne 5" in question.sentence and "colonne C" in question.sentence
    assert set(words(sheet.read(blank="keep", hidden="read"))) >= {"C4", "B5"}
    skipped = sheet.read(blank="keep", hidden="skip")
    assert skipped.ready and not {"C4", "B5", "C5"} & set(words(skipped))


def test_the_header_is_found_anywhere_and_garbled():
    garbled = (
        "Preconlsation d'usage",
        "Choix, decision et acquisitlon",
        "Installation/deploiement",
        "Maintien en conditlon operationnelle",
        "Assistance fonctionelle",
        "Conseil/expertise",
    )
    sheet = Sheet(header=9, activities=garbled)
    sheet.line("Service d'annuaire", RED, RED, RED, RED, RED, RED)
    reading = sheet.legend().read()
    assert tuple(reading.columns.values()) == tuple(CONVENTIONS.activities) and reading.header == 9
    assert any("Preconlsation" in told for told in reading.told)


def test_columns_in_another_order_and_with_remarks():
    sheet = Sheet(activities=(*reversed(ACTIVITIES), "Remarques"))
    sheet.line("Service d'annuaire", RED, None, None, None, None, BLUE, (None, "voir le texte"))
    reading = sheet.legend().read(blank="keep")
    found = {cell.activity: cell.word for cell in reading.cells}
    assert (found["conseil"], found["preconisation"]) == ("EN", "CL")
    assert any("Remarques" in told for told in reading.told)


def test_an_unmatched_column_is_a_question():
    sheet = Sheet(activities=(*ACTIVITIES[:5], "Divers et imprévus"))
    sheet.line("Service d'annuaire", RED, RED, RED, RED, RED, BLUE)
    sheet.legend()
    question = only(sheet.read())
    assert question.kind == "column" and "Divers" in question.sentence
    assert words(sheet.read(column_G="conseil"))["G4"] == "CL"
    assert "G4" not in words(sheet.read(column_G="ignore"))
    assert not sheet.read(column_G="mco").ready, "this activity has its column"


def test_lines_garbled_ambiguous_and_unknown():
    sheet = Sheet()
    sheet.line("Servlce d'annualre", RED)
    sheet.line("Service de stockage utilisateur", RED)  # HORUS or MAGRET: ambiguous
    sheet.line("Réparation des toitures", RED)
    reading = sheet.legend().read(blank="keep")
    assert reading.lines == {4: "annuaire"}
    assert any("Servlce" in told for told in reading.told)
    two, none = reading.open_questions
    assert {value for value, _ in two.options[:2]} == {"stockage-administratif", "stockage-pedagogique"}
    assert "toitures" in none.sentence
    answered = sheet.read(blank="keep", line_5="stockage-pedagogique", line_6="ignore")
    assert answered.ready and answered.lines[5] == "stockage-pedagogique" and 6 not in answered.lines


def test_a_section_s_title_settles_which_of_two_services_it_is():
    sheet = Sheet()
    sheet.line("Services rendus aux utilisateurs, pédagogique")
    sheet.line("Service de stockage utilisateur", RED)
    row = sheet.line("Services rendus aux utilisateurs, administratif", GREY, GREY)
    sheet.page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=7)
    sheet.line("Service de stockage utilisateur", BLUE)
    reading = sheet.legend().read(blank="keep")
    assert reading.ready
    assert reading.lines == {5: "stockage-pedagogique", 7: "stockage-administratif"}


def test_one_service_on_two_lines_is_a_question():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    sheet.line("Service d'annuaire", BLUE)
    question = only(sheet.legend().read(blank="keep"))
    assert question.kind == "line" and "autre ligne" in question.sentence


def test_two_tables_in_a_workbook_are_a_question():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    copy = sheet.book.copy_worksheet(sheet.page)
    copy.title, copy["B4"].fill = "Ancienne", PatternFill("solid", fgColor=BLUE)
    sheet.legend()
    question = only(sheet.read(blank="keep"))
    assert question.kind == "sheet" and [label for _, label in question.options] == ["Sheet", "Ancienne"]
    assert words(sheet.read(blank="keep", sheet="1"))["B4"] is None  # no legend there
    assert words(sheet.read(blank="keep", sheet="0"))["B4"] == "EN"


def test_a_sheet_without_header_or_service_is_refused_with_what_to_do():
    book = openpyxl.Workbook()
    book.active["A1"] = "Bonjour"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused, match="en-tête"):
        read(open_book(out.getvalue(), "a.xlsx"), CONVENTIONS, HP, Answers())
    with pytest.raises(SheetRefused, match="nom de chaque service"):
        Sheet().read()


def test_a_sheet_of_strangers_is_refused_rather_than_asked_line_by_line():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    for number in range(61):
        sheet.line(f"Réparation de la toiture {number}", RED)
    with pytest.raises(SheetRefused, match="61 lignes"):
        sheet.legend().read()


# --- differences with the agreement -----------------------------------------------------------------------------------


def test_blank_cells_that_the_agreement_settles_are_asked_together():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, None, None, None, None, None)
    question = only(sheet.legend().read())
    assert (question.kind, question.where) == ("blank", ("E4",))
    assert [change.activity for change in differences(sheet.read(blank="keep"), CONVENTIONS)] == ["preconisation"]
    emptied = differences(sheet.read(blank="blank"), CONVENTIONS)
    assert [(change.activity, change.value) for change in emptied] == [("preconisation", "EN"), ("mco", "")]


def test_a_change_tells_its_place_and_the_help_that_goes():
    sheet = Sheet()
    sheet.line("Infrastructure réseau (câblage, actifs réseaux)", RED)
    (difference,) = compared(sheet.legend().read(blank="keep"), CONVENTIONS)
    assert (difference.before, difference.change.value) == ("CL", "EN")
    assert difference.change.origin == "annexe2.xlsx, feuille « Sheet », case B4"
    assert "Académie de Toulouse" in difference.told


def test_words_are_those_of_the_agreement_s_own_parties():
    sheet = Sheet()
    sheet.line("Formation des équipes", RED, BLUE, GREEN)
    sheet.legend(((RED, "Académie"), (BLUE, "Mairie"), (GREEN, "école")))
    reading = sheet.read("aix-en-provence-2017", blank="keep")
    assert [words(reading)[f"{letter}4"] for letter in "BCD"] == ["EN", "CL", "Etab"]
    assert not sheet.read("acar-2021", blank="keep").ready, "no commune in this agreement"


# --- what else may stand in a cell or a header ------------------------------------------------------------------------


def test_a_white_cell_is_a_blank_one():
    sheet = Sheet()
    sheet.line("Service d'annuaire", "FFFFFF", RED)
    reading = sheet.legend().read(blank="keep")
    assert (words(reading)["B4"], words(reading)["C4"]) == (words(reading)["G4"], "EN")
    assert reading.ready


def test_a_word_on_a_hatched_cell_holds_and_is_doubted():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", (None, "EN"))
    sheet.page.cell(row, 2).fill = PatternFill("darkUp", fgColor=RED)
    (cell,) = [one for one in sheet.read(blank="keep").cells if one.coordinate == "B4"]
    assert (cell.word, cell.source) == ("EN", "word")
    assert [doubt for doubt in cell.doubts if doubt.startswith("case hachurée") and doubt.endswith("le mot l’emporte")]


def test_a_colour_that_says_half_of_the_word_yields_to_it():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (BLUE, "CL ou Etab"))
    (cell,) = [one for one in sheet.legend().read(blank="keep").cells if one.coordinate == "B4"]
    assert (cell.word, cell.doubts) == ("CL ou Etab", ("la couleur dit CL seul : le mot l’emporte",))


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [((4,), (), "(ligne 4)"), ((), ("C",), "(colonne C)"), ((), ("C", "D"), "(colonnes C, D)")],
)
def test_hidden_lines_or_columns_alone_are_asked_about(rows, columns, said):
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "EN"))
    for row in rows:
        sheet.page.row_dimensions[row].hidden = True
    for column in columns:
        sheet.page.column_dimensions[column].hidden = True
    question = only(sheet.read(blank="keep"))
    assert (question.kind, said in question.sentence) == ("hidden", True)


def test_two_columns_of_one_activity_are_asked_about():
    sheet = Sheet(activities=(*ACTIVITIES, ACTIVITIES[0]))
    sheet.line("Service d'annuaire", (None, "EN"))
    asked = [one for one in sheet.read(blank="keep").open_questions if one.kind == "column"]
    assert [one for one in asked if "porte une activité qu’une autre colonne porte aussi" in one.sentence]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "macros"),
        ("application/vnd.ms-excel.sheet.binary.macroless", "classeur binaire (.xlsb)"),
    ],
)
def test_a_workbook_of_another_kind_under_the_name_of_one_is_refused(kind, words):
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>'
    with pytest.raises(SheetRefused) as caught:
        open_book(xlsx(**{"[Content_Types].xml": types}), "a.xlsx")
    assert words in str(caught.value)
