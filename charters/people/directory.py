"""The directory of people, read as plain values: lists of people, one person, keys, organisations.

The first argument, `organisations`, gives those that may be read; None: all. A person outside them raises NotFound, as
if the person did not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from charters.database import db
from charters.days import today
from charters.errors import NotFound
from charters.model import Mandate, Role
from charters.names import sigles_named
from charters.rules import rules
from charters.signing import signatures, signing
from charters.tables.access import Account, CharterText, MandateRow, OrganisationSuspension, OtpKey, Signature

PAGE = 25


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in the list. `key`: state of the live key (« issued », « active », « locked »), empty without one."""

    id: int
    sigle: str
    name: str
    company: str
    function: str
    organisation: str
    external: bool
    ended: bool
    suspended: bool
    key: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people sorted by sigle; `next_after` is the sigle after which the next page begins."""

    lines: tuple[PersonLine, ...]
    next_after: str | None
    previous_before: str | None


@dataclass(frozen=True, slots=True)
class PersonKey:
    id: int
    serial: str
    state: str
    handed_over_on: date | None
    returned_on: date | None
    locked_at: datetime | None
    failures: int
    kind: str  # totp, hotp, fido2
    hardware: bool
    label: str

    @property
    def live(self) -> bool:
        return self.state in ("issued", "active")


@dataclass(frozen=True, slots=True)
class Person:
    """One person with mandates, keys, signatures and unsigned charters."""

    id: int
    sigle: str
    first_name: str
    last_name: str
    company: str
    email: str
    function: str
    organisation: str
    external: bool
    created_at: datetime
    ends_on: date | None
    ended: bool
    suspended: bool
    mandates: tuple[Mandate, ...]
    keys: tuple[PersonKey, ...]
    signatures: tuple[signatures.Evidence, ...]
    unsigned: tuple[str, ...]
    has_password: bool
    has_identity: bool  # an identity of the académie opens the account
    password_locked_at: datetime | None
    password_failures: int

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """A collectivité, académie or établissement that has people here."""

    id: str
    people: int
    suspended_at: datetime | None
    reason: str


def people(
    organisations: Collection[str] | None,
    *,
    words: str = "",
    after: str = "",
    before: str = "",
    now: datetime,
) -> PeoplePage:
    """A page of the people of these organisations whose sigle, name or mail contains every word."""
    live_key = and_(OtpKey.account_id == Account.id, OtpKey.state.in_(("issued", "active")))
    query = (
        select(Account, OtpKey.state, OtpKey.locked_at, OrganisationSuspension.id)
        .outerjoin(OtpKey, live_key)
        .outerjoin(OrganisationSuspension, _SUSPENDED)
        .where(_within(organisations))
    )
    if words.split():
        near = Account.sigle < before if before else Account.sigle > after
        found = sorted(sigles_named(words, _within(organisations), near), reverse=bool(before))
        query = query.where(Account.sigle.in_(found[: PAGE + 1]))
    if before:
        query = query.where(Account.sigle < before).order_by(Account.sigle.desc())
    else:
        query = query.where(Account.sigle > after).order_by(Account.sigle)
    rows = list(db.session.execute(query.limit(PAGE + 1)).all())
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if before:
        rows.reverse()
    day = today(now)
    lines = tuple(
        _line(account, suspension is not None, "locked" if locked_at else state or "", day)
        for account, state, locked_at, suspension in rows
    )
    following = lines[-1].sigle if lines and (more or before) else None
    earlier = lines[0].sigle if lines and (after or (before and more)) else None
    return PeoplePage(lines, following, earlier)


_SUSPENDED = and_(
    OrganisationSuspension.organisation == Account.organisation, OrganisationSuspension.lifted_at.is_(None)
)


def _line(account: Account, suspended: bool, key: str, day: date) -> PersonLine:
    return PersonLine(
        account.id,
        account.sigle,
        f"{account.first_name} {account.last_name}",
        account.company,
        account.function,
        account.organisation,
        account.external,
        account.ends_on is not None and account.ends_on < day,
        suspended,
        key,
    )


def person(organisations: Collection[str] | None, account_id: int, *, now: datetime) -> Person:
    """A person with all details, read in five queries. Raises NotFound."""
    row = db.session.execute(
        select(Account, OrganisationSuspension.id)
        .outerjoin(OrganisationSuspension, _SUSPENDED)
        .where(Account.id == account_id, _within(organisations))
    ).one_or_none()
    if row is None:
        raise NotFound(str(account_id))
    account, suspension = row
    mandates, keys = _mandates(account_id), _keys(account_id)
    signed = db.session.scalars(
        select(Signature).where(Signature.account_id == account_id).order_by(Signature.id.desc())
    ).all()
    return Person(
        account.id,
        account.sigle,
        account.first_name,
        account.last_name,
        account.company,
        account.email,
        account.function,
        account.organisation,
        account.external,
        account.created_at,
        account.ends_on,
        account.ends_on is not None and account.ends_on < today(now),
        suspension is not None,
        mandates,
        keys,
        tuple(signing.evidence_of(item) for item in signed),
        _unsigned(account.external, keys, signed),
        account.password_hash is not None,
        account.identity_mark is not None,
        account.password_locked_at,
        account.password_failures,
    )


def _mandates(account_id: int) -> tuple[Mandate, ...]:
    """The present and past mandates of a person, the latest start first."""
    rows = db.session.scalars(
        select(MandateRow)
        .where(MandateRow.account_id == account_id)
        .order_by(MandateRow.starts_on.desc(), MandateRow.id)
    )
    return tuple(Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on) for row in rows)


def _keys(account_id: int) -> tuple[PersonKey, ...]:
    """The present and past keys of a person, newest first."""
    return tuple(
        PersonKey(
            key.id,
            key.serial,
            key.state,
            key.handed_over_on,
            key.returned_on,
            key.locked_at,
            key.failures,
            key.kind,
            key.hardware,
            key.label,
        )
        for key in db.session.scalars(select(OtpKey).where(OtpKey.account_id == account_id).order_by(OtpKey.id.desc()))
    )


def _unsigned(external: bool, keys: Sequence[PersonKey], signed: Sequence[Signature]) -> tuple[str, ...]:
    """The charters that a person with these keys and signatures has yet to sign."""
    versions = db.session.execute(
        select(CharterText.kind, func.max(CharterText.version), signing.compulsory_for_staff()).group_by(
            CharterText.kind
        )
    ).all()
    published: dict[str, int | None] = {row[0]: row[1] for row in versions}
    newest: dict[str, int | None] = {}
    for item in signed:
        newest[item.kind] = max(newest.get(item.kind) or 0, item.version)
    return signatures.missing(
        signatures.required(
            external=external,
            has_key=any(key.state == "active" for key in keys),
            usage_for_staff=rules().usage_charter_for_staff or any(row[2] for row in versions),
        ),
        published,
        newest,
    )


@dataclass(frozen=True, slots=True)
class KeyToFollow:
    """A key that needs attention, or a locked password (`serial` is then empty). See also `keys.returns`.

    `why` is « cloned » (locked, since a copy may exist), « locked » or « issued » (not enrolled yet); `locked_at` is
    None for the last.
    """

    serial: str
    account_id: int
    sigle: str
    name: str
    handed_over_on: date | None
    why: str
    locked_at: datetime | None


#: In the order in which the page lists them: what may be an attack first.
_FOLLOWED = ("cloned", "locked", "issued")


def keys_to_follow(organisations: Collection[str] | None, *, now: datetime, limit: int = 200) -> list[KeyToFollow]:
    """Live keys of people in activity, and passwords: the locked ones, the latest first, then those not enrolled yet.

    `limit` bounds the keys and the passwords, each apart.
    """
    here = (_within(organisations), or_(Account.ends_on.is_(None), Account.ends_on >= today(now)))
    who = (Account.id, Account.sigle, Account.first_name, Account.last_name)
    keys = db.session.execute(
        select(*who, OtpKey.serial, OtpKey.handed_over_on, OtpKey.locked_at, OtpKey.cloned_at)
        .join(Account, Account.id == OtpKey.account_id)
        .where(
            OtpKey.state.in_(("issued", "active")),
            *here,
            or_(OtpKey.locked_at.is_not(None), OtpKey.state == "issued"),
        )
        .order_by(OtpKey.locked_at.desc().nulls_last(), Account.sigle)
        .limit(limit)
    )
    passwords = db.session.execute(
        select(*who, Account.password_locked_at)
        .where(Account.password_locked_at.is_not(None), *here)
        .order_by(Account.password_locked_at.desc(), Account.sigle)
        .limit(limit)
    )
    lines = [
        KeyToFollow(
            row.serial,
            row.id,
            row.sigle,
            f"{row.first_name} {row.last_name}",
            row.handed_over_on,
            "cloned" if row.cloned_at else "locked" if row.locked_at else "issued",
            row.locked_at,
        )
        for row in keys
    ] + [
        KeyToFollow("", row.id, row.sigle, f"{row.first_name} {row.last_name}", None, "locked", row.password_locked_at)
        for row in passwords
    ]
    return sorted(lines, key=lambda line: _FOLLOWED.index(line.why))


def key_owner(organisations: Collection[str] | None, key_id: int) -> int:
    """The account id of a key's owner. Raises NotFound."""
    found = db.session.scalar(
        select(OtpKey.account_id)
        .join(Account, Account.id == OtpKey.account_id)
        .where(OtpKey.id == key_id, _within(organisations))
    )
    if found is None:
        raise NotFound(str(key_id))
    return found


