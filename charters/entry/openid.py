"""OpenID Connect: where a person is sent to be identified, and what the académie's provider then says of that person.

The code flow with PKCE, state and nonce (ProConnect's profile). What counts is a token that the provider signed by one
of its public keys, for this client, for this login, a moment ago; everything else is refused in one sentence. The
answer says who the person is and how strongly this was checked (`acr`), and nothing else of it is read.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from authlib.common.urls import add_params_to_qs, add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, import_key

from charters.errors import Refused
from charters.rules import rules

BACK, OUT = "/connexion/academie/retour", "/connexion/academie/sortie"
#: How long a person may take at the provider.
LOGIN_LIFE = timedelta(minutes=10)
#: How far the provider's clock may be from ours, in seconds.
LEEWAY = 60
#: The signatures that are believed: by the provider's private keys alone, never « none » nor a shared secret.
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384"]
#: How a private key begins that is given in the place of the secret.
PEM = "-----BEGIN"
_BY_JWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TIMEOUT, _LARGEST, _METADATA_LIFE = 5, 256_000, 3600
#: How long a provider that did not answer is left alone, in seconds.
_REST = 15

REFUSAL = (
    "L’identité académique n’a pas permis d’entrer. Recommencez depuis cette page ; si le refus persiste, adressez-"
    "vous à l’administrateur de l’académie."
)
SILENT = "L’identité académique ne répond pas pour l’instant. Recommencez dans un moment, ou entrez avec votre clé."


@dataclass(frozen=True, slots=True)
class Asked:
    """A login under way, kept by the browser that asked for it; `proof`: to prove one's identity once more."""

    address: str
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    at: int
    proof: bool


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom the provider identified: its own lasting id of the person, the person's mail, how strongly, and when."""

    issuer: str
    subject: str
    mail: str
    acr: str
    token: str = field(repr=False, default="")


def offered() -> bool:
    """Whether a provider is set."""
    return bool(rules().oidc_issuer)


def ask(now: datetime, *, proof: bool = False) -> Asked:
    """Begin a login, or a proof: what the browser keeps, and the address where it goes. Raises Refused."""
    settings, metadata = rules(), _provider().metadata()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    more: dict[str, Any] = {"acr_values": " ".join(settings.oidc_acr)} if settings.oidc_acr else {}
    if proof:
        more |= {"prompt": "login", "max_age": "0"}
    address = prepare_grant_uri(
        _endpoint(metadata, "authorization_endpoint"),
        settings.oidc_client_id,
        "code",
        redirect_uri=settings.base_url + BACK,
        scope=settings.oidc_scope,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        **more,
    )
    return Asked(address, state, nonce, verifier, int(now.timestamp()), proof)


