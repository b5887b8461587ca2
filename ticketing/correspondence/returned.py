"""Mails that a server or a provider sends about a mail of ours: bounces (RFC 3464) and complaints (RFC 5965).

They are written by nobody whom we know, so they count only if a server may have written them (a bounce has no return
path, or comes from the name of one; our relay found no forgery), only for a mail of ours whose Message-ID they name,
with the part that nobody guesses (`sending.drawing`), and only against the address to which it went. What names none is
ignored: nobody has another's mails stopped by a report of their own making.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from charters.database import writing, written_at
from ticketing.correspondence import threads
from ticketing.mail import authentication, undelivered
from ticketing.mail.incoming import reports
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.settings import desk_settings
from ticketing.tables import Notice


@dataclass(frozen=True, slots=True)
class _Report:
    address: str
    message_id: str
    permanent: bool = False
    diagnostic: str = ""
    complaint: bool = False


def take(mail: ParsedMail, now: datetime) -> Outcome | None:
    """Mark what a bounce or a complaint tells of our mails, and return the outcome; None where a mail is neither."""
    told_of = [
        *(_Report(one.address, one.message_id, one.permanent, one.diagnostic) for one in mail.undelivered),
        *(_Report(one.address, one.message_id, complaint=True) for one in mail.complaints),
    ]
    if not told_of:
        return None
    kind = "bounce" if mail.undelivered else "complaint"
    if not _plausible(mail):
        return Outcome("ignored", kind, "Ce rapport ne vient pas d’un serveur de courriel : rien ne le rend croyable.")
    told, ours = None, False
    with writing() as session:
        now = written_at(now)
        for report in told_of:
            if _noted(session, report, now):
                told, ours = _notice(session, report.message_id) or told, True
    if not ours:
        return Outcome("ignored", kind, "Le rapport ne nomme aucun de nos courriels, ou pas à cette adresse.")
    if told is None:  # a letter about an access, which is of no ticket
        return Outcome("applied", kind, "")
    return Outcome("applied", kind, "", ticket=told.ticket_id, account=told.recipient_id)


def _plausible(mail: ParsedMail) -> bool:
    """Whether a server may have written a report: its marks are easily made, but a person's own mail has none."""
    claimed = mail.senders[0] if mail.senders else ""
    if authentication.verdict(mail.authentication, desk_settings().mail_authserv, claimed) == authentication.FAIL:
        return False
    return bool(mail.complaints) or mail.return_path == "" or any(map(reports.of_a_server, mail.senders))


def _noted(session: Session, report: _Report, now: datetime) -> bool:
    """Note a report where it is of a mail of ours; return whether it was. A complaint may leave its author out."""
    address = report.address
    if not address and report.message_id:
        notice = _notice(session, report.message_id)
        address = notice.recipient_email if notice is not None else ""
    if not address or not report.message_id:
        return False
    return undelivered.note(
        session,
        address,
        permanent=report.permanent and bool(report.message_id),
        diagnostic=report.diagnostic[:500],
        message_id=report.message_id,
        complaint=report.complaint,
        now=now,
    )


def _notice(session: Session, message_id: str) -> Notice | None:
    """Return the notice that a report names, None where it is none of a ticket's."""
    found = threads.entry_of(message_id)
    if found is None:
        return None
    ticket, event, recipient = found
    return session.scalar(
        select(Notice)
        .where(Notice.ticket_id == ticket, Notice.event_id == event, Notice.recipient_id == recipient)
        .order_by(Notice.id.desc())
        .limit(1)
    )
