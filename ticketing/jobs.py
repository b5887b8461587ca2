"""Run the periodic jobs in a separate process: each tick of each job runs once, however many processes there are.

APScheduler only keeps the pace. A row decides whether a job runs: a process claims the last due tick by inserting it in
`job_run`, and only one insert succeeds. A tick missed while the machine was off is run late; a tick whose process was
killed is taken over when its lease ends. Daily jobs run at UTC times, away from 2 h to 3 h in Paris, an hour that
happens twice in October.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from charters import letters as mails
from charters.database import db, reading, writing
from charters.entry import fido, renewal
from charters.journal import keeping, retention
from charters.keys import alerts, returns
from charters.people import accounts, leaving
from ticketing.amending import campaign_scope
from ticketing.figures import nightly
from ticketing.files import quarantine, receiving
from ticketing.in_force import coverage, routing
from ticketing.interruptions import letters as interruption_letters
from ticketing.mail import delivery, letters
from ticketing.operation import limits, maintenance
from ticketing.oversight import reading_reports
from ticketing.personal_data import purging
from ticketing.tables import Attachment, FormToken, JobRun
from ticketing.tickets import desk, indexing, reindexing

log = logging.getLogger("guichet.jobs")

LEASE = timedelta(minutes=30)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
KEEP = timedelta(days=30)  # job_run rows and form tokens
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its function (which returns how many things it did), its period, and its time of day in UTC.

    Only daily jobs and weekly jobs (on Mondays) have a time of day.
    """

    run: Callable[[datetime], int]
    every: timedelta
    at: time | None = None

    def last_due(self, now: datetime) -> datetime:
        """Return the last due tick: the latest multiple of `every`, or the latest day (or Monday) at `at`."""
        if self.at is not None:
            today = datetime.combine(now.astimezone(UTC).date(), self.at, UTC)
            due = today if today <= now else today - timedelta(days=1)
            return due - timedelta(days=due.weekday()) if self.every == WEEK else due
        return EPOCH + (now - EPOCH) // self.every * self.every


def _settings() -> Any:
    return current_app.config["GUICHET"]


def _administering(organisation: str) -> list[str]:
    """Return the académies that administer the people of an organisation."""
    conventions = routing.router().conventions
    covered = {academie: coverage.administered(conventions, academie) for academie in coverage.academies(conventions)}
    return sorted(academie for academie, ids in covered.items() if ids is None or organisation in ids)


def drain_outbox(now: datetime) -> int:
    """Send the due notices and letters, after writing those that requests for a new PIN and locks of keys call for.

    While Guichet is stopped for maintenance, nothing is sent.
    """
    if maintenance.stopped(_settings().data_dir) is not None:
        return 0
    renewal.answer_resets(now)
    tell_locks(now)
    return delivery.drain(_settings(), now) + letters.drain(_settings(), now, reading_reports.may_leave)


def close_resolved(now: datetime) -> int:
    """Close the tickets that have been resolved for the days of grace."""
    return desk.close_resolved(now, _settings().resolved_close_days)


def expire_mandates(now: datetime) -> int:
    """Close the sessions of people whose activity ended yesterday, and let go of what hung on them.

    Requests check the dates by themselves.
    """
    return accounts.expire(now) + leaving.sweep(now)


def let_go(now: datetime) -> int:
    """Let go of what still hangs on people who left: ends by a date, and ends that did not say so."""
    return leaving.sweep(now)


def tell_interruptions(now: datetime) -> int:
    """Write to the people whom an interruption concerns, once its notice period is reached (annexe 6, 3.1)."""
    return interruption_letters.tell(now)


def follow_campaign(now: datetime) -> int:
    """Open the October campaign, send its reminders and close it when due (agreement, II.2)."""
    return campaign_scope.follow(now)


def remind_of_keys(now: datetime) -> int:
    """Remind référents and chefs of the keys to get back; where there is none any more, the administrators."""
    return returns.remind(now, _administering)


def tell_locks(now: datetime) -> int:
    """Tell administrators of the keys and passwords that were locked."""
    return alerts.tell(lambda academie: coverage.administered(routing.router().conventions, academie), now)


def tell_journal_head(now: datetime) -> int:
    """Send the hash of the journal's last line to administrators, référents, and the address outside."""
    return retention.tell_head(now, address=_settings().journal_anchor_to)


def note_journal_end(now: datetime) -> int:
    """Keep the journal's end beside the database."""
    return keeping.note_end(now)


def report_readings(now: datetime) -> int:
    """Report last week's consultations outside an assignment to those whose perimeter was read (annexe 6, 3)."""
    return reading_reports.report(now)


def purge(now: datetime) -> int:
    """Delete what has reached the end of its retention: journal, personal data, copies of mails."""
    return purging.purge(_settings(), now).total


def nightly_facts(now: datetime) -> int:
    """Fold yesterday's history into figures."""
    return nightly.write_nightly(now).tickets


