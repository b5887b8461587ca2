"""A visit takes as its own only what its own block wrote on: not what somebody else changed at that instant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from harness import cast as people
from sqlalchemy import update

from charters import visits
from charters.database import db, writing
from charters.journal import audit
from charters.people import accounts
from charters.tables.access import Account, MandateRow, OtpKey, WebSession


class Learning:
    """A standing that always holds, and counts how often the visit learnt what it changed."""

    def __init__(self):
        self.learnt = 0

    def ask(self):
        pass

    def learn(self):
        self.learnt += 1


@pytest.fixture
def standing(any_app, cast):
    with any_app.app_context():
        people.new_session(cast["d1.agent"])
        visits.begin(lambda: datetime.now(UTC))
        found = Learning()
        visits.watch(found)
        yield found
        visits.end()
        db.session.remove()


def test_security_a_block_that_writes_elsewhere_learns_nothing(standing):
    """Defect: every block read the standing again at its end, and took for its own what had changed under it."""
    with writing() as session:
        session.execute(update(OtpKey).values(label="clé du bureau"))
        audit.record("journal.read", sigle="d1.agent", zone="internet", subject="", now=datetime.now(UTC))
    assert standing.learnt == 0


@pytest.mark.parametrize("table", [Account, MandateRow, WebSession])
def test_a_block_that_writes_on_a_standing_learns_it_once(standing, table):
    with writing() as session:
        session.execute(update(table).where(table.id == 1).values(id=1))
    with writing():
        pass
    assert standing.learnt == 1


def test_a_change_that_is_only_flushed_at_the_end_is_learnt_too(standing):
    with writing() as session:
        session.get_one(Account, accounts.account_id("d1.agent")).first_name = "Autre"
    assert standing.learnt == 1
