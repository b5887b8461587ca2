"""The signed cookie of forms (the nonce of their tokens, messages to show once), and the token that is made of it.

At each request Flask made its signer anew, checked the same cookie and signed the same token: a twelfth of a page. What
is kept here depends on the key and on the text that was checked or signed, and on nothing else.
"""

from __future__ import annotations

import base64
import secrets
import time
from functools import lru_cache

from flask import Flask, Request, current_app, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer

#: What the cookie holds as a rule, and under which name of `g` Flask-WTF keeps the token of a request.
NONCE = "csrf_token"
_SALT = "wtf-csrf-token"
_KEPT_MAX = 4096


class FormCookies(SecureCookieSessionInterface):
    """Flask's signed cookies, with one signer for an application; a cookie of a nonce alone is checked once."""

    def __init__(self) -> None:
        self._signers: dict[object, URLSafeTimedSerializer | None] = {}
        #: (key, cookie) -> its nonce, and when it was signed.
        self._kept: dict[tuple[object, str], tuple[str, float]] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of the application, made once for its key."""
        key = app.secret_key
        if key not in self._signers:
            self._signers[key] = super().get_signing_serializer(app)
        return self._signers[key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the request's cookie holds; an empty session where it was not signed here, or is too old."""
        signer = self.get_signing_serializer(app)
        sent = request.cookies.get(self.get_cookie_name(app))
        if signer is None or not sent:
            return super().open_session(app, request)
        oldest = time.time() - app.permanent_session_lifetime.total_seconds()
        known = self._kept.get((app.secret_key, sent))
        if known is not None and known[1] > oldest:
            return self.session_class({NONCE: known[0]})
        try:
            held, signed_at = signer.loads(
                sent, max_age=int(app.permanent_session_lifetime.total_seconds()), return_timestamp=True
            )
        except BadSignature:
            return self.session_class()
        if set(held) == {NONCE} and isinstance(held[NONCE], str):  # messages can be added to: they are read each time
            if len(self._kept) >= _KEPT_MAX:
                self._kept.clear()
            self._kept[app.secret_key, sent] = held[NONCE], signed_at.timestamp()
        return self.session_class(held)


def form_token() -> str:
    """Return Flask-WTF's token for the forms of this page, signed once for a nonce: tokens do not grow old here."""
    nonce = session.get(NONCE)
    if isinstance(nonce, str) and NONCE not in g and current_app.config["WTF_CSRF_TIME_LIMIT"] is None:
        setattr(g, NONCE, _signed(current_app.secret_key, nonce))
    return str(generate_csrf())


def masked_token() -> str:
    """Return the token of `form_token` under a mask drawn for this page: no other page shows the same text.

    Pages are compressed, and the length of one tells what it repeats (BREACH): a token that is always the same could be
    found letter by letter. Within a page it is one text.
    """
    if "masked_token" not in g:
        plain = form_token().encode()
        pad = secrets.token_bytes(len(plain))
        g.masked_token = base64.urlsafe_b64encode(pad + _crossed(pad, plain)).decode().rstrip("=")
    return str(g.masked_token)


def unmasked(sent: str) -> str:
    """Return the token behind a masked one; a text that is none comes back as it is, to be refused."""
    try:
        both = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))
        half = len(both) // 2
        return _crossed(both[:half], both[half:]).decode("ascii")
    except ValueError:
        return sent


def _crossed(pad: bytes, text: bytes) -> bytes:
    size = max(len(pad), len(text))
    return (int.from_bytes(pad, "big") ^ int.from_bytes(text, "big")).to_bytes(size, "big")


@lru_cache(maxsize=_KEPT_MAX)
def _signed(key: str | bytes, nonce: str) -> str:
    signed = URLSafeTimedSerializer(key, salt=_SALT).dumps(nonce)
    return signed if isinstance(signed, str) else signed.decode()
