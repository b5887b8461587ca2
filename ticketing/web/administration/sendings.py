"""Pages where an administrator sees the mails that do not arrive, and sends them again."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.correspondence import watching
from ticketing.mail.incoming import boxes
from ticketing.mail.sending import troubles
from ticketing.web.guards import guard
from ticketing.web.people import coverage

blueprint = Blueprint("sendings", __name__, url_prefix="/administration/courriels")
guard(blueprint, Action.ADMINISTER_PEOPLE)


@blueprint.get("/envois")
def index() -> str:
    """List the mails that failed, came back or are tried again, and the addresses that fail."""
    mails, addresses = troubles.listed(coverage.readable())
    return render_template(
        "administration/sendings.html",
        failed=[one for one in mails if one.state != "pending"],
        waiting=[one for one in mails if one.state == "pending"],
        addresses=addresses,
        most=troubles.MOST,
        health=watching.health(boxes.read(current_app.config["GUICHET"].mailbox), g.now),
    )


@blueprint.post("/envois/<sort>/<int:number>")
def again(sort: str, number: int) -> ResponseReturnValue:
    """Send one mail again."""
    if sort not in ("avis", "lettre"):
        abort(404)
    troubles.again(g.actor, coverage.readable(), "avis" if sort == "avis" else "lettre", number, g.now)
    flash("Le courriel repart dans la minute.", "success")
    return redirect(url_for("sendings.index"), 303)


@blueprint.post("/adresses/<int:account_id>")
def again_to(account_id: int) -> ResponseReturnValue:
    """Try a person's address again, with all that failed there."""
    count = troubles.again_to(g.actor, coverage.readable(), account_id, g.now)
    sent = "Un courriel repart" if count == 1 else f"{count} courriels repartent" if count else "Rien n’attendait"
    flash(f"{sent}. L’adresse est de nouveau essayée.", "success")
    return redirect(url_for("sendings.index"), 303)
