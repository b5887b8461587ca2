"""Coming in: sigle, PIN and code (annexe 6, 2.2); and the sessions, on the server's side.

Every refusal gives one same sentence after the same work, so that neither its text nor its time tells a known sigle
from an unknown one. Failures in a row are counted on the key, in the database, under its lock.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select, update

from charters.database import db, writing
from charters.days import today
from charters.entry import attempts
from charters.errors import NotFound, Refused
from charters.journal import audit
from charters.keys import otp
from charters.keys.keys import device_of
from charters.model import Actor, Mandate, Role, Zone
from charters.rules import rules, unseal
from charters.signing import signatures, signing
from charters.tables.access import (
    Account,
    CharterText,
    MandateRow,
    OrganisationSuspension,
    OtpKey,
    Signature,
    WebSession,
)

REFUSAL = (
    "Connexion refusée. Vérifiez votre sigle, votre code PIN et le code affiché par votre clé ; chaque code ne sert "
    "qu’une fois. Après plusieurs échecs, attendez quelques minutes. Si le refus persiste, adressez-vous à "
    "l’administrateur de l’académie."
)
TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entered:
    """An accepted login. `token` goes in the cookie, kept nowhere; `refused_before` counts the failures just before."""

    token: str
    account_id: int
    session_id: int
    refused_before: int


@dataclass(frozen=True, slots=True)
class Login:
    """Who a request comes from, read in one query: the actor under the active mandate, all mandates, what is unsigned.

    `expires_at` is when the session ends if nothing more is asked of the server; `proved_at`, when this person last
    proved to be at the keyboard, the login being a proof.
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
    """An open session, as its owner sees it."""

    id: int
    created_at: datetime
    seen_at: datetime
    zone: str
    agent: str


def log_in(sigle: str, pin: str, code: str, *, zone: Zone, now: datetime, agent: str = "") -> Entered:
    """Open a session for who gives the right sigle, PIN and unused code; raises Refused with the one sentence.

    The slow hash is computed before any lock is held; everything else is decided again under the key's lock, so that of
    two logins with one code only one enters.
    """
    sigle = attempts.plain_sigle(sigle)
    judged = attempts.judged_pin(Account.sigle == sigle, pin)
    with writing():
        outcome = _decide(sigle, judged, code, zone, now, agent[:200])
    if isinstance(outcome, Entered):
        return outcome
    raise Refused(REFUSAL)


def _decide(sigle: str, judged: attempts.Judged, code: str, zone: Zone, now: datetime, agent: str) -> Entered | None:
    """Under the write lock: an open session, or None, the reason being in the journal alone."""
    account = attempts.locked_account(sigle)
    key = attempts.locked_key(account)
    refused = attempts.barred(account, now)
    matched = otp.Match(None)
    if key is not None and key.seed is not None:
        matched = otp.match(device_of(key), unseal(key.serial, key.seed), code, now)
    if not refused:
        refused = "no_key" if key is None or key.seed is None else attempts.held_up(key.locked_at, key.next_try_at, now)
    if refused:
        attempts.refuse(account, refused, zone=zone, now=now)
        return None
    assert account is not None and key is not None
    pin_right = judged.holds(account.pin_hash)
    if matched.step is None or not pin_right:
        attempts.count_failure(account, key, zone=zone, now=now, replayed=matched.replayed and pin_right)
        return None
    before = attempts.forgive(key, matched.step)
    entered = open_session(account, zone=zone, now=now, agent=agent, refused_before=before)
    audit.record("login.accepted", sigle=sigle, zone=zone, subject=sigle, now=now)
    return entered


def open_session(
    account: Account | int, *, zone: Zone, now: datetime, agent: str = "", refused_before: int = 0
) -> Entered:
    """Open a session for a person, whoever vouches for them: `log_in`, or a test that spares itself the form."""
    with writing() as session:
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


