"""Pages of the exchange with other tools: profiles, their trial, their last messages, what is missing or differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.model import Role
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.exchange import health, profiles, trial
from ticketing.exchange.profiles import Form
from ticketing.exchange.protocol import wire
from ticketing.exchange.protocol.kinds import KINDS
from ticketing.web.confirming import fresh, fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires

blueprint = Blueprint("exchanges", __name__, url_prefix="/administration/echanges")
guard(blueprint, Action.ADMINISTER_PEOPLE)

#: State of a message -> its tag: words, kind.
STATES = {
    "pending": ("attend", "info"),
    "sent": ("envoyé", "success"),
    "confirmed": ("arrivé", "success"),
    "failed": ("échec", "error"),
    "dropped": ("abandonné", "warning"),
    "held": ("attend son tour", "warning"),
    "applied": ("pris en compte", "success"),
    "skipped": ("déjà connu", ""),
    "refused": ("refusé", "error"),
}
KINDS_SAID = {
    "update": "Mise à jour",
    "request": "Demande de renvoi",
    "reconciliation": "Rapprochement",
    "trial": "Essai",
    "mail": "Avis de l’outil",
}


@blueprint.get("")
@requires(Action.SEE_STAFF)
def index() -> ResponseReturnValue:
    """List the profiles: those of the académie, or for a référent the one of the référent's own collectivité."""
    own = g.actor.mandate.scope_id
    administers = g.actor.role is Role.ADMINISTRATEUR
    rows = profiles.of_academie(own) if administers else profiles.of_organisation(own)
    return render_template(
        "administration/exchanges/index.html",
        lines=[(row, scope_name(row.organisation), KINDS[row.kind], health.of_profile(row.id)) for row in rows],
        administers=administers,
        now=g.now,
    )


@blueprint.get("/schema.json")
@requires(Action.SEE_STAFF)
def schema() -> ResponseReturnValue:
    """Return the JSON Schema of the structured message, for who writes the other tool."""
    return wire.schema()


@blueprint.get("/nouveau")
def new() -> ResponseReturnValue:
    """Show the form of a new profile."""
    return _form_page(Form(), {})


@blueprint.post("/nouveau")
@fresh_once_valid
def make() -> ResponseReturnValue:
    """Make a profile, switched off."""
    form = _typed()
    try:
        made = profiles.save(g.actor, form, g.now)
    except Invalid as invalid:
        return _form_page(form, dict(invalid.errors))
    flash("Le profil est enregistré. Essayez-le avant de le mettre en service.", "success")
    return redirect(url_for("exchanges.show", profile_id=made), 303)


@blueprint.get("/<int:profile_id>")
def show(profile_id: int) -> ResponseReturnValue:
    """Show a profile: its health, its last messages, what is missing or differs."""
    return _page(profile_id)


@blueprint.get("/<int:profile_id>/modifier")
def edit(profile_id: int) -> ResponseReturnValue:
    """Show the form of a profile as it stands."""
    row = profiles.one(g.actor, profile_id)
    names = ("organisation", "kind", "address", "writes_from", "form")
    form = Form(**{name: getattr(row, name) for name in names}, per_minute=str(row.per_minute))
    return _form_page(form, {}, row)


@blueprint.post("/<int:profile_id>/modifier")
@fresh_once_valid
def change(profile_id: int) -> ResponseReturnValue:
    """Change a profile, which is then switched off until it is tried again."""
    row = profiles.one(g.actor, profile_id)
    form = replace(_typed(), organisation=row.organisation)
    try:
        profiles.save(g.actor, form, g.now, profile_id)
    except Invalid as invalid:
        return _form_page(form, dict(invalid.errors), row)
    flash("Le profil est changé et l’échange arrêté : essayez-le, puis remettez-le en service.", "success")
    return redirect(url_for("exchanges.show", profile_id=profile_id), 303)


