"""Where the table of a sheet is: its header, its columns, its lines, and the legend around it."""

from __future__ import annotations

import pytest
from harness.coloured_sheet import ACTIVITIES, CONVENTIONS, HP

from matrix.sheets import layout as layouts
from matrix.sheets.labels import Labels
from matrix.sheets.layout import header_row, laid_out, legend
from matrix.sheets.lexicon import Lexicon
from matrix.sheets.model import Grid, GridCell, Span

LABELS = Labels(CONVENTIONS, {service for service, _ in CONVENTIONS[HP].versions[-1].cells})
LEXICON = Lexicon(CONVENTIONS[HP])
RED, BLUE = "#FF0000", "#0000FF"


def grid(*lines, spans=()):
    """Cells by row and column; each is a text, a colour (« # »), or (text, colour)."""
    cells = {}
    for row, line in enumerate(lines, 1):
        for column, one in enumerate(line, 1):
            text, colour = one if isinstance(one, tuple) else ("", one) if str(one).startswith("#") else (one, "")
            if text or colour:
                cells[(row, column)] = GridCell(text, colour)
    return Grid("A", cells, spans=tuple(spans))


HEAD = ("Services", *ACTIVITIES)


def layout(*lines, header=1, spans=()):
    return laid_out(grid(*lines, spans=spans), LABELS, LEXICON, header)


