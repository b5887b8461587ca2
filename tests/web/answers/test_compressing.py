"""Test that pages travel compressed, and that their length tells nothing of what they hold (BREACH)."""

from __future__ import annotations

import gzip
import re

import pytest
from harness.http import post

from ticketing.web.answers import compressing

GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_page_is_compressed_for_who_reads_gzip_and_is_the_same(client_as):
    client = client_as("d1.agent")
    plain, small = client.get("/aide"), client.get("/aide", headers=GZIP)
    assert "Content-Encoding" not in plain.headers and small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in small.headers["Vary"]
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2

    def words(text):
        return re.sub(r"\d+\.[\w-]{200,}|ends=\"[^\"]*\"", "", text)

    assert words(gzip.decompress(small.data).decode()) == words(plain.text)
    head = client.head("/aide", headers=GZIP)
    assert head.headers["Content-Encoding"] == "gzip" and head.data == b""


def test_who_does_what_weighs_under_40_kb_on_the_wire(client_as):
    for sigle in ("c11.cmi", "a.admin"):
        answer = client_as(sigle).get("/qui-fait-quoi", headers=GZIP, follow_redirects=True)
        assert answer.status_code == 200 and len(answer.data) < 40_000, sigle


@pytest.mark.parametrize("address", ["/tickets?q=imprimante", "/qui-fait-quoi?q=x", "/connexion?suite=/x", "/tickets?"])
def test_security_a_page_that_shows_what_its_address_asks_is_not_compressed(client_as, address):
    answer = client_as("d1.agent").get(address, headers=GZIP)
    compressed = "Content-Encoding" in answer.headers
    assert compressed == address.endswith("?"), "an empty question shows nothing"


def test_security_what_answers_a_form_or_refuses_is_not_compressed(client, cast, client_as):
    refused = post(client, "/connexion", {"sigle": "reflet", "pin": "x", "code": "1"}, headers=GZIP)
    assert "reflet" in refused.text and "Content-Encoding" not in refused.headers
    assert "Content-Encoding" not in client_as("d1.agent").get("/tickets/999999", headers=GZIP).headers


def test_security_the_token_of_forms_is_never_twice_the_same_text(client):
    """Two pages that show one secret alike let whoever makes them show guesses find it, a letter at a time."""
    pages = [client.get("/connexion").text for _ in range(5)]
    tokens = [set(re.findall(r'name="csrf_token" value="([^"]+)"', page)) for page in pages]
    assert all(len(found) == 1 for found in tokens), "within a page it is one text, which costs nothing"
    texts = [found.pop().partition(".")[2] for found in tokens]
    assert len(set(texts)) == 5
    windows = [{text[at : at + 8] for at in range(len(text) - 8)} for text in texts]
    assert not set.intersection(*windows[:2])
    for text in texts:
        answer = client.post("/connexion", data={"csrf_token": f"0.{text}", "sigle": "x", "pin": "x", "code": "x"})
        assert answer.status_code == 401, "each of them is right"


@pytest.mark.parametrize("token", ["", "0.", "0.x", "0.é", "0." + "A" * 300, "0." + "-" * 3, "x.y", "0.=", "1.a.b.c"])
def test_security_a_made_up_token_is_refused_and_never_a_crash(client, token):
    assert client.post("/connexion", data={"csrf_token": token}).status_code == 400


def test_security_the_length_of_a_page_is_drawn_by_lot():
    lengths = {len(compressing.packed(b"la meme page" * 200)) for _ in range(200)}
    assert len(lengths) > 40
    assert gzip.decompress(compressing.packed(b"")) == b""