@blueprint.post("/<int:profile_id>/cle")
@fresh
def key(profile_id: int) -> ResponseReturnValue:
    """Draw the shared key, and show it this once."""
    try:
        drawn = profiles.new_key(g.actor, profile_id, g.now)
    except Refused as refused:
        flash(str(refused), "error")
        return redirect(url_for("exchanges.show", profile_id=profile_id), 303)
    return _page(profile_id, key=drawn)


@blueprint.post("/<int:profile_id>/essayer")
@fresh
def attempt(profile_id: int) -> ResponseReturnValue:
    """Show what would be sent for an invented ticket, and how a pasted reply is read."""
    row = profiles.one(g.actor, profile_id)
    reply = trial.Reply(
        request.form.get("sender", "")[:254],
        request.form.get("subject", "")[:500],
        request.form.get("text", "")[: trial.REPLY_MAX],
    )
    try:
        profiles.tried(g.actor, profile_id, g.now, send=request.form.get("envoyer") == "1")
    except Refused as refused:
        flash(str(refused), "error")
        return redirect(url_for("exchanges.show", profile_id=profile_id), 303)
    read = trial.read(row, reply) if reply.subject or reply.text else ()
    return _page(profile_id, sample=trial.sample(row, g.now), reply=reply, read=read)


@blueprint.post("/<int:profile_id>/<any(demarrer, arreter, retirer, renvoyer):step>")
@fresh
def act(profile_id: int, step: str) -> ResponseReturnValue:
    """Switch a profile on or off, remove it, or send again what failed."""
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "demarrer": (lambda: profiles.switch(g.actor, profile_id, True, g.now), "L’échange est en service."),
        "arreter": (lambda: profiles.switch(g.actor, profile_id, False, g.now), "L’échange est arrêté."),
        "retirer": (lambda: profiles.remove(g.actor, profile_id, g.now), "Le profil est retiré."),
        "renvoyer": (lambda: profiles.send_failed_again(g.actor, profile_id, g.now), "Les messages sont renvoyés."),
    }
    use_case, said = acts[step]
    try:
        use_case()
        flash(said, "success")
    except Refused as refused:
        flash(str(refused), "error")
        step = ""
    gone = step == "retirer"
    return redirect(url_for("exchanges.index") if gone else url_for("exchanges.show", profile_id=profile_id), 303)


@blueprint.post("/<int:profile_id>/ecarts/<int:number>/classer")
def settle(profile_id: int, number: int) -> ResponseReturnValue:
    """Set aside the difference of a ticket that the administrator has looked at."""
    if number >= 2**31:
        abort(404)
    profiles.settle(g.actor, profile_id, number, g.now)
    flash("L’écart est classé.", "success")
    return redirect(url_for("exchanges.show", profile_id=profile_id), 303)


def _typed() -> Form:
    names = ("organisation", "kind", "address", "writes_from", "form", "key", "per_minute")
    return Form(**{name: request.form.get(name, "")[:254] for name in names})


def _form_page(form: Form, errors: dict[str, str], row: Any = None) -> ResponseReturnValue:
    page = render_template(
        "administration/exchanges/form.html",
        form=form,
        errors=errors,
        row=row,
        name=scope_name(row.organisation) if row else "",
        organisations=sorted(
            profiles.collectivites(g.actor.mandate.scope_id).items(), key=lambda pair: pair[1].casefold()
        ),
        kinds=[(kind.id, kind.label) for kind in KINDS.values()],
    )
    return page, 422 if errors else 200


def _page(profile_id: int, **more: Any) -> ResponseReturnValue:
    row = profiles.one(g.actor, profile_id)
    return render_template(
        "administration/exchanges/show.html",
        **{"key": "", "sample": (), "reply": trial.Reply("", "", ""), "read": ()} | more,
        row=row,
        name=scope_name(row.organisation),
        kind=KINDS[row.kind],
        figures=health.of_profile(row.id),
        messages=health.last_messages(row.id),
        to_look_at=health.to_look_at(row.id),
        states=STATES,
        said=KINDS_SAID,
        now=g.now,
    )
