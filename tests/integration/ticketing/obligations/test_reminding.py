"""Test the reminders of obligations: to whom, when, once each, and none for what was stated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from charters.database import db, writing
from charters.tables.access import Account, MandateRow
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.obligations import stating

HP = "hautes-pyrenees-2015"


@pytest.fixture
def told(app: Any, cast: Any) -> Callable[[date], list[tuple[str, str]]]:
    """Return a function that runs the job on a day, and gives (sigle, subject) of the letters that it wrote."""
    with app.app_context(), writing() as session:
        session.query(MandateRow).update({"starts_on": date(2026, 1, 5)})

    def on(day: date) -> list[tuple[str, str]]:
        with app.app_context():
            last = max(db.session.scalars(select(Letter.id)).all(), default=0)
            jobs.run("obligations", datetime(day.year, day.month, day.day, 5, 20, tzinfo=UTC))
            rows = db.session.execute(
                select(Account.sigle, Letter.subject)
                .join(Account, Account.id == Letter.account_id)
                .where(Letter.kind == "obligation", Letter.id > last)
                .order_by(Letter.id)
            )
            return [(sigle, subject) for sigle, subject in rows]

    return on


def test_the_owner_is_reminded_at_each_step_once(told: Any) -> None:
    assert told(date(2026, 9, 30)) == []
    first = told(date(2026, 10, 1))
    assert {sigle for sigle, _ in first} == {"a.admin"} and len(first) == 2
    assert first[0][1].startswith(
        "[Guichet] Votre partie doit, au plus tard le 31 octobre 2026 : Liste des correspondants"
    )
    assert told(date(2026, 10, 2)) == [] == told(date(2026, 10, 23))
    assert len(told(date(2026, 10, 24))) == 2
    assert told(date(2026, 10, 25)) == [] == told(date(2026, 11, 1))


def test_what_was_stated_is_not_reminded_of(app: Any, told: Any, actor_as: Any) -> None:
    with app.app_context():
        about = (HP, "liste-correspondants", "2026")
        typed = {"kind": "done", "on": "2026-10-01", "words": "Courrier du 1er octobre"}
        stating.state(actor_as("a.admin"), about, typed, datetime(2026, 10, 1, 5, 0, tzinfo=UTC))
    assert [subject.rpartition(" : ")[2][:9] for _, subject in told(date(2026, 10, 1))] == ["Liste des"]
    with app.app_context():
        assert db.session.scalars(select(Letter.subject).where(Letter.kind == "obligation")).all() == [
            "[Guichet] Votre partie doit, au plus tard le 31 octobre 2026 : Liste des gestionnaires de réseau en poste "
            "dans chaque collège"
        ]


def test_a_day_that_is_set_is_reminded_of_to_the_one_who_owes_alone(app: Any, told: Any, actor_as: Any) -> None:
    with app.app_context():
        about = (HP, "abandon-plate-forme", "evenement")
        stating.state(
            actor_as("a.admin"), about, {"kind": "planned", "on": "2027-08-31"}, datetime(2027, 1, 4, tzinfo=UTC)
        )
    assert told(date(2027, 1, 28)) == []
    assert [sigle for sigle, _ in told(date(2027, 1, 29))] == ["a.admin"]


def test_nobody_without_a_mandate_that_acts_is_written_to(app: Any, told: Any) -> None:
    with app.app_context(), writing() as session:
        session.query(MandateRow).filter(MandateRow.scope_id == "academie-toulouse").update(
            {"ends_on": date(2026, 9, 1)}
        )
    assert told(date(2026, 10, 1)) == []
