"""Send the notices, in the scheduler's process: claim, make mails, check, hand to a carrier, try again or give up.

`drain` claims a few rows (`leases`), makes mails of them by their recipients' wishes (`parcels`), and checks for each
whether its recipient still sees the ticket (`visibility`). It sends over SMTP or, if no server is configured, writes
the message in `DATA_DIR/courriels`. Notices for people of a suspended collectivité wait until the suspension is lifted
(VIII), and are then sent if these people still see the ticket. A failure marks the notice, never the ticket: what may
pass later is tried again at longer and longer intervals (`retries`); what cannot is « échec », in sight of an
administrator. The messages of a ticket to a person are sent in order; a message that waits delays no other ticket and
no other person. No more leaves in a minute than the mail server bears (`pace`).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.message import EmailMessage
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, union_all

from charters import retries
from charters.database import reading, writing
from charters.tables.access import Account, MandateRow, OrganisationSuspension
from ticketing.mail import carriers, composing, digests, undelivered
from ticketing.mail.carriers import Later, Permanent
from ticketing.mail.sending import leases, parcels, visibility
from ticketing.mail.sending.pace import Pace
from ticketing.mail.sending.parcels import Line, Parcel

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.outbox")

#: How long a notice waits where a mandate is suspended, or where the pace leaves no room for its domain.
ASIDE, ROOM = timedelta(minutes=5), timedelta(seconds=20)


def drain(settings: Settings, now: datetime) -> int:
    """Send the notices that are due and return how many mails were sent.

    Several processes may drain at once: each notice is claimed by one of them, whose lease is asked for at each step. A
    batch may last longer than the claim, and clocks may differ.
    """
    return _Drain(settings, now).run()


def elapsed(begun: float) -> timedelta:
    """Return the time since `begun` (a reading of `monotonic`)."""
    return timedelta(seconds=monotonic() - begun)


class _Drain:
    """One run of `drain`: its carrier, its pace, its clock, and the lines that wait behind a failure."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings, self.begun, self.started = settings, monotonic(), now
        self.carrier = carriers.carrier(settings)
        self.pace = Pace(settings, now)
        self.sent = 0
        self.behind: set[Line] = set()

    @property
    def now(self) -> datetime:
        """Return the time that it is now: that of the beginning, and what has passed since."""
        return self.started + elapsed(self.begun)

    def run(self) -> int:
        """Send what is due until nothing is, the server cannot be reached, or the pace leaves no room."""
        try:
            while batch := leases.claim(self.now, self.settings.usage_charter_for_staff):
                self.behind.clear()
                mails = parcels.made(batch, self.now)
                stopped = undelivered.stopped(mail.first.recipient_email for mail in mails)
                for index, mail in enumerate(mails):
                    if not self.pace.room(self.now):
                        self._let_go(mails[index:], self.now + ROOM)
                        return self.sent
                    try:
                        self._one(mail, stopped)
                    except Later as stop:
                        for rest in mails[index + 1 :]:
                            self._retry(rest, str(stop), outage=True)
                        return self.sent
        finally:
            self.carrier.close()
        return self.sent

    def _one(self, mail: Parcel, stopped: frozenset[str]) -> None:
        """Send one mail and mark what it carries. Raises Later if no server can be reached."""
        if mail.lines & self.behind:
            self._let_go([mail])
        elif mail.first.recipient_email.lower() in stopped:
            self._fail(mail, undelivered.STOPPED, attempts=0)
        elif not self.pace.room_for(mail.first.recipient_email, self.now):
            self.behind |= mail.lines
            self._let_go([mail], self.now + ROOM)
        else:
            self._checked(mail)

    def _checked(self, mail: Parcel) -> None:
        """Send what the recipient may still read of a mail, once it is taken."""
        taken = tuple(one for one in mail.notices if leases.take(one, self.now, mail.message_id))
        left = Parcel(tuple(one for one in taken if self._may_leave(one)), mail.digest)
        if not left.notices:
            return
        try:
            message = carriers.composed(lambda: self._message(left, mail.message_id))
            self.pace.count(left.first.recipient_email, self.now)
            self.carrier.send(message, f"{left.notices[-1].id:08d}")
        except Permanent as failure:
            self._fail(left, str(failure))
            if failure.address:
                with writing() as session:
                    to = left.first.recipient_email
                    undelivered.refused(session, to, str(failure), left.first.recipient_id, self.now)
        except Later as failure:
            self._retry(left, str(failure), outage=failure.whole or not self.sent)
            if failure.whole:
                raise
        else:
            for one in left.notices:
                leases.mark(one, state="sent", sent_at=self.now, attempts=one.attempts + 1, last_error="")
            self.sent += 1

    def _message(self, mail: Parcel, message_id: str) -> EmailMessage:
        """Return the message of a mail; it is identical at each try, while its reader may see as much."""
        mail_from = self.settings.mail_from
        if mail.digest:
            return digests.of_the_day(mail.notices, mail_from, message_id, mail.first.first_tried_at or self.now)
        if len(mail.notices) > 1:
            return digests.together(mail.notices, mail_from, message_id)
        return composing.message(mail.first, mail_from)

    def _may_leave(self, notice: Row[Any]) -> bool:
        """Whether the recipient may read this notice now; else it is dropped, or put aside while that may change."""
        seen = visibility.seen(notice, self.settings.usage_charter_for_staff, self.now)
        if seen == "held":
            leases.mark(notice)
        elif seen == "suspended":  # the notice waits, like all mails of people attached to the collectivité
            leases.mark(notice, next_at=self.now + ASIDE)
        elif seen == "masked":
            leases.mark(notice, state="dropped", last_error="Le texte a été masqué.")
        elif not seen:
            visibility.turn_away(notice, self.now)
        return seen == "yes"

    def _let_go(self, mails: list[Parcel], next_at: datetime | None = None) -> None:
        """Give back what is not tried now; it keeps its place and loses no try."""
        later = {} if next_at is None else {"next_at": next_at}
        for mail in mails:
            for one in mail.notices:
                leases.mark(one, **later)

    def _fail(self, mail: Parcel, reason: str, attempts: int = 1) -> None:
        """Mark what a mail carries as « échec »: an administrator sees it, and may send it again."""
        for one in mail.notices:
            log.warning("notice failed", extra=_named(one))
            leases.mark(one, state="failed", last_error=reason[:500], attempts=one.attempts + attempts)

    def _retry(self, mail: Parcel, reason: str, *, outage: bool) -> None:
        """Put a mail off, or mark it « échec » once it has been tried for a day; the log then says so.

        The day of a mail that a suspension delayed begins when the suspension is lifted.
        """
        now = self.now
        self.behind |= mail.lines
        for one in mail.notices:
            tried, attempts = one.first_tried_at or now, one.attempts + 1
            values = {"last_error": reason[:500], "attempts": attempts, "first_tried_at": tried}
            if retries.given_up(max(tried, _released(one)), attempts, now):
                log.warning("notice given up", extra=_named(one))
                leases.mark(one, state="failed", **values)
            else:
                way = "digest" if mail.digest else ""
                leases.mark(one, next_at=now + retries.delay(attempts, outage=outage), way=way, **values)


def _named(notice: Row[Any]) -> dict[str, object]:
    """Return the values that a log line gives of a notice: never an address, never a word of the ticket."""
    return {"notice": notice.id, "ticket": notice.ticket_id, "recipient": notice.recipient_id}


def _released(notice: Row[Any]) -> datetime:
    """Return when the notice could first be sent: when it was written, or when the recipient's suspension ended."""
    with reading() as session:
        lifted: datetime | None = session.execute(
            select(OrganisationSuspension.lifted_at)
            .where(
                OrganisationSuspension.organisation.in_(
                    union_all(
                        select(Account.organisation).where(Account.id == notice.recipient_id),
                        select(MandateRow.scope_id).where(MandateRow.account_id == notice.recipient_id),
                    )
                ),
                OrganisationSuspension.lifted_at.is_not(None),
            )
            .order_by(OrganisationSuspension.lifted_at.desc())
            .limit(1)
        ).scalar()
    written: datetime = notice.created_at
    return max(lifted, written) if lifted else written
