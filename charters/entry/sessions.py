"""Sessions: opening, reading at every request, closing. The cookie holds a token and the server its hash."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from charters.database import db, is_writing, writing, written_at
from charters.days import today
from charters.entry.login_query import HOLD, LOGIN, LOGIN_AGAIN
from charters.errors import NotFound
from charters.journal import audit
from charters.model import Actor, Mandate, Role, Zone
from charters.outages import is_outage
from charters.people.presence import suspended
from charters.rules import rules
from charters.signing import signatures
from charters.tables.access import (
    Account,
    MandateRow,
    WebSession,
)

log = logging.getLogger("guichet.sessions")

TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entered:
    """An accepted login. `token` goes in the cookie and is not stored; `refused_before` counts the failures before."""

    token: str = field(repr=False)
    account_id: int
    session_id: int
    refused_before: int


@dataclass(frozen=True, slots=True)
class Login:
    """The login of a request, read in one query: actor under the active mandate, all mandates, unsigned charters.

    `expires_at` is when the session ends if it is not used again. `proved_at` is when this person last proved to be at
    the keyboard (the login is a proof).
    """

    session_id: int
    actor: Actor
    email: str
    organisation: str
    mandates: tuple[Mandate, ...]
    unsigned: tuple[str, ...]
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class SessionView:
    """An open session, as the page shows it to its owner."""

    id: int
    created_at: datetime
    seen_at: datetime
    zone: str
    agent: str


def open_session(
    account: Account | int, *, zone: Zone, now: datetime, agent: str = "", refused_before: int = 0
) -> Entered:
    """Open a session for a person whom the caller has authenticated, by any method."""
    with writing() as session:
        now = written_at(now)
        if isinstance(account, int):
            account = session.get_one(Account, account)
        token = secrets.token_urlsafe(32)
        row = WebSession(
            token_hash=_hash(token),
            account_id=account.id,
            generation=account.generation,
            zone=zone,
            agent=agent,
            created_at=now,
            seen_at=now,
        )
        session.add(row)
        session.flush()
        return Entered(token, account.id, row.id, refused_before)


def login_of(token: str, *, zone: Zone, now: datetime) -> Login | None:
    """The login of this token, now, from this zone; None when the session is closed, expired, revoked or unknown.

    A session belongs to the zone where it was opened: a request from another zone closes it, with a line in the journal
    (annexe 6, 1.1). Otherwise this is a query without a write; `touch` writes.
    """
    rows = LOGIN.run({"token_hash": _hash(token), "day": today(now)}).all()
    login = _login(rows, zone, now)
    if login is not None and rows[0].zone != zone:
        _cross(rows[0], zone, now)
        return None
    return login


def login_again(session_id: int, *, zone: Zone, now: datetime) -> Login | None:
    """The login of this session as the open transaction reads it, None when it has ended; nothing is written.

    In a writing block of PostgreSQL, session and person are held as they are until the block ends.
    """
    connection = db.session.connection()
    if is_writing() and connection.dialect.name == "postgresql":
        connection.execute(HOLD, {"session_id": session_id})
    return _login(LOGIN_AGAIN.run({"session_id": session_id, "day": today(now)}).all(), zone, now)


def _login(rows: Sequence[Row[Any]], zone: Zone, now: datetime) -> Login | None:
    """The login that the rows of a session give (a row for each mandate) to a request from `zone`; None if it ended."""
    if not rows:
        return None
    first, day = rows[0], today(now)
    mandates = tuple(
        _mandate(row.mandate_id, row, day) for row in rows if row.mandate_id is not None and not _lapsed(row, day)
    )
    idle, longest = _limits(first, mandates)
    if now >= min(first.seen_at + idle, longest):
        return None
    actor = Actor(
        first.account_id,
        first.sigle,
        f"{first.first_name} {first.last_name}",
        first.external,
        _active(mandates, first.active_mandate_id),
        zone,
    )
    return Login(
        first.session_id,
        actor,
        first.email,
        first.organisation,
        mandates,
        _unsigned(first),
        first.seen_at,
        min(now + idle, longest),
        first.proved_at or first.created_at,
    )


def _limits(row: Row[Any], mandates: Sequence[Mandate]) -> tuple[timedelta, datetime]:
    """(how long a session may stay idle, less for an administrator; when it ends even if it is used)."""
    settings = rules()
    administers = any(mandate.role is Role.ADMINISTRATEUR for mandate in mandates)
    idle = settings.session_admin_idle_minutes if administers else settings.session_idle_minutes
    return timedelta(minutes=idle), row.created_at + timedelta(hours=settings.session_hours)


def _unsigned(row: Row[Any]) -> tuple[str, ...]:
    """The charters that the person of a row of `LOGIN` has yet to sign."""
    return signatures.missing(
        signatures.required(
            external=row.external,
            has_key=row.has_key,
            usage_for_staff=rules().usage_charter_for_staff or row.for_staff,
        ),
        {kind: getattr(row, f"published_{kind}") for kind in signatures.KINDS},
        {kind: getattr(row, f"signed_{kind}") for kind in signatures.KINDS},
    )


def _active(mandates: Sequence[Mandate], chosen: int | None) -> Mandate | None:
    """The chosen mandate, else the oldest in force, None without any."""
    return next((mandate for mandate in mandates if mandate.id == chosen), mandates[0] if mandates else None)


def _cross(row: Row[Any], zone: Zone, now: datetime) -> None:
    """Close a session whose cookie came from another zone; the journal gets one line, however many requests come."""
    with writing() as session:
        now = written_at(now)
        done = session.execute(
            update(WebSession)
            .where(WebSession.id == row.session_id, WebSession.closed_at.is_(None))
            .values(closed_at=now)
        )
        if done.rowcount:  # type: ignore[attr-defined]
            audit.record(
                "session.crossed",
                sigle=row.sigle,
                zone=zone,
                subject=row.sigle,
                now=now,
                details={"opened": row.zone},
            )


def actor_of(account_id: int, *, now: datetime, zone: Zone = "internet") -> Actor:
    """The actor that the guards would make of a person, without a session, for tests and tools. Raises NotFound."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound(str(account_id))
    day = today(now)
    rows = db.session.scalars(
        select(MandateRow)
        .where(
            MandateRow.account_id == account_id,
            MandateRow.starts_on <= day,
            or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
            ~suspended(MandateRow.scope_id),
        )
        .order_by(MandateRow.id)
    ).all()
    mandates = [_mandate(row.id, row, day) for row in rows if not _lapsed(row, day)]
    name = f"{account.first_name} {account.last_name}"
    active = _active(mandates, account.active_mandate_id)
    return Actor(account.id, account.sigle, name, account.external, active, zone)


