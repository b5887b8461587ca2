"""What could not be sent, for the administrators of the people concerned, and the act that sends it again.

An administrator sees the mails of the people whom the académie administers: to whom, what kind, why; never a title nor
a word of a ticket, which may be outside the académie's assignment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import exists, func, literal, or_, select, text, true, union_all, update
from sqlalchemy.orm import Session

from charters.database import db, writing, written_at
from charters.errors import NotFound
from charters.journal import audit
from charters.model import Actor
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.mail import undelivered
from ticketing.mail.kinds import kind_of
from ticketing.mail.sending import reasons
from ticketing.tables import MailAddress, Notice, NoticeWords

Sort = Literal["avis", "lettre"]
MOST = 200

audit.label("mail.resent", "Courriels renvoyés")

#: The states of what failed, as a literal: an index of such rows serves only a query that says so.
_FAILED = text("state IN ('failed', 'bounced')")
#: Letters by kind, in words; the others are « Votre accès ».
_LETTERS = {
    "interruption": "Interruption de service",
    "campaign": "Campagne d’octobre",
    "readings": "Consultations de la semaine",
    "journal-head": "Empreinte du journal",
    "keys-to-return": "Clés à reprendre",
    "keys-locked": "Clés verrouillées",
    undelivered.KIND: "Adresses en échec",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that failed (« failed »), came back (« bounced ») or waits for its next try (« pending »)."""

    sort: Sort
    id: int
    state: str
    what: str
    ticket: int | None
    name: str
    address: str
    created_at: datetime
    next_at: datetime
    attempts: int
    reason: str
    answer: str
    again: bool  # whether it can be sent again


@dataclass(frozen=True, slots=True)
class BadAddress:
    """An address at which mails fail to arrive, and whose it is."""

    address: str
    account_id: int
    name: str
    since: datetime
    failures: int
    reason: str
    answer: str
    stopped: bool
    complained: bool


def listed(organisations: Collection[str] | None) -> tuple[list[Trouble], list[BadAddress]]:
    """Return what failed or is being tried again, newest first, and the addresses that fail, by name.

    `organisations` are those whose people the actor administers; None: all.
    """
    covered = _covered(organisations)
    return _mails(covered), _addresses(covered)


def again(actor: Actor, organisations: Collection[str] | None, sort: Sort, number: int, now: datetime) -> None:
    """Send one mail again, whatever its address did before. Raises NotFound outside what the actor administers."""
    table: Any = Notice if sort == "avis" else Letter
    owner = Notice.recipient_id if sort == "avis" else Letter.account_id
    with writing() as session:
        now = written_at(now)
        row = session.execute(
            select(table.id, table.recipient_email, Account.id.label("owner"))
            .join(Account, Account.id == owner)
            .where(table.id == number, table.state.in_(("failed", "bounced", "pending")), _covered(organisations))
        ).one_or_none()
        if row is None or not _resend(session, table, (table.id == number,), now):
            raise NotFound
        undelivered.cleared(session, row.recipient_email)
        details = {"kind": sort, "count": 1}
        audit.record("mail.resent", actor=actor, subject=f"compte {row.owner}", now=now, details=details)


def again_to(actor: Actor, organisations: Collection[str] | None, account_id: int, now: datetime) -> int:
    """Try a person's address again: send all that failed there. Returns how many mails.

    Raises NotFound for somebody whom the actor does not administer.
    """
    with writing() as session:
        now = written_at(now)
        address = session.scalar(select(Account.email).where(Account.id == account_id, _covered(organisations)))
        if address is None:
            raise NotFound
        undelivered.cleared(session, address)
        count = resend_all(session, account_id, now)
        audit.record(
            "mail.resent",
            actor=actor,
            subject=f"compte {account_id}",
            now=now,
            details={"kind": "adresse", "count": count},
        )
    return count


