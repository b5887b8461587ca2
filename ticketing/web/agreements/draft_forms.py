"""Reads what the forms of drafts and golden tickets send: days and facts. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from matrix.request_facts import YES_NO


def day(text: str) -> date | None:
    """A day as a date field sends it (ISO), between 1990 and 2199; None for anything else."""
    try:
        found = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1990 <= found.year < 2200 else None


def fact(name: str, text: str) -> Any:
    """A fact as the matrix reads it: « oui » is true, « non » false, an empty field unknown (None)."""
    if name in YES_NO:
        return {"oui": True, "non": False}.get(text)
    return text or None
