"""Send the letters that `charters.letters` wrote, by the same carriers as the notices.

The weekly report of consultations is about a perimeter. When it is sent, the check that the caller hands in
(`reading_reports.may_leave`) verifies that its recipient still has that perimeter.
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
from ticketing.mail import carriers, messages
from ticketing.mail.delivery import elapsed

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.letters")


def drain(settings: Settings, now: datetime, may_leave: Callable[[letters.Waiting, datetime], bool]) -> int:
    """Send the letters that are due and return how many were sent.

    Several processes may drain at once: each letter is claimed by one of them, which asks again right before sending.
    `may_leave(letter, now)` says whether a letter may still be sent; the others are dropped, with their reason.
    """
    sent, begun = 0, monotonic()
    carrier = carriers.carrier(settings)
    try:
        while batch := letters.claim(now + elapsed(begun)):
            for index, letter in enumerate(batch):
                if not letters.take(letter, now + elapsed(begun)):
                    continue
                if not may_leave(letter, now):
                    letters.dropped(letter, "Le destinataire n’a plus ce périmètre, ou n’est plus admis.")
                    continue
                try:
                    mail = carriers.composed(partial(message, letter, settings.mail_from))
                    carrier.send(mail, f"lettre-{letter.id:08d}")
                except carriers.Permanent as failure:
                    log.warning("letter failed", extra=_named(letter))
                    letters.failed(letter, str(failure))
                except carriers.Later as failure:
                    _put_off(letter, str(failure), now)
                    for waiting in batch[index + 1 :] if failure.whole else []:
                        if letters.take(waiting, now + elapsed(begun)):
                            _put_off(waiting, str(failure), now)
                    if failure.whole:
                        return sent
                else:
                    letters.sent(letter, now)
                    sent += 1
    finally:
        carrier.close()
    return sent


def _put_off(letter: letters.Waiting, reason: str, now: datetime) -> None:
    """Postpone a letter; the log says so when it is given up, since nobody will try it again."""
    if not letters.later(letter, reason, now):
        log.warning("letter given up", extra=_named(letter))


def _named(letter: letters.Waiting) -> dict[str, object]:
    """Return the values that a log line gives of a letter: never an address."""
    return {"letter": letter.id, "recipient": letter.account_id}


def message(letter: letters.Waiting, mail_from: str) -> EmailMessage:
    """Return the message of a letter; it is identical at each try."""
    return messages.message(
        mail_from=mail_from,
        to=(letter.recipient_name, letter.recipient_email),
        subject=letter.subject,
        written_at=letter.created_at,
        message_id=letter.message_id,
        body=letter.body,
    )
