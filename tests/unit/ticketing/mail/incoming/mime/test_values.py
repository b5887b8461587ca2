"""Charsets, encodings, headers, addresses, dates and names, one by one, beyond what the odd mails show."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from ticketing.mail.incoming.mime import addresses, charsets, dates, encodings, filenames, headers, plain
from ticketing.mail.incoming.mime.notes import NOTES_MAX, Notes


def head(raw: bytes) -> tuple[headers.Headers, bytes]:
    """Return the headers and the body of a message."""
    found, at = headers.read(raw, 0, len(raw), Notes())
    return found, raw[at:]


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "rot13", "hex", "utf-7", "é"]
)
def test_a_codec_that_is_no_charset_is_never_run(name):
    notes = Notes()
    assert charsets.decode(b"a+AD4-\\u0041", name, notes) == "a+AD4-\\u0041"
    assert len(notes.said()) == 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["", "utf-16", "utf-32", "UTF-16LE"])
def test_two_and_four_bytes_a_character_are_told_by_their_nulls(codec, declared):
    text = "La salle des élèves est fermée.\n"
    assert charsets.decode(text.encode(codec), declared, Notes()) == text


def test_chinese_in_two_bytes_is_read_as_declared():
    assert charsets.decode("您好世界".encode("utf-16-be"), "utf-16", Notes()) == "您好世界"
    assert charsets.decode("您好世界".encode("utf-16-le"), "utf-16-le", Notes()) == "您好世界"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"Qm9uam91cg==", b"Bonjour"),
        (b"Qm9u\r\nam91cg", b"Bonjour"),
        (b"Qm9uam91cg==QQ==\nQkI=", b"BonjourABB"),
        (b"Qm9u!am91cg", b"Bonjour"),
        (b"", b""),
        (b"====", b""),
        (b"Q", b""),
    ],
)
def test_base64_is_read_even_broken(body, read):
    assert encodings.decoded(body, "Base64", Notes(), text=False) == read


def test_base64_in_too_many_pieces_says_so():
    notes = Notes()
    assert encodings.decoded(b"YQ==\n" * 300, "base64", notes, text=False) == b"a" * encodings.PIECES_MAX
    assert "en trop de morceaux" in notes.said()[0]


def test_uuencode_as_a_transfer_encoding():
    body = b"begin 644 a.txt\n#0V%T\n`\nend\n"
    assert encodings.decoded(body, "x-uuencode", Notes(), text=False) == b"Cat"
    notes = Notes()
    assert encodings.decoded(b"rien", "uuencode", notes, text=False) == b"rien" and notes.said()


def test_a_uuencode_that_is_not_one_stays_in_the_text():
    for body in (b"begin 644 the day\nwith coffee\nend\n", b"begin 644 a\nno end\n"):
        assert encodings.uuencoded(body) == (body, [])


def test_headers_stop_where_the_body_begins():
    found, body = head(b"A: 1\n b\nB : 2\n\nC: 3\n")
    assert found.fields == [("a", b"1 b"), ("b", b"2")] and body == b"C: 3\n"
    assert found.plain("none") == "" and found.all("a") == ["1 b"]


def test_a_header_is_cut_and_so_is_their_number():
    found, body = head(b"A: " + b"x" * 100_000 + b"\n" + b"B: y\n" * 2000 + b"\nbody")
    assert len(found.fields[0][1]) == headers.VALUE_MAX and len(found.fields) == headers.FIELDS_MAX
    assert body == b"body"


def test_no_stamp_of_a_server_is_read_where_our_relay_saw_none():
    forged = b"Authentication-Results: mx.desk.example; dmarc=pass"
    hidden, _ = head(b"Subject: a\r" + forged + b"\n\nx")
    assert hidden.fields == [("subject", b"a " + forged)]
    below, body = head(b"Subject: a\nno header at all\n" + b"X-A: 1\n" + forged + b"\nTo: b\n\nx")
    assert [name for name, _ in below.fields] == ["subject", "x-a", "to"] and body == b"x"
    after, body = head(b"Subject: a\nFrom somebody\n" + forged + b"\n\nx")
    assert [name for name, _ in after.fields] == ["subject"] and body.startswith(b"From somebody")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("=?utf-8?q?a_b?= c", "a b c"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("x =?utf-8?q?a?= y =?utf-8?q?b?=", "x a y b"),
        ("=?utf-8*fr?q?=C3=A9?=", "é"),
        ("=?utf-8?b?w6?=", "Ã"),
        ("=?utf-8?q?=0D=0ABcc:_x?=", "Bcc: x"),
        ("=?utf-8?q?=E2=80=AEa=00?=", "a"),
    ],
)
def test_encoded_words_are_read_on_one_line(value, read):
    assert headers.words(value, Notes()) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('text/plain; charset="a\\"b"; x=y z', {"charset": 'a"b', "x": "y z"}),
        ("a/b; name*1=d; name*0=c", {"name": "cd"}),
        ("a/b; name*0*=utf-8''%C3; name*1*=%A9", {"name": "é"}),
        ("a/b; name*=x%41", {"name": "xA"}),
        ("a/b; charset=utf-8; charset=latin1", {"charset": "utf-8"}),
        ("a/b charset=utf-8", {}),
        ('a/b; name="never closed', {"name": "never closed"}),
    ],
)
def test_parameters(value, read):
    assert {key: said for key, said in headers.parameters(value, Notes()).items() if key in read} == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Jean <Jean@X.example>", [("Jean", "jean@x.example")]),
        ('"Dupont, \\"Jean\\"" <j@x.example>', [('Dupont, "Jean', "j@x.example")]),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("G: a@x.example, b@x.example;, c@x.example", [("", f"{c}@x.example") for c in "abc"]),
        ("<@relais.example:a@x.example>", [("", "a@x.example")]),
        ("mailto:a@x.example", [("", "a@x.example")]),
        ("Jean (chef (vrai)) <a@x.example>", [("Jean (chef (vrai))", "a@x.example")]),
        ('"a b"@x.example', []),
        ("rien", []),
        ("(((((", []),
        ("a@" + "x" * 400, []),
    ],
)
def test_addresses_are_read_as_claims(value, read):
    found = [one for one in addresses.read(value, Notes()) if " " not in one[1]]
    assert found == read


@pytest.mark.parametrize("sign", ["\u212a", "\u1fef", "\u037e"])
def test_security_no_sign_becomes_a_letter_of_somebody_elses_address(sign):
    assert addresses.read(f"{sign}evin@guichet.example", Notes()) == []


def test_ids_keep_the_first_and_the_last_of_many():
    found = addresses.ids([" ".join(f"<{number}@x>" for number in range(500))])
    assert len(found) == addresses.IDS_MAX and found[0] == "<0@x>" and found[-1] == "<499@x>"


@pytest.mark.parametrize(
    ("value", "stamped", "read"),
    [
        ("Tue, 4 Nov 2025 09:12:00 +0100", "", datetime(2025, 11, 4, 8, 12, tzinfo=UTC)),
        ("4 Nov 2025 09:12 GMT", "", datetime(2025, 11, 4, 9, 12, tzinfo=UTC)),
        ("mer. 1er juil. 2026 08:00:00 +0200", "", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("1 août 2026 08:00:00 +0200", "", datetime(2026, 8, 1, 6, tzinfo=UTC)),
        (
            "Wed, 5 Nov 2025 07:00:00 +0100",
            "by x; Tue, 4 Nov 2025 08:00:00 +0100",
            datetime(2025, 11, 5, 6, tzinfo=UTC),
        ),
        ("Thu, 6 Nov 2025 09:00:00 +0100", "by x; Tue, 4 Nov 2025 08:00:00 +0100", None),
        ("Thu, 6 Nov 2099 09:00:00 +0100", "", None),
        ("demain", "", None),
        ("9999-12-31T23:59:59-23:00", "", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", "", None),
    ],
)
def test_a_date_that_cannot_be_true_is_left_out(value, stamped, read):
    notes = Notes()
    assert dates.read(value, stamped, notes) == read
    assert bool(notes.said()) == (read is None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("/etc/passwd", "passwd"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("a\u202egnp.exe", "agnp.exe"),
        (" .a. ", "a"),
        ("a:b?.pdf", "a_b_.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("...", ""),
        ("x" * 200 + ".pdf", "x" * 146 + ".pdf"),
        ("x." + "y" * 200, "x." + "y" * 148),
    ],
)
def test_names_of_files(name, read):
    assert filenames.clean(name) == read


def test_names_are_told_apart_and_stay_short():
    taken: set[str] = set()
    long = "x" * 146 + ".pdf"
    assert [filenames.told_apart(long, taken) for _ in range(3)][2].endswith("x (3).pdf")
    assert all(len(name) <= filenames.NAME_MAX for name in taken)


def test_flowed_text_keeps_quotes_and_the_signature():
    text = "> a \n> b\n>> c \n> d\n\nfin \n-- \nNom"
    assert plain.flowed(text, delete_space=False) == "> a b\n>> c \n> d\n\nfin \n-- \nNom"


def test_a_short_answer_is_no_stub():
    for text in ("Oui merci", "C’est réglé.", "Mon client ne peut pas venir."):
        assert not plain.is_stub(text)
    for text in ("", ".", "This is a multi-part message in MIME format.", "Votre messagerie n'affiche pas le HTML"):
        assert plain.is_stub(text)


def test_notes_are_said_once_and_are_few():
    notes = Notes()
    for number in range(100):
        notes.add(f"{number % 60}")
    assert len(notes.said()) == NOTES_MAX


def test_a_long_base64_is_decoded_whole():
    data = bytes(range(256)) * 999
    assert encodings.decoded(base64.encodebytes(data), "base64", Notes(), text=False) == data
