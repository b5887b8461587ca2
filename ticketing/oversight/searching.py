"""Let an administrator search and list the whole académie's tickets, with one of the four reasons (annexe 6, 3).

An administrator may read the tickets that the académie holds anyway; any other ticket that a page or a file shows
counts as read: one line of the journal per page or file, and one row of `Consultation` for each of these tickets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.sql import Select

from charters.database import db, reading
from charters.model import Actor
from ticketing.documents import tabular
from ticketing.errors import NotFound
from ticketing.in_force import routing
from ticketing.model import LARGEST_NUMBER, STATE_LABELS, State
from ticketing.oversight import consultation
from ticketing.oversight.consultation import ALL, Consulted, Grant
from ticketing.search import query as text_query
from ticketing.search.places import places
from ticketing.search.query import Wanted as WantedWord
from ticketing.tickets.store import TICKET

SIZE = 25
EXPORT_MAX = 5000
_SHOWN = (
    "number",
    "title",
    "state",
    "etablissement",
    "etablissement_name",
    "etablissement_commune",
    "service",
    "service_label",
    "activity_label",
    "holder_organisation",
    "holder_name",
    "opened_at",
    "text_due_at",
    "resolved_at",
    "closed_at",
)
HEADINGS = (
    "Numéro",
    "Titre",
    "État",
    "Établissement",
    "Commune",
    "Service",
    "Activité",
    "Tenu par",
    "Ouvert le",
    "Délai du texte",
    "Résolu le",
    "Clos le",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Holds the search criteria: words or a number, établissement, state (empty: any); `before`: only lower numbers."""

    text: str = ""
    etablissement: str = ""
    state: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tickets, newest first; the next page starts below the number `next_before` (None on the last page)."""

    rows: tuple[Row[Any], ...]
    next_before: int | None = None


def granted(actor: Actor, now: datetime) -> Grant | None:
    """Return the right to search that the active mandate has now, or None."""
    return consultation.granted(actor, ALL, now)


def search(actor: Actor, wanted: Wanted, now: datetime) -> Found:
    """Return a page of the académie's tickets, after writing it in the journal. Raises NotFound without a right."""
    grant = _right(actor, now)
    rows = _rows(actor, wanted, SIZE + 1)
    shown = rows[:SIZE]
    _note(actor, grant, shown, "recherche", _said(wanted), now)
    return Found(tuple(shown), shown[-1].number if len(rows) > SIZE else None)


def export(actor: Actor, wanted: Wanted, now: datetime) -> str:
    """Return the tickets found as CSV, after writing it in the journal. Raises NotFound without a right.

    It is cut after `EXPORT_MAX` lines, and its last line then says so.
    """
    grant = _right(actor, now)
    rows = _rows(actor, wanted, EXPORT_MAX + 1)
    cut, rows = len(rows) > EXPORT_MAX, rows[:EXPORT_MAX]
    _note(actor, grant, rows, "export", _said(wanted) | {"lignes": len(rows)}, now)
    told = [("", f"Liste coupée à {EXPORT_MAX} lignes : affinez la recherche.")] if cut else []
    return tabular.csv_text([HEADINGS, *_lines(rows), *told])


def _right(actor: Actor, now: datetime) -> Grant:
    grant = granted(actor, now)
    if grant is None:
        raise NotFound
    return grant


def _note(
    actor: Actor, grant: Grant, rows: Sequence[Row[Any]], way: str, details: dict[str, Any], now: datetime
) -> None:
    assert actor.mandate is not None
    own = actor.mandate.scope_id
    outside = [(row.number, row.etablissement) for row in rows if row.holder_organisation != own]
    consulted = Consulted(way, f"tous les tickets du périmètre {own}", {"lu": way, **details})
    consultation.note(actor, grant, outside, consulted, now)


def _said(wanted: Wanted) -> dict[str, Any]:
    """Return the search for the journal, without the words typed, which may name somebody and could never be erased."""
    return {"etablissement": wanted.etablissement, "etat": wanted.state, "mots": bool(wanted.text.strip())}


def _rows(actor: Actor, wanted: Wanted, size: int) -> list[Row[Any]]:
    assert actor.mandate is not None
    query: Select[Any] = select(*(TICKET.c[name] for name in _SHOWN)).where(TICKET.c.academie == actor.mandate.scope_id)
    if wanted.etablissement:
        query = query.where(TICKET.c.etablissement == wanted.etablissement)
    if wanted.state in list(State):
        query = query.where(TICKET.c.state == wanted.state)
    if wanted.before is not None:
        query = query.where(TICKET.c.number < wanted.before)
    query = query.order_by(TICKET.c.number.desc()).limit(size)
    asked = wanted.text.strip()[:500]
    with reading() as session:
        if not asked:
            return list(session.execute(query))
        number = text_query.number(asked)
        if number is not None and number < LARGEST_NUMBER:
            exact = session.execute(query.where(TICKET.c.number == number)).all()
            if exact:  # any other would be read for nothing; without one, the number is a word: a telephone, a tag
                return list(exact)
        words = text_query.query(asked, places(routing.router().conventions))
        if not words:
            return []
        hits, values = _hits(words)
        return list(session.execute(query.where(TICKET.c.number.in_(hits)), values))


def _hits(wanted: list[WantedWord]) -> tuple[Any, dict[str, Any]]:
    if db.engine.dialect.name == "sqlite":
        found = text("SELECT rowid FROM ticket_search WHERE ticket_search MATCH :words")
        return found, {"words": text_query.fts5(wanted, None)}
    found = text("SELECT ticket_id FROM ticket_search WHERE document @@ CAST(:words AS tsquery)")
    return found, {"words": text_query.tsquery(wanted, None)}


def _lines(rows: Sequence[Row[Any]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.number,
            row.title,
            STATE_LABELS[State(row.state)],
            row.etablissement_name,
            row.etablissement_commune,
            row.service_label,
            row.activity_label,
            row.holder_name,
            *(
                value.isoformat(timespec="minutes") if value else None
                for value in (row.opened_at, row.text_due_at, row.resolved_at, row.closed_at)
            ),
        )
