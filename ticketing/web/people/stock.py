"""Pages of keys as objects: the stock, the hand-over with its receipt, resynchronisation, help after a lock-out."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.entry import fido, passwords, radius_keys, renewal
from charters.entry.resync import resynchronise_for
from charters.keys import stock
from charters.keys.seedfile import MAX_BYTES
from charters.keys.supplied_key import Fault, Faulty
from charters.people import directory
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.web.confirming import fresh, fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires
from ticketing.web.people import accounts, acts, coverage

blueprint = Blueprint("stock", __name__, url_prefix="/administration")
guard(blueprint, Action.SEE_STAFF)


def _typed(name: str, size: int = 200) -> str:
    return request.form.get(name, "")[:size]


# --- the stock ---


@blueprint.get("/cles/stock")
@requires(Action.ADMINISTER_KEYS)
def index() -> ResponseReturnValue:
    """List the keys in stock, with the form that imports a supplier's file."""
    return _stock_page()


@blueprint.post("/cles/stock")
@requires(Action.ADMINISTER_KEYS)
@fresh_once_valid
def bring_in() -> ResponseReturnValue:
    """Import a supplier's file, whole or not at all; each error is shown with its line."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _stock_page([Fault(0, "Choisissez le fichier du fournisseur.")])
    try:
        count = stock.import_file(
            sent.stream.read(MAX_BYTES + 1),
            sent.filename,
            academie=_academie(),
            secret=_typed("secret", 500),
            actor=g.actor,
            now=g.now,
        )
    except Faulty as faulty:
        return _stock_page(faulty.faults)
    flash(
        f"{count} clé{'s' if count > 1 else ''} en stock de plus. Détruisez le fichier du fournisseur : il contient "
        "les secrets en clair, ou de quoi les retrouver.",
        "success",
    )
    return redirect(url_for("stock.index"), 303)


@blueprint.post("/cles/stock/<int:stock_id>/retirer")
@requires(Action.ADMINISTER_KEYS)
@fresh_once_valid
def discard(stock_id: int) -> ResponseReturnValue:
    """Remove a key from the stock."""
    serial = stock.discard(stock_id, academie=_academie(), actor=g.actor, now=g.now)
    flash(f"La clé n° {serial} n’est plus en stock : son secret est effacé.", "success")
    return redirect(url_for("stock.index"), 303)


def _stock_page(faults: tuple[Fault, ...] | list[Fault] = ()) -> ResponseReturnValue:
    words = request.args.get("q", "")[:40]
    page = render_template(
        "people/stock.html",
        lines=stock.in_stock(_academie(), words=words),
        count=stock.count(_academie()),
        words=words,
        faults=[str(fault) for fault in faults],
    )
    return page, 422 if faults else 200


def _academie() -> str:
    return str(g.actor.mandate.scope_id)


# --- handing over ---


@blueprint.post("/comptes/<int:account_id>/cles/stock")
@fresh_once_valid
def hand_over(account_id: int) -> ResponseReturnValue:
    """Hand a key of the stock to a person; only this answer shows its activation link."""
    acts.on_person(account_id, Action.ADMINISTER_KEYS)
    try:
        _, token = stock.hand_over(account_id, _typed("serial", 80), academie=_academie(), actor=g.actor, now=g.now)
    except Refused as refused:
        return _refused(account_id, "cle-du-stock", {"serial": refused.sentence})
    return accounts.link_page(account_id, token)


@blueprint.post("/comptes/<int:account_id>/cles/securite")
@fresh_once_valid
def give_security_key(account_id: int) -> ResponseReturnValue:
    """Hand a FIDO2 key to a person; only this answer shows its activation link."""
    acts.on_person(account_id, Action.ADMINISTER_KEYS)
    try:
        _, token = fido.create_security_key(
            account_id, serial=_typed("serial", 80), label=_typed("label", 100), actor=g.actor, now=g.now
        )
    except Invalid as invalid:
        named = {{"serial": "fido-serial"}.get(field, field): sentence for field, sentence in invalid.errors.items()}
        return _refused(account_id, "cle-de-securite", named)
    except Refused as refused:
        return _refused(account_id, "cle-de-securite", {"fido-serial": refused.sentence})
    return accounts.link_page(account_id, token)


@blueprint.post("/comptes/<int:account_id>/cles/academie")
@fresh_once_valid
def give_academie_key(account_id: int) -> ResponseReturnValue:
    """Hand to a person a key whose codes the académie's server judges; only this answer shows its activation link."""
    acts.on_person(account_id, Action.ADMINISTER_KEYS)
    try:
        _, token = radius_keys.create_academie_key(
            account_id, serial=_typed("serial", 80), name=_typed("label", 100), actor=g.actor, now=g.now
        )
    except Invalid as invalid:
        return _refused(account_id, "cle-academie", {f"academie-{name}": text for name, text in invalid.errors.items()})
    except Refused as refused:
        return _refused(account_id, "cle-academie", {"academie-serial": refused.sentence})
    return accounts.link_page(account_id, token)