def _mandate(mandate_id: int, row: Any, day: date) -> Mandate:
    unconfirmed = row.confirm_by is not None and row.confirm_by < day
    return Mandate(mandate_id, Role(row.role), row.scope_id, row.starts_on, row.ends_on, unconfirmed)


def _lapsed(row: Any, day: date) -> bool:
    """Whether the October campaign ended this mandate (agreement, II.2), even before the scheduler has written it."""
    return row.lapses_on is not None and row.lapses_on < day


def touch(login: Login, *, now: datetime) -> None:
    """Keep the session alive, with at most one write a minute. While the base cannot be written, reading goes on."""
    if now - login.seen_at < TOUCH:
        return
    try:
        with writing() as session:
            now = written_at(now)
            session.execute(
                update(WebSession)
                .where(WebSession.id == login.session_id, WebSession.closed_at.is_(None), WebSession.seen_at < now)
                .values(seen_at=now)
            )
    except SQLAlchemyError as error:
        if not is_outage(error):
            raise
        log.error("session not kept alive, the base cannot be written: %s", error.__cause__)


def choose_mandate(login: Login, mandate_id: int, *, now: datetime) -> Mandate:
    """Make one of the mandates in force the active mandate, in every open session. Raises NotFound."""
    chosen = next((mandate for mandate in login.mandates if mandate.id == mandate_id), None)
    if chosen is None:
        raise NotFound(str(mandate_id))
    with writing() as session:
        now = written_at(now)
        session.execute(
            update(Account).where(Account.id == login.actor.account_id).values(active_mandate_id=mandate_id)
        )
        audit.record(
            "mandate.chosen",
            actor=login.actor,
            subject=login.actor.sigle,
            now=now,
            details={"role": chosen.role.value, "scope": chosen.scope_id},
        )
    return chosen


def sessions_of(account_id: int, *, now: datetime | None = None) -> list[SessionView]:
    """The sessions of an account that have not been closed or expired, newest first."""
    now = now or datetime.now(UTC)
    rows = db.session.execute(
        select(WebSession.id, WebSession.created_at, WebSession.seen_at, WebSession.zone, WebSession.agent)
        .join(Account, and_(Account.id == WebSession.account_id, Account.generation == WebSession.generation))
        .where(
            WebSession.account_id == account_id,
            WebSession.closed_at.is_(None),
            WebSession.seen_at > now - timedelta(minutes=rules().session_idle_minutes),
            WebSession.created_at > now - timedelta(hours=rules().session_hours),
        )
        .order_by(WebSession.created_at.desc(), WebSession.id.desc())
    ).all()
    return [SessionView(*row) for row in rows]


def log_out(login: Login, *, now: datetime) -> None:
    """Close the session of this request, so that a copy of its cookie no longer works."""
    with writing() as session:
        now = written_at(now)
        session.execute(
            update(WebSession).where(WebSession.id == login.session_id).values(closed_at=now, identity_token=None)
        )
        audit.record("login.closed", actor=login.actor, subject=login.actor.sigle, now=now)


def close_session(session_id: int, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Close one session of an account. The caller has checked that `actor` may. Raises NotFound."""
    with writing() as session:
        now = written_at(now)
        done = session.execute(
            update(WebSession)
            .where(WebSession.id == session_id, WebSession.account_id == account_id, WebSession.closed_at.is_(None))
            .values(closed_at=now)
        )
        if not done.rowcount:  # type: ignore[attr-defined]
            raise NotFound(str(session_id))
        sigle = session.scalar(select(Account.sigle).where(Account.id == account_id)) or ""
        audit.record("session.closed", actor=actor, subject=sigle, now=now)


def close_sessions(account_id: int, *, actor: Actor, keep: int | None = None, now: datetime) -> int:
    """Close every open session of an account but `keep`; returns their number. The caller has checked `actor`.

    Without `keep`, even a session that is being opened at this moment is closed.
    """
    with writing() as session:
        now = written_at(now)
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None:
            raise NotFound(str(account_id))
        done = session.execute(
            update(WebSession)
            .where(WebSession.account_id == account_id, WebSession.closed_at.is_(None), WebSession.id != (keep or -1))
            .values(closed_at=now)
        )
        if keep is None:
            account.generation += 1
        closed = int(done.rowcount)  # type: ignore[attr-defined]
        audit.record("session.closed", actor=actor, subject=account.sigle, now=now, details={"sessions": closed})
    return closed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
