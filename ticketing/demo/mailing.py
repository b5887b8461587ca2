"""Mails that the people of the demonstration write to the desk, from a page: no mail server is needed.

Each is a real message, from the person's own address, stamped as the relay of the demonstration would stamp it, and
goes the way of every incoming mail: kept, read, judged, acted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, literal, select

from charters.database import reading
from charters.model import Actor, Perimeter
from charters.rules import unseal
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.correspondence import taking_in
from ticketing.errors import Invalid
from ticketing.mail import signatures
from ticketing.mail.incoming import reading as parsing
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.settings import desk_settings
from ticketing.tables import Notice, TicketScope

BOX = "demonstration"
SUBJECT_MAX, TEXT_MAX = 150, 5000
LISTED = 20
#: How many mails the mailbox shows.
SHOWN = 25
#: What stands before a letter's number in the form.
LETTER = "lettre-"


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail of the mailbox. `answers` names it in the form that answers it; `ticket` is None for a letter."""

    at: datetime
    subject: str
    text: str
    sent: bool
    answers: str
    ticket: int | None = None


def letters(actor: Actor, data_dir: Path) -> list[Shown]:
    """Return the latest letters to the person: from their copies in the folder of mails, else as they wait."""
    with reading() as session:
        rows = session.execute(_letters(actor).order_by(Letter.id.desc()).limit(SHOWN)).all()
    shown = []
    for row in rows:
        copy = data_dir / "courriels" / f"lettre-{row.id:08d}.eml"
        text = parsing.read(copy.read_bytes()).text if copy.exists() else ""
        if not text and row.body:
            text = unseal(row.message_id, row.body).decode().partition("\f")[0]
        shown.append(Shown(row.created_at, row.subject, text, row.state == "sent", f"{LETTER}{row.id}"))
    return shown


def answerable(perimeter: Perimeter, actor: Actor) -> list[tuple[str, str]]:
    """Return the mails that the person may answer, as (name in the form, subject): notices, then letters."""
    with reading() as session:
        rows = session.execute(_own(perimeter, actor).order_by(Notice.id.desc()).limit(LISTED)).all()
        written = session.execute(_letters(actor).order_by(Letter.id.desc()).limit(LISTED)).all()
    notices = [(str(row.id), f"n°\u00a0{row.ticket_id}, {row.subject}") for row in rows]
    return [*notices, *((f"{LETTER}{row.id}", row.subject) for row in written)]


def send(perimeter: Perimeter, actor: Actor, typed: Mapping[str, str], now: datetime) -> Outcome | None:
    """Send a mail as the person would: `to` is the id of the notice answered, or empty. Raises Invalid.

    Returns what became of it, None or a waiting state where it is not judged yet.
    """
    with reading() as session:
        wanted = typed.get("to", "")
        number = wanted.removeprefix(LETTER)
        notice = None
        if number.isascii() and number.isdigit() and len(number) < 10:
            own, table = (_letters(actor), Letter) if wanted != number else (_own(perimeter, actor), Notice)
            notice = session.execute(own.where(table.id == int(number))).one_or_none()
        address = session.scalar(select(Account.email).where(Account.id == actor.account_id)) or ""
    text = typed.get("text", "").strip()
    subject = " ".join(typed.get("subject", "").split()) or (f"Re: {notice.subject}" if notice else "")
    faults = {}
    if wanted and notice is None:
        faults["to"] = "Choisissez un des courriels de la liste."
    if not subject:
        faults["subject"] = "Donnez un objet, comme dans tout courriel."
    if not text:
        faults["text"] = "Écrivez votre message."
    if len(subject) > SUBJECT_MAX + 50 or len(text) > TEXT_MAX:
        faults["text"] = f"Abrégez : {SUBJECT_MAX} caractères pour l’objet, {TEXT_MAX} pour le texte."
    if faults:
        raise Invalid(faults)
    kept = store.keep(_message(actor, address, subject, text, notice, now), BOX, now)
    return taking_in.take_in(kept.id, now)


def _letters(actor: Actor) -> Any:
    none = literal(None, Integer).label("ticket_id")
    names = (Letter.id, Letter.subject, Letter.message_id, Letter.body, Letter.state, Letter.created_at)
    return select(*names, none).where(Letter.account_id == actor.account_id)


def _own(perimeter: Perimeter, actor: Actor) -> Any:
    return (
        select(Notice.id, Notice.subject, Notice.ticket_id, Notice.message_id)
        .join(TicketScope, (TicketScope.ticket_id == Notice.ticket_id) & (TicketScope.key == perimeter.key))
        .where(Notice.recipient_id == actor.account_id)
    )


# Six parameters: a message has a sender, with a name and an address, a subject, a text, what it answers, and a date.
def _message(actor: Actor, address: str, subject: str, text: str, answered: Any, now: datetime) -> bytes:
    """Return the bytes of a message, with what the relay of the demonstration writes above it."""
    given = desk_settings()
    message = EmailMessage()
    domain = address.rpartition("@")[2]
    message["Authentication-Results"] = f"{given.mail_authserv}; dmarc=pass header.from={domain}"
    message["From"] = f'"{actor.name}" <{address}>'
    message["To"] = (
        signatures.reply_address(given.mail_from, given.mail_key, answered.ticket_id, actor.account_id)
        if answered and answered.ticket_id
        else given.mail_from
    )
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="demonstration.example")
    if answered:
        message["In-Reply-To"] = message["References"] = answered.message_id
    message.set_content(text)
    return message.as_bytes()
