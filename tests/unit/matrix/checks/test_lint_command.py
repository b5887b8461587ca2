"""`guichet matrix lint`: what it prints, in text and in JSON, when it fails, and the inventory that it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from harness import agreements
from harness.places import ROOT

from matrix import load_conventions
from matrix.checks import KINDS, SEVERITIES
from matrix.files import SHIPPED
from ticketing.commands.cli import main

pytestmark = pytest.mark.slow

SOURCES = ROOT.parent / "shared" / "sources"
HP = "hautes-pyrenees-2015"
DAY = ("--on", "2026-11-25")


def lint(*arguments, **environ):
    """Run the command in this process, which has read the agreements already."""
    return CliRunner().invoke(main, ["matrix", "lint", *arguments], env=environ)


def lint_apart(*arguments):
    """Run the command in a process of its own, whose hashes differ."""
    command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", "matrix", "lint", *arguments]
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=kept, cwd=ROOT, check=False)


@pytest.fixture(scope="module", autouse=True)
def proofs():
    """Each agreement is proved once for all these tests."""
    with pytest.MonkeyPatch.context() as patches:
        agreements.prove_once(patches)
        yield


@pytest.fixture(scope="module")
def everything(proofs):
    return lint("--format", "json", *DAY)


def test_what_ships_has_no_error_and_the_command_says_so_with_its_status(everything):
    assert (everything.exit_code, everything.stderr) == (0, "")
    data = json.loads(everything.stdout)
    assert data["conventions"] == list(load_conventions().ids)
    assert data["counts"]["erreur"] == 0 and data["counts"]["avertissement"] > 0


def test_the_json_is_what_the_grammar_s_page_says(everything):
    data = json.loads(everything.stdout)
    assert list(data) == ["on", "conventions", "counts", "findings", "proof"]
    assert list(data["counts"]) == list(SEVERITIES)
    for one in data["findings"]:
        assert list(one) == [
            "code",
            "severity",
            "convention",
            "file",
            "line",
            "subject",
            "message",
            "items",
            "cells",
        ]
        assert one["code"] in KINDS and one["severity"] in SEVERITIES
        assert all(list(cell) == ["service", "activity"] for cell in one["cells"])
    assert data["proof"]["combinations"] == sum(one["combinations"] for one in data["proof"]["conventions"])
    page = (ROOT / "docs" / "conventions.md").read_text("utf-8")
    assert not [code for code in KINDS if f"`{code}`" not in page]
    keys = (*data, *data["findings"][0], *data["proof"]["conventions"][0])
    assert not [key for key in keys if f"`{key}`" not in page]


def test_the_same_twice_in_text_sorted_by_file_and_line():
    first, second = lint_apart("acar-2021", *DAY), lint("acar-2021", *DAY)
    assert first.stdout == second.stdout and (first.returncode, first.stderr) == (0, "")
    told = [line for line in first.stdout.splitlines() if line.startswith("acar-2021/")]
    places = [(line.split(":")[0], int(line.split(":")[1])) for line in told]
    assert places == sorted(places) and len(places) > 5
    assert "acar-2021/fees.toml" in first.stdout and "300 utilisateurs" in first.stdout
    assert "combinaisons essayées en tout" in first.stdout
    assert first.stdout.splitlines()[-1].startswith("0 erreur, ")


def test_the_day_is_an_argument():
    assert "lapsed" not in lint("acar-2021", "--on", "2021-06-01").stdout
    assert "lapsed" in lint("acar-2021", "--on", "2022-01-01").stdout


def test_an_unknown_agreement_or_day_is_refused():
    unknown = lint("nope")
    assert unknown.exit_code == 2 and "acar-2021" in unknown.stderr
    assert lint("acar-2021", "--on", "hier").exit_code == 2


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source texts do not stand beside the clone")
def test_every_quote_is_in_its_source():
    done = lint("--sources", str(SOURCES), "--format", "json", *DAY)
    data = json.loads(done.stdout)
    assert done.exit_code == 0 and "quote-not-found" not in done.stdout
    # Every sentence about an object and a task has been read, in all agreements that ship.
    assert [one["convention"] for one in data["sentences"]] == data["conventions"]
    assert [(one["to_do"], one["unmarked"]) for one in data["sentences"]] == [(0, 0)] * len(data["conventions"])
    assert not {one["code"] for one in data["findings"]} & {"mark-not-found", "idle-mark"}
    assert all(one["about"] > 30 and one["quoted"] > 7 for one in data["sentences"])


def test_a_source_that_says_something_else_fails(tmp_path):
    (tmp_path / load_conventions()["acar-2021"].source).write_text("autre chose", encoding="utf-8")
    done = lint("acar-2021", "--sources", str(tmp_path), *DAY)
    assert done.exit_code == 1 and "clauses.toml:3: erreur: quote-not-found" in done.stdout


@pytest.fixture
def copy(tmp_path):
    """A copy of an agreement that replaces the shipped one, and a function that lints it."""
    folder = shutil.copytree(SHIPPED / "aix-en-provence-2017", tmp_path / "aix-en-provence-2017")
    return folder, lambda *more: lint("aix-en-provence-2017", *DAY, *more, GUICHET_CONVENTIONS_DIR=str(tmp_path))


def test_a_cell_deleted_fails_until_the_inventory_is_written_anew(copy):
    folder, run = copy
    assert run().exit_code == 0
    cells = folder / "cells.toml"
    text = cells.read_text("utf-8")
    first = text.index("[[cell]]")
    second = text.index("[[cell]]", first + 1)
    cells.write_text(text[:first] + text[second:], encoding="utf-8")
    done = run()
    assert done.exit_code == 1
    assert "classes-mobiles / acquisition : la case a disparu" in done.stdout
    written = run("--write-inventory")
    assert written.exit_code == 0 and str(folder / "inventory.toml") in written.stdout
    assert run().exit_code == 0


def test_files_that_do_not_load_are_told_one_by_one(copy):
    folder, run = copy
    for name, old, new in (("cells.toml", '"CL"', '"CLL"'), ("clauses.toml", 'ref = "1"', 'reff = "1"')):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    done = run("--format", "json")
    data = json.loads(done.stdout)
    assert done.exit_code == 1 and data["proof"] is None
    assert {"cells.toml", "clauses.toml"} <= {one["file"].rpartition("/")[2] for one in data["findings"]}
    assert {one["code"] for one in data["findings"]} == {"file"}
