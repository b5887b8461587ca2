"""Why a mail is automatic; what may not be answered is not all written by a program."""

from __future__ import annotations

import email
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.mail.incoming import automatic


def why(*headers: str, kind: str = "") -> str:
    lines = ["From: Claire Dumas <c.dumas@college.example>", "To: desk@guichet.example", *headers]
    if not any(line.lower().startswith("subject:") for line in headers):
        lines.append("Subject: panne")
    if any(line.startswith("From:") for line in headers):
        lines = lines[1:]
    text = "\n".join([*lines, *([kind] if kind else []), "", "Bonjour"])
    results = {
        automatic.why(email.message_from_bytes(text.encode(), policy=one)) for one in (policy.default, policy.compat32)
    }
    assert len(results) == 1
    return results.pop()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["Auto-Submitted: auto-replied"], "auto-replied"),
        (["Auto-Submitted: auto-generated"], "auto-generated"),
        (["Auto-Submitted: AUTO-NOTIFIED; owner=x"], "auto-generated"),
        (["Auto-Submitted: something-new"], "auto-generated"),
        (["Auto-Submitted: auto-replied (zimbra; vacation)"], "out-of-office"),
        (["Auto-Submitted: auto-replied", "Subject: Réponse automatique : panne"], "out-of-office"),
        (["Auto-Submitted: auto-generated", "Subject: Automatic reply: panne"], "out-of-office"),
        (["Precedence: auto_reply"], "auto-replied"),
        (["X-Autoreply: yes"], "auto-replied"),
        (["X-Autorespond: panne"], "auto-replied"),
        (["X-Mail-Autoreply: yes"], "auto-replied"),
        (["Precedence: bulk"], "bulk"),
        (["Precedence: junk"], "bulk"),
        (["Precedence: list"], "list"),
        (["List-Id: <profs.listes.example>", "Precedence: list", "List-Post: <mailto:profs@listes.example>"], "list"),
        (["List-Id: <profs.listes.example>", "Precedence: bulk"], "list"),
        (["List-Id: <lettre.example>", "Feedback-ID: 1:2:lettre", "List-Unsubscribe: <https://x.example>"], "bulk"),
        (["List-Unsubscribe: <https://x.example>"], "bulk"),
        (["Feedback-ID: 1:2:3"], "bulk"),
        (["Return-Path: <>"], "null-return-path"),
        (["Return-Path: < >"], "null-return-path"),
        (["From: noreply@x.example"], "no-reply"),
        (["From: Copieur <ne-pas-repondre@college.example>"], "no-reply"),
        (["From: glpi-no-reply@dept.example"], "no-reply"),
        (["From: ne_pas_répondre@college.example"], "no-reply"),
        (["From: MAILER-DAEMON@x.example"], "no-reply"),
        (["From: postmaster@x.example"], "no-reply"),
        (["From: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example"], "no-reply"),
        (["X-MS-Exchange-Inbox-Rules-Loop: c.dumas@college.example"], "redirected"),
        (["X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"], "redirected"),
        (["X-MS-Exchange-Generated-Message-Source: Journal Agent"], "auto-generated"),
        (["X-Loop: profs@listes.example"], "redirected"),
        (["X-RT-Loop-Prevention: rt"], "auto-generated"),
        (["X-Cron-Env: <SHELL=/bin/sh>"], "auto-generated"),
        (["Subject: Absence du bureau : panne", "X-Auto-Response-Suppress: All"], "out-of-office"),
        (["Subject: Réponse automatique : [GU-12-k7f2m9qd] Question"], "out-of-office"),
        (["Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_RE:_panne?="], "out-of-office"),
        (["Subject: Out of Office: RE: panne"], "out-of-office"),
        (["Subject: Message automatique", "Return-Path: <>"], "out-of-office"),
    ],
)
def test_the_marks_of_a_program(headers: list[str], reason: str) -> None:
    assert why(*headers) == reason
    assert not automatic.answerable(reason)
    assert automatic.from_a_program(reason) == (reason not in ("list", "redirected"))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No; comment"],
        ["Auto-Submitted:"],
        ["X-Auto-Response-Suppress: All"],
        ["X-Auto-Response-Suppress: DR, OOF, AutoReply", "Return-Path: <c.dumas@college.example>"],
        ["X-Autoreply: no"],
        ["Precedence: normal"],
        ["Subject: Absence du bureau : qui remplace M. Roux ?"],
        ["Subject: Message automatique incompréhensible sur le poste"],
        ["Subject: RE: Réponse automatique : panne", "X-Auto-Response-Suppress: All"],
        ["Subject: le répondeur ne marche plus", "X-Auto-Response-Suppress: All"],
        ["From: replyno@x.example"],
        ["From: postmasterson@x.example"],
        ["From: Ne pas répondre <claire@x.example>"],
        ["Return-Path: <c.dumas@college.example>", "Return-Path: <>"],
    ],
)
def test_a_person_s_mail_has_no_reason(headers: list[str]) -> None:
    assert why(*headers) == ""
    assert automatic.answerable("") and not automatic.from_a_program("")


def test_reports_and_receipts_are_automatic() -> None:
    assert why(kind="Content-Type: multipart/report; report-type=delivery-status; boundary=b") == "auto-generated"
    assert why(kind="Content-Type: multipart/report; report-type=disposition-notification") == "auto-replied"


def test_a_reason_that_is_not_known_counts_as_a_program_s() -> None:
    assert automatic.from_a_program("own-mail") and not automatic.answerable("own-mail")
    assert {True, False} == set(automatic.REASONS.values())


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    for one in (policy.default, policy.compat32):
        message = email.message_from_bytes(b"From: a@b.example\nSubject: " + raw, policy=one)
        assert automatic.why(message) in {"", *automatic.REASONS}