def identify(answer: Mapping[str, str], asked: Asked | None, now: datetime) -> Identified:
    """The person whom the provider identified, by the answer that it sent through the browser. Raises Refused."""
    if asked is None or not 0 <= now.timestamp() - asked.at <= LOGIN_LIFE.total_seconds():
        raise Refused(REFUSAL)
    if not hmac.compare_digest(answer.get("state", "").encode(), asked.state.encode()) or not answer.get("code"):
        raise Refused(REFUSAL)
    provider, settings = _provider(), rules()
    metadata = provider.metadata()
    # RFC 9207: another provider's answer; where ours says that it names itself, one without a name is none of its own.
    unnamed = "" if metadata.get("authorization_response_iss_parameter_supported") is True else settings.oidc_issuer
    if answer.get("iss", unnamed) != settings.oidc_issuer:
        raise Refused(REFUSAL)
    tokens = _tokens(metadata, answer["code"], asked.verifier, now)
    try:
        claims = _checked(
            provider, str(tokens.get("id_token") or ""), asked, str(tokens.get("access_token") or ""), now
        )
        told = claims | _user_info(provider, metadata, str(tokens.get("access_token") or ""), claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused(REFUSAL) from error
    if told.get("email_verified", True) is not True:
        told["email"] = ""
    mail, acr = str(told.get("email") or "").strip(), str(claims.get("acr") or "")
    return Identified(settings.oidc_issuer, str(claims["sub"]), mail, acr, str(tokens["id_token"]))


def way_out(token: str, state: str) -> str:
    """The address where the provider ends its own session too; empty when it has none, or does not answer."""
    try:
        endpoint = str(_provider().metadata().get("end_session_endpoint") or "")
    except Refused:
        return ""
    if not endpoint or not _safe(endpoint):
        return ""
    settings = rules()
    more = {"id_token_hint": token} if token else {"client_id": settings.oidc_client_id}
    wanted = more | {"post_logout_redirect_uri": settings.base_url + OUT, "state": state}
    return str(add_params_to_uri(endpoint, list(wanted.items())))


def _checked(provider: _Provider, token: str, asked: Asked, access: str, now: datetime) -> dict[str, Any]:
    """The claims of an id token that is for this client and this login. Raises JoseError, ValueError."""
    settings = rules()
    header, claims = provider.verified(token)
    checked = CodeIDToken(
        claims,
        header,
        options={
            "iss": {"essential": True, "value": settings.oidc_issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
            "sub": {"essential": True},
        },
        params={"nonce": asked.nonce, "client_id": settings.oidc_client_id, "access_token": access},
    )
    checked.validate(now=int(now.timestamp()), leeway=LEEWAY)
    if asked.proof and not asked.at - LEEWAY <= int(claims.get("auth_time") or 0) <= now.timestamp() + LEEWAY:
        raise ValueError("the provider did not ask the person again")
    return dict(claims)


def _tokens(metadata: Mapping[str, Any], code: str, verifier: str, now: datetime) -> dict[str, Any]:
    """The tokens that a code is worth, asked for with the secret, or signed with the private key that stands for it."""
    settings = rules()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    address = _endpoint(metadata, "token_endpoint")
    ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    body = prepare_token_request(
        "authorization_code", code=code, redirect_uri=settings.base_url + BACK, code_verifier=verifier
    )
    if settings.oidc_client_secret.startswith(PEM):
        body = add_params_to_qs(body, list(_assertion(address, now).items()))
    else:
        auth = ClientAuth(settings.oidc_client_id, settings.oidc_client_secret, way)
        address, headers, body = auth.prepare("POST", address, headers, body)
    return _read(_fetched(address, headers, body.encode()))


def _assertion(address: str, now: datetime) -> dict[str, str]:
    """What proves to the provider who asks, by `private_key_jwt` (RFC 7523): no secret leaves this machine."""
    settings, at = rules(), int(now.timestamp())
    key = import_key(settings.oidc_client_secret, "EC" if _is_elliptic(settings.oidc_client_secret) else "RSA")
    algorithm = {"P-256": "ES256", "P-384": "ES384"}[key.curve_name] if isinstance(key, ECKey) else "RS256"
    client = settings.oidc_client_id
    claims = {"iss": client, "sub": client, "aud": address, "jti": secrets.token_urlsafe(16), "iat": at, "exp": at + 60}
    signed = jwt.encode({"alg": algorithm, "kid": key.thumbprint()}, claims, key, algorithms=ALGORITHMS)
    return {"client_id": client, "client_assertion_type": _BY_JWT, "client_assertion": signed}


def _is_elliptic(pem: str) -> bool:
    return isinstance(load_pem_private_key(pem.encode(), None), EllipticCurvePrivateKey)


def _user_info(
    provider: _Provider, metadata: Mapping[str, Any], access: str, claims: Mapping[str, Any]
) -> dict[str, Any]:
    """What the provider tells besides the token, signed (ProConnect) or plain; empty where the token has the mail."""
    if "email" in claims or not access or not metadata.get("userinfo_endpoint"):
        return {}
    text = _fetched(_endpoint(metadata, "userinfo_endpoint"), {"Authorization": f"Bearer {access}"}).decode()
    if text.lstrip().startswith("{"):
        told = json.loads(text)
    else:
        _, told = provider.verified(text.strip())
        settings = rules()
        if told.get("iss") != settings.oidc_issuer or settings.oidc_client_id not in _listed(told.get("aud")):
            raise ValueError("signed for somebody else")
    if told.get("sub") != claims["sub"]:
        raise ValueError("told of somebody else")
    return {name: told[name] for name in ("email", "email_verified") if name in told}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Provider:
    """What a provider publishes of itself: its addresses, for an hour, and its keys, until it signs by another one."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._read_at = -float(_METADATA_LIFE)
        self._silent_until = 0.0
        self._keys: KeySet | None = None

    def metadata(self) -> dict[str, Any]:
        """The provider's addresses. Raises Refused when it does not answer, or answers for another."""
        with self._lock:
            if time.monotonic() - self._read_at >= _METADATA_LIFE or not self._metadata:
                if time.monotonic() < self._silent_until:
                    raise Refused(SILENT)
                self._silent_until = time.monotonic() + _REST  # others who come meanwhile do not wait for it too
                read = _read(_fetched(get_well_known_url(self.issuer, external=True), {}))
                self._silent_until = 0.0
                if read.get("issuer") != self.issuer:
                    raise Refused(REFUSAL)
                self._metadata, self._read_at = read, time.monotonic()
            return self._metadata

    def verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """(header, claims) of a token that one of the provider's keys signed. Raises JoseError, ValueError."""
        for again in (False, True):
            try:
                decoded = jwt.decode(token, self._published(again), algorithms=ALGORITHMS)
                return dict(decoded.header), dict(decoded.claims)
            except (JoseError, ValueError):
                if again:  # the keys were read again: it is no new key, whose provider has just begun to sign by it
                    raise
        raise AssertionError

    def _published(self, again: bool) -> KeySet:
        with self._lock:
            if self._keys is None or again:
                keys = _read(_fetched(_endpoint(self._metadata, "jwks_uri"), {}))
                public = [key for key in keys["keys"] if key.get("kty") in ("RSA", "EC") and key.get("use") != "enc"]
                self._keys = KeySet.import_key_set({"keys": public})
            return self._keys


_providers: dict[str, _Provider] = {}


def _provider() -> _Provider:
    issuer = rules().oidc_issuer
    return _providers.setdefault(issuer, _Provider(issuer))


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    address = str(metadata.get(name) or "")
    if not _safe(address):
        raise Refused(REFUSAL)
    return address


def _safe(address: str) -> bool:
    """Whether nobody on the way can read or change what is asked there: TLS, or this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


def _read(answer: bytes) -> dict[str, Any]:
    """The object of a JSON answer; an empty one where it is something else, such as a page of a relay on the way."""
    try:
        read = json.loads(answer)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _fetched(address: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """The answer to a request of ours, bounded in size and time, no redirection followed. Raises Refused."""
    if not _safe(address):
        raise Refused(REFUSAL)
    request = Request(address, body, {"Accept": "application/json", **headers})  # noqa: S310 (`_safe` looked at it)
    try:
        with build_opener(_NoRedirection).open(request, timeout=_TIMEOUT) as answer:
            read: bytes = answer.read(_LARGEST + 1)
    except URLError as error:
        refused = getattr(error, "code", 0)
        raise Refused(REFUSAL if 400 <= refused < 500 else SILENT) from error
    except OSError as error:
        raise Refused(SILENT) from error
    if len(read) > _LARGEST:
        raise Refused(REFUSAL)
    return read
