"""Check the odd mails of `mail_in/`: what is read of each (`mail_in/README.md`)."""

from __future__ import annotations

import pytest
from harness import odd_mails
from harness.odd_mails import OddMail

from ticketing.mail.incoming.reading import read

CASES = odd_mails.all_of_them()

#: Values that a mail must have, whole.
WHOLE = {
    "subject": lambda mail: mail.subject,
    "whole_text": lambda mail: mail.text,
    "senders": lambda mail: list(mail.senders),
    "sender_name": lambda mail: mail.sender_name,
    "reply_to": lambda mail: list(mail.reply_to),
    "return_path": lambda mail: "missing" if mail.return_path is None else mail.return_path,
    "copied": lambda mail: list(mail.copied),
    "files": lambda mail: [one.filename for one in mail.attachments],
    "inline": lambda mail: [one.filename for one in mail.attachments if one.inline],
    "message_id": lambda mail: mail.message_id,
    "in_reply_to": lambda mail: list(mail.in_reply_to),
    "references": lambda mail: list(mail.references),
    "sent_at": lambda mail: mail.sent_at.isoformat() if mail.sent_at else "",
    "protected": lambda mail: mail.protected,
    "automatic": lambda mail: mail.automatic,
    "hops": lambda mail: mail.hops,
    "unreached": lambda mail: [one.address for one in mail.undelivered],
    "complained": lambda mail: [one.address for one in mail.complaints],
    "answers": lambda mail: [one.answer for one in mail.calendar],
    "authentication": lambda mail: list(mail.authentication),
}
#: Words that must be there, among others.
AMONG = {
    "text": lambda mail: mail.text,
    "folded": lambda mail: mail.folded,
    "mended": lambda mail: "\n".join(mail.mended),
    "came_to": lambda mail: "\n".join(mail.came_to),
}


def held(expected: str, text: str) -> bool:
    """Whether words stand in a text, whatever spaces and line ends are between them."""
    return " ".join(expected.split()) in " ".join(text.split())


def test_the_corpus_is_as_large_as_was_asked():
    assert len(CASES) >= 110
    assert len({case.raw for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_mail_is_read_as_its_author_would_expect(case: OddMail):
    mail = read(case.raw)
    assert case.expect and case.what and case.fate in odd_mails.FATES
    for key, expected in case.expect.items():
        if key == "absent":
            assert not [words for words in expected if held(words, f"{mail.text}\n{mail.subject}")], mail.text
        elif key in AMONG:
            assert [words for words in expected if not held(words, AMONG[key](mail))] == [], AMONG[key](mail)
        else:
            assert WHOLE[key](mail) == expected, mail
    if "mended" not in case.expect:
        assert mail.mended == (), "what was wrong is to be said, or nothing was"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_mail_says_who_it_is_from_and_holds_nothing_that_hides(case: OddMail):
    mail = read(case.raw)
    is_program = bool(mail.automatic or mail.undelivered or mail.complaints)
    fate = "program" if is_program else "person" if len(mail.senders) == 1 else "nobody"
    assert fate == case.fate
    odd_mails.assert_shown(mail)
