"""What the tests say of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: `failed`: a test that passes without the change fails with it. `stuck`: the tests never ended. `survived`: they pass.
#: `elsewhere`: the change is not inside a function, or its line runs before any test: a process of its own must try it.
Outcome = Literal["failed", "stuck", "survived", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, the test that failed (or ""), and the tests that run the module, the quickest first.

    No tests at all where none of them runs the changed line.
    """

    outcome: Outcome
    by: str = ""
    tests: tuple[str, ...] = ()

    @property
    def noticed(self) -> bool:
        """Whether the tests tell the changed program from the true one."""
        return self.outcome in ("failed", "stuck")
