"""Run the periodic jobs in a separate process: each tick of each job runs once, however many processes there are.

`ticketing.scheduler` keeps the pace. A row decides whether a job runs: a process claims the last due tick by inserting
it in `job_run`, and only one insert succeeds. A tick missed while the machine was off is run late; a tick whose process
was killed is taken over when its lease ends. Daily jobs run at UTC times, away from 2 h to 3 h in Paris, an hour that
happens twice in October.
"""

from __future__ import annotations

import logging
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from charters import letters as mails
from charters.database import db, reading, writing
from charters.entry import fido, renewal
from charters.journal import keeping, retention
from charters.keys import alerts, returns
from charters.people import accounts, leaving
from ticketing.articles import reminding
from ticketing.backups import saving
from ticketing.committees import packs
from ticketing.correspondence import replaying, taking_in, watching
from ticketing.exchange import gaps, outgoing, reconciliation, sending
from ticketing.figures import nightly
from ticketing.files import quarantine, receiving
from ticketing.following import writers
from ticketing.in_force import campaign_scope, coverage, routing
from ticketing.interruptions import letters as interruption_letters
from ticketing.mail import delivery, letters, undelivered
from ticketing.mail.incoming import boxes, fetching
from ticketing.obligations import reminding as obligation_reminding
from ticketing.operation import limits, silence
from ticketing.operation.paces import PACES, WEEK
from ticketing.oversight import reading_reports
from ticketing.personal_data import purging
from ticketing.presets import repeating
from ticketing.suggesting import learning
from ticketing.tables import Attachment, FormToken, JobRun
from ticketing.tickets import desk, indexing, reindexing
from ticketing.workbench import absences, giving

log = logging.getLogger("guichet.jobs")

LEASE = timedelta(minutes=30)
DAY = timedelta(days=1)
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
    covered = {academie: coverage.administered(conventions, academie) for academie in conventions.academies}
    return sorted(academie for academie, ids in covered.items() if ids is None or organisation in ids)


def drain_outbox(now: datetime) -> int:
    """Send the due notices and letters, after writing those that requests for a new PIN and locks of keys call for.

    While Guichet is stopped for maintenance, or in a restored copy, nothing is sent.
    """
    if silence.quiet(_settings().data_dir):
        return 0
    renewal.answer_resets(now)
    tell_locks(now)
    undelivered.tell(lambda academie: coverage.administered(routing.router().conventions, academie), now)
    # Letters first: who asked for a new PIN waits for it, whatever the number of notices.
    return letters.drain(_settings(), now, reading_reports.as_it_leaves) + delivery.drain(_settings(), now)


def fetch_mail(now: datetime) -> int:
    """Fetch the boxes, take in the mails that wait, and tell the administrators what fails; return how many mails.

    What a suspension kept aside, and that is lifted since, is among those that wait.
    While Guichet is stopped for maintenance, or in a restored copy, mails stay in their boxes.
    """
    if silence.quiet(_settings().data_dir):
        return 0
    fetched = fetching.fetch(boxes.read(_settings().mailbox), now)
    replaying.release(now)
    taken = taking_in.take_in_waiting(now)
    watching.watch(now)
    return max(fetched, taken)


def exchange(now: datetime) -> int:
    """Write to the other tools what happened to their tickets and what is missing here, and send what is due."""
    if silence.quiet(_settings().data_dir):
        return 0
    outgoing.follow(now)
    gaps.ask(now)
    return sending.drain(_settings(), now)


def reconcile(now: datetime) -> int:
    """Write the night's comparison to each of the other tools."""
    return reconciliation.write(now)


def close_resolved(now: datetime) -> int:
    """Close the tickets that have been resolved for the days of grace."""
    return desk.close_resolved(now, _settings().resolved_close_days)


def wake_tickets(now: datetime) -> int:
    """Take off hold the tickets that waited until today, and give back the urgent ones of who is away from today on."""
    return desk.wake(now) + absences.offer(now)


def give_tickets(now: datetime) -> int:
    """Give new tickets to the members of teams, where a side set a rule."""
    return giving.give(now)


def remind_requesters(now: datetime) -> int:
    """Remind who was asked and did not answer, then close, by the rules of the parties."""
    return desk.remind(now)


def alert_referents(now: datetime) -> int:
    """Tell référents of late tickets and of those on which nobody acted, by the rules of the parties."""
    return desk.alert(now)


