"""Pages of incoming mail (`/administration/courriels`): the health of boxes, what came, what was set aside and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.correspondence import watching
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import coverage, routing
from ticketing.mail.incoming import boxes
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.oversight import incoming_mails, mail_authors
from ticketing.web.guards import LARGEST_ID, guard

blueprint = Blueprint("incoming_mail", __name__)
guard(blueprint, Action.ADMINISTER_PEOPLE)

FIELDS = ("etat", "genre", "boite")


@blueprint.get("/administration/courriels")
def index() -> str:
    """Show the health of boxes and list the mails: `etat`, `genre` and `boite` filter, `avant` turns the pages."""
    wanted = {name: request.args[name][:40] for name in FIELDS if request.args.get(name, "").strip()}
    shown = incoming_mails.listed(g.actor, wanted, _number("avant"))
    more = len(shown) > incoming_mails.PAGE
    shown = shown[: incoming_mails.PAGE]
    return render_template(
        "administration/mails.html",
        health=watching.health(_boxes(), g.now),
        counts=incoming_mails.counts(g.actor),
        states=incoming_mails.STATES,
        kinds=incoming_mails.KINDS,
        mails=shown,
        wanted=wanted,
        older="?" + urlencode({**wanted, "avant": shown[-1].id}) if more else None,
        boxes=[(box.name, box.name) for box in _boxes()],
    )


@blueprint.get("/administration/courriels/<int:mail_id>")
def mail(mail_id: int) -> ResponseReturnValue:
    """Show one mail: why it was set aside, what it says if the reader may know it, and what can be done with it."""
    return _page(mail_id, {"qui": request.args.get("qui", "")[:100]})


@blueprint.get("/administration/courriels/<int:mail_id>/original")
def original(mail_id: int) -> ResponseReturnValue:
    """Return the mail as it came, as a download."""
    response = Response(incoming_mails.download(g.actor, mail_id, g.now), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="courriel-{mail_id}.eml"'
    return response


@blueprint.post("/administration/courriels/<int:mail_id>/rejouer")
def replay(mail_id: int) -> ResponseReturnValue:
    """Take in the mail again: what was missing may be there by now."""
    return _done(mail_id, incoming_mails.replay(g.actor, mail_id, g.now))


@blueprint.post("/administration/courriels/<int:mail_id>/attribuer")
def attribute(mail_id: int) -> ResponseReturnValue:
    """Attribute the mail to the person who wrote it, and take it in as that person's."""
    typed = {"sigle": request.form.get("sigle", "")[:32], "qui": request.form.get("qui", "")[:100]}
    warned = request.form.get("warned") == "1"
    try:
        outcome = mail_authors.attribute(g.actor, mail_id, typed["sigle"], _people(), warned, g.now)
    except Invalid as error:
        return _page(mail_id, typed, error.errors), 422
    return _done(mail_id, outcome)


@blueprint.post("/administration/courriels/<int:mail_id>/etablissement")
def place(mail_id: int) -> ResponseReturnValue:
    """Say the établissement of the mail in its author's stead, and take it in."""
    try:
        outcome = mail_authors.place(g.actor, mail_id, request.form.get("place", "")[:4], g.now)
    except Invalid as error:
        return _page(mail_id, {}, error.errors), 422
    return _done(mail_id, outcome)


@blueprint.post("/administration/courriels/<int:mail_id>/laisser-partir")
def clear(mail_id: int) -> ResponseReturnValue:
    """Say, in its author's stead, that a mail which seems to carry pupils' data may leave, and take it in."""
    return _done(mail_id, incoming_mails.clear(g.actor, mail_id, g.now))


def _done(mail_id: int, outcome: Outcome | None) -> ResponseReturnValue:
    """Say what became of a mail that was taken in again, on its page."""
    if outcome is None or outcome.state in ("received", "parsed"):
        flash("Le courriel sera traité de nouveau dans la minute.", "success")
    elif outcome.state == "quarantined":
        flash(f"Le courriel reste mis à part. {outcome.reason}", "info")
    else:
        done = incoming_mails.KINDS.get(outcome.kind, outcome.kind)
        about = f", ticket n° {outcome.ticket}" if outcome.ticket else ""
        flash(f"Le courriel est traité : {done}{about}.", "success")
    return redirect(url_for("incoming_mail.mail", mail_id=mail_id), 303)


@blueprint.post("/administration/courriels/<int:mail_id>/classer")
def ignore(mail_id: int) -> ResponseReturnValue:
    """Let a mail that was set aside be, with the reason that the form gives."""
    reason = request.form.get("reason", "")
    try:
        incoming_mails.ignore(g.actor, mail_id, reason, g.now)
    except Invalid as error:
        return _page(mail_id, {"reason": reason}, error.errors), 422
    flash("Le courriel est classé sans suite. Il reste lisible ici, avec le motif.", "success")
    return redirect(url_for("incoming_mail.index", etat="quarantined"), 303)


@blueprint.post("/administration/courriels/rejouer")
def replay_all() -> ResponseReturnValue:
    """Take in again the mails set aside for one reason, after that reason has gone."""
    kind = request.form.get("genre", "")
    if kind not in incoming_mails.KINDS:
        raise NotFound
    done = incoming_mails.replay_all(g.actor, kind, g.now)
    said = {0: "Aucun courriel n’a quitté la mise à part.", 1: "Un courriel est traité."}
    flash(said.get(done, f"{done} courriels sont traités."), "success" if done else "info")
    return redirect(url_for("incoming_mail.index", etat="quarantined"), 303)


def _page(mail_id: int, typed: dict[str, str], errors: dict[str, str] | Any = None) -> str:
    page = incoming_mails.one(g.actor, mail_id, g.now)
    authors = mail_authors.of_page(page, typed.get("qui", ""), _people(), g.now)
    own = "L’adresse que le courriel annonce est la sienne."
    return render_template(
        "administration/mail.html",
        page=page,
        authors=authors,
        author_options=[
            (one.sigle, f"{one.name} ({one.sigle})", own if one.has_address else "") for one in authors.candidates
        ],
        place_options=[(one.mark, one.label) for one in authors.places],
        typed=typed,
        errors=errors or {},
        reason_max=incoming_mails.REASON_MAX,
    )


def _people() -> Collection[str] | None:
    """Return the organisations whose people this administrator may read, None for all."""
    return coverage.administered(routing.router().conventions, g.actor.mandate.scope_id)


def _boxes() -> tuple[boxes.Box, ...]:
    return boxes.read(current_app.config["GUICHET"].mailbox)


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) <= 10 else None
