"""Write articles: save a version, publish, withdraw, say that one still holds. Each is one commit, in the journal.

The rows of `article_scope` say who reads: those of the audience only while the article is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from charters.database import writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix.days import months_after
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.articles import audiences, from_ticket, reviews
from ticketing.articles.tables import Article, ArticleScope, ArticleVersion, ArticleWord
from ticketing.errors import Invalid, NotFound, Refused, StepRefused
from ticketing.in_force import routing
from ticketing.search import words as search_words
from ticketing.tickets import queries

audit.label("article.saved", "Article enregistré")
audit.label("article.published", "Article publié")
audit.label("article.withdrawn", "Article retiré")
audit.label("article.reviewed", "Article relu")

#: How long an article holds before its side is asked to read it again, and the most that it may be told.
REVIEW_MONTHS, REVIEW_MONTHS_MAX = 12, 24
#: The most services that one article is about.
SERVICES_MAX = 20
#: The letters of a token that the index keeps.
TOKEN_MAX = 200


@dataclass(frozen=True, slots=True)
class ArticleForm:
    """What a person types of an article. `version` is the one that the page showed, 0 for a new article."""

    title: str
    words: str
    services: tuple[str, ...]
    activities: tuple[str, ...]
    audience: str
    review_on: str
    version: int = 0
    source: int | None = None


def side_of(actor: Actor) -> str:
    """Return the side for which an actor writes articles. Raises Refused."""
    verdict = permits(actor, Action.WRITE_ARTICLES)
    if not verdict.allowed or actor.mandate is None:
        raise Refused(verdict.reason)
    return actor.mandate.scope_id


def next_review(day: date) -> date:
    """Return the day on which an article written or read again on `day` is to be read again."""
    return months_after(day, REVIEW_MONTHS)


def save(actor: Actor, article_id: int | None, form: ArticleForm, now: datetime, *, publish: bool) -> int:
    """Save an article of the actor's side, publish it if `publish`, and return its id.

    A published article stays so; one that was withdrawn becomes a draft again. Raises Refused, NotFound, Invalid; the
    last too when somebody else has saved the article meanwhile.
    """
    side = side_of(actor)
    clean, review_on = _checked(form, side, today(now))
    with writing() as session:
        now = written_at(now)
        row = _own(session, article_id, side) if article_id is not None else _new(session, actor, side, clean, now)
        if row.version != clean.version:
            raise Invalid({"words": "Quelqu’un a enregistré cet article entre-temps : relisez sa version avant."})
        row.audience, row.review_on = clean.audience, review_on
        row.services, row.activities = list(clean.services), list(clean.activities)
        row.changed_at = now
        _keep(session, row, clean, actor.account_id, now)
        if publish:
            row.state, row.withdrawn_at = "published", None
            row.published_at = row.published_at or now
        elif row.state == "withdrawn":
            row.state, row.withdrawn_at = "draft", None
        _file(session, row)
        details = {"version": row.version, "scope": row.audience}
        event = "article.published" if publish else "article.saved"
        audit.record(event, actor=actor, subject=f"article {row.id}", now=now, details=details)
        made = row.id
    reviews.forget()
    return made


def withdraw(actor: Actor, article_id: int, now: datetime) -> None:
    """Withdraw an article: only its side's writers find it. Raises NotFound, Refused, StepRefused."""
    with writing() as session:
        now = written_at(now)
        row = _own(session, article_id, side_of(actor))
        if row.state == "withdrawn":
            raise StepRefused("Cet article est déjà retiré.")
        row.state, row.withdrawn_at, row.changed_at = "withdrawn", now, now
        _file(session, row)
        audit.record("article.withdrawn", actor=actor, subject=f"article {row.id}", now=now)
    reviews.forget()


def still_holds(actor: Actor, article_id: int, now: datetime) -> date:
    """Say that a published article still holds; return its next day. Raises NotFound, Refused, StepRefused."""
    with writing() as session:
        now = written_at(now)
        row = _own(session, article_id, side_of(actor))
        if row.state != "published":
            raise StepRefused("Cet article n’est pas publié.")
        row.review_on = next_review(today(now))
        details = {"on": row.review_on.isoformat()}
        audit.record("article.reviewed", actor=actor, subject=f"article {row.id}", now=now, details=details)
        day = row.review_on
    reviews.forget()
    return day


# --- inside ---


