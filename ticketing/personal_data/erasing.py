"""Pseudonymise a ticket closed long ago: erase its words, names and files, and keep what the figures are made of.

What stays: when it was opened, taken, handed on and resolved; which party answered for it and by which clause; service,
activity, facts. A person becomes « Personne 1 », the same in the whole ticket and nowhere else. Each ticket is one
commit, so that an interrupted run can be run again. The files are unlinked after the commit; the daily sweep removes
what a killed process left of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, delete, exists, literal, or_, select, text, update
from sqlalchemy.orm import Session

from charters.database import db, reading, writing, written_at
from charters.journal import audit
from charters.people import legal_holds
from charters.tables.personal import LegalHold
from ticketing.articles.forgetting import forget_source
from ticketing.exchange.forgetting import forget_ticket
from ticketing.in_force.tables import GoldenTicket
from ticketing.mail import outbox
from ticketing.mail.incoming import store as incoming
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Kind
from ticketing.oversight.tables import Consultation, ConsultationGrant
from ticketing.tables import (
    Attachment,
    FormToken,
    MailEntry,
    MailReference,
    Notice,
    NoticeWords,
    Ticket,
    TicketEvent,
    TicketLabel,
    TicketOpinion,
    TicketSeen,
    TicketUnlike,
    TicketWatcher,
    TicketWriting,
)
from ticketing.tables.tickets import CLOSED
from ticketing.tickets import indexing, row_values, store
from ticketing.tickets.store import DECISION, EVENT, SCOPE

TITLE = "Ticket pseudonymisé"
#: What an entry's data may keep: codes, organisations and labels of the agreements. Any other key is erased.
KEPT = frozenset(
    {
        "from",
        "to",
        "party",
        "role",
        "name",
        "organisation",
        "from_name",
        "from_party",
        "reason",
        "reason_label",
        "on",
        "decision_id",
        "event_id",
        "shared",
        "lapsed",
        "cause",
        "changes",
        "priority",
        "promised",
        "mail",
    }
)
#: Pseudonyms of people in an entry's data, by kind; elsewhere « name » is an organisation's.
_PEOPLE = {
    Kind.TAKEN: ("previous",),
    Kind.ASSIGNED: ("person",),
    Kind.RELEASED: ("previous",),
    Kind.RETURNED: ("person",),
    Kind.SHARED: ("name",),
}

EVENT_NAME = "personal.ticket_forgotten"
audit.label(EVENT_NAME, "Données personnelles d’un ticket effacées")


class Pseudonyms:
    """Holds the pseudonyms of one ticket: a person has a number in it, each name the pseudonym of its person."""

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self._names: dict[str, str] = {}

    def id(self, account: int | None) -> int | None:
        """Return a number that stands for an account in this ticket alone; None (the program) stays None."""
        return None if account is None else self._ids.setdefault(account, -len(self._ids) - 1)

    def name(self, account: int | None, name: str) -> str:
        """Return the pseudonym of a person's name."""
        number = self.id(account)
        if number is None:
            return name if name == PROGRAM else self.of(name)
        self._names.setdefault(name, f"Personne {-number}")
        return f"Personne {-number}"

    def of(self, name: str | None) -> str:
        """Return the pseudonym of a name that comes without its account."""
        return self._names.get(name, "Une personne") if name else ""


PROGRAM = "Guichet"


def due_query(limit: datetime) -> Any:
    """Return the query of the numbers of tickets closed before `limit` and not under a legal hold.

    A hold is on the ticket, or on a person who opened it, has it in charge, wrote on it or shares it.
    """
    held = legal_holds.held_accounts()
    whose = literal("person:") + cast(LegalHold.account_id, Text) + "@"
    shared = exists().where(
        LegalHold.lifted_at.is_(None),
        LegalHold.account_id.is_not(None),
        SCOPE.c.ticket_id == Ticket.number,
        SCOPE.c.key == whose + Ticket.etablissement,
    )
    return select(Ticket.number).where(
        CLOSED,
        Ticket.pseudonymised_at.is_(None),
        Ticket.closed_at < limit,
        Ticket.number.not_in(legal_holds.held_tickets()),
        or_(Ticket.opened_by.is_(None), Ticket.opened_by.not_in(held)),
        or_(Ticket.assignee_id.is_(None), Ticket.assignee_id.not_in(held)),
        ~exists().where(TicketEvent.ticket_id == Ticket.number, TicketEvent.author_id.in_(held)),
        ~shared,
    )


