"""Whether the value of a fact passes a test of an agreement. Pure, and the only place that decides it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from matrix.model import CategoryLine, Role, Test


def holds(
    test: Test,
    value: str | bool | date | None,
    roles: Mapping[str, Role],
    categories: Mapping[str, CategoryLine],
) -> bool:
    """Whether a value passes a test; an unknown value (None) never does.

    `roles` says which part each party plays, `categories` which users an agreement counts as administrative.
    """
    if value is None:
        return False
    if test.kind == "is":
        return value == test.wanted
    if test.kind == "role":
        return roles.get(str(value)) == test.wanted
    if test.kind == "administrative":
        line = categories.get(str(value))
        return line is not None and line.administrative is test.wanted
    assert isinstance(value, date) and isinstance(test.wanted, date)
    return value > test.wanted if test.kind == "after" else value <= test.wanted
