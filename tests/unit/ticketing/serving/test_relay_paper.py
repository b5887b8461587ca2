"""Test that the relay's configuration that ships names the limits of Guichet, and leaves nothing of it to chance."""

from __future__ import annotations

import re

from harness.apps import settings_for
from harness.places import ROOT

from ticketing.app import server_limits_of
from ticketing.serving.limits import HEADERS

CONFIGURATION = (ROOT / "deploy/relais/nginx.conf").read_text("utf-8")


def directives() -> dict[str, list[str]]:
    """Return the directives and their values, whatever block they stand in."""
    text = re.sub(r"(?m)(?:^|(?<=\s))#.*$", "", CONFIGURATION)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"(?m)^\s*([a-z_]+)\s+([^;{}]+);", text):
        found.setdefault(name, []).append(" ".join(value.split()))
    return found


def test_the_relay_names_the_limits_of_guichet(tmp_path):
    limits, said = server_limits_of(settings_for(tmp_path, "sqlite:///x.db")), directives()
    seconds = [f"{limits.seconds:.0f}s"]
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout", "proxy_send_timeout"):
        assert said[name] == seconds, name
    assert said["client_max_body_size"] == [f"{limits.largest // 1_000_000}m"]
    count, each = said["large_client_header_buffers"][0].split()
    assert int(count) * int(each.removesuffix("k")) * 1024 == HEADERS


def test_the_relay_takes_bodies_whole_and_keeps_no_answer_on_its_disk():
    said = directives()
    assert said["proxy_request_buffering"] == ["on"]
    assert said["proxy_max_temp_file_size"] == ["0"]
    # In HTTP/1.0 the end of a connection is the end of the answer: a file that was cut would look complete.
    assert said["proxy_http_version"] == ["1.1"]
    assert said["proxy_next_upstream"] == ["off"]


def test_the_relay_adds_the_address_it_saw_and_hands_on_no_other_word_of_the_client_s():
    assert directives()["proxy_set_header"] == [
        "Host $host",
        "X-Forwarded-For $proxy_add_x_forwarded_for",
    ]


def test_the_papers_send_to_the_configuration():
    for paper in ("exploitation.md", "securite.md"):
        assert "relais/nginx.conf" in (ROOT / "docs" / paper).read_text("utf-8")
