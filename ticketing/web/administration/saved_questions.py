"""Questions to the figures kept under a name (`/chiffres/questions`), each answered in its reader's perimeter."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid
from ticketing.web.administration import questions
from ticketing.web.administration.figures import perimeter_words
from ticketing.web.guards import guard
from ticketing.workbench import owned, views
from ticketing.workbench.views import FIGURES

blueprint = Blueprint("saved_questions", __name__)
guard(blueprint, Action.SEE_FIGURES)

#: The most letters that are read of an address.
_MOST = 2_000


@blueprint.get("/chiffres/questions")
def index() -> ResponseReturnValue:
    """List the questions that the reader keeps, and those of the side."""
    return render_template(
        "administration/figures/saved.html",
        kept=views.views(g.actor, FIGURES),
        perimeter=perimeter_words(),
        may_share=owned.may_share(g.actor),
    )


@blueprint.get("/chiffres/questions/<int:question_id>")
def show(question_id: int) -> ResponseReturnValue:
    """Answer a question that is kept, in the reader's perimeter."""
    kept = views.view(g.actor, question_id, FIGURES)
    return questions.page(_given(kept.filters), kept)


@blueprint.post("/chiffres/questions")
def keep() -> ResponseReturnValue:
    """Keep the question of an address under a name, and show it."""
    given = _given(request.form.get("adresse", ""))
    title, shared, follows = request.form.get("nom", "")[:200], "partager" in request.form, "suivre" in request.form
    filters = questions.address_of(given, follows=follows)
    try:
        made = views.keep(g.actor, title, filters, shared, g.now, FIGURES)
    except Invalid as fault:
        typed = {"title": title, "shared": shared, "follows": follows, "errors": {"nom": fault.errors["title"]}}
        return questions.page(given, keeping=typed), 422
    flash("Cette question est gardée : son adresse ne change pas, sa réponse est celle du jour.", "success")
    return redirect(url_for(".show", question_id=made), 303)


@blueprint.post("/chiffres/questions/retirer")
def remove() -> ResponseReturnValue:
    """Remove a question that is kept."""
    typed = request.form.get("question", "")
    views.remove(g.actor, int(typed) if typed.isascii() and typed.isdigit() else 0, g.now, FIGURES)
    flash("La question est retirée ; les chiffres n’en savent rien.", "success")
    return redirect(url_for(".index"), 303)


def _given(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.replace("\x00", "")[:_MOST]))
