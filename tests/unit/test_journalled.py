"""The pytest plugin of the journal's events says whether a run is whole, whatever other plugins are loaded."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from harness import journalled
from harness.places import ROOT

WHOLE = {"keyword": "", "markexpr": "", "collectonly": False, "deselect": None}
FROM_TESTPATHS = pytest.Config.ArgsSource.TESTPATHS


def whole(source=FROM_TESTPATHS, **given):
    return journalled._whole(SimpleNamespace(option=SimpleNamespace(**WHOLE | given), args_source=source))


def test_a_run_of_everything_is_whole_with_or_without_the_cache_of_pytest():
    assert whole() and whole(lf=False)


@pytest.mark.parametrize("given", [{"keyword": "x"}, {"markexpr": "not slow"}, {"lf": True}, {"collectonly": True}])
def test_a_run_that_leaves_tests_out_is_not(given):
    assert not whole(**given)
    assert not whole(pytest.Config.ArgsSource.ARGS)


@pytest.mark.slow
def test_pytest_ends_well_without_its_cache():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_config.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "INTERNALERROR" not in done.stdout + done.stderr, done.stdout
