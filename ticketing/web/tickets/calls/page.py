"""Pages on which a call is taken: the établissements of the actor's side, then the opening form and what to say.

The form is that of `opening`, for the établissement of its address; whoever takes the call reads the ticket afterwards
only if the perimeter shows it, so that a page of its own gives the number and outlives a reload.
"""

from __future__ import annotations

import json

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from charters.rules import Unreadable, seal, unseal
from matrix import french
from ticketing.tickets import desk
from ticketing.tickets.calling import callers
from ticketing.web import frame, uploads
from ticketing.web.guards import guard
from ticketing.web.mandates.forms import shows_first
from ticketing.web.tickets.calls import call
from ticketing.web.tickets.decision_panel import Panel
from ticketing.web.tickets.opening import page as opening

blueprint = Blueprint("calls", __name__)
guard(blueprint, Action.OPEN_FOR)


@blueprint.get("/tickets/appel")
def places() -> ResponseReturnValue:
    """Show the établissements for which the actor may open, `?q=…` those whose names have these words.

    Where there is one only, the form opens at once.
    """
    every = callers.places(desk.router(), g.actor)
    words = request.args.get("q", "").replace("\x00", "").strip()[:100]
    wanted = [french.name(word) for word in words.split()[:5]]
    found = [one for one in every if all(word in french.name(one[1]) for word in wanted)]
    if len(found) == 1:
        return redirect(url_for("calls.form", etablissement_id=found[0][0]), 303)
    return render_template("tickets/calls/places.html", places=found, words=words, some=bool(every))


@blueprint.get("/tickets/appel/<etablissement_id>")
def form(etablissement_id: str) -> ResponseReturnValue:
    """Show the form for an établissement of the actor's side; 404 for any other."""
    _for(etablissement_id)
    return opening.blank()


@blueprint.get("/tickets/appel/<etablissement_id>/decision")
def decision(etablissement_id: str) -> ResponseReturnValue:
    """Return the decision on what is chosen so far, with what to say aloud, as a fragment of HTML."""
    _for(etablissement_id)
    return opening.decided()


@blueprint.post("/tickets/appel/<etablissement_id>")
@shows_first("voir")
def send(etablissement_id: str) -> ResponseReturnValue:
    """Open the ticket for the caller; the form's other buttons only show the decision or search for a service."""
    _for(etablissement_id)
    return opening.received(_sent)


@blueprint.get("/tickets/appel/<etablissement_id>/fait")
def done(etablissement_id: str) -> ResponseReturnValue:
    """Show the number to give and the sentence to say, to who took the call, as often as the page is loaded.

    `?dit=` holds both, sealed for that person: no ticket is read for who does not see it. 404 for anything else.
    """
    _for(etablissement_id)
    try:
        number, aloud = json.loads(unseal(_owner(), request.args.get("dit", "")[:4000]))
    except (Unreadable, ValueError):
        abort(404)
    return render_template(
        "tickets/calls/done.html", number=number, aloud=aloud, place=frame.scope_name(etablissement_id)
    )


def _for(etablissement_id: str) -> None:
    """Say for which établissement the page opens; 404 where the actor may not open for a caller."""
    if not callers.may_open_for(desk.router(), g.actor, etablissement_id):
        abort(404)
    g.call = call.Call(etablissement_id)


def _sent(number: int, shown: Panel) -> ResponseReturnValue:
    """Lead to the ticket, or, where the actor does not see it, to a page with the number to give."""
    if callers.sees(g.actor, number):
        flash(f"Le ticket n° {number} est ouvert. {call.aloud(shown)}", "success")
        return uploads.onward(url_for("tickets.show", number=number, _anchor="fait"))
    said = seal(_owner(), json.dumps([number, call.aloud(shown)]).encode())
    return uploads.onward(url_for("calls.done", etablissement_id=g.call.place, dit=said, _anchor="fait"))


def _owner() -> str:
    """Return what seals the sentence of a call: whoever took it, and nobody else, reads it again."""
    return f"call {g.actor.account_id}"
