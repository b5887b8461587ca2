"""Days in Europe/Paris, as the agreements count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def today(now: datetime) -> date:
    """The day in Paris at this aware instant."""
    return now.astimezone(PARIS).date()


def instants(day: date, clock: time) -> tuple[datetime, ...]:
    """The instants at which the clocks of Paris show this time on this day, in their order.

    There is one, but for two nights a year: none for an hour that is skipped, two for an hour that comes twice.
    """
    wanted = datetime.combine(day, clock)
    both = (wanted.replace(tzinfo=PARIS, fold=fold).astimezone(UTC).astimezone(PARIS) for fold in (0, 1))
    return tuple({one.utcoffset(): one for one in both if one.replace(tzinfo=None, fold=0) == wanted}.values())
