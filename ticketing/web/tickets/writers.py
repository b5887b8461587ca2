"""Who writes on a ticket just now, asked by its page every twenty seconds, and said by the page of who writes."""

from __future__ import annotations

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix.wording import enumeration
from ticketing.following import writers
from ticketing.web.guards import guard, unattended

blueprint = Blueprint("writers", __name__)
guard(blueprint, Action.SEE)


@blueprint.get("/tickets/<int:number>/ecrit")
@unattended
def show(number: int) -> ResponseReturnValue:
    """Return who else of the reader's side writes on the ticket, as a sentence; empty for nobody.

    An open page asks by itself: that is no act of the reader, whose session ends all the same.
    """
    names = writers.names(g.perimeter, g.actor, number, g.now)
    verb = "écrivent" if len(names) > 1 else "écrit"
    response = jsonify(said=f"{enumeration(names)} {verb} une réponse" if names else "")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/tickets/<int:number>/ecrit")
def say(number: int) -> ResponseReturnValue:
    """Keep for a minute that the reader writes on the ticket."""
    writers.say(g.perimeter, g.actor, number, g.now)
    return "", 204
