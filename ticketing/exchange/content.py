"""What an update says of a ticket to one organisation, read from the ticket when the message is sent.

Public entries only, and only while the ticket is in the organisation's perimeter. Of a confidential ticket nothing but
its number and its state leaves: Guichet cannot know who reads the other tool. What was masked since is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from charters.tables.access import OrganisationSuspension
from ticketing import steps
from ticketing.exchange.tables import ExchangeMessage
from ticketing.model import STATE_LABELS, Kind, State
from ticketing.tickets import incidents
from ticketing.tickets.store import EVENT, TICKET

#: Entries that concern nobody beyond this tool.
UNTOLD = frozenset({Kind.NOTE.value, Kind.SHARED.value, Kind.CONFIDENTIAL.value})
CONFIDENTIAL_TITLE = "Demande confidentielle"
WITHHELD = "Cette demande est confidentielle : son texte se lit dans Guichet seulement."
TEXT_MAX = 40_000
_SHORTENED = "\n[…] La suite se lit dans Guichet."


class Withheld(Exception):
    """Raised where nothing of the ticket may be told to the organisation now; its text is a French sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An update as templates and the structured message say it. `text` is what was written, « » if nothing was."""

    ticket: int
    their_number: str
    sequence: int
    nature: str
    happened: str
    state: str
    at: datetime
    title: str
    place: str
    service: str
    party: str
    said_by: str
    text: str
    masks: int | None = None

    @property
    def state_label(self) -> str:
        """Return the state in French."""
        return STATE_LABELS[State(self.state)]


def told(session: Session, message: Row[Any], link: Row[Any], organisation: str) -> Told:
    """Return what an update says now. Raises Withheld."""
    row = session.execute(select(TICKET).where(TICKET.c.number == link.ticket_id)).one()
    check(session, row, organisation)
    event = session.execute(select(EVENT).where(EVENT.c.id == message.event_id)).one()
    opening = message.sequence == 1
    masked = event.masked_at is not None or event.kind == Kind.MASKED
    if opening:
        text = _history(session, row, event.id)
    elif event.kind == Kind.AMENDED:  # the entry keeps the words of before; what is asked now is the ticket's own
        text = incidents.told(row.body, row.incident)
    else:
        text = "" if masked else event.body
    secret = row.confidential
    if secret:
        text = WITHHELD if text else ""
    nature = "opening" if opening else "masked" if masked else "text" if text else "state"
    return Told(
        ticket=row.number,
        their_number=link.their_number,
        sequence=message.sequence,
        nature=nature,
        happened="Demande" if opening else "Suite" if secret else steps.ENTRIES[_entry(event)].title,
        state=message.ticket_state,
        at=row.opened_at if opening else event.at,
        title=CONFIDENTIAL_TITLE if secret else row.title,
        place="" if secret else f"{row.etablissement_name}, {row.etablissement_commune}",
        service="" if secret else row.service_label,
        party="" if secret else row.holder_name,
        said_by="" if secret else event.side_name,
        text=text if len(text) <= TEXT_MAX else text[: TEXT_MAX - len(_SHORTENED)] + _SHORTENED,
        masks=_masks(session, event, link) if event.kind == Kind.MASKED else None,
    )


def _entry(event: Row[Any]) -> str:
    return steps.entry_name(event.kind, event.data or {})


def check(session: Session, ticket: Row[Any], organisation: str) -> None:
    """Check that the organisation may be told of the ticket now. Raises Withheld."""
    if f"org:{organisation}" not in ticket.scope_keys:
        raise Withheld("Le ticket n’est plus dans le périmètre de la collectivité.")
    if ticket.pseudonymised_at is not None:
        raise Withheld("Les données personnelles du ticket sont effacées.")
    if is_suspended(session, organisation):
        raise Withheld("L’accès de la collectivité est suspendu (VIII).")


def is_suspended(session: Session, organisation: str) -> bool:
    """Whether the organisation's access is suspended now (VIII)."""
    query = select(OrganisationSuspension.id).where(
        OrganisationSuspension.organisation == organisation, OrganisationSuspension.lifted_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def _history(session: Session, row: Row[Any], last: int) -> str:
    """Return the request, followed by what was said in public up to an entry, where the tool joins later."""
    said = [incidents.told(row.body, row.incident)]
    events = session.execute(
        select(EVENT.c.body, EVENT.c.side_name, EVENT.c.kind, EVENT.c.data)
        .where(
            EVENT.c.ticket_id == row.number,
            EVENT.c.id <= last,
            EVENT.c.visibility == "public",
            EVENT.c.masked_at.is_(None),
            EVENT.c.body != "",
            EVENT.c.kind.not_in((*UNTOLD, Kind.MASKED.value, Kind.AMENDED.value)),
        )
        .order_by(EVENT.c.id)
    )
    for event in events:
        title = steps.ENTRIES[_entry(event)].title
        said.append(f"{title} ({event.side_name}) :\n{event.body}")
    return "\n\n".join(said)


def _masks(session: Session, event: Row[Any], link: Row[Any]) -> int | None:
    """Return the sequence of the update whose words an entry masks, if it was told."""
    return session.scalar(
        select(ExchangeMessage.sequence).where(
            ExchangeMessage.link_id == link.id,
            ExchangeMessage.direction == "out",
            ExchangeMessage.event_id == (event.data or {}).get("event_id"),
        )
    )