def lapse_contests(now: datetime) -> int:
    """Say of the contests whose term has passed that their two sides did not settle them."""
    return desk.lapse(now)


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
    """Fold yesterday's history into figures, after a run of the day that is under way. Raises nightly.Busy."""
    patience = clock.monotonic() + nightly.CLAIM.total_seconds()
    while True:
        try:
            return nightly.write_nightly(now).tickets
        except nightly.Busy:
            if clock.monotonic() > patience:
                raise
            clock.sleep(0.5)


def follow_facts(now: datetime) -> int:
    """Bring the facts of the question bar up to now; a run that is under way does it instead."""
    try:
        return nightly.follow(now).tickets
    except nightly.Busy:
        return 0


def learn(now: datetime) -> int:
    """Count anew the words of tickets closed lately, by which subjects are proposed."""
    return learning.learn(now)


def tidy(now: datetime) -> int:
    """Remove files without a row, old ticks, old form tokens, dead links and challenges."""
    with reading() as session:
        known = set(session.execute(select(Attachment.path)).scalars())
    gone = receiving.sweep(receiving.files_folder(), known, now.timestamp())
    with writing() as session:
        session.execute(delete(JobRun).where(JobRun.tick < now - KEEP))
        session.execute(delete(FormToken).where(FormToken.used_at < now - KEEP))
    renewal.forget_old(now)
    learning.forget_old(now)
    mails.forget_told(now - 400 * DAY)
    fido.forget_challenges(now)
    limits.forget_old(now)
    writers.forget_old(now)
    absences.forget_old(now)
    return gone


def ask_antivirus(now: datetime) -> int:
    """Ask the antivirus again about the files that it has not checked."""
    clamav = _settings().clamav
    return quarantine.rescan(receiving.files_folder(), clamav, now, indexing.released) if clamav else 0


def reindex(now: datetime) -> int:
    """Index again the tickets of people whose names changed."""
    return reindexing.reindex()


def back_up(now: datetime) -> int:
    """Make the night's backup, where the operator says in which folder."""
    settings = _settings()
    if settings.backup_dir is None or silence.kept(settings.data_dir):
        return 0
    data = settings.data_dir.resolve()
    saving.save(settings.backup_dir, data=data, key=settings.backup_key, keep=settings.backup_keep, now=now)
    return 1


JOBS: dict[str, Job] = {
    "outbox": Job(drain_outbox, PACES["outbox"]),
    "mail-in": Job(fetch_mail, PACES["mail-in"]),
    "exchange": Job(exchange, PACES["exchange"]),
    "reconcile": Job(reconcile, PACES["reconcile"], time(23, 40)),
    "antivirus": Job(ask_antivirus, PACES["antivirus"]),
    "index": Job(reindex, PACES["index"]),
    "close-resolved": Job(close_resolved, PACES["close-resolved"]),
    "wake": Job(wake_tickets, PACES["wake"]),
    "give": Job(give_tickets, PACES["give"]),
    "remind": Job(remind_requesters, PACES["remind"]),
    "alert": Job(alert_referents, PACES["alert"]),
    "contests": Job(lapse_contests, PACES["contests"]),
    "let-go": Job(let_go, PACES["let-go"]),
    "expire-mandates": Job(expire_mandates, PACES["expire-mandates"], time(23, 10)),
    "interruptions": Job(tell_interruptions, PACES["interruptions"]),
    "campaign": Job(follow_campaign, PACES["campaign"], time(23, 20)),
    "obligations": Job(obligation_reminding.remind, PACES["obligations"], time(5, 20)),
    "keys-to-return": Job(remind_of_keys, PACES["keys-to-return"], time(5, 10)),
    "journal-head": Job(tell_journal_head, PACES["journal-head"], time(22, 50)),
    "journal-witness": Job(note_journal_end, PACES["journal-witness"]),
    "readings": Job(report_readings, PACES["readings"], time(4, 40)),
    "repeated": Job(repeating.open_due, PACES["repeated"], time(4, 15)),
    "articles": Job(reminding.remind, PACES["articles"], time(4, 30)),
    "facts": Job(nightly_facts, PACES["facts"], time(3, 10)),
    "facts-today": Job(follow_facts, PACES["facts-today"]),
    "packs": Job(packs.make_asked, PACES["packs"]),
    "learn": Job(learn, PACES["learn"], time(3, 50)),
    "purge": Job(purge, PACES["purge"], time(3, 25)),
    "backup": Job(back_up, PACES["backup"], time(2, 30)),
    "tidy": Job(tidy, PACES["tidy"], time(3, 40)),
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
