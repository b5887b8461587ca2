"""The process that runs the jobs at their pace, all of them or a share.

APScheduler keeps the pace; a row in the database decides which process runs a tick (`ticketing.jobs`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from ticketing import jobs
from ticketing.operation.stopping import told_to_stop

log = logging.getLogger("guichet.jobs")

#: The jobs that carry mails: an operator may give them a process of their own (`guichet scheduler --only courriels`).
MAILS = frozenset({"outbox", "mail-in", "exchange", "reconcile"})
SHARES: dict[str, frozenset[str]] = {
    "tout": frozenset(jobs.JOBS),
    "courriels": MAILS,
    "travaux": frozenset(jobs.JOBS) - MAILS,
}


def run_scheduler(app: Flask, share: str = "tout") -> None:
    """Run the jobs of this share until the process is told to stop; a job in progress is allowed to finish."""
    from apscheduler.schedulers.background import BackgroundScheduler

    stopped = told_to_stop()
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    names = [name for name in jobs.JOBS if name in SHARES[share]]
    add_jobs(scheduler, app, names)
    log.info("scheduler starts: %s", ", ".join(names))
    scheduler.start()
    stopped.wait()
    log.info("scheduler stops")
    scheduler.shutdown(wait=True)


def add_jobs(scheduler: Any, app: Flask, names: Iterable[str] = jobs.JOBS) -> None:
    """Add these jobs to the scheduler, to run at once and then at their pace, and a listener that logs errors."""
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED

    def listener(event: Any) -> None:
        if event.code == EVENT_JOB_ERROR:
            log.error("job %s failed", event.job_id, exc_info=event.exception)
        else:
            log.warning("job %s missed its beat", event.job_id)

    scheduler.add_listener(listener, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    for name in names:
        scheduler.add_job(
            beat,
            "interval",
            args=(app, name),
            id=name,
            seconds=min(jobs.JOBS[name].every.total_seconds(), 60),
            next_run_time=datetime.now(UTC),
        )


def beat(app: Flask, name: str) -> None:
    """Run one beat of a job, in an application context of its own."""
    with app.app_context():
        jobs.tick(name, datetime.now(UTC))
