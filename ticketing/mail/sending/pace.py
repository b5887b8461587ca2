"""The pace at which mails leave: no more in a minute than the mail server bears, in all and for each domain.

What left in the last minute is read from the rows that say so, so that several processes keep one pace together.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, union_all

from charters.database import reading
from charters.tables.keys import Letter
from ticketing.tables import Notice

if TYPE_CHECKING:
    from config import Settings

SPAN = timedelta(minutes=1)


class Pace:
    """Counts the mails of the last minute; each is counted when it is handed over, whatever the server answers."""

    def __init__(self, settings: Settings, now: datetime, share: float = 1) -> None:
        self.most = max(1, int(settings.mail_per_minute * share))
        self.most_to_one = max(1, int(settings.mail_domain_per_minute * share))
        self._known: list[tuple[datetime, str]] = []
        self.refresh(now)

    def refresh(self, now: datetime) -> None:
        """Read again what left in the minute before `now`, by any process; tries that failed here stay counted."""
        mails = union_all(
            select(Notice.sent_at, Notice.recipient_email, Notice.sent_as).where(Notice.sent_at > now - SPAN),
            select(Letter.sent_at, Letter.recipient_email, Letter.message_id).where(Letter.sent_at > now - SPAN),
        )
        with reading() as session:
            sent = {row.sent_as: (row.sent_at, domain(row.recipient_email)) for row in session.execute(mails)}
        tried = [one for one in self._known if one[0] > now - SPAN]
        self._known = max(list(sent.values()), tried, key=len)

    def room(self, now: datetime) -> bool:
        """Whether one more mail may leave now."""
        return sum(at > now - SPAN for at, _ in self._known) < self.most

    def room_for(self, address: str, now: datetime) -> bool:
        """Whether one more mail may leave now to the domain of this address."""
        to = Counter(name for at, name in self._known if at > now - SPAN)
        return to[domain(address)] < self.most_to_one

    def count(self, address: str, now: datetime) -> None:
        """Count a mail that is being handed over."""
        self._known.append((now, domain(address)))


def domain(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()
