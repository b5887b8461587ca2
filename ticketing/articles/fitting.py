"""Articles that may save opening a ticket: about its service, read by its author, and sharing words that tell."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from charters.database import db
from charters.model import Actor
from matrix import french
from ticketing.articles import audiences
from ticketing.articles.tables import Article, ArticleScope, ArticleVersion, ArticleWord
from ticketing.in_force import routing
from ticketing.tickets import rendering

#: The most articles shown: a glance, never a wall.
SHOWN_MAX = 2
#: How many candidates are looked at, those that share the most words.
CANDIDATES = 6
#: The fewest words shared by an article whose title shares none: one word of a long text tells too little.
IN_WORDS_MIN = 2


@dataclass(frozen=True, slots=True)
class FittingArticle:
    """An article that may help: its title, the side that wrote it, its words as HTML."""

    id: int
    title: str
    side_name: str
    html: str


def fitting(actor: Actor, service: str, stems: Collection[str]) -> tuple[FittingArticle, ...]:
    """Return at most two published articles about a service that share these stems, in one query; none without stems.

    `stems` are those of the words that tell what the trouble is about. The reader's keys come first, as everywhere.
    """
    keys = audiences.reader_keys(actor)
    if not keys or not stems:
        return ()
    seen = select(ArticleScope.article_id).where(ArticleScope.key.in_(keys), ArticleScope.service.in_((service, "")))
    shared = func.count(ArticleWord.token)
    rows = db.session.execute(
        select(Article.id, Article.side, ArticleVersion.title, ArticleVersion.words, shared)
        .join(ArticleVersion, and_(ArticleVersion.article_id == Article.id, ArticleVersion.version == Article.version))
        .join(ArticleWord, ArticleWord.article_id == Article.id)
        .where(Article.id.in_(seen), Article.state == "published", ArticleWord.token.in_(stems))
        .group_by(Article.id, ArticleVersion.id)
        .order_by(shared.desc(), (Article.useful - Article.useless).desc(), Article.id)
        .limit(CANDIDATES)
    ).all()
    found = []
    for row in rows:
        title = {french.stem(word.text) for word in french.words(row.title)}
        if row[4] >= IN_WORDS_MIN or not title.isdisjoint(stems):
            side = routing.side_name(routing.router().conventions, row.side)
            found.append(FittingArticle(row.id, row.title, side, rendering.render(row.words)))
    return tuple(found[:SHOWN_MAX])
