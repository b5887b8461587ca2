"""The calendar of obligations for a person's own programs: its address made and revoked, and the file itself.

The file is public to who has its secret; it is asked for by programs that log in nowhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.in_force import routing, signatories
from ticketing.mail import calendar_files
from ticketing.obligations import feeds
from ticketing.web import limiting, peers
from ticketing.web.confirming import fresh
from ticketing.web.guards import guard, requires

blueprint = Blueprint("obligation_feed", __name__)
guard(blueprint, Action.APPROVE_MATRIX)

#: The name of the calendar, as programs show it.
NAME = "Obligations des accords (Guichet)"


@blueprint.get("/compte/calendrier")
def page() -> ResponseReturnValue:
    """Say what the address of the reader's calendar is for, and whether there is one; never the address itself."""
    return _page("")


@blueprint.post("/compte/calendrier")
@fresh
def make() -> ResponseReturnValue:
    """Make an address, which this page alone shows; an earlier one ends."""
    _signs()
    token = feeds.make(g.actor, g.now)
    base = current_app.config["GUICHET"].base_url
    return _page(f"{base}{url_for('obligation_feed.file', token=token)}")


@blueprint.post("/compte/calendrier/revoquer")
def revoke() -> ResponseReturnValue:
    """End the reader's address."""
    feeds.revoke(g.actor, g.now)
    flash("L’adresse est révoquée : elle ne donne plus rien.", "success")
    return redirect(url_for("obligation_feed.page"), 303)


@blueprint.get("/calendrier/<token>.ics")
@requires("public")
def file(token: str) -> ResponseReturnValue:
    """Give the calendar of the person whose secret this is, as that person sees it now."""
    if refusal := limiting.by_address("feed"):
        return refusal
    host = urlsplit(current_app.config["GUICHET"].base_url).hostname or "guichet"
    text = calendar_files.feed(NAME, feeds.events(token, host, peers.zone(), g.now))
    response = Response(text, mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(address: str) -> str:
    _signs()
    return render_template("obligations/feed.html", address=address, ends=feeds.made(g.actor, g.now))


def _signs() -> None:
    if not signatories.concerned(g.actor, routing.router().conventions):
        abort(404)
