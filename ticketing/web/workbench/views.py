"""Views of lists kept under a name: kept from the list, counted, removed. Each is read in the reader's perimeter."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from charters.permissions import Action
from ticketing.errors import Invalid
from ticketing.tickets import queries
from ticketing.views import Facets
from ticketing.web import guards
from ticketing.web.guards import guard, unattended
from ticketing.web.tickets import queue, steps
from ticketing.web.tickets.listing import asked as asking
from ticketing.web.tickets.listing import bar
from ticketing.workbench import owned, views

blueprint = Blueprint("views", __name__)
guard(blueprint, Action.SEE)

#: The most letters that are read of an address.
_MOST = 2_000


@blueprint.get("/tickets/vues")
def index() -> ResponseReturnValue:
    """Show the views of the reader with how many tickets each holds."""
    return _page()


@blueprint.get("/tickets/vues.json")
@unattended
def sizes() -> ResponseReturnValue:
    """Return how many tickets each view holds for the reader, for a list that is open (null: not counted)."""
    response = jsonify({str(view.id): count for view, count in _counted()})
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.post("/tickets/vues")
def keep() -> ResponseReturnValue:
    """Keep the list of an address under a name, and show it."""
    asked = asking.read(_args(request.form.get("adresse", "")), guards.today())
    title, filters = request.form.get("nom", "")[:200], bar.query(asked)
    try:
        views.keep(g.actor, title, filters, "partager" in request.form, g.now)
    except Invalid as fault:
        return _page({"nom": fault.errors["title"]}, title, filters), 422
    flash("Cette vue est gardée : elle est dans le menu de la liste.", "success")
    return redirect(asked.href(), 303)


@blueprint.post("/tickets/vues/retirer")
def remove() -> ResponseReturnValue:
    """Remove a view."""
    views.remove(g.actor, steps.whole(request.form.get("vue", "")) or 0, g.now)
    flash("La vue est retirée ; les tickets n’en savent rien.", "success")
    return redirect(url_for("views.index"), 303)


def _page(errors: dict[str, str] | None = None, name: str = "", address: str = "") -> str:
    return render_template(
        "workbench/views.html",
        counted=[(view, f"{url_for('tickets.index')}?{view.filters}", count) for view, count in _counted()],
        most=queries.SIZES_MAX,
        may_share=owned.may_share(g.actor),
        errors=errors or {},
        name=name,
        address=address,
    )


def _counted() -> list[tuple[views.View, int | None]]:
    """Return the reader's views, each with its size in the reader's perimeter."""
    kept = views.views(g.actor)
    known: dict[str | None, Facets] = {}
    lists = [queue.list_of(_args(view.filters), known) for view in kept]
    return list(zip(kept, queries.sizes([(one.own, one.found.filters) for one in lists], g.now), strict=True))


def _args(address: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(address.replace("\x00", "")[:_MOST]))
