"""Keys to be returned (annexe 6, 2.2: « restitués en fin d'activité »): the list, and weekly reminders by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select, true, update

from charters import letters
from charters.database import db, reading, writing, written_at
from charters.days import today
from charters.journal import audit
from charters.keys.keys import LIVE
from charters.model import Role
from charters.people import presence
from charters.tables.access import Account, MandateRow, OtpKey

audit.label("key.reminded", "Rappel envoyé : clés à reprendre")

LETTER = "keys-to-return"  # the kind of the reminders
#: The time between two reminders about one key.
EVERY = timedelta(days=7)
#: The roles that collect the keys of an organisation's people: référent, chef of a collège, administrator.
_KEEPERS = (Role.REFERENT, Role.CHEF, Role.ADMINISTRATEUR)
WHY = {
    "ended": "activité terminée",
    "disabled": "compte désactivé",
    "mandate": "plus aucun mandat",
    "suspended": "accès de la collectivité suspendu",
}


@dataclass(frozen=True, slots=True)
class KeyToReturn:
    """A key to be returned. `why`: a key of WHY; `hardware`: a physical key, not an application."""

    key_id: int
    serial: str
    hardware: bool
    account_id: int
    sigle: str
    name: str
    organisation: str
    handed_over_on: date | None
    reminded_on: date | None
    why: str


def keys_to_return(
    organisations: Collection[str] | None, *, now: datetime, limit: int | None = 200
) -> list[KeyToReturn]:
    """Live keys of people who left: activity ended, account disabled, no mandate left, collectivité suspended."""
    why = _why(today(now))
    query: Select[*tuple[Any, ...]] = (
        select(
            OtpKey.id,
            OtpKey.serial,
            OtpKey.hardware,
            Account.id.label("account_id"),
            Account.sigle,
            Account.first_name + " " + Account.last_name,
            Account.organisation,
            OtpKey.handed_over_on,
            OtpKey.reminded_on,
            why.label("why"),
        )
        .join(Account, Account.id == OtpKey.account_id)
        .where(
            OtpKey.state.in_(LIVE),
            why != "",
            true() if organisations is None else Account.organisation.in_(organisations),
        )
        .order_by(Account.organisation, Account.sigle)
        .limit(limit)
    )
    return [KeyToReturn(*row) for row in db.session.execute(query)]


def _why(day: date) -> ColumnElement[str]:
    """In a query on accounts: why a person's keys must be returned (a key of WHY), empty when they need not be."""
    mandates = exists().where(MandateRow.account_id == Account.id)
    left = mandates.where(presence.in_force(day)).correlate(Account)
    had = mandates.where(~presence.in_force(day)).correlate(Account)
    return case(
        (and_(Account.ends_on.is_not(None), Account.ends_on < day), "ended"),
        (Account.locked_at.is_not(None), "disabled"),
        (and_(had, ~left), "mandate"),
        (presence.suspended(Account.organisation), "suspended"),
        else_="",
    )


def remind(now: datetime, relief: Callable[[str], Collection[str]] = lambda organisation: ()) -> int:
    """Write, for the scheduler, a weekly letter to each keeper of keys to be returned. Returns the number written.

    `relief` gives, for an organisation where nobody is left to collect keys, those whose keepers do it instead: the
    académies that administer its people.
    """
    day = today(now)
    with reading():
        due = [
            key
            for key in keys_to_return(None, now=now, limit=None)
            if key.reminded_on is None or key.reminded_on <= day - EVERY
        ]
    by_organisation: dict[str, list[KeyToReturn]] = defaultdict(list)
    for key in due:
        by_organisation[key.organisation].append(key)
    return sum(_remind(organisation, found, relief, now) for organisation, found in sorted(by_organisation.items()))


def _remind(
    organisation: str, found: list[KeyToReturn], relief: Callable[[str], Collection[str]], now: datetime
) -> int:
    """Write a letter to each keeper of an organisation about these keys. Returns the number of letters."""
    with writing():
        now = written_at(now)
        ours, day = _marked(found, today(now)), today(now)
        owners = {key.account_id for key in ours}
        of: Collection[str] = {organisation}
        keepers = _keepers(of, owners, day) if ours else []
        if ours and not keepers:
            of = relief(organisation)
            keepers = _keepers(of, owners, day)
        for keeper in keepers:
            values = {"keys": ours, "why": WHY, "about": " ".join(sorted(of))}
            letters.write(keeper, LETTER, now=now, values=values)
        if ours:
            audit.record(
                "key.reminded",
                subject=organisation,
                now=now,
                details={
                    "keys": sorted(key.serial for key in ours),
                    "to": sorted(keeper.sigle for keeper in keepers),
                },
            )
    return len(keepers)


def _marked(found: list[KeyToReturn], day: date) -> list[KeyToReturn]:
    """The keys that this call marks as reminded; of two schedulers, only the first to mark a key writes."""
    marked = set(
        db.session.scalars(
            update(OtpKey)
            .where(
                OtpKey.id.in_([key.key_id for key in found]),
                OtpKey.state.in_(LIVE),
                or_(OtpKey.reminded_on.is_(None), OtpKey.reminded_on <= day - EVERY),
            )
            .values(reminded_on=day)
            .returning(OtpKey.id)
        )
    )
    return [key for key in found if key.key_id in marked]


def collects(account_id: int | None, organisations: Collection[str], day: date) -> bool:
    """Whether this person still collects the keys of these organisations that day."""
    return any(keeper.id == account_id for keeper in _keepers(organisations, (), day))


def _keepers(organisations: Collection[str], owners: Collection[int], day: date) -> Sequence[Account]:
    """The people who collect these organisations' keys that day, except those whose own keys must be returned."""
    return db.session.scalars(
        select(Account)
        .where(
            Account.id.not_in(owners),
            presence.in_activity(day),
            exists().where(
                MandateRow.account_id == Account.id,
                MandateRow.scope_id.in_(organisations),
                MandateRow.role.in_(_KEEPERS),
                presence.begun(day),
            ),
        )
        .order_by(Account.id)
    ).all()
