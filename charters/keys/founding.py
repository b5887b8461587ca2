"""Create the first administrator of an académie, for a command; no page can, since nobody can log in yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from charters.database import reading, writing
from charters.days import today
from charters.keys.keys import create_key
from charters.model import Role
from charters.people import presence
from charters.people.accounts import AccountForm, add_mandate, create_account
from charters.tables.access import Account, MandateRow


def found_administrator(form: AccountForm, *, now: datetime) -> str:
    """Create an administrator of `form.organisation`, with mandate and key; returns the activation link's token.

    All or nothing. Raises Invalid({field: sentence}), as for any account (annexe 6, 2.1).
    """
    with writing():
        account = create_account(form, actor=None, now=now)
        add_mandate(account, Role.ADMINISTRATEUR, form.organisation, today(now), actor=None, now=now)
        _, token = create_key(account, actor=None, now=now)
    return token


def administrators(academie: str, now: datetime) -> list[str]:
    """Return the sigles of those who may administer an académie now, in their order."""
    day = today(now)
    with reading() as session:
        return list(
            session.scalars(
                select(Account.sigle)
                .join(MandateRow, MandateRow.account_id == Account.id)
                .where(
                    MandateRow.scope_id == academie,
                    MandateRow.role == Role.ADMINISTRATEUR,
                    presence.in_force(day),
                    presence.in_activity(day),
                )
                .distinct()
                .order_by(Account.sigle)
            )
        )
