"""Which test files run a line: from one run of the tests with coverage, kept in var/ for as long as no file changes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Covering:
    """What the run found: for each module, the test files of each line; how long each file took."""

    lines: dict[str, dict[str, list[str]]]
    seconds: dict[str, float]

    def tests_of(self, module: Path, line: int) -> list[str]:
        """The test files that run a line of a module, the quickest first.

        A line that runs while the tests are collected has no test of its own: every test of the module is named.
        A module that nothing imports has none.
        """
        lines = self.lines.get(module.as_posix(), {})
        files = lines.get(str(line)) or sorted({file for found in lines.values() for file in found})
        return sorted(files, key=lambda file: (self.seconds.get(file, 0.0), file))


def covering(copy: Path, part: str, folders: tuple[str, ...]) -> Covering:
    """What the tests of these folders run, slow ones left out: read from var/mutants/, or worked out in `copy`."""
    kept = ROOT / "var" / "mutants" / f"{part}.json"
    print_of = _print(copy)
    if kept.exists():
        found = json.loads(kept.read_text("utf-8"))
        if found["print"] == print_of:
            return Covering(found["lines"], found["seconds"])
    print(f"{part}: which tests run which line (some minutes, once)…", file=sys.stderr, flush=True)
    answer = copy.parent / "covering.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "mutants.recording", "-m", "not slow"]
    environ = os.environ | {"PYTHONPATH": str(copy / "tests"), "GUICHET_MUTANTS_ANSWER": str(answer)}
    there = [folder for folder in folders if (copy / folder).exists()]
    done = subprocess.run([*command, *there], cwd=copy, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"The tests fail before any change:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    found = json.loads(answer.read_text("utf-8"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"print": print_of, **found}), "utf-8")
    return Covering(found["lines"], found["seconds"])


def _print(copy: Path) -> str:
    """A print of every Python file of the copy, so that what was kept for other texts is not read."""
    digest = hashlib.sha256()
    for path in sorted(copy.rglob("*.py")):
        digest.update(path.relative_to(copy).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
