"""Pages where a person reads and signs the charters; until they are signed, no other page shows.

The form to sign stands at the very end of the text. With JavaScript, its button becomes active once the whole text has
been on the screen. The version signed is the one that the page showed.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from charters.entry import sessions
from charters.signing import signatures, signing
from charters.signing.signing import CharterView
from ticketing.errors import NotFound, Refused
from ticketing.web import guards
from ticketing.web.access import proofs
from ticketing.web.access.charter_text import charter_html, plain_changes
from ticketing.web.guards import guard
from ticketing.web.limiting import limited

blueprint = Blueprint("signing", __name__)
guard(blueprint, "entering")


@dataclass(frozen=True, slots=True)
class CharterLine:
    """A charter in the list, with what this person has to do about it."""

    charter: CharterView
    required: bool
    signed: signatures.Evidence | None


@blueprint.get("/chartes")
def charters() -> ResponseReturnValue:
    """List the charters: those still to sign, and those signed, each with its proof."""
    lines, signed = [], signing.signatures_of(g.actor.account_id)
    for kind in signatures.KINDS:
        try:
            shown = signing.charter(kind)
        except NotFound:  # not published yet
            continue
        lines.append(CharterLine(shown, kind in g.login.unsigned, _proof(signed, shown)))
    return render_template(
        "access/charters.html",
        lines=lines,
        waiting=len(g.login.unsigned),
        signed=signed,
    )


@blueprint.get("/chartes/<kind>")
def charter(kind: str) -> ResponseReturnValue:
    """Show a whole charter, with its signature or the form to sign it."""
    return _charter_page(signing.charter(kind))


@blueprint.post("/chartes/<kind>")
def sign(kind: str) -> ResponseReturnValue:
    """Sign the version that was shown, then redirect to the next charter or into the program."""
    version = request.form.get("version", "")
    if request.form.get("accepte") != "1":
        error = "Cochez la case pour dire que vous avez lu la charte et que vous l’acceptez."
        return _charter_page(signing.charter(kind), error, read=True)
    try:
        signing.sign_charter(g.actor, kind, int(version) if _number(version) else 0, now=g.now)
    except Refused as refused:
        return _charter_page(signing.charter(kind), refused.sentence)
    flash(
        f"{signatures.TITLES[kind]} : signature enregistrée. Vous en gardez la preuve sur la page « Chartes ».",
        "success",
    )
    left = [other for other in g.login.unsigned if other != kind]
    return redirect(url_for("signing.charter", kind=left[0]) if left else "/", 303)


@blueprint.post("/chartes/<kind>/refus")
def decline(kind: str) -> ResponseReturnValue:
    """Record in the journal that the reader refuses to sign, and close the session; the reader may log in again."""
    if kind not in g.login.unsigned:
        abort(404)
    signing.decline_charter(g.actor, kind, now=g.now)
    sessions.log_out(g.login, now=g.now)
    session.clear()
    flash(
        "Vous n’avez pas signé : vous êtes déconnecté. Vous pourrez relire la charte en vous connectant de nouveau ; "
        "pour toute question, adressez-vous à l’administrateur de l’académie.",
        "info",
    )
    response = redirect(url_for("access.login"), 303)
    guards.drop_login_cookie(response)
    return response


@blueprint.get("/chartes/<kind>/versions/<int:version>")
def version(kind: str, version: int) -> ResponseReturnValue:
    """Show a version of a charter, in force or former."""
    return _charter_page(signing.charter(kind, version))


@blueprint.get("/chartes/<kind>/versions/<int:version>/charte.pdf")
@limited("proof")
def text(kind: str, version: int) -> ResponseReturnValue:
    """Return a version of a charter as a PDF."""
    return proofs.of_text(signing.charter(kind, version))


@blueprint.get("/chartes/<kind>/versions/<int:version>/preuve.pdf")
@limited("proof")
def proof(kind: str, version: int) -> ResponseReturnValue:
    """Return the proof of the reader's own signature as a PDF."""
    return proofs.of_signature(signing.signed_by(g.actor.account_id, kind, version))


def _charter_page(shown: CharterView, error: str | None = None, *, read: bool = False) -> ResponseReturnValue:
    signed = signing.signatures_of(g.actor.account_id)
    latest = signing.charter(shown.kind).version
    before = [item.version for item in signed if item.kind == shown.kind and item.version < shown.version]
    former = max(before, default=0)
    page = render_template(
        "access/charter.html",
        charter=shown,
        html=charter_html(shown.markdown),
        proof=_proof(signed, shown),
        error=error,
        read=read,
        latest=latest,
        required=shown.kind in g.login.unsigned,
        others=[other for other in g.login.unsigned if other != shown.kind],
        former=former,
        changed=plain_changes(signing.charter(shown.kind, former).markdown, shown.markdown) if former else (),
    )
    return page, 422 if error else 200


def _proof(signed: list[signatures.Evidence], shown: CharterView) -> signatures.Evidence | None:
    return next((item for item in signed if (item.kind, item.version) == (shown.kind, shown.version)), None)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
