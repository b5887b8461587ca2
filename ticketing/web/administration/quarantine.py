"""Files in quarantine, as an administrator sees and destroys them (`/administration/fichiers`)."""

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
    """What is in quarantine, and whether an antivirus looks at files."""
    return render_template(
        "administration/quarantine.html",
        held=quarantine.listed(g.actor.mandate.scope_id),
        antivirus=bool(current_app.config["GUICHET"].clamav),
        most=quarantine.LISTED_MAX,
    )


@blueprint.post("/administration/fichiers/<uuid:uuid>/detruire")
def destroy(uuid: Any) -> ResponseReturnValue:
    """Destroy a file: its line on the ticket stays, with what became of it."""
    quarantine.destroy(g.actor, g.actor.mandate.scope_id, str(uuid), g.now)
    flash("Le fichier est détruit. Le ticket en garde le nom, et le journal une ligne.", "success")
    return redirect(url_for("quarantine.index"), 303)
