"""What waits, fails or grows old in the database and on the disk, as gauges that are read when they are asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ticketing.arrivals import checklist
from ticketing.correspondence import watching
from ticketing.mail.incoming import boxes
from ticketing.operation import runs, schema
from ticketing.operation.paces import PACES


class Waiting:
    """A collector of prometheus_client; each `collect` asks the database anew."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterator[Any]:
        """Yield the gauges; where the database does not answer, only that it does not."""
        from prometheus_client.core import GaugeMetricFamily

        now = datetime.now(UTC)
        settings = self._app.config["GUICHET"]
        up = GaugeMetricFamily("guichet_up", "1 while the database answers at this program's migration")
        found: list[Any] = []
        with self._app.app_context():
            try:
                fits = schema.unfit() is None
                if fits:
                    found = [*_jobs(now), *_mails(settings, now)]
            except SQLAlchemyError:
                fits, found = False, []
        up.add_metric([], float(fits))
        yield up
        yield from found
        yield from _machine(settings, now)


def _jobs(now: datetime) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    age = GaugeMetricFamily("guichet_job_age_seconds", "Time since a job last began", labels=["job"])
    pace = GaugeMetricFamily("guichet_job_pace_seconds", "Time in which a job must begin again", labels=["job"])
    failed = GaugeMetricFamily("guichet_job_failed", "1 where a job's last run ended in an error", labels=["job"])
    for run in runs.latest():
        if run.job in PACES:
            age.add_metric([run.job], max((now - run.started_at).total_seconds(), 0.0))
            pace.add_metric([run.job], PACES[run.job].total_seconds())
            failed.add_metric([run.job], float(bool(run.error)))
    yield from (age, pace, failed)


def _mails(settings: Any, now: datetime) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    health = watching.health(boxes.read(settings.mailbox), now)
    count = GaugeMetricFamily("guichet_mails", "Mails by what becomes of them", labels=["state"])
    oldest = GaugeMetricFamily("guichet_mails_oldest_seconds", "Age of the oldest of them", labels=["state"])
    for state, number, since in (
        ("in", health.waiting, health.oldest_waiting),
        ("quarantined", health.quarantined, health.oldest_quarantined),
        ("out", health.leaving, health.oldest_leaving),
        ("failed", health.failed, None),
    ):
        count.add_metric([state], float(number))
        if state != "failed":
            oldest.add_metric([state], max((now - since).total_seconds(), 0.0) if since else 0.0)
    alarms = GaugeMetricFamily("guichet_mail_alarms", "Alarms of « guichet mail-health »")
    alarms.add_metric([], float(len(health.alarms)))
    yield from (count, oldest, alarms)


def _machine(settings: Any, now: datetime) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    free = GaugeMetricFamily("guichet_disk_free_bytes", "Room left on the disk of the data")
    free.add_metric([], float(shutil.disk_usage(settings.data_dir).free))
    yield free
    age = checklist.backup_age(settings.data_dir, now)
    if age is not None:
        days = GaugeMetricFamily("guichet_backup_age_days", "Age of the last backup")
        days.add_metric([], float(age))
        yield days
