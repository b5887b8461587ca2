"""Send the letters that `charters.letters` wrote, by the same carriers as the notices.

What a letter on a perimeter says is judged when it leaves (PER-07): the caller hands in `as_it_leaves`
(`reading_reports`), which writes the weekly report anew, and drops what its recipient may no longer know.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from charters import letters
from charters.database import writing
from ticketing.mail import carriers, composing, undelivered
from ticketing.mail.delivery import ROOM, elapsed
from ticketing.mail.sending.pace import Pace

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.letters")

#: The share of the pace that letters may use: an interruption told to thousands leaves room for what tickets ask.
SHARE = 2 / 3


#: Says how a letter leaves at a moment: as it waits, written anew, or not at all (None).
Leaving = Callable[[letters.Waiting, datetime], letters.Waiting | None]


def drain(settings: Settings, now: datetime, as_it_leaves: Leaving) -> int:
    """Send the letters that are due and return how many were sent.

    Several processes may drain at once: each letter is claimed by one of them, whose lease is asked for at each step.
    `as_it_leaves(letter, now)` returns the letter to send, or None for one to be dropped, with its reason.
    """
    return _Drain(settings, now, as_it_leaves).run()


class _Drain:
    """One run of `drain`: its carrier, its pace, its clock. Letters leave a share of the pace to the notices."""

    def __init__(self, settings: Settings, now: datetime, as_it_leaves: Leaving) -> None:
        self.settings, self.as_it_leaves = settings, as_it_leaves
        self.begun, self.started = monotonic(), now
        self.carrier = carriers.carrier(settings)
        self.pace = Pace(settings, now, SHARE)
        self.sent = 0

    @property
    def now(self) -> datetime:
        """Return the time that it is now: that of the beginning, and what has passed since."""
        return self.started + elapsed(self.begun)

    def run(self) -> int:
        """Send what is due until nothing is, the server cannot be reached, or the pace leaves no room."""
        try:
            while batch := letters.claim(self.now):
                for index, letter in enumerate(batch):
                    if not self.pace.room(self.now):
                        for rest in batch[index:]:
                            letters.let_go(rest, self.now + ROOM)
                        return self.sent
                    try:
                        self._one(letter)
                    except carriers.Later as stop:
                        for rest in batch[index + 1 :]:
                            self._put_off(rest, str(stop), outage=True)
                        return self.sent
        finally:
            self.carrier.close()
        return self.sent

    def _one(self, letter: letters.Waiting) -> None:
        """Send one letter and mark it. Raises Later if no server can be reached."""
        if not self.pace.room_for(letter.recipient_email, self.now):
            letters.let_go(letter, self.now + ROOM)
        elif not letters.take(letter, self.now):
            return
        elif (leaving := self.as_it_leaves(letter, self.now)) is None:
            letters.dropped(letter, "Le destinataire n’a plus ce périmètre, ou n’est plus admis.")
        elif undelivered.stopped([letter.recipient_email]):
            self._fail(letter, undelivered.STOPPED)
        else:
            self._send(leaving)

    def _send(self, letter: letters.Waiting) -> None:
        try:
            mail = carriers.composed(partial(message, letter, self.settings.mail_from))
            self.pace.count(letter.recipient_email, self.now)
            self.carrier.send(mail, f"lettre-{letter.id:08d}")
        except carriers.Permanent as failure:
            self._fail(letter, str(failure))
            if failure.address:
                with writing() as session:
                    to = letter.recipient_email
                    undelivered.refused(session, to, str(failure), letter.account_id, self.now)
        except carriers.Later as failure:
            self._put_off(letter, str(failure), outage=failure.whole or not self.sent)
            if failure.whole:
                raise
        else:
            letters.sent(letter, self.now)
            self.sent += 1

    def _fail(self, letter: letters.Waiting, reason: str) -> None:
        """Mark a letter as « échec »: an administrator sees it, and may send it again."""
        log.warning("letter failed", extra=_named(letter))
        letters.failed(letter, reason)

    def _put_off(self, letter: letters.Waiting, reason: str, *, outage: bool) -> None:
        """Postpone a letter; the log says so when it is given up."""
        if not letters.later(letter, reason, self.now, outage=outage):
            log.warning("letter given up", extra=_named(letter))


def _named(letter: letters.Waiting) -> dict[str, object]:
    """Return the values that a log line gives of a letter: never an address."""
    return {"letter": letter.id, "recipient": letter.account_id}


def message(letter: letters.Waiting, mail_from: str) -> EmailMessage:
    """Return the message of a letter; it is identical at each try, while its recipient sees as much."""
    return composing.letter(letter, mail_from)
