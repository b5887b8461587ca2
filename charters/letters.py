"""Letters to a person about that person's access, written in the commit of the act and sent later by the scheduler.

No letter contains anything about a ticket, since letters reach people whose charters are unsigned or whose collectivité
is suspended. The body is sealed while it waits, since it may contain a link, and wiped once it is sent. The words are
in the templates of `templates/mail/letters/`. A letter on a perimeter keeps what it is `about`, so that its sender may
judge, and write anew, what its recipient sees when it leaves (PER-07).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row

from charters import retries
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

#: What separates, in a sealed body, the text, the calendar file and what the letter is about; no template holds it.
_FILE = "\f"
BATCH = 50
CLAIM = timedelta(minutes=5)
#: How long a letter that is being sent belongs to its process: longer than one clock may be ahead of another.
SENDING = timedelta(minutes=30)
#: Letters whose words hold a secret of one use: they are wiped even where they failed, and asked for again by a person.
SECRET = frozenset({"reset", "email-confirm", "invitation"})


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
    `person` and `base_url`; one named `calendar` is a calendar file that goes with the letter, one named `about` is
    kept for the sender (`Waiting.about`). `to` is the address where it is not the person's (a new one, to be
    confirmed). A kind that could flood somebody is written at most once in its interval.
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
            body=seal(mark, _joined(mail_texts().body(name, said), values).encode()),
            message_id=mark,
            state="pending",
            attempts=0,
            next_at=now,
            last_error="",
            created_at=now,
        )
    )


def _joined(body: str, values: Mapping[str, object]) -> str:
    """Return the text that is sealed: the body, then the calendar file and what the letter is about, if any."""
    return _FILE.join((body, str(values.get("calendar", "")), str(values.get("about", "")))).rstrip(_FILE)


def anew(letter: Waiting, values: Mapping[str, object]) -> Waiting:
    """Return a waiting letter with its words written anew from these values, as what they tell is now."""
    name = f"letters/{letter.kind}"
    said = {"base_url": rules().base_url, "person": None, **values}
    return replace(letter, subject=mail_texts().subject(name, said)[:250], body=mail_texts().body(name, said))


# --- sending: for the scheduler ---


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter to send, decrypted. `lease` is the number of its claim; `calendar` is a calendar file, or empty.

    `about` is what its writer kept for its sender: the perimeter that it is on.
    """

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
    lease: int
    first_tried_at: datetime | None = None
    calendar: str = ""
    about: str = ""


def claim(now: datetime) -> list[Waiting]:
    """Claim the letters that are due, for five minutes, so that only one of several processes sends each letter.

    Each claim adds one to the letter's `lease`: a process that lost its claim can neither take nor mark the letter.
    """
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
                update(Letter)
                .where(Letter.id.in_([row.id for row in rows]))
                .values(claimed_until=now + CLAIM, lease=Letter.lease + 1)
                .execution_options(synchronize_session=False)
            )
    return [_opened(row) for row in rows]


def take(letter: Waiting, now: datetime) -> bool:
    """Whether the claim of this letter still holds, asked right before sending it; it is then held until marked.

    It does not if the letter goes to another address by now: it is claimed again, with that one.
    """
    same_address = Letter.recipient_email == letter.recipient_email
    return _changed(letter, (same_address,), claimed_until=now + SENDING)


def sent(letter: Waiting, now: datetime) -> None:
    """Mark a letter as sent, and wipe its body."""
    _mark(letter, state="sent", sent_at=now, attempts=letter.attempts + 1, last_error="", body="")


def failed(letter: Waiting, reason: str) -> None:
    """Mark a letter as failed: an administrator sees it. Its body stays sealed, to be sent again, unless it is secret.

    What has to be asked for again by the person (a link of one use) is wiped.
    """
    wiped = {"body": ""} if letter.kind in SECRET else {}
    _mark(letter, state="failed", attempts=letter.attempts + 1, last_error=reason[:500], **wiped)


def dropped(letter: Waiting, reason: str) -> None:
    """Mark as dropped a letter that its recipient may no longer read, and wipe its body; it is not sent."""
    _mark(letter, state="dropped", last_error=reason[:500], body="")


def let_go(letter: Waiting, next_at: datetime) -> None:
    """Give back a letter that is not tried now; it loses no try."""
    _mark(letter, next_at=next_at)


def later(letter: Waiting, reason: str, now: datetime, *, outage: bool) -> bool:
    """Postpone a letter, longer each time; after a day it is marked as failed. Returns whether it still waits.

    `outage`: no mail gets through at all.
    """
    tried, attempts = letter.first_tried_at or now, letter.attempts + 1
    if retries.given_up(tried, attempts, now):
        failed(letter, reason)
        return False
    wait = retries.delay(attempts, outage=outage)
    _mark(letter, attempts=attempts, first_tried_at=tried, next_at=now + wait, last_error=reason[:500])
    return True


def _opened(row: Row) -> Waiting:  # type: ignore[type-arg]
    body, calendar, about, *_ = [*unseal(row.message_id, row.body).decode().split(_FILE), "", ""]
    return Waiting(
        row.id,
        row.account_id,
        row.kind,
        row.recipient_name,
        row.recipient_email,
        row.subject,
        body,
        row.message_id,
        row.attempts,
        row.created_at,
        row.lease + 1,
        row.first_tried_at,
        calendar,
        about,
    )


def _mark(letter: Waiting, **values: object) -> None:
    _changed(letter, (), **{"claimed_until": None, **values})


def _changed(letter: Waiting, where: tuple[Any, ...], **values: object) -> bool:
    with writing() as session:
        done: Any = session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.state == "pending", Letter.lease == letter.lease, *where)
            .values(**values)
        )
    return bool(done.rowcount)
