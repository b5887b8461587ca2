"""Test that a person's standing does not change under a write that has asked for it, on either engine."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from harness import cast as people

from charters.database import db, writing
from charters.entry import sessions
from charters.people import accounts
from charters.tables.access import MandateRow

D1, WHO = "departement-hautes-pyrenees", "d1.agent"


def suspend():
    accounts.suspend_organisation(D1, "Essai", actor=None, now=datetime.now(UTC))


def end_mandate():
    mandate = db.session.query(MandateRow.id).filter_by(account_id=accounts.account_id(WHO)).scalar()
    day = datetime.now(UTC).date() - timedelta(days=2)
    accounts.end_mandate(mandate, day, actor=None, now=datetime.now(UTC))


def log_out():
    account = accounts.account_id(WHO)
    sessions.close_sessions(account, actor=None, now=datetime.now(UTC))


@pytest.mark.parametrize("change", [suspend, end_mandate, log_out])
def test_who_changes_a_standing_waits_for_the_write_that_asked_for_it(any_app, cast, change):
    """So a suspension that is over comes after every write that it did not stop."""
    order, begun = [], threading.Event()

    def changes():
        with any_app.app_context():
            begun.set()
            change()
            order.append("changed")
            db.session.remove()

    with any_app.app_context():
        token = people.new_session(cast[WHO])
        login = sessions.login_of(token, zone="internet", now=datetime.now(UTC))
        thread = threading.Thread(target=changes)
        with writing():
            assert sessions.login_again(login.session_id, zone="internet", now=datetime.now(UTC)) is not None
            thread.start()
            assert begun.wait(60)
            thread.join(0.15)
            order.append("written")
        thread.join(60)
        assert order == ["written", "changed"]
        with writing():
            again = sessions.login_again(login.session_id, zone="internet", now=datetime.now(UTC))
        assert again is None or again.mandates == ()
