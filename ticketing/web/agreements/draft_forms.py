"""Read the days and facts that the forms of drafts and golden tickets send. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from matrix import Conventions
from matrix.request_facts import YES_NO


def day(text: str) -> date | None:
    """Return a day as a date field sends it (ISO), between 1990 and 2199; None for anything else."""
    try:
        found = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1990 <= found.year < 2200 else None


def fact(name: str, text: str) -> Any:
    """Return a fact as the matrix reads it: True for « oui », False for « non », None (unknown) for an empty field."""
    if name in YES_NO:
        return {"oui": True, "non": False}.get(text)
    return text or None


def aim(given: Mapping[str, str], conventions: Conventions) -> dict[str, str] | None:
    """Return the cell on which a draft is begun, as `service` and `activity`; None where no known cell is said."""
    service, activity = given.get("service", ""), given.get("activity", "")
    known = service in conventions.services and activity in conventions.activities
    return {"service": service, "activity": activity} if known else None
