"""`.ci/stylesheets.py` finds each kind of fault if a test adds it, and none in the stylesheets of Guichet."""

from __future__ import annotations

import subprocess
import sys

import pytest
from harness.places import ROOT

CHECKER = ROOT / ".ci" / "stylesheets.py"


def checked(folder) -> tuple[int, str]:
    """Return the exit code of the checker on `folder`, and the lines that it prints."""
    done = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_the_stylesheets_of_guichet_hold_no_fault():
    assert checked(ROOT / "ticketing" / "static") == (0, "")


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("a { colour: red; }\n", 1, "unknown property colour"),
        ("a {\n  color: red\n  margin: 0;\n}\nb { colr: red }\n", 5, "unknown property colr"),
        ("a { color: red; ; margin }\n", 1, ""),
        ("a { color: red;\nb { color: blue; }\n", 2, "a rule inside another rule: a brace is missing above"),
        ("a { color: red; }\n}\nb { color: blue; }\n", 2, ""),
        ("a { color: red;\n", 1, "a block or a comment is still open at the end"),
        ("a { color: red; } /* note\n", 1, "a block or a comment is still open at the end"),
        ("@medai print { a { color: red; } }\n", 1, "unknown at-rule @medai"),
        ("@media print {\n  a { colour: red; }\n}\n", 2, "unknown property colour"),
        ("@page { @bottom-right { contents: none; } }\n", 1, "unknown property contents"),
        ("a {\n  color: var(--inkk);\n}\n:root { --ink: black; }\n", 2, "--inkk is set nowhere"),
        ("a { margin: calc(2 * var(--gap)); }\n", 1, "--gap is set nowhere"),
    ],
)
def test_a_planted_fault_is_found_on_its_line(tmp_path, text, line, fault):
    sheet = tmp_path / "planted.css"
    sheet.write_text(text, "utf-8")
    code, said = checked(tmp_path)
    assert code == 1
    assert f"{sheet}:{line}: {fault}" in said


def test_a_variable_may_be_set_in_another_stylesheet(tmp_path):
    (tmp_path / "1.css").write_text(":root { --ink: black; }\n", "utf-8")
    (tmp_path / "2.css").write_text("a { color: var(--ink); -webkit-text-size-adjust: none; }\n", "utf-8")
    assert checked(tmp_path) == (0, "")


def test_a_folder_without_stylesheets_is_a_fault(tmp_path):
    assert checked(tmp_path)[0] == 1