def _refused(account_id: int, form: str, errors: dict[str, str]) -> ResponseReturnValue:
    """Show the person's page with the errors and what was typed; once there is a key, the form is no longer on it."""
    if any(key.live for key in directory.person(coverage.readable(), account_id, now=g.now).keys):
        flash(" ".join(errors.values()), "error")
        return acts.back(account_id)
    return accounts.person_page(account_id, errors, form, {name: _typed(name) for name in ("serial", "label")})


@blueprint.get("/cles/<int:key_id>/recu")
def receipt(key_id: int) -> ResponseReturnValue:
    """Show the receipt of a key, to print and sign when it is handed over or comes back."""
    person = directory.person(coverage.readable(), directory.key_owner(coverage.readable(), key_id), now=g.now)
    key = next(key for key in person.keys if key.id == key_id)
    return render_template("people/receipt.html", person=person, key=key, organisation=scope_name(person.organisation))


# --- help for a holder who is locked out ---


@blueprint.get("/cles/<int:key_id>/resynchroniser")
@requires(Action.ADMINISTER_KEYS)
def resync(key_id: int) -> ResponseReturnValue:
    """Show the form that resynchronises a key while its holder is on the phone."""
    return _resync_page(key_id, {})


@blueprint.post("/cles/<int:key_id>/resynchroniser")
@fresh
def resynchronise(key_id: int) -> ResponseReturnValue:
    """Resynchronise a key by the two codes that its holder reads out."""
    account_id = acts.on_key(key_id, Action.ADMINISTER_KEYS)
    try:
        resynchronise_for(key_id, _typed("first", 40), _typed("second", 40), actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _resync_page(key_id, invalid.errors)
    except Refused as refused:
        return _resync_page(key_id, {"": refused.sentence})
    flash("La clé est resynchronisée : son titulaire se connecte avec le code suivant.", "success")
    return acts.back(account_id)


def _resync_page(key_id: int, errors: dict[str, str]) -> ResponseReturnValue:
    person = directory.person(coverage.readable(), directory.key_owner(coverage.readable(), key_id), now=g.now)
    key = next(key for key in person.keys if key.id == key_id)
    if not key.live or key.kind not in ("totp", "hotp"):
        abort(404)
    return render_template("people/resync.html", person=person, key=key, errors=errors), 422 if errors else 200


@blueprint.post("/cles/<int:key_id>/code-pin")
@fresh_once_valid
def pin_link(key_id: int) -> ResponseReturnValue:
    """Make a link to choose a new PIN; only this answer shows it."""
    account_id = acts.on_key(key_id, Action.ADMINISTER_KEYS)
    return acts.shown(account_id, lambda: renewal.pin_link(key_id, actor=g.actor, now=g.now), _pin_page)


@blueprint.post("/comptes/<int:account_id>/mot-de-passe")
@fresh_once_valid
def password_link(account_id: int) -> ResponseReturnValue:
    """Make a link to choose a password; only this answer shows it."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    return acts.shown(account_id, lambda: passwords.password_link(account_id, actor=g.actor, now=g.now), _password_page)


@blueprint.post("/comptes/<int:account_id>/mot-de-passe/deverrouiller")
@fresh_once_valid
def unlock_password(account_id: int) -> ResponseReturnValue:
    """Unlock a password after ten failures; for the académie only."""
    acts.on_person(account_id, Action.UNLOCK)
    return acts.done(
        account_id,
        lambda: passwords.unlock_password(account_id, actor=g.actor, now=g.now),
        "Le mot de passe est déverrouillé.",
    )


def _pin_page(account_id: int, token: str) -> ResponseReturnValue:
    return _link_page(account_id, "pin", url_for("other_ways.new_pin", token=token))


def _password_page(account_id: int, token: str) -> ResponseReturnValue:
    return _link_page(account_id, "password", url_for("other_ways.new_password", token=token))


def _link_page(account_id: int, purpose: str, address: str) -> ResponseReturnValue:
    person = directory.person(coverage.readable(), account_id, now=g.now)
    link = current_app.config["GUICHET"].base_url + address
    return render_template("people/link.html", person=person, link=link, purpose=purpose, key=None)
