"""The carriers of messages: SMTP, or a folder if no mail server is configured."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from charters import private_files

if TYPE_CHECKING:
    from config import Settings

TIMEOUT = 20.0  # seconds, for each exchange with the mail server


class Permanent(Exception):
    """Raised when this message can never be sent; `address`: since the server refuses its recipient."""

    def __init__(self, reason: str, *, address: bool = False) -> None:
        self.address = address
        Exception.__init__(self, reason)


class Later(Exception):
    """Raised when this message can be sent later; `whole`: the server cannot be reached, so no other would pass now."""

    def __init__(self, reason: str, *, whole: bool = False) -> None:
        self.whole = whole
        super().__init__(reason)


def composed(compose: Callable[[], EmailMessage]) -> EmailMessage:
    """Return the message that `compose` makes, after checking that each of its headers can be written.

    Raises Permanent otherwise (an address with an accent or half a bracket), so that later messages are still sent.
    """
    try:
        mail = compose()
        mail.as_bytes()
    except Exception as wrong:  # an address that `email` cannot read, a theme's template that fails
        raise Permanent(f"Message impossible à composer : {wrong}") from wrong
    return mail


class Carrier(Protocol):
    """Sends messages, each under its own name. `send` raises Permanent or Later; `close` ends the connection."""

    def send(self, mail: EmailMessage, name: str) -> None: ...
    def close(self) -> None: ...


def carrier(settings: Settings) -> Carrier:
    """Return the carrier that the settings call for."""
    return _Smtp(settings) if settings.smtp_url else _Folder(settings.data_dir / "courriels")


class _Folder:
    """A carrier for installations without a mail server: it writes each message in a folder, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: EmailMessage, name: str) -> None:
        """Write the message as a file with this name."""
        private_files.folder(self.folder)
        aside = self.folder / f".{name}.{os.getpid()}"
        with open(aside, "wb", opener=private_files.opener) as laid:
            laid.write(mail.as_bytes())
        os.replace(aside, self.folder / f"{name}.eml")

    def close(self) -> None:
        """Do nothing, since no file stays open."""


class _Smtp:
    """A carrier that uses one SMTP connection for all messages, opened when needed, and opened again after it broke."""

    def __init__(self, settings: Settings) -> None:
        self.url = urlsplit(settings.smtp_url)
        self.server: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage, name: str) -> None:
        """Send the message, opening the connection if need be. Raises Permanent or Later."""
        try:
            server = self.server or self._connect()
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code = min((code for code, _ in refused.recipients.values()), default=550)
            if code == 421:  # the server ends the connection with this answer
                self.close()
            self._raise(code, _reasons(refused.recipients.values()), address=True)
        except smtplib.SMTPResponseException as refused:
            self.close()
            whole = isinstance(
                refused, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError
            )
            if whole or isinstance(refused, smtplib.SMTPSenderRefused):
                raise Later(_text(refused.smtp_error), whole=whole) from refused
            self._raise(refused.smtp_code, _text(refused.smtp_error))
        except (UnicodeError, ValueError) as wrong:  # no server would accept this address
            raise Permanent(f"Adresse impossible : {wrong}") from wrong
        except (smtplib.SMTPServerDisconnected, TimeoutError) as cut:
            connected = self.server is not None
            self.close()
            raise Later(f"Connexion coupée : {cut}", whole=not connected) from cut
        except (smtplib.SMTPException, OSError) as down:
            self.close()
            raise Later(f"Serveur de courriel injoignable : {down}", whole=True) from down

    def _raise(self, code: int, reason: str, *, address: bool = False) -> None:
        if code >= 500:
            raise Permanent(f"{code} {reason}", address=address)
        raise Later(f"{code} {reason}")

    def _connect(self) -> smtplib.SMTP:
        host, secure = self.url.hostname or "localhost", self.url.scheme == "smtps"
        server: smtplib.SMTP
        if secure:
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, self.url.port or 465, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, self.url.port or 25, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
        if self.url.username:
            server.login(unquote(self.url.username), unquote(self.url.password or ""))
        self.server = server
        return server

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self.server is not None:
            try:
                self.server.quit()
            except (smtplib.SMTPException, OSError):
                self.server.close()
        self.server = None


def _reasons(answers: Iterable[tuple[int, bytes]]) -> str:
    return " ; ".join(_text(text) for _, text in answers)


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
