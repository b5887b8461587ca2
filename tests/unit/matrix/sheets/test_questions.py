"""What a question about a sheet says: its key, its places, its options, and the cells that share it."""

from __future__ import annotations

import pytest
from harness.coloured_sheet import ACTIVITIES, BLUE, CONVENTIONS, GREEN, GREY, HP, RED, Sheet, only, words
from openpyxl.comments import Comment

from matrix.sheets import SheetRefused, compared
from matrix.sheets.colour_meanings import GatheredQuestion
from matrix.table import rows


def asked_of(reading, kind):
    return [one for one in reading.open_questions if one.kind == kind]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (1, "A1"),
        (12, ", ".join(f"A{row}" for row in range(1, 13))),
        (13, ", ".join(f"A{row}" for row in range(1, 13)) + " et 1 autre"),
        (15, ", ".join(f"A{row}" for row in range(1, 13)) + " et 3 autres"),
    ],
)
def test_a_question_names_twelve_cells_and_counts_the_others(cells, said):
    where = [f"A{row}" for row in range(1, cells + 1)]
    asked = GatheredQuestion("k", "text", "{where} : quoi ?", (("EN", "EN"),), "", (), where).asked()
    assert (asked.sentence, asked.where) == (f"{said} : quoi ?", tuple(where))


def test_one_unknown_word_is_one_question_for_each_meaning_of_the_colours_under_it():
    """Two cells without a known colour share the question; one whose colour says something has its own."""
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "à voir"), (GREY, "à voir"), (RED, "à voir"), (BLUE, "à voir"))
    questions = asked_of(sheet.legend().read(blank="keep"), "text")
    assert [one.where for one in questions] == [("B4", "C4"), ("D4",), ("E4",)]
    assert [dict(one.options).get("colour") for one in questions] == [
        None,
        "ce que dit la couleur : EN",
        "ce que dit la couleur : CL",
    ]
    assert [one.colours for one in questions] == [(), ("#FF0000",), ("#0070C0",)]
    answered = sheet.read(blank="keep", **{questions[1].key: "colour"})
    assert words(answered)["D4"] == "EN" and words(answered)["E4"] is None


@pytest.mark.parametrize("text", ["{a}", "{where}", "}{", "a {0} b"])
def test_the_words_of_a_cell_are_quoted_as_they_are(text):
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, text))
    assert only(sheet.read(blank="keep")).sentence == (
        f"B4 : « {text} », un mot que l’accord ne connaît pas. Que faut-il y lire ?"
    )


def test_a_word_against_its_colour_is_one_question_for_each_pair():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (RED, "CL"), (BLUE, "EN"), (RED, "CL"))
    first, second = sheet.legend().read(blank="keep").open_questions
    assert (first.where, second.where) == (("B4", "D4"), ("C4",))
    assert first.sentence == ("B4, D4 : le mot dit « CL », la couleur rouge (#FF0000) dit « EN ». Lequel lire ?")
    assert [value for value, _ in first.options] == ["word", "colour", "keep"]
    assert words(sheet.read(blank="keep", **{first.key: "word"}))["B4"] == "CL"
    assert words(sheet.read(blank="keep", **{first.key: "colour"}))["B4"] == "EN"


def test_the_answer_to_a_colour_stays_on_the_page_beside_its_options():
    sheet = Sheet()
    sheet.line("Service d'annuaire", GREY, GREY)
    reading = sheet.read(blank="keep", colour_BFBFBF="Etab")
    (question,) = [one for one in reading.questions if one.kind == "colour"]
    assert (question.key, question.answer, question.answered, question.where) == (
        "colour-BFBFBF",
        "Etab",
        True,
        ("B4", "C4"),
    )
    assert {"EN", "CL", "Etab", "sans objet", "blank", "none", "keep"} <= {value for value, _ in question.options}


def test_an_answer_that_is_no_option_leaves_the_question_open():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "à voir"))
    key = only(sheet.read(blank="keep")).key
    refused = sheet.read(blank="keep", **{key: "jupiter"})
    assert only(refused).answer == "" and not refused.ready


def test_a_colour_that_only_decorates_leaves_the_cell_blank():
    sheet = Sheet()
    sheet.line("Service d'annuaire", GREY)
    reading = sheet.read(blank="keep", colour_BFBFBF="none")
    cell = next(one for one in reading.cells if one.coordinate == "B4")
    assert (cell.word, cell.source, reading.ready) == ("", "blank", True)


def test_a_blank_cell_asks_only_where_the_agreement_says_something():
    sheet = Sheet()
    sheet.line("Service d'annuaire", None, None, None, None, None, None)
    (question,) = sheet.read().open_questions
    present = CONVENTIONS[HP].versions[-1].cells
    settled = [
        f"{letter}4"
        for letter, activity in zip("BCDEFG", CONVENTIONS.activities, strict=True)
        if (cell := present.get(("annuaire", activity))) is not None and cell.value
    ]
    assert settled and question.where == tuple(settled)
    assert question.sentence == (
        f"Sans couleur ni mot dans la feuille, mais réglées par l’accord : {', '.join(settled)}. Que faut-il en faire ?"
    )


