"""The changes that leave the same program, reviewed one by one: equivalent.toml. None of them can be noticed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A change known to change nothing: where (a module, a line of its text, before and after), and the reason."""

    module: str
    line: str
    before: str
    after: str
    reason: str

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells the change from the others of its module, whatever moves above it."""
        return self.line, self.before, self.after


def equivalents() -> list[Equivalent]:
    """The reviewed list."""
    listed = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text("utf-8"))
    return [Equivalent(module, **one) for module, found in listed.items() for one in found]
