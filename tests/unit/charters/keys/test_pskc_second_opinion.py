"""PSKC read by our reader and by the library `python-pskc`: both give the same keys, or both refuse."""

from __future__ import annotations

import io

import pytest
from harness.suppliers import AGREED, FIGURE_6, FIGURE_7, PASSWORD, RFC_SEED, container, package

from charters.keys.seedfile import read
from charters.keys.supplied_key import Faulty

pskc = pytest.importorskip("pskc")
refusals = pytest.importorskip("pskc.exceptions")

HOTP, TOTP = "urn:ietf:params:xml:ns:keyprov:pskc:hotp", "urn:ietf:params:xml:ns:keyprov:pskc:totp"
#: RFC 6030, figure 3: a key in clear, with optional elements.
FIGURE_3 = b"""<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" Id="exampleID1" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
<KeyPackage>
<DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>987654321</SerialNo>
<UserId>DC=example-bank,DC=net</UserId></DeviceInfo>
<CryptoModuleInfo><Id>CM_ID_001</Id></CryptoModuleInfo>
<Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><Issuer>Issuer</Issuer>
<AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=
</PlainValue></Secret><Counter><PlainValue>0</PlainValue></Counter></Data>
<UserId>UID=jsmith,DC=example-bank,DC=net</UserId></Key>
</KeyPackage>
</KeyContainer>
"""
#: Two keys in clear, one of each kind.
BOTH_KINDS = container(
    package("A-1", more="<Counter><PlainValue>7</PlainValue></Counter>"),
    package("A-2", "QUJDREVGR0hJSg==", "totp", "<TimeInterval><PlainValue>30</PlainValue></TimeInterval>"),
)


def theirs(content, key=None, password=None):
    """(serial, algorithm, seed, digits, counter) of each key, as python-pskc reads them."""
    opened = pskc.PSKC(io.BytesIO(content))
    if key is not None:
        opened.encryption.key = key
    if password is not None:
        opened.encryption.derive_key(password)
    assert all(one.check() in (True, None) for one in opened.keys)  # checks the MAC, where there is one
    return [(one.serial, one.algorithm, one.secret, one.response_length, one.counter or 0) for one in opened.keys]


def ours(content, secret=""):
    kinds = {"hotp": HOTP, "totp": TOTP}
    return [(one.serial, kinds[one.kind], one.seed, one.digits, one.counter) for one in read(content, secret)]


@pytest.mark.parametrize(
    ("content", "secret", "opened_with"),
    [
        (FIGURE_3, "", {}),
        (BOTH_KINDS, "", {}),
        (FIGURE_6, AGREED, {"key": bytes.fromhex(AGREED)}),
        (FIGURE_7, PASSWORD, {"password": PASSWORD}),
    ],
    ids=["figure 3", "both kinds", "figure 6", "figure 7"],
)
def test_both_read_the_same_keys(content, secret, opened_with):
    found = ours(content, secret)
    assert found == theirs(content, **opened_with)
    assert found[0][2] == RFC_SEED


@pytest.mark.parametrize("content", [FIGURE_6.replace(b"Su+N", b"Sv+N"), FIGURE_6.replace(b"AAECAwQF", b"AAECAwQG")])
def test_both_refuse_what_was_altered(content):
    with pytest.raises(refusals.DecryptionError):
        theirs(content, key=bytes.fromhex(AGREED))
    with pytest.raises(Faulty):
        ours(content, AGREED)


def written():
    """A file as python-pskc writes it, before its seeds are encrypted."""
    made = pskc.PSKC()
    for number, (kind, seed) in enumerate(((HOTP, RFC_SEED), (TOTP, bytes(range(32)))), 1):
        made.add_key(
            serial=f"B-{number}",
            id=f"B-{number}",
            algorithm=kind,
            secret=seed,
            response_length=6,
            response_encoding="DECIMAL",
            counter=5 if kind == HOTP else None,
            time_interval=30 if kind == TOTP else None,
        )
    return made


def saved(made):
    file = io.BytesIO()
    made.write(file)
    return file.getvalue()


KEYS = [("B-1", HOTP, RFC_SEED, 6, 5), ("B-2", TOTP, bytes(range(32)), 6, 0)]


@pytest.mark.parametrize("size", [16, 24, 32])
def test_what_they_encrypt_with_a_key_opens_here(size):
    made, key = written(), bytes(range(size))
    made.encryption.setup_preshared_key(algorithm=f"aes{8 * size}-cbc", key=key)
    assert ours(saved(made), key.hex()) == KEYS


def test_what_they_encrypt_with_a_password_opens_here():
    made = written()
    made.encryption.setup_pbkdf2("mot de passe", iterations=1000)
    assert ours(saved(made), "mot de passe") == KEYS
    assert theirs(saved(made), password="mot de passe") == KEYS
