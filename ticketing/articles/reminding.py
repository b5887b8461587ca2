"""Tell by mail, once for each day of review that has passed, who may say whether an article is still right.

It is the author of its present words, as long as that person may write for the side; else those who answer for the
side: the référents of an organisation, the correspondants and the chef of an établissement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from charters import letters
from charters.database import reading, writing, written_at
from charters.days import today
from charters.model import Role
from charters.people import presence
from charters.permissions import MAY, Action
from charters.tables.access import Account, MandateRow
from ticketing.articles.tables import Article, ArticleVersion
from ticketing.formats import french_date

LETTER = "articles-to-review"
#: The most articles of a side that one run tells of, the oldest first: the next run goes on.
AT_MOST = 200
_WRITERS = tuple(role for role in Role if Action.WRITE_ARTICLES in MAY[role])
#: Who answers for a side where the author no longer writes for it.
_ANSWERING = (Role.REFERENT, Role.CMI, Role.CHEF)


def remind(now: datetime) -> int:
    """Write the letters about articles whose day of review has passed, and return how many."""
    with reading() as session:
        sides = session.scalars(select(Article.side).where(*_due(today(now))).distinct()).all()
    return sum(_remind(side, now) for side in sides)


def _remind(side: str, now: datetime) -> int:
    with writing() as session:
        now = written_at(now)
        day = today(now)
        told: dict[int, list[Any]] = defaultdict(list)
        there = _there(session, side, day)
        for one in _articles(session, side, day):
            for account in _answers_for(one.author_id, there):
                told[account].append(one)
        return sum(_write(session, account, found, now) for account, found in sorted(told.items()))


def _due(day: date) -> tuple[Any, ...]:
    return (Article.state == "published", Article.review_on <= day)


def _articles(session: Session, side: str, day: date) -> Sequence[Any]:
    """Return the articles of a side to read again, with the author of their present words."""
    present = and_(ArticleVersion.article_id == Article.id, ArticleVersion.version == Article.version)
    return session.execute(
        select(Article.id, ArticleVersion.title, Article.review_on, ArticleVersion.author_id)
        .join(ArticleVersion, present)
        .where(Article.side == side, *_due(day))
        .order_by(Article.review_on, Article.id)
        .limit(AT_MOST)
    ).all()


def _there(session: Session, side: str, day: date) -> dict[int, set[Role]]:
    """Return the people who may write articles for a side that day, with the roles by which they may."""
    found: dict[int, set[Role]] = defaultdict(set)
    rows = session.execute(
        select(MandateRow.account_id, MandateRow.role)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            MandateRow.scope_id == side,
            MandateRow.role.in_([role.value for role in _WRITERS]),
            presence.acting(day),
            presence.in_activity(day),
            ~presence.suspended(MandateRow.scope_id),
            ~presence.suspended(Account.organisation),
        )
    )
    for account, role in rows:
        found[account].add(Role(role))
    return found


def _answers_for(author: int, there: dict[int, set[Role]]) -> list[int]:
    if author in there:
        return [author]
    return [account for account, roles in there.items() if not roles.isdisjoint(_ANSWERING)]


def _write(session: Session, account: int, found: Sequence[Any], now: datetime) -> bool:
    """Write one letter about the articles of which this person was not told for this day of review."""
    lines = [{"id": one.id, "title": one.title, "on": french_date(one.review_on)} for one in found]
    about = [f"{one.id}@{one.review_on.isoformat()}" for one in found]
    return letters.write_once(session.get_one(Account, account), LETTER, about, now=now, values={"articles": lines})
