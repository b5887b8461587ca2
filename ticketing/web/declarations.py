"""Movements of staff: a chef d'établissement or a référent declares them, an administrator ticks them off.

The académie alone makes and ends accounts: a declaration changes no access by itself, and says so.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters import registry
from charters.errors import Invalid, Refused
from charters.permissions import Action
from ticketing.web import people
from ticketing.web.frame import scope_name
from ticketing.web.guards import LARGEST_ID, guard, requires

blueprint = Blueprint("declarations", __name__)
guard(blueprint, Action.DECLARE_STAFF)

HINTS = {
    registry.Movement.ARRIVAL: "La personne prend ses fonctions ici.",
    registry.Movement.DEPARTURE: "La personne quitte ses fonctions ici.",
    registry.Movement.CHANGE: "La personne reste, avec une autre fonction.",
}
_FIELDS = ("movement", "last_name", "first_name", "function", "on", "words")


@blueprint.get("/mouvements")
def index() -> ResponseReturnValue:
    """What was declared where the active mandate bears, and the form. An administrator is led to what is to handle."""
    if not registry.may_declare(g.actor):
        return redirect(url_for("people.index"), 303)
    return _page({}, {})


@blueprint.post("/mouvements")
def declare() -> ResponseReturnValue:
    """Declare a movement; every fault at its field, nothing typed lost."""
    if not registry.may_declare(g.actor):
        abort(403)
    typed = {name: request.form.get(name, "")[:2000] for name in _FIELDS}
    try:
        registry.declare(registry.DeclarationForm(**typed), actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _page(typed, invalid.errors)
    flash("Le mouvement est déclaré : l’académie va le traiter.", "success")
    return redirect(url_for("declarations.index"), 303)


@blueprint.post("/administration/mouvements")
@requires(Action.ADMINISTER_PEOPLE)
def handle() -> ResponseReturnValue:
    """Tick a declaration off."""
    declared = request.form.get("declaration", type=int)
    if declared is None or not 0 < declared <= LARGEST_ID:
        abort(404)
    try:
        registry.handle(people.readable(), declared, actor=g.actor, now=g.now)
        flash("La déclaration est traitée.", "success")
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(url_for("people.index"), 303)


def _page(typed: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "people/declarations.html", lines=registry.declarations(g.actor), movements=people.MOVEMENT_NAMES,
        choices=[(movement.value, people.MOVEMENT_NAMES[movement], hint) for movement, hint in HINTS.items()],
        typed=typed, errors=errors, place=scope_name(g.actor.mandate.scope_id),
    )
    return page, 422 if errors else 200
