"""Small helpers around Flask's test client."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


def csrf(client: FlaskClient, page: str = "/compte") -> str:
    """The CSRF token of this client's cookie, read from a form of `page` (or of the login form)."""
    for address in (page, "/connexion"):
        found = _TOKEN.search(client.get(address).get_data(as_text=True))
        if found:
            return found.group(1)
    raise AssertionError(f"no form with a CSRF token on {page}, nor on /connexion")


def post(client: FlaskClient, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """POST with the CSRF token added."""
    return client.post(url, data={"csrf_token": csrf(client), **(data or {})}, **options)
