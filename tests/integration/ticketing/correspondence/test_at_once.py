"""Several processes apply the same mail at the same instant: it acts once, on both engines."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from charters.database import db
from ticketing.correspondence.applying import apply
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.tables import MailEntry, Ticket


@pytest.mark.parametrize("boxes", ["one", "several"])
def test_the_same_mail_at_once_opens_one_ticket(app: Any, people: Any, mail: Any, now: Any, boxes: str) -> None:
    sent = mail()
    db.session.remove()
    barrier = threading.Barrier(4)

    def take(n: int) -> Outcome:
        with app.app_context():
            barrier.wait()
            received = Received(1, "desk", "k") if boxes == "one" else Received(n + 1, f"box{n}", "k")
            return apply(sent, received, now)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(take, range(4)))
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1
    assert db.session.scalar(select(func.count()).select_from(MailEntry)) == 1
    applied = [one for one in found if one.state == "applied"]
    assert len(applied) == (4 if boxes == "one" else 1)
    assert {one.kind for one in found if one.state != "applied"} <= {"duplicate"}
