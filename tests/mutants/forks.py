"""Tests run in forks of the process that collected them, with the code of some functions changed."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import pytest

from mutants.changes import Change, applied
from mutants.swapping import swap, swappable
from mutants.verdicts import Verdict

#: How many times the processor that tests take, and how many seconds more, before they are thought never to end;
#: and how many times that by the clock, for what waits for ever on a machine that others share.
TIMES, MORE, CLOCK = 10, 60, 10
_PASSED, _FAILED, _UNCHANGED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Covering:
    """For each module, the ranks in `names` of the tests that run each line; the seconds of each; what runs before any.

    `early`: for each module, the lines that run while the tests are collected. `prints`: a print of every Python file
    of the checkout as it was then.
    """

    names: list[str]
    lines: dict[str, dict[str, list[int]]]
    early: dict[str, list[int]]
    seconds: list[float]
    prints: dict[str, str]

    def stale(self, names: list[str], prints: dict[str, str]) -> list[str]:
        """Those of the tests `names` that must be measured again, now that the files have these prints.

        They are the tests whose file is new or changed, and those that run a changed module; all of them once
        something that they share has changed (what is new is used by files that have changed too).
        """
        changed = {file for file in self.prints | prints if self.prints.get(file) != prints.get(file)}
        if any(_is_shared(file) and (file in self.prints or "conftest" in file) for file in changed):
            return names
        known = {name for name in self.names if name.split("::")[0] not in changed}
        known -= {self.names[rank] for file in changed for ranks in self.lines.get(file, {}).values() for rank in ranks}
        return [name for name in names if name not in known]

    def renewed(self, names: list[str], measured: Covering) -> Covering | None:
        """What is known of the tests `names` once some were measured again.

        None where no test runs any more a line of an unchanged module that one ran: the test that ran it first is gone,
        and the answer that it left for others hides which of them would.
        """
        again, ranks = set(measured.names), {name: rank for rank, name in enumerate(names)}
        lines: dict[str, dict[str, list[int]]] = {}
        for source, kept in ((self, set(names) - again), (measured, again)):
            for module, found in source.lines.items():
                for line, tests in found.items():
                    if held := [ranks[name] for rank in tests if (name := source.names[rank]) in kept]:
                        lines.setdefault(module, {}).setdefault(line, []).extend(held)
        for module, found in self.lines.items():
            same = self.prints.get(module) == measured.prints.get(module)
            if same and any(tests and line not in lines.get(module, {}) for line, tests in found.items()):
                return None
        seconds = dict(zip(self.names, self.seconds, strict=True)) | dict(
            zip(measured.names, measured.seconds, strict=True)
        )
        return Covering(names, lines, measured.early, [seconds[name] for name in names], measured.prints)


def _is_shared(file: str) -> bool:
    """Whether tests share this file: a fixture or a part of the harness (this package measures, and runs in none)."""
    return (
        file.startswith("tests/")
        and not file.startswith("tests/mutants/")
        and not file.rpartition("/")[2].startswith("test_")
    )


class Forks:
    """Runs chosen tests of a session, each time in a fork."""

    def __init__(self, session: pytest.Session, root: Path) -> None:
        self.session, self.root = session, root
        self.items = {item.nodeid: item for item in session.items}
        self._sound: dict[str, bool] = {}
        self._temporary: Path = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]

    def warm(self) -> None:
        """Run one test that uses a database in this process, so that the forks copy the database that it fills.

        Not for the pure modules: what a test works out is remembered, and a change of it would not be noticed.
        """
        asked = [item for item in self.session.items if "cast" in getattr(item, "fixturenames", ())]
        if len(asked) > 1:
            asked[0].config.hook.pytest_runtest_protocol(item=asked[0], nextitem=asked[1])

    def tried(self, module: str, change: Change, covered: Covering) -> Verdict:
        """What the tests say of a change: those that run its line, then, where these pass, all that run the module.

        The second round finds tests of a line that ran once, for an earlier test, and whose answer was kept.
        """
        lines = covered.lines.get(module, {})
        direct = set(lines.get(str(change.line), ()))
        every = set().union(*lines.values()) if lines else set()
        tests = tuple(covered.names[rank] for rank in self._quickest(every, covered))
        text = (self.root / module).read_text("utf-8")
        path = str(self.root / module)
        if not every:
            return Verdict("survived")
        if change.line in covered.early.get(module, ()) or not swappable(path, text, applied(text, change)):
            return Verdict("elsewhere", "", tests)
        for ranks in (direct, every - direct):
            names = [covered.names[rank] for rank in self._quickest(ranks, covered)]
            outcome, by = self._run(names, lambda: swap(path, text, applied(text, change)), covered)
            while by and not self._passes_alone(by, covered):
                names.remove(by)
                outcome, by = self._run(names, lambda: swap(path, text, applied(text, change)), covered)
            if outcome != "survived":
                return Verdict(outcome, by, tests)
        return Verdict("survived", "", tests if direct else ())

    @staticmethod
    def _quickest(ranks: set[int], covered: Covering) -> list[int]:
        return sorted(ranks, key=lambda rank: (covered.seconds[rank], rank))

    def _passes_alone(self, name: str, covered: Covering) -> bool:
        """Whether a test passes with nothing changed and no other test before it; said once of one that does not."""
        if name not in self._sound:
            self._sound[name] = self._run([name], lambda: None, covered)[0] == "survived"
            if not self._sound[name]:
                print(f"\nnot counted, since it fails alone with nothing changed: {name}", file=sys.stderr, flush=True)
        return self._sound[name]

    def _run(self, names: list[str], change: Callable[[], None], covered: Covering) -> Any:
        """The outcome of these tests once `change` was called, and the test that failed."""
        if not names:
            return "survived", ""
        seconds = dict(zip(covered.names, covered.seconds, strict=True))
        bound = int(TIMES * sum(seconds[name] for name in names)) + MORE
        with tempfile.NamedTemporaryFile() as answer:
            status = self.forked(lambda: self._first_failure(names, change, Path(answer.name)), bound)
            by = Path(answer.name).read_text("utf-8")
        if os.WIFSIGNALED(status):
            return "stuck", ""
        code = os.WEXITSTATUS(status)
        if code == _PASSED:
            return "survived", ""
        if code != _FAILED or not by:
            sys.exit(f"A run broke by itself (status {status}) at {names[0]}")
        return "failed", by

    def _first_failure(self, names: list[str], change: Callable[[], None], answer: Path) -> int:
        change()
        for name, failed in self.run([self.items[name] for name in names]):
            if failed:
                answer.write_text(name, "utf-8")
                return _FAILED
        return _PASSED

    def run(self, items: list[pytest.Item], before: Callable[[str], None] = lambda name: None) -> Iterator[Any]:
        """Run these tests in this process, `before` called with the name of each; gives it, and whether it failed."""
        reports: list[pytest.TestReport] = []

        class Heard:
            def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
                reports.append(report)

        self.session.config.pluginmanager.register(Heard())
        if items:
            self.session._setupstate.teardown_exact(items[0])  # what `warm` left, but for the session's
        for item, following in zip(items, [*items[1:], None], strict=True):
            reports.clear()
            before(item.nodeid)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            yield item.nodeid, any(report.failed for report in reports)

    def forked(self, work: Callable[[], int], bound: int | None = None) -> int:
        """Do some work in a fork, silent, for so many seconds of processor at most; gives the status of its end.

        Its temporary files are removed.
        """
        before = set(self._temporary.iterdir())
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            self._work(work, bound)
        begun = time.monotonic()
        while not (done := os.waitpid(child, os.WNOHANG))[0]:
            if bound is not None and time.monotonic() > begun + CLOCK * bound:
                os.killpg(child, signal.SIGKILL)
            time.sleep(0.01)
        status = done[1]
        for left in set(self._temporary.iterdir()) - before:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() and not left.is_symlink() else left.unlink()
        return status

    def _work(self, work: Callable[[], int], bound: int | None) -> None:
        code, said = 3, os.dup(2)
        try:
            os.setpgid(0, 0)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            if bound is not None:
                resource.setrlimit(resource.RLIMIT_CPU, (bound, bound))
            code = work()
        except BaseException:
            os.write(said, traceback.format_exc().encode())
        finally:
            os._exit(code)


def covering(forks: Forks, names: list[str], prints: dict[str, str]) -> Covering:
    """Which of the tests `names` run which lines: each is run once, in a fork. Exits if one fails."""
    _early.stop()
    early = {module: sorted(map(int, lines)) for module, lines in _lines(forks.root, _early, [""]).items()}
    with tempfile.NamedTemporaryFile() as answer:

        def measured() -> int:
            seconds: defaultdict[str, float] = defaultdict(float)
            failed = []
            measure = coverage.Coverage(data_file=None, source=list(_SOURCE), config_file=False)
            measure.start()
            begun = time.process_time()
            for name, wrong in forks.run([forks.items[name] for name in names], measure.switch_context):
                failed += [name] if wrong else []
                begun, seconds[name] = time.process_time(), time.process_time() - begun
            measure.stop()
            found = {
                "lines": _lines(forks.root, measure, names),
                "seconds": [seconds[name] for name in names],
                "failed": failed,
            }
            Path(answer.name).write_text(json.dumps(found), "utf-8")
            return _PASSED

        if forks.forked(measured) != 0:
            sys.exit("The run that notes which tests run which lines broke.")
        found = json.loads(Path(answer.name).read_text("utf-8"))
    if found["failed"]:
        sys.exit(f"These tests fail with nothing changed: {' '.join(found['failed'])}")
    return Covering(names, found["lines"], early, found["seconds"], prints)


_SOURCE = ("matrix", "charters", "ticketing")


def _lines(root: Path, measure: coverage.Coverage, names: list[str]) -> dict[str, dict[str, list[int]]]:
    """For each module, the ranks in `names` of the contexts of each line."""
    ranks = {name: rank for rank, name in enumerate(names)}
    data = measure.get_data()
    return {
        Path(name).relative_to(root).as_posix(): {
            str(line): found
            for line, contexts in data.contexts_by_lineno(name).items()
            if (found := sorted(ranks[one] for one in contexts if one in ranks))
        }
        for name in data.measured_files()
    }


_early = coverage.Coverage(data_file=None, source=list(_SOURCE), config_file=False)
if "MUTANTS_ASKED" in os.environ:
    _early.start()
