"""Login by the académie's own identity: by OpenID Connect, or by a header of its relays.

The browser keeps what the login under way needs (state, nonce, verifier) in its signed cookie, once. A proof of
identity comes back by the same way, in a tab of its own: the form that waits for it is not lost.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, redirect, render_template, request
from flask import session as browser_session
from flask.typing import ResponseReturnValue

from charters.entry import identity, openid
from ticketing.errors import Refused
from ticketing.web import guards
from ticketing.web.access.entering import browser, login_page, welcome
from ticketing.web.addresses import local
from ticketing.web.guards import guard, requires

blueprint = Blueprint("academie", __name__, url_prefix="/connexion/academie")
guard(blueprint, "public")

_KEPT, _OUT = "academie", "academie_out"
_LONGEST = 254


@blueprint.get("")
def enter() -> ResponseReturnValue:
    """Let in whom a relay of the académie names; send anybody else to the académie's provider."""
    suite, settings = local(request.args.get("suite", "")), current_app.config["GUICHET"]
    try:
        named = _named_by_a_relay()
        if named is not None:
            return welcome(identity.log_in_as(named, zone=guards.zone(), now=g.now, agent=browser()), suite)
        if not settings.oidc_issuer:
            if settings.identity_header:
                return login_page("", openid.REFUSAL, suite), 401
            abort(404)
        return _sent(openid.ask(g.now), suite)
    except Refused as refused:
        return login_page("", refused.sentence, suite), 401


@blueprint.get("/preuve")
@requires("entering")
def prove() -> ResponseReturnValue:
    """Send a person who is logged in to the provider, which asks again who it is."""
    if not identity.may_prove(g.login):
        abort(404)
    try:
        return _sent(openid.ask(g.now, proof=True), "/")
    except Refused as refused:
        return _proved(refused.sentence)


@blueprint.get("/retour")
def back() -> ResponseReturnValue:
    """Open a session, or note a proof, for the person whom the provider identified; each answer of it serves once."""
    if not openid.offered():
        abort(404)
    kept = browser_session.pop(_KEPT, None)
    asked, suite = (openid.Asked(**kept[0]), local(kept[1])) if kept else (None, "/")
    try:
        who = openid.identify(request.args, asked, g.now)
        if asked is None or not asked.proof:
            return welcome(identity.log_in_as(who, zone=guards.zone(), now=g.now, agent=browser()), suite)
        login = guards.identify()
        if login is None:
            raise Refused(openid.REFUSAL)
        identity.prove_as(login, who, now=g.now)
    except Refused as refused:
        if asked is not None and asked.proof:
            return _proved(refused.sentence)
        return login_page("", refused.sentence, suite), 401
    return _proved("")


@blueprint.get("/sortie")
def out() -> ResponseReturnValue:
    """Say that the académie's session is over too, to whom its provider sends back from there."""
    expected = str(browser_session.pop(_OUT, ""))
    if expected and hmac.compare_digest(expected.encode(), request.args.get("state", "").encode()):
        flash("Vous êtes déconnecté, de l’identité académique aussi.", "success")
    return redirect("/connexion", 303)


def way_out(token: str) -> Response | None:
    """Return the page that goes on to the provider's own logout; None when it has none.

    It is a page, since a browser follows no redirection to another site after a form (CSP, form-action).
    """
    state = secrets.token_urlsafe(24)
    address = openid.way_out(token, state)
    if not address:
        return None
    browser_session[_OUT] = state
    name = current_app.config["GUICHET"].oidc_name
    return make_response(render_template("access/left.html", address=address, name=name))


def _sent(asked: openid.Asked, suite: str) -> ResponseReturnValue:
    kept = {name: getattr(asked, name) for name in asked.__dataclass_fields__} | {"address": ""}
    browser_session[_KEPT] = (kept, suite)
    return redirect(asked.address, 303)


def _proved(refusal: str) -> ResponseReturnValue:
    return render_template("access/proved.html", refusal=refusal), 401 if refusal else 200


def _named_by_a_relay() -> openid.Identified | None:
    """Return whom the header names, if a relay that the settings name sent this request itself; None without a header.

    A client may write any header: what another peer sends is not read. Raises Refused for a value that names nobody.
    """
    settings = current_app.config["GUICHET"]
    if not settings.identity_header or not _is_relay(request.environ.get("REMOTE_ADDR", "")):
        return None
    value = request.headers.get(settings.identity_header, "").strip()
    if not value:
        return None
    # A second header of the same name comes joined by a comma: the relay let a client's own one through.
    if len(value) > _LONGEST or not value.isprintable() or any(sign in value for sign in ",; "):
        raise Refused(openid.REFUSAL)
    return openid.Identified(identity.RELAY, value.lower(), value if "@" in value else "", "")


def _is_relay(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one) for one in current_app.config["GUICHET"].identity_relays)
