"""Rate limits count exactly over a span, for every person and under concurrency, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.operation import limits
from ticketing.tables import RateCount

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
LIMITER = limits.Limiter(login_tries=3, secret_key="a key of this test")


@pytest.fixture(autouse=True)
def three(monkeypatch):
    monkeypatch.setitem(limits.RULES, "export", replace(limits.RULES["export"], most=3))


def lines():
    return db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.event == "limit.reached"))


def test_so_many_in_a_span_then_none_until_it_ends(any_app):
    with any_app.app_context():
        assert [LIMITER.spend("export", "a", NOW + timedelta(seconds=n)) for n in range(3)] == [0, 0, 0]
        assert LIMITER.spend("export", "a", NOW + timedelta(seconds=60)) == 541
        assert LIMITER.spend("export", "a", NOW + timedelta(seconds=599)) == 2
        assert LIMITER.spend("export", "b", NOW + timedelta(seconds=60)) == 0, "one does not wait for another"
        assert LIMITER.spend("poster", "a", NOW + timedelta(seconds=60)) == 0, "nor one thing for another"
        assert lines() == 1, "one line a span, however long one insists"
        assert LIMITER.spend("export", "a", NOW + timedelta(minutes=10)) == 0


def test_asking_on_does_not_make_the_wait_longer(any_app):
    with any_app.app_context():
        for second in range(20):
            LIMITER.spend("export", "a", NOW + timedelta(seconds=second))
        assert LIMITER.spend("export", "a", NOW + timedelta(minutes=10)) == 0


def test_at_the_same_time_no_more_pass_than_the_rule_says(any_app):
    def one(_n):
        with any_app.app_context():
            return LIMITER.spend("export", "a", NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(24)))[:4] == [0, 0, 0, 601]
    with any_app.app_context():
        assert lines() == 1


def test_no_address_is_kept_and_counts_go_after_a_day(any_app):
    with any_app.app_context():
        LIMITER.spend("export", "192.0.2.77", NOW)
        [bucket] = db.session.scalars(select(RateCount.bucket))
        assert "192" not in bucket and bucket.startswith("export:")
        with writing():
            pass
        assert limits.forget_old(NOW + timedelta(hours=23)) == 0
        assert limits.forget_old(NOW + timedelta(hours=25)) == 1
