"""Run the checkers of the golden cases that stand beside the clone, through the installed command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.places import SHARED

CASES = SHARED / "cases"
GUICHET = Path(sys.executable).with_name("guichet")

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the golden cases do not stand beside the clone")


@pytest.mark.parametrize("name", ["routing.jsonl", "routing-second.jsonl"])
def test_routing(name):
    run = subprocess.run(
        [sys.executable, CASES / "check_routing.py", CASES / name, "--", GUICHET, "route"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("texts", [CASES / "suggest.jsonl", Path(__file__).with_name("suggest-held-out.jsonl")])
def test_suggest(texts):
    run = subprocess.run(
        [sys.executable, CASES / "check_suggest.py", texts, "0.85", "0.95", "0.85", "--", GUICHET, "suggest"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert run.returncode == 0, run.stdout + run.stderr
