"""Test the manifest, the service worker and the page without a connection: public, the same for all, and bare."""

from __future__ import annotations

import json
import re

from harness.http import post


def test_a_telephone_can_install_it(client):
    page = client.get("/connexion").text
    assert '<link rel="manifest" href="/guichet.webmanifest">' in page
    answer = client.get("/guichet.webmanifest")
    told = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json" and told["display"] == "standalone"
    assert {icon["sizes"] for icon in told["icons"]} >= {"192x192", "512x512"}
    for icon in told["icons"]:
        file = client.get(icon["src"])
        assert file.status_code == 200 and file.mimetype == icon["type"]
        if file.mimetype == "image/png":
            width = int.from_bytes(file.data[16:20], "big")
            assert icon["sizes"] == f"{width}x{width}"
    touch = re.search(r'rel="apple-touch-icon" href="([^"]+)"', page)[1]
    assert client.get(touch).status_code == 200


def test_security_the_service_worker_keeps_nothing_but_public_things(client):
    answer = client.get("/service-worker.js")
    kept = json.loads(re.match(r"self\.KEPT = (\[.*?\]);\n", answer.text)[1])
    assert kept[0] == "/hors-ligne" and answer.headers["Cache-Control"] == "no-store"
    assert all(path.startswith("/static/") for path in kept[1:])
    assert all(client.get(path).status_code == 200 for path in kept)
    assert (
        answer.text.count("cache.addAll") == 1 and ".put(" not in answer.text and 'credentials: "omit"' in answer.text
    )


def test_security_the_page_without_a_connection_is_the_same_for_everybody(client, client_as):
    mine = client_as("d1.agent").get("/hors-ligne")
    assert mine.text == client.get("/hors-ligne").text, "no name, no mandate, no token"
    assert "csrf_token" not in mine.text and "Set-Cookie" not in mine.headers


def test_security_the_key_of_drafts_is_its_owner_s(client, cast, client_as):
    assert client.get("/brouillons/cle").status_code == 303
    first, second = client_as("c11.cmi"), client_as("c12.cmi")
    keys = {one.get("/brouillons/cle").get_json()["key"] for one in (first, second, client_as("c11.cmi"))}
    assert len(keys) == 2 and all(len(key) == 44 for key in keys)
    answer = first.get("/brouillons/cle", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-store" and "Content-Encoding" not in answer.headers
    assert client_as("x.nosign").get("/brouillons/cle").headers["Location"] == "/chartes"
    assert post(first, "/deconnexion").status_code == 303
