"""Who must sign which charter, and what proves a signature (annexe 6, 1.1, 1.2, 2.2 and 4). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from charters.model import Zone

USAGE = "usage"  # annexe 6 itself: for people outside the Éducation nationale (1.2, 4)
KEY = "cle"  # the key's own charter (1.1): for whoever holds a key
KINDS = (USAGE, KEY)
TITLES = {USAGE: "Charte de bon usage et de sécurité", KEY: "Charte de la clé d’accès"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is kept of a signature: the exact text (version and SHA-256), when (UTC), who, from which zone."""

    kind: str
    version: int
    sha256: str
    signed_at: datetime
    sigle: str
    zone: Zone


def fingerprint(markdown: str) -> str:
    """SHA-256 of a charter's text, in hexadecimal."""
    return hashlib.sha256(markdown.encode()).hexdigest()


def evidence(kind: str, version: int, markdown: str, sigle: str, zone: Zone, now: datetime) -> Evidence:
    """The evidence of a signature given now; raises ValueError on an unknown charter."""
    if kind not in KINDS:
        raise ValueError(f"unknown charter {kind}")
    return Evidence(kind, version, fingerprint(markdown), now.astimezone(UTC), sigle, zone)


def required(*, external: bool, has_key: bool, usage_for_staff: bool = False) -> tuple[str, ...]:
    """The charters to sign before anything shows (« Who needs what »), in the order in which they are read."""
    kinds = []
    if external or usage_for_staff:
        kinds.append(USAGE)
    if external or has_key:
        kinds.append(KEY)
    return tuple(kinds)


def missing(
    wanted: tuple[str, ...], published: Mapping[str, int | None], signed: Mapping[str, int | None]
) -> tuple[str, ...]:
    """Of the wanted charters, those whose latest version is unsigned. One never published cannot have been signed."""
    return tuple(
        kind
        for kind in wanted
        if published.get(kind) is None or (signed.get(kind) or 0) < (published[kind] or 0)
    )