def due(limit: datetime, at_most: int) -> list[int]:
    """Return at most `at_most` tickets to pseudonymise, those closed longest ago first."""
    with reading() as session:
        query = due_query(limit).order_by(Ticket.closed_at, Ticket.number).limit(at_most)
        return list(session.scalars(query))


def forget(number: int, limit: datetime, folder: Path, mails: Path, now: datetime) -> bool:
    """Pseudonymise a ticket if it is still due, in one commit, then remove its files; return whether it was done.

    `folder` holds the files; `mails` holds the messages if there is no mail server.
    """
    with writing() as session:
        now = written_at(now)
        row = store.lock_ticket(session, number)
        if row is None or session.scalar(due_query(limit).where(Ticket.number == number)) is None:
            return False  # a hold was put on it, or another run pseudonymised it, since it was chosen
        names = Pseudonyms()
        _learn(session, row, names)
        _events(session, number, names)
        _decisions(session, number, names)
        paths, sent = _files_and_mails(session, number)
        _beside(session, row)
        values = _ticket(row, names, now)
        if not store.change_ticket(session, row, values, bump=False):
            return False
        erased = store.lock_ticket(session, number)
        assert erased is not None
        indexing.again(session, erased)
        details = {"files": len(paths)}
        audit.record(EVENT_NAME, sigle="guichet", subject=f"ticket {number}", now=now, details=details)
    for path in paths:
        for made in (folder / path).parent.glob(f"{Path(path).name}*"):  # the file, and the files made from it
            made.unlink(missing_ok=True)
    for name in sent:
        (mails / name).unlink(missing_ok=True)
    return True


def _files_and_mails(session: Session, number: int) -> tuple[list[str], list[str]]:
    """Delete the rows of a ticket's files, mails and form tokens; return the files' paths and the mails' copies."""
    paths = list(session.scalars(select(Attachment.path).where(Attachment.ticket_id == number)))
    mailed = (Notice.ticket_id == number, Notice.recipient_id.not_in(legal_holds.held_accounts()))
    # A mail of several notices, maybe of several tickets, has one copy, under the number of one of them.
    carrying = select(Notice.sent_as).where(*mailed, Notice.sent_as != "")
    readers = select(Notice.recipient_id).where(*mailed)
    of_mails = or_(and_(*mailed), and_(Notice.recipient_id.in_(readers), Notice.sent_as.in_(carrying)))
    sent = [f"{one:08d}.eml" for one in session.scalars(select(Notice.id).where(of_mails))]
    sent += forget_ticket(session, number)
    session.execute(delete(Attachment).where(Attachment.ticket_id == number))
    session.execute(delete(Notice).where(*mailed))  # a person under a legal hold keeps the mails received
    outbox.forget_words(session, NoticeWords.ticket_id == number)
    session.execute(delete(FormToken).where(FormToken.ticket_id == number))
    session.execute(update(TicketOpinion).where(TicketOpinion.ticket_id == number).values(account_id=None, words=None))
    forget_source(session, number)
    session.execute(delete(TicketSeen).where(TicketSeen.ticket_id == number))
    session.execute(delete(TicketWriting).where(TicketWriting.ticket_id == number))
    session.execute(delete(TicketLabel).where(TicketLabel.ticket_id == number))
    session.execute(delete(TicketUnlike).where(TicketUnlike.ticket_id == number))
    session.execute(delete(TicketWatcher).where(TicketWatcher.ticket_id == number))
    incoming.forget(session, IncomingMail.ticket_id == number)
    came = select(MailEntry.mail_id).where(MailEntry.ticket_id == number)
    session.execute(delete(MailReference).where(MailReference.mail_id.in_(came)))
    session.execute(delete(MailEntry).where(MailEntry.ticket_id == number))
    return paths, sent


