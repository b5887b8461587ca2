"""Small helpers around Flask's test client."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


def csrf(client: FlaskClient, page: str = "") -> str:
    """The CSRF token of this client's cookie: of a form of `page`, or without one such as any form would hold now.

    The latter goes through the application's own guards and its own `token`, but makes no page: most of the time of
    many tests went into a page that nobody looked at.
    """
    if not page:
        return _token(client)
    for address in (page, "/connexion"):
        found = _TOKEN.search(client.get(address).get_data(as_text=True))
        if found:
            return found.group(1)
    raise AssertionError(f"no form with a CSRF token on {page}, nor on /connexion")


def _token(client: FlaskClient) -> str:
    """The token of the forms that this client would be shown now; its cookies change as a page would change them."""
    from ticketing.web import guards
    from ticketing.web.mandates import forms

    app = client.application
    environ = EnvironBuilder(app, "/compte", environ_base=client.environ_base).get_environ()
    client._add_cookies_to_wsgi(environ)
    with app.request_context(environ) as context:
        app.preprocess_request()
        guards.identify()
        token, answer = forms.token(), app.response_class()
        app.session_interface.save_session(app, context.session, answer)
    client._update_cookies_from_response("localhost", "/compte", answer.headers.getlist("Set-Cookie"))
    return token


def post(
    client: FlaskClient, url: str, data: dict[str, Any] | None = None, *, nowhere: bool = False, **options: Any
) -> TestResponse:
    """POST with the CSRF token added. `nowhere`: the test intends an address without POST, or an unknown step."""
    assert nowhere or takes_post(client.application, url), f"{url} takes no POST: the test would prove nothing"
    return client.post(url, data={"csrf_token": csrf(client), **(data or {})}, **options)


def takes_post(app: Flask, url: str) -> bool:
    """Whether a view answers POST at this address and, for a step of a ticket, whether the step exists."""
    from ticketing.web.tickets.steps import STEPS

    parts = urlsplit(url)
    try:
        endpoint, values = app.url_map.bind(parts.netloc or "localhost").match(unquote(parts.path), method="POST")
    except RequestRedirect:
        return True
    except (NotFound, MethodNotAllowed):
        return False
    return endpoint != "tickets.step" or values["slug"] in STEPS
