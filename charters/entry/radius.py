"""RADIUS: keys whose seeds the académie's own server keeps (RSA SecurID) are checked by asking that server.

PIN and code go to the server as one password, as RSA wants them, hidden by the secret that both share (RFC 2865, 5.2);
request and answer carry a Message-Authenticator (RFC 3579, 3.2), and an answer without one is not read. Nothing of it
is logged. The exchange comes before any lock is taken, as slow hashes do; what it said counts under that lock only.

Where a server is set, each login asks it, under an invented name for whoever has no such key: otherwise the time of a
refusal would tell who has one.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from pyrad import packet
from pyrad.client import Client, Timeout
from pyrad.dictionary import Dictionary
from pyrad.packet import PacketError
from sqlalchemy import ColumnElement, select

from charters.database import db, reading
from charters.days import today
from charters.people.accounts import is_suspended
from charters.rules import rules
from charters.tables.access import Account, OtpKey
from charters.tables.keys import UsedChallenge

log = logging.getLogger("guichet.radius")

KIND = "radius"
#: accepted, rejected, challenge (the server wants a second code or a new PIN), silent; empty: no server is set.
Answer = Literal["accepted", "rejected", "challenge", "silent", ""]
SILENT = (
    " Le serveur des clés de l’académie ne répond pas pour l’instant : si votre clé en dépend, recommencez plus tard."
)
#: What a password may count (RFC 2865, 5.2).
_LONGEST = 128
#: How many of the last letters of a password mark its code: no key shows fewer digits.
_MARKED = 6
#: How long a server that did not answer is left alone, in seconds.
_REST = 30
_DICTIONARY = (
    "ATTRIBUTE User-Name 1 string\nATTRIBUTE User-Password 2 octets\nATTRIBUTE NAS-Identifier 32 string\n"
    "ATTRIBUTE Message-Authenticator 80 octets\n"
)
_silent_until: dict[str, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the server said, of which key (None: of an invented name), and the mark of the code, which serves once."""

    answer: Answer
    key_id: int | None = None
    mark: str = field(default="", repr=False)


def offered() -> bool:
    """Whether the académie's server is set."""
    return bool(rules().radius_servers)


def ask(whose: ColumnElement[bool], pin: str, code: str, now: datetime) -> Asked:
    """Ask the server about a PIN and a code, for the person `whose` active key it keeps; else under an invented name.

    A key that is locked or delayed, or whose owner may not log in, is not asked about: guesses stop here.
    """
    if not offered():
        return Asked("")
    with reading() as session:
        found = session.execute(
            select(
                OtpKey.id,
                OtpKey.serial,
                OtpKey.label,
                OtpKey.locked_at,
                OtpKey.next_try_at,
                Account.sigle,
                Account.ends_on,
                Account.organisation,
                Account.locked_at.label("closed_at"),
            )
            .join(Account, Account.id == OtpKey.account_id)
            .where(whose, OtpKey.state == "active", OtpKey.kind == KIND)
        ).one_or_none()
        barred = is_suspended(found.organisation if found else "")
    if found is not None:
        barred = barred or found.locked_at is not None or found.closed_at is not None
        barred = barred or (found.next_try_at is not None and now < found.next_try_at)
        barred = barred or (found.ends_on is not None and found.ends_on < today(now))
    if found is None or barred:
        return Asked(exchange(f"guichet-{secrets.token_hex(6)}", secrets.token_hex(7)))
    passcode = pin.strip() + code.strip()
    return Asked(exchange(found.label or found.sigle, passcode), found.id, mark_of(found.serial, passcode))


def mark_of(serial: str, passcode: str) -> str:
    """What is kept of a code, so that it serves once: it is keyed, since six digits are soon tried.

    It is that of the end of the whole password, where the code is: the server does not see where the PIN ends, so that
    the same password typed with another border between them would pass for another code.
    """
    told = f"radius\0{serial}\0{passcode[-_MARKED:]}"
    return hmac.new(rules().seed_keys[0].encode(), told.encode(), hashlib.sha256).hexdigest()


def spend(mark: str, now: datetime) -> bool:
    """Mark a code as used, in the current transaction; False when it was already."""
    if db.session.get(UsedChallenge, mark) is not None:  # the key's lock, which the caller has, lets one in at a time
        return False
    db.session.add(UsedChallenge(challenge_hash=mark, used_at=now))
    db.session.flush()
    return True


def exchange(name: str, passcode: str) -> Answer:
    """Ask each server in turn, until one answers. What is no text is asked of none: a server cuts off a last NUL."""
    hidden = passcode.encode()
    if not hidden or not passcode.isprintable() or len(hidden) > _LONGEST or len(name.encode()) > 253:
        return "rejected"
    for server in rules().radius_servers:
        with _lock:
            resting = _silent_until.get(server, 0.0) > time.monotonic()
        if resting:
            continue
        answer = _sent(server, name, hidden)
        if answer != "silent":
            return answer
        with _lock:
            _silent_until[server] = time.monotonic() + _REST
        log.error("the RADIUS server %s does not answer", server)
    return "silent"


def _sent(server: str, name: str, passcode: bytes) -> Answer:
    settings, (host, _, port) = rules(), server.rpartition(":")
    client = Client(
        host.strip("[]"),
        authport=int(port),
        secret=settings.radius_secret.encode(),
        dict=Dictionary(io.StringIO(_DICTIONARY)),
        retries=settings.radius_tries,
        timeout=settings.radius_timeout,
        enforce_ma=True,
    )
    request = client.CreateAuthPacket(code=packet.AccessRequest, User_Name=name)
    request["User-Password"] = request.PwCrypt(passcode)
    request["NAS-Identifier"] = urlsplit(settings.base_url).hostname or "guichet"
    try:
        code = client.SendPacket(request).code
    except (Timeout, OSError, PacketError):
        return "silent"
    finally:
        client._CloseSocket()
    known: dict[int, Answer] = {packet.AccessAccept: "accepted", packet.AccessChallenge: "challenge"}
    return known.get(code, "rejected")
