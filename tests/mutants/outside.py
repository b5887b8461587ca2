"""A change tried in a process of its own: for what runs while a module is imported. Slow: everything is imported again.

`python -m pytest -p mutants.outside` imports one module from another text; environment variables name both.
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

import pytest

from mutants.changes import Change, applied
from mutants.verdicts import Verdict

ROOT = Path(__file__).resolve().parents[2]
#: Seconds of processor after which a run is thought never to end.
CPU_MAX = 1200
_PATH, _TEXT, _FAILED = "MUTANTS_MODULE", "MUTANTS_TEXT", "MUTANTS_FAILED"


def tried(name: Path, change: Change, tests: tuple[str, ...]) -> Verdict:
    """What these tests say of a change, run in their order until one fails. Exits if that one fails without it."""
    if not tests:
        return Verdict("survived")
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as text:
        text.write(applied((ROOT / name).read_text("utf-8"), change))
        text.flush()
        code, by = _run(tests, {_PATH: str(ROOT / name), _TEXT: text.name})
    if code == 0:
        return Verdict("survived", "", tests)
    _must_pass(by or tests[0])
    return Verdict("stuck" if code < 0 else "failed", by, tests)


@functools.cache
def _must_pass(test: str) -> None:
    if _run((test,), {})[0]:
        sys.exit(f"This test fails with nothing changed: {test}")


def _run(tests: tuple[str, ...], added: dict[str, str]) -> tuple[int, str]:
    """The answer of pytest (0 when every test passes, negative when the run was stopped), and the test that failed.

    No test failed where the tests could not even be collected. Each file is gone through once, the quickest first.
    """
    files = {test.split("::")[0]: rank for rank, test in reversed(list(enumerate(tests)))}
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as failed, tempfile.NamedTemporaryFile("w") as named:
        named.write("\n".join(sorted(tests, key=lambda test: files[test.split("::")[0]])))
        named.flush()
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "mutants.outside", f"@{named.name}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), _FAILED: failed.name} | added,
            capture_output=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX, CPU_MAX)),
        ).returncode
        return code, failed.read()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say which test failed."""
    if report.failed and _FAILED in os.environ:
        Path(os.environ[_FAILED]).write_text(report.nodeid, "utf-8")


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
