"""What of a ticket is found by a search: its words, the people on it, its files, each by those who may read it.

Everything indexed is on the ticket's page: its title, text, requester, tag and machine; public entries that are not
masked; who opened it, has it in charge, wrote publicly or shares it; names of files that are not in quarantine. A file
of an internal note is found by the side that wrote it. The words of internal notes are not indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from charters.tables.access import Account
from ticketing.files.receiving import Received
from ticketing.model import Kind
from ticketing.search import index, words
from ticketing.search.index import FileName, Found
from ticketing.tables import Attachment, TicketEvent
from ticketing.tickets import incidents, store
from ticketing.tickets.lifecycle import Author, Entry

EVENT: Any = TicketEvent.__table__
ATTACHMENT: Any = Attachment.__table__
#: The columns of a ticket that are headings: of these no word is left out.
_HEADINGS = ("title", "on_behalf_of", "tag", "asset", "room", "opened_by_name", "assignee_name")
#: What rooms above know of a ticket that every reader of it may find, as headings.
_ALSO: list[Callable[[Session, int], Sequence[str]]] = []


def also(headings: Callable[[Session, int], Sequence[str]]) -> None:
    """Have a ticket found, whenever it is indexed again, by the headings that another room gives of its number."""
    _ALSO.append(headings)


def of_ticket(values: Mapping[str, Any]) -> Found:
    """Return the words of a ticket's own columns."""
    found = Found(words.tokens(incidents.told(values["body"] or "", values["incident"])))
    names = [name for _, name in values["shared_with"] or ()]
    for text in (*(values[name] for name in _HEADINGS), *names):
        if text:
            found.add(words.heading(text))
    return found


def of_opening(values: Mapping[str, Any], received: Sequence[Received]) -> Found:
    """Return the words of a new ticket and of its files."""
    found = of_ticket(values)
    index.add_files(found, (FileName(file.name, file.quarantine) for file in received))
    return found


def of_step(row: Row[Any], entry: Entry, author: Author, side: str, received: Sequence[Received]) -> Found:
    """Return the words that a step adds: its public words, its author, who it is shared with, its files.

    `side` is the author's. The opener and the person in charge are in the index already.
    """
    found = Found()
    if not entry.internal and entry.kind != Kind.MASKED:
        found.words |= words.tokens(entry.words)
    if not entry.internal and author.id not in (None, row.opened_by, row.assignee_id):
        found.add(words.heading(author.name))
    if entry.kind == Kind.SHARED:
        found.add(words.heading(entry.data["name"]))
    own_side = side if entry.internal else None
    index.add_files(found, (FileName(file.name, file.quarantine, own_side) for file in received))
    return found


def again(session: Session, ticket: Row[Any], leaving_out: Collection[int] = ()) -> None:
    """Index a ticket again from its rows, as after words were masked, or a name was corrected or erased.

    People are found by the names that the ticket shows, and by the names that they have now; not by the latter if they
    are in `leaving_out`.
    """
    events = session.execute(
        select(EVENT.c.author_id, EVENT.c.author_name, EVENT.c.kind, EVENT.c.body, EVENT.c.masked_at)
        .where(EVENT.c.ticket_id == ticket.number, EVENT.c.visibility == "public")
        .order_by(EVENT.c.id)
    ).all()
    found = of_ticket(dict(ticket._mapping))
    index.add_files(found, _files(session, ticket.number))
    people = {ticket.opened_by, ticket.assignee_id, *(account for account, _ in ticket.shared_with)}
    people |= {event.author_id for event in events}
    names = {event.author_name for event in events if event.author_id is not None}
    for name in names | _present_names(session, people - {None, *leaving_out}):
        found.add(words.heading(name))
    for heading in (one for headings in _ALSO for one in headings(session, ticket.number)):
        found.add(words.heading(heading))
    for event in events:
        if event.masked_at is None and event.kind != Kind.MASKED:
            found.add(words.tokens(event.body))
    index.write(session, ticket.number, found, ticket.scope_keys)


def _files(session: Session, number: int) -> list[FileName]:
    """Return the names of a ticket's files that somebody may read."""
    rows = session.execute(
        select(*(ATTACHMENT.c[name] for name in ("name", "quarantine", "visibility", "side"))).where(
            ATTACHMENT.c.ticket_id == number, ATTACHMENT.c.visibility.in_(("public", "internal"))
        )
    )
    return [FileName(row.name, row.quarantine, row.side if row.visibility == "internal" else None) for row in rows]


def _present_names(session: Session, people: Collection[int]) -> set[str]:
    """Return the names that people have now; none of a person who was forgotten."""
    rows = session.execute(
        select(Account.first_name, Account.last_name).where(
            Account.id.in_(sorted(people)), Account.pseudonymised_at.is_(None)
        )
    )
    return {f"{row.first_name} {row.last_name}" for row in rows}


def released(session: Session, uuid: str) -> None:
    """Index the name of a file that has left quarantine."""
    row = session.execute(
        select(ATTACHMENT.c.ticket_id, ATTACHMENT.c.name, ATTACHMENT.c.visibility, ATTACHMENT.c.side).where(
            ATTACHMENT.c.uuid == uuid,
            ATTACHMENT.c.quarantine == "",
            ATTACHMENT.c.visibility.in_(("public", "internal")),
        )
    ).one_or_none()
    if row is not None:
        store.lock_ticket(session, row.ticket_id)  # nobody indexes it again meanwhile without this file
        found = Found()
        index.add_files(found, [FileName(row.name, "", row.side if row.visibility == "internal" else None)])
        index.add(session, row.ticket_id, found)
