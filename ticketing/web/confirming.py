"""« Confirmez que c’est bien vous »: asked on the spot before acts on keys, mandates, people and the journal.

`@fresh` marks a view; where the session's last proof is older than ten minutes, the page asks for one and then goes on
with the form as it was typed, which travels in the page and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from charters.entry import fido, reauthentication
from ticketing.errors import Refused
from ticketing.web import challenges
from ticketing.web.addresses import local
from ticketing.web.guards import READS, guard

blueprint = Blueprint("confirming", __name__)
guard(blueprint, "entering")

View = TypeVar("View", bound=Callable[..., Any])

#: What the page of the proof adds to a form, and what no form gets back.
_OWN = frozenset(
    {
        "csrf_token",
        "preuve",
        "preuve_pin",
        "preuve_code",
        "preuve_password",
        "preuve_suite",
        "preuve_retour",
        "answer",
    }
)


def fresh(view: View) -> View:
    """A view that acts, or shows, only with a proof of the last ten minutes in this session."""

    @wraps(view)
    def confirmed(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        asked = _asked()
        return cast(ResponseReturnValue, view(*args, **kwargs)) if asked is None else asked

    confirmed.guichet_fresh = True  # type: ignore[attr-defined]
    return cast(View, confirmed)


def _asked() -> ResponseReturnValue | None:
    """The page that asks for a proof; None when there is one, were it given with this very form."""
    if reauthentication.fresh(g.login, g.now):
        return None
    if request.method not in READS and request.form.get("preuve") == "1":
        refusal = _taken()
        return _page(refusal) if refusal else None
    return _page("")


def _taken() -> str:
    """Take the proof that the form brings: « » when it is right, else why not."""
    try:
        proof = reauthentication.Proof(
            pin=request.form.get("preuve_pin", "")[:200],
            code=request.form.get("preuve_code", "")[:40],
            password=request.form.get("preuve_password", "")[:1000],
            answer=request.form.get("answer", ""),
            challenge=challenges.taken(g.now) if request.form.get("answer") else b"",
        )
        reauthentication.confirm(g.login, proof, now=g.now)
    except Refused as refused:
        return refused.sentence
    return ""


def _page(refusal: str, suite: str | None = None) -> ResponseReturnValue:
    """The page of the proof. A form comes back to where it was sent; a page read, or a file, is asked for again."""
    reads, files = request.method in READS, any(sent.filename for sent in request.files.values())
    if suite is None and (reads or files):
        suite = request.full_path.rstrip("?") if reads else request.path
    kept = (
        []
        if suite is not None
        else [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    )
    page = render_template(
        "access/confirm.html",
        way=reauthentication.way_of(g.login),
        refusal=refusal,
        kept=kept,
        files=files,
        suite=suite or "",
        action="/confirmation" if suite is not None else request.full_path.rstrip("?"),
        back=_back(request.form.get("preuve_retour") or request.referrer or ""),
    )
    return page, 401


def _back(address: str) -> str:
    """The page that one came from, of this site alone, where it can be asked for again; else the home page.

    One leaves by it without doing anything, or once a file has come, after which this page stays.
    """
    try:
        parts = urlsplit(address)
        current_app.url_map.bind("").match(parts.path, method="GET")
    except (HTTPException, RoutingException, ValueError):
        return "/"
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path)


@blueprint.post("/confirmation")
def confirm() -> ResponseReturnValue:
    """Take the proof that a page to be read asked for, then lead to it."""
    suite = local(request.form.get("preuve_suite", ""))
    refusal = _taken()
    return _page(refusal, suite) if refusal else redirect(suite, 303)


@blueprint.post("/confirmation/defi")
def challenge() -> Response:
    """A challenge for this browser's security key."""
    return Response(fido.authentication_options(challenges.made(g.now)), mimetype="application/json")
