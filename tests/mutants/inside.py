"""Changes tried inside one process that has collected the tests: each in a fork, where the functions get the new code.

`tried` starts `python -m pytest -p mutants.inside`; this module is then the plugin, which takes the place of the loop
over the tests. It notes which tests run which lines (kept in var/mutants/, and noted again for what changes).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import hypothesis
import pytest

from mutants.changes import Change, what_runs
from mutants.forks import Covering, Forks, covering
from mutants.parts import PARTS
from mutants.verdicts import Verdict

ROOT = Path(__file__).resolve().parents[2]
MARKS = "not postgresql and not browser"
_ASKED = "MUTANTS_ASKED"


def tried(part: str, sample: list[tuple[Path, Change]], *, quick: bool = False) -> list[Verdict]:
    """What the tests of a part say of each change, in the order of the sample. Exits where they cannot be tried.

    `quick`: the slow tests are left out.
    """
    kept = ROOT / "var" / "mutants"
    kept.mkdir(parents=True, exist_ok=True)
    asked, answer = kept / f"{part}-asked.json", kept / f"{part}-answer.json"
    answer.unlink(missing_ok=True)
    marks = f"{MARKS} and not slow" if quick else MARKS
    changes = [{"module": name.as_posix(), **asdict(change)} for name, change in sample]
    asked.write_text(json.dumps({"part": part, "marks": marks, "answer": str(answer), "changes": changes}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "mutants.inside", "-m", marks, *PARTS[part][2]],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), _ASKED: str(asked)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode or not answer.exists():
        sys.exit(f"The tests cannot be tried:\n{done.stdout[-3000:]}")
    return [Verdict(one["outcome"], one["by"], tuple(one["tests"])) for one in json.loads(answer.read_text("utf-8"))]


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Hypothesis draws the same examples each time, and keeps none of those that a change makes fail."""
    usual = hypothesis.settings.get_profile("guichet")
    hypothesis.settings.register_profile("mutants", parent=usual, database=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if _ASKED not in os.environ:
        return None
    asked = json.loads(Path(os.environ[_ASKED]).read_text("utf-8"))
    if session.testsfailed:
        raise session.Failed("The tests cannot be collected.")
    forks, part = Forks(session, ROOT), asked["part"]
    if not PARTS[part][1]:
        forks.warm()
    covered = _covering(forks, part, asked["marks"])
    verdicts = []
    for rank, one in enumerate(asked["changes"], 1):
        module = one.pop("module")
        verdicts.append(forks.tried(module, Change(**one), covered))
        if verdicts[-1].outcome == "survived":
            print(f"\n{module}:{one['line']}: {one['before']}  ->  {one['after']}", file=sys.stderr)
        missed = sum(verdict.outcome == "survived" for verdict in verdicts)
        print(f"\r{part} {rank}/{len(asked['changes'])}, {missed} not noticed ", end="", file=sys.stderr, flush=True)
    Path(asked["answer"]).write_text(json.dumps([asdict(verdict) for verdict in verdicts]), "utf-8")
    return True


def _covering(forks: Forks, part: str, marks: str) -> Covering:
    """Which tests run which lines: read from var/mutants/, where what has changed since is worked out again."""
    path = ROOT / "var" / "mutants" / f"{part}{'-quick' if 'slow' in marks else ''}-lines.json"
    names, prints = list(forks.items), _prints()
    known = Covering(**json.loads(path.read_text("utf-8"))) if path.exists() else None
    stale = known.stale(names, prints) if known else names
    if known and known.prints == prints and known.names == names:
        return known
    print(f"{part}: which lines {len(stale)} tests run (some minutes, once)…", file=sys.stderr, flush=True)
    covered: Covering | None = covering(forks, stale, prints)
    if known and covered:
        covered = known.renewed(names, covered)
    covered = covered or covering(forks, names, prints)
    path.write_text(json.dumps(asdict(covered)), "utf-8")
    return covered


def _prints() -> dict[str, str]:
    """A print of every Python file that git knows, so that nothing is believed that was noted for other texts."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return {
        name: hashlib.sha256(what_runs((ROOT / name).read_text("utf-8")).encode()).hexdigest()
        for name in sorted(names)
        if name and (ROOT / name).is_file()
    }
