"""Who must sign which charter, and what proves a signature (annexe 6, 1.1, 1.2, 2.2 and 4). Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from charters.model import Actor, Zone

USAGE = "usage"  # annexe 6 itself: for people outside the Éducation nationale (1.2, 4)
KEY = "cle"  # the key's own charter (1.1): for people who have a key
KINDS = (USAGE, KEY)
TITLES = {USAGE: "Charte de bon usage et de sécurité", KEY: "Charte de la clé d’accès"}


@dataclass(frozen=True, slots=True)
class Signer:
    """The signer, as written on the last page of annexe 6 (4), with the values at the time of signing."""

    last_name: str
    first_name: str
    email: str
    company: str
    function: str
    organisation: str  # id of the collectivité, académie or établissement


#: The signer of a signature made before signers were recorded, or whose signer was forgotten.
NOBODY = Signer("", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a signature: exact text (version and SHA-256), time (UTC), signer, network zone."""

    kind: str
    version: int
    sha256: str
    signed_at: datetime
    sigle: str
    zone: Zone
    signer: Signer = NOBODY
    id: int | None = None


def fingerprint(markdown: str) -> str:
    """SHA-256 of a charter's text, in hexadecimal."""
    return hashlib.sha256(markdown.encode()).hexdigest()


def evidence(kind: str, version: int, markdown: str, actor: Actor, now: datetime, signer: Signer = NOBODY) -> Evidence:
    """The evidence of a signature that the actor gives now; raises ValueError on an unknown charter."""
    if kind not in KINDS:
        raise ValueError(f"unknown charter {kind}")
    return Evidence(kind, version, fingerprint(markdown), now.astimezone(UTC), actor.sigle, actor.zone, signer)


def proof(given: Evidence) -> str:
    """The evidence as JSON, always the same for a signature. It is attached to the PDF; the journal has its SHA-256."""
    signer = given.signer
    content = {
        "application": "Guichet",
        "charte": {"sorte": given.kind, "titre": TITLES[given.kind], "version": given.version, "sha256": given.sha256},
        "signature": {
            "instant_utc": given.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "sigle": given.sigle,
            "zone": given.zone,
        },
        "signataire": {
            "nom": signer.last_name,
            "prenom": signer.first_name,
            "adresse_mail": signer.email,
            "societe": signer.company,
            "fonction": signer.function,
            "rattachement": signer.organisation,
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def required(*, external: bool, has_key: bool, usage_for_staff: bool = False) -> tuple[str, ...]:
    """The charters to sign before any page shows (« Who needs what »), in reading order."""
    kinds = []
    if external or usage_for_staff:
        kinds.append(USAGE)
    if external or has_key:
        kinds.append(KEY)
    return tuple(kinds)


def missing(
    wanted: tuple[str, ...], published: Mapping[str, int | None], signed: Mapping[str, int | None]
) -> tuple[str, ...]:
    """The wanted charters whose latest version is unsigned, including those never published."""
    return tuple(
        kind for kind in wanted if published.get(kind) is None or (signed.get(kind) or 0) < (published[kind] or 0)
    )
