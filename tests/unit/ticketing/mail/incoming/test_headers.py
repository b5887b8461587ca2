"""What is read of a mail before it is kept: never more than its head, and never a failure."""

from __future__ import annotations

from harness.incoming import raw
from hypothesis import given
from hypothesis import strategies as st

from ticketing.mail.incoming import headers


def test_a_key_is_that_of_message_id_and_date_or_of_the_bytes() -> None:
    assert headers.read(raw(1)).key == headers.read(b"Received: x\r\n" + raw(1)).key
    assert headers.read(raw(1)).key != headers.read(raw(2)).key
    # a scanner gives all its mails one Message-ID: they are told apart by their date
    assert headers.read(raw(1)).key != headers.read(raw(1, Date="Tue, 06 Oct 2026 08:00:00 +0200")).key
    bare = raw(1, Message_ID="")
    assert headers.read(bare).key == headers.read(bare).key != headers.read(bare + b".").key


def test_security_another_mail_under_a_known_message_id_and_date_is_another() -> None:
    """A colleague in copy could else send it first, and the true one would be acknowledged and not kept."""
    key = headers.read(raw(1)).key
    assert headers.read(raw(1, text="Autre chose")).key != key
    assert headers.read(raw(1, sender="collegue@college-desaix.example")).key != key
    assert headers.read(raw(1).replace(b"\r\n", b"\n") + b"\n\n").key == key, "the same, by another server"
    large = raw(1, text="x" * 2_500_000)
    assert headers.read(large).key != headers.read(large.replace(b"xx\r\n", b"xy\r\n")).key


def test_subject_and_sender_are_read_in_words() -> None:
    said = headers.read(raw(1, subject="=?utf-8?b?w4l0w6kgw6AgbCfDqWNvbGU=?=", sender="Chef@Ecole.example"))
    assert (said.subject, said.claimed) == ("Été à l'école", "chef@ecole.example")
    assert headers.read(raw(1, subject="=?utf-8?b?YQ0KQmNjOiB4?=")).subject == "a Bcc: x"  # no line is added
    assert headers.read(raw(1, subject="=?x-unknown?q?a=E9?=")).subject


@given(st.binary(max_size=400))
def test_any_bytes_have_a_head_that_columns_hold(noise: bytes) -> None:
    for content in (noise, b"Subject: " + noise, b"From: " + noise + b"\r\n\r\n", b"Message-ID: " + noise):
        head = headers.read(content)
        assert len(head.key) == 64
        for text, most in ((head.message_id, 250), (head.subject, 250), (head.claimed, 254)):
            assert len(text) <= most
            assert "\x00" not in text
            text.encode()
