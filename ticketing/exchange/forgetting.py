"""What of the exchange goes with a ticket that is forgotten, and with time: sealed words, copies of mails, old rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from charters.database import writing
from ticketing.exchange.outgoing import MESSAGE


def forget_ticket(session: Session, number: int) -> list[str]:
    """Wipe what is sealed of a ticket and stop what waits to leave; return the names of the copies to delete."""
    ids = list(session.scalars(select(MESSAGE.c.id).where(MESSAGE.c.ticket_id == number)))
    session.execute(update(MESSAGE).where(MESSAGE.c.ticket_id == number).values(payload=""))
    session.execute(
        update(MESSAGE)
        .where(MESSAGE.c.ticket_id == number, MESSAGE.c.state == "pending")
        .values(state="dropped", reason="Les données personnelles du ticket sont effacées.")
    )
    return [copy_name(one) for one in ids]


def forget_old(limit: datetime, folder: Path, at_most: int) -> int:
    """Delete the messages without a stream of their own (requests, reconciliations, trials) and old copies of mails."""
    copies = {int(path.stem.rpartition("-")[2]) for path in folder.glob("echange-????????.eml")}
    old = (MESSAGE.c.at < limit, MESSAGE.c.state != "pending")
    with writing() as session:
        streamless = select(MESSAGE.c.id).where(*old, MESSAGE.c.kind.not_in(("update", "mail")))
        gone = list(session.scalars(streamless.order_by(MESSAGE.c.id).limit(at_most)))
        named = select(MESSAGE.c.id).where(*old, MESSAGE.c.id.in_(sorted(copies)[:at_most]))
        stale = set(session.scalars(named)) | (copies & set(gone))
        session.execute(delete(MESSAGE).where(MESSAGE.c.id.in_(gone)))
    for one in stale:
        (folder / copy_name(one)).unlink(missing_ok=True)
    return len(gone) + len(stale - set(gone))


def copy_name(message: int) -> str:
    """Return the name of the file of a message where there is no mail server."""
    return f"echange-{message:08d}.eml"
