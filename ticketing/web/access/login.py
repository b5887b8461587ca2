"""Pages of the login and logout, the choice of the active mandate, the activation of a key, the reader's account."""

from __future__ import annotations

from collections.abc import Callable

import segno
from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from charters.entry import fido, identity, pin_and_code, radius_keys
from charters.entry import sessions as entry_sessions
from charters.keys import keys
from charters.keys.pins import NewPin
from charters.model import ZONES
from charters.people import directory
from charters.signing import signatures
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.in_force import routing, signatories
from ticketing.web import challenges, guards
from ticketing.web.access import academie
from ticketing.web.access.entering import browser, login_page, welcome
from ticketing.web.addresses import local
from ticketing.web.frame import ROLE_NAMES, scope_name
from ticketing.web.guards import guard, requires

blueprint = Blueprint("access", __name__)
guard(blueprint, "member")


def install(app: Flask) -> None:
    """Give the templates of access the names that they share with those of people."""
    app.jinja_env.globals.update(
        role_name=lambda role: ROLE_NAMES[role],
        scope_name=scope_name,
        charter_title=signatures.TITLES.get,
        zone_name=ZONES.get,
    )


# --- login ---


@blueprint.get("/connexion")
@requires("public")
def login() -> ResponseReturnValue:
    """Show the login form; redirect a reader who is logged in already to the page asked for."""
    if guards.identify() is not None:
        return redirect(local(request.args.get("suite", "")))
    return login_page("", None, local(request.args.get("suite", "")))


@blueprint.post("/connexion")
@requires("public")
def enter() -> ResponseReturnValue:
    """Check sigle, PIN and code; open a session with a new token, or show the form again with the refusal (401).

    Nothing of the browser's former session is kept: it is closed on the server too, so that its cookie opens nothing.
    """
    sigle, suite = request.form.get("sigle", "")[:80], local(request.form.get("suite", ""))
    try:
        entered = pin_and_code.log_in(
            sigle,
            request.form.get("pin", "")[:200],
            request.form.get("code", "")[:40],
            zone=guards.zone(),
            now=g.now,
            agent=browser(),
        )
    except Refused as refused:
        return login_page(sigle, refused.sentence, suite), 401
    return welcome(entered, suite)


@blueprint.post("/deconnexion")
@requires("public")
def leave() -> ResponseReturnValue:
    """Close the session on the server, and forget it in the browser; then the académie's own, where it opened this."""
    token = None
    if (opened := guards.identify()) is not None:
        token = identity.token_of(opened)
        entry_sessions.log_out(opened, now=g.now)
    session.clear()
    if token is not None and (page := academie.way_out(token)) is not None:
        guards.drop_login_cookie(page)
        return page
    flash("Vous êtes déconnecté.", "success")
    response = redirect(url_for("access.login"), 303)
    guards.drop_login_cookie(response)
    return response


# --- active mandate ---


@blueprint.post("/mandat")
def mandate() -> ResponseReturnValue:
    """Activate another mandate of the reader, then redirect to the page named by `suite`, else to the home page.

    The tickets of the former mandate are no longer visible.
    """
    wanted = request.form.get("mandate", "")
    chosen = entry_sessions.choose_mandate(g.login, int(wanted) if _number(wanted) else 0, now=g.now)
    flash(f"Mandat actif : {ROLE_NAMES[chosen.role]}, {scope_name(chosen.scope_id)}.", "success")
    return redirect(local(request.form.get("suite", "")), 303)


# --- the reader's key ---


@blueprint.get("/cle/<token>")
@requires("public")
def key(token: str) -> ResponseReturnValue:
    """Show the page of an activation link: who the key is for, and a button. A GET never shows the secret."""
    return _key_page(token)


