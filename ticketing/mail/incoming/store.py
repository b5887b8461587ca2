"""Keep incoming mails before anything else is done with them, and say what became of each.

`keep` writes a mail's row and bytes in one commit; only then may the mail server, or the box, forget it. The same mail
kept again gives the same row. A mail that comes to two boxes has two rows (one for each « message, mailbox », as MEL-01
counts them) but asks for one act: the second row names the first as its twin, and once the first is applied it is
ignored as a duplicate, with the ticket of the first.

A row belongs for a while to the process that claimed it. Each claim counts as a try, before the mail is read: a mail
that kills its process, however it does so, is set aside at the fifth, and never holds back the others.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from charters.database import db, reading, writing
from charters.tables.access import Account
from ticketing.mail.incoming import headers
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.tables import IncomingMail, IncomingRaw
from ticketing.tables import MailEntry

#: The largest mail that is kept whole: 25 MB of files and their encoding, with room.
LARGEST = 40_000_000
#: What is kept of a larger one: its header, and the beginning of its text.
BEGINNING = 1_000_000
WAITING = ("received", "parsed")
TRIES = 5
#: How long a mail belongs to the process that claimed it: one that was killed is taken over half a minute later. Where
#: a slow process is taken over while it still works, the form token of the mail lets only one of them act.
LEASE = timedelta(seconds=25)
#: How long after the nth try that failed the next may come.
BACKOFF = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_MAIL: Any = IncomingMail.__table__


@dataclass(frozen=True, slots=True)
class Kept:
    """The row of a mail that is kept, and whether it was kept before."""

    id: int
    known: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this process may take in until its lease ends. `twin_of` is its first copy's row, or None.

    `whole` is false where only the beginning is kept, for the `reason` given.
    """

    id: int
    box: str
    key: str
    twin_of: int | None
    claimed: str
    attempts: int
    whole: bool = True
    reason: str = ""
    author: int | None = None
    place: str = ""
    cleared: bool = False

    @property
    def received(self) -> Received:
        """Return the mail as `correspondence` names it: by its first copy's number."""
        return Received(self.twin_of or self.id, self.box, self.key, self.author or 0, self.place, self.cleared)


def keep(raw: bytes, box: str, now: datetime) -> Kept:
    """Keep a mail that came to a box, in one commit, and return its row; it may then be acknowledged."""
    return _keep(raw, box, now, size=len(raw), values={"state": "received"})


def keep_beginning(start: bytes, size: int, box: str, reason: str, now: datetime) -> Kept:
    """Keep the beginning of a mail of `size` bytes that is too large to be kept; `taking_in` then sets it aside.

    The mail itself must stay where it is: `reason`, a French sentence, says where. Nobody is shown its words before
    they are judged, as those of any other mail.
    """
    values = {"state": "received", "kind": "refused", "reason": reason, "whole": False}
    return _keep(start[:BEGINNING], box, now, size=size, values=values)


def _keep(raw: bytes, box: str, now: datetime, *, size: int, values: dict[str, Any]) -> Kept:
    head = headers.read(raw)
    with reading() as session:
        known = _row_of(session, box, head.key)
    if known is not None:
        return Kept(known, True)
    packed = zlib.compress(raw, 6)  # before the lock, which others wait for
    with writing() as session:
        _lock(session, head.key)
        twin = session.scalar(select(func.min(_MAIL.c.id)).where(_MAIL.c.key == head.key, _MAIL.c.whole))
        row = {
            "box": box,
            "key": head.key,
            "twin_of": twin,
            "message_id": head.message_id,
            "received_at": now,
            "size": size,
            "whole": True,
            "subject": head.subject,
            "claimed": head.claimed,
            "kind": "",
            "reason": "",
            "academies": [],
            "attempts": 0,
            "place": "",
            "next_at": now,
            **values,
        }
        dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
        made = session.execute(
            dialect.insert(_MAIL).values(**row).on_conflict_do_nothing().returning(_MAIL.c.id)
        ).scalar()
        if made is None:  # another process kept it since
            kept = _row_of(session, box, head.key)
            assert kept is not None
            return Kept(kept, True)
        session.execute(insert(IncomingRaw).values(mail_id=made, content=packed))
        return Kept(made, False)


