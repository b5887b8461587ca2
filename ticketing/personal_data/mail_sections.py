"""Read what the file of a person's data holds of the mails that the person wrote."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select

from ticketing.personal_data.reach import DataSubject, ExportReach
from ticketing.tables import MailEntry
from ticketing.tickets.store import EVENT, TICKET

MAIL: Any = MailEntry.__table__


def written(subject: DataSubject, reach: ExportReach) -> Any:
    """Return the query of the person's mails that made an entry, with their history where it may be in the file."""
    seen = reach.entry(EVENT, EVENT.c.ticket_id, TICKET.c.academie) & EVENT.c.masked_at.is_(None)
    return (
        select(
            MAIL.c.ticket_id.label("number"),
            MAIL.c.at,
            MAIL.c.box,
            MAIL.c.kind,
            seen.label("in_reach"),
            func.coalesce(case((seen, MAIL.c.folded), else_=None), "").label("folded"),
        )
        .join(EVENT, EVENT.c.id == MAIL.c.event_id)
        .join(TICKET, TICKET.c.number == MAIL.c.ticket_id)
        .where(MAIL.c.account_id == subject.id)
        .order_by(MAIL.c.mail_id)
    )
