"""The query that gives the login of a session: person, mandates, key, signatures and suspensions, in one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, func, or_, select

from charters.people.presence import suspended
from charters.signing import signatures, signing
from charters.statements import Fixed
from charters.tables.access import (
    Account,
    CharterText,
    MandateRow,
    OtpKey,
    Signature,
    WebSession,
)


def _login_query(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The query of a session with person, mandates, key, signatures and suspension; it gives a row for each mandate."""
    day: BindParameter[date] = bindparam("day")
    return (
        select(*_SESSION, *_PERSON, *_MANDATE, *_charters())
        .join(Account, Account.id == WebSession.account_id)
        .outerjoin(
            MandateRow,
            and_(
                MandateRow.account_id == Account.id,
                MandateRow.starts_on <= day,
                or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
                ~suspended(MandateRow.scope_id),
            ),
        )
        .where(
            which,
            WebSession.closed_at.is_(None),
            WebSession.generation == Account.generation,
            Account.locked_at.is_(None),
            or_(Account.ends_on.is_(None), Account.ends_on >= day),
            ~suspended(Account.organisation),
        )
        .order_by(MandateRow.id)
    )


_SESSION = (
    WebSession.id.label("session_id"),
    WebSession.created_at,
    WebSession.seen_at,
    WebSession.zone,
    WebSession.proved_at,
)
_PERSON = (
    Account.id.label("account_id"),
    Account.sigle,
    Account.first_name,
    Account.last_name,
    Account.external,
    Account.email,
    Account.organisation,
    Account.active_mandate_id,
)
_MANDATE = (
    MandateRow.id.label("mandate_id"),
    MandateRow.role,
    MandateRow.scope_id,
    MandateRow.starts_on,
    MandateRow.ends_on,
    MandateRow.confirm_by,
    MandateRow.lapses_on,
)


def _charters() -> Iterator[Any]:
    """The columns that decide which charters are unsigned: a key, and each charter's latest and signed version."""
    has_key = exists().where(OtpKey.account_id == Account.id, OtpKey.state == "active").correlate(Account)
    yield has_key.label("has_key")
    for kind in signatures.KINDS:
        published = select(func.max(CharterText.version)).where(CharterText.kind == kind).scalar_subquery()
        yield published.label(f"published_{kind}")
    for kind in signatures.KINDS:
        signed = select(func.max(Signature.version)).where(Signature.account_id == Account.id, Signature.kind == kind)
        yield signed.correlate(Account).scalar_subquery().label(f"signed_{kind}")
    yield signing.compulsory_for_staff().label("for_staff")


LOGIN = Fixed(_login_query(WebSession.token_hash == bindparam("token_hash")))
#: The same by number: a change of PIN or password gives the session another token.
LOGIN_AGAIN = Fixed(_login_query(WebSession.id == bindparam("session_id")))
#: On PostgreSQL, where writers do not wait for each other: holds the session and its person as they are until the end
#: of the transaction. A separate statement, so that the next one reads what this one waited for.
HOLD = (
    select(WebSession.id)
    .join(Account, Account.id == WebSession.account_id)
    .where(WebSession.id == bindparam("session_id"))
    .with_for_update(read=True)
)
