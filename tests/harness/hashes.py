"""Hashes that are slow on purpose, made quick for tests, which would spend minutes on them and show nothing more.

The algorithms, and all that is done with what they give, are those of the program; only how much work they ask differs.
`real_hashes` gives a test the program's own, whose parameters `tests/unit/charters/keys/test_pins.py` and
`tests/unit/charters/people/test_sigles.py` hold.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher

from charters.keys import pins
from charters.people import sigles

_REAL: list[tuple[Any, str, Any]] = [(pins, "_HASHER", pins._HASHER), (sigles, "_N", sigles._N)]
_CHEAP = {"_HASHER": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), "_N": 2}


def make_cheap() -> None:
    """Make hashes quick in this process, until `make_real`."""
    for module, name, _ in _REAL:
        setattr(module, name, _CHEAP[name])


def make_real(patches: pytest.MonkeyPatch) -> None:
    """Make hashes as slow as in service, until the patches are undone."""
    for module, name, value in _REAL:
        patches.setattr(module, name, value)
    patches.setattr(pins, "_nobody", cache(pins._nobody.__wrapped__))  # what it keeps is of the other cost


def full_cost() -> float:
    """Return the processor time, in seconds, that one verification of a PIN takes in service, on this machine."""
    [hasher] = [value for _, name, value in _REAL if name == "_HASHER"]
    kept, took = hasher.hash("846213"), []
    for _ in range(5):
        before = time.thread_time()
        hasher.verify(kept, "846213")
        took.append(time.thread_time() - before)
    return sorted(took)[2]


class Counting:
    """A hasher in the place of the program's own that counts in `times` how often it verifies."""

    def __init__(self, patches: pytest.MonkeyPatch) -> None:
        self.times, self._hasher = 0, pins._HASHER
        patches.setattr(pins, "_HASHER", self)

    def verify(self, kept: str, typed: str) -> bool:
        self.times += 1
        return self._hasher.verify(kept, typed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hasher, name)
