"""« Confirmez que c’est bien vous »: ask for a new proof of identity before acts on keys, mandates, people, journal.

`@fresh` marks a view. Where the session's last proof is older than ten minutes, the page asks for a new one, then
continues with the form as it was typed: the form is carried in hidden fields and stored nowhere. `@fresh_once_valid`
marks a view that checks what people typed: the faults of the form are shown first, and the proof is asked for where the
act would be committed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from charters import visits
from charters.entry import fido, reauthentication
from ticketing.errors import Refused
from ticketing.web import challenges
from ticketing.web.addresses import local
from ticketing.web.guards import READS, guard
from ticketing.web.mandates.forms import AGAIN

blueprint = Blueprint("confirming", __name__)
guard(blueprint, "entering")

View = TypeVar("View", bound=Callable[..., Any])

#: The fields that the page of the proof adds to a form; they are not handed on with it.
_OWN = frozenset(
    {
        "csrf_token",
        AGAIN,
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
    """Make a view ask for a proof when the session's last one is older than ten minutes."""

    @wraps(view)
    def confirmed(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        asked = _asked()
        if asked is not None:
            return asked
        _keep_asking()
        return cast(ResponseReturnValue, view(*args, **kwargs))

    confirmed.guichet_fresh = True  # type: ignore[attr-defined]
    return cast(View, confirmed)


def fresh_once_valid(view: View) -> View:
    """Make a view show the faults of its form before it asks for a proof, which no act passes without.

    Only for a view that writes all that it does in the database, and whose refused form shows nothing that a proof
    protects. Without a recent proof the view runs with every commit held back: what it refuses (422, another 4xx, a
    redirection that says why) is its answer; where it would commit, or answer anything else, the proof is asked for.
    """
    proved = fresh(view)

    @wraps(view)
    def confirmed(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        brought = request.method in READS or request.form.get("preuve") == "1"
        if brought or reauthentication.fresh(g.login, g.now):
            return cast(ResponseReturnValue, proved(*args, **kwargs))
        return _tried(lambda: view(*args, **kwargs))

    confirmed.guichet_fresh = confirmed.guichet_fresh_once_valid = True  # type: ignore[attr-defined]
    return cast(View, confirmed)


def _tried(answer: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Return the refusal of a view whose commits are held back, else the page that asks for the proof."""
    told = list(session.get(_FLASHES, ()))
    visits.hold_back(True)
    try:
        response = current_app.make_response(answer())
    except visits.Unproved:
        response = None
    finally:
        visits.hold_back(False)
    if response is not None:
        said = {category for category, _ in session.get(_FLASHES, ())[len(told) :]}
        if 400 <= response.status_code < 500 or (300 <= response.status_code < 400 and said == {"error"}):
            return response
    if told:
        session[_FLASHES] = told
    else:
        session.pop(_FLASHES, None)
    return _page("")


#: Where Flask keeps the messages of `flash`.
_FLASHES = "_flashes"


def _asked() -> ResponseReturnValue | None:
    """Return the page that asks for a proof, or None when the session has a recent one or the form brings one."""
    if reauthentication.fresh(g.login, g.now):
        return None
    if request.method not in READS and request.form.get("preuve") == "1":
        refusal = _taken()
        return _page(refusal) if refusal else None
    return _page("")


def _keep_asking() -> None:
    """Have the proof asked again under the lock of every write of the view, when it may have grown old."""
    standing = g.get("standing")  # a page that is only tried has none
    if standing is not None:
        standing.proved = True


def _taken() -> str:
    """Check the proof that the form brings; return an empty text when it is right, else the sentence of the refusal."""
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
    """Return the page that asks for the proof (401).

    After it, a form is sent again to its address; a page to read, or a form that brought files, is asked for by GET.
    """
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
        academie=current_app.config["GUICHET"].oidc_name,
        kept=kept,
        files=files,
        suite=suite or "",
        action="/confirmation" if suite is not None else request.full_path.rstrip("?"),
        back=_back(request.form.get("preuve_retour") or request.referrer or ""),
    )
    return page, 401


def _back(address: str) -> str:
    """Return the page that the person came from, if it is a page of this site that a GET can show; else the home page.

    It is the way out for a person who gives no proof, or whose form brought a file, since the page stays open then.
    """
    try:
        parts = urlsplit(address)
        current_app.url_map.bind("").match(parts.path, method="GET")
    except (HTTPException, RoutingException, ValueError):
        return "/"
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path)


@blueprint.post("/confirmation")
def confirm() -> ResponseReturnValue:
    """Check the proof asked for by a page to read, then redirect to that page."""
    suite = local(request.form.get("preuve_suite", ""))
    refusal = "" if reauthentication.fresh(g.login, g.now) else _taken()
    return _page(refusal, suite) if refusal else redirect(suite, 303)


@blueprint.post("/confirmation/defi")
def challenge() -> Response:
    """Return a challenge for this browser's security key."""
    return Response(fido.authentication_options(challenges.made(g.now)), mimetype="application/json")
