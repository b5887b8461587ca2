"""A change tried in a process of its own: for what runs while a module is imported. Slow: everything is imported again.

`python -m pytest -p mutants.outside` imports one module from another text, which two environment variables name.
"""

from __future__ import annotations

import functools
import os
import resource
import subprocess
import sys
import tempfile
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

from mutants.changes import Change, applied
from mutants.verdicts import Verdict

ROOT = Path(__file__).resolve().parents[2]
#: Seconds of processor after which a run is thought never to end.
CPU_MAX = 1200
_PATH, _TEXT = "MUTANTS_MODULE", "MUTANTS_TEXT"


def tried(name: Path, change: Change, tests: tuple[str, ...]) -> Verdict:
    """What these test files say of a change. Exits if they fail without it."""
    if not tests:
        return Verdict("survived")
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as text:
        text.write(applied((ROOT / name).read_text("utf-8"), change))
        text.flush()
        code = _run(tests, {_PATH: str(ROOT / name), _TEXT: text.name})
    if code == 0:
        return Verdict("survived", "", tests)
    _must_pass(tests)
    return Verdict("stuck" if code < 0 else "failed", "", tests)


@functools.cache
def _must_pass(tests: tuple[str, ...]) -> None:
    if _run(tests, {}):
        sys.exit(f"These tests fail with nothing changed: {' '.join(tests)}")


def _run(tests: tuple[str, ...], added: dict[str, str]) -> int:
    """The answer of pytest: 0 when every test passes, negative when the run was stopped."""
    command = ["-x", "-q", "-p", "mutants.outside", "-m", "not postgresql and not browser", *tests]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")} | added,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX, CPU_MAX)),
    ).returncode


class _Changed(SourceFileLoader):
    """Loads a module of the checkout from another text."""

    def get_code(self, fullname: str) -> CodeType:
        return compile(Path(os.environ[_TEXT]).read_text("utf-8"), self.path, "exec")


class _Finder:
    """Finds the changed module under its name, before the true one."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        changed = Path(os.environ[_PATH])
        parts = changed.relative_to(ROOT).with_suffix("").parts
        package = parts[-1] == "__init__"
        if fullname != ".".join(parts[:-1] if package else parts):
            return None
        places = [str(changed.parent)] if package else None
        loader = _Changed(fullname, str(changed))
        return spec_from_file_location(fullname, changed, loader=loader, submodule_search_locations=places)


if _PATH in os.environ:
    sys.meta_path.insert(0, _Finder())
