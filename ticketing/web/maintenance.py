"""Maintenance: while Guichet is stopped, every page but /healthz and the static files answers 503 with Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response, current_app, make_response, request

from ticketing.formats import french_datetime
from ticketing.operation import maintenance

#: The addresses that answer all the same: the probe that the process is alive.
OPEN = frozenset({"/healthz"})
STATIC = "/static/"


def install(app: Flask) -> None:
    """Install the check before all others: before the session, the CSRF token and the database."""
    app.before_request_funcs.setdefault(None, []).insert(0, _stopped)


def _stopped() -> Response | None:
    state = maintenance.stopped(current_app.config["GUICHET"].data_dir)
    if state is None or request.path in OPEN or request.path.startswith(STATIC):
        return None
    now = datetime.now(UTC)
    text = state.words or "Une intervention est en cours."
    if state.until and state.until > now:
        text += f" Retour prévu le {french_datetime(state.until)}."
    # Rendered without Flask's context, which would look up the logged-in person: the database may be down.
    page = current_app.jinja_env.get_template("errors/error.html").render(
        code=503,
        title="Guichet est interrompu",
        text=f"{text} Rien de ce qui était enregistré n’est perdu.",
    )
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(state.retry_after(now))
    response.headers["Cache-Control"] = "no-store"
    return response
