"""« Who needs what »: which charters a person must sign, and the evidence of a signature."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from charters.model import Actor, Zone
from charters.signing.signatures import Signer, evidence, fingerprint, missing, proof, required


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
    found = evidence("cle", 3, "Texte é", signing("intranet"), now)
    assert found.sha256 == hashlib.sha256("Texte é".encode()).hexdigest() == fingerprint("Texte é")
    assert (found.version, found.signed_at, found.sigle, found.zone) == (3, now, "p.durand", "intranet")
    with pytest.raises(ValueError):
        evidence("autre", 1, "x", signing("internet"), now)


def test_the_proof_holds_the_text_the_instant_and_the_signer_in_a_fixed_order():
    """Its SHA-256 is in the journal: not a character of it may move."""
    given = evidence(
        "usage",
        2,
        "Texte",
        signing("intranet"),
        datetime(2026, 11, 12, 10, 30, tzinfo=timezone(timedelta(hours=1))),
        Signer("Durand", "Élise", "e.durand@guichet.example", "Société", "Technicienne", "departement-x"),
    )
    assert given.signed_at.tzinfo is UTC
    assert proof(given) == (
        "{\n"
        '  "application": "Guichet",\n'
        '  "charte": {\n'
        f'    "sha256": "{fingerprint("Texte")}",\n'
        '    "sorte": "usage",\n'
        '    "titre": "Charte de bon usage et de sécurité",\n'
        '    "version": 2\n'
        "  },\n"
        '  "signataire": {\n'
        '    "adresse_mail": "e.durand@guichet.example",\n'
        '    "fonction": "Technicienne",\n'
        '    "nom": "Durand",\n'
        '    "prenom": "Élise",\n'
        '    "rattachement": "departement-x",\n'
        '    "societe": "Société"\n'
        "  },\n"
        '  "signature": {\n'
        '    "instant_utc": "2026-11-12T09:30:00.000000+00:00",\n'
        '    "sigle": "p.durand",\n'
        '    "zone": "intranet"\n'
        "  }\n"
        "}\n"
    )
    assert proof(given) == proof(replace(given, signed_at=datetime(2026, 11, 12, 9, 30, tzinfo=UTC), id=5))


def test_a_signature_of_an_earlier_version_does_not_do_and_one_of_a_later_does():
    assert missing(("usage",), {"usage": 3}, {"usage": 2}) == ("usage",)
    assert missing(("usage",), {"usage": 3}, {"usage": 4}) == ()
    assert missing(("usage",), {"usage": 1}, {}) == ("usage",)
