"""Web pages: install the shared parts (filters, headers, guards, errors) and register every blueprint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, abort, request

from ticketing import formats


def before_csrf(app: Flask) -> None:
    """Register the steps that must run before the CSRF check reads the body of a request."""
    # Imported inside the function, as in `install`.
    from ticketing.web.waiting import bodies

    @app.before_request
    def _without_nul() -> None:
        # No address of Guichet holds a NUL, and PostgreSQL refuses it: a query on such a text would fail.
        if "\x00" in request.path:
            abort(404)
        asked = request.query_string.replace(b"\x00", b"")
        while b"%00" in asked:  # « %%0000 » holds a second « %00 » once the first is removed
            asked = asked.replace(b"%00", b"")
        request.query_string = asked

    bodies.install(app)


def install(app: Flask, settings: Any) -> None:
    """Install filters, headers, guards and error pages on `app`, and register every blueprint."""
    # Imported inside the function: at the top of the module they would make a circle, since pages import this package.
    from ticketing.web import assets, blueprints, errors, frame, guards, limiting, maintenance
    from ticketing.web.access import login, resuming
    from ticketing.web.answers import compressing, headers
    from ticketing.web.mandates import forms
    from ticketing.web.tickets import page, queue, vignettes
    from ticketing.web.waiting import streaming

    app.jinja_env.filters.update(formats.FILTERS, ago=lambda value: formats.ago(value, datetime.now(UTC)))
    app.jinja_env.globals["moment"] = lambda value, form="datetime": formats.moment(value, form, datetime.now(UTC))
    compressing.install(app)  # before the others, so that it comes after what they do to an answer
    headers.install(app, https=settings.https)
    guards.install(app)
    streaming.install(app)  # after the guards' own, so that it comes before: what it refuses is journalled
    forms.install(app)
    limiting.install(app, settings)
    errors.install(app)
    for shared in (assets, frame, login, resuming, page, queue, vignettes):
        shared.install(app)
    for module in blueprints.MODULES:
        app.register_blueprint(module.blueprint)
    maintenance.install(app)
