"""When a notice is sent to a person, by the person's own wishes. Pure.

An asked-for digest goes once a day at the person's hour; nothing goes in quiet hours but the receipt of what the person
has just sent; the first event of a burst on a ticket goes at once, those that follow within minutes go as one mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from charters.days import PARIS, instants
from ticketing.mail.kinds import DIGEST, NONE, Kind, Wish

#: How long after a mail about a ticket the next ones about it are gathered for the same person.
BURST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a notice: sent, kept for the digest or for later until `at`, or left to the page « Avis »."""

    way: Literal["send", "digest", "later", "page"]
    at: datetime


def plan(kind: Kind, wish: Wish, created: datetime, now: datetime, last_sent: datetime | None) -> Plan:
    """Return the plan of a notice written at `created`; `last_sent`: the last mail to this person about the ticket."""
    way = wish.way(kind)
    if way == NONE:
        return Plan("page", now)
    if way == DIGEST:
        return Plan("digest", next_clock(created, wish.digest_hour))
    if kind.at_once:
        return Plan("send", now)
    end = quiet_end(wish, now)
    if end is not None:
        return Plan("later", end)
    if wish.grouped and not kind.alone and last_sent is not None and last_sent <= now < last_sent + BURST:
        return Plan("later", last_sent + BURST)
    return Plan("send", now)


def next_clock(after: datetime, hour: int) -> datetime:
    """Return the first instant after `after` at which the clocks of Paris show this full hour.

    Where the hour is skipped that day (a night in March), the next one that exists stands for it.
    """
    day = after.astimezone(PARIS).date()
    while True:
        shown = instants(day, time(hour)) or instants(day, time(hour + 1))
        at = shown[0].astimezone(UTC)
        if at > after:
            return at
        day += timedelta(days=1)


def quiet_end(wish: Wish, now: datetime) -> datetime | None:
    """Return when the quiet hours that run at `now` end; None where none run."""
    begins, ends = wish.quiet_from, wish.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    hour = now.astimezone(PARIS).hour
    inside = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
    return next_clock(now, ends) if inside else None
