"""The forms of those who write articles for their side: begun from a ticket or from nothing, saved, published."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, model
from ticketing.articles import audiences, from_ticket, reading, writing
from ticketing.articles.writing import ArticleForm
from ticketing.formats import french_date
from ticketing.web import guards, vocabulary
from ticketing.web.articles.reading import known, page, service_options, subjects
from ticketing.web.guards import guard

blueprint = Blueprint("writing_articles", __name__)
guard(blueprint, Action.WRITE_ARTICLES)


@blueprint.get("/articles/nouveau")
def new() -> ResponseReturnValue:
    """Show the form, empty or begun from the solution of a ticket: `?ticket=…`. Nothing is written by it."""
    day = writing.next_review(guards.today()).isoformat()
    own = f"{audiences.SIDE}{writing.side_of(g.actor)}"
    typed = request.args.get("ticket", "")
    if not typed:
        return _form(None, ArticleForm("", "", (), (), own, day), {})
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0
    if not model.may_be_number(number):
        raise errors.NotFound
    found = from_ticket.begun(g.perimeter, number)
    form = ArticleForm(found.title, found.words, (found.service,), (found.activity,), own, day, source=number)
    return _form(None, form, {}, left_out=found.left_out)


@blueprint.post("/articles/nouveau")
def create() -> ResponseReturnValue:
    """Save a new article as a draft, or publish it."""
    return _save(None)


@blueprint.get("/articles/<int:article_id>/modifier")
def edit(article_id: int) -> ResponseReturnValue:
    """Show the form of an article of the reader's side."""
    found = _own(article_id)
    line = found.line
    day = max(line.review_on, guards.today()).isoformat()
    form = ArticleForm(
        line.title, found.words, line.services, found.activities, line.audience, day, version=found.version
    )
    return _form(found, form, {})


@blueprint.post("/articles/<int:article_id>/modifier")
def save(article_id: int) -> ResponseReturnValue:
    """Save another version of an article, or publish it."""
    return _save(_own(article_id))


@blueprint.post("/articles/<int:article_id>/retirer")
def withdraw(article_id: int) -> ResponseReturnValue:
    """Withdraw an article: nobody but its side's writers reads it any more."""
    try:
        writing.withdraw(g.actor, known(article_id), g.now)
    except errors.StepRefused as refusal:
        return page(article_id, str(refusal)), 409
    flash("L’article est retiré : il n’est plus montré à personne d’autre que votre côté.", "success")
    return redirect(url_for("articles.show", article_id=article_id, _anchor="fait"), 303)


@blueprint.post("/articles/<int:article_id>/relu")
def reviewed(article_id: int) -> ResponseReturnValue:
    """Say that an article was read again and still holds."""
    try:
        day = writing.still_holds(g.actor, known(article_id), g.now)
    except errors.StepRefused as refusal:
        return page(article_id, str(refusal)), 409
    flash(f"C’est noté : l’article sera à relire le {french_date(day)}.", "success")
    return redirect(url_for("articles.show", article_id=article_id, _anchor="fait"), 303)


def _own(article_id: int) -> reading.ArticleView:
    """Return an article of the reader's side. Raises NotFound for any other."""
    found = reading.article(g.actor, known(article_id))
    if not found.may_edit:
        raise errors.NotFound
    return found


def _save(found: reading.ArticleView | None) -> ResponseReturnValue:
    form, publish = _typed(found), request.form.get("etape") == "publier"
    try:
        made = writing.save(g.actor, found.line.id if found else None, form, g.now, publish=publish)
    except errors.Invalid as refusal:
        return _form(found, form, dict(refusal.errors)), 422
    published = publish or (found is not None and found.line.state == "published")
    flash("L’article est publié." if published else "Le brouillon est enregistré.", "success")
    return redirect(url_for("articles.show", article_id=made, _anchor="fait"), 303)


def _typed(found: reading.ArticleView | None) -> ArticleForm:
    """Return what was typed, cut to a length that can be shown again."""
    text = {name: value.replace("\x00", "") for name, value in request.form.items()}
    version, source = text.get("version", ""), text.get("source", "")
    number = int(source) if source.isascii() and source.isdigit() and len(source) < 16 else 0
    return ArticleForm(
        title=text.get("title", "")[: 2 * model.TITLE_MAX],
        words=text.get("words", "").replace("\r\n", "\n")[: 2 * model.BODY_MAX],
        services=tuple(one[:60] for one in request.form.getlist("services")[:200]),
        activities=tuple(one[:60] for one in request.form.getlist("activities")[:20]),
        audience=text.get("audience", "")[:160],
        review_on=text.get("review_on", "")[:10],
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
        source=number if found is None and model.may_be_number(number) else None,
    )


def _form(
    found: reading.ArticleView | None, form: ArticleForm, errors_: dict[str, str], left_out: int | None = None
) -> str:
    return render_template(
        "articles/form.html",
        article=found,
        form=form,
        errors=errors_,
        left_out=left_out,
        audiences=[group for group in audiences.offered(writing.side_of(g.actor)) if group[1]],
        options=service_options(),
        subjects=subjects(),
        activities=vocabulary.ACTIVITIES,
        today=guards.today(),
        limits={"title": model.TITLE_MAX, "words": model.BODY_MAX},
    )
