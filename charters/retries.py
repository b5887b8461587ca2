"""When a mail that could not be sent is tried again, and when it is given up. Pure.

The delays grow from thirty seconds to a quarter of an hour. While nothing at all gets through, none is longer than five
minutes: all that waited is then sent within ten minutes of the mail server's return.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: How long after the nth failure the next try comes; the last delay repeats.
DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=4),
    timedelta(minutes=8),
    timedelta(minutes=15),
)
OUTAGE = timedelta(minutes=5)
GIVE_UP = timedelta(hours=24)


def delay(attempts: int, *, outage: bool) -> timedelta:
    """Return how long to wait after this many failures; `outage`: no mail gets through at all."""
    wait = DELAYS[min(attempts, len(DELAYS)) - 1]
    return min(wait, OUTAGE) if outage else wait


def given_up(since: datetime, attempts: int, now: datetime) -> bool:
    """Whether a mail first tried at `since` is not tried again.

    A program that was stopped for a day has tried nothing: the growing delays are gone through in any case.
    """
    return now - since > GIVE_UP and attempts >= len(DELAYS)