def _login_query() -> Select[*tuple[Any, ...]]:
    """Session, person, mandates in force, key, signatures and suspension: one row a mandate, in one query."""
    day: BindParameter[date] = bindparam("day")
    published = {
        kind: select(func.max(CharterText.version)).where(CharterText.kind == kind).scalar_subquery()
        for kind in signatures.KINDS
    }
    signed = {
        kind: select(func.max(Signature.version))
        .where(Signature.account_id == Account.id, Signature.kind == kind)
        .correlate(Account)
        .scalar_subquery()
        for kind in signatures.KINDS
    }
    return (
        select(
            WebSession.id.label("session_id"),
            WebSession.created_at,
            WebSession.seen_at,
            WebSession.zone,
            WebSession.proved_at,
            Account.id.label("account_id"),
            Account.sigle,
            Account.first_name,
            Account.last_name,
            Account.external,
            Account.email,
            Account.organisation,
            Account.active_mandate_id,
            MandateRow.id.label("mandate_id"),
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
            MandateRow.confirm_by,
            MandateRow.lapses_on,
            exists()
            .where(OtpKey.account_id == Account.id, OtpKey.state == "active")
            .correlate(Account)
            .label("has_key"),
            *(query.label(f"published_{kind}") for kind, query in published.items()),
            *(query.label(f"signed_{kind}") for kind, query in signed.items()),
            signing.compulsory_for_staff().label("for_staff"),
        )
        .join(Account, Account.id == WebSession.account_id)
        .outerjoin(
            MandateRow,
            and_(
                MandateRow.account_id == Account.id,
                MandateRow.starts_on <= day,
                or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
                ~_suspended(MandateRow.scope_id),
            ),
        )
        .where(
            WebSession.token_hash == bindparam("token_hash"),
            WebSession.closed_at.is_(None),
            WebSession.generation == Account.generation,
            Account.locked_at.is_(None),
            or_(Account.ends_on.is_(None), Account.ends_on >= day),
            ~_suspended(Account.organisation),
        )
        .order_by(MandateRow.id)
    )


def _suspended(organisation: Any) -> ColumnElement[bool]:
    """Whether the access of the organisation in this column is suspended (VIII).

    Of the people attached to it, and of its mandates too: whoever holds one and is attached elsewhere keeps the others.
    """
    return (
        exists()
        .where(OrganisationSuspension.organisation == organisation, OrganisationSuspension.lifted_at.is_(None))
        .correlate_except(OrganisationSuspension)
    )


_LOGIN = _login_query()


def login_of(token: str, *, zone: Zone, now: datetime) -> Login | None:
    """Who holds this token, now, from this zone; None when the session is closed, expired, revoked or none of ours.

    A session is of the zone where it was opened: its cookie, shown from another one, closes it for good, with a line in
    the journal (annexe 6, 1.1). One query otherwise, no write: see `touch`.
    """
    # On the session's connection: plain rows, without the work of making objects, on every request.
    rows = db.session.connection().execute(_LOGIN, {"token_hash": _hash(token), "day": today(now)}).all()
    if not rows:
        return None
    first, day = rows[0], today(now)
    mandates = tuple(
        _mandate(row.mandate_id, row, day) for row in rows if row.mandate_id is not None and not _lapsed(row, day)
    )
    settings = rules()
    administers = any(mandate.role is Role.ADMINISTRATEUR for mandate in mandates)
    idle = settings.session_admin_idle_minutes if administers else settings.session_idle_minutes
    longest = first.created_at + timedelta(hours=settings.session_hours)
    if now >= min(first.seen_at + timedelta(minutes=idle), longest):
        return None
    if first.zone != zone:
        _cross(first, zone, now)
        return None
    active = next((mandate for mandate in mandates if mandate.id == first.active_mandate_id), None)
    unsigned = signatures.missing(
        signatures.required(
            external=first.external,
            has_key=first.has_key,
            usage_for_staff=settings.usage_charter_for_staff or first.for_staff,
        ),
        {kind: getattr(first, f"published_{kind}") for kind in signatures.KINDS},
        {kind: getattr(first, f"signed_{kind}") for kind in signatures.KINDS},
    )
    actor = Actor(
        first.account_id,
        first.sigle,
        f"{first.first_name} {first.last_name}",
        first.external,
        active or (mandates[0] if mandates else None),
        zone,
    )
    return Login(
        first.session_id,
        actor,
        first.email,
        first.organisation,
        mandates,
        unsigned,
        first.seen_at,
        min(now + timedelta(minutes=idle), longest),
        first.proved_at or first.created_at,
    )


