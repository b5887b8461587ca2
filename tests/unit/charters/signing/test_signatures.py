"""« Who needs what »: which charters a person must sign, and the evidence of a signature."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from charters.model import Actor, Zone
from charters.signing.signatures import evidence, fingerprint, missing, required


@pytest.mark.parametrize(
    ("external", "has_key", "compulsory", "wanted"),
    [
        (True, True, False, ("usage", "cle")),
        (True, False, False, ("usage", "cle")),
        (True, True, True, ("usage", "cle")),
        (False, True, False, ("cle",)),
        (False, True, True, ("usage", "cle")),
        (False, False, False, ()),
        (False, False, True, ("usage",)),
    ],
)
def test_who_signs_what(external, has_key, compulsory, wanted):
    assert required(external=external, has_key=has_key, usage_for_staff=compulsory) == wanted


@pytest.mark.parametrize(
    ("usage", "cle", "left"),
    [
        (None, None, ("usage", "cle")),
        (2, None, ("cle",)),
        (None, 1, ("usage",)),
        (2, 1, ()),
        (1, 1, ("usage",)),
    ],
)
def test_cha_01_two_by_two(usage, cle, left):
    assert missing(("usage", "cle"), {"usage": 2, "cle": 1}, {"usage": usage, "cle": cle}) == left


def test_a_charter_never_published_keeps_the_gate_shut():
    assert missing(("usage",), {"usage": None}, {"usage": None}) == ("usage",)
    assert missing(("usage",), {}, {}) == ("usage",)


def signing(zone: Zone) -> Actor:
    return Actor(1, "p.durand", "Paule Durand", True, None, zone)


def test_the_evidence_holds_text_time_person_and_zone():
    now = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
    proof = evidence("cle", 3, "Texte é", signing("intranet"), now)
    assert proof.sha256 == hashlib.sha256("Texte é".encode()).hexdigest() == fingerprint("Texte é")
    assert (proof.version, proof.signed_at, proof.sigle, proof.zone) == (3, now, "p.durand", "intranet")
    with pytest.raises(ValueError):
        evidence("autre", 1, "x", signing("internet"), now)
