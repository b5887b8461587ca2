"""Login by security key or by password on the intranet, and the pages for a lost PIN, password or counter.

Every page here is public: its answer and its duration are the same for a known sigle and an unknown one.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from charters.entry import fido, links, passwords, renewal
from charters.entry import resync as entry_resync
from charters.keys.pins import NewPin
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.web import challenges, guards
from ticketing.web.access.entering import browser, welcome
from ticketing.web.addresses import local
from ticketing.web.guards import guard

blueprint = Blueprint("other_ways", __name__)
guard(blueprint, "public")


def _typed(name: str, size: int = 200) -> str:
    return request.form.get(name, "")[:size]


# --- a security key ---


@blueprint.get("/connexion/cle-de-securite")
def security_key() -> ResponseReturnValue:
    """Show the form of a login by security key; the browser asks for the challenge when the form is sent."""
    return render_template(
        "access/security_key.html", sigle="", refusal=None, suite=local(request.args.get("suite", ""))
    )


@blueprint.post("/connexion/cle-de-securite/defi")
def challenge() -> Response:
    """Return a new challenge for this browser, the same for any sigle typed."""
    return _json(fido.authentication_options(challenges.made(g.now)))


@blueprint.post("/connexion/cle-de-securite")
def enter_with_key() -> ResponseReturnValue:
    """Check the sigle and the answer of the security key, then open a session or show the refusal."""
    sigle, suite = _typed("sigle", 80), local(request.form.get("suite", ""))
    if request.form.get("choisir"):
        return render_template("access/security_key.html", sigle="", refusal=None, suite=suite)
    if not request.form.get("answer"):
        page = render_template("access/security_key.html", sigle=sigle, refusal=_NO_SCRIPT, suite=suite)
        return page, 422
    try:
        entered = fido.log_in_with_key(
            sigle, request.form["answer"], challenges.taken(g.now), zone=guards.zone(), now=g.now, agent=browser()
        )
    except Refused as refused:
        return render_template("access/security_key.html", sigle=sigle, refusal=refused.sentence, suite=suite), 401
    return welcome(entered, suite)


_NO_SCRIPT = (
    "Votre navigateur n’a pas interrogé la clé. Une clé de sécurité ne fonctionne qu’avec JavaScript, dans un "
    "navigateur à jour : activez-le, ou demandez une clé à code à l’administrateur de l’académie."
)


@blueprint.post("/cle/<token>/defi")
def registration(token: str) -> Response:
    """Return the WebAuthn options that the activation page of a security key hands to the browser."""
    return _json(fido.registration_options(token, challenges.made(g.now), now=g.now))


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


# --- a password, on the intranet ---


@blueprint.get("/connexion/mot-de-passe")
def password() -> ResponseReturnValue:
    """Show the form of a login by password; from the internet, show why a password is refused there."""
    _with_intranet()
    return _password_page("", None, local(request.args.get("suite", "")))


@blueprint.post("/connexion/mot-de-passe")
def enter_with_password() -> ResponseReturnValue:
    """Check sigle and password; from the internet refuse everyone, with the reason."""
    _with_intranet()
    sigle, suite = _typed("sigle", 80), local(request.form.get("suite", ""))
    if request.form.get("choisir"):
        return _password_page("", None, suite)
    try:
        entered = passwords.log_in_with_password(
            sigle, _typed("password", 1000), zone=guards.zone(), now=g.now, agent=browser()
        )
    except Refused as refused:
        return _password_page(sigle, refused.sentence, suite), 401
    return welcome(entered, suite)


def _with_intranet() -> None:
    """Abort with 404 where no intranet is configured: everyone is on the internet then, and nobody has a password."""
    if not current_app.config["GUICHET"].intranet:
        abort(404)


def _password_page(sigle: str, refusal: str | None, suite: str) -> str:
    inside = guards.zone() == "intranet"
    return render_template(
        "access/password.html", sigle=sigle, refusal=refusal, suite=suite, inside=inside, why=passwords.FROM_INTERNET
    )


@blueprint.get("/mot-de-passe/<token>")
def new_password(token: str) -> ResponseReturnValue:
    """Show the form behind a link to choose a password, with the name of its owner."""
    return _new_password_page(token, {})


@blueprint.post("/mot-de-passe/<token>")
def choose_password(token: str) -> ResponseReturnValue:
    """Save the password chosen behind a link."""
    try:
        passwords.set_password(
            token,
            password=_typed("password", 1000),
            again=_typed("password_again", 1000),
            zone=guards.zone(),
            now=g.now,
        )
    except Invalid as invalid:
        return _new_password_page(token, invalid.errors)
    except Refused as refused:
        return _new_password_page(token, {"": refused.sentence})
    except NotFound:
        return _dead()
    session.clear()
    flash("Votre mot de passe est enregistré. Connectez-vous.", "success")
    return redirect(url_for("other_ways.password"), 303)


def _new_password_page(token: str, errors: dict[str, str]) -> ResponseReturnValue:
    try:
        link = links.opened(token, "password", now=g.now)
    except NotFound:
        return _dead()
    page = render_template(
        "access/new_password.html",
        link=link,
        errors=errors,
        inside=guards.zone() == "intranet",
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
    )
    return page, 422 if errors else 200


# --- help for people who cannot log in ---


@blueprint.get("/connexion/resynchroniser")
def resync() -> ResponseReturnValue:
    """Show the form that resynchronises a key by two consecutive codes."""
    return render_template("access/resync.html", sigle="", refusal=None)


@blueprint.post("/connexion/resynchroniser")
def resynchronise() -> ResponseReturnValue:
    """Resynchronise a key for a person who gives sigle, PIN and two codes; it opens no session, the next code does."""
    sigle = _typed("sigle", 80)
    try:
        entry_resync.resynchronise(
            sigle, _typed("pin"), _typed("first", 40), _typed("second", 40), zone=guards.zone(), now=g.now
        )
    except Refused as refused:
        return render_template("access/resync.html", sigle=sigle, refusal=refused.sentence), 401
    flash("Votre clé est resynchronisée. Attendez le code suivant, puis connectez-vous.", "success")
    return redirect(url_for("access.login"), 303)


@blueprint.get("/connexion/oubli")
def forgotten() -> ResponseReturnValue:
    """Show the form for a forgotten PIN or password."""
    return render_template("access/forgotten.html", asked=False, passwords=bool(current_app.config["GUICHET"].intranet))


@blueprint.post("/connexion/oubli")
def ask() -> ResponseReturnValue:
    """Accept the request for any sigle: only the owner of a known one learns more, by mail."""
    renewal.ask_reset(_typed("sigle", 80), zone=guards.zone(), now=g.now)
    return render_template("access/forgotten.html", asked=True, passwords=bool(current_app.config["GUICHET"].intranet))


@blueprint.get("/code-pin/<token>")
def new_pin(token: str) -> ResponseReturnValue:
    """Show the form behind a link to choose a new PIN, with the name of its owner; it asks for a code of the key."""
    return _new_pin_page(token, {})


@blueprint.post("/code-pin/<token>")
def choose_pin(token: str) -> ResponseReturnValue:
    """Save the new PIN."""
    try:
        chosen = NewPin(_typed("pin"), _typed("pin_again"))
        renewal.renew_pin(token, pin=chosen, code=_typed("code", 40), zone=guards.zone(), now=g.now)
    except Invalid as invalid:
        return _new_pin_page(token, invalid.errors)
    except NotFound:
        return _dead()
    session.clear()
    flash("Votre nouveau code PIN est enregistré. Attendez le code suivant, puis connectez-vous.", "success")
    return redirect(url_for("access.login"), 303)


def _new_pin_page(token: str, errors: dict[str, str]) -> ResponseReturnValue:
    try:
        link = links.opened(token, "pin", now=g.now)
    except NotFound:
        return _dead()
    return render_template("access/new_pin.html", link=link, errors=errors), 422 if errors else 200


def _dead() -> ResponseReturnValue:
    return render_template("access/link_dead.html"), 404
