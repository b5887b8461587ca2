"""The tables of articles, without behaviour: versions, who reads them, their words, what readers said."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NUMBER


class Article(Base):
    """An article of a side: its state, whom it is for, what it is about; its words are those of its `version`.

    `audience` is a key of `ticketing.articles.audiences`. `source` is the ticket whose solution it was made from, until
    that ticket is pseudonymised. `useful` and `useless` count what readers said, those since forgotten included.
    """

    __tablename__ = "article"
    __table_args__ = (Index(None, "side", "state", "review_on"), Index(None, "source"))

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(ID)  # the organisation or établissement that wrote it and answers for it
    state: Mapped[str] = mapped_column(String(12))  # draft | published | withdrawn
    audience: Mapped[str] = mapped_column(String(160))
    services: Mapped[list[str]] = mapped_column(JSON)
    activities: Mapped[list[str]] = mapped_column(JSON)
    review_on: Mapped[date]
    version: Mapped[int] = mapped_column(Integer)
    source: Mapped[int | None] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    useful: Mapped[int] = mapped_column(Integer, default=0)
    useless: Mapped[int] = mapped_column(Integer, default=0)


class ArticleVersion(Base):
    """The words of an article as they were saved once. None is changed afterwards."""

    __tablename__ = "article_version"
    __table_args__ = (Index(None, "article_id", "version", unique=True), Index(None, "author_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(Integer, ForeignKey("article.id"))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(150))
    words: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)


class ArticleScope(Base):
    """The perimeter of articles as rows: one for each key under which an article is read, and each of its services.

    A published article has the key of its audience, and any has that of its side's writers. `service` is empty for an
    article about no service in particular.
    """

    __tablename__ = "article_scope"
    __table_args__ = (Index(None, "article_id"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    service: Mapped[str] = mapped_column(String(60), primary_key=True)
    article_id: Mapped[int] = mapped_column(Integer, ForeignKey("article.id"), primary_key=True, autoincrement=False)


class ArticleWord(Base):
    """A token of an article's present words, as `ticketing.search.words` makes them."""

    __tablename__ = "article_word"
    __table_args__ = (Index(None, "article_id"), {"sqlite_with_rowid": False})

    token: Mapped[str] = mapped_column(String(200), primary_key=True)
    article_id: Mapped[int] = mapped_column(Integer, ForeignKey("article.id"), primary_key=True, autoincrement=False)


class ArticleOpinion(Base):
    """What one person said of an article: whether it was useful. A second answer replaces the first."""

    __tablename__ = "article_opinion"
    __table_args__ = (Index(None, "account_id"), {"sqlite_with_rowid": False})

    article_id: Mapped[int] = mapped_column(Integer, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    useful: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)
