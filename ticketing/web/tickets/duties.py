"""What a text asks of people about a ticket, said to be done (`/tickets/<number>/demarches/<duty>`)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, views
from ticketing.tickets import desk, queries
from ticketing.web.guards import guard
from ticketing.web.tickets import forms, page, privacy, steps

blueprint = Blueprint("duties", __name__)
guard(blueprint, Action.COMMENT)


@blueprint.post("/tickets/<int:number>/demarches/<duty>")
def done(number: int, duty: str) -> ResponseReturnValue:
    """Say that a duty is done; a refusal shows the ticket with the form open and what was typed."""
    words = request.form.get(f"demarche-{duty}-texte", "").replace("\x00", "")[:20_000]
    if asked := privacy.about_a_duty(words, request.form.get("verifie", ""), lambda: _seen(number)):
        g.duty_refused = (duty, asked[0], words, asked[1])
        return page.again(number), 422
    try:
        desk.did(g.actor, number, duty[:60], words, g.now, steps.one_time(request.form) or None)
    except errors.Invalid as refusal:  # shown at the duty's own form
        g.duty_refused = (duty, next(iter(refusal.errors.values())), words, "")
        return page.again(number), 422
    except errors.StepRefused as refusal:  # the text asks no such thing: the words stand in the form of a comment
        return page.again(number, forms.Refusal("commenter", sentence=str(refusal), typed={"texte": words})), 409
    flash("C’est noté dans le fil du ticket.", "success")
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


def _seen(number: int) -> views.TicketView:
    """Return the ticket as the active mandate sees it. Raises NotFound."""
    return queries.ticket(g.perimeter, g.actor, number, g.now)
