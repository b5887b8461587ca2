"""Headers and parts are read from any message, bounded, whatever is wrong with them."""

from __future__ import annotations

import email
import time
from email import policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.mail.incoming import automatic, header_values

POLICIES = [policy.default, policy.compat32]


def parsed(raw: bytes, how: Any = policy.default) -> Message[Any, Any]:
    return email.message_from_bytes(raw, policy=how)


@pytest.mark.parametrize("how", POLICIES)
@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"=?utf-8?Q?R=C3=A9ponse?= automatique", "Réponse automatique"),
        ("Réponse".encode(), "Réponse"),
        ("Réponse".encode("latin-1"), "Réponse"),
        (b"=?no-such-charset?Q?R=E9ponse?=", "Réponse"),
        (b"=?utf-8?B?!!!?=", None),
        (b"un\r\n  deux\r\n\ttrois", "un deux trois"),
        (b"", ""),
    ],
)
def test_a_header_is_decoded_on_one_line(raw: bytes, read: str | None, how: Any) -> None:
    value = header_values.value(parsed(b"Subject: " + raw + b"\r\n\r\n", how), "subject")
    assert value == read if read is not None else "\n" not in value


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Claire Dumas <C.Dumas@college.example>", ["c.dumas@college.example"]),
        (b'"a@b.example" <c@d.example>', ["a@b.example", "c@d.example"]),
        (b"a@b.example, c@d.example", ["a@b.example", "c@d.example"]),
        (b"undisclosed-recipients:;", []),
        (b"<<a@b.example>", ["a@b.example"]),
        (b"@", []),
    ],
)
def test_addresses_are_found_in_any_header(raw: bytes, found: list[str]) -> None:
    assert header_values.addresses(parsed(b"From: " + raw + b"\n\n"), "From") == found


def test_parts_of_an_attached_message_are_apart() -> None:
    inner = EmailMessage()
    inner.set_content("dedans")
    outer = EmailMessage()
    outer.set_content("dehors")
    outer.add_attachment(inner)
    again = parsed(outer.as_bytes())
    texts = [
        header_values.text(part, 99).strip() for part in header_values.parts(again) if part.get_payload(decode=True)
    ]
    assert texts == ["dehors"]
    kinds = [header_values.kind(part) for part in header_values.parts(again, inside=True)]
    assert kinds == ["multipart/mixed", "text/plain", "message/rfc822", "text/plain"]


def test_text_is_read_in_its_charset_or_as_it_can_be() -> None:
    for charset, content in [("utf-8", "é".encode()), ("iso-8859-1", b"\xe9"), ("nonsense", "é".encode())]:
        raw = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n".encode() + content
        assert header_values.text(parsed(raw), 10) == "é"
    assert header_values.text(parsed(b"\n" + b"x" * 50), 10) == "x" * 10
    assert header_values.text(parsed(b"Content-Transfer-Encoding: base64\n\n@@@"), 10) is not None


def test_many_headers_and_parts_are_read_in_a_bounded_time() -> None:
    headers = parsed(b"X-Loop: a\n" * 50_000 + b"\n")
    pieces = parsed(b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 300 + b"--b--\n")
    begun = time.process_time()
    assert automatic.why(headers) == "redirected"
    assert len(header_values.values(headers, "X-Loop")) == header_values.VALUES
    assert len(list(header_values.parts(pieces))) == header_values.PARTS
    assert time.process_time() - begun < 1


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    for how in POLICIES:
        message = parsed(raw, how)
        for name in ("From", "Subject", "Content-Type"):
            header_values.addresses(message, name)
            header_values.value(message, name)
        for part in header_values.parts(message, inside=True):
            header_values.kind(part)
            header_values.parameter(part, "charset")
            assert len(header_values.text(part, 20)) <= 20
