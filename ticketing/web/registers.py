"""Registers that administrators follow: keys that ask for something, charters with who has yet to sign."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters import directory, register, registry, returns, signatures
from charters.errors import Invalid, Unknown
from charters.permissions import Action
from ticketing.web import people
from ticketing.web.access import charter_html
from ticketing.web.guards import guard, requires

blueprint = Blueprint("registers", __name__, url_prefix="/administration")
guard(blueprint, Action.ADMINISTER_KEYS)


@blueprint.get("/cles")
def keys() -> ResponseReturnValue:
    """Keys to get back, to unlock, or still to be enrolled."""
    back = registry.keys_to_return(people.readable(), now=g.now)
    lines = directory.keys_to_follow(people.readable(), now=g.now)
    return render_template("people/keys.html", back=back, lines=lines, reasons=returns.WHY)


@blueprint.get("/chartes")
@requires(Action.ADMINISTER_CHARTERS)
def charters() -> ResponseReturnValue:
    """Each charter's latest version, and who has yet to sign it."""
    return _charters_page("", {}, "")


@blueprint.post("/chartes/<any(usage, cle):kind>")
@requires(Action.ADMINISTER_CHARTERS)
def publish(kind: str) -> ResponseReturnValue:
    """Show the new text as it will be read, then publish it: the gate closes until those concerned sign it."""
    text = request.form.get("markdown", "")
    if request.form.get("etape") == "relire":
        return _charters_page(kind, {}, text, preview=True)
    try:
        version = registry.publish_charter(kind, text, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _charters_page(kind, invalid.errors, text)
    title = signatures.TITLES[kind]
    flash(f"{title} : la version {version} est publiée. Chacun devra la signer pour continuer.", "success")
    return redirect(url_for("registers.charters"), 303)


def _charters_page(
    kind: str, errors: dict[str, str], text: str, preview: bool = False
) -> ResponseReturnValue:
    published = []
    for each in signatures.KINDS:
        try:
            published.append((registry.charter(each), register.missing(people.readable(), each, now=g.now)))
        except Unknown:  # never published
            continue
    page = render_template(
        "people/charters.html", published=published, kind=kind, errors=errors, text=text,
        preview=charter_html(text) if preview else None,
    )
    return page, 422 if errors else 200
