"""Tickets alike that wait on a side, shown as one larger trouble until the side accepts it, or says that it is none."""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, column, delete, text
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import Instant, writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Perimeter
from charters.permissions import Action, perimeter
from charters.statements import Fixed
from ticketing.errors import NotFound, Refused
from ticketing.joining.outbreaks import Arrived, Outbreak, outbreak
from ticketing.tables import TicketUnlike
from ticketing.tickets import queries
from ticketing.tickets.store import OPEN_CODES

audit.label("tickets.unlike", "Tickets qui se ressemblent : pas un incident plus large")

UNLIKE: Any = TicketUnlike.__table__
#: How long tickets are shown as one, and how many of the newest of a perimeter are read.
RECENT, NEWEST = timedelta(hours=24), 60
#: How long a refusal is kept: longer than its tickets could be shown again.
KEPT = timedelta(days=7)

_ADD = {
    name: dialect.insert(UNLIKE).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
#: The newest tickets of the perimeter, an index range; of those the open ones of the side that depend on none.
_ARRIVED = Fixed(
    text(
        "SELECT t.number, t.version, t.title, t.service, t.etablissement, t.etablissement_name, t.opened_at "
        f"FROM (SELECT s.ticket_id, s.state FROM ticket_scope s WHERE s.key = :key ORDER BY s.ticket_id DESC "
        f"LIMIT {NEWEST}) newest JOIN ticket t ON t.number = newest.ticket_id "
        f"WHERE newest.state IN ({', '.join(map(str, sorted(OPEN_CODES)))}) AND t.parent_id IS NULL "
        "AND t.holder_organisation = :side AND NOT EXISTS "
        "(SELECT 1 FROM ticket_unlike u WHERE u.ticket_id = t.number AND u.side = :side)"
    ).columns(
        column("number", Integer),
        column("version", Integer),
        column("title", String),
        column("service", String),
        column("etablissement", String),
        column("etablissement_name", String),
        column("opened_at", Instant),
    )
)


def together(own: Perimeter, now: datetime) -> Outbreak | None:
    """Return the tickets of the perimeter that wait on its side and look alike, by one query; None for none."""
    if own.key is None or own.side is None:
        return None
    rows = _ARRIVED.run({"key": own.key, "side": own.side})
    return outbreak(Arrived(*row) for row in rows if now - row.opened_at <= RECENT)


def refuse(actor: Actor, numbers: Sequence[int], now: datetime) -> None:
    """Keep, for the actor's side, that these tickets are no larger trouble: they are not shown as one again.

    Raises NotFound for a ticket outside the perimeter, and Refused.
    """
    verdict = permits(actor, Action.WORK)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    with writing() as session:
        now = written_at(now)
        own = perimeter(actor)
        if own.side is None:
            raise NotFound
        for number in numbers:
            queries.row_of(own, number)
        add = _ADD[session.get_bind().dialect.name]
        session.execute(add, [{"side": own.side, "ticket_id": number, "at": now} for number in numbers])
        session.execute(delete(UNLIKE).where(UNLIKE.c.at < now - KEPT))
        audit.record("tickets.unlike", actor=actor, subject=own.side, now=now)
