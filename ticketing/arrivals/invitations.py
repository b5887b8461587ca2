"""People invited by the hundred: a key for each, with a one-time link that goes by mail, or on a sheet of paper.

A link stands in a letter, sealed until it is sent, or in the answer that makes the sheets; never in a log or journal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from charters import letters
from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Refused
from charters.gate import permits
from charters.journal import audit
from charters.keys import keys
from charters.model import Actor
from charters.names import sigles_named
from charters.people import presence
from charters.permissions import Action
from charters.rules import rules
from charters.tables.access import Account, Enrolment, MandateRow, OtpKey
from matrix import french

audit.label("people.invited", "Personne invitée à activer sa clé")

Way = Literal["mail", "paper"]
#: How many people a page shows, and how many are invited at a time by each way.
PAGE = 100
AT_MOST: dict[Way, int] = {"mail": 100, "paper": 50}


@dataclass(frozen=True, slots=True)
class Guest:
    """A person without an active key. `invited_at`: when the present link was made, None before the first."""

    id: int
    sigle: str
    name: str
    function: str
    organisation: str
    invited_at: datetime | None
    lapsed: bool  # the link is no longer valid


@dataclass(frozen=True, slots=True)
class Guests:
    """A page of people to invite, by sigle; `next_after` is the sigle after which the next page begins."""

    lines: tuple[Guest, ...]
    next_after: str | None
    count: int


@dataclass(frozen=True, slots=True, repr=False)
class Invited:
    """A person who was just invited, with the link that only this answer holds."""

    name: str
    sigle: str
    function: str
    organisation: str
    link: str


def guests(
    readable: Collection[str] | None, *, words: str = "", after: str = "", never: bool = False, now: datetime
) -> Guests:
    """Return the people in activity, with a mandate, who have no active key; with `never`, those not invited yet."""
    conditions = [*_awaited(readable, now)]
    if words.split():
        places = Account.organisation.in_(select(Account.organisation).where(_placed(words)))
        conditions.append(or_(Account.sigle.in_(sigles_named(words, *conditions)), places))
    if never:
        conditions.append(~exists().where(OtpKey.account_id == Account.id, OtpKey.state == "issued").correlate(Account))
    latest = func.max(Enrolment.created_at), func.max(Enrolment.expires_at)
    rows = db.session.execute(
        select(Account.id, Account.sigle, Account.first_name, Account.last_name, Account.function, Account.organisation)
        .add_columns(*latest)
        .outerjoin(OtpKey, and_(OtpKey.account_id == Account.id, OtpKey.state == "issued"))
        .outerjoin(Enrolment, Enrolment.key_id == OtpKey.id)
        .where(*conditions, Account.sigle > after)
        .group_by(Account.id)
        .order_by(Account.sigle)
        .limit(PAGE + 1)
    ).all()
    lines = tuple(_guest(row, now) for row in rows[:PAGE])
    count = db.session.scalar(select(func.count()).select_from(Account).where(*conditions)) or 0
    return Guests(lines, lines[-1].sigle if len(rows) > PAGE else None, count)


def _guest(row: Sequence[object], now: datetime) -> Guest:
    account_id, sigle, first, last, function, organisation, made, expires = row
    return Guest(account_id, sigle, f"{first} {last}", function, organisation, made, bool(expires and expires <= now))  # type: ignore[arg-type,operator]


def _placed(words: str) -> ColumnElement[bool]:
    """In a query: the organisation's id contains every word, as ids of établissements do."""
    found = [Account.organisation.contains(part, autoescape=True) for part in french.name(words).split()[:5]]
    return and_(true(), *found)


def _awaited(readable: Collection[str] | None, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """In a query on accounts: people who should come in, and have no key to do it."""
    day = today(now)
    return (
        true() if readable is None else Account.organisation.in_(readable),
        presence.in_activity(day),
        ~presence.suspended(Account.organisation),
        exists().where(MandateRow.account_id == Account.id, presence.in_force(day)).correlate(Account),
        ~exists().where(OtpKey.account_id == Account.id, OtpKey.state == "active").correlate(Account),
        Account.password_hash.is_(None),
    )


def count(readable: Collection[str] | None, now: datetime) -> int:
    """Return how many people should come in and have no key to do it."""
    return db.session.scalar(select(func.count()).select_from(Account).where(*_awaited(readable, now))) or 0


def invite(
    ids: Collection[int], way: Way, readable: Collection[str] | None, *, actor: Actor, now: datetime
) -> list[Invited]:
    """Give each of these people a key or a new link, in one commit, and send it or return it to be printed.

    Those who are out of reach, or who activated a key meanwhile, are left out. Raises Refused.
    """
    verdict = permits(actor, Action.ADMINISTER_KEYS)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    if len(ids) > AT_MOST[way]:
        raise Refused(f"Choisissez {AT_MOST[way]} personnes au plus à la fois.")
    done = []
    with writing() as session:
        accounts = session.scalars(
            select(Account).where(Account.id.in_(ids)).order_by(Account.organisation, Account.sigle).with_for_update()
        ).all()
        now = written_at(now)
        wanted = set(session.scalars(select(Account.id).where(Account.id.in_(ids), *_awaited(readable, now))))
        for account in accounts:
            if account.id not in wanted:
                continue
            link = f"{rules().base_url}/cle/{_token(account.id, actor, now)}"
            if way == "mail":
                values = {"link": link, "days": keys.LINK_DAYS, "sigle": account.sigle}
                letters.withdraw(account.id, "invitation", "Une autre invitation la remplace.")
                letters.write(account, "invitation", now=now, values=values)
            audit.record("people.invited", actor=actor, subject=account.sigle, now=now, details={"way": way})
            name = f"{account.first_name} {account.last_name}"
            done.append(Invited(name, account.sigle, account.function, account.organisation, link))
    return done


def _token(account_id: int, actor: Actor, now: datetime) -> str:
    """Return the token of a link for this person: of a new key, or of the one that waits to be activated."""
    issued = db.session.scalar(select(OtpKey.id).where(OtpKey.account_id == account_id, OtpKey.state == "issued"))
    if issued is not None:
        return keys.new_link(issued, actor=actor, now=now)
    return keys.create_key(account_id, actor=actor, now=now)[1]
