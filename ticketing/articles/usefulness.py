"""Whether an article was useful, in one click, one answer a person: the counts stay when the person is forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from charters.database import writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from ticketing.articles import audiences
from ticketing.articles.tables import Article, ArticleOpinion, ArticleScope
from ticketing.errors import NotFound, Refused, StepRefused

audit.label("article.rated", "Article dit utile ou non")


def say(actor: Actor, article_id: int, useful: bool, now: datetime) -> None:
    """Keep whether the actor found an article useful; a second answer replaces the first.

    Raises NotFound outside the actor's keys, Refused, StepRefused for an article that is not published.
    """
    verdict = permits(actor, Action.READ_ARTICLES)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    keys = audiences.reader_keys(actor)
    if not 0 < article_id < 2**31:
        raise NotFound(str(article_id))
    with writing() as session:
        now = written_at(now)
        seen = select(ArticleScope.article_id).where(ArticleScope.key.in_(keys), ArticleScope.article_id == article_id)
        row = session.get(Article, article_id, with_for_update=True, populate_existing=True)
        if row is None or session.scalar(seen.limit(1)) is None:
            raise NotFound(str(article_id))
        if row.state != "published":
            raise StepRefused("Cet article n’est pas publié : son utilité ne se dit pas encore.")
        known = session.get(ArticleOpinion, (article_id, actor.account_id))
        if known is not None and known.useful is useful:
            return
        if known is None:
            session.add(ArticleOpinion(article_id=article_id, account_id=actor.account_id, useful=useful, at=now))
        else:
            known.useful, known.at = useful, now
        change = 0 if known is None else -1
        row.useful += 1 if useful else change
        row.useless += change if useful else 1
        details = {"useful": useful}
        audit.record("article.rated", actor=actor, subject=f"article {article_id}", now=now, details=details)
