"""`guichet matrix export` and `import`: files written and read, questions asked, nothing written to the database."""

import io
import json
import subprocess
import sys

import openpyxl
import pytest
from harness.places import ROOT
from openpyxl.styles import PatternFill

from matrix import load_conventions
from matrix.sheets import export
from matrix.sheets.reports import AnswerFault, answers

pytestmark = pytest.mark.slow

CONVENTIONS = load_conventions()


def guichet(*arguments):
    command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", "matrix", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


@pytest.fixture
def sheet(tmp_path):
    """Return a sheet with one line and one colour that no legend explains."""
    book = openpyxl.Workbook()
    book.active.append(["Service", *CONVENTIONS.activities.values()])
    book.active.append(["Service d'annuaire"])
    for column in (2, 5):
        book.active.cell(2, column).fill = PatternFill("solid", fgColor="FF0000")
    out = io.BytesIO()
    book.save(out)
    path = tmp_path / "annexe.xlsx"
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_what_is_exported_is_imported_without_a_difference(tmp_path, form):
    path = tmp_path / f"m.{form}"
    assert guichet("export", "deux-sevres-2017", "--format", form, "--output", path).returncode == 0
    assert path.read_bytes() == export(CONVENTIONS, "deux-sevres-2017", form)
    done = guichet("import", "deux-sevres-2017", path, "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["ready"] and told["differences"] == [] and len(told["cells"]) == 186


def test_the_file_goes_to_standard_output_by_default():
    done = guichet("export", "acar-2021", "--format", "ods")
    assert done.stdout == export(CONVENTIONS, "acar-2021", "ods")


def test_an_unknown_colour_is_asked_answered_and_nothing_is_written(sheet):
    before = sorted(sheet.parent.iterdir()), sheet.read_bytes()
    asked = guichet("import", "hautes-pyrenees-2015", sheet)
    said = asked.stdout.decode()
    assert asked.returncode == 1 and "colour-FF0000" in said and "Rien n’est écrit." in said
    answered = guichet("import", "hautes-pyrenees-2015", sheet, "--legend", "#ff0000=EN", "--format", "json")
    told = json.loads(answered.stdout)
    assert answered.returncode == 0
    assert [(one["coordinate"], one["before"], one["after"]) for one in told["differences"]] == [("B2", "", "EN")]
    assert (sorted(sheet.parent.iterdir()), sheet.read_bytes()) == before
    text = guichet("import", "hautes-pyrenees-2015", sheet, "--legend", "FF0000=EN").stdout.decode()
    assert "« blanc » -> « EN »" in text


def test_refusals_are_sentences(tmp_path, sheet):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"%PDF-1.7")
    for arguments, told in (
        (("import", "hautes-pyrenees-2015", path), "PDF"),
        (("import", "nowhere-1999", sheet), "hautes-pyrenees-2015"),
        (("export", "nowhere-1999", "--format", "ods"), "hautes-pyrenees-2015"),
        (("import", "hautes-pyrenees-2015", sheet, "--legend", "rouge=EN"), "RRVVBB"),
        (("export", "acar-2021", "--format", "ods", "--output", tmp_path / "absent" / "x.ods"), "pas pu être écrit"),
    ):
        done = guichet(*arguments)
        assert done.returncode in (1, 2) and told in done.stderr.decode() and b"Traceback" not in done.stderr


def test_answers_of_the_command_line():
    assert answers(["#ff0000=CL ou Etab"], ["line-5=annuaire", "blank = keep"]) == {
        "colour-FF0000": "CL ou Etab",
        "line-5": "annuaire",
        "blank": "keep",
    }
    for legend, given in ((["FF0000"], []), (["zz=EN"], []), ([], ["line-5"])):
        with pytest.raises(AnswerFault):
            answers(legend, given)
