"""The mails that made something of a ticket: written in the commit of the act, so that none acts twice.

The rows also say what came before: the same message from another box, the same words again, too many in an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from charters.database import db
from ticketing import model
from ticketing.correspondence import subjects, threads
from ticketing.mail.incoming import reading, store
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.tables import MailEntry, MailReference

HOUR = timedelta(hours=1)
#: A Message-ID that our own headers may repeat.
_QUOTABLE = re.compile(r"<[!-;=?-~]{1,240}>")
#: How many mails of one person, and on one ticket, make something within an hour; what comes above waits for a person.
PER_PERSON = PER_TICKET = 20
#: The longest history kept with an entry, in characters; the whole stays in the mail itself.
FOLDED_MAX = 100_000
#: The references kept of a mail: the last ones are the nearest.
REFERENCES = 20
#: How many mails of one Message-ID are looked at for the one that a mail repeats.
COPIES = 5


def came_by(ticket: int, event: int) -> tuple[str, ...]:
    """Return the Message-IDs of the mail that opened a ticket and of the one that wrote an entry; none for pages."""
    rows = db.session.execute(
        select(MailEntry.event_id, MailEntry.kind, IncomingMail.message_id)
        .join(IncomingMail, IncomingMail.id == MailEntry.mail_id)
        .where(MailEntry.ticket_id == ticket, or_(MailEntry.kind == "opened", MailEntry.event_id == event))
        .order_by(MailEntry.mail_id)
    )
    return tuple(dict.fromkeys(row.message_id for row in rows if _QUOTABLE.fullmatch(row.message_id)))


def of_mail(received: Received) -> Outcome | None:
    """Return what a mail made already, None if nothing: after a crash it is taken in again.

    The same mail from another box has the same number, and is a duplicate there.
    """
    row = db.session.get(MailEntry, received.id, populate_existing=True)
    if row is None:
        return None
    if row.box != received.box[:60]:
        return _duplicate(row, "Ce courriel est déjà arrivé par une autre boîte.")
    return Outcome("applied", row.kind, "", ticket=row.ticket_id, account=row.account_id, event=row.event_id)


def seen(mail: ParsedMail, account: int, ticket: int | None, now: datetime) -> Outcome | None:
    """Return the outcome of a mail that repeats another of the same person, None if it is new.

    It repeats the message that came by another box, or within the hour the same words about the same ticket: where no
    ticket is known (None), the words under the same subject that opened one. Machines that send every mail under one
    Message-ID repeat nothing by that.
    """
    message = threads.digest(mail.message_id)
    rows = db.session.scalars(
        select(MailEntry)
        .where(MailEntry.message == message, MailEntry.account_id == account, MailEntry.message != "")
        .order_by(MailEntry.mail_id.desc())
        .limit(COPIES)
    ).all()
    for known in rows:
        if known.words == words(mail) or _copy(known, mail):
            return _duplicate(known, "Ce courriel est déjà arrivé par une autre boîte.")
    query = select(MailEntry).where(
        MailEntry.account_id == account, MailEntry.at > now - HOUR, MailEntry.words == words(mail)
    )
    if ticket is not None:
        query = query.where(MailEntry.ticket_id == ticket)
    else:
        query = query.where(
            MailEntry.kind == "opened", MailEntry.subject == threads.digest(subjects.compared(mail.subject))
        )
    row = db.session.scalar(query.order_by(MailEntry.mail_id).limit(1))
    return None if row is None else _duplicate(row, "Le même texte est arrivé il y a moins d’une heure.")


def _copy(row: MailEntry, mail: ParsedMail) -> bool:
    """Whether a mail is that of an entry but for what lists and servers write below its words, or for files removed.

    What an entry's mail said is read again; where its bytes are gone, the mail is taken for another.
    """
    raw = store.raw_of(row.mail_id)
    known = reading.read(raw) if raw is not None else None
    if known is None or known.subject != mail.subject or known.sent_at != mail.sent_at:
        return False
    said, again = (" ".join(one.text.split()) for one in (known, mail))
    had, has = ({sha256(file.content).digest() for file in one.attachments} for one in (known, mail))
    return (said.startswith(again) or again.startswith(said)) and (had <= has or has <= had)


def repeated(mail: ParsedMail, account: int) -> Outcome:
    """Return the outcome of a message that another box, or another process, brought first."""
    row = db.session.scalar(
        select(MailEntry).where(
            MailEntry.message == threads.digest(mail.message_id),
            MailEntry.words == words(mail),
            MailEntry.account_id == account,
        )
    )
    if row is not None:
        return _duplicate(row, "Ce courriel est déjà arrivé par une autre boîte.")
    return Outcome("ignored", "duplicate", "Ce courriel est déjà arrivé par une autre boîte.", account=account)


def too_many(account: int, ticket: int | None, now: datetime) -> str:
    """Return why a mail must wait for a person, as too many came within the hour; empty if not."""
    since = select(func.count()).select_from(MailEntry).where(MailEntry.at > now - HOUR)
    if (db.session.scalar(since.where(MailEntry.account_id == account)) or 0) >= PER_PERSON:
        return f"Plus de {PER_PERSON} courriels de cette personne en une heure."
    if ticket is not None and (db.session.scalar(since.where(MailEntry.ticket_id == ticket)) or 0) >= PER_TICKET:
        return f"Plus de {PER_TICKET} courriels sur ce ticket en une heure."
    return ""


def keep(session: Session, mail: ParsedMail, received: Received, made: Outcome, now: datetime) -> Outcome:
    """Write what a mail made, in the current transaction, with the history below its words; return the outcome."""
    session.execute(
        insert(MailEntry).values(
            mail_id=received.id,
            ticket_id=made.ticket,
            event_id=made.event,
            account_id=made.account,
            box=received.box[:60],
            kind=made.kind,
            message=threads.digest(mail.message_id),
            words=words(mail),
            subject=threads.digest(subjects.compared(mail.subject)),
            folded=model.clean_text(mail.folded[:FOLDED_MAX]),
            at=now,
        )
    )
    answered = [*mail.in_reply_to, *mail.references[-REFERENCES:]]
    if rows := [{"mail_id": received.id, "message": one} for one in _digests(answered)]:
        session.execute(insert(MailReference), rows)
    return made


def words(mail: ParsedMail) -> str:
    """Return what stands for the words and files of a mail, and for what it answers: two with the same say the same.

    « 1 » to one question and « 1 » to the next are two answers.
    """
    made = sha256(" ".join(mail.text.split()).encode("utf-8", "replace"))
    for file in mail.attachments:
        made.update(sha256(file.content).digest())
    for message_id in mail.in_reply_to[:1]:
        made.update(threads.digest(message_id).encode())
    return made.hexdigest()


def _digests(message_ids: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(map(threads.digest, message_ids)) if one]


def _duplicate(row: MailEntry, reason: str) -> Outcome:
    return Outcome("ignored", "duplicate", reason, ticket=row.ticket_id, account=row.account_id, event=row.event_id)
