"""Articles whose day of review has passed: which sides have some, and which they are for one side's writers."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import and_, select
from sqlalchemy.engine import Engine

from charters.database import db
from charters.days import today
from charters.gate import permits
from charters.model import Actor
from charters.permissions import Action
from ticketing.articles.tables import Article, ArticleVersion

#: How many seconds a home page may lag behind the changes of another process.
FRESH_FOR = 60.0
#: The most articles that a home page lists.
SHOWN_MAX = 10

_known: WeakKeyDictionary[Engine, tuple[float, date, frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ToReview:
    """An article to read again: its id, its title, and the day that has passed."""

    id: int
    title: str
    review_on: date


def to_review(actor: Actor, now: datetime) -> tuple[ToReview, ...]:
    """Return the published articles of the actor's side whose day has passed, the oldest first; none for a reader."""
    mandate, day = actor.mandate, today(now)
    if mandate is None or not permits(actor, Action.WRITE_ARTICLES).allowed or mandate.scope_id not in _sides(day):
        return ()
    rows = db.session.execute(
        select(Article.id, ArticleVersion.title, Article.review_on)
        .join(
            ArticleVersion,
            and_(ArticleVersion.article_id == Article.id, ArticleVersion.version == Article.version),
        )
        .where(Article.side == mandate.scope_id, Article.state == "published", Article.review_on <= day)
        .order_by(Article.review_on, Article.id)
        .limit(SHOWN_MAX)
    )
    return tuple(ToReview(*row) for row in rows)


def _sides(day: date) -> frozenset[str]:
    """Return the sides that have an article to read again: most have none, and their homes ask nothing more."""
    known, tick = _known.get(db.engine), clock.monotonic()
    if known is not None and known[1] == day and tick - known[0] < FRESH_FOR:
        return known[2]
    rows = db.session.scalars(
        select(Article.side).where(Article.state == "published", Article.review_on <= day).distinct()
    )
    found = frozenset(rows)
    _known[db.engine] = (tick, day, found)
    return found


def forget() -> None:
    """Forget which sides have an article to read again, after a change."""
    _known.pop(db.engine, None)
