"""Find what tests need on the machine, or skip them with the command that installs it."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def lacking(what: str, packages: str) -> NoReturn:
    """Skip the test and say what to install; fail where GUICHET_REQUIRE_ALL=1 forbids skipping."""
    sentence = f"{what} not found: apt-get install {packages}"
    if os.environ.get("GUICHET_REQUIRE_ALL") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def chromium() -> str | None:
    """The path of the Chromium to drive: $CHROMIUM, or one on PATH."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = name and shutil.which(name)
        if found:
            return found
    return None


def postgresql_binaries() -> Path | None:
    """The folder of initdb and postgres: the newest of Debian's, or one on PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    for folder in reversed(folders):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def dovecot() -> str | None:
    """The path of Dovecot, which Debian keeps out of everybody's PATH."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def pdf_libraries() -> bool:
    """Whether the libraries that WeasyPrint loads are installed."""
    for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
    return True