# --- the header -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([HEAD], (1, 6)),
        ([("Titre",), HEAD], (2, 6)),
        ([ACTIVITIES[:3], HEAD, HEAD], (2, 6)),
        ([ACTIVITIES[:2]], (0, 0)),
        ([(ACTIVITIES[0], ACTIVITIES[0], ACTIVITIES[0])], (1, 1)),
        ([(*ACTIVITIES[:3], "x" * 201)], (1, 3)),
        ([(ACTIVITIES[0], ACTIVITIES[1], "x" * 201)], (0, 0)),
        ([(ACTIVITIES[0], ACTIVITIES[1], "x" * 200)], (1, 2)),
        ([("a", "b", "c")], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_the_header_is_the_first_line_that_names_most_activities(lines, found):
    assert header_row(grid(*lines), LABELS) == found


# --- the columns ------------------------------------------------------------------------------------------------------


def test_columns_between_the_first_and_last_activity_belong_to_the_table():
    """Beyond the last, a column is a question, unless its title is one that people add to say something else."""
    head = ("N°", "Services", ACTIVITIES[0], "Divers", ACTIVITIES[1], ACTIVITIES[2], "Autre chose", "Remarques du jour")
    found = layout(head, ("1", "Service d'annuaire", RED, RED, RED, RED, RED, "vu"))
    assert (found.label_column, [one.column for one in found.columns]) == (2, [3, 4, 5, 6, 7])
    assert [(one.column, one.label) for one in found.aside] == [(1, "N°"), (8, "Remarques du jour")]


def test_a_column_without_title_is_kept_where_it_is_coloured_and_left_out_elsewhere():
    coloured = layout((*HEAD, ""), ("Service d'annuaire", *[""] * 6, RED))
    assert [one.column for one in coloured.columns] == [2, 3, 4, 5, 6, 7]
    assert [(one.column, one.label) for one in coloured.aside] == [(8, "")]
    assert layout(HEAD, ("Service d'annuaire", *[""] * 6, "vu")).aside == ()
    inside = layout(("Services", ACTIVITIES[0], "", ACTIVITIES[1], ACTIVITIES[2]), ("Service d'annuaire", "", RED))
    assert [one.column for one in inside.columns] == [2, 3, 4, 5]


def test_a_title_merged_over_two_columns_is_one_column():
    found = layout(
        ("Services", ACTIVITIES[0], "", *ACTIVITIES[1:3]), ("Service d'annuaire", RED), spans=[Span(1, 2, 1, 2)]
    )
    assert [one.column for one in found.columns] == [2, 4, 5]


def test_labels_are_preferred_to_their_codes_and_stand_where_services_are_named():
    codes = layout(("Code", "Libellé", *ACTIVITIES), ("annuaire", "Service d'annuaire", RED))
    assert codes.label_column == 2
    after = layout((*ACTIVITIES, "Services"), (RED, *[""] * 5, "Service d'annuaire"))
    assert after.label_column == 7
    none = layout(("x", "y", *ACTIVITIES), ("Rien", "de connu", RED))
    assert none.label_column == 2, "the column just before the table"
    assert layout(ACTIVITIES, (RED,)).label_column == 1


@pytest.mark.parametrize(("known", "column"), [(5, 2), (4, 2), (3, 1)])
def test_labels_are_preferred_to_codes_where_four_in_five_of_them_are_known(known, column):
    services = list(CONVENTIONS[HP].versions[-1].cells)
    names = list(dict.fromkeys(service for service, _ in services))[:5]
    labels = [CONVENTIONS.services[name] for name in names[:known]] + ["Rien que l’on connaisse ici"] * (5 - known)
    lines = [(name, label, RED) for name, label in zip(names, labels, strict=True)]
    assert layout(("Code", "Libellé", *ACTIVITIES), *lines).label_column == column


# --- the lines --------------------------------------------------------------------------------------------------------


def test_a_merged_line_or_one_that_only_names_a_section_is_a_title():
    section = "Services rendus aux utilisateurs, administratif"
    found = layout(
        HEAD,
        (section,),
        ("Service de stockage utilisateur", RED),
        ("N’importe quel titre", "#BFBFBF"),
        ("Service d'annuaire", RED),
        spans=[Span(4, 1, 1, 7)],
    )
    assert [(one.row, one.title) for one in found.lines] == [(2, True), (3, False), (4, True), (5, False)]
    assert found.lines[1].match.ids == ("stockage-administratif",)
    assert len({one.section for one in found.lines}) == 1 and found.lines[0].section != ""


@pytest.mark.parametrize(("code", "settled"), [("stockage-pedagogique", True), ("STOCKAGE-PEDAGOGIQUE", False)])
def test_a_code_in_the_row_settles_the_line_where_it_is_written_as_the_export_writes_it(code, settled):
    found = layout(
        (*HEAD, "Code"),
        ("Service d'annuaire", RED),
        ("Service de stockage utilisateur", *[""] * 6, code),
    )
    match = found.lines[1].match
    assert ("stockage-pedagogique" in match.ids, match.sure) == (True, settled)


def test_a_garbled_title_of_a_section_with_cells_is_a_line_and_without_is_a_title():
    garbled = "Services rendus aux utilisateurs, adminlstratif"
    found = layout(HEAD, ("Service d'annuaire", RED), (garbled, *[""] * 5, RED), (garbled,), ("Antivirus", RED))
    assert [(one.row, one.title) for one in found.lines] == [(2, False), (3, False), (4, True), (5, False)]


def test_a_section_named_left_of_the_labels_holds_until_the_next():
    section = "Services rendus aux utilisateurs, pédagogique"
    found = layout(
        ("Section", *HEAD),
        (section, "Service de stockage utilisateur", RED),
        ("", "Service de stockage utilisateur", RED),
    )
    assert [one.match.ids for one in found.lines] == [("stockage-pedagogique",)] * 2


# --- the legend -------------------------------------------------------------------------------------------------------


def test_the_rows_under_the_last_line_that_explain_colours_are_the_legend():
    found = layout(
        HEAD,
        ("Service d'annuaire", RED),
        ("Ligne inconnue", RED),
        ("", RED),
        ("EN", RED),
        ("Encore une", BLUE),
        ("Légende",),
        ("Ce que veut dire le bleu", BLUE),
    )
    assert found.legend_rows == {4, 5, 7, 8}
    assert [one.row for one in found.lines] == [2, 3, 6], "words that explain no colour make a line"


def entries(*lines, **more):
    return [(one.colour, one.word, one.place) for one in legend(grid(*lines, **more), LEXICON, None)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ([("EN", RED)], [(RED, "EN", "A1")]),
        ([RED, "EN"], [(RED, "EN", "B1")]),
        (["EN", RED], [(RED, "EN", "A1")]),
        ([RED, "", "", "EN"], [(RED, "EN", "D1")]),
        ([RED, "", "", "", "EN"], []),
        ([RED, "EN", BLUE, "CL"], [(RED, "EN", "B1"), (BLUE, "CL", "D1")]),
        (["EN", RED, "CL", BLUE], [(RED, "EN", "A1"), (BLUE, "CL", "C1")]),
        ([RED, ("CL", BLUE)], [(BLUE, "CL", "B1")]),
        ([RED], []),
        ([("n’importe quoi", RED)], []),
        ([RED, "n’importe quoi"], []),
    ],
)
def test_a_colour_means_its_own_words_or_those_beside_it(line, found):
    assert entries(line) == found


def test_a_pattern_means_nothing_by_itself():
    hatched = Grid("A", {(1, 1): GridCell("EN", RED, "hachurée")})
    assert list(legend(hatched, LEXICON, None)) == []


def test_the_cells_of_the_table_are_no_legend_and_what_stands_beside_it_is():
    lines = (
        ("CL", BLUE),
        HEAD,
        ("Service d'annuaire", ("EN", RED), *[""] * 5, "", "", ("Etab", "#00FF00")),
        ("",),
        ("", ("CL", "#0000AA")),
    )
    whole = grid(*lines)
    found = list(legend(whole, LEXICON, laid_out(whole, LABELS, LEXICON, 2)))
    assert [(one.colour, one.word, one.place) for one in found] == [
        (BLUE, "CL", "A1"),
        ("#00FF00", "Etab", "J3"),
        ("#0000AA", "CL", "B5"),
    ]


@pytest.mark.parametrize(("length", "found"), [(59, True), (60, False)])
def test_a_code_is_short(length, found):
    """A longer text in small letters with a hyphen is no code, whatever it looks like."""
    code = "stockage-pedagogique"
    line = grid(("Ligne", code + "-" * (length - len(code))))
    assert (layouts._coded(line, LABELS, 1, [1]) is not None) is found