def test_a_conflict_wants_its_parties_in_a_note():
    sheet = Sheet()
    sheet.line("Service d'annuaire", (None, "conflit"))
    question = only(sheet.read(blank="keep"))
    assert (question.kind, question.key) == ("detail", "detail-B4")
    assert question.sentence == ("B4 dit « conflit », qui veut les deux parties, dans une note. Que faut-il y lire ?")
    assert words(sheet.read(blank="keep", detail_B4="CL"))["B4"] == "CL"


def test_a_legend_s_colour_that_the_reader_corrects_is_shown_with_the_correction():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED, BLUE)
    reading = sheet.legend().read(blank="keep", colour_FF0000="CL")
    assert [(one.colour, one.word) for one in reading.legend] == [
        ("#FF0000", "CL"),
        ("#0070C0", "CL"),
        ("#92D050", "Etab"),
    ]
    assert words(reading)["B4"] == "CL"


# --- columns and lines ------------------------------------------------------------------------------------------------


def test_a_column_without_title_is_asked_about_where_it_has_colours():
    sheet = Sheet(activities=(*ACTIVITIES[:3], None, *ACTIVITIES[4:]))
    sheet.line("Service d'annuaire", RED, RED, RED, BLUE, RED, RED)
    question = only(sheet.legend().read(blank="keep"))
    assert question.sentence == ("La colonne E, sans titre, ne correspond à aucune activité : laquelle est-ce ?")
    assert (question.where, question.key) == (("E3",), "column-E")
    assert [value for value, _ in question.options] == [*CONVENTIONS.activities, "ignore"]
    reading = sheet.read(blank="keep", column_E="mco")
    assert reading.ready and words(reading)["E4"] == "CL"


def test_an_activity_chosen_for_two_columns_is_said_and_asked_again():
    sheet = Sheet(activities=(*ACTIVITIES[:5], "Divers et imprévus"))
    sheet.line("Service d'annuaire", RED, RED, RED, RED, RED, BLUE)
    reading = sheet.legend().read(blank="keep", column_G="mco")
    label = CONVENTIONS.activities["mco"]
    assert f"« {label} » est choisi deux fois : choisissez autrement." in reading.told
    assert only(reading).answer == ""


def test_a_column_that_is_missing_is_said_with_what_becomes_of_its_cells():
    sheet = Sheet(activities=ACTIVITIES[:5])
    sheet.line("Service d'annuaire", RED)
    told = sheet.legend().read(blank="keep").told
    assert f"Aucune colonne ne se lit « {ACTIVITIES[5]} » : ces cases restent comme elles sont." in told
    assert not [one for one in told if ACTIVITIES[0] in one]


def test_a_column_set_aside_is_said_once_with_its_title():
    sheet = Sheet(activities=(*ACTIVITIES, "Remarques"))
    sheet.line("Service d'annuaire", RED, RED, RED, RED, RED, RED, (None, "à voir"))
    reading = sheet.legend().read(blank="keep")
    assert "La colonne H, « Remarques », n’est pas une activité : non lue." in reading.told
    assert "H4" not in words(reading) and reading.ready


def test_an_unknown_line_is_asked_with_the_services_alike_first():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    sheet.line("Service de stockage utilisateur", BLUE)
    sheet.line(None, BLUE)
    sheet.line("Antivirus", BLUE)  # what has no label below the last line would be the legend
    first, second = asked_of(sheet.legend().read(blank="keep"), "line")
    assert first.sentence == (
        "La ligne 5, « Service de stockage utilisateur », ressemble à plusieurs services : lequel est-ce ?"
    )
    assert (first.key, first.where) == ("line-5", ("A5",))
    values = [value for value, _ in first.options]
    assert set(values[:2]) == {"stockage-administratif", "stockage-pedagogique"} and values[2] == "ignore"
    assert len(values) == len(set(values)) == len(CONVENTIONS.services) + 1
    assert second.sentence.startswith("La ligne 6, sans libellé, ne correspond à aucun service")


def test_a_line_that_says_nothing_is_told_and_not_read():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    sheet.line("Réparation des toitures", None, None)
    sheet.line("Entretien des pelouses", "FFFFFF")
    reading = sheet.legend().read(blank="keep")
    assert reading.ready
    assert "Ligne 5, « Réparation des toitures » : ni couleur ni mot, non lue." in reading.told
    assert "Ligne 6, « Entretien des pelouses » : ni couleur ni mot, non lue." in reading.told


def test_a_long_label_is_cut_where_it_is_quoted():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    sheet.line("Réparation des toitures " * 4, RED)
    sheet.line("x" * 70, RED)
    long, just = asked_of(sheet.legend().read(blank="keep"), "line")
    assert f"« {('Réparation des toitures ' * 4)[:69]}… »" in long.sentence
    assert f"« {'x' * 70} »" in just.sentence


def test_sixty_unknown_lines_are_asked_and_one_more_refuses_the_sheet():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    for number in range(60):
        sheet.line(f"Réparation de la toiture {number}", RED)
    assert len(asked_of(sheet.legend().read(blank="keep"), "line")) == 60
    more = Sheet()
    more.line("Service d'annuaire", RED)
    for number in range(61):
        more.line(f"Réparation de la toiture {number}", RED)
    with pytest.raises(SheetRefused, match="61 lignes"):
        more.legend().read()


