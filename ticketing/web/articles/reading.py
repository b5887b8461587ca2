"""The list of articles, a search, one article, and whether it was useful."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.gate import permits
from charters.permissions import Action
from ticketing import errors
from ticketing.articles import finding, reading, usefulness
from ticketing.in_force import routing
from ticketing.search import query
from ticketing.web import guards, vocabulary
from ticketing.web.guards import guard
from ticketing.web.tickets.listing.words import quoted
from ticketing.web.tickets.steps import whole

blueprint = Blueprint("articles", __name__)
guard(blueprint, Action.READ_ARTICLES)

#: The most letters of a search that are read.
QUERY_MAX = 200


@blueprint.get("/articles")
def index() -> ResponseReturnValue:
    """Show the articles that the reader may read, those that a search finds or those about a subject, page by page."""
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:QUERY_MAX]
    service = request.args.get("sujet", "")
    service = service if service in routing.router().conventions.services else ""
    after = whole(request.args.get("apres", "")) or None
    found = finding.found(g.actor, text, service, after)
    kept: dict[str, Any] = {"q": text or None, "sujet": service or None}
    return render_template(
        "articles/index.html",
        found=found,
        corrected=[(quoted([typed]), quoted(near)) for typed, near in found.corrected],
        first_href=url_for("articles.index", **kept) if after else None,
        next_href=url_for("articles.index", **kept, apres=found.next) if found.next else None,
        anywhere_href=url_for("articles.index", q=text) if text and service else None,
        fewer=max(words, key=len) if len(words := query.heard(text)[0]) > 1 else None,
        may_search_tickets=permits(g.actor, Action.SEE).allowed,
        text=text,
        service=service,
        options=service_options(),
        subjects=subjects(),
        states=reading.STATES,
        today=guards.today(),
        may_write=permits(g.actor, Action.WRITE_ARTICLES).allowed,
    )


@blueprint.get("/articles/<int:article_id>")
def show(article_id: int) -> ResponseReturnValue:
    """Show an article; one outside the reader's perimeter is answered as absent (404)."""
    return page(article_id)


@blueprint.post("/articles/<int:article_id>/avis")
def opinion(article_id: int) -> ResponseReturnValue:
    """Keep whether the reader found an article useful, in one click."""
    said = request.form.get("utile", "")
    if said not in ("oui", "non"):
        return page(known(article_id), "Dites oui ou non."), 422
    try:
        usefulness.say(g.actor, known(article_id), said == "oui", g.now)
    except errors.StepRefused as refusal:
        return page(article_id, str(refusal)), 409
    flash("Merci : votre réponse est enregistrée.", "success")
    return redirect(url_for("articles.show", article_id=article_id, _anchor="fait"), 303)


def known(article_id: int) -> int:
    """Return the id of an article that may exist. Raises NotFound."""
    if not 0 < article_id < 2**31:
        raise errors.NotFound
    return article_id


def page(article_id: int, refused: str = "") -> str:
    """Return the page of an article, with what was refused on it."""
    return render_template(
        "articles/show.html",
        article=reading.article(g.actor, known(article_id)),
        refused=refused,
        subjects=subjects(),
        answers=vocabulary.ACTIVITY_ANSWERS,
        states=reading.STATES,
        today=guards.today(),
    )


def subjects() -> dict[str, str]:
    """Return what people call each service."""
    return dict(routing.router().conventions.services) | {one.id: one.label for one in vocabulary.SERVICES.values()}


def service_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the services in families, as options of a select."""
    return [(group.label, [(one.id, one.label) for one in group.services]) for group in vocabulary.GROUPS]
