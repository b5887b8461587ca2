"""`.ci/coverage.py` checks the share of branches of each part of the gate; a part without measures fails."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

import pytest
from harness.places import ROOT

GATE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["guichet"]["coverage"]


def measured(**changes):
    """Return coverage's answer: every part is complete except for `changes`, (covered, all) for a module's stem."""
    files = {}
    for part in GATE["gated"]:
        name = f"{part}router.py" if part.endswith("/") else part
        stem = name.rsplit("/", 1)[1].removesuffix(".py")
        covered, every = changes.get(stem, (100, 100))
        files[name] = {
            "summary": {"covered_branches": covered, "num_branches": every},
            "missing_branches": [[7, 9]] * (every - covered),
        }
    return {"files": files}


def judged(answer):
    command = [sys.executable, ROOT / ".ci" / "coverage.py"]
    done = subprocess.run(command, input=json.dumps(answer), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_gate_stands_at_95_and_its_parts_exist():
    assert GATE["branches"] == 95
    assert all((ROOT / part).exists() for part in GATE["gated"])


@pytest.mark.parametrize(("covered", "code"), [(100, 0), (95, 0), (94, 1)])
def test_each_part_is_judged_by_itself(covered, code):
    found, said = judged(measured(otp=(covered, 100)))
    assert found == code and f"charters/keys/otp.py : {covered}.0 %" in said
    assert ("charters/keys/otp.py:7" in said) == bool(code)


def test_what_was_not_measured_is_not_good():
    answer = measured()
    del answer["files"]["charters/gate.py"]
    assert judged(answer) == (3, judged(answer)[1]) and "charters/gate.py : non mesuré" in judged(answer)[1]
