"""Small helpers around Flask's test client."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


def csrf(client: FlaskClient, page: str = "/compte") -> str:
    """The CSRF token of this client's cookie, read from a form of `page` (default: the login form)."""
    for address in (page, "/connexion"):
        found = _TOKEN.search(client.get(address).get_data(as_text=True))
        if found:
            return found.group(1)
    raise AssertionError(f"no form with a CSRF token on {page}, nor on /connexion")


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
