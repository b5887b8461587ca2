"""What a carrier asks of the mail server, and which answers are for ever, for later, or for the whole server."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

from ticketing.mail import carriers
from ticketing.mail.carriers import Later, Permanent


class Server:
    """Stands for `smtplib.SMTP`: notes what is asked, and fails as told."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.starttls_offered = False
        self.failing: dict[str, Exception] = {}

    def opened(self, kind: str) -> Any:
        def opening(host: str, port: int, **options: Any) -> Server:
            self._note(kind, host, port, options["timeout"])
            return self

        return opening

    def _note(self, what: str, *more: Any) -> None:
        self.asked.append((what, *more) if more else what)
        if what in self.failing:
            raise self.failing[what]

    def ehlo(self) -> None:
        self._note("ehlo")

    def has_extn(self, name: str) -> bool:
        return name == "starttls" and self.starttls_offered

    def starttls(self, *, context: Any) -> None:
        assert context.check_hostname
        self._note("starttls")

    def login(self, user: str, password: str) -> None:
        self._note("login", user, password)

    def send_message(self, mail: EmailMessage) -> None:
        self._note("send")

    def quit(self) -> None:
        self._note("quit")

    def close(self) -> None:
        self._note("close")


class Settings:
    """The two settings that a carrier reads."""

    def __init__(self, smtp_url: str, data_dir: Any = None) -> None:
        self.smtp_url, self.data_dir = smtp_url, data_dir


@pytest.fixture
def server(monkeypatch: Any) -> Server:
    made = Server()
    monkeypatch.setattr(smtplib, "SMTP", made.opened("smtp"))
    monkeypatch.setattr(smtplib, "SMTP_SSL", made.opened("smtps"))
    return made


def carrier(url: str) -> Any:
    return carriers.carrier(Settings(url))  # type: ignore[arg-type]


MAIL = EmailMessage()


@pytest.mark.parametrize(
    ("url", "offered", "asked"),
    [
        ("smtp://mail.example", False, [("smtp", "mail.example", 25, 20.0), "ehlo"]),
        ("smtp://mail.example:2525", True, [("smtp", "mail.example", 2525, 20.0), "ehlo", "starttls", "ehlo"]),
        ("smtps://mail.example", True, [("smtps", "mail.example", 465, 20.0)]),
        ("smtps://mail.example:4650", False, [("smtps", "mail.example", 4650, 20.0)]),
        ("smtp:///", False, [("smtp", "localhost", 25, 20.0), "ehlo"]),
        (
            "smtps://guichet%40x:mot%3Ade%2Fpasse@mail.example",
            False,
            [("smtps", "mail.example", 465, 20.0), ("login", "guichet@x", "mot:de/passe")],
        ),
        ("smtps://guichet@mail.example", False, [("smtps", "mail.example", 465, 20.0), ("login", "guichet", "")]),
    ],
)
def test_the_server_is_reached_as_its_address_says(server: Server, url: str, offered: bool, asked: list[Any]) -> None:
    server.starttls_offered = offered
    carrier(url).send(MAIL, "1")
    assert server.asked == [*asked, "send"]


def test_one_connection_serves_a_whole_drain_and_is_closed_once(server: Server) -> None:
    sending = carrier("smtps://mail.example")
    sending.close()
    assert server.asked == [], "nothing was opened"
    sending.send(MAIL, "1")
    sending.send(MAIL, "2")
    sending.close()
    sending.close()
    assert server.asked == [("smtps", "mail.example", 465, 20.0), "send", "send", "quit"]
    sending.send(MAIL, "3")
    assert server.asked[4:] == [("smtps", "mail.example", 465, 20.0), "send"]


@pytest.mark.parametrize("failure", [smtplib.SMTPServerDisconnected("cut"), OSError("cut")])
def test_a_connection_that_does_not_end_well_is_let_fall(server: Server, failure: Exception) -> None:
    sending = carrier("smtps://mail.example")
    sending.send(MAIL, "1")
    server.failing = {"quit": failure}
    sending.close()
    assert server.asked[-2:] == ["quit", "close"]


