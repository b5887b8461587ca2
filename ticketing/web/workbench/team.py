"""« Équipe »: who of the reader's side is away and until when, said by themselves or by who sets the bench."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid
from ticketing.web import frame, guards
from ticketing.web.guards import guard
from ticketing.web.tickets import steps
from ticketing.workbench import absences

blueprint = Blueprint("team", __name__)
guard(blueprint, Action.SEE)

#: Field of the use case -> field of the form.
_FIELDS = {"person": "personne", "first": "du", "last": "au"}


@blueprint.before_request
def _only_who_works() -> None:
    """Answer 404 to who neither works tickets nor sets the bench of a side."""
    if not absences.may_say(g.actor):
        abort(404)


@blueprint.get("/equipe")
def index() -> str:
    """Show who is away on the reader's side, and the form that says it."""
    return _page({"rendre": "1", "du": guards.today().isoformat()}, {})


@blueprint.post("/equipe/absences")
def say() -> ResponseReturnValue:
    """Keep an absence; a refusal keeps what was typed."""
    typed = {name: request.form.get(name, "")[:60].replace("\x00", "") for name in ("personne", "du", "au", "rendre")}
    try:
        wanted = {name: typed[field] for name, field in _FIELDS.items()}
        absences.say(g.actor, wanted, bool(typed["rendre"]), g.now)
    except Invalid as invalid:
        return _page(typed, {_FIELDS[name]: sentence for name, sentence in invalid.errors.items()}), 422
    back = absences.offer(g.now)
    flash("L’absence est indiquée à ceux de votre côté." + _told(back), "success")
    return redirect(url_for("team.index"), 303)


@blueprint.post("/equipe/absences/retirer")
def remove() -> ResponseReturnValue:
    """Remove an absence; the tickets that went back to the queue stay there."""
    absences.remove(g.actor, steps.whole(request.form.get("absence", "")) or 0, g.now)
    flash("L’absence est retirée.", "success")
    return redirect(url_for("team.index"), 303)


def _told(back: int) -> str:
    if not back:
        return ""
    return f" {back} ticket{'s' if back > 1 else ''} urgent{'s' if back > 1 else ''} : de retour dans la file."


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    people = absences.people(g.actor, g.now)
    return render_template(
        "workbench/team.html",
        absences=absences.listed(g.actor, g.now),
        people=[(str(account), name) for account, name in people],
        me=str(g.actor.account_id),
        side=frame.scope_name(g.actor.mandate.scope_id),
        today=guards.today(),
        typed=typed,
        errors=errors,
    )
