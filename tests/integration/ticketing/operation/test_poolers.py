"""Test Guichet through PgBouncer in transaction mode, and the patience of its pages with PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.apps import build_app
from harness.pgbouncer import pooled
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from charters import outages
from charters.database import db
from ticketing.operation import patience
from ticketing.tables import Ticket
from ticketing.tickets import desk

pytestmark = pytest.mark.postgresql
NOW = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def through_pooler(settings: Any, cast: Any) -> Iterator[Any]:
    """The application behind a pooler that shares two connections between all threads."""
    with pooled(settings.database_url, size=2) as url:
        app = build_app(settings.model_copy(update={"database_url": url, "database_pooler": True}))
        yield app
        with app.app_context():
            db.engine.dispose()


def test_tickets_opened_at_once_through_a_pooler_are_all_there(through_pooler: Any, actor_as: Any, draft: Any) -> None:
    with through_pooler.app_context():
        actor = actor_as("c11.cmi")
    together = threading.Barrier(6)

    def opened(turn: int) -> list[int]:
        together.wait(60)
        numbers = []
        for index in range(5):
            with through_pooler.app_context():
                numbers.append(desk.open_ticket(actor, draft(title=f"Imprimante {turn}.{index}"), [], NOW))
                db.session.remove()
        return numbers

    with ThreadPoolExecutor(6) as pool:
        numbers = [number for made in pool.map(opened, range(6)) for number in made]
    assert len(set(numbers)) == 30
    with through_pooler.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 30


def test_a_page_gives_up_a_statement_and_a_lock_that_take_too_long(settings: Any, app: Any) -> None:
    bounded, other = create_engine(settings.database_url), create_engine(settings.database_url)
    patience.limit(bounded, statement=2, lock=1)
    try:
        with other.begin() as holding:
            holding.execute(text("LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"))
            with bounded.connect() as waiting, pytest.raises(OperationalError) as locked:
                waiting.execute(text("SELECT count(*) FROM ticket"))
        with bounded.connect() as waiting, pytest.raises(OperationalError) as slow:
            waiting.execute(text("SELECT pg_sleep(60)"))
        assert outages.is_outage(locked.value) and outages.is_outage(slow.value), "both are answered by 503"
        with bounded.connect() as again:
            assert again.execute(text("SHOW statement_timeout")).scalar() == "2s"
    finally:
        bounded.dispose()
        other.dispose()


def test_the_size_of_the_pool_is_a_setting(settings: Any) -> None:
    app = build_app(settings.model_copy(update={"database_pool": 3}))
    with app.app_context():
        assert (db.engine.pool.size(), db.engine.pool._max_overflow) == (2, 1)  # type: ignore[attr-defined]