def _beside(session: Session, row: Any) -> None:
    """Erase what other tables say of a ticket: a golden ticket's label, the reason of a consultation or of a hold."""
    session.execute(  # the label was the ticket's title unless somebody gave it another
        update(GoldenTicket)
        .where(GoldenTicket.ticket_number == row.number, GoldenTicket.label == row.title)
        .values(label=f"Ticket n° {row.number}")
    )
    for table in (Consultation, ConsultationGrant):  # the reader's name stays; the words that they wrote are erased
        session.execute(update(table).where(table.ticket_number == row.number).values(words=""))
    legal_holds.forget_reasons(session, ticket=row.number)


def _learn(session: Session, row: Any, names: Pseudonyms) -> None:
    """Number the people in the order in which they appear: the requester is the first."""
    names.name(row.opened_by, row.opened_by_name)
    for event in session.execute(
        select(EVENT.c.author_id, EVENT.c.author_name).where(EVENT.c.ticket_id == row.number).order_by(EVENT.c.id)
    ):
        names.name(event.author_id, event.author_name)
    names.name(row.assignee_id, row.assignee_name or "")
    for account, name in row.shared_with:
        names.name(account, name)


def _ticket(row: Any, names: Pseudonyms, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": TITLE,
        "body": "",
        "on_behalf_of": "",
        "tag": "",
        "asset": "",
        "room": "",
        "incident": None,  # it was part of the ticket's words, which are erased
        "opened_by": names.id(row.opened_by),
        "opened_by_name": names.name(row.opened_by, row.opened_by_name),
        "assignee_id": names.id(row.assignee_id),
        "assignee_name": names.name(row.assignee_id, row.assignee_name) if row.assignee_name else None,
        "shared_with": [],
        "persons": [],
        "file_bytes": 0,
        "pseudonymised_at": now,
    }
    return {**values, "scope_keys": row_values.keys({**row._mapping, **values})}


def _events(session: Session, number: int, names: Pseudonyms) -> None:
    changed = [
        {
            "the_id": event.id,
            "author_id": names.id(event.author_id),
            "author_name": names.name(event.author_id, event.author_name),
            "body": "",
            "mask_reason": "",
            "data": data_of(event.kind, event.data or {}, names),
        }
        for event in session.execute(select(EVENT).where(EVENT.c.ticket_id == number))
    ]
    session.connection().execute(update(EVENT).where(EVENT.c.id == bindparam("the_id")), changed)


def data_of(kind: str, data: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Return what an entry's data keep, with the people named in it by their pseudonyms."""
    people = _PEOPLE.get(Kind(kind), ()) if kind in list(Kind) else ()
    kept = {key: value for key, value in data.items() if key in KEPT and key not in people}
    return kept | {key: names.of(data[key]) for key in people if data.get(key)}


def _decisions(session: Session, number: int, names: Pseudonyms) -> None:
    changed = [
        {
            "the_id": row.id,
            "data": {**row.data, "by": names.of(row.data["by"]) if row.data.get("by") else "", "reason": ""},
        }
        for row in session.execute(select(DECISION).where(DECISION.c.ticket_id == number))
    ]
    if changed:
        session.connection().execute(update(DECISION).where(DECISION.c.id == bindparam("the_id")), changed)


# --- the index --------------------------------------------------------------------------------------------------------

_MERGE = "INSERT INTO ticket_search (ticket_search, rank) VALUES ('merge', {pages})"


def settle_index(at_most: int = 10_000) -> None:
    """Merge all parts of SQLite's full-text index, a little at a time: it keeps a deleted word until they are merged.

    PostgreSQL does not need it: its row was replaced, and the server clears the old one.
    """
    if db.engine.dialect.name != "sqlite":
        return
    pages = -500  # negative: every part must be merged into one
    for _ in range(at_most):
        with writing() as session:
            before = session.execute(text("SELECT total_changes()")).scalar_one()
            session.execute(text(_MERGE.format(pages=pages)))
            done = session.execute(text("SELECT total_changes()")).scalar_one() - before
        if done < 2:  # SQLite's manual: the index then has nothing left to merge
            return
        pages = 500