def _cross(row: Row[Any], zone: Zone, now: datetime) -> None:
    """Close a session whose cookie came from another zone than its own; the journal has one line, however many try."""
    with writing() as session:
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
                details={
                    "opened": row.zone,
                },
            )


def actor_of(account_id: int, *, now: datetime, zone: Zone = "internet") -> Actor:
    """A person as the guards would make the actor, without a session: for jobs, commands and tests. Raises NotFound."""
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
            ~_suspended(MandateRow.scope_id),
        )
        .order_by(MandateRow.id)
    ).all()
    mandates = [_mandate(row.id, row, day) for row in rows if not _lapsed(row, day)]
    active = next((mandate for mandate in mandates if mandate.id == account.active_mandate_id), None)
    name = f"{account.first_name} {account.last_name}"
    return Actor(account.id, account.sigle, name, account.external, active or (mandates[0] if mandates else None), zone)


def _mandate(mandate_id: int, row: Any, day: date) -> Mandate:
    unconfirmed = row.confirm_by is not None and row.confirm_by < day
    return Mandate(mandate_id, Role(row.role), row.scope_id, row.starts_on, row.ends_on, unconfirmed)


def _lapsed(row: Any, day: date) -> bool:
    """Whether the October campaign has closed it, were the scheduler late to write it down (agreement, II.2)."""
    return row.lapses_on is not None and row.lapses_on < day


def touch(login: Login, *, now: datetime) -> None:
    """Keep the session alive: one write a minute at most."""
    if now - login.seen_at < TOUCH:
        return
    with writing() as session:
        session.execute(
            update(WebSession)
            .where(WebSession.id == login.session_id, WebSession.closed_at.is_(None), WebSession.seen_at < now)
            .values(seen_at=now)
        )


def choose_mandate(login: Login, mandate_id: int, *, now: datetime) -> Mandate:
    """Make one of the mandates in force the active one, in every open session. Raises NotFound."""
    chosen = next((mandate for mandate in login.mandates if mandate.id == mandate_id), None)
    if chosen is None:
        raise NotFound(str(mandate_id))
    with writing() as session:
        session.execute(
            update(Account).where(Account.id == login.actor.account_id).values(active_mandate_id=mandate_id)
        )
        audit.record(
            "mandate.chosen",
            actor=login.actor,
            subject=login.actor.sigle,
            now=now,
            details={
                "role": chosen.role.value,
                "scope": chosen.scope_id,
            },
        )
    return chosen


def sessions_of(account_id: int, *, now: datetime | None = None) -> list[SessionView]:
    """The sessions of an account that may still be open, newest first."""
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
    """Close the session of this request: its cookie, played again, opens nothing."""
    with writing() as session:
        session.execute(update(WebSession).where(WebSession.id == login.session_id).values(closed_at=now))
        audit.record("login.closed", actor=login.actor, subject=login.actor.sigle, now=now)


def close_session(session_id: int, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Close one session of an account. The caller has checked that `actor` may. Raises NotFound."""
    with writing() as session:
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
    """Close every open session of an account but `keep`; gives how many. The caller has checked that `actor` may.

    Without `keep`, even one that is being opened at this moment is dead.
    """
    with writing() as session:
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
