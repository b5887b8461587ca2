"""The report of `guichet matrix import` as text, and the answers that its options give."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import openpyxl
import pytest
from harness.coloured_sheet import BLUE, RED, Sheet
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from matrix import load_conventions
from matrix.sheets import Answers, compared, open_book, read
from matrix.sheets.model import Question
from matrix.sheets.reports import AnswerFault, answers, as_json, as_text

CONVENTIONS = load_conventions()
HP = "hautes-pyrenees-2015"


def report(*lines, given=None):
    """The report on a sheet of these lines: a label, then for each activity a word or a colour (« #FF0000 »)."""
    book = openpyxl.Workbook()
    book.active.title = "Annexe 2"
    book.active.append(["Service", *CONVENTIONS.activities.values()])
    for row, (label, *cells) in enumerate(lines, 2):
        book.active.cell(row, 1, label)
        for column, said in enumerate(cells, 2):
            if said.startswith("#"):
                book.active.cell(row, column).fill = PatternFill("solid", fgColor=said[1:])
            else:
                book.active.cell(row, column, said)
    out = io.BytesIO()
    book.save(out)
    reading = read(open_book(out.getvalue(), "a.xlsx"), CONVENTIONS, HP, Answers(given or {}))
    return list(as_text(reading, compared(reading, CONVENTIONS)))


def test_a_word_that_differs_is_a_difference_and_nothing_is_written():
    lines = report(["Service d'annuaire", "EN", "EN", "CL"], given={"blank": "keep"})
    assert lines[0] == "a.xlsx, feuille « Annexe 2 » : 6 cases lues pour hautes-pyrenees-2015."
    activities = list(CONVENTIONS.activities)
    assert f"  D2     annuaire / {activities[2]} : CL (mot)" in lines
    at = lines.index("\nDifférences avec l’accord")
    assert any(
        line.startswith(f"  D2     annuaire / {activities[2]} : « ") and "-> « CL »" in line for line in lines[at:]
    )
    assert lines[-1] == "\nRien n’est écrit."


def test_a_sheet_that_says_what_the_agreement_says_has_no_difference():
    lines = report(["Service d'annuaire"], given={"blank": "keep"})
    assert "\nAucune différence avec l’accord." in lines
    assert any("annuaire" in line and line.endswith("(laissée comme dans l’accord)") for line in lines)


def test_a_colour_that_no_legend_explains_is_asked_with_its_options():
    lines = report(["Service d'annuaire", "#FF0000"], given={"blank": "keep"})
    at = lines.index("\nQuestions ouvertes (répondre par --answer CLÉ=VALEUR, ou --legend RRVVBB=MOT pour une couleur)")
    assert any(line.startswith("  colour-FF0000\n") for line in lines[at:])
    assert any(line.startswith("      EN : ") for line in lines[at:])
    assert any(" annuaire / " in line and ": ? (question ouverte colour-FF0000)" in line for line in lines[:at])


def test_a_colour_that_was_answered_stands_in_the_legend():
    lines = report(["Service d'annuaire", "#FF0000"], given={"blank": "keep", "colour-FF0000": "EN"})
    assert lines[1] == "\nLégende"
    assert lines[2] == "  #FF0000  EN  (rouge ; choisie par vous)"


def test_a_line_that_no_service_has_is_asked_and_the_long_list_is_cut():
    lines = report(["Service d'annuaire"], ["Machine à café", "EN"], given={"blank": "keep"})
    at = next(at for at, line in enumerate(lines) if line.startswith("  line-3\n"))
    cut = [line for line in lines[at:] if line.startswith("      … et ")]
    assert cut and cut[0].endswith(" autres, dont les codes sont ceux des services")


def test_services_that_the_sheet_has_not_are_told():
    lines = report(["Service d'annuaire"], given={"blank": "keep"})
    at = lines.index("\nÀ savoir")
    assert any(line.startswith("  Services de l’accord qu’aucune ligne ne porte") for line in lines[at:])


def test_answers_are_read_by_key_and_colours_by_their_hue():
    assert answers(["ff0000=EN"], ["line-12 = annuaire"]) == {"line-12": "annuaire", "colour-FF0000": "EN"}


@pytest.mark.parametrize(
    ("legend", "given", "words"),
    [
        ([], ["line-12"], "« line-12 » : une réponse s’écrit CLÉ=VALEUR"),
        (["FF0000"], [], "« FF0000 » : une couleur s’écrit RRVVBB=MOT"),
        (["rouge=EN"], [], "« rouge=EN » : une couleur s’écrit RRVVBB=MOT"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_with_an_example(legend, given, words):
    with pytest.raises(AnswerFault, match=words):
        answers(legend, given)


def test_json_says_what_was_read_asked_and_found():
    sheet = Sheet()
    row = sheet.line("Service d'annuaire", RED, (None, "à voir"), BLUE)
    sheet.page.cell(row, 2).comment = Comment("À revoir", "x")
    reading = sheet.legend().read(blank="keep")
    made = json.loads(as_json(reading, compared(reading, CONVENTIONS)))
    assert {name: made[name] for name in ("file", "sheet", "convention", "ready", "header")} == {
        "file": "annexe2.xlsx",
        "sheet": "Sheet",
        "convention": HP,
        "ready": False,
        "header": 3,
    }
    assert made["legend"][0] == {"colour": "#FF0000", "word": "EN", "text": "EN", "place": "B6"}
    first, second = made["cells"][:2]
    assert first == {
        "coordinate": "B4",
        "service": "annuaire",
        "activity": "preconisation",
        "word": "EN",
        "source": "colour",
        "doubts": ["une note y est jointe : « À revoir »"],
        "question": None,
    }
    (asked,) = [one for one in made["questions"] if one["kind"] == "text"]
    assert (second["question"], second["word"], second["source"]) == (asked["key"], None, "question")
    assert (asked["where"], asked["answer"]) == (["C4"], None)
    assert asked["options"][0] == {"value": "EN", "label": "EN : Académie de Toulouse"}
    assert [one["answer"] for one in made["questions"] if one["kind"] == "blank"] == ["keep"]
    assert made["told"] == list(reading.told)
    assert made["differences"] == [
        {
            "coordinate": one.reading.coordinate,
            "service": one.change.service,
            "activity": one.change.activity,
            "before": one.before,
            "after": one.change.value,
            "told": one.told,
        }
        for one in compared(reading, CONVENTIONS)
    ]
    assert made["differences"]


def test_the_text_shows_doubts_help_that_goes_and_blanks_by_their_words():
    sheet = Sheet()
    row = sheet.line("Infrastructure réseau (câblage, actifs réseaux)", RED)
    sheet.page.cell(row, 2).comment = Comment("À revoir", "x")
    sheet.line("Service d'annuaire")
    reading = sheet.legend().read(blank="blank")
    lines = list(as_text(reading, compared(reading, CONVENTIONS)))
    assert lines[2] == "  #FF0000  EN  (rouge ; « EN », B7)"
    assert (
        "  B4     infrastructure-reseau / preconisation : EN (couleur)\n"
        "        doute : une note y est jointe : « À revoir »" in lines
    )
    (helped,) = [line for line in lines if line.startswith("  B4     infrastructure-reseau / preconisation : « ")]
    assert helped.endswith(
        "« CL » -> « EN » (le concours de l’Académie de Toulouse, que l’accord y donne, n’est pas repris)"
    )
    assert any(line.startswith("  E5     annuaire / mco : blanc (votre réponse)") for line in lines)
    assert any(line.endswith("-> « blanc »") for line in lines)
    assert not [line for line in lines if line.startswith("\nQuestions ouvertes")]


def test_fourteen_options_are_shown_without_a_count_of_the_others():
    options = tuple((str(number), "x") for number in range(14))
    question = Question("k", "line", "Laquelle ?", ("A1",), options)
    reading = replace(some_reading(), questions=(question,))
    assert not [line for line in as_text(reading, ()) if line.startswith("      … et ")]
    longer = replace(reading, questions=(replace(question, options=(*options, ("14", "x"))),))
    assert [line for line in as_text(longer, ()) if line.startswith("      … et 1 autres")]


def some_reading():
    sheet = Sheet()
    sheet.line("Service d'annuaire", RED)
    return sheet.legend().read(blank="keep")
