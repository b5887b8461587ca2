"""The people whom a text on a ticket may name, as a list to complete « @ », and what its author is told afterwards.

A sigle that is nobody's is answered as one of somebody who does not read the text.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, jsonify
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix.wording import enumeration
from ticketing.errors import NotFound, Refused
from ticketing.tickets.changing import mentions
from ticketing.web.guards import guard
from ticketing.web.tickets import steps

blueprint = Blueprint("mentions", __name__)
guard(blueprint, Action.SEE)


@blueprint.get("/tickets/<int:number>/personnes.json")
def people(number: int) -> ResponseReturnValue:
    """Return whom the reader's text may name: `[sigle, name, whether the notes of the reader's side are read too]`.

    Nobody for who reads the ticket without writing on it.
    """
    try:
        found = mentions.offered(g.actor, number, g.now)
    except Refused:
        found = ()
    response = jsonify(people=[[one.sigle, one.name, one.notes] for one in found])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def tell(number: int, form: steps.Form) -> None:
    """Tell the author of a comment which of the sigles in it reached nobody."""
    try:
        lost = mentions.unheard(g.actor, number, form["texte"], form["visibilite"] == "internal", g.now)
    except NotFound:  # the comment itself took the ticket out of sight
        return
    if lost:
        names = enumeration([f"@{one}" for one in lost])
        flash(f"Personne n’a été prévenu pour {names} : aucune personne de ce sigle ne lit ce texte.", "info")
