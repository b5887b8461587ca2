"""The page of health: what `guichet doctor` says, for an administrator who has no access to the machine."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template

from charters.permissions import Action
from ticketing.health import checks
from ticketing.health.findings import Level, worst_first
from ticketing.web.guards import guard

blueprint = Blueprint("health", __name__, url_prefix="/administration/sante")
guard(blueprint, Action.ADMINISTER_PEOPLE)


@blueprint.get("")
def index() -> str:
    """Show how each part of the installation stands, the worst first; nothing outside the machine is asked."""
    found = checks.checked(current_app.config["GUICHET"], g.now, network=False)
    return render_template(
        "administration/health.html",
        findings=worst_first(found),
        levels=Level,
    )