def resend_all(session: Session, account_id: int, now: datetime) -> int:
    """Send again, in the current transaction, all that failed of a person's mails; return how many."""
    return sum(
        _resend(session, table, (owner == account_id,), now)
        for table, owner in ((Notice, Notice.recipient_id), (Letter, Letter.account_id))
    )


def _resend(session: Session, table: Any, where: tuple[Any, ...], now: datetime) -> int:
    """Put back what failed among the waiting; what still waits is tried at once."""
    values: dict[str, Any] = {
        "state": "pending",
        "attempts": 0,
        "next_at": now,
        "first_tried_at": None,
        "claimed_until": None,
        "sent_at": None,
        "last_error": "",
    }
    if table is Notice:
        values |= {"way": "", "sent_as": ""}
    untaken = or_(table.claimed_until.is_(None), table.claimed_until < now)
    done: Any = session.execute(
        update(table)
        .where(
            or_(table.state.in_(("failed", "bounced")), (table.state == "pending") & (table.attempts > 0) & untaken),
            _has_words(table),
            *where,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _has_words(table: Any) -> Any:
    """Return the SQL test that what a mail says is still stored; it is not once it was masked or erased."""
    if table is Letter:
        return Letter.body != ""
    said = exists().where(NoticeWords.event_id == Notice.event_id, NoticeWords.ticket_id == Notice.ticket_id)
    return or_(Notice.body != "", said)


def _covered(organisations: Collection[str] | None) -> Any:
    return true() if organisations is None else Account.organisation.in_(organisations)


def _mails(covered: Any) -> list[Trouble]:
    parts = []
    for sort, table, owner, ticket in (
        ("avis", Notice, Notice.recipient_id, Notice.ticket_id),
        ("lettre", Letter, Letter.account_id, literal(None)),
    ):
        of: Any = table
        columns = (
            literal(sort).label("sort"),
            of.id,
            of.state,
            of.kind,
            ticket.label("ticket"),
            of.recipient_name,
            of.recipient_email,
            of.created_at,
            of.next_at,
            of.attempts,
            of.last_error,
            _has_words(table).label("again"),
        )
        kept: Any = of.__table__
        troubled = union_all(
            select(kept.c.id).where(_FAILED), select(kept.c.id).where(kept.c.state == "pending", kept.c.attempts > 0)
        )
        parts.append(select(*columns).join(Account, Account.id == owner).where(of.id.in_(troubled), covered))
    both = union_all(*parts).subquery()
    rows = db.session.execute(select(*both.c).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(MOST))
    return [_trouble(row) for row in rows]


def _trouble(row: Any) -> Trouble:
    if row.sort == "avis":
        what = kind_of(row.kind, own=False).label
    else:
        what = _LETTERS.get(row.kind, "Votre accès")
    return Trouble(
        row.sort,
        row.id,
        row.state,
        what,
        row.ticket,
        row.recipient_name,
        row.recipient_email,
        row.created_at,
        row.next_at,
        row.attempts,
        reasons.plain(row.last_error),
        row.last_error,
        bool(row.again),
    )


def _addresses(covered: Any) -> list[BadAddress]:
    rows = db.session.execute(
        select(MailAddress, Account.id, Account.first_name, Account.last_name)
        .join(Account, func.lower(Account.email) == MailAddress.address)
        .where(or_(MailAddress.failing_since.is_not(None), MailAddress.complained_at.is_not(None)), covered)
        .order_by(Account.last_name, Account.first_name, Account.id)
    ).all()
    return [
        BadAddress(
            row.MailAddress.address,
            row.id,
            f"{row.first_name} {row.last_name}",
            row.MailAddress.failing_since or row.MailAddress.complained_at,
            row.MailAddress.failures,
            reasons.plain(row.MailAddress.reason) if row.MailAddress.reason else "",
            row.MailAddress.reason,
            row.MailAddress.stopped_at is not None,
            row.MailAddress.complained_at is not None,
        )
        for row in rows
    ]
