"""The state of one occurrence of an obligation on a day, and the reminders that are due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from matrix.obligations.dates import Occurrence

State = Literal["done", "past", "soon", "coming", "undated", "unset", "awaited"]

#: The states, as a page words them, the most pressing first.
STATES: Mapping[State, str] = {
    "past": "Jour passé, rien de déclaré",
    "soon": "À faire bientôt",
    "coming": "À venir",
    "undated": "En cours, sans jour fixé",
    "unset": "Période passée, rien de déclaré",
    "awaited": "Sans objet à ce jour",
    "done": "Déclarée faite",
}
#: How many days ahead a day is « soon » where the obligation has no reminder of its own.
SOON = 30


def state(one: Occurrence, today: date, done: bool) -> State:
    """The state on a day; `done` says whether its owner stated it done. Nothing is held to be undone: only unsaid."""
    if done:
        return "done"
    if one.awaited:
        return "awaited"
    if one.due is None:
        return "unset" if one.last is not None and one.last < today else "undated"
    if one.due < today:
        return "past"
    return "soon" if one.due - today <= timedelta(days=max(one.obligation.reminders, default=SOON)) else "coming"


def reminder_due(one: Occurrence, today: date) -> int | None:
    """The reminder to send on a day, as its number of days before; the nearest that was reached, None for none.

    A reminder whose day nobody ran is sent late, never two at once, and none after the day itself.
    """
    if one.due is None or one.due < today:
        return None
    left = (one.due - today).days
    return min((days for days in one.obligation.reminders if left <= days), default=None)
