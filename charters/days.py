"""Days in Europe/Paris, as the agreements count them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def today(now: datetime) -> date:
    """The day in Paris at this aware instant."""
    return now.astimezone(PARIS).date()
