"""The journal as an administrator reads it: newest first, a page at a time, by event or by sigle. Only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from charters import audit
from charters.database import db
from charters.tables import JournalLine

SIZE = 50

#: What the keys of details are called on screen; a key that is not here is shown as it is.
DETAIL_LABELS = {
    "status": "réponse", "method": "méthode", "motif": "motif", "precision": "précision", "reason": "raison",
    "charter": "charte", "version": "version", "role": "rôle", "scope": "portée", "serial": "clé", "lu": "lu",
    "sha256": "empreinte", "external": "externe", "organisation": "organisation", "from": "du", "until": "au",
    "on": "à compter du", "kind": "fait", "about": "sur",
}
#: Prints of texts are known by their beginning; the file of the journal has them whole.
PRINT_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as shown: `details` are (label, value) in the order of the keys."""

    number: int
    at: datetime
    event: str
    label: str
    sigle: str
    zone: str
    subject: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first, and the numbers from which the pages beside it go on (None: there is none)."""

    entries: tuple[Entry, ...]
    newer: int | None
    older: int | None


def page(event: str, sigle: str, before: int | None, after: int | None, size: int = SIZE) -> Page:
    """The lines of an event and of a sigle (empty: any): those below the number `before`, or those above `after`.

    One query on an index that begins with what is asked and goes on by number, so that no page costs more than another.
    """
    columns = JournalLine.__table__.c
    chosen = select(
        columns.number, columns.at, columns.event, columns.sigle, columns.zone, columns.subject, columns.details
    ).limit(size + 1)
    if event:
        chosen = chosen.where(columns.event == event)
    if sigle:
        chosen = chosen.where(columns.sigle == sigle)
    upwards = after is not None
    if upwards:
        chosen = chosen.where(columns.number > after).order_by(columns.number)
    else:
        chosen = chosen.order_by(columns.number.desc())
        if before is not None:
            chosen = chosen.where(columns.number < before)
    rows = list(db.session.execute(chosen))
    more, rows = len(rows) > size, rows[:size]
    if upwards:
        rows.reverse()
    entries = tuple(_entry(row) for row in rows)
    if not entries:
        return Page((), None, None)
    has_newer = more if upwards else before is not None
    has_older = True if upwards else more
    return Page(entries, entries[0].number if has_newer else None, entries[-1].number if has_older else None)


def events() -> list[tuple[str, str]]:
    """Every event that has a label, by label: for the filter."""
    return sorted(audit.LABELS.items(), key=lambda pair: pair[1].casefold())


def _entry(row: Any) -> Entry:
    details: Mapping[str, Any] = json.loads(row.details or "{}")
    return Entry(
        row.number, row.at, row.event, audit.label(row.event), row.sigle, row.zone, row.subject,
        tuple(
            (DETAIL_LABELS.get(key, key), _words(value))
            for key, value in details.items() if value not in ("", None)
        ),
    )


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text[:PRINT_SHOWN] + "…" if re.fullmatch("[0-9a-f]{64}", text) else text
