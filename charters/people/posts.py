"""Posts: a role on a scope, and the people who may act in it on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from charters.database import db
from charters.model import Role
from charters.people import presence
from charters.tables.access import Account, MandateRow


@dataclass(frozen=True, slots=True)
class Post:
    """A role on a scope: whoever has it may answer."""

    role: Role
    scope: str


def in_post(posts: Collection[Post], day: date) -> Mapping[Post, list[Account]]:
    """Return the people who may act in each of these posts that day; a suspended one may not. One query."""
    found: dict[Post, list[Account]] = {post: [] for post in posts}
    rows = db.session.execute(
        select(MandateRow.role, MandateRow.scope_id, Account)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            of_posts(posts),
            presence.acting(day),
            presence.in_activity(day),
            ~presence.suspended(Account.organisation),
            ~presence.suspended(MandateRow.scope_id),
        )
        .order_by(Account.id)
    )
    for role, scope, account in rows:
        people = found.get(Post(Role(role), scope))
        if people is not None and account not in people:
            people.append(account)
    return found


def of_posts(posts: Collection[Post]) -> ColumnElement[bool]:
    """In a query on mandates: those of these roles on these scopes (the caller keeps the pairs that it asked for)."""
    roles, scopes = {post.role.value for post in posts}, {post.scope for post in posts}
    return MandateRow.role.in_(roles) & MandateRow.scope_id.in_(scopes)
