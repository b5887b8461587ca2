"""Pytest plugin that fails a whole run in which some event of the journal never occurs (JRN-01).

Each worker notes the events that it records and whether their lines were complete; the main process merges the notes.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def every_label() -> dict[str, str]:
    """The events and their labels, after importing every module that declares some."""
    from charters.journal import audit

    for package in ("charters", "ticketing"):
        for path in (ROOT / package).rglob("*.py"):
            if "audit.label(" in path.read_text("utf-8"):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return audit.LABELS


class Journalled:
    """The plugin. `whole`: no test was deselected by name, path or mark, so every event should occur."""

    def __init__(self) -> None:
        self.met: set[str] = set()
        self.missing: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        from charters.journal import audit

        record, met = audit.record, self.met

        def noting(event: str, **given: Any) -> None:
            record(event, **given)
            met.add(event)

        audit.record = noting

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.met |= set(getattr(node, "workeroutput", {}).get("journalled", ()))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["journalled"] = sorted(self.met)
        elif exitstatus == 0 and _whole(session.config):
            self.missing = sorted(set(every_label()) - self.met)
            if self.missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.missing:
            terminalreporter.section("JRN-01: events that no test triggers")
            terminalreporter.write_line(", ".join(self.missing))


def _whole(config: pytest.Config) -> bool:
    option = config.option
    failed_only = getattr(option, "lf", False)  # absent under `-p no:cacheprovider`
    left_out = option.keyword or option.markexpr or failed_only or option.collectonly or option.deselect
    return not left_out and config.args_source is pytest.Config.ArgsSource.TESTPATHS
