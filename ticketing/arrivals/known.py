"""The people that a list may be about, as the base knows them, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from charters.database import db
from charters.people import sigles
from charters.tables.access import Account, MandateRow
from charters.tables.personal import Correction
from matrix.french import name as folded
from ticketing.arrivals.reach import Reach

CHUNK = 500


@dataclass(slots=True)
class Known:
    """Accounts by sigle and by address, mandates by account, addresses that wait, and every sigle that is taken."""

    by_sigle: dict[str, Account] = field(default_factory=dict)
    by_mail: dict[str, list[Account]] = field(default_factory=dict)
    mandates: dict[int, list[MandateRow]] = field(default_factory=dict)
    awaited: dict[int, str] = field(default_factory=dict)  # account -> the address that it must still confirm
    taken: set[str] = field(default_factory=set)

    def named(self, email: str, name: str) -> Account | None:
        """Return the account of this address and this name, whatever its letters; None where none or several are."""
        found = [one for one in self.by_mail.get(email.lower(), ()) if same_name(one, name)]
        return found[0] if len(found) == 1 else None


def same_name(account: Account, name: str) -> bool:
    """Whether an account is of a person of this first and last name."""
    return folded(f"{account.first_name} {account.last_name}") == folded(name)


def read(reach: Reach, named: Iterable[str], mails: Iterable[str]) -> Known:
    """Return what the base knows of these sigles and addresses. Who is out of reach is only a taken sigle."""
    found = Known(taken=set(db.session.scalars(select(Account.sigle))))
    for chunk in _chunks(named):
        _keep(found, reach, select(Account).where(Account.sigle.in_(chunk)))
    for chunk in _chunks(one.lower() for one in mails):
        _keep(found, reach, select(Account).where(func.lower(Account.email).in_(chunk)))
    ids = [one.id for one in found.by_sigle.values()]
    for start in range(0, len(ids), CHUNK):
        own = ids[start : start + CHUNK]
        rows = db.session.scalars(
            select(MandateRow).where(MandateRow.account_id.in_(own)).order_by(MandateRow.starts_on, MandateRow.id)
        )
        for row in rows:
            found.mandates.setdefault(row.account_id, []).append(row)
        waiting = select(Correction.account_id, Correction.email).where(
            Correction.account_id.in_(own), Correction.state == "mail"
        )
        found.awaited.update((account_id, email) for account_id, email in db.session.execute(waiting))
    return found


def _keep(found: Known, reach: Reach, query: object) -> None:
    for account in db.session.scalars(query):  # type: ignore[call-overload]
        if account.pseudonymised_at is not None or not reach.reads(account.organisation):
            continue
        if account.sigle not in found.by_sigle:
            found.by_sigle[account.sigle] = account
            found.by_mail.setdefault(account.email.lower(), []).append(account)


def _chunks(texts: Iterable[str]) -> Iterable[list[str]]:
    wanted = sorted({one for one in texts if one})
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def retired(wanted: Iterable[str], prints: Mapping[str, str]) -> frozenset[str]:
    """Return those of these sigles that belonged to forgotten people, by their hashes."""
    by_print = {prints[one]: one for one in wanted if one in prints}
    return frozenset(by_print[one] for one in sigles.retired_among(by_print))
