"""Page of the mails that the demonstration would send to the reader, on tickets that the active mandate sees."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, g, render_template

from ticketing.tickets import queries
from ticketing.web.guards import guard

blueprint = Blueprint("notices", __name__)
guard(blueprint, "member")


@blueprint.get("/courriels")
def index() -> str:
    """List the latest mails, newest first; abort with 404 outside demonstration mode, where mails are really sent."""
    if not current_app.config["GUICHET"].demo:
        abort(404)
    return render_template("notices/index.html", notices=queries.notices(g.perimeter, g.actor))
