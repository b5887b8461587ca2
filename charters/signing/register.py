"""The register of signatures: who has signed which version of each charter, and what is missing (annexe 6, 2.2 and 4).

The first argument, `organisations`, gives those that may be read (None: all); others seem not to exist. A person who
left stays in the register but never counts as missing; a forgotten person is no longer in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select, true
from sqlalchemy.orm import aliased

from charters.database import db, writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor
from charters.names import sigles_named
from charters.rules import rules
from charters.signing import signatures, signing
from charters.tables.access import Account, CharterText, Signature

PAGE = 25
#: The filter on lines: any, with something missing, with nothing missing.
STATES = ("", "manque", "a-jour")


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a person must sign and has signed a charter; `signed` is the last signature, of any version."""

    kind: str
    required: bool
    latest: int | None  # the version in force; None: never published
    signed: signatures.Evidence | None

    @property
    def current(self) -> bool:
        """Whether the version in force is signed."""
        return self.signed is not None and self.signed.version == self.latest

    @property
    def missing(self) -> bool:
        return self.required and not self.current


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A person of the register."""

    account_id: int
    sigle: str
    last_name: str
    first_name: str
    company: str
    function: str
    organisation: str
    external: bool
    ends_on: date | None
    ended: bool
    statuses: tuple[Status, ...]  # in the order of signatures.KINDS


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of the register, sorted by sigle."""

    lines: tuple[RegisterLine, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Total:
    """The counts of one organisation: people in activity, those with nothing missing, those who lack each charter."""

    organisation: str
    people: int
    complete: int
    missing: tuple[int, ...]  # in the order of signatures.KINDS


@dataclass(frozen=True, slots=True)
class Wanted:
    """The search and filters on the register."""

    words: str = ""
    organisation: str = ""
    state: str = ""  # one of STATES
    kind: str = ""  # a charter: only its missing signatures count


def page(organisations: Collection[str] | None, wanted: Wanted, *, after: str = "", now: datetime) -> RegisterPage:
    """A page of the register, which begins after the sigle `after`."""
    query = _lines(organisations, wanted, now).where(Account.sigle > after).limit(PAGE + 1)
    lines = list(_read(query, now))
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    return RegisterPage(tuple(lines), lines[-1].sigle if more else None)


def totals(organisations: Collection[str] | None, *, now: datetime) -> list[Total]:
    """The counts of each organisation, those with most missing first."""
    lacking = [_lacks(kind) for kind in signatures.KINDS]
    counted = [func.sum(case((lacks, 1), else_=0)) for lacks in lacking]
    complete = func.sum(case((not_(or_(*lacking)), 1), else_=0))
    rows = db.session.execute(
        select(Account.organisation, func.count(Account.id), complete, *counted)
        .where(_within(organisations), signing.in_activity(now))
        .group_by(Account.organisation)
    ).all()
    found = [Total(row[0], row[1], int(row[2] or 0), tuple(int(one or 0) for one in row[3:])) for row in rows]
    return sorted(found, key=lambda total: (total.complete - total.people, total.organisation))


def missing(organisations: Collection[str] | None, kind: str, *, now: datetime) -> int:
    """The number of people in activity who must sign this charter's version in force and have not."""
    return (
        db.session.scalar(
            select(func.count(Account.id)).where(_within(organisations), signing.in_activity(now), _lacks(kind))
        )
        or 0
    )


def exported(
    organisations: Collection[str] | None, wanted: Wanted, *, actor: Actor, now: datetime
) -> list[RegisterLine]:
    """The whole filtered register; the journal records who exported it, and how many people it names."""
    lines = list(_read(_lines(organisations, wanted, now), now))
    with writing():
        now = written_at(now)
        audit.record(
            "charter.exported",
            actor=actor,
            subject=wanted.organisation,
            now=now,
            details={
                "people": len(lines),
                "state": wanted.state,
                "charter": wanted.kind,
            },
        )
    return lines


def _staff() -> ColumnElement[bool]:
    return or_(true() if rules().usage_charter_for_staff else false(), signing.compulsory_for_staff())


def _lacks(kind: str) -> ColumnElement[bool]:
    return and_(signing.must_sign(kind, _staff()), not_(signing.has_signed(kind)))


def _within(organisations: Collection[str] | None) -> ColumnElement[bool]:
    return true() if organisations is None else Account.organisation.in_(organisations)


def _lines(organisations: Collection[str] | None, wanted: Wanted, now: datetime) -> Select[Any]:
    last = {kind: aliased(Signature) for kind in signatures.KINDS}
    published = {
        kind: select(func.max(CharterText.version)).where(CharterText.kind == kind).scalar_subquery()
        for kind in signatures.KINDS
    }
    query: Any = select(
        Account, *last.values(), *(signing.must_sign(kind, _staff()) for kind in signatures.KINDS), *published.values()
    ).select_from(Account)
    for kind, row in last.items():
        newest = (
            select(func.max(Signature.version))
            .where(Signature.account_id == Account.id, Signature.kind == kind)
            .correlate(Account)
            .scalar_subquery()
        )
        query = query.outerjoin(row, and_(row.account_id == Account.id, row.kind == kind, row.version == newest))
    query = query.where(_within(organisations), Account.pseudonymised_at.is_(None), *_asked(organisations, wanted, now))
    ordered: Select[Any] = query.order_by(Account.sigle)
    return ordered


def _asked(organisations: Collection[str] | None, wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.organisation:
        yield Account.organisation == wanted.organisation
    if wanted.words.split():
        yield Account.sigle.in_(sigles_named(wanted.words, _within(organisations)))
    if wanted.state in ("manque", "a-jour"):
        kinds = (wanted.kind,) if wanted.kind in signatures.KINDS else signatures.KINDS
        lacks = or_(*(_lacks(kind) for kind in kinds))
        yield signing.in_activity(now)
        yield lacks if wanted.state == "manque" else not_(lacks)


def _read(query: Select[Any], now: datetime) -> Iterator[RegisterLine]:
    count, day = len(signatures.KINDS), today(now)
    for account, *rest in db.session.execute(query):
        signed, must, latest = rest[:count], rest[count : 2 * count], rest[2 * count :]
        ended = account.ends_on is not None and account.ends_on < day
        yield RegisterLine(
            account.id,
            account.sigle,
            account.last_name,
            account.first_name,
            account.company,
            account.function,
            account.organisation,
            account.external,
            account.ends_on,
            ended,
            tuple(
                Status(
                    kind,
                    bool(must[rank]) and not ended,
                    latest[rank],
                    signing.evidence_of(signed[rank]) if signed[rank] is not None else None,
                )
                for rank, kind in enumerate(signatures.KINDS)
            ),
        )
