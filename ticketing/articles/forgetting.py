"""What articles keep of people and tickets, and until when: the answers of a person, a source, articles withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ticketing.articles.tables import Article, ArticleOpinion, ArticleScope, ArticleVersion, ArticleWord


def forget_person(session: Session, account_id: int) -> None:
    """Delete what a person said of articles; the counts stay."""
    session.execute(delete(ArticleOpinion).where(ArticleOpinion.account_id == account_id))


def forget_source(session: Session, number: int) -> None:
    """Forget that articles were made from a ticket, which is pseudonymised."""
    session.execute(update(Article).where(Article.source == number).values(source=None))


def old(limit: datetime) -> tuple[Any, ...]:
    """Return the conditions of the articles withdrawn before `limit`."""
    return Article.state == "withdrawn", Article.withdrawn_at < limit


def forget_old(session: Session, limit: datetime, at_most: int) -> int:
    """Delete articles withdrawn before `limit`, with all their versions, at most so many; return how many."""
    ids = list(session.scalars(select(Article.id).where(*old(limit)).order_by(Article.id).limit(at_most)))
    for table in (ArticleOpinion, ArticleWord, ArticleScope, ArticleVersion):
        session.execute(delete(table).where(table.article_id.in_(ids)))
    session.execute(delete(Article).where(Article.id.in_(ids)))
    return len(ids)
