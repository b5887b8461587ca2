"""`guichet matrix compare`: its output, and its messages when it cannot compare."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from ticketing.commands.cli import main

HP, DS = "hautes-pyrenees-2015", "deux-sevres-2017"


def run(*arguments):
    return CliRunner().invoke(main, ["matrix", "compare", *arguments])


def test_text_names_both_sides_and_an_agreement_is_like_itself():
    done = run(HP, f"{DS}@2017-06-01")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"A : {HP}, version du 1er septembre 2015\nB : {DS}, version du 1er janvier 2017\n")
    assert "aucune différence" in run(HP, f"{HP}@2016-01-01").stdout


def test_csv_opens_in_a_french_spreadsheet_and_json_is_one_object():
    text = run(HP, DS, "--format", "csv").stdout
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert text.startswith("\ufeff") and table[0][0] == "Section" and len({len(row) for row in table}) == 1
    counts = json.loads(run(HP, DS, "--format", "json").stdout)["counts"]
    whole = json.loads(run(HP, DS, "--format", "json", "--all").stdout)
    assert 0 < counts["differing"] < counts["cells"] == len(whole["cells"])


@pytest.mark.parametrize(
    ("a", "b", "at", "said"),
    [
        ("nulle-part", HP, "for A", "accord inconnu ; il y a : "),
        (HP, "nulle-part@2026-01-01", "for B", HP),
        (f"{HP}@2010-01-01", DS, "for A", "la première est du 1er septembre 2015"),
        (HP, f"{DS}@hier", "for B", "« hier » n’est pas un jour"),
        (HP, f"{DS}@", "for B", "n’est pas un jour"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence_at_its_argument(a, b, at, said):
    done = run(a, b)
    assert done.exit_code == 2 and at in done.stderr and said in done.stderr and "Traceback" not in done.stderr
