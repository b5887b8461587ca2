"""Hostile files are refused with a sentence, within seconds and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from harness import hostile_sheets as hostile
from harness import processor
from harness.places import ROOT

pytestmark = pytest.mark.slow

SECONDS, MEGABYTES = 8, 200  # processor time; the slowest takes a second and a half

#: The word that each refusal must contain, which names the fault.
SAYS = {
    "million-rows.xlsx": "vides",
    "many-rows.xlsx": "vides",
    "wide.xlsx": "vides",
    "million-rows.ods": "vides",
    "many-rows.ods": "vides",
    "repeated-text.ods": "trop de cases",
    "laughs.xlsx": "entités",
    "laughs-strings.xlsx": "entités",
    "laughs.ods": "entités",
    "outside.ods": "entités",
    "dtd.ods": "DTD",
    "bomb.xlsx": "démesuré",
    "bomb.ods": "démesuré",
    "crowded-tag.xlsx": "démesuré",
    "crowded-names.ods": "démesuré",
    "crowded-nodes.xlsx": "trop de cases",
    "one-text.xlsx": "trop de cases",
    "one-text-everywhere.xlsx": "trop de cases",
    "noted.xlsx": "trop de cases",
    "members.xlsx": "démesuré",
    "macros.xlsx": "macros",
    "macros.ods": "macros",
    "macro-extension.xlsm": "macros",
    "links.xlsx": "liens",
    "links-declared.xlsx": "liens",
    "links.ods": "liens",
    "locked.ods": "mot de passe",
    "locked.xlsx": "mot de passe",
    "old.xls": "ancien classeur",
    "old-renamed.xlsx": "mot de passe",
    "ods-in-xlsx.xlsx": "l’extension .ods",
    "xlsx-in-ods.ods": "l’extension .xlsx",
    "zip-in-csv.csv": "l’extension .xlsx",
    "text-in-xlsx.xlsx": "pas une feuille",
    "page.xlsx": "page web",
    "report.pdf": "PDF",
    "pdf.xlsx": "PDF",
    "archive.xlsx": "archive",
    "document.ods": "pas une feuille",
    "truncated.xlsx": "abîmé",
    "half.xlsx": "abîmé",
    "damaged.xlsx": "abîmé",
    "not-xml.xlsx": "abîmé",
    "deep.xlsx": "abîmé",
    "deep.ods": "abîmé",
    "lying.xlsx": "abîmé",
    "traversal.xlsx": "noms de parties",
    "absolute.ods": "noms de parties",
    "backslash.xlsx": "noms de parties",
    "empty.xlsx": "vide",
    "heavy.xlsx": "10 Mo",
    "binary.csv": "CSV",
    "nothing.xlsx": "aucune case",
    "nothing.ods": "aucune case",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The results of a separate process for each file, with its time and the peak memory so far (MB)."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, data in hostile.files().items():
        (folder / name).write_bytes(data)
    made = {path.name for path in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, hostile.__file__, folder],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)} | {name: value for name, value in os.environ.items() if "COVERAGE" in name},
        capture_output=True,
        text=True,
        timeout=1800,
        preexec_fn=_bounded,
    )
    for path in folder.iterdir():
        path.unlink()
    assert done.returncode == 0, done.stderr
    said = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert said.keys() == made, "every file was tried"
    return said


def _bounded():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))  # address space, 2.5 times the memory


def test_every_file_was_tried(told):
    assert len(told) > 50


def test_each_is_refused_with_a_french_sentence_that_says_what_to_do(told):
    verbs = ("renvoyez", "Enregistrez", "enregistrez", "Refaites", "refaites", "Vérifiez", "ajoutez")
    assert [name for name, one in told.items() if not any(verb in (one["said"] or "") for verb in verbs)] == []
    assert {name: told[name]["said"] for name, word in SAYS.items() if word not in told[name]["said"]} == {}


def test_within_seconds_and_in_little_memory(told):
    bound = SECONDS * processor.slowness()
    assert {name: one["seconds"] for name, one in told.items() if one["seconds"] > bound} == {}
    assert max(one["peak"] for one in told.values()) < MEGABYTES
