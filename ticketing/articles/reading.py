"""Read one article with its versions, and a line of it for lists. Each query begins with the reader's keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, select

from charters.database import db
from charters.gate import permits
from charters.model import Actor
from charters.permissions import Action, perimeter
from ticketing.articles import audiences
from ticketing.articles.tables import Article, ArticleOpinion, ArticleScope, ArticleVersion
from ticketing.errors import NotFound
from ticketing.in_force import routing
from ticketing.tickets import queries, rendering

#: The most earlier versions that a page shows.
VERSIONS_MAX = 50

STATES = {"draft": "Brouillon", "published": "Publié", "withdrawn": "Retiré"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLine:
    """An article as lists show it."""

    id: int
    title: str
    side: str
    side_name: str
    state: str
    audience: str
    audience_name: str
    services: tuple[str, ...]
    useful: int
    useless: int
    review_on: date
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """The words of an article as they were saved once."""

    version: int
    title: str
    html: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as one person reads it. `versions`, `source` and `may_edit` are for its side's writers alone.

    `said` is whether the reader found it useful, None until it was said.
    """

    line: ArticleLine
    words: str
    html: str
    version: int
    activities: tuple[str, ...]
    said: bool | None
    may_edit: bool
    versions: tuple[VersionView, ...] = ()
    source: int | None = None


def selected(keys: Sequence[str], service: str = "") -> Select[*tuple[Any, ...]]:
    """Return the query of the articles read under these keys, about a service or about none in particular."""
    seen = select(ArticleScope.article_id).where(ArticleScope.key.in_(keys))
    if service:
        seen = seen.where(ArticleScope.service.in_((service, "")))
    return (
        select(Article, ArticleVersion.title, ArticleVersion.words)
        .join(
            ArticleVersion,
            and_(ArticleVersion.article_id == Article.id, ArticleVersion.version == Article.version),
        )
        .where(Article.id.in_(seen))
    )


def article(actor: Actor, article_id: int) -> ArticleView:
    """Return an article as the actor reads it. Raises NotFound for any other, and for one that does not exist."""
    keys = audiences.reader_keys(actor)
    found = db.session.execute(selected(keys).where(Article.id == article_id)).one_or_none() if keys else None
    if found is None:
        raise NotFound(str(article_id))
    row, title, words = found
    said = db.session.scalar(
        select(ArticleOpinion.useful).where(
            ArticleOpinion.article_id == article_id, ArticleOpinion.account_id == actor.account_id
        )
    )
    mine = may_edit(actor, row.side)
    return ArticleView(
        line=line_of(row, title),
        words=words,
        html=rendering.render(words),
        version=row.version,
        activities=tuple(row.activities),
        said=said,
        may_edit=mine,
        versions=_versions(row) if mine else (),
        source=_source(actor, row.source) if mine else None,
    )


def readable(actor: Actor, ids: Collection[int]) -> frozenset[int]:
    """Return which of these articles the actor reads."""
    keys = audiences.reader_keys(actor)
    if not keys:
        return frozenset()
    seen = select(ArticleScope.article_id).where(ArticleScope.key.in_(keys), ArticleScope.article_id.in_(ids))
    return frozenset(db.session.scalars(seen))


def may_edit(actor: Actor, side: str) -> bool:
    """Whether the actor writes for the side of an article."""
    mandate = actor.mandate
    return mandate is not None and mandate.scope_id == side and permits(actor, Action.WRITE_ARTICLES).allowed


def _versions(row: Article) -> tuple[VersionView, ...]:
    """Return the earlier words of an article, the latest first."""
    of = ArticleVersion
    rows = db.session.execute(
        select(of.version, of.title, of.words, of.at)
        .where(of.article_id == row.id, of.version != row.version)
        .order_by(of.version.desc())
        .limit(VERSIONS_MAX)
    )
    return tuple(VersionView(one.version, one.title, rendering.render(one.words), one.at) for one in rows)


def _source(actor: Actor, number: int | None) -> int | None:
    """Return the ticket that an article was made from, if the actor sees it now."""
    if number is None:
        return None
    try:
        queries.row_of(perimeter(actor), number)
    except NotFound:
        return None
    return number


def line_of(row: Article, title: str) -> ArticleLine:
    """Return an article as lists show it."""
    return ArticleLine(
        id=row.id,
        title=title,
        side=row.side,
        side_name=routing.side_name(routing.router().conventions, row.side),
        state=row.state,
        audience=row.audience,
        audience_name=audiences.name(row.audience),
        services=tuple(row.services),
        useful=row.useful,
        useless=row.useless,
        review_on=row.review_on,
        changed_at=row.changed_at,
    )
