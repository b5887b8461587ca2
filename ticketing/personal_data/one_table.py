"""A section of a person's file, and the query of one that is a table's own columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from charters.database import Base
from ticketing.personal_data.reach import DataSubject, ExportReach


@dataclass(frozen=True, slots=True)
class ExportSection:
    """A part of the file: its name there, its title, and its query (of columns with their labels)."""

    name: str
    title: str
    query: Callable[[DataSubject, ExportReach], Any]


def plain(
    table: str, columns: str, where: Callable[[Any, DataSubject], Any]
) -> Callable[[DataSubject, ExportReach], Any]:
    """Return the query of the person's rows in a table whose columns hold nobody else's words."""

    def query(subject: DataSubject, reach: ExportReach) -> Any:
        of = Base.metadata.tables[table].c
        return select(*(of[name] for name in columns.split())).where(where(of, subject))

    return query


def account(of: Any, subject: DataSubject) -> Any:
    """Return the SQL condition that a row is of the person's account."""
    return of.account_id == subject.id


def set_by(of: Any, subject: DataSubject) -> Any:
    """Return the SQL condition that the person set what a row says."""
    return of.set_by == subject.id
