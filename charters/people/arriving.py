"""Many accounts and mandates created in one commit, by the rules and with the journal lines of one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.errors import Invalid, Refused
from charters.model import Actor
from charters.people import accounts, sigles
from charters.tables.access import Account, MandateRow

#: How many values a statement names at most.
CHUNK = 500
MOVED = "Des comptes ont changé pendant ce temps : rien n’a été enregistré. Recommencez."


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate to give: a role on a scope, between two inclusive days (None: open)."""

    role: str
    scope_id: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account to create, with its mandates."""

    form: accounts.AccountForm
    mandates: tuple[Given, ...] = ()


def create(
    newcomers: Sequence[Newcomer],
    prints: Mapping[str, str],
    *,
    actor: Actor | None,
    now: datetime,
    tell: Callable[[int], object] = lambda done: None,
) -> None:
    """Create these accounts and their mandates, all or none; the caller has checked that the scopes exist.

    `prints` are the hashes of their sigles (`sigles.marks`), which must be there once a person was ever forgotten.
    `tell` is called with how many accounts are written. Raises Invalid by field, Refused.
    """
    with writing() as session:
        now = written_at(now)
        made = [accounts.unsaved(one.form, now) for one in newcomers]
        _refuse_taken([one.sigle for one in made], prints)
        for start in range(0, len(made), CHUNK):
            session.add_all(made[start : start + CHUNK])
            session.flush()
            for account, newcomer in zip(made[start : start + CHUNK], newcomers[start : start + CHUNK], strict=True):
                accounts.record_created(account, actor, now)
                _give(account, newcomer.mandates, actor, now)
            session.flush()
            tell(min(start + CHUNK, len(made)))


def _give(account: Account, mandates: Sequence[Given], actor: Actor | None, now: datetime) -> None:
    for one in mandates:
        start, end = accounts.mandate_days(one.role, one.scope_id, one.starts_on, one.ends_on)
        row = MandateRow(account_id=account.id, role=one.role, scope_id=one.scope_id, starts_on=start, ends_on=end)
        db.session.add(row)
        accounts.record_given(account.sigle, row, actor, now)


def _refuse_taken(wanted: Sequence[str], prints: Mapping[str, str]) -> None:
    """Raise Invalid where a sigle was ever given, and Refused where that cannot be known under the lock."""
    for start in range(0, len(wanted), CHUNK):
        chosen = Account.sigle.in_(wanted[start : start + CHUNK])
        if db.session.scalar(select(Account.id).where(chosen).limit(1)) is not None:
            raise Invalid({"sigle": accounts.TAKEN})
    if len(set(wanted)) < len(wanted):
        raise Invalid({"sigle": accounts.TAKEN})
    if not sigles.any_retired():
        return
    if not set(wanted) <= prints.keys():
        raise Refused(MOVED)
    if sigles.retired_among(prints[sigle] for sigle in wanted):
        raise Invalid({"sigle": accounts.TAKEN})
