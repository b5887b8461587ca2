"""The notices that wait follow their recipient: to the address and under the name that the account has now.

What failed at a former address in the last week is sent to the corrected one, and what was known of the former address
is forgotten.

Whoever corrects an `Account` (RGPD, article 16) need do nothing: `install` listens to it, in the correction's own
commit. A notice being sent to the former address at that instant is asked for again (`delivery`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, inspect, update
from sqlalchemy.orm import Mapper

from charters.tables.access import Account
from ticketing.mail import undelivered
from ticketing.tables import Notice

NOTICE: Any = Notice.__table__
#: What failed longer ago than this at a former address is not sent to the corrected one.
LATELY = timedelta(days=7)


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
        _readdressed(connection, account)


def _readdressed(connection: Connection, account: Account) -> None:
    """Send to a corrected address what failed lately at the former one, which is no longer known to fail."""
    for former in inspect(account).attrs["email"].history.deleted:
        if former.lower() == account.email.lower():
            continue
        now = datetime.now(UTC)
        connection.execute(
            update(NOTICE)
            .where(
                NOTICE.c.recipient_id == account.id,
                NOTICE.c.recipient_email == former,
                NOTICE.c.state.in_(("failed", "bounced")),
                NOTICE.c.created_at > now - LATELY,
            )
            .values(
                recipient_email=account.email,
                state="pending",
                attempts=0,
                next_at=now,
                first_tried_at=None,
                sent_at=None,
                sent_as="",
                way="",
                last_error="",
            )
        )
        undelivered.cleared(connection, former)
