"""Two people, clicks or processes act at the same time: nothing is lost and nothing happens twice, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from charters.database import db, reading
from charters.journal import audit
from charters.permissions import perimeter
from ticketing import jobs, scheduler
from ticketing.tables import JobRun, Ticket, TicketCount, TicketEvent
from ticketing.tickets import desk, queries


def together(app: Any, acts: list[Callable[[], Any]]) -> list[Any]:
    """Run the acts at the same instant, each in its own application context; return results or exceptions."""
    db.session.remove()
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                return act()
            except Exception as raised:
                return raised

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_the_second_to_save_gets_both_texts(app: Any, people: Any, draft: Any, now: Any) -> None:
    cmi, agent, referent = people("c11.cmi"), people("d1.agent"), people("d1.ref")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(agent, number, 1, now)
    results = together(
        app,
        [
            lambda: desk.resolve(agent, number, 2, "Texte de Nadia.", now),
            lambda: desk.hold(referent, number, 2, "autre", "Texte de Mathieu.", now),
        ],
    )
    stale = [result for result in results if isinstance(result, desk.Stale)]
    assert len(stale) == 1 and results.count(None) == 1
    assert "Texte de" in next(str(value) for value in stale[0].yours.values() if "Texte" in str(value))
    db.session.rollback()
    assert db.session.scalar(select(Ticket.version)) == 3
    assert stale[0].current.version == 3


def test_the_same_form_at_once_opens_one_ticket(app: Any, people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    results = together(app, [lambda: desk.open_ticket(cmi, draft(), [], now, token="same")] * 4)
    assert len(set(results)) == 1 and isinstance(results[0], int), results
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1
    assert db.session.scalar(select(func.count()).select_from(TicketEvent)) == 1


def test_many_at_once_are_all_kept_and_counted(app: Any, people: Any, draft: Any, now: Any) -> None:
    cmi, other, agent = people("c11.cmi"), people("c12.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)

    def work(index: int) -> None:
        for round_ in range(3):
            if index % 2:
                desk.comment(cmi, number, f"{index}-{round_}", now=now)
            else:
                who, where = (cmi, "desaix-tarbes") if index % 4 else (other, "victor-hugo-tarbes")
                desk.open_ticket(who, draft(etablissement=where), [], now)

    results = together(app, [lambda index=index: work(index) for index in range(4)])
    assert results == [None] * 4, results
    db.session.rollback()
    view = queries.ticket(perimeter(agent), agent, number)
    assert len(view.events) == 1 + 6
    assert queries.counts(perimeter(agent), now)["new"] == 1 + 6
    total = db.session.scalar(
        select(TicketCount.n).where(TicketCount.key == "chef:desaix-tarbes", TicketCount.kind == "state")
    )
    assert total == 1 + 3
    assert audit.verify().ok


def test_each_tick_runs_once(app: Any, people: Any, now: Any) -> None:
    ran: list[datetime] = []
    job = jobs.Job(lambda moment: ran.append(moment) or 1, timedelta(seconds=20))
    for beat in range(5):
        moment = now + timedelta(seconds=20 * beat + 3)
        results = together(app, [lambda moment=moment: jobs.tick("test", moment, job)] * 4)
        assert sorted(map(str, results)) == ["False"] * 3 + ["True"], results
    assert len(ran) == 5
    assert db.session.scalar(select(func.count()).select_from(JobRun).where(JobRun.finished_at.is_not(None))) == 5


def test_a_tick_whose_process_was_killed_is_taken_over(people: Any, now: Any) -> None:
    due = jobs.JOBS["facts"].last_due(now)
    assert jobs.claim("facts", due, now)
    assert not jobs.claim("facts", due, now + jobs.LEASE / 2)
    assert jobs.claim("facts", due, now + jobs.LEASE)
    assert not jobs.claim("facts", due, now + jobs.LEASE)


def test_a_job_that_fails_is_told_and_not_run_again(people: Any, now: Any) -> None:
    job = jobs.Job(lambda moment: 1 // 0, timedelta(seconds=20))
    with pytest.raises(ZeroDivisionError):
        jobs.tick("broken", now, job)
    assert not jobs.tick("broken", now, job)
    assert "ZeroDivisionError" in db.session.scalar(select(JobRun.error))


def test_every_job_runs(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(people("d1.agent"), number, 1, now)
    desk.resolve(people("d1.agent"), number, 2, "Fait.", now)
    later = now + timedelta(days=11)
    for name in jobs.JOBS:
        assert jobs.tick(name, later) and not jobs.tick(name, later)
    assert queries.ticket(perimeter(cmi), cmi, number).state == "closed"
    assert db.session.scalar(text("SELECT count(*) FROM notice WHERE state = 'pending'")) == 2  # the closing's own
    jobs.run("outbox", later)
    assert db.session.scalar(text("SELECT count(*) FROM notice WHERE state = 'pending'")) == 0


def test_the_scheduler_beats(app: Any, people: Any, draft: Any) -> None:
    from apscheduler.schedulers.background import BackgroundScheduler

    desk.open_ticket(people("c11.cmi"), draft(), [], datetime.now(UTC) - timedelta(minutes=1))
    db.session.remove()
    # As `jobs.serve` sets it: a beat that comes late on a slow machine is still run.
    beating = BackgroundScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    scheduler.add_jobs(beating, app)
    beating.start()
    try:
        deadline = datetime.now(UTC) + timedelta(minutes=10)
        while datetime.now(UTC) < deadline:
            with reading() as session:  # a plain BEGIN, because on SQLite any other would block the jobs
                sent = session.scalar(text("SELECT count(*) FROM notice WHERE state = 'sent'"))
                ran = session.scalar(select(func.count()).select_from(JobRun).where(JobRun.finished_at.is_not(None)))
            if sent and ran == len(jobs.JOBS):
                break
            threading.Event().wait(0.1)
        else:
            pytest.fail("the jobs did not all run")
    finally:
        beating.shutdown(wait=True)
    assert not db.session.scalars(select(JobRun.error).where(JobRun.error != "")).all()


def test_the_figures_of_the_night_wait_for_those_of_the_day(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made, tries = jobs.nightly.write_nightly, []

    def busy_at_first(now: datetime) -> Any:
        tries.append(now)
        if len(tries) == 1:
            raise jobs.nightly.Busy
        return made(now)

    monkeypatch.setattr(jobs.nightly, "write_nightly", busy_at_first)
    with app.app_context():
        jobs.run("facts", datetime.now(UTC))
    assert len(tries) == 2


def test_ticks_keep_away_from_the_hour_that_happens_twice() -> None:
    for name, job in jobs.JOBS.items():
        if job.at is not None:
            assert not time(0) <= job.at < time(2), name  # 2 h to 3 h in Paris, summer or winter
    day = datetime(2026, 10, 25, tzinfo=UTC)
    ticks = {jobs.JOBS["facts"].last_due(day + timedelta(minutes=10 * n)) for n in range(144)}
    assert len(ticks) == 2  # the previous day's until 3 h 10, then that of the day