def refused(*codes: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({f"{code}@x": (code, b"non \xe9") for code in codes})


@pytest.mark.parametrize(
    ("where", "failure", "kind", "whole", "words"),
    [
        ("send", refused(550), Permanent, None, "550 non \ufffd"),
        ("send", refused(451), Later, False, "451 non \ufffd"),
        ("send", refused(550, 451), Later, False, "451 non \ufffd ; non \ufffd"),
        ("send", refused(500), Permanent, None, "500 non \ufffd"),
        ("send", refused(499), Later, False, "499 non \ufffd"),
        ("send", smtplib.SMTPDataError(552, b"trop gros"), Permanent, None, "552 trop gros"),
        ("send", smtplib.SMTPDataError(452, b"plein"), Later, False, "452 plein"),
        ("send", smtplib.SMTPSenderRefused(550, b"qui ?", "x"), Later, False, "qui ?"),
        ("ehlo", smtplib.SMTPHeloError(501, b"nom"), Later, True, "nom"),
        ("smtp", smtplib.SMTPConnectError(421, "occupé"), Later, True, "occupé"),
        ("login", smtplib.SMTPAuthenticationError(535, b"mot de passe"), Later, True, "mot de passe"),
        ("send", UnicodeError("é"), Permanent, None, "Adresse impossible : é"),
        ("send", ValueError("@"), Permanent, None, "Adresse impossible : @"),
        ("send", smtplib.SMTPServerDisconnected("coupé"), Later, False, "Connexion coupée : coupé"),
        ("smtp", smtplib.SMTPServerDisconnected("coupé"), Later, True, "Connexion coupée : coupé"),
        ("send", TimeoutError("lent"), Later, False, "Connexion coupée : lent"),
        ("smtp", OSError("absent"), Later, True, "Serveur de courriel injoignable : absent"),
        ("send", smtplib.SMTPNotSupportedError("x"), Later, True, "Serveur de courriel injoignable : x"),
    ],
)
def test_a_failure_is_for_ever_for_later_or_of_the_whole_server(
    server: Server, where: str, failure: Exception, kind: type[Exception], whole: bool | None, words: str
) -> None:
    server.failing = {where: failure}
    with pytest.raises(kind) as raised:
        carrier("smtp://guichet:x@mail.example").send(MAIL, "1")
    assert str(raised.value) == words
    assert getattr(raised.value, "whole", None) is whole


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (refused(550), False),
        (ValueError("@"), False),
        (smtplib.SMTPDataError(452, b"plein"), True),
        (smtplib.SMTPServerDisconnected("coupé"), True),
        (OSError("absent"), True),
    ],
)
def test_the_connection_is_opened_again_where_it_may_have_broken(
    server: Server, failure: Exception, again: bool
) -> None:
    sending = carrier("smtps://mail.example")
    server.failing = {"send": failure}
    with pytest.raises((Permanent, Later)):
        sending.send(MAIL, "1")
    server.failing = {}
    sending.send(MAIL, "2")
    assert [one[0] for one in server.asked if one[0] == "smtps"] == ["smtps"] * (2 if again else 1)


def test_without_a_server_a_message_is_a_whole_file_of_its_own(tmp_path: Any) -> None:
    sending = carriers.carrier(Settings("", tmp_path / "donnees"))  # type: ignore[arg-type]
    mail = EmailMessage()
    mail["Subject"] = "Bonjour"
    sending.send(mail, "00000001")
    sending.send(mail, "00000002")
    sending.close()
    found = sorted((tmp_path / "donnees" / "courriels").iterdir())
    assert [path.name for path in found] == ["00000001.eml", "00000002.eml"]
    assert found[0].read_bytes() == mail.as_bytes()


def test_a_message_that_cannot_be_written_can_never_be_sent() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Bonjour"
    assert carriers.composed(lambda: mail) is mail

    def broken() -> EmailMessage:
        raise ValueError("half a bracket")

    with pytest.raises(Permanent, match="Message impossible à composer : half a bracket"):
        carriers.composed(broken)

    class Unwritable(EmailMessage):
        def as_bytes(self, *_: Any, **__: Any) -> bytes:
            raise UnicodeError("charset")

    with pytest.raises(Permanent, match="charset"):
        carriers.composed(Unwritable)
