"""What is kept of cookies and tokens changes nothing: forged or old ones are refused, messages are shown once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask_wtf.csrf import validate_csrf
from itsdangerous import TimestampSigner

from ticketing.web.cookies import FormCookies, form_token


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("cookies")
    app.secret_key = "k" * 32
    app.config |= {"WTF_CSRF_TIME_LIMIT": None, "SESSION_COOKIE_NAME": "form"}
    app.session_interface = FormCookies()

    @app.get("/")
    def page() -> dict[str, Any]:
        token = form_token()
        validate_csrf(token)
        return {"nonce": session["csrf_token"], "token": token, "told": get_flashed_messages()}

    @app.post("/")
    def told() -> str:
        flash("Dit une fois.")
        return ""

    yield app


@pytest.fixture
def signings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that is signed, or whose signature is checked, from now on."""
    seen: list[bytes] = []
    sign = TimestampSigner.get_signature

    def noted(self: Any, value: Any) -> Any:
        seen.append(value)
        return sign(self, value)

    def checked(self: Any, value: Any, signature: Any) -> Any:
        seen.append(value)
        return verify(self, value, signature)

    verify = TimestampSigner.verify_signature
    monkeypatch.setattr(TimestampSigner, "get_signature", noted)
    monkeypatch.setattr(TimestampSigner, "verify_signature", checked)
    return seen


def test_a_page_after_the_first_checks_and_signs_nothing(app: Flask, signings: list[bytes]) -> None:
    app.view_functions["page"] = lambda: {"token": form_token(), "nonce": session["csrf_token"]}
    client = app.test_client()
    first = client.get("/").json
    second = client.get("/").json
    signings.clear()
    again = client.get("/")
    # The first page signs its token by itself, perhaps a second earlier; the nonce is the same.
    assert (
        again.json == second
        and second["nonce"] == first["nonce"]
        and signings == []
        and "Set-Cookie" not in again.headers
    )
    assert app.test_client().get("/").json != first, "each browser has its own nonce"


def test_a_message_is_shown_once_and_the_nonce_stays(app: Flask) -> None:
    client = app.test_client()
    nonce = client.get("/").json["nonce"]
    for _ in range(2):
        client.post("/")
        assert client.get("/").json == {
            "nonce": nonce,
            "token": client.get("/").json["token"],
            "told": ["Dit une fois."],
        }
        assert client.get("/").json["told"] == []


@pytest.mark.parametrize("forge", ["changed", "unsigned", "of another key"])
def test_security_a_cookie_that_was_not_signed_here_holds_nothing(app: Flask, forge: str) -> None:
    client, other = app.test_client(), Flask("other")
    nonce = client.get("/").json["nonce"]
    for _ in range(2):
        assert client.get("/").json["nonce"] == nonce
    sent = client.get_cookie("form").value
    other.secret_key = "o" * 32
    if forge == "changed":
        sent = sent[:-5] + ("A" if sent[-5] != "A" else "B") + sent[-4:]  # the last one has bits that say nothing
    elif forge == "unsigned":
        sent = sent.partition(".")[0]
    else:
        sent = FormCookies().get_signing_serializer(other).dumps({"csrf_token": nonce})
    client.set_cookie("form", sent)
    assert client.get("/").json["nonce"] != nonce


def test_a_cookie_that_is_too_old_or_of_a_former_key_holds_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    nonce = client.get("/").json["nonce"]
    assert client.get("/").json["nonce"] == nonce, "it is known now"
    sent, now = client.get_cookie("form").value, time.time()
    monkeypatch.setattr(time, "time", lambda: now + timedelta(days=32).total_seconds())
    assert client.get("/").json["nonce"] != nonce
    monkeypatch.undo()
    app.secret_key = "n" * 32
    client.set_cookie("form", sent)
    assert client.get("/").json["nonce"] != nonce
