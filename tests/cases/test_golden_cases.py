"""The golden cases that stand beside the clone, held by their own checkers through the installed command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
GUICHET = Path(sys.executable).with_name("guichet")

#: The agreements that ship; the cases of the others come with them.
SHIPPED_PREFIXES = ("hp-",)

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the golden cases do not stand beside the clone")


def test_routing(tmp_path):
    lines = (CASES / "routing.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["input"]["id"].startswith(SHIPPED_PREFIXES)]
    assert len(kept) >= 31
    (tmp_path / "cases.jsonl").write_text("".join(kept), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, CASES / "check_routing.py", tmp_path / "cases.jsonl", "--", GUICHET, "route"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert run.returncode == 0, run.stdout + run.stderr
