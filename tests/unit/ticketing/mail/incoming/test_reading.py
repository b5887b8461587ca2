"""Reading never fails, and never shows what hides, whatever the bytes are."""

from __future__ import annotations

from harness import odd_mails
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.reading import read

CASES = [case.raw for case in odd_mails.all_of_them()]
#: What is said where a reader failed by surprise; no bytes may lead there.
SURPRISES = {
    "Le message est illisible : il est gardé tel qu’il est venu.",
    "Une marque du message est illisible : elle est laissée de côté.",
}
PIECES = [
    *(
        b"From: a@b.example\n",
        b"Subject: =?utf-8?b?w6k=?= =?x?q?=",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"--b\n",
        b"--b--\n",
        b"--",
    ),
    *(b"Content-Type: multipart/mixed; boundary=b\n", b'Content-Type: multipart/alternative; boundary="c"\n'),
    *(
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=utf-16\n",
        b"Content-Type: text/calendar\n",
    ),
    *(
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"=?",
        b"?=",
        b"Date: ",
    ),
    *(
        b"Content-Type: application/ms-tnef\n",
        b"Content-Type: message/delivery-status\n",
        b"filename*0*=utf-8''%",
        b"\xe9",
    ),
    *(
        b"Content-Disposition: attachment; filename=",
        b"<div><p>",
        b"<a href=",
        b"<table><tr><td>",
        b"&#x0;",
        b"\x00",
        b"  ",
    ),
    *(b"begin 644 a\n", b"end\n", b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"> ", b"Le lun. a ecrit :\n", b"De : a\n"),
    *(
        b"Message-ID: <",
        b"To: (((",
        b'Cc: "',
        b"Return-Path: <>\n",
        b"Content-Type: application/pkcs7-mime\n",
        b"\xff\xfe",
    ),
]


def well_read(raw: bytes) -> ParsedMail:
    """Read a mail and check what holds of any."""
    mail = read(raw)
    assert not SURPRISES & set(mail.mended), mail.mended
    odd_mails.assert_shown(mail)
    return mail


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_bytes_are_read(raw: bytes):
    well_read(raw)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=40))
@settings(max_examples=250, deadline=None, derandomize=True)
def test_anything_made_of_what_mails_are_made_of_is_read(pieces: list[bytes]):
    well_read(b"".join(pieces))


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_mail_that_was_spoilt_is_read(raw: bytes, data: st.DataObject):
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 80)))
        change = data.draw(st.sampled_from(("cut", "twice", "gone", "put", "turned")))
        piece = raw[start:end]
        if change == "cut":
            raw = raw[:start]
        elif change == "put":
            raw = raw[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=20)) + raw[end:]
        else:
            changed = {"twice": piece * 2, "gone": b"", "turned": bytes(255 - byte for byte in piece)}[change]
            raw = raw[:start] + changed + raw[end:]
    well_read(raw)


def test_two_readings_are_equal():
    for raw in CASES[::10]:
        assert read(raw) == read(raw)


def test_a_mail_larger_than_any_server_takes_is_cut(monkeypatch):
    monkeypatch.setattr("ticketing.mail.incoming.reading.MAIL_MAX", 100)
    mail = well_read(b"From: a@b.example\n\n" + b"a" * 200)
    assert mail.text == "a" * 81 and "Le message est trop gros : sa fin n’est pas lue." in mail.mended


def test_a_surprise_leaves_the_mail_unread_and_says_so(monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("ticketing.mail.incoming.mime.structure.read", fail)
    mail = read(b"From: a@b.example\n\nx")
    assert set(mail.mended) & SURPRISES and mail.senders == ()
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text


def test_a_mark_that_cannot_be_read_spoils_nothing_else(monkeypatch):
    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr("ticketing.mail.incoming.reports.undelivered", fail)
    mail = read(b"From: a@b.example\n\nLe texte")
    assert mail.text == "Le texte" and mail.undelivered == () and set(mail.mended) & SURPRISES


def test_a_long_text_is_whole_in_a_file():
    words = "Ligne du journal, avec un é.\n" * 5000
    mail = well_read(b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n" + words.encode())
    assert len(mail.text) < 100_100 and mail.text.endswith("[…]")
    assert [one.filename for one in mail.attachments] == ["texte-complet.txt"]
    assert mail.attachments[0].content.decode().strip() == words.strip()


def test_only_so_many_files_and_addresses_are_kept():
    part = b"--b\nContent-Type: application/pdf; name=a.pdf\n\nx\n"
    many = b", ".join(b"p%d@b.example" % number for number in range(900))
    mail = well_read(
        b"From: a@b.example\nTo: " + many + b"\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 300
    )
    assert len(mail.attachments) == 100 and len(mail.came_to) == 200
    assert any("plus de 100 fichiers" in said for said in mail.mended)
