"""What is sent is parsed as a reader's mail client parses it: subject, names and body are the exact ones."""

from __future__ import annotations

import email
import email.header
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage, Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ticketing.mail import messages

AT = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
CASES = (
    "Ticket n° 12 est ouvert : « Le câble est débranché à l’accueil du collège »",
    "[Guichet] Ticket n\u00a0388 : le vidéoprojecteur de la salle 12 est débranché à nouveau depuis hier après-midi",
    "é à " * 40,
    "a" * 55 + " é à ô " + "b" * 70,
    "Écran\u202f: prix 12\u202f000\u00a0€\u00a0?",
    "Panne 🖥️ du poste 👩🏽‍💻 en salle 4 " * 4,
    "=?utf-8?q?bonjour?= dit le titre",
    "Sujet tout en ASCII qui est bien plus long que les soixante-seize lettres d'une ligne, et sans aucun accent",
    "x" * 200,
    '« » ; , : " ( ) < > @ [ ] \\ _ = ? .',
    "Cafe\u0301 et Đặng",
)


def sent(subject: str, name: str = "Anne Lœuillet", sender: str = "Guichet <guichet@ac.example>") -> EmailMessage:
    return messages.message(
        mail_from=sender,
        to=(name, "anne@college.example"),
        subject=subject,
        written_at=AT,
        message_id="<1@guichet.example>",
        body="Déjà vu : « à l’accueil ».\n",
    )


def as_compat32(message: Message, header: str) -> str:
    """Return a header as most programs read it: unfolded, its encoded words decoded and joined."""
    return str(email.header.make_header(email.header.decode_header(message[header])))


def read_back(mail: EmailMessage) -> list[tuple[str, str]]:
    """Return the subject and the recipient's name, by either parser, as written to a file and as sent over SMTP."""
    found = []
    for raw in (mail.as_bytes(), mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))):
        new = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(new, EmailMessage)
        found.append((str(new["Subject"]), new["To"].addresses[0].display_name))
        old = email.message_from_bytes(raw)
        name, address = email.utils.parseaddr(old["To"])
        assert address == new["To"].addresses[0].addr_spec == "anne@college.example"
        found.append((as_compat32(old, "Subject"), str(email.header.make_header(email.header.decode_header(name)))))
        assert new.get_content().replace("\r\n", "\n") == "Déjà vu : « à l’accueil ».\n"
    return found


@pytest.mark.parametrize("subject", CASES)
def test_a_subject_is_read_back_in_the_exact_words(subject: str) -> None:
    assert set(read_back(sent(subject))) == {(messages.one_line(subject), "Anne Lœuillet")}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=250))
@example("a\u00a0")
@example("\u3000x")
def test_any_subject_is_read_back(subject: str) -> None:
    wanted = messages.one_line(subject)
    if wanted:
        assert {found for found, _ in read_back(sent(subject))} == {wanted}


@pytest.mark.parametrize(
    "name",
    [
        "Anne Lœuillet",
        "Øystein Đặng",
        "Martin, Léa",
        'Paul "Polo" Durand',
        "M. Durand (absent)",
        "Paul Durand",
        "=?utf-8?q?x?=",
    ],
)
def test_a_name_is_read_back_in_the_exact_words(name: str) -> None:
    assert {found for _, found in read_back(sent("Écran", name))} == {name}


def test_a_long_name_is_read_back_in_the_exact_words() -> None:
    """The standard parser of Python 3.11 keeps the fold between the encoded words of a name, so the other one reads."""
    name = "Jean-Éloi de la Très Longue Famille d’Été à Saint-Étienne-de-Saint-Geoirs"
    to = as_compat32(email.message_from_bytes(sent("Écran", name).as_bytes()), "To")
    assert to == f"{name} <anne@college.example>"


def test_a_sender_with_accents_is_read_back() -> None:
    mail = sent("Écran", sender="Guichet de l’académie à Toulouse <guichet@ac.example>")
    for policy in (email.policy.default, email.policy.compat32):
        read = email.message_from_bytes(mail.as_bytes(), policy=policy)
        assert as_compat32(read, "From") == "Guichet de l’académie à Toulouse <guichet@ac.example>"


@pytest.mark.parametrize("subject", CASES)
def test_lines_and_encoded_words_keep_to_the_lengths_of_rfc_2047(subject: str) -> None:
    raw = sent(subject).as_bytes().decode("ascii", "surrogateescape").partition("\n\n")[0]
    header = raw[raw.index("Subject:") : raw.index("\nDate:")]
    assert all(len(line) <= 76 for line in header.splitlines())


def test_a_line_end_never_makes_a_header() -> None:
    mail = email.message_from_bytes(sent("Écran\r\nBcc: x@y.z", "Anne\nBcc: x@y.z").as_bytes())
    assert mail["Bcc"] is None and as_compat32(mail, "Subject") == "Écran Bcc: x@y.z"


@pytest.mark.parametrize("address", ["élodie@a.example", "a@[b", "a@é.example", "", "a@", "a b@c.example", "<a@b.c"])
def test_an_address_that_no_header_takes_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError):
        messages.message(
            mail_from="a@b.example", to=("x", address), subject="x", written_at=AT, message_id="<1@b>", body="x"
        )


def test_an_encoded_word_fills_its_line_to_the_last_character():
    """« Re: » has used 4 of 76: ten letters of six characters and the word's two marks fill the other 72."""
    first, second = messages.encoded("é" * 11, 4).split("\r\n ")
    assert (len(first), len(second)) == (72, 18)
    assert messages.encoded("é" * 10, 4) == first


def test_a_message_as_text_is_the_one_that_is_sent():
    mail = messages.message(
        mail_from="Aide <aide@x.example>",
        to=("Élise Durand", "e.durand@x.example"),
        subject="Écran débranché",
        written_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        message_id="<1@x.example>",
        body="Bonjour.\n",
    )
    assert mail.as_string() == mail.as_bytes().decode() and "\nDate: Tue, 17 Nov 2026" in mail.as_string()


@pytest.mark.parametrize(("length", "plain"), [(67, True), (68, False)])
def test_a_subject_stays_as_it_is_up_to_the_end_of_its_line(length, plain):
    mail = messages.message(
        mail_from="aide@x.example",
        to=("Aide", "e.durand@x.example"),
        subject="x" * length,
        written_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        message_id="<1@x.example>",
        body="Bonjour.\n",
    )
    sent = mail.as_bytes().replace(b"\r", b"")
    assert (b"\nSubject: " + b"x" * length + b"\n" in sent) is plain and (b"=?utf-8?q?" in sent) is not plain


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Élise Durand", b"To: =?utf-8?q?=C3=89lise_Durand?= <e@x.example>"),
        ("É" * 12, b"\n <e@x.example>"),
    ],
)
def test_an_address_stands_on_a_line_of_its_own_after_a_name_of_several_lines(name, line):
    mail = messages.message(
        mail_from="aide@x.example",
        to=(name, "e@x.example"),
        subject="x",
        written_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        message_id="<1@x.example>",
        body="Bonjour.\n",
    )
    assert line in mail.as_bytes().replace(b"\r", b"")
