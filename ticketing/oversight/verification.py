"""The whole check of the journal: its chain, the ends kept beside it, and the acts that other tables hold.

Who cuts the journal's tail together with its head leaves acts without a line: each entry of a ticket, each signature
was written in one commit with its line, at the same instant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, exists, func, literal, select

from charters.database import db, reading
from charters.journal import audit, witness
from charters.journal.audit import Anchor, Verification
from charters.tables.access import JournalHead, JournalLine, Signature
from ticketing.tables import TicketEvent

#: How many of the latest acts of each kind are looked for in the journal.
LATEST = 500
#: How far from a purged beginning acts are looked for.
MARGIN = timedelta(days=1)


def verify(anchor: Anchor | None = None) -> Verification:
    """Check the journal by all that is known of it. Raises KeyMissing where its key cannot be read."""
    found = audit.verify(anchor, witness.ends())
    if not found.ok:
        return found
    with reading():
        head = db.session.execute(select(JournalHead.number, JournalHead.base_number)).one()
        act = _without_line(purged=head.base_number > 0)
    return Verification(found.lines, head.number + 1, f"ligne manquante : {act} n’en a pas") if act else found


def _without_line(*, purged: bool) -> str:
    """The oldest of the latest acts that the journal does not tell, in words; empty where it tells each.

    Lines stand in the order of their commits, not of their instants: near a purged beginning, nothing can be said.
    """
    first = db.session.scalar(select(func.min(JournalLine.at))) or datetime(2000, 1, 1, tzinfo=UTC)
    if purged:
        first += MARGIN
    entry = _latest(TicketEvent.__table__, TicketEvent.at, first)
    found = db.session.execute(
        select(entry.c.ticket_id, entry.c.at)
        .where(
            ~exists().where(
                JournalLine.at == entry.c.at,
                JournalLine.subject == literal("ticket ") + cast(entry.c.ticket_id, String),
                JournalLine.event.startswith("ticket."),
            )
        )
        .order_by(entry.c.id)
        .limit(1)
    ).first()
    if found is not None:
        return f"un acte du ticket {found.ticket_id}, le {found.at:%d/%m/%Y à %H:%M} (UTC),"
    signed = _latest(Signature.__table__, Signature.signed_at, first)
    found = db.session.execute(
        select(signed.c.signed_at)
        .where(~exists().where(JournalLine.at == signed.c.signed_at, JournalLine.event == "charter.signed"))
        .order_by(signed.c.id)
        .limit(1)
    ).first()
    return f"une signature de charte, le {found.signed_at:%d/%m/%Y à %H:%M} (UTC)," if found is not None else ""


def _latest(table: Any, at: Any, first: datetime) -> Any:
    """The latest rows of a table that are younger than the first line that the journal still has."""
    return select(table).where(at >= first).order_by(table.c.id.desc()).limit(LATEST).subquery()