@blueprint.post("/cle/<token>")
@requires("public")
def activate(token: str) -> ResponseReturnValue:
    """Show a new secret, or confirm it with a PIN and a first code, or register a security key (field `etape`)."""
    if request.form.get("etape") == "cle":
        return _register(token)
    if request.form.get("etape") == "academie":
        return _enrol_by_the_server(token)
    if request.form.get("etape") == "afficher":
        try:
            shown = keys.show_seed(token, now=g.now)
        except Refused as refused:
            return _key_page(token, errors={"": refused.sentence})
        return _key_page(token, secret=shown.secret, uri=shown.uri)
    pin = NewPin(request.form.get("pin", "")[:200], request.form.get("pin_again", "")[:200])
    code, second = request.form.get("code", "")[:40], request.form.get("second", "")[:40]
    return _activated(
        token, lambda: keys.enrol(token, pin=pin, code=code, second=second, zone=guards.zone(), now=g.now)
    )


def _enrol_by_the_server(token: str) -> ResponseReturnValue:
    """Activate a key of the académie by a PIN and a code that its server accepts."""
    pin, code = request.form.get("pin", "")[:200], request.form.get("code", "")[:40]
    return _activated(token, lambda: radius_keys.enrol(token, pin=pin, code=code, zone=guards.zone(), now=g.now))


def _activated(token: str, enrol: Callable[[], object]) -> ResponseReturnValue:
    """Activate a key by `enrol` and lead to the login; show its page again where it refuses."""
    try:
        enrol()
    except Invalid as invalid:
        return _key_page(token, errors=invalid.errors)
    except Refused as refused:
        return _key_page(token, errors={"": refused.sentence})
    session.clear()
    flash("Votre clé est activée. Attendez le code suivant, puis connectez-vous.", "success")
    return redirect(url_for("access.login"), 303)


def _register(token: str) -> ResponseReturnValue:
    """Register a security key from its answer to the challenge that the page asked for."""
    try:
        fido.register(token, request.form.get("answer", ""), challenges.taken(g.now), zone=guards.zone(), now=g.now)
    except Refused as refused:
        return _key_page(token, errors={"": refused.sentence})
    session.clear()
    flash("Votre clé est enregistrée. Connectez-vous avec elle.", "success")
    return redirect(url_for("other_ways.security_key"), 303)


def _key_page(
    token: str, *, errors: dict[str, str] | None = None, secret: str = "", uri: str = ""
) -> ResponseReturnValue:
    try:
        found = keys.activation(token, now=g.now)
    except NotFound:
        return render_template("access/key_dead.html"), 404
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    page = render_template(
        "access/key.html",
        key=found,
        errors=errors or {},
        secret=groups,
        uri=uri,
        qr=_qr(uri) if uri else "",
        passkeys=fido.passkeys_offered(),
    )
    return page, 422 if errors else 200


def _qr(uri: str) -> str:
    """Return the QR code of `uri` as a data: image, since the CSP allows those and refuses inline styles."""
    return segno.make(uri, error="m").svg_data_uri(scale=6, border=3, dark="#000", light="#fff")


# --- the reader's account ---


@blueprint.get("/compte")
@requires("entering")
def account() -> ResponseReturnValue:
    """Show what Guichet knows of the reader: information, mandates, key, signatures, open sessions."""
    person = directory.person(None, g.actor.account_id, now=g.now)
    sessions = entry_sessions.sessions_of(g.actor.account_id, now=g.now)
    return render_template(
        "access/account.html",
        person=person,
        sessions=sessions,
        own=g.login.session_id,
        signs=bool(signatories.concerned(g.actor, routing.router().conventions)),
        today=guards.today(),
    )


@blueprint.post("/compte/sessions/<int:session_id>/fermer")
@requires("entering")
def close_session(session_id: int) -> ResponseReturnValue:
    """Close one of the reader's own sessions."""
    entry_sessions.close_session(session_id, g.actor.account_id, actor=g.actor, now=g.now)
    if session_id == g.login.session_id:
        response = redirect(url_for("access.login"), 303)
        guards.drop_login_cookie(response)
        return response
    flash("La session est fermée.", "success")
    return redirect(url_for("access.account"), 303)


@blueprint.post("/compte/sessions/fermer")
@requires("entering")
def close_other_sessions() -> ResponseReturnValue:
    """Close all of the reader's own sessions except the current one."""
    count = entry_sessions.close_sessions(g.actor.account_id, actor=g.actor, keep=g.login.session_id, now=g.now)
    flash("Vos autres sessions sont fermées." if count else "Aucune autre session n’était ouverte.", "success")
    return redirect(url_for("access.account"), 303)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
