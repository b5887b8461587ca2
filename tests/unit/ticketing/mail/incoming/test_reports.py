"""What servers report: recipients not reached, and complaints; people's mails about failures are no reports."""

from __future__ import annotations

import email
import time
import tomllib
from email import policy
from typing import Any

import pytest
from harness.places import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.mail.incoming import bounce_texts, reports
from ticketing.mail.incoming.parsed import Complaint, Undelivered

DATA = tomllib.loads((ROOT / "tests" / "cases" / "mail_reports" / "undelivered.toml").read_text("utf-8"))["sample"]
SAMPLES = [pytest.param(one, id=one["name"]) for one in DATA]
POLICIES = {"default": policy.default, "compat32": policy.compat32}


def bytes_of(sample: dict[str, Any]) -> bytes:
    text = sample["mail"].lstrip("\n")
    latin = "iso-8859-1" in text
    return text.replace("\n", "\r\n").encode("latin-1" if latin else "utf-8")


def read(raw: bytes, name: str = "default") -> tuple[Undelivered, ...]:
    return reports.undelivered(email.message_from_bytes(raw, policy=POLICIES[name]), raw)


@pytest.mark.parametrize("name", list(POLICIES))
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_recipients_that_a_server_did_not_reach(sample: dict[str, Any], name: str) -> None:
    found = read(bytes_of(sample), name)
    assert [[one.address, one.permanent, one.message_id] for one in found] == sample["reads"]
    if "says" in sample:
        assert sample["says"] in found[0].diagnostic


def test_there_are_samples_enough() -> None:
    assert len(DATA) >= 25 and len({one["mail"] for one in DATA}) == len(DATA)


def test_a_report_names_a_bounded_number_of_recipients() -> None:
    blocks = "".join(
        f"Final-Recipient: rfc822; a{number}@x.example\nAction: failed\nStatus: 5.1.1\n\n" for number in range(500)
    )
    head = (
        'From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    )
    raw = f"{head}--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{blocks}\n--b--\n".encode()
    assert len(read(raw)) == reports.RECIPIENTS


def test_a_charset_whose_name_holds_a_nul_is_read_like_one_that_nobody_knows() -> None:
    sample = next(one for one in DATA if 'charset="utf-8"' in one["mail"])
    raw = bytes_of(sample)
    for name in POLICIES:
        assert read(raw.replace(b'charset="utf-8"', b'charset="utf-\x00"'), name) == read(raw, name)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(DATA), st.integers(0, 3000), st.binary(max_size=30))
def test_a_broken_report_never_raises(sample: dict[str, Any], at: int, noise: bytes) -> None:
    raw = bytes_of(sample)
    broken = raw[:at] + noise + raw[at + len(noise) :]
    for name in POLICIES:
        for one in read(broken, name):
            assert "@" in one.address and len(one.diagnostic) <= reports.DIAGNOSTIC
        reports.complaints(email.message_from_bytes(broken, policy=POLICIES[name]))


@pytest.mark.parametrize(
    "unit",
    ["a", "a@", "<a@b.example>: ", "n'a pas pu être remis a@b.fr\n", "@\n", "Message-ID: <", "\n", "<style>x", "- "],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_million_characters_of_report_take_less_than_a_second(unit: str, kind: str) -> None:
    body = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    raw = f"Return-Path: <>\nFrom: mailer-daemon@x.example\nContent-Type: {kind}; charset=utf-8\n\n{body}".encode()
    message = email.message_from_bytes(raw, policy=policy.default)
    begun = time.process_time()
    reports.undelivered(message, raw)
    assert time.process_time() - begun < 1


ARF = """From: fbl@fournisseur.example
To: desk@guichet.example
Subject: Plainte
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

Un destinataire se plaint.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{named}
--b
Content-Type: {returned}

From: desk@guichet.example
To: C.Dumas@orange.example
Message-ID: <n12.1@guichet.example>
Subject: Question

--b--
"""


def arf(kind: str = "abuse", named: str = "", returned: str = "message/rfc822") -> tuple[Complaint, ...]:
    text = ARF.format(kind=kind, named=named, returned=returned)
    return reports.complaints(email.message_from_string(text, policy=policy.default))


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_complaint_names_the_recipient_and_the_mail(returned: str) -> None:
    named = "Original-Rcpt-To: <p.roux@orange.example>\n"
    assert arf(named=named, returned=returned) == (
        Complaint(address="p.roux@orange.example", message_id="<n12.1@guichet.example>"),
    )


def test_a_complaint_without_recipient_takes_that_of_the_mail() -> None:
    assert arf() == (Complaint(address="c.dumas@orange.example", message_id="<n12.1@guichet.example>"),)


def test_a_complaint_whose_recipient_is_hidden_still_names_the_mail() -> None:
    text = ARF.format(kind="abuse", named="", returned="message/rfc822").replace("To: C.Dumas@orange.example\n", "")
    found = reports.complaints(email.message_from_string(text, policy=policy.default))
    assert found == (Complaint(address="", message_id="<n12.1@guichet.example>"),)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_report_that_is_no_complaint_gives_none(kind: str) -> None:
    assert arf(kind) == ()


def test_a_complaint_is_no_bounce_and_a_bounce_no_complaint() -> None:
    message = email.message_from_string(
        ARF.format(kind="abuse", named="", returned="message/rfc822"), policy=policy.default
    )
    assert reports.undelivered(message) == ()
    for sample in DATA:
        assert reports.complaints(email.message_from_bytes(bytes_of(sample), policy=policy.default)) == ()


def test_outlook_com_complains_with_the_mail_itself() -> None:
    text = (
        'From: staff@hotmail.example\nContent-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: message/rfc822\n\n"
        "X-HmXmrOriginalRecipient: C.Dumas@hotmail.example\nMessage-ID: <n12.1@guichet.example>\n\nBonjour\n--b--\n"
    )
    found = reports.complaints(email.message_from_string(text, policy=policy.default))
    assert found == (Complaint(address="c.dumas@hotmail.example", message_id="<n12.1@guichet.example>"),)
    other = email.message_from_string(text.replace("staff@", "claire@"), policy=policy.default)
    assert reports.complaints(other) == ()


def test_html_loses_its_styles_and_keeps_its_lines() -> None:
    lines = bounce_texts.without_tags("<style>a@b</style><p>un</p><p>deux &amp; trois</p>").split("\n")
    assert [line.strip() for line in lines] == ["un", "deux & trois", ""]
    assert "c" in bounce_texts.without_tags("<style>a<style>b c")
    assert bounce_texts.without_tags("<header>x</header>").strip() == "x"
