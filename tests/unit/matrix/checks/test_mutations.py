"""Lint reports the loss of any single cell, case or clause of any agreement."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import pytest

from matrix import ConventionError, load_conventions
from matrix.checks import inventory, lint
from matrix.files import SHIPPED, load_convention, load_vocabulary

pytestmark = pytest.mark.slow

ALL = load_conventions()
VOCABULARY = load_vocabulary()
CONVENTIONS = pytest.mark.parametrize("convention", list(ALL), ids=lambda one: one.id)


def told(convention):
    return [one for one in inventory.check(convention) if one.severity == "erreur"]


def with_cells(convention, version, cells):
    changed = tuple(replace(one, cells=cells) if one is version else one for one in convention.versions)
    return replace(convention, versions=changed)


@CONVENTIONS
def test_the_whole_copy_is_told_nothing(convention):
    assert list(inventory.check(convention)) == []


@CONVENTIONS
def test_every_cell_that_goes_is_named(convention):
    for version in convention.versions:
        for service, activity in version.cells:
            left = {key: cell for key, cell in version.cells.items() if key != (service, activity)}
            found = told(with_cells(convention, version, left))
            [lost] = [one for one in found if one.cells]
            assert lost.cells == ((service, activity),) and "a disparu" in lost.sentence
            assert "--write-inventory" in lost.sentence
            line = (SHIPPED / lost.file).read_text(encoding="utf-8").splitlines()[lost.line - 1]
            assert line.startswith(f'"{service} / {activity}"')  # the line of the inventory that describes the cell


@CONVENTIONS
def test_every_case_that_goes_is_named(convention):
    for version in convention.versions:
        for key, cell in version.cells.items():
            for index in range(len(cell.cases)):
                fewer = replace(cell, cases=cell.cases[:index] + cell.cases[index + 1 :])
                assert key in {
                    pair
                    for one in told(with_cells(convention, version, {**version.cells, key: fewer}))
                    for pair in one.cells
                }


@CONVENTIONS
def test_every_cell_that_says_another_party_is_named(convention):
    others = {"academie": "college", "departement": "academie"}
    for version in convention.versions:
        for key, cell in version.cells.items():
            for index, case in enumerate(cell.cases):
                wrong = replace(case, party=others.get(case.party or "", "departement"), status="routed")
                changed = replace(cell, cases=(*cell.cases[:index], wrong, *cell.cases[index + 1 :]))
                if changed != cell:
                    assert told(with_cells(convention, version, {**version.cells, key: changed}))


def blocks(path, *headers):
    """For each entry, the text of the file without it; a cell is removed with its cases, a case alone."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if re.match(r"\[\[[a-z.]+\]\]", line)] + [len(lines)]
    for at, start in enumerate(starts[:-1]):
        header = lines[start].split("]]")[0][2:]
        if header not in headers:
            continue
        until = next(
            end
            for end in starts[at + 1 :]
            if end == len(lines) or header == "cell.case" or not lines[end].startswith(f"[[{header}.")
        )
        yield start + 1, "".join(lines[:start] + lines[until:])


@CONVENTIONS
@pytest.mark.parametrize("name", ["cells.toml", "clauses.toml", "etablissements.toml"])
def test_every_entry_that_goes_from_a_file_is_told(convention, name, tmp_path):
    folder = shutil.copytree(SHIPPED / convention.id, tmp_path / convention.id)
    tried = 0
    for line, text in blocks(folder / name, "cell", "cell.case", "clause", "etablissement"):
        (folder / name).write_text(text, encoding="utf-8")
        tried += 1
        try:
            broken = load_convention(folder, VOCABULARY)
        except ConventionError:
            continue  # it does not load, which reports the fault
        assert told(broken), f"{name}:{line}"
        shutil.copy(SHIPPED / convention.id / name, folder / name)
    assert tried >= (SHIPPED / convention.id / name).read_text(encoding="utf-8").count("\n[[") - 1


def test_a_wanted_change_is_written_anew_and_told_no_more(tmp_path):
    folder = shutil.copytree(SHIPPED / "deux-sevres-2017", tmp_path / "deux-sevres-2017")
    before = (folder / inventory.NAME).read_text(encoding="utf-8")
    path = folder / "cells.toml"
    path.write_text(next(text for _, text in blocks(path, "cell")), encoding="utf-8")
    changed = load_convention(folder, VOCABULARY)
    assert told(changed)
    assert inventory.write(changed) == folder / inventory.NAME
    assert told(changed) == []
    after = (folder / inventory.NAME).read_text(encoding="utf-8")
    gone = set(before.splitlines()) - set(after.splitlines())
    assert any(line.startswith('"telephonie-fixe / acquisition"') for line in gone)


@CONVENTIONS
def test_the_inventory_that_ships_is_the_one_that_would_be_written(convention):
    assert (convention.folder / inventory.NAME).read_text(encoding="utf-8") == inventory.text(convention)


def test_lint_as_a_whole_fails_on_a_lost_cell():
    convention = ALL["hautes-pyrenees-2015"]
    version = convention.versions[0]
    left = {key: cell for key, cell in version.cells.items() if key != ("antivirus", "mco")}
    broken = ALL.with_conventions([with_cells(convention, version, left)])
    report = lint(broken, [convention.id], on=convention.starts, proof=False)
    assert not report.sound
