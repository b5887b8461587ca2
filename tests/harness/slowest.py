"""The files of tests that take the longest, told at the end of a long run, so that its budget stays in sight."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

#: A run of fewer files tells nothing; of a longer one, so many files are told.
FILES, TOLD = 30, 20


@dataclass(slots=True)
class Time:
    """What the tests of a file took, all together."""

    tests: int = 0
    elapsed: float = 0.0
    processor: float = 0.0


class Slowest:
    """Adds up the reports of the tests by file. A worker notes the processor time, the process in charge tells."""

    def __init__(self) -> None:
        self.times: dict[str, Time] = defaultdict(Time)
        self._before = _processor()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        report = yield
        now = _processor()
        report.processor, self._before = now - self._before, now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        time = self.times[report.nodeid.partition("::")[0]]
        time.tests += report.when == "call"
        time.elapsed += report.duration
        time.processor += getattr(report, "processor", 0.0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if len(self.times) >= FILES:
            terminalreporter.section("slowest files")
            for line in lines(self.times):
                terminalreporter.write_line(line)


def _processor() -> float:
    """The processor time of this process and of those that it waited for; not of servers that still run."""
    return sum(os.times()[:4])


def lines(times: dict[str, Time]) -> Iterable[str]:
    """The table: elapsed and processor seconds, tests and name of the longest files, after a line for all."""
    whole = Time(*(sum(getattr(time, name) for time in times.values()) for name in Time.__slots__))
    longest = sorted(times.items(), key=lambda one: -one[1].elapsed)[:TOLD]
    yield " elapsed processor  tests"
    for name, time in (("all of them", whole), *longest):
        yield f"{time.elapsed:7.1f}s {time.processor:8.1f}s {time.tests:6}  {name}"
