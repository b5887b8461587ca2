"""Replace a person's name by a pseudonym in tickets and agreements, when the account is erased.

Tickets that are not pseudonymised yet continue without the person's name: who opened, took, wrote, was shared with,
decided; so do the copies of mails that name the person. What somebody typed about a person cannot be recognised: it is
erased with its ticket. Everything is done in small commits, each of which may be repeated; the account itself is erased
last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, delete, false, func, or_, select, update
from sqlalchemy.orm import Session

from charters.database import Base, reading, writing
from charters.people import forgetting, legal_holds
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.articles import forgetting as article_forgetting
from ticketing.mail import outbox, undelivered
from ticketing.mail.incoming import store as incoming
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Kind
from ticketing.personal_data import inventory
from ticketing.tables import (
    FormToken,
    MailChoice,
    MailEntry,
    Notice,
    NoticeWords,
    TicketLabel,
    TicketOpinion,
    TicketSeen,
    TicketWatcher,
    TicketWriting,
)
from ticketing.tickets import indexing, reindexing, store
from ticketing.tickets.store import DECISION, EVENT, TICKET
from ticketing.workbench import forgetting as workbench_forgetting

BATCH = 100
#: How many of the person's mails are erased in one commit.
MAILS = 500
#: Entries that name a person other than their author -> the key of that name.
_NAMED = {
    Kind.TAKEN.value: "previous",
    Kind.ASSIGNED.value: "person",
    Kind.RELEASED.value: "previous",
    Kind.RETURNED.value: "person",
    Kind.SHARED.value: "name",
}


@dataclass(frozen=True, slots=True)
class _Person:
    """Holds the person to erase. `alone`: nobody else here has this name, so the name identifies the person."""

    id: int
    name: str
    alone: bool

    @property
    def pseudonym(self) -> str:
        """Return the name that replaces the person's name."""
        return forgetting.pseudonym(self.id)


def forget(account_id: int, mails: Path, now: Any) -> bool:
    """Erase a person, traces first, then the account; return False if a legal hold was put meanwhile.

    `mails` is the folder of messages if there is no mail server.
    """
    with reading() as session:
        account = session.get_one(Account, account_id)
        person = _Person(
            account_id, f"{account.first_name} {account.last_name}", not forgetting.names_shared(session, account)
        )
        numbers, address = _tickets(session, person), account.email
    for batch in _batches(numbers):
        with writing() as session:
            if legal_holds.is_held(session, account_id):
                return False
            naming = [notice for number in batch for notice in _ticket(session, number, person)]
        _unlink(mails, (f"{notice:08d}" for notice in naming))
    if not _raws(account_id, address):
        return False
    with writing() as session:
        locked = session.get_one(Account, account_id, with_for_update=True)
        if locked.pseudonymised_at is not None or legal_holds.is_held(session, account_id):
            return False
        sent = [f"{one:08d}" for one in session.scalars(select(Notice.id).where(Notice.recipient_id == account_id))]
        sent += [
            f"lettre-{one:08d}" for one in session.scalars(select(Letter.id).where(Letter.account_id == account_id))
        ]
        events = list(session.scalars(select(Notice.event_id).where(Notice.recipient_id == account_id)))
        session.execute(delete(Notice).where(Notice.recipient_id == account_id))
        outbox.forget_words(session, NoticeWords.event_id.in_(events))
        session.execute(delete(FormToken).where(FormToken.account_id == account_id))
        _mails(session, person, locked.email)
        _followed(session, account_id)
        article_forgetting.forget_person(session, account_id)
        session.execute(delete(MailChoice).where(MailChoice.account_id == account_id))
        undelivered.cleared(session, locked.email)
        _signed(session, person)
        forgetting.forget(session, locked, now)
    _unlink(mails, sent)
    return True


def _followed(session: Session, account_id: int) -> None:
    """Delete what the person followed of tickets, and kept; opinions stay, without person or words."""
    workbench_forgetting.forget_person(session, account_id)
    session.execute(
        update(TicketOpinion).where(TicketOpinion.account_id == account_id).values(account_id=None, words=None)
    )
    session.execute(update(TicketLabel).where(TicketLabel.account_id == account_id).values(account_id=None))
    for table in (TicketSeen, TicketWatcher, TicketWriting):
        session.execute(delete(table).where(table.account_id == account_id))


def _raws(account_id: int, address: str) -> bool:
    """Erase the mails that the person wrote, however many, a batch a commit; return False if a legal hold was put."""
    gone = MAILS
    while gone == MAILS:
        with writing() as session:
            if legal_holds.is_held(session, account_id):
                return False
            gone = incoming.forget(session, *_wrote(account_id, address), at_most=MAILS)
    return True


def _wrote(account_id: int, address: str) -> tuple[Any, ...]:
    """Return the SQL conditions that a mail that waits no more is the person's, or claims to be."""
    own = (IncomingMail.account_id == account_id, IncomingMail.author_id == account_id)
    return or_(*own, IncomingMail.claimed == address.lower()), IncomingMail.state.not_in(incoming.WAITING)


def _mails(session: Session, person: _Person, address: str) -> None:
    """Erase the mails that came since; clear the histories below the person's mails, and below those with that name."""
    incoming.forget(session, *_wrote(person.id, address))
    named = MailEntry.folded.contains(person.name, autoescape=True) if person.alone else false()
    session.execute(
        update(MailEntry)
        .where(or_(MailEntry.account_id == person.id, named))
        .values(folded="")
        .execution_options(synchronize_session=False)
    )