def tidy(now: datetime) -> int:
    """Remove files without a row, old ticks, old form tokens, dead links and challenges."""
    with reading() as session:
        known = set(session.execute(select(Attachment.path)).scalars())
    gone = receiving.sweep(receiving.files_folder(), known, now.timestamp())
    with writing() as session:
        session.execute(delete(JobRun).where(JobRun.tick < now - KEEP))
        session.execute(delete(FormToken).where(FormToken.used_at < now - KEEP))
    renewal.forget_old(now)
    mails.forget_told(now - 400 * DAY)
    fido.forget_challenges(now)
    limits.forget_old(now)
    return gone


def ask_antivirus(now: datetime) -> int:
    """Ask the antivirus again about the files that it has not checked."""
    clamav = _settings().clamav
    return quarantine.rescan(receiving.files_folder(), clamav, now, indexing.released) if clamav else 0


def reindex(now: datetime) -> int:
    """Index again the tickets of people whose names changed."""
    return reindexing.reindex()


JOBS: dict[str, Job] = {
    "outbox": Job(drain_outbox, timedelta(seconds=20)),
    "antivirus": Job(ask_antivirus, timedelta(minutes=2)),
    "index": Job(reindex, timedelta(minutes=1)),
    "close-resolved": Job(close_resolved, timedelta(hours=1)),
    "let-go": Job(let_go, timedelta(minutes=5)),
    "expire-mandates": Job(expire_mandates, timedelta(days=1), time(23, 10)),
    "interruptions": Job(tell_interruptions, timedelta(minutes=1)),
    "campaign": Job(follow_campaign, timedelta(days=1), time(23, 20)),
    "keys-to-return": Job(remind_of_keys, timedelta(days=1), time(5, 10)),
    "journal-head": Job(tell_journal_head, timedelta(days=1), time(22, 50)),
    "journal-witness": Job(note_journal_end, timedelta(minutes=1)),
    "readings": Job(report_readings, WEEK, time(4, 40)),
    "facts": Job(nightly_facts, timedelta(days=1), time(3, 10)),
    "purge": Job(purge, timedelta(days=1), time(3, 25)),
    "tidy": Job(tidy, timedelta(days=1), time(3, 40)),
}


def run(name: str, now: datetime) -> int:
    """Run a job now, whatever its ticks, and return how many things it did."""
    return JOBS[name].run(now)


def tick(name: str, now: datetime, job: Job | None = None) -> bool:
    """Run the job for its last due tick if no process has; return whether it ran here.

    An error of the job is stored, then raised.
    """
    job = job or JOBS[name]
    due = job.last_due(now)
    if not claim(name, due, now):
        return False
    error = ""
    try:
        done = job.run(now)
        if done:
            log.info("job %s: %s", name, done)
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"[:500]
        raise
    finally:
        with writing() as session:
            session.execute(
                update(JobRun)
                .where(JobRun.job == name, JobRun.tick == due)
                .values(finished_at=datetime.now(UTC), error=error)
            )
    return True


def claim(name: str, due: datetime, now: datetime) -> bool:
    """Whether this process, and no other, must run that tick."""
    with reading() as session:
        known = session.execute(
            select(JobRun.started_at, JobRun.finished_at).where(JobRun.job == name, JobRun.tick == due)
        ).one_or_none()
    if known is not None and (known.finished_at is not None or known.started_at > now - LEASE):
        return False
    with writing() as session:
        if known is None:
            dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
            statement = (
                dialect.insert(JobRun)
                .values(job=name, tick=due, started_at=now, finished_at=None, error="")
                .on_conflict_do_nothing()
                .returning(JobRun.job)
            )
        else:  # its process was killed: the first process that changes the start takes it over
            statement = (
                update(JobRun)
                .where(JobRun.job == name, JobRun.tick == due, JobRun.started_at == known.started_at)
                .values(started_at=now)
                .returning(JobRun.job)
            )
        return session.execute(statement).first() is not None


def run_scheduler(app: Flask) -> None:
    """Run the scheduler until the process is told to stop; a job in progress is allowed to finish."""
    from apscheduler.schedulers.background import BackgroundScheduler

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # a handler only sets a flag: it may interrupt any instruction
        signal.signal(number, lambda _number, _frame: stopped.set())
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    add_jobs(scheduler, app)
    log.info("scheduler starts: %s", ", ".join(JOBS))
    scheduler.start()
    stopped.wait()
    log.info("scheduler stops")
    scheduler.shutdown(wait=True)


def add_jobs(scheduler: Any, app: Flask) -> None:
    """Add every job to the scheduler, to run at once and then at its pace, and a listener that logs errors."""
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED

    def listener(event: Any) -> None:
        if event.code == EVENT_JOB_ERROR:
            log.error("job %s failed", event.job_id, exc_info=event.exception)
        else:
            log.warning("job %s missed its beat", event.job_id)

    scheduler.add_listener(listener, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    for name, job in JOBS.items():
        scheduler.add_job(
            beat,
            "interval",
            args=(app, name),
            id=name,
            seconds=min(job.every.total_seconds(), 60),
            next_run_time=datetime.now(UTC),
        )


def beat(app: Flask, name: str) -> None:
    """Run one beat of a job, in an application context of its own."""
    with app.app_context():
        tick(name, datetime.now(UTC))