def _checked(form: ArticleForm, side: str, day: date) -> tuple[ArticleForm, date]:
    """Return the form cleaned and its day of review. Raises Invalid with all that is wrong."""
    conventions = routing.router().conventions
    title, words = model.clean_line(form.title), model.clean_text(form.words)
    faults: dict[str, str] = {}
    if len(title) < model.TITLE_MIN:
        faults["title"] = "Donnez un titre en quelques mots : ce qu’une personne chercherait."
    elif len(title) > model.TITLE_MAX:
        faults["title"] = f"Le titre dépasse {model.TITLE_MAX} caractères : abrégez-le."
    if fault := model.words_fault(words, "Écrivez ce qu’il faut faire, pas à pas."):
        faults["words"] = fault
    elif found := [sign for sign in pupils.signs(f"{title}\n{words}") if sign != pupils.LIST]:
        faults["words"] = f"Ce texte semble contenir {enumeration(found)} : ôtez-le, un article n’en a pas besoin."
    services = tuple(dict.fromkeys(form.services))
    if len(services) > SERVICES_MAX or any(one not in conventions.services for one in services):
        faults["services"] = f"Choisissez les sujets dans la liste, {SERVICES_MAX} au plus."
    activities = tuple(dict.fromkeys(form.activities))
    if any(one not in conventions.activities for one in activities):
        faults["activities"] = "Choisissez parmi les réponses proposées."
    if form.audience not in {key for _, keys in audiences.offered(side) for key, _ in keys}:
        faults["audience"] = "Choisissez qui lira cet article."
    review_on = _review_day(form.review_on, day, faults)
    if faults:
        raise Invalid(faults)
    clean = ArticleForm(title, words, services, activities, form.audience, form.review_on, form.version, form.source)
    return clean, review_on


def _review_day(typed: str, day: date, faults: dict[str, str]) -> date:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = day
    if not day < found <= months_after(day, REVIEW_MONTHS_MAX):
        faults["review_on"] = f"Donnez un jour à venir, dans {REVIEW_MONTHS_MAX // 12} ans au plus."
        return day + timedelta(days=1)
    return found


def _own(session: Session, article_id: int, side: str) -> Article:
    """Return the locked row of an article of a side. Raises NotFound."""
    row = session.get(Article, article_id, with_for_update=True, populate_existing=True)
    if row is None or row.side != side:
        raise NotFound(str(article_id))
    return row


def _new(session: Session, actor: Actor, side: str, form: ArticleForm, now: datetime) -> Article:
    """Return the row of a new draft. Its source must be a ticket that the actor sees. Raises NotFound, Invalid."""
    if form.source is not None and queries.row_of(perimeter(actor), form.source).confidential:
        raise Invalid({"words": from_ticket.CONFIDENTIAL})
    row = Article(
        side=side,
        state="draft",
        audience=form.audience,
        services=[],
        activities=[],
        review_on=today(now),
        version=0,
        source=form.source,
        made_at=now,
        changed_at=now,
        useful=0,
        useless=0,
    )
    session.add(row)
    session.flush()
    return row


def _keep(session: Session, row: Article, form: ArticleForm, account: int, now: datetime) -> None:
    """Add the words as the next version and index them, unless they are those of the present one."""
    of = ArticleVersion
    present = session.scalar(select(of).where(of.article_id == row.id, of.version == row.version))
    if present is not None and (present.title, present.words) == (form.title, form.words):
        return
    row.version += 1
    session.add(
        ArticleVersion(
            article_id=row.id, version=row.version, title=form.title, words=form.words, author_id=account, at=now
        )
    )
    session.execute(delete(ArticleWord).where(ArticleWord.article_id == row.id))
    tokens = search_words.heading(form.title) | search_words.tokens(form.words)
    found = {token[:TOKEN_MAX] for token in tokens}
    if found:
        session.execute(insert(ArticleWord), [{"token": one, "article_id": row.id} for one in sorted(found)])


def _file(session: Session, row: Article) -> None:
    """Write the perimeter of an article: its side's writers, and its audience while it is published."""
    keys = [audiences.own_key(row.side), *([row.audience] if row.state == "published" else [])]
    session.flush()
    session.execute(delete(ArticleScope).where(ArticleScope.article_id == row.id))
    services = row.services or [""]
    rows = [{"key": key, "service": service, "article_id": row.id} for key in keys for service in services]
    session.execute(insert(ArticleScope), rows)
