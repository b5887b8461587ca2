"""Web pages: install the shared parts (filters, headers, guards, errors) and register every blueprint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, abort, request
from flask_login import current_user

from ticketing import formats

#: The largest body of a request that brings no file, in bytes: a page of text is 10,000 characters.
PLAIN_BODY = 1_000_000

#: Blueprints whose forms may bring files.
WITH_FILES = frozenset({"opening", "spreadsheets", "stock", "tickets"})


def before_csrf(app: Flask) -> None:
    """Register the steps that must run before the CSRF check reads the body of a request."""

    @app.before_request
    def _without_nul() -> None:
        # No address of Guichet holds a NUL, and PostgreSQL refuses it: a query on such a text would fail.
        if "\x00" in request.path:
            abort(404)
        asked = request.query_string.replace(b"\x00", b"")
        while b"%00" in asked:  # « %%0000 » holds a second « %00 » once the first is removed
            asked = asked.replace(b"%00", b"")
        request.query_string = asked

    @app.before_request
    def _allow_files() -> None:
        with_files = request.blueprint in WITH_FILES and request.mimetype == "multipart/form-data"
        if with_files and current_user.is_authenticated:  # the large body of an anonymous request is never read
            settings = app.config["GUICHET"]
            request.max_content_length = settings.upload_ticket_mb * 1_000_000 + PLAIN_BODY


def install(app: Flask, settings: Any) -> None:
    """Install filters, headers, guards and error pages on `app`, and register every blueprint."""
    # Imported inside the function: at the top of the module they would make a circle, since pages import this package.
    from ticketing.web import assets, blueprints, errors, frame, guards, headers, limiting, maintenance
    from ticketing.web.access import login
    from ticketing.web.mandates import forms
    from ticketing.web.tickets import page, queue

    app.jinja_env.filters.update(formats.FILTERS, ago=lambda value: formats.ago(value, datetime.now(UTC)))
    headers.install(app, https=settings.https)
    guards.install(app)
    forms.install(app)
    limiting.install(app, settings)
    errors.install(app)
    for shared in (assets, frame, login, page, queue):
        shared.install(app)
    for module in blueprints.MODULES:
        app.register_blueprint(module.blueprint)
    maintenance.install(app)
