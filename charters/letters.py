"""Mails to a person about the person's own access: written in the commit of the act, sent later by the scheduler.

They say nothing of a ticket, since they also reach people whose charters are unsigned or whose collectivité is
suspended. The body is sealed while it waits, since it may hold a link, and wiped once sent.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Row

from charters.database import db, writing
from charters.rules import rules, seal, unseal
from charters.tables.access import Account
from charters.tables.keys import Letter

#: A letter of these kinds is not written again to the same person within this time: nobody is to be flooded.
QUIET = timedelta(minutes=10)
_REPEATED = frozenset({"code-used-again", "locked"})

BATCH = 50
CLAIM = timedelta(minutes=5)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
GIVE_UP = timedelta(days=3)

_WORDS = {
    "code-used-again": (
        "Un code de votre clé a été présenté deux fois",
        "Quelqu’un a tenté d’entrer sous votre sigle avec un code de votre clé qui avait déjà servi, et avec votre "
        "code PIN. Cette tentative a été refusée.\n\n"
        "Si c’était vous (un code saisi deux fois), il n’y a rien à faire. Sinon, prévenez aujourd’hui "
        "l’administrateur de l’académie : votre code PIN est connu de quelqu’un d’autre. Vous pouvez en changer à la "
        "page « Mon compte » : {base_url}/compte",
    ),
    "locked": (
        "Votre accès est verrouillé",
        "Dix tentatives de suite ont échoué sous votre sigle : votre accès est verrouillé. Personne n’est entré.\n\n"
        "Adressez-vous à l’administrateur de l’académie, qui seul peut le déverrouiller. Dites-lui si ces tentatives "
        "étaient les vôtres.",
    ),
    "cloned": (
        "Votre clé de sécurité est verrouillée",
        "Une clé de sécurité s’est présentée sous votre sigle avec un compteur en retard sur celui de la vôtre : il en "
        "existe peut-être une copie. Personne n’est entré, et la clé est verrouillée.\n\n"
        "Appelez aujourd’hui l’administrateur de l’académie : une autre clé vous sera remise.",
    ),
    "pin-changed": (
        "Votre code PIN a changé",
        "Le code PIN de votre clé vient d’être changé. Si ce n’était pas vous, prévenez aussitôt l’administrateur de "
        "l’académie.",
    ),
    "password-changed": (
        "Votre mot de passe a changé",
        "Votre mot de passe vient d’être changé. Si ce n’était pas vous, prévenez aussitôt l’administrateur de "
        "l’académie.",
    ),
}


def write(account: Account, kind: str, *, now: datetime, subject: str = "", body: str = "") -> bool:
    """Write a letter in the current transaction; gives whether it was written (some kinds have a least interval).

    `subject` and `body` are wanted for the kinds that have no words of their own here.
    """
    session = db.session
    if kind in _REPEATED and session.scalar(
        select(Letter.id).where(Letter.account_id == account.id, Letter.kind == kind, Letter.created_at > now - QUIET)
    ):
        return False
    if not body:
        subject, body = _WORDS[kind]
        body = body.replace("{base_url}", rules().base_url)
    host = urlsplit(rules().base_url).hostname or "guichet"
    mark = f"<lettre-{secrets.token_hex(12)}@{host}>"
    text = f"Bonjour {account.first_name} {account.last_name},\n\n{body}\n\nCe message est automatique.\n"
    session.execute(
        insert(Letter).values(
            account_id=account.id,
            kind=kind,
            recipient_name=f"{account.first_name} {account.last_name}",
            recipient_email=account.email,
            subject=f"[Guichet] {subject}"[:250],
            body=seal(mark, text.encode()),
            message_id=mark,
            state="pending",
            attempts=0,
            next_at=now,
            last_error="",
            created_at=now,
        )
    )
    return True


# --- sending: what the scheduler's room asks for ---


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter to send, its body in clear."""

    id: int
    account_id: int
    kind: str
    recipient_name: str
    recipient_email: str
    subject: str
    body: str
    message_id: str
    attempts: int
    created_at: datetime


def claim(now: datetime) -> list[Waiting]:
    """Take the letters that are due, for five minutes, so that several processes do not send the same."""
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
    return [_opened(row) for row in rows]


def sent(letter: Waiting, now: datetime) -> None:
    """Mark the letter as sent, and wipe its body."""
    _mark(letter, state="sent", sent_at=now, attempts=letter.attempts + 1, last_error="", body="")


def failed(letter: Waiting, reason: str) -> None:
    """Mark the letter as failed for good, and wipe its body."""
    _mark(letter, state="failed", attempts=letter.attempts + 1, last_error=reason[:500], body="")


def dropped(letter: Waiting, reason: str) -> None:
    """Mark the letter as not to be sent, since its recipient may no longer read it."""
    _mark(letter, state="dropped", last_error=reason[:500], body="")


def later(letter: Waiting, reason: str, now: datetime) -> None:
    """Try the letter again later, after growing delays, for three days."""
    if now - letter.created_at > GIVE_UP:
        failed(letter, reason)
        return
    wait = BACKOFF[min(letter.attempts + 1, len(BACKOFF)) - 1]
    _mark(letter, attempts=letter.attempts + 1, next_at=now + wait, claimed_until=None, last_error=reason[:500])


def _opened(row: Row) -> Waiting:  # type: ignore[type-arg]
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
    )


def _mark(letter: Waiting, **values: object) -> None:
    with writing() as session:
        session.execute(update(Letter).where(Letter.id == letter.id, Letter.state == "pending").values(**values))
