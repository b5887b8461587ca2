"""Pages where people ask for a correction of their own information, and confirm a new mail address by its link."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.people import corrections, directory
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.web import guards
from ticketing.web.guards import guard, requires

blueprint = Blueprint("corrections", __name__)
guard(blueprint, "entering")

FIELDS = ("last_name", "first_name", "company", "email", "function")


def typed() -> dict[str, str]:
    """Return the five fields as they were typed, cut to a length that can be shown again."""
    return {name: request.form.get(name, "").replace("\x00", "")[:500] for name in FIELDS}


@blueprint.get("/compte/correction")
def form() -> ResponseReturnValue:
    """Show the reader's own information in a form, to say what is wrong."""
    person = directory.person(None, g.actor.account_id, now=g.now)
    waiting = corrections.waiting(g.actor.account_id, g.now).asked
    shown = {name: getattr(person, name) for name in FIELDS} | dict(waiting.wanted if waiting else {})
    return _page(shown | {"words": waiting.words if waiting else ""}, {})


@blueprint.post("/compte/correction")
def ask() -> ResponseReturnValue:
    """Ask for the correction; an administrator of the académie makes it."""
    values, words = typed(), request.form.get("words", "").replace("\x00", "")[:5000]
    try:
        corrections.ask(g.actor, corrections.Identity(**values), words, now=g.now)
    except Invalid as invalid:
        return _page(values | {"words": words}, invalid.errors)
    flash("Votre demande de correction est transmise à l’administrateur de l’académie.", "success")
    return redirect(url_for("access.account"), 303)


def _page(values: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    waiting = corrections.waiting(g.actor.account_id, g.now)
    page = render_template("access/correction.html", typed=values, errors=errors, waiting=waiting)
    return page, 422 if errors else 200


@blueprint.get("/adresse/<token>")
@requires("public")
def new_mail(token: str) -> ResponseReturnValue:
    """Show the address that this link confirms, and a button: a mail program that opens links confirms nothing."""
    return _mail_page(token)


@blueprint.post("/adresse/<token>")
@requires("public")
def confirm_mail(token: str) -> ResponseReturnValue:
    """Make the new address the person's."""
    try:
        corrections.confirm(token, zone=guards.zone(), now=g.now)
    except NotFound:
        return render_template("access/link_dead.html"), 404
    except Refused as refused:
        return _mail_page(token, refused.sentence)
    flash("Votre nouvelle adresse est confirmée : les messages y sont envoyés désormais.", "success")
    return redirect("/" if guards.identify() else url_for("access.login"), 303)


def _mail_page(token: str, refusal: str = "") -> ResponseReturnValue:
    try:
        found = corrections.opened(token, g.now)
    except NotFound:
        return render_template("access/link_dead.html"), 404
    return render_template("access/new_mail.html", new=found, refusal=refusal), 409 if refusal else 200
