"""Compose messages whose headers every mail client reads back exactly as they were written. Pure.

Python's `email.policy` folds a long subject between words, and one space is then lost wherever an encoded word meets a
plain one. Here a text that is not plain ASCII is encoded whole, spaces included, in encoded words of at most 75
characters (RFC 2047, 2), each of which holds entire characters.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any

LINE_MAX = 76  # characters of a header line that holds an encoded word (RFC 2047, 2)
_OPENING, _CLOSING = "=?utf-8?q?", "?="
#: The only bytes that stand for themselves in an encoded word, wherever it is (RFC 2047, 5 (3)).
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
#: Headers that hold a text of a person, and those that hold ids or addresses of pages.
_TEXTS = frozenset({"subject", "thread-topic"})
_IDS = frozenset({"message-id", "in-reply-to", "references", "thread-index", "list-unsubscribe"})
#: What ends or spaces a line; no-break spaces are characters of the text, and stay.
_BLANKS = re.compile("[\x00-\x20\x7f\x85\u2028\u2029]+")
#: A display name that needs no quotes (RFC 5322, 3.2.3).
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


class _ExactPolicy(EmailPolicy):
    """The standard policy of messages, except that subjects and names are folded by `encoded`."""

    def fold(self, name: str, value: Any) -> str:
        return self._exact(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        exact = self._exact(name, value)
        return exact.encode("ascii") if exact else super().fold_binary(name, value)

    def _exact(self, name: str, value: Any) -> str:
        """Return the header's lines, or « » for a header that holds neither a text of a person nor ids."""
        if name.lower() in _IDS:  # the standard policy would encode an id longer than a line, and no program knows it
            lines = "\r\n ".join(str(value).split())
        elif name.lower() in _TEXTS:
            lines = encoded(str(value), len(name) + 2)
        elif isinstance(value, AddressHeader):
            lines = ",\r\n ".join(_mailbox(one, len(name) + 2) for one in value.addresses)
        else:
            return ""
        return f"{name}: {lines}\r\n".replace("\r\n", self.linesep)


POLICY = _ExactPolicy()


def message(
    *, mail_from: str, to: tuple[str, str], subject: str, written_at: datetime, message_id: str, body: str
) -> EmailMessage:
    """Return a message that no machine answers; `to` is a name and an address.

    Raises ValueError for an address that cannot be written.
    """
    mail = EmailMessage(POLICY)
    name, address = parseaddr(mail_from)
    mail["From"] = Address(name or "Guichet", addr_spec=_checked(address))
    mail["To"] = Address(one_line(to[0]), addr_spec=_checked(to[1]))
    mail["Subject"] = header_text(subject)
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(body, cte="quoted-printable")
    return mail


def add_html(mail: EmailMessage, html: str) -> None:
    """Add the HTML part beside the plain text."""
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    _bound(mail)


def add_calendar(mail: EmailMessage, calendar: str, method: str, filename: str) -> None:
    """Attach a calendar file; the part names its method, without which Outlook shows a file and no event."""
    mail.add_attachment(calendar.encode("utf-8"), maintype="text", subtype="calendar", filename=filename, cte="base64")
    part = list(mail.iter_attachments())[-1]
    part.set_param("method", method)
    part.set_param("charset", "utf-8")
    _bound(mail)


def _bound(mail: EmailMessage) -> None:
    """Give each multipart a boundary that the Message-ID decides, so that each try sends the same message."""
    mark = sha256(str(mail["Message-ID"]).encode()).hexdigest()[:32]
    parts = [part for part in mail.walk() if part.is_multipart()]
    for rank, part in enumerate(parts):
        part.set_boundary(f"=_{mark}_{rank}")


def header_text(text: str) -> str:
    """Return the value to give a header so that it says this text, on one line.

    It is encoded once here, since `email` would decode what looks like an encoded word in the text itself.
    """
    return encoded(one_line(text), 0).replace("\r\n", "")


def one_line(text: str) -> str:
    """Return the text on one line: line ends, tabs and runs of spaces become one space; no-break spaces stay."""
    return _BLANKS.sub(" ", text).strip(" ")


def encoded(text: str, used: int, *, plain: bool = True) -> str:
    """Return a header's text as it is sent, its lines separated by CRLF and a space.

    `used` is the number of characters already on the first line; `plain` says whether ASCII may stay as it is.
    """
    if plain and text.isascii() and "=?" not in text and used + len(text) <= LINE_MAX:
        return text
    words, word, room = [], "", LINE_MAX - used
    for character in text:
        piece = "".join("_" if byte == 0x20 else _byte(byte) for byte in character.encode())
        if word and len(_OPENING) + len(word) + len(piece) + len(_CLOSING) > room:
            words.append(word)
            word, room = "", LINE_MAX - 1
        word += piece
    words.append(word)
    return "\r\n ".join(f"{_OPENING}{one}{_CLOSING}" for one in words)


def _checked(address: str) -> str:
    """Return the address. Raises ValueError where it is none that a header takes."""
    try:
        address.encode("ascii")
        return Address(addr_spec=address).addr_spec
    except (ValueError, LookupError, AttributeError, MessageError) as wrong:
        raise ValueError(str(wrong) or "adresse vide") from wrong


def _byte(byte: int) -> str:
    return chr(byte) if byte in _PLAIN else f"={byte:02X}"


def _mailbox(address: Address, used: int) -> str:
    """Return an address as it is sent: a name in letters and blanks as it is, any other name encoded."""
    name = address.display_name
    if not name:
        return address.addr_spec
    said = encoded(name, used, plain=bool(_ATOMS.fullmatch(name)))
    return f"{said}\r\n <{address.addr_spec}>" if "\r\n" in said else f"{said} <{address.addr_spec}>"
