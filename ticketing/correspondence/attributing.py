"""A mail set aside that a person of the académie attributes to the one who wrote it: taken in as that person's.

The person acts under the same mandates, and may do no more, than in a mail of the person's own. The journal says who
attributed what to whom; the entry bears the mark « attribué par l’académie »; the person is told, so that a mistake is
seen. What was said of a mail stays with it when it is taken in again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from charters import letters
from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.tables.access import Account
from ticketing.errors import NotFound
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Received
from ticketing.mail.incoming.parsed import ParsedMail

audit.label("mail.attributed", "Courriel mis à part attribué à une personne")


def attribute(actor: Actor, mail_id: int, sigle: str, account: int, now: datetime, warned: bool) -> None:
    """Attribute a mail to a person, to be taken in again; `warned`: though it is known to be forged.

    The caller has checked that the actor may see the mail and the person. Raises NotFound if it is not set aside.
    """
    with writing() as session:
        now = written_at(now)
        if not store.again(session, mail_id, now):
            raise NotFound
        store.say_of(session, mail_id, author_id=account)
        details = {"to": sigle, "forged": warned}
        audit.record("mail.attributed", actor=actor, subject=f"courriel {mail_id}", details=details, now=now)


def tell(session: Session, received: Received, mail: ParsedMail, now: datetime) -> None:
    """Tell a person, in the current transaction, that a mail was attributed to them and has acted in their name."""
    if not received.author:
        return
    account = session.get_one(Account, received.author)
    values = {"sender": ", ".join(mail.senders)[:300], "title": mail.subject[:150], "sent_at": mail.sent_at}
    letters.write(account, "mail-attributed", now=now, values=values)
