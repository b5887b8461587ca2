"""Mails are kept before anything else, once for each box, and settled once whatever fails on the way (MEL-01)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.incoming import acting, raw
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from charters.database import db, writing
from ticketing.correspondence import replaying, taking_in
from ticketing.errors import NotFound
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail, IncomingRaw

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
ASIDE = Outcome("quarantined", "unknown-sender", "Personne n’a cette adresse.")
APPLIED = Outcome("applied", "opened", "Le courriel ouvre un ticket.", ticket=12)


@pytest.fixture
def context(any_app: Any) -> Any:
    with any_app.app_context():
        yield any_app
        db.session.remove()


def _rows() -> Any:
    db.session.rollback()
    return db.session.execute(select(IncomingMail.__table__).order_by(IncomingMail.id)).all()


def test_mel_01_a_mail_kept_five_times_is_one_row_with_its_bytes(context: Any) -> None:
    content = raw(1) + bytes(range(256))
    kept = [store.keep(content, "a", NOW) for _ in range(5)]
    assert [one.known for one in kept] == [False, True, True, True, True]
    assert len({one.id for one in kept}) == len(_rows()) == 1
    assert store.raw_of(kept[0].id) == content
    assert _rows()[0].claimed == "nadia.benali@college-desaix.example"


def test_mel_01_the_same_mail_in_two_boxes_is_two_rows_and_one_act(context: Any, monkeypatch: Any) -> None:
    applying = acting(monkeypatch, APPLIED)
    first, second = store.keep(raw(1), "a", NOW), store.keep(raw(1), "b", NOW)
    assert taking_in.take_in_waiting(NOW) == 2
    assert [received.id for _, received in applying.given] == [first.id]
    assert [(row.box, row.state, row.kind, row.ticket_id) for row in _rows()] == [
        ("a", "applied", "opened", 12),
        ("b", "ignored", "duplicate", 12),
    ]
    assert second.id != first.id


def test_a_copy_whose_first_was_set_aside_is_judged_anew_under_the_same_number(context: Any, monkeypatch: Any) -> None:
    first, _ = store.keep(raw(1), "a", NOW), store.keep(raw(1), "b", NOW)
    outcomes = iter((ASIDE, APPLIED))
    applying = acting(monkeypatch, lambda mail, received: next(outcomes))
    taking_in.take_in_waiting(NOW)
    assert [received.id for _, received in applying.given] == [first.id, first.id]
    assert [row.state for row in _rows()] == ["quarantined", "applied"]


def test_copies_that_come_at_once_name_one_first(context: Any) -> None:
    barrier = threading.Barrier(4)

    def keep(box: str) -> None:
        with context.app_context():
            barrier.wait()
            store.keep(raw(1), box, NOW)
            db.session.remove()

    threads = [threading.Thread(target=keep, args=(box,)) for box in ("a", "b", "c", "a")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = _rows()
    assert [row.box for row in sorted(rows, key=lambda row: row.box)] == ["a", "b", "c"]
    assert [row.twin_of for row in rows] == [None, rows[0].id, rows[0].id]


def test_a_mail_that_fails_is_tried_five_times_then_set_aside_and_holds_back_no_other(
    context: Any, monkeypatch: Any
) -> None:
    bad, good = store.keep(raw(1, subject="poison"), "a", NOW), store.keep(raw(2), "a", NOW)

    def apply(mail: Any, received: Any) -> Outcome:
        if received.id == bad.id:
            raise ZeroDivisionError
        return APPLIED

    applying = acting(monkeypatch, apply)
    for hours in range(8):
        taking_in.take_in_waiting(NOW + timedelta(hours=hours))
    rows = {row.id: row for row in _rows()}
    assert (rows[good.id].state, rows[good.id].attempts) == ("applied", 1)
    assert (rows[bad.id].state, rows[bad.id].kind, rows[bad.id].reason) == (
        "quarantined",
        "unreadable",
        taking_in.UNREADABLE,
    )
    assert sum(received.id == bad.id for _, received in applying.given) == store.TRIES


def test_a_mail_that_kills_its_process_is_set_aside_as_well(context: Any, monkeypatch: Any) -> None:
    applying = acting(monkeypatch, APPLIED)
    kept = store.keep(raw(1), "a", NOW)
    for hours in range(store.TRIES):  # each process claims it, and dies
        assert store.claim(kept.id, NOW + timedelta(hours=hours)) is not None
    taking_in.take_in_waiting(NOW + timedelta(hours=9))
    assert (_rows()[0].state, _rows()[0].kind, applying.given) == ("quarantined", "unreadable", [])


def test_an_outage_is_raised_and_not_counted_as_a_try(context: Any, monkeypatch: Any) -> None:
    error = OSError(28, "No space left on device")
    acting(monkeypatch, error)
    kept = store.keep(raw(1), "a", NOW)
    for _ in range(store.TRIES + 2):
        with pytest.raises(OSError):
            taking_in.take_in(kept.id, NOW)
    assert (_rows()[0].state, _rows()[0].attempts) == ("parsed", 0)
    acting(monkeypatch, APPLIED)
    assert taking_in.take_in(kept.id, NOW) == APPLIED


def test_a_mail_that_another_process_has_is_left_to_it_until_its_lease_ends(context: Any, monkeypatch: Any) -> None:
    applying = acting(monkeypatch, APPLIED)
    kept = store.keep(raw(1), "a", NOW)
    assert store.claim(kept.id, NOW) is not None
    outcome = taking_in.take_in(kept.id, NOW)
    assert outcome is not None
    assert (outcome.state, applying.given, store.waiting(NOW, 9)) == ("received", [], [])
    assert taking_in.take_in(kept.id, NOW + store.LEASE + timedelta(seconds=1)) == APPLIED


def test_a_replay_judges_anew_what_was_set_aside_and_nothing_else(context: Any, monkeypatch: Any) -> None:
    acting(monkeypatch, ASIDE)
    kept = store.keep(raw(1), "a", NOW)
    assert taking_in.take_in(kept.id, NOW) == ASIDE
    assert replaying.quarantined() == [kept.id]
    acting(monkeypatch, APPLIED)
    assert replaying.replay(kept.id, NOW) == APPLIED
    with pytest.raises(NotFound):
        replaying.replay(kept.id, NOW)
    with pytest.raises(NotFound):
        replaying.replay(kept.id + 1, NOW)
    assert replaying.quarantined() == []


def test_the_beginning_of_a_mail_too_large_is_set_aside_and_never_acted_on(context: Any, monkeypatch: Any) -> None:
    applying = acting(monkeypatch, APPLIED)
    start = raw(1, text="x" * 2_000_000)
    kept = store.keep_beginning(start, 50_000_000, "a", "Trop lourd.", NOW)
    assert taking_in.take_in_waiting(NOW) == 1
    row = _rows()[0]
    assert (row.state, row.kind, row.whole, row.size) == ("quarantined", "refused", False, 50_000_000)
    assert row.reason == "Trop lourd."
    assert store.raw_of(kept.id) == start[: store.BEGINNING]
    with pytest.raises(NotFound):
        replaying.replay(kept.id, NOW)
    assert applying.given == []


def test_masked_words_and_forgotten_mails_leave_no_bytes(context: Any, monkeypatch: Any) -> None:
    acting(monkeypatch, Outcome("applied", "comment", "Commentaire.", ticket=3, event=44))
    kept = store.keep(raw(1, subject="Zkmot"), "a", NOW)
    taking_in.take_in(kept.id, NOW)
    with writing() as session:
        store.mask(session, 3, 44)
    assert (_rows()[0].subject, store.raw_of(kept.id)) == ("", None)
    with writing() as session:
        assert store.forget(session, IncomingMail.ticket_id == 3) == 1
    assert db.session.scalar(select(func.count()).select_from(IncomingRaw)) == len(_rows()) == 0


def test_an_error_of_the_base_while_keeping_acknowledges_nothing(context: Any, monkeypatch: Any) -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(store, "_lock", broken)
    with pytest.raises(OperationalError):
        store.keep(raw(1), "a", NOW)
    assert _rows() == []
