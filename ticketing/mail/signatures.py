"""Sign what comes back by mail: the address that a recipient answers to, and the token in the subject. Pure.

Both are made of numbers and of a short keyed code, so that neither can be guessed or made by another tool:
`desk+t12.a34.k7f2m9qd4c3x@guichet.example` and `[GU-12-k7f2m9qd]`. Every code is compared in constant time.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

#: Letters and digits that survive mail programs that change case, and that nobody mistakes for one another.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ADDRESS = re.compile(r"\+t(\d{1,12})\.a(\d{1,12})\.([0-9a-z]{12})@", re.IGNORECASE)
_OPINION = re.compile(r"(\d{1,12})\.(\d{1,12})\.([0-9a-z]{16})", re.ASCII)
_TOKEN = re.compile(r"\[GU-(\d{1,12})-([0-9a-z]{8})\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a signed address says: the ticket's number, and the id of the account it was written to."""

    ticket: int
    account: int


def key(secret: str) -> bytes:
    """Return the key that signs mails, derived from the application's secret."""
    return hmac.digest(secret.encode(), b"guichet mail signatures", sha256)


def reply_address(desk: str, secret: bytes, ticket: int, account: int) -> str:
    """Return the address to which one person answers about one ticket, made from the desk's own address."""
    local, _, domain = desk.rpartition("@")
    return f"{local}+t{ticket}.a{account}.{_code(secret, 12, 'reply', ticket, account)}@{domain}"


def read_reply_address(address: str, secret: bytes) -> Reply | None:
    """Return what a signed address says, or None if it is not one of ours."""
    found = _ADDRESS.search(address)
    if found is None:
        return None
    ticket, account = int(found[1]), int(found[2])
    right = _code(secret, 12, "reply", ticket, account)
    return Reply(ticket, account) if hmac.compare_digest(right, found[3].lower()) else None


def opinion_token(secret: bytes, ticket: int, account: int) -> str:
    """Return what the link of a resolution's mail holds, by which one person says how satisfied they are."""
    return f"{ticket}.{account}.{_code(secret, 16, 'opinion', ticket, account)}"


def read_opinion_token(token: str, secret: bytes) -> Reply | None:
    """Return the ticket and the account of such a link, or None if it is not one of ours."""
    found = _OPINION.fullmatch(token)
    if found is None:
        return None
    ticket, account = int(found[1]), int(found[2])
    right = _code(secret, 16, "opinion", ticket, account)
    return Reply(ticket, account) if hmac.compare_digest(right, found[3]) else None


def subject_token(secret: bytes, ticket: int) -> str:
    """Return the token that stands first in the subject of every mail about a ticket."""
    return f"[GU-{ticket}-{_code(secret, 8, 'subject', ticket)}]"


def read_subject_token(subject: str, secret: bytes) -> int | None:
    """Return the ticket's number from the first of our tokens in a subject, or None; others' tokens are not ours."""
    for found in _TOKEN.finditer(subject):
        ticket = int(found[1])
        if hmac.compare_digest(_code(secret, 8, "subject", ticket), found[2].lower()):
            return ticket
    return None


def _code(secret: bytes, length: int, *parts: object) -> str:
    digest = hmac.digest(secret, "|".join(map(str, parts)).encode(), sha256)
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)
