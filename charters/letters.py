"""Letters to a person about that person's access, written in the commit of the act and sent later by the scheduler.

No letter contains anything about a ticket, since letters reach people whose charters are unsigned or whose collectivité
is suspended. The body is sealed while it waits, since it may contain a link, and wiped once it is sent. The words are
in the templates of `templates/mail/letters/`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row

from charters.database import db, writing
from charters.mail_texts import mail_texts
from charters.rules import rules, seal, unseal
from charters.tables.access import Account
from charters.tables.keys import Letter, ToldOnce

#: Kind of letter -> time within which it is not written again to the same person, so that nobody is flooded.
QUIET = timedelta(minutes=10)
_REPEATED = frozenset({"code-used-again", "locked"})
#: The letter that tells the present address of a change: it goes there even after the change.
_WARNING = "email-asked"

BATCH = 50
CLAIM = timedelta(minutes=5)
#: How long a letter that is being sent belongs to its process: longer than one clock may be ahead of another.
SENDING = timedelta(minutes=30)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
GIVE_UP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Addressee:
    """What a template reads of the person to whom a letter goes: the name, and nothing else of the account."""

    first_name: str
    last_name: str


def write(
    account: Account,
    kind: str,
    *,
    now: datetime,
    text: str = "",
    values: Mapping[str, object] | None = None,
    to: str = "",
) -> bool:
    """Write a letter in the current transaction. Returns whether it was written.

    Its words come from the template `mail/letters/<text>.txt`, or that of its kind; `values` are its variables besides
    `person` and `base_url`. `to` is the address where it is not the person's (a new one, to be confirmed). A kind that
    could flood somebody is written at most once in its interval.
    """
    session = db.session
    if kind in _REPEATED and session.scalar(
        select(Letter.id).where(Letter.account_id == account.id, Letter.kind == kind, Letter.created_at > now - QUIET)
    ):
        return False
    person = Addressee(account.first_name, account.last_name)
    said = {"person": person, **(values or {})}
    recipient = (f"{person.first_name} {person.last_name}", to or account.email)
    _add(account.id, recipient, kind, text or kind, said, now)
    return True


def write_once(account: Account, kind: str, about: Iterable[str], *, now: datetime, **more: Any) -> bool:
    """Write a letter, as `write`, if it is about something of which this person was not told yet. Returns whether.

    `about` names the things; each is told to each person once, whoever calls and however often.
    """
    known = set(
        db.session.scalars(select(ToldOnce.subject).where(ToldOnce.kind == kind, ToldOnce.account_id == account.id))
    )
    fresh = sorted(set(about) - known)
    if not fresh:
        return False
    db.session.execute(
        insert(ToldOnce),
        [{"kind": kind, "subject": subject, "account_id": account.id, "told_at": now} for subject in fresh],
    )
    return write(account, kind, now=now, **more)


def write_to_address(address: str, kind: str, *, now: datetime, values: Mapping[str, object] | None = None) -> None:
    """Write a letter in the current transaction to an address of the settings, which is nobody's account."""
    _add(None, ("", address), kind, kind, {"person": None, **(values or {})}, now)


def readdress(account: Account, to: str) -> None:
    """Send what waits for this person to a new address, in the current transaction; what warns the old one stays."""
    db.session.execute(
        update(Letter)
        .where(
            Letter.account_id == account.id,
            Letter.state == "pending",
            Letter.recipient_email == account.email,
            Letter.kind != _WARNING,
        )
        .values(recipient_email=to)
    )


def withdraw(account_id: int, kind: str, why: str) -> None:
    """Stop, in the current transaction, the letters of a kind that wait for a person: what they say holds no more."""
    db.session.execute(
        update(Letter)
        .where(Letter.account_id == account_id, Letter.kind == kind, Letter.state == "pending")
        .values(state="dropped", body="", last_error=why)
    )


def forget_told(before: datetime) -> int:
    """Delete, for the scheduler, what people were told once before this instant. Returns the number of rows."""
    with writing() as session:
        gone: Any = session.execute(delete(ToldOnce).where(ToldOnce.told_at < before))
    return int(gone.rowcount)


