"""Pages where people change their own PIN or password, after a new proof of identity."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.entry import passwords, renewal
from charters.keys.pins import NewPin
from charters.people import directory
from ticketing.errors import Invalid
from ticketing.web import guards
from ticketing.web.guards import guard

blueprint = Blueprint("own_secrets", __name__, url_prefix="/compte")
guard(blueprint, "entering")


def _typed(name: str, size: int = 200) -> str:
    return request.form.get(name, "")[:size]


@blueprint.get("/code-pin")
def pin() -> ResponseReturnValue:
    """Show the form that changes the reader's own PIN."""
    return _pin_page({})


@blueprint.post("/code-pin")
def change_pin() -> ResponseReturnValue:
    """Change the reader's own PIN, and close the reader's other sessions."""
    _own_pin()
    try:
        token = renewal.change_pin(
            g.actor,
            pin=_typed("current"),
            code=_typed("code", 40),
            new=NewPin(_typed("pin"), _typed("pin_again")),
            session_id=g.login.session_id,
            now=g.now,
        )
    except Invalid as invalid:
        return _pin_page(invalid.errors)
    flash("Votre code PIN est changé. Vos autres sessions sont fermées.", "success")
    return _renewed(token)


def _renewed(token: str) -> ResponseReturnValue:
    """Return to the account with the session's new token: a cookie that was copied before the change opens nothing."""
    response = redirect(url_for("access.account"), 303)
    guards.set_login_cookie(response, token)
    return response


def _pin_page(errors: dict[str, str]) -> ResponseReturnValue:
    _own_pin()
    return render_template("access/change_pin.html", errors=errors), 422 if errors else 200


def _own_pin() -> None:
    """Abort with 404 unless the reader has a key that shows codes: only such a key goes with a PIN."""
    keys = directory.person(None, g.actor.account_id, now=g.now).keys
    if not any(key.state == "active" and key.kind not in ("fido2", "radius") for key in keys):
        abort(404)


@blueprint.get("/mot-de-passe")
def password() -> ResponseReturnValue:
    """Show the form that changes the reader's own password."""
    return _password_page({})


@blueprint.post("/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Change the reader's own password, and close the reader's other sessions."""
    _own_password()
    try:
        token = passwords.change_password(
            g.actor,
            current=_typed("current", 1000),
            password=_typed("password", 1000),
            again=_typed("password_again", 1000),
            session_id=g.login.session_id,
            now=g.now,
        )
    except Invalid as invalid:
        return _password_page(invalid.errors)
    flash("Votre mot de passe est changé. Vos autres sessions sont fermées.", "success")
    return _renewed(token)


def _password_page(errors: dict[str, str]) -> ResponseReturnValue:
    _own_password()
    page = render_template(
        "access/change_password.html", errors=errors, shortest=passwords.SHORTEST, longest=passwords.LONGEST
    )
    return page, 422 if errors else 200


def _own_password() -> None:
    person = directory.person(None, g.actor.account_id, now=g.now)
    if not person.has_password or any(key.state == "active" for key in person.keys):
        abort(404)
