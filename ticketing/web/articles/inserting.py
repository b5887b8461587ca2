"""An article put into the answer that is being written on a ticket: its words or its link, if the requester reads it.

The answer's own form asks for it, with all that is typed; nothing is written here.
"""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, model, views
from ticketing.articles import audiences, finding, reading
from ticketing.tickets import queries
from ticketing.web.articles.reading import QUERY_MAX, known
from ticketing.web.guards import guard
from ticketing.web.tickets import forms, page, steps

blueprint = Blueprint("inserting_articles", __name__)
guard(blueprint, Action.READ_ARTICLES)

#: The most articles that are offered: beyond, one searches.
OFFERED_MAX = 12
TEXT, LINK = "texte ", "lien "


@blueprint.post("/tickets/<int:number>/articles")
def choose(number: int) -> ResponseReturnValue:
    """Offer the articles on the subject, or those that a search finds; or give the answer back with one in it."""
    if not model.may_be_number(number):
        raise errors.NotFound
    ticket = queries.ticket(g.perimeter, g.actor, number, g.now)
    if "comment" not in ticket.steps:
        raise errors.Refused("Vous n’écrivez pas à tous sur ce ticket.")
    slug = steps.SLUGS["comment"]
    typed = dict(steps.read(slug, request.form, ()).fields)
    step = request.form.get("etape", "")
    if step == "revenir":
        return page.again(number, forms.Refusal(slug, typed=typed))
    if step.startswith((TEXT, LINK)):
        return _inserted(ticket, typed, step)
    return _offer(ticket, typed)


def _inserted(ticket: views.TicketView, typed: dict[str, str], step: str) -> ResponseReturnValue:
    """Return the ticket's page with the article after what was typed, or the choice again if it may not go there."""
    found = reading.article(g.actor, known(steps.whole(step.rpartition(" ")[2]) or 0))
    if found.line.state != "published" or not audiences.covers(found.line.audience, ticket.etablissement):
        return _offer(
            ticket, typed, f"« {found.line.title} » n’est pas lu par le demandeur : il n’est pas inséré."
        ), 403
    added = found.words if step.startswith(TEXT) else _link(found)
    words = typed.get("texte", "").strip()
    typed["texte"] = f"{words}\n\n{added}" if words else added
    return page.again(ticket.number, forms.Refusal(steps.SLUGS["comment"], typed=typed))


def _link(found: reading.ArticleView) -> str:
    """Return the link to an article in Markdown, whose title may hold brackets."""
    address = f"{current_app.config['GUICHET'].base_url}{url_for('articles.show', article_id=found.line.id)}"
    title = "".join(f"\\{sign}" if sign in "\\[]" else sign for sign in found.line.title)
    return f"[{title}]({address})"


def _offer(ticket: views.TicketView, typed: dict[str, str], refused: str = "") -> str:
    text = " ".join(request.form.get("chercher", "").replace("\x00", "").split())[:QUERY_MAX]
    found = finding.found(g.actor, text, "" if text else ticket.service)
    lines = [one.line for one in found.articles if one.line.state == "published"]
    return render_template(
        "articles/insert.html",
        ticket=ticket,
        typed=typed,
        text=text,
        refused=refused,
        lines=[(one, audiences.covers(one.audience, ticket.etablissement)) for one in lines[:OFFERED_MAX]],
        more=len(lines) > OFFERED_MAX or found.next is not None,
    )
