"""A FIDO2 authenticator in Python: what a browser and a key, or a passkey, answer to the options of a page."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


class Authenticator:
    """One credential for the site `origin`; `shared`: the devices of its owner share it, as synchronised passkeys."""

    def __init__(self, origin: str, *, shared: bool = False) -> None:
        self.origin, self.site = origin, origin.partition("://")[2].partition(":")[0]
        self.id = secrets.token_bytes(16)
        self.flags = PRESENT | VERIFIED | (ELIGIBLE | BACKED_UP if shared else 0)
        self._private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> str:
        """Answer the options of a registration, as the page's script writes the answer."""
        numbers = self._private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(self._client(options, "webauthn.create"), {"attestationObject": statement})

    def get(self, options: dict[str, Any]) -> str:
        """Answer the options of a login."""
        client, data = self._client(options, "webauthn.get"), self._data(self.flags)
        signature = self._private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(client, {"authenticatorData": data, "signature": signature})

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + bytes(4)  # a passkey counts nothing

    def _client(self, options: dict[str, Any], kind: str) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, client: bytes, more: dict[str, bytes]) -> str:
        response = {name: bytes_to_base64url(value) for name, value in ({"clientDataJSON": client} | more).items()}
        own = bytes_to_base64url(self.id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})
