"""A plugin of pytest that notes which test file runs each line of the application, and how long each file takes."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import coverage
import pytest

ANSWER = Path(os.environ["GUICHET_MUTANTS_ANSWER"])
ROOT = Path.cwd()

_seconds: defaultdict[str, float] = defaultdict(float)
_measure = coverage.Coverage(data_file=None, source=["matrix", "charters", "ticketing"], config_file=False)
_measure.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    file = item.nodeid.split("::")[0]
    _measure.switch_context(file)
    begun = time.process_time()
    answer = yield
    _seconds[file] += time.process_time() - begun
    return answer


def pytest_sessionfinish() -> None:
    _measure.stop()
    data = _measure.get_data()
    lines = {
        Path(name).relative_to(ROOT).as_posix(): {
            str(line): files
            for line, contexts in data.contexts_by_lineno(name).items()
            if (files := sorted(filter(None, contexts)))
        }
        for name in data.measured_files()
    }
    ANSWER.write_text(json.dumps({"lines": lines, "seconds": _seconds}), "utf-8")
