"""A form sent after its session had ended: what was typed is kept on the page of the login, and shown again after it.

Nothing is stored: the login's page carries it in a hidden field, signed, so that nobody prepares a form on a shared
machine for whoever logs in next: what it sends is what is shown. It is shown to the owner of the form's mandate alone,
who sends it, or not. Codes, passwords and files are not kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from flask import Flask, current_app, flash, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from charters.entry import sessions
from ticketing.web import guards
from ticketing.web.addresses import local
from ticketing.web.mandates import forms

#: The hidden field, and the most that it may hold, in characters.
FIELD, _LONGEST = "reprise", 200_000
_TITLE = "Votre session était terminée"


def install(app: Flask) -> None:
    """Answer the forms of sessions that have ended."""
    app.extensions[guards.LAPSED] = lapsed


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that waits for its author: where it goes, under which mandate, its fields and what was typed in them."""

    action: str
    mandate: int
    fields: list[tuple[str, str]]
    words: list[str]
    files: bool
    secrets: bool


def lapsed() -> ResponseReturnValue | None:
    """Return the page of the login (401) with what was typed; None where nothing was, or nobody could be shown it."""
    mandate, sent = g.get("form_mandate", 0), forms.read()
    if not mandate or not sent.words:
        return None
    fields = [*sent.kept, *(("etape", step) for step in sent.steps)]
    action = request.full_path.rstrip("?")
    held = json.dumps([action, mandate, fields, sent.words, bool(sent.files), sent.secrets])
    held = f"{_seal(held)} {held}"
    if len(held) > _LONGEST:
        return None
    from ticketing.web.access.entering import login_page

    return make_response(login_page("", None, "/", reprise=held), 401)


def _seal(held: str) -> str:
    """Return the print by which what this server put on a page is known again."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"reprise\0{held}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def waiting() -> Kept | None:
    """Return the form that the login's page carried, None where it carried none, or something else."""
    seal, _, held = request.form.get(FIELD, "").partition(" ")
    if not held or not hmac.compare_digest(seal.encode(), _seal(held).encode()):
        return None
    try:
        action, mandate, fields, words, files, secrets = json.loads(held)
        pairs = [(str(name), str(value)) for name, value in fields]
        return Kept(local(str(action)), int(mandate), pairs, [str(one) for one in words], bool(files), bool(secrets))
    except (ValueError, TypeError):
        return None


def resumed(entered: sessions.Entered) -> ResponseReturnValue | None:
    """Return the page that shows the form to whoever has just logged in, if its mandate is theirs; None without one."""
    kept = waiting()
    if kept is None:
        return None
    login = sessions.login_of(entered.token, zone=guards.zone(), now=g.now)
    if login is None or login.unsigned:
        return None
    if all(one.id != kept.mandate for one in login.mandates):
        flash("Ce que gardait la page de connexion n’était pas à vous : rien n’en est montré ni envoyé.", "warning")
        return redirect("/", 303)
    for name in ("csrf_token", "masked_token"):  # the login has changed the nonce from which they are made
        g.pop(name, None)
    page = render_template("access/resume.html", kept=kept, token=forms.token(kept.mandate))
    return make_response(page)
