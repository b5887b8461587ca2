"""Fold the history of a ticket into what the figures count of it. Pure.

What is counted, and when:

- **opened**: once, in the month of the opening, for the party that held the ticket then.
- **answered**: once, in the month in which the side that holds the ticket first says something in public or takes it
  in charge; if the collège itself holds it, what the person who opened it adds is no answer.
- **resolved**: each time an open ticket is resolved, or closed without being resolved; a ticket that is reopened and
  resolved again counts again, in the later month, so that the figures of the earlier month do not change.
- **handed_on**: each time the ticket passes from one party to another (handed on, contested, or facts corrected),
  for the party that held it before.
- **stock**: +1 if the ticket is open at the end of a month, -1 if it was open at the end of an earlier one, so that
  the number of tickets open at the end of any month is a sum.

Each count has the service, activity and party that the ticket had *then*: a later retirement, renaming or correction
changes no past figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ticketing.figures.periods import month_of
from ticketing.model import Kind
from ticketing.steps import ANSWERS, ENDS, REOPENS

OPENED, ANSWERED, RESOLVED, HANDED_ON, STOCK = "opened", "answered", "resolved", "handed_on", "stock"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry of the history: kind, instant, author (account and side), visibility, and the ticket's state after it.

    `holder` is an organisation id, or the établissement's id if it holds the ticket itself.
    """

    kind: str
    at: datetime
    author: int | None
    side: str | None
    public: bool
    holder: str
    service: str
    activity: str


@dataclass(frozen=True, slots=True)
class Folded:
    """One count: what, in which month, for which values. `amount` is ±1; `seconds` is working time, if measured."""

    kind: str
    month: str
    holder: str
    service: str
    activity: str
    amount: int = 1
    seconds: int | None = None


def fold(history: Iterable[HistoryEntry], worked: Callable[[datetime, datetime], int]) -> list[Folded]:
    """Return what the figures count of one ticket, from its history in order.

    `worked(from, to)` gives seconds of working time between two instants.
    """
    facts: list[Folded] = []
    opening: HistoryEntry | None = None
    before: HistoryEntry | None = None
    answered = is_open = False
    standing: tuple[str, str, str] | None = None  # the place of the ticket in the stock now
    booked: tuple[str, str, str] | None = None  # its place in the stock at the end of the last month written
    month = ""
    for entry in history:
        now_month = month_of(entry.at)
        if month and now_month != month:
            booked = _book(facts, month, booked, standing)
        month = now_month
        if opening is None or before is None:
            opening, is_open = entry, True
            facts.append(_fact(OPENED, month, entry))
        else:
            if entry.holder != before.holder:
                facts.append(_fact(HANDED_ON, month, before))
            if not answered and _answers(entry, before, opening):
                answered = True
                facts.append(_fact(ANSWERED, month, before, worked(opening.at, entry.at)))
            if is_open and entry.kind in ENDS:
                is_open = False
                facts.append(_fact(RESOLVED, month, entry, worked(opening.at, entry.at)))
            elif not is_open and entry.kind in REOPENS:
                is_open = True
        standing = (entry.holder, entry.service, entry.activity) if is_open else None
        before = entry
    if month:
        _book(facts, month, booked, standing)
    return facts


def median(values: list[int]) -> int | None:
    """Return the exact median of **sorted** values (the mean of the middle two, rounded half up), or None if empty."""
    count = len(values)
    if not count:
        return None
    middle = count // 2
    return values[middle] if count % 2 else (values[middle - 1] + values[middle] + 1) // 2


def _answers(entry: HistoryEntry, before: HistoryEntry, opening: HistoryEntry) -> bool:
    """Return whether this entry is an answer of the side that held the ticket; a job's, without author, never is."""
    if not entry.public or entry.kind not in ANSWERS or entry.author is None:
        return False
    if entry.kind == Kind.COMMENT and entry.author == opening.author:
        return False
    return entry.side == before.holder


def _book(
    facts: list[Folded], month: str, booked: tuple[str, str, str] | None, standing: tuple[str, str, str] | None
) -> tuple[str, str, str] | None:
    """Add the change of stock over a month, if any, and return the place of the ticket in the stock from then on."""
    if booked != standing:
        if booked is not None:
            facts.append(Folded(STOCK, month, *booked, amount=-1))
        if standing is not None:
            facts.append(Folded(STOCK, month, *standing))
    return standing


def _fact(kind: str, month: str, stood: HistoryEntry, seconds: int | None = None) -> Folded:
    return Folded(kind, month, stood.holder, stood.service, stood.activity, 1, seconds)
