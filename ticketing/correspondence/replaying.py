"""Take in again, for a person, mails that were set aside: what has acted already acts no second time.

Each replay leaves a line in the journal. What a mail says is judged anew: an account created since, a suspension lifted
since, now count; nothing that the person who replays may do is lent to the mail. What a suspension kept aside is taken
in again by itself once it is lifted (CHA-05).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select

from charters.database import reading, writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor
from charters.people import presence
from charters.tables.access import Account, MandateRow
from ticketing.correspondence import speakers, taking_in
from ticketing.errors import NotFound
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail

audit.label("mail.replayed", "Courriel mis à part traité de nouveau")


def quarantined() -> list[int]:
    """Return the mails in quarantine that are kept whole, the oldest first."""
    with reading() as session:
        chosen = select(IncomingMail.id).where(IncomingMail.state == "quarantined", IncomingMail.whole)
        return list(session.scalars(chosen.order_by(IncomingMail.id)))


def release(now: datetime, at_most: int = 200) -> int:
    """Let the mails that a suspension kept aside be taken in again, where it is lifted; return how many.

    This is the scheduler's, so that it does not matter who lifts a suspension, nor how many mails wait.
    """
    with reading() as session:
        day = today(now)
        heard = exists().where(
            MandateRow.account_id == Account.id, presence.begun(day), ~presence.suspended(MandateRow.scope_id)
        )
        found = session.scalars(
            select(IncomingMail.id)
            .where(
                IncomingMail.state == "quarantined",
                IncomingMail.whole,
                IncomingMail.reason.in_(speakers.SUSPENDED),
                exists().where(
                    or_(func.lower(Account.email) == IncomingMail.claimed, Account.id == IncomingMail.author_id),
                    Account.pseudonymised_at.is_(None),
                    ~presence.suspended(Account.organisation),
                    heard,
                ),
            )
            .order_by(IncomingMail.id)
            .limit(at_most)
        ).all()
    return sum(_again(mail_id, now, None) for mail_id in found)


def replay(mail_id: int, now: datetime, actor: Actor | None = None, later: bool = False) -> Outcome | None:
    """Take in again a mail that was set aside or ignored, and return what became of it; None where that is `later`.

    Raises NotFound if there is no such mail, if it was applied, or if only its beginning is kept.
    """
    if not _again(mail_id, now, actor):
        raise NotFound
    return None if later else taking_in.take_in(mail_id, now)


def _again(mail_id: int, now: datetime, actor: Actor | None) -> bool:
    with writing() as session:
        now = written_at(now)
        if not store.again(session, mail_id, now):
            return False
        audit.record(
            "mail.replayed",
            actor=actor,
            sigle="" if actor else "guichet",
            subject=f"courriel {mail_id}",
            now=now,
        )
    return True
