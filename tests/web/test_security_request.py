"""Test that nothing of one request, which its sender writes, is kept for everybody or believed by the server."""

from __future__ import annotations

import io
import re

import pytest
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from harness.places import ROOT

from ticketing.operation.server import Server

PREFIX = "/prefixe-forge"


def test_a_forged_prefix_or_host_stays_out_of_what_is_cached_for_all(world):
    """A SCRIPT_NAME turned the links of other people's lists to another site, by the cache of fragments."""
    client = world.client("d1.agent")
    forged = {"SCRIPT_NAME": PREFIX, "HTTP_X_FORWARDED_HOST": "forge.example", "wsgi.url_scheme": "gopher"}
    for page in ("/tickets", "/tickets/nouveau", "/tickets/1", "/qui-fait-quoi"):
        assert client.get(page, environ_overrides=forged).status_code in (200, 302, 404)
    kept = world.app.extensions["guichet_pieces"]
    assert kept, "nothing was cached: the test would prove nothing"
    for html in kept.values():
        assert not re.search(rf"{PREFIX}|forge\.example|gopher", html)
    assert PREFIX not in world.client("d1.agent").get("/tickets").get_data(as_text=True)


def test_fragments_call_no_function_of_the_request():
    templates = ROOT / "templates"
    for name in ("tickets/pieces.html", "tickets/opening/pieces.html", "advice.html"):
        text = re.sub(r"\{#.*?#\}", "", (templates / name).read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\b(?:url_for|request|session|g|frame|csrf_token|get_flashed_messages)\b\s*[(.]", text)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3"])
def test_the_server_believes_no_header_about_prefix_path_or_scheme(peer):
    cfg = Server(None, "127.0.0.1:0", 1).cfg
    sent = (
        b"GET /connexion HTTP/1.1\r\nHost: guichet.example\r\nSCRIPT_NAME: //forge.example\r\nSCRIPT-NAME: /x\r\n"
        b"PATH_INFO: /tickets\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on\r\n\r\n"
    )
    request = next(iter(RequestParser(cfg, iter([sent]), (peer, 40000))))
    _, environ = wsgi.create(request, _Socket(), (peer, 40000), ("127.0.0.1", 8000), cfg)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/connexion")
    assert environ["wsgi.url_scheme"] == "http"
    assert "HTTP_PATH_INFO" not in environ


class _Socket(io.BytesIO):
    """A socket of which gunicorn only sends « 100 Continue »."""

    sendall = io.BytesIO.write
