"""Show what a mail would say of a real ticket, to somebody who sees this ticket; nothing is stored or sent."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, select

from charters.database import db
from charters.model import Actor, Perimeter
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import plain_words
from ticketing.mail import composing, outbox, rendering, wording
from ticketing.mail.rendering import Written
from ticketing.settings import desk_settings
from ticketing.steps import ENTRIES, NOTICES, entry_name
from ticketing.tables import DecisionRow, Ticket, TicketEvent, TicketScope
from ticketing.tickets import queries

#: Stands for the words of a mail where the ticket has no entry of this kind.
SAMPLE = "Ici, les mots de la personne qui écrit."
#: How many tickets are offered.
LATEST = 8
READERS = (outbox.REQUESTER, outbox.FOLLOWER, outbox.OTHER)


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would leave: its subject, with the ticket's token, and its two parts."""

    subject: str
    written: Written


def latest(perimeter: Perimeter) -> tuple[tuple[int, str], ...]:
    """Return (number, title) of the latest tickets of a perimeter, the newest first."""
    if perimeter.key is None:
        return ()
    rows = db.session.execute(
        select(Ticket.number, Ticket.title)
        .join(TicketScope, TicketScope.ticket_id == Ticket.number)
        .where(TicketScope.key == perimeter.key)
        .order_by(Ticket.number.desc())
        .limit(LATEST)
    )
    return tuple((row.number, row.title) for row in rows)


def preview(actor: Actor, perimeter: Perimeter, wanted: tuple[str, str, str]) -> Preview:
    """Return the mail that `wanted` names: kind of notice, number of a ticket, reader. Raises Invalid, by field.

    A ticket outside the perimeter is answered like one that does not exist.
    """
    kind, number, reader = wanted
    faults = {}
    if kind not in NOTICES:
        faults["courriel"] = "Choisissez un des courriels de la liste."
    if reader not in READERS:
        faults["lecteur"] = "Dites à qui le courriel s’adresse."
    try:
        row = queries.row_of(perimeter, int(number) if number.isascii() and number.isdigit() else 0)
    except NotFound:
        raise Invalid(faults | {"ticket": "Aucun ticket de votre périmètre ne porte ce numéro."}) from None
    if faults:
        raise Invalid(faults)
    return _of(actor, row, kind, reader)


def _of(actor: Actor, row: Row[Any], kind: str, reader: str) -> Preview:
    settings = desk_settings()
    view = db.session.execute(select(DecisionRow.data).where(DecisionRow.id == row.decision_id)).scalar_one()["view"]
    happening = wording.Happening(
        ticket={**row._asdict(), **plain_words.labels(row._asdict()), "by": actor.name},
        event_id=0,
        kind=kind,
        words=row.body if kind == "opened" else "" if kind == "noted" else _words(row.number, kind),
        reason=wording.Reason(view["why"], view["citations"]),
        author_id=actor.account_id,
        by_holder=False,
        base_url=settings.base_url,
    )
    said = wording.said(happening, settings.mail_texts)
    notice = SimpleNamespace(kind=kind, ticket_id=row.number, reader=reader, subject=said["subject"], body="")
    return Preview(composing.subject_of(notice, settings.mail_key), rendering.notice(notice, said["data"], settings))


def _words(number: int, kind: str) -> str:
    """Return the words of the ticket's last public entry that called for such a mail, or a sample."""
    entries = db.session.execute(
        select(TicketEvent.kind, TicketEvent.data, TicketEvent.body)
        .where(
            TicketEvent.ticket_id == number,
            TicketEvent.visibility == "public",
            TicketEvent.masked_at.is_(None),
        )
        .order_by(TicketEvent.id.desc())
    ).all()
    told = (entry.body for entry in entries if ENTRIES[entry_name(entry.kind, entry.data)].notice == kind)
    return next(told, SAMPLE)
