"""Shape what the other agreements say of a cell that one leaves blank, for the person who reads the signed paper. Pure.

It is never a value to take over: each text binds its own parties alone, and the paper alone says what the cell says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from matrix import table
from matrix.conventions import Conventions
from ticketing.web.agreements import grid


@dataclass(frozen=True, slots=True)
class OtherAgreement:
    """What another agreement says of the same cell: who answers, who helps, and its clauses."""

    id: str
    title: str
    cell: grid.CellDetail


@lru_cache(maxsize=2048)
def says(conventions: Conventions, convention_id: str, service: str, activity: str) -> tuple[OtherAgreement, ...]:
    """Return the other agreements that settle a cell, in their order; empty where none does."""
    found = []
    for other in conventions:
        row = table.row(conventions, other.id, service, activity) if other.id != convention_id else None
        if row is not None:
            found.append(OtherAgreement(other.id, other.title, grid.of_row(conventions, other.id, None, row)))
    return tuple(found)


def words(others: tuple[OtherAgreement, ...]) -> tuple[tuple[str, int], ...]:
    """Return what they say in a word or two, « Département », each with how many of them say it."""
    counted: dict[str, int] = {}
    for other in others:
        counted[other.cell.view.word] = counted.get(other.cell.view.word, 0) + 1
    return tuple(counted.items())
