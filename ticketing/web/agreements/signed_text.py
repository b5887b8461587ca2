"""The page of a signed text, read whole, where an operator laid the text in a folder (`GUICHET_TEXTS_DIR`)."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request
from flask.sansio.blueprints import BlueprintSetupState

from charters.days import today
from charters.permissions import MAY, Action
from matrix.signed_text.uses import KINDS
from ticketing.in_force import routing, signed_texts
from ticketing.web.agreements import text_views, whodoeswhat
from ticketing.web.guards import guard

blueprint = Blueprint("signed_text", __name__)
guard(blueprint, "member")


@blueprint.record_once
def _give_places(state: BlueprintSetupState) -> None:
    """Give every template `place_in_text(citation)`: the address of its place in the text, or nothing."""
    state.app.jinja_env.globals["place_in_text"] = text_views.place_in_text


@blueprint.get("/qui-fait-quoi/<convention_id>/texte")
def show(convention_id: str) -> str:
    """Show the text from end to end, each sentence with what it settles; `?voir=` keeps those of one state.

    The agreements are those of « Qui fait quoi » under the active mandate; one whose text is not laid has no page.
    """
    convention = whodoeswhat.in_reach().convention(convention_id)
    conventions = routing.on_day(routing.router().conventions, today(g.now))
    wanted = request.args.get("voir", "")
    wanted = wanted if wanted in text_views.FILTERS else ""
    try:
        beside = signed_texts.beside(conventions, convention.id)
    except signed_texts.UnreadableText as error:
        return render_template("agreements/text/show.html", convention=convention, why=str(error), text=None)
    if beside is None:
        abort(404)
    role = g.actor.role
    return render_template(
        "agreements/text/show.html",
        convention=convention,
        why="",
        text=text_views.view(beside, conventions, wanted),
        wanted=wanted,
        filters=[(name, label) for name, (_, label) in text_views.FILTERS.items()],
        kinds=KINDS,
        keeps=role is not None and Action.ADMINISTER_MATRIX in MAY[role],
    )
