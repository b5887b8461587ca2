"""The notices that wait follow their recipient: to the address and under the name that the account has now.

Whoever corrects an `Account` (RGPD, article 16) need do nothing: `install` listens to it, in the correction's own
commit. A notice being sent to the former address at that instant is asked for again (`delivery`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, inspect, update
from sqlalchemy.orm import Mapper

from charters.tables.access import Account
from ticketing.tables import Notice

NOTICE: Any = Notice.__table__


def install() -> None:
    """Listen to changes of names and addresses, from now on in this process."""
    if not event.contains(Account, "after_update", _corrected):
        event.listen(Account, "after_update", _corrected)


def _corrected(mapper: Mapper[Account], connection: Connection, account: Account) -> None:
    """Give the notices that wait for a person the present address and name; those of who is forgotten stay as sent."""
    changed = any(inspect(account).attrs[one].history.has_changes() for one in ("email", "first_name", "last_name"))
    if changed and account.pseudonymised_at is None:
        connection.execute(
            update(NOTICE)
            .where(NOTICE.c.recipient_id == account.id, NOTICE.c.state == "pending")
            .values(recipient_email=account.email, recipient_name=f"{account.first_name} {account.last_name}")
        )
