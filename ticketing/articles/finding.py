"""The list of articles that a person reads: searched by words, typing errors corrected, a page at a time.

Words of corrections come from articles that the reader reads, by the join of `article_scope` that every read makes; a
correction is told only if it finds an article there. So nobody learns a word of an article out of sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy import and_, or_, select

from charters.database import db
from charters.model import Actor
from matrix import french
from ticketing.articles import audiences, reading
from ticketing.articles.reading import ArticleLine
from ticketing.articles.tables import Article, ArticleVersion, ArticleWord
from ticketing.articles.writing import TOKEN_MAX
from ticketing.search import marks, query, spelling
from ticketing.search.marks import Piece
from ticketing.search.query import Wanted

#: The articles of a page.
PAGE = 20
#: The newest articles of the reader whose words correct a search, and the most words of a search that are corrected.
READ_MAX, CORRECTED_MAX = 300, 3
_MARKDOWN = re.compile(r"[*_#`>]+")


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article of a list, and of a search its title and the words around the first match, marked."""

    line: ArticleLine
    title: tuple[Piece, ...]
    around: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of articles: after which article the next one begins, and how the words of the search were corrected."""

    articles: tuple[FoundArticle, ...]
    next: int | None = None
    corrected: tuple[tuple[str, tuple[str, ...]], ...] = ()


def found(actor: Actor, text: str = "", service: str = "", after: int | None = None) -> Found:
    """Return a page of the articles that an actor reads, those most useful first; of a search all words must be found.

    Where nothing is found, typing errors are corrected. `after` is the last article of the page before; one that the
    actor does not read begins at the first page.
    """
    keys = audiences.reader_keys(actor)
    if not keys:
        return Found(())
    wanted = query.query(text) if text else []
    page = _page(keys, service, wanted, after)
    if page.articles or not wanted:
        return page
    instead, told = _corrected(keys, wanted)
    if not told:
        return page
    again = _page(keys, service, instead, after)
    return replace(again, corrected=told) if again.articles else page


def _page(keys: Sequence[str], service: str, wanted: Sequence[Wanted], after: int | None) -> Found:
    asked = reading.selected(keys, service)
    for one in wanted:
        tokens = [form[:TOKEN_MAX] for form in one.forms]
        asked = asked.where(Article.id.in_(select(ArticleWord.article_id).where(ArticleWord.token.in_(tokens))))
    best = Article.useful - Article.useless
    last = db.session.execute(reading.selected(keys).where(Article.id == after)).one_or_none() if after else None
    if last is not None:
        row = last[0]
        said = row.useful - row.useless
        asked = asked.where(
            or_(
                best < said,
                and_(best == said, Article.changed_at < row.changed_at),
                and_(best == said, Article.changed_at == row.changed_at, Article.id > row.id),
            )
        )
    order = (best.desc(), Article.changed_at.desc(), Article.id)
    rows = list(db.session.execute(asked.order_by(*order).limit(PAGE + 1)))
    forms = frozenset(form for one in wanted for form in one.forms)
    articles = tuple(_shown(reading.line_of(row, title), words, forms) for row, title, words in rows[:PAGE])
    return Found(articles, articles[-1].line.id if len(rows) > PAGE else None)


def _shown(line: ArticleLine, words: str, forms: frozenset[str]) -> FoundArticle:
    if not forms:
        return FoundArticle(line, (Piece(line.title),), ())
    title = marks.marked(line.title, forms)
    around = () if any(one.marked for one in title) else marks.excerpt(_MARKDOWN.sub("", words), forms)
    return FoundArticle(line, title, around)


def _corrected(
    keys: Sequence[str], wanted: Sequence[Wanted]
) -> tuple[list[Wanted], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return a search with its unknown words corrected, and each of them with what is looked for in its place."""
    known = _vocabulary(keys)
    stems = set(chain.from_iterable(map(french.forms, known)))
    unknown = [one for one in wanted if stems.isdisjoint(one.forms)]
    near = {one.typed: spelling.nearest(one.typed, known) for one in unknown[:CORRECTED_MAX]}
    told = tuple((typed, words) for typed, words in near.items() if words)
    return [_instead(one, near.get(one.typed, ())) for one in wanted], told


def _instead(one: Wanted, near: Iterable[str]) -> Wanted:
    forms = chain(one.forms, chain.from_iterable(french.forms(word) for word in near))
    return replace(one, forms=tuple(dict.fromkeys(forms)))


def _vocabulary(keys: Sequence[str]) -> set[str]:
    """Return the words of the newest articles read under these keys."""
    seen = reading.selected(keys).with_only_columns(ArticleVersion.title, ArticleVersion.words)
    rows = db.session.execute(seen.order_by(Article.changed_at.desc()).limit(READ_MAX))
    said = (word for row in rows for text in row for word in french.words(text))
    return {word.text for word in said if len(word.text) >= spelling.LETTERS_MIN}