def _row_of(session: Session, box: str, key: str) -> int | None:
    return session.execute(select(_MAIL.c.id).where(_MAIL.c.box == box, _MAIL.c.key == key)).scalar_one_or_none()


def _lock(session: Session, key: str) -> None:
    """Let the copies of one mail be kept one after the other, so that the second knows the first.

    SQLite's writers wait for each other anyhow.
    """
    if db.engine.dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"incoming {key}"})


def raw_of(mail_id: int) -> bytes | None:
    """Return the bytes of a mail as they came, or None if they are gone."""
    with reading() as session:
        packed = session.execute(select(IncomingRaw.content).where(IncomingRaw.mail_id == mail_id)).scalar_one_or_none()
    return None if packed is None else zlib.decompress(packed)


def has_taken() -> bool:
    """Return whether a mail ever came that is still known: where no box is set, the pipe of a mail server is in use."""
    with reading() as session:
        return session.scalar(select(_MAIL.c.id).limit(1)) is not None


# --- taking in --------------------------------------------------------------------------------------------------------


def waiting(now: datetime, at_most: int) -> list[int]:
    """Return the mails to take in now, the oldest first."""
    with reading() as session:
        return list(
            session.scalars(
                select(_MAIL.c.id)
                .where(
                    _MAIL.c.state.in_(WAITING),
                    _MAIL.c.next_at <= now,
                    or_(_MAIL.c.claimed_until.is_(None), _MAIL.c.claimed_until < now),
                )
                .order_by(_MAIL.c.id)
                .limit(at_most)
            )
        )


def claim(mail_id: int, now: datetime) -> Claimed | None:
    """Claim a mail that waits, or return None if it is settled or another process has it. The claim counts as a try."""
    names = ("id", "box", "key", "twin_of", "claimed", "attempts", "whole", "reason", "author_id", "place", "cleared")
    columns = [_MAIL.c[name] for name in names]
    with writing() as session:
        row = session.execute(
            update(_MAIL)
            .where(
                _MAIL.c.id == mail_id,
                _MAIL.c.state.in_(WAITING),
                or_(_MAIL.c.claimed_until.is_(None), _MAIL.c.claimed_until < now),
            )
            .values(claimed_until=now + LEASE, attempts=_MAIL.c.attempts + 1)
            .returning(*columns)
        ).one_or_none()
    return None if row is None else Claimed(*row)


def applied_twin(mail: Claimed) -> Outcome | None:
    """Return what was done for another copy of the same mail, or None while no copy was applied."""
    with reading() as session:
        row = session.execute(
            select(_MAIL.c.state, _MAIL.c.kind, _MAIL.c.reason, _MAIL.c.ticket_id, _MAIL.c.account_id, _MAIL.c.event_id)
            .where(_MAIL.c.key == mail.key, _MAIL.c.id != mail.id, _MAIL.c.state == "applied")
            .order_by(_MAIL.c.id)
            .limit(1)
        ).one_or_none()
    return None if row is None else Outcome(*row)


def mark_parsed(mail_id: int, *, subject: str, claimed: str) -> None:
    """Record that a mail was read, with its subject and claimed sender as they are now understood."""
    values = {"state": "parsed", "subject": headers.plain(subject)[:250], "claimed": headers.plain(claimed)[:254]}
    with writing() as session:
        session.execute(update(_MAIL).where(_MAIL.c.id == mail_id, _MAIL.c.state.in_(WAITING)).values(**values))


def settle(mail_id: int, outcome: Outcome, academies: list[str], now: datetime) -> None:
    """Record what became of a mail; one that is settled already stays as it is."""
    with writing() as session:
        session.execute(
            update(_MAIL)
            .where(_MAIL.c.id == mail_id, _MAIL.c.state.in_(WAITING))
            .values(
                state=outcome.state,
                kind=outcome.kind,
                reason=headers.plain(outcome.reason)[:1000],
                ticket_id=outcome.ticket,
                account_id=outcome.account,
                event_id=outcome.event,
                academies=academies,
                claimed_until=None,
                done_at=now,
            )
        )


def release(mail: Claimed) -> None:
    """Give back a mail whose taking in an outage cut short: the try is not counted."""
    with writing() as session:
        session.execute(
            update(_MAIL)
            .where(_MAIL.c.id == mail.id, _MAIL.c.state.in_(WAITING))
            .values(claimed_until=None, attempts=_MAIL.c.attempts - 1)
        )


