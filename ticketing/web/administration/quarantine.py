"""Pages where an administrator lists and destroys the files in quarantine (`/administration/fichiers`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.files import quarantine
from ticketing.web.guards import guard

blueprint = Blueprint("quarantine", __name__)
guard(blueprint, Action.MASK_COMMENT)


@blueprint.get("/administration/fichiers")
def index() -> str:
    """List the files in quarantine, and say whether an antivirus is configured."""
    return render_template(
        "administration/quarantine.html",
        held=quarantine.listed(g.actor.mandate.scope_id),
        antivirus=bool(current_app.config["GUICHET"].clamav),
        most=quarantine.LISTED_MAX,
    )


@blueprint.post("/administration/fichiers/<uuid:uuid>/detruire")
def destroy(uuid: Any) -> ResponseReturnValue:
    """Destroy a file; the ticket still lists it, with what became of it."""
    quarantine.destroy(g.actor, g.actor.mandate.scope_id, str(uuid), g.now)
    flash("Le fichier est détruit. Le ticket en garde le nom, et le journal une ligne.", "success")
    return redirect(url_for("quarantine.index"), 303)
