"""Fetch each box in turn: one process a box at a time, bounded in mails and time, its health written beside it.

A box that cannot be read holds back no other. A process killed while it reads a box leaves a claim that ends by itself.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import db, writing
from charters.outages import is_outage
from ticketing.mail.incoming import imap, maildir, store
from ticketing.mail.incoming.boxes import Box
from ticketing.mail.incoming.fetched import Fetched, Trouble
from ticketing.mail.incoming.tables import Mailbox

log = logging.getLogger("guichet.mail")

BATCH = 200
SECONDS = 120.0
#: How long a box belongs to the process that reads it, which renews it as it keeps mails: one that was killed is taken
#: over half a minute later. Two that read a box at once, should a server be that slow, still keep each mail once.
CLAIM, RENEW = timedelta(seconds=25), 8.0
_BOX: Any = Mailbox.__table__
_READERS: dict[str, Callable[..., Fetched]] = {"maildir": maildir.fetch, "imap": imap.fetch, "imaps": imap.fetch}


def fetch(boxes: tuple[Box, ...], now: datetime) -> int:
    """Fetch what waits in the boxes and return how many mails were kept; boxes no longer configured are forgotten."""
    with writing() as session:
        known = [box.name for box in boxes]
        session.execute(delete(_BOX).where(_BOX.c.name.not_in(known), _BOX.c.kind.in_(tuple(_READERS))))
    return sum(_fetch(box, now) for box in boxes)


def _fetch(box: Box, now: datetime) -> int:
    token = _claim(box, now)
    if token is None:
        return 0
    keep = _Keeper(box.name, now, token)
    fetched, error = Fetched(0, 0), ""
    try:
        fetched = _READERS[box.kind](box, keep, at_most=BATCH, until=time.monotonic() + SECONDS)
        if fetched.faults:
            error = f"{fetched.faults} courriel(s) de la boîte ne se lisent ou ne se rangent pas"
    except Trouble as trouble:
        error = str(trouble)
    except Exception as failure:
        if is_outage(failure):
            raise  # the base is away: nothing can be noted, and the claim ends by itself
        log.exception("mailbox failed", extra={"box": box.name})
        error = f"une erreur du programme ({type(failure).__name__})"
    _note(box, token, fetched, error, now)
    return keep.fresh


class _Keeper:
    """Keeps the mails of a box and counts those that were not known."""

    largest = store.LARGEST

    def __init__(self, box: str, now: datetime, token: str = "") -> None:
        self._box, self._began, self._token, self.fresh = box, now, token, 0
        self._start = self._renewed = time.monotonic()

    @property
    def _now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._start)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed > RENEW:
            self._renewed = time.monotonic()
            mine = (_BOX.c.name == self._box, _BOX.c.token == self._token)
            with writing() as session:
                session.execute(update(_BOX).where(*mine).values(claimed_until=self._now + CLAIM))

    def __call__(self, raw: bytes, size: int, elsewhere: str) -> bool:
        self._renew()
        whole = size <= self.largest and len(raw) <= self.largest
        if whole:
            kept = store.keep(raw, self._box, self._now)
        else:
            kept = store.keep_beginning(raw, size, self._box, too_large(size, elsewhere), self._now)
        self.fresh += not kept.known
        return whole


def too_large(size: int, elsewhere: str) -> str:
    """Return the sentence that says why a mail is only begun here, and where it is whole."""
    return (
        f"Ce courriel pèse {size / 1e6:.0f} Mo, plus que les {store.LARGEST / 1e6:.0f} Mo que Guichet garde : seul son "
        f"début est ici, il reste entier dans {elsewhere}."
    )


def _claim(box: Box, now: datetime) -> str | None:
    """Claim a box for this process and return the claim's token, or None if another process reads it."""
    token = secrets.token_hex(16)
    dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    with writing() as session:
        session.execute(
            dialect.insert(_BOX)
            .values(name=box.name, kind=box.kind, waiting=0, failures=0, error="", token="")
            .on_conflict_do_nothing()
        )
        claimed = session.execute(
            update(_BOX)
            .where(_BOX.c.name == box.name, or_(_BOX.c.claimed_until.is_(None), _BOX.c.claimed_until < now))
            .values(kind=box.kind, token=token, claimed_until=now + CLAIM, tried_at=now)
            .returning(_BOX.c.name)
        ).first()
    return None if claimed is None else token


def _note(box: Box, token: str, fetched: Fetched, error: str, now: datetime) -> None:
    """Write how a box was read, if the claim still holds, and give the box back."""
    values: dict[str, Any] = {"token": "", "claimed_until": None, "error": error[:300]}
    if error:
        values |= {
            "failures": _BOX.c.failures + 1,
            "failing_since": db.func.coalesce(_BOX.c.failing_since, now),
            "well_since": None,
        }
    else:
        values |= {
            "failures": 0,
            "failing_since": None,
            "fetched_at": now,
            "well_since": db.func.coalesce(_BOX.c.well_since, now),
        }
    if not error or fetched.faults:
        values |= {"waiting": fetched.waiting}
    with writing() as session:
        session.execute(update(_BOX).where(_BOX.c.name == box.name, _BOX.c.token == token).values(**values))
    if error:
        log.warning("mailbox not read", extra={"box": box.name})