def put_off(mail: Claimed, now: datetime) -> None:
    """Let a mail on which the program failed wait for its next try."""
    wait = BACKOFF[min(mail.attempts, len(BACKOFF)) - 1]
    with writing() as session:
        session.execute(
            update(_MAIL)
            .where(_MAIL.c.id == mail.id, _MAIL.c.state.in_(WAITING))
            .values(claimed_until=None, next_at=now + wait)
        )


def outcome_of(mail_id: int) -> Outcome | None:
    """Return the state of a mail and what became of it, or None if there is no such mail."""
    with reading() as session:
        row = session.execute(
            select(
                _MAIL.c.state, _MAIL.c.kind, _MAIL.c.reason, _MAIL.c.ticket_id, _MAIL.c.account_id, _MAIL.c.event_id
            ).where(_MAIL.c.id == mail_id)
        ).one_or_none()
    return None if row is None else Outcome(*row)


def again(session: Session, mail_id: int, now: datetime) -> bool:
    """Let a mail that was set aside be taken in anew, in the current transaction; return whether it may be.

    Only what is in quarantine, or was ignored, and is kept whole: what was applied stays applied.
    """
    done: Any = session.execute(
        update(_MAIL)
        .where(_MAIL.c.id == mail_id, _MAIL.c.state.in_(("quarantined", "ignored")), _MAIL.c.whole)
        .values(state="received", kind="", reason="", attempts=0, next_at=now, claimed_until=None, done_at=None)
    )
    return bool(done.rowcount)


def say_of(session: Session, mail_id: int, **said: Any) -> None:
    """Keep, in the current transaction, what a person says of a mail set aside: `author_id`, `place`, `cleared`."""
    session.execute(update(_MAIL).where(_MAIL.c.id == mail_id).values(**said))


def ignore(session: Session, mail_id: int, reason: str, now: datetime) -> bool:
    """Let a mail in quarantine be, for the reason given, in the current transaction; return whether it was there."""
    done: Any = session.execute(
        update(_MAIL)
        .where(_MAIL.c.id == mail_id, _MAIL.c.state == "quarantined")
        .values(state="ignored", reason=headers.plain(reason)[:1000], done_at=now)
    )
    return bool(done.rowcount)


def awaits(session: Session, ticket: int, account: int | None, since: datetime) -> bool:
    """Return whether a mail on this ticket is set aside since then, or one of this account's is to be taken in."""
    address = select(func.lower(Account.email)).where(Account.id == account).scalar_subquery()
    found = select(_MAIL.c.id).where(
        _MAIL.c.received_at >= since,
        or_(
            and_(_MAIL.c.ticket_id == ticket, _MAIL.c.state == "quarantined"),
            and_(_MAIL.c.claimed == address, _MAIL.c.state.in_(WAITING)),
        ),
    )
    return session.scalar(found.limit(1)) is not None


# --- erasing ----------------------------------------------------------------------------------------------------------


def forget(session: Session, *where: Any, at_most: int = 5000) -> int:
    """Delete, in the current transaction, mails that `where` chooses, with their bytes; return how many."""
    ids = list(session.scalars(select(_MAIL.c.id).where(*where).order_by(_MAIL.c.id).limit(at_most)))
    session.execute(delete(IncomingRaw).where(IncomingRaw.mail_id.in_(ids)))
    session.execute(delete(_MAIL).where(_MAIL.c.id.in_(ids)))
    return len(ids)


def mask(session: Session, ticket: int, event_id: int) -> None:
    """Erase, in the current transaction, the words of the mails that made a masked entry; their rows stay.

    The histories below this mail and all later ones of the ticket go as well: programs quote there what they answer.
    """
    ids = list(session.scalars(select(_MAIL.c.id).where(_MAIL.c.event_id == event_id)))
    session.execute(delete(IncomingRaw).where(IncomingRaw.mail_id.in_(ids)))
    session.execute(update(_MAIL).where(_MAIL.c.id.in_(ids)).values(subject=""))
    later = (MailEntry.ticket_id == ticket, MailEntry.event_id >= event_id)
    session.execute(update(MailEntry).where(*later).values(folded="").execution_options(synchronize_session=False))
