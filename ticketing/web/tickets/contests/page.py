"""Contests: what the référent of a side says of one, and the list of those that wait, or that nobody settled."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.model import Role
from charters.permissions import Action
from ticketing import errors, model
from ticketing.tickets import desk, queries
from ticketing.tickets.contesting import shown
from ticketing.web import vocabulary
from ticketing.web.guards import guard
from ticketing.web.tickets import forms, page, privacy, steps
from ticketing.web.tickets.contests.card import CARD

blueprint = Blueprint("contests", __name__)
guard(blueprint, Action.REFEREE)


@blueprint.get("/contestations")
def index() -> str:
    """List the contests on which the reader's side has a word to say, and those that the académie's parties left open.

    Who does not see a ticket reads neither its number nor its établissement.
    """
    administers = g.actor.role is Role.ADMINISTRATEUR
    return render_template(
        "tickets/contests.html",
        waiting=shown.waiting(g.perimeter),
        unsettled=shown.unsettled(g.actor.mandate.scope_id) if administers else (),
        administers=administers,
        subjects={key: known.label for key, known in vocabulary.SERVICES.items()},
        answers=vocabulary.ACTIVITY_ANSWERS,
    )


@blueprint.post("/tickets/<int:number>/contestation")
def say(number: int) -> ResponseReturnValue:
    """Keep what the référent says, and show the ticket; a fault is shown at the form with what was typed."""
    if not model.may_be_number(number):
        raise errors.NotFound
    form = steps.read(CARD, request.form, ())
    if asked := privacy.about_pupils(CARD, form, lambda: queries.ticket(g.perimeter, g.actor, number, g.now)):
        return page.again(number, asked), 422
    try:
        desk.referee(g.actor, number, form["partie"], form["clause"], form["texte"], g.now)
    except errors.Invalid as refusal:
        found = steps.faults(CARD, refusal.errors)
        return page.again(number, forms.Refusal(CARD, errors=found, typed=form.fields)), 422
    except errors.StepRefused as refusal:
        return page.again(number, forms.Refusal(CARD, sentence=str(refusal), typed=form.fields)), 409
    except errors.Refused as refusal:
        return page.again(number, forms.Refusal(CARD, sentence=str(refusal), typed=form.fields)), 403
    flash("Votre avis est dans le fil, avec sa clause.", "success")
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)
