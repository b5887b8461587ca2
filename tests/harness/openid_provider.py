"""An OpenID Connect provider for tests, on a real port: ProConnect's profile, with signed tokens and keys that change.

It identifies `person` without asking. What it says can be made wrong: `alter` changes the claims of a token before it
is signed, `forge` takes the place of the signing.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "guichet-essais", "le secret de guichet : é&+"


class Provider:
    """The provider's state; `url` is its issuer. `person` is the claims of whom it identifies."""

    def __init__(self) -> None:
        self.url = ""
        self.person: dict[str, Any] = {"sub": "agent-1", "email": "a.tech@guichet.example"}
        self.acr = "eidas2"
        self.alter: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.signed_user_info = False
        self.auth_methods = ["client_secret_post"]
        self.client_key: Any = None  # the public key of a client that signs instead of giving a secret
        self.assertions: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.keys_read = 0
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()

    def rotate(self) -> None:
        """Sign by a new key from now on; the former one is no longer published."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"}, auto_kid=False)

    def signed(self, claims: dict[str, Any]) -> str:
        """Return `claims` as a token signed by the present key."""
        if self.forge is not None:
            return self.forge(claims)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def app(self) -> Flask:
        """Return the provider as a web application."""
        app = Flask("provider")
        for rule, view in (
            ("/.well-known/openid-configuration", self._metadata),
            ("/authorize", self._authorize),
            ("/token", self._token),
            ("/userinfo", self._user_info),
            ("/jwks", self._jwks),
        ):
            app.add_url_rule(rule, rule, view, methods=["GET", "POST"])
        return app

    def _metadata(self) -> Response:
        names = ("authorization", "token", "userinfo", "end_session")
        addresses = {f"{name}_endpoint": f"{self.url}/{name.replace('authorization', 'authorize')}" for name in names}
        ways = {"token_endpoint_auth_methods_supported": self.auth_methods}
        return jsonify({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"} | addresses | ways)

    def _jwks(self) -> Response:
        self.keys_read += 1
        return jsonify(keys=[self.key.as_dict(private=False)])

    def _authorize(self) -> Any:
        asked = request.args.to_dict()
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return redirect(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"
        )

    def _client_is_right(self) -> bool:
        if self.client_key is not None:
            return self._signed_by_the_client(self.client_key)
        if "client_secret_basic" in self.auth_methods:
            wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode("latin1")).decode()
            return request.headers.get("Authorization") == f"Basic {wanted}"
        return (request.form.get("client_id"), request.form.get("client_secret")) == (CLIENT, SECRET)

    def _signed_by_the_client(self, key: Any) -> bool:
        """Whether the request bears an assertion of RFC 7523 that was signed for this address and not seen yet."""
        form = request.form
        if "client_secret" in form or "Authorization" in request.headers:
            return False
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        read = jwt.decode(form.get("client_assertion", ""), key, algorithms=["RS256", "ES256", "ES384"])
        claims = read.claims
        self.assertions.append(claims["jti"])
        named = (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{self.url}/token")
        alive = 0 < claims["exp"] - time.time() <= 60 and len(set(self.assertions)) == len(self.assertions)
        return named and alive and read.header["kid"] == key.thumbprint()

    def _token(self) -> Any:
        asked = self._codes.pop(request.form.get("code", ""), None)
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or not self._client_is_right()
            or (asked["code_challenge"], asked["code_challenge_method"]) != (challenge, "S256")
            or asked["redirect_uri"] != request.form.get("redirect_uri")
        ):
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims |= {"sub": self.person["sub"], "acr": self.acr, "auth_time": now}
        token = self.signed(self.alter(claims))
        return jsonify(access_token=secrets.token_urlsafe(8), token_type="Bearer", id_token=token, expires_in=60)

    def _user_info(self) -> Any:
        if not self.signed_user_info:
            return jsonify(self.person)
        told = self.person | {"iss": self.url, "aud": CLIENT}
        return Response(jwt.encode({"alg": "RS256", "kid": self.key.kid}, told, self.key), mimetype="application/jwt")


@contextmanager
def providing() -> Iterator[Provider]:
    """Run a provider on a free port of this machine while the block lasts."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