def mandate_owner(organisations: Collection[str] | None, mandate_id: int) -> int:
    """The account id of a mandate's owner. Raises NotFound."""
    found = db.session.scalar(
        select(MandateRow.account_id)
        .join(Account, Account.id == MandateRow.account_id)
        .where(MandateRow.id == mandate_id, _within(organisations))
    )
    if found is None:
        raise NotFound(str(mandate_id))
    return found


def organisations_with_people(organisations: Collection[str] | None) -> list[OrganisationLine]:
    """Organisations that have people here, with their suspension if one is open, in the order of their ids."""
    rows = db.session.execute(
        select(
            Account.organisation,
            func.count(Account.id),
            OrganisationSuspension.suspended_at,
            OrganisationSuspension.reason,
        )
        .outerjoin(OrganisationSuspension, _SUSPENDED)
        .where(_within(organisations))
        .group_by(Account.organisation, OrganisationSuspension.suspended_at, OrganisationSuspension.reason)
        .order_by(Account.organisation)
    ).all()
    return [OrganisationLine(row[0], row[1], row[2], row[3] or "") for row in rows]


def _within(organisations: Collection[str] | None) -> ColumnElement[bool]:
    return true() if organisations is None else Account.organisation.in_(organisations)


def keys_held(account_id: int) -> bool:
    """Whether this person still has a key to return."""
    return (
        db.session.scalar(
            select(OtpKey.id).where(OtpKey.account_id == account_id, OtpKey.state.in_(("issued", "active"))).limit(1)
        )
        is not None
    )
