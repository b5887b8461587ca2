"""Whether a page would answer under another mandate: the page itself is asked, so that no second list says who sees it.

The view runs in a request of its own, under the mandate, on a transaction that cannot write; its answer is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException
from werkzeug.test import create_environ

from charters import gate
from charters.database import NoWriting, read_only, without_writing
from charters.entry.sessions import Login
from charters.model import Mandate
from charters.permissions import Action, perimeter
from ticketing.errors import GuichetError
from ticketing.web import guards, limiting


def shown(path: str) -> bool:
    """Whether an address of this site is a page that a GET shows."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RoutingException):
        return False
    return True


def under(login: Login, mandate: Mandate, path: str) -> bool:
    """Whether the page at `path` answers to this person under one of their mandates."""
    return answers(path, replace(login, actor=replace(login.actor, mandate=mandate)))


def answers(path: str, login: Login) -> bool:
    """Whether the page at `path` (with its query) answers to this login: a page or a redirection, not a refusal.

    A page that is costly to make counts under its limit, as if it were asked for; a page that anybody may ask for
    answers under any mandate.
    """
    origin = {"REMOTE_ADDR": request.remote_addr or "", "wsgi.url_scheme": request.scheme}
    now = g.now
    environ = create_environ(path, request.host_url, environ_overrides=origin)
    return copy_context().run(_tried, environ, login, now)


def _tried(environ: dict[str, Any], login: Login, now: Any) -> bool:
    """Ask the view in a request of its own; it runs in a copy of the context, so nothing of it stays."""
    # An application context of its own: `g` and the database's session are then the trial's, not the page's.
    with current_app.app_context(), current_app.request_context(environ):
        read_only()
        g.now, g.login, g.actor = now, replace(login, proved_at=now), login.actor
        g.mandates, g.session_ends, g.perimeter = login.mandates, login.expires_at, perimeter(login.actor)
        if request.endpoint is None:
            return False
        kind = guards.guard_of(current_app, request.endpoint)
        if isinstance(kind, Action) and not gate.permits(login.actor, kind).allowed:
            return False
        values = request.view_args or {}
        if any(isinstance(value, int) and value > guards.LARGEST_ID for value in values.values()):
            return False
        if kind in (None, "public"):
            return True
        if limiting.member() is not None:  # asked for too often: it answers to nobody for now
            return False
        try:
            with without_writing():
                view: Callable[..., Any] = current_app.view_functions[request.endpoint]
                answer = current_app.make_response(view(**values))
        except NoWriting:  # it came as far as a line of the journal: whoever gets there is let in
            return True
        except (HTTPException, GuichetError):
            return False
        answer.close()
        return answer.status_code < 400