def test_services_that_no_line_has_are_named_up_to_eight_then_counted():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    (told,) = [one for one in sheet.legend().read(blank="keep").told if one.startswith("Services de l’accord")]
    absent = len({row.service for row in rows(CONVENTIONS, HP)}) - 1
    assert told.count(" ; ") == 8 and told.endswith(f" ; et {absent - 8} autres.")
    assert CONVENTIONS.services["annuaire"] not in told


def test_the_sheet_to_read_is_chosen_among_those_that_are_shown_first():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    sheet.legend()
    copy = sheet.book.copy_worksheet(sheet.page)
    copy.title = "Actuelle"
    sheet.page.sheet_state = "hidden"
    reading = sheet.read(blank="keep")
    question = only(reading)
    assert reading.grid.name == "Actuelle", "a hidden sheet comes after those that are shown"
    assert question.options == (("0", "Sheet (masquée)"), ("1", "Actuelle"))
    assert sheet.read(blank="keep", sheet="0").grid.name == "Sheet"


def test_hidden_lines_are_pointed_at_in_the_first_column_of_the_table():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    row = sheet.line("Service de gestion des journaux", RED)
    other = sheet.line("Antivirus", RED)
    sheet.page.row_dimensions[row].hidden = sheet.page.row_dimensions[other].hidden = True
    question = only(sheet.legend().read(blank="keep"))
    assert question.where == ("B5", "B6") and "(lignes 5, 6)" in question.sentence
    assert [value for value, _ in question.options] == ["read", "skip"]


def test_a_struck_label_is_told_and_its_line_still_read():
    from openpyxl.styles import Font

    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED)
    sheet.page.cell(row, 1).font = Font(strike=True)
    sheet.line("Service de gestion des journaux", RED)
    reading = sheet.legend().read(blank="keep")
    told = [one for one in reading.told if "barré" in one]
    assert told == ["Ligne 4 : « Service d'annuaire » est barré ; vérifiez qu’elle compte encore."]
    assert words(reading)["B4"] == "EN"


def test_the_title_and_the_legend_of_the_sheet_are_lines_apart():
    sheet = Sheet()
    sheet.line("Services rendus aux utilisateurs, pédagogique")
    sheet.line("Service d'annuaire", RED, GREEN)
    reading = sheet.legend().read(blank="keep")
    assert (reading.titles, reading.below, reading.header, reading.label_column) == ({4}, {6, 7, 8, 9}, 3, 1)


# --- differences ------------------------------------------------------------------------------------------------------


def test_a_conflict_that_the_agreement_has_keeps_its_parties():
    """The sheet says « conflit » without a note: the parties stay those of the agreement, and nothing differs."""
    convention = next(
        one for one in CONVENTIONS if any(cell.value == "conflit" for cell in one.versions[-1].cells.values())
    )
    service, activity = next(key for key, cell in convention.versions[-1].cells.items() if cell.value == "conflit")
    cells = [None] * 6
    cells[list(CONVENTIONS.activities).index(activity)] = (None, "conflit")
    sheet = Sheet()
    sheet.line(CONVENTIONS.services[service], *cells)
    reading = sheet.read(convention.id, blank="keep")
    assert reading.ready and compared(reading, CONVENTIONS) == ()
    (doubted,) = [cell for cell in reading.cells if cell.word == "conflit"]
    assert doubted.doubts == ("« conflit » : ses parties restent celles de l’accord",)


def test_a_faulty_note_is_asked_at_its_cell_and_the_cells_after_it_are_still_read():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", (None, "selon"), RED)
    sheet.page.cell(row, 2).comment = Comment("# Guichet\nlune = 1", "x")
    reading = sheet.legend().read(blank="keep")
    cell = reading.cells[0]
    assert (cell.row, cell.column, cell.service, cell.activity) == (4, 2, "annuaire", "preconisation")
    assert (cell.word, cell.source, cell.question) == (None, "question", "detail-B4")
    assert [one.change.activity for one in compared(reading, CONVENTIONS)] == [
        one.activity for one in reading.cells if one.word is not None and one.column == 3 and one.word != _present(one)
    ]
    assert words(reading)["C4"] == "EN"


def _present(cell):
    found = CONVENTIONS[HP].versions[-1].cells.get((cell.service, cell.activity))
    return found.value if found else ""


def test_a_word_that_depends_keeps_the_cases_of_the_agreement():
    version = CONVENTIONS[HP].versions[-1]
    service, activity = next(key for key, cell in version.cells.items() if cell.value == "selon")
    cells = [None] * 6
    cells[list(CONVENTIONS.activities).index(activity)] = (None, "selon")
    sheet = Sheet()
    sheet.line(CONVENTIONS.services[service], *cells)
    (cell,) = [one for one in sheet.read(blank="keep").cells if one.word == "selon"]
    assert cell.doubts == ("« selon » : ses cas restent ceux de l’accord",)