def _unlink(mails: Path, names: Iterable[str]) -> None:
    for name in names:
        (mails / f"{name}.eml").unlink(missing_ok=True)


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), BATCH):
        yield numbers[start : start + BATCH]


def _tickets(session: Session, person: _Person) -> list[int]:
    """Return the tickets, not pseudonymised yet, in which the person has a part or is named."""
    found = set(reindexing.tickets_of(session, person.id))
    if person.alone:
        named = select(EVENT.c.ticket_id).where(EVENT.c.kind.in_(tuple(_NAMED)), _holds(EVENT.c.data, person))
        told = select(Notice.ticket_id).where(Notice.body.contains(person.name, autoescape=True))
        said = select(NoticeWords.ticket_id).where(_holds(NoticeWords.data, person))
        found |= {*session.scalars(named), *session.scalars(told), *session.scalars(said)}
    return sorted(found)


def _holds(column: Any, person: _Person) -> Any:
    """Return the SQL condition that a JSON column holds the name, as both engines store it."""
    return cast(column, Text).contains(json.dumps(person.name)[1:-1], autoescape=True)


def _ticket(session: Session, number: int, person: _Person) -> list[int]:
    """Clear one ticket's row, entries, decisions and copies of mails; return the copies that named the person."""
    row = store.lock_ticket(session, number)
    if row is None or row.pseudonymised_at is not None:
        return []
    values: dict[str, Any] = {}
    if row.opened_by == person.id:
        values["opened_by_name"] = person.pseudonym
    if row.assignee_id == person.id:
        values["assignee_name"] = person.pseudonym
    if any(account == person.id for account, _ in row.shared_with):
        values["shared_with"] = [
            [account, person.pseudonym if account == person.id else name] for account, name in row.shared_with
        ]
    if values:
        session.execute(update(TICKET).where(TICKET.c.number == number).values(**values))
    _decisions(session, _events(session, number, person), person)
    cleared = store.lock_ticket(session, number)
    assert cleared is not None
    indexing.again(session, cleared, leaving_out={person.id})
    return _notices(session, number, person) if person.alone else []


def _notices(session: Session, number: int, person: _Person) -> list[int]:
    """Clear the name in what the notices of a ticket say; return the notices whose copies hold it."""
    said = session.execute(
        select(NoticeWords.event_id, NoticeWords.data).where(
            NoticeWords.ticket_id == number, _holds(NoticeWords.data, person)
        )
    ).all()
    name, pseudonym = (json.dumps(one)[1:-1] for one in (person.name, person.pseudonym))
    for row in said:
        cleared = json.loads(json.dumps(row.data).replace(name, pseudonym))
        session.execute(update(NoticeWords).where(NoticeWords.event_id == row.event_id).values(data=cleared))
    naming = list(
        session.scalars(
            select(Notice.id).where(
                Notice.ticket_id == number,
                or_(
                    Notice.event_id.in_([row.event_id for row in said]),
                    Notice.body.contains(person.name, autoescape=True),
                ),
            )
        )
    )
    session.execute(
        update(Notice)
        .where(Notice.id.in_(naming))
        .values(body=func.replace(Notice.body, person.name, person.pseudonym))
        .execution_options(synchronize_session=False)
    )
    return _copies(session, number, naming, person)


def _copies(session: Session, number: int, naming: Sequence[int], person: _Person) -> list[int]:
    """Return the notices whose copies hold the name: those that say it, and those of the person's entries.

    A mail of several notices, maybe of several tickets, names who wrote each entry, under the number of one of them.
    """
    written = select(EVENT.c.id).where(EVENT.c.ticket_id == number, EVENT.c.author_id == person.id)
    wanted = and_(Notice.ticket_id == number, or_(Notice.id.in_(naming), Notice.event_id.in_(written)))
    carrying = select(Notice.sent_as).where(wanted, Notice.sent_as != "")
    return list(session.scalars(select(Notice.id).where(or_(wanted, Notice.sent_as.in_(carrying)))))


def _events(session: Session, number: int, person: _Person) -> list[int]:
    """Clear the names in a ticket's entries; return the decisions that the person's own entries led to."""
    decisions = []
    for event in session.execute(
        select(EVENT.c.id, EVENT.c.kind, EVENT.c.author_id, EVENT.c.data).where(EVENT.c.ticket_id == number)
    ).all():
        changed: dict[str, Any] = {}
        data = dict(event.data or {})
        if event.author_id == person.id:
            changed["author_name"] = person.pseudonym
            if data.get("decision_id"):
                decisions.append(data["decision_id"])
        key = _NAMED.get(event.kind, "")
        if person.alone and data.get(key) == person.name:
            changed["data"] = data | {key: person.pseudonym}
        if changed:
            session.execute(update(EVENT).where(EVENT.c.id == event.id).values(**changed))
    return decisions


def _decisions(session: Session, ids: Sequence[int], person: _Person) -> None:
    changed = (
        [
            {"the_id": row.id, "data": {**row.data, "by": person.pseudonym}}
            for row in session.execute(select(DECISION.c.id, DECISION.c.data).where(DECISION.c.id.in_(ids)))
        ]
        if ids
        else []
    )
    if changed:
        session.connection().execute(update(DECISION).where(DECISION.c.id == bindparam("the_id")), changed)


def _signed(session: Session, person: _Person) -> None:
    """Clear the names with which acts on agreements are signed."""
    for signed in inventory.SIGNED:
        table = Base.metadata.tables[signed.table]
        if signed.id:
            where = table.c[signed.id] == person.id
        elif person.alone:
            where = table.c[signed.name] == person.name
        else:
            continue
        session.execute(update(table).where(where).values({signed.name: person.pseudonym}))