# Six parameters: whom the letter is for, twice (account and address), its kind, its template, its words, its time.
def _add(
    account_id: int | None,
    recipient: tuple[str, str],
    kind: str,
    text: str,
    values: Mapping[str, object],
    now: datetime,
) -> None:
    """Add a letter: `recipient` is a name and an address, `values` are the variables of the template `text`."""
    name, said = f"letters/{text}", {"base_url": rules().base_url, **values}
    host = urlsplit(rules().base_url).hostname or "guichet"
    mark = f"<lettre-{secrets.token_hex(12)}@{host}>"
    db.session.execute(
        insert(Letter).values(
            account_id=account_id,
            kind=kind,
            recipient_name=recipient[0],
            recipient_email=recipient[1],
            subject=mail_texts().subject(name, said)[:250],
            body=seal(mark, mail_texts().body(name, said).encode()),
            message_id=mark,
            state="pending",
            attempts=0,
            next_at=now,
            last_error="",
            created_at=now,
        )
    )


# --- sending: for the scheduler ---


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter to send, with its body decrypted. `held_until` is the end of its claim."""

    id: int
    account_id: int | None
    kind: str
    recipient_name: str
    recipient_email: str
    subject: str
    body: str
    message_id: str
    attempts: int
    created_at: datetime
    held_until: datetime


def claim(now: datetime) -> list[Waiting]:
    """Claim the letters that are due, for five minutes, so that only one of several processes sends each letter."""
    with writing() as session:
        rows = session.execute(
            select(*Letter.__table__.c)
            .where(
                Letter.state == "pending",
                Letter.next_at <= now,
                or_(Letter.claimed_until.is_(None), Letter.claimed_until < now),
            )
            .order_by(Letter.next_at, Letter.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            session.execute(
                update(Letter).where(Letter.id.in_([row.id for row in rows])).values(claimed_until=now + CLAIM)
            )
    return [_opened(row, now + CLAIM) for row in rows]


def take(letter: Waiting, now: datetime) -> bool:
    """Whether the claim of this letter still holds, asked right before sending it; it is then held until marked.

    It does not if the letter goes to another address by now: it is claimed again, with that one.
    """
    with writing() as session:
        done = session.execute(
            update(Letter)
            .where(
                Letter.id == letter.id,
                Letter.state == "pending",
                Letter.claimed_until == letter.held_until,
                Letter.recipient_email == letter.recipient_email,
            )
            .values(claimed_until=now + SENDING)
        )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def sent(letter: Waiting, now: datetime) -> None:
    """Mark a letter as sent, and wipe its body."""
    _mark(letter, state="sent", sent_at=now, attempts=letter.attempts + 1, last_error="", body="")


def failed(letter: Waiting, reason: str) -> None:
    """Mark as failed a letter that can never be sent, and wipe its body."""
    _mark(letter, state="failed", attempts=letter.attempts + 1, last_error=reason[:500], body="")


def dropped(letter: Waiting, reason: str) -> None:
    """Mark as dropped a letter that its recipient may no longer read, and wipe its body; it is not sent."""
    _mark(letter, state="dropped", last_error=reason[:500], body="")


def later(letter: Waiting, reason: str, now: datetime) -> bool:
    """Postpone a letter, longer each time; after three days it is marked as failed. Returns whether it still waits."""
    if now - letter.created_at > GIVE_UP:
        failed(letter, reason)
        return False
    wait = BACKOFF[min(letter.attempts + 1, len(BACKOFF)) - 1]
    _mark(letter, attempts=letter.attempts + 1, next_at=now + wait, claimed_until=None, last_error=reason[:500])
    return True


def _opened(row: Row, held_until: datetime) -> Waiting:  # type: ignore[type-arg]
    return Waiting(
        row.id,
        row.account_id,
        row.kind,
        row.recipient_name,
        row.recipient_email,
        row.subject,
        unseal(row.message_id, row.body).decode(),
        row.message_id,
        row.attempts,
        row.created_at,
        held_until,
    )


def _mark(letter: Waiting, **values: object) -> None:
    with writing() as session:
        session.execute(update(Letter).where(Letter.id == letter.id, Letter.state == "pending").values(**values))
