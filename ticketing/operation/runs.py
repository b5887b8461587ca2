"""The last run of each periodic job, as its row tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from charters.database import reading
from ticketing.tables import JobRun


def latest() -> Sequence[Any]:
    """Return a row for each job that ever ran: job, started_at, finished_at (None while it runs), error."""
    last = select(JobRun.job, func.max(JobRun.tick).label("tick")).group_by(JobRun.job).subquery()
    with reading() as session:
        return session.execute(
            select(JobRun.job, JobRun.started_at, JobRun.finished_at, JobRun.error).join(
                last, (JobRun.job == last.c.job) & (JobRun.tick == last.c.tick)
            )
        ).all()
