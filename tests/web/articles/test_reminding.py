"""The mail about articles whose day of review has passed: to whom, about what, once for each day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.rules import unseal
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.articles.tables import Article

NOW = datetime.now(UTC)
PAST = date(2026, 1, 5)
C11 = "side:desaix-tarbes"


@pytest.fixture
def written(client_as: Callable[[str], Any]) -> Callable[..., int]:
    """Return `written(sigle, title)`: publish an article and give its id."""

    def make(sigle: str, title: str, audience: str = "accord:hautes-pyrenees-2015") -> int:
        later = (date.today() + timedelta(days=300)).isoformat()
        typed = {"title": title, "words": "Rallumer", "audience": audience, "review_on": later}
        form = typed | {"services": "equipement-bureautique", "etape": "publier"}
        done = post(client_as(sigle), "/articles/nouveau", form)
        assert done.status_code == 303
        return int(done.headers["Location"].split("/")[2].split("#")[0])

    return make


def due(app: Any, *articles: int, on: date = PAST) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(Article).where(Article.id.in_(articles)).values(review_on=on))


def told(app: Any, since: int = 0) -> dict[str, str]:
    """Return sigle -> text of the letters written after the first `since`."""
    with app.app_context():
        query = select(Account.sigle, Letter).join(Letter, Letter.account_id == Account.id).order_by(Letter.id)
        rows = db.session.execute(query.where(Letter.kind == "articles-to-review")).all()[since:]
        assert len({sigle for sigle, _ in rows}) == len(rows), "one letter a person"
        return {sigle: unseal(one.message_id, one.body).decode().replace("\u00a0", " ") for sigle, one in rows}


def run(app: Any, now: datetime = NOW) -> int:
    with app.app_context():
        return jobs.run("articles", now)


def test_its_author_is_told_once_and_again_for_the_next_day_of_review(app: Any, written: Any) -> None:
    first, second, later = (written("d1.agent", title) for title in ("Zébulonade", "Tourniquet", "Pas encore"))
    assert run(app) == 0
    due(app, first, second)
    assert run(app) == 1
    ((sigle, text),) = told(app).items()
    assert sigle == "d1.agent" and "« Zébulonade »" in text and "5 janvier 2026" in text
    assert f"/articles/{second}" in text and f"/articles/{later}" not in text
    assert run(app, NOW + timedelta(days=1)) == 0, "once"
    due(app, first, on=PAST + timedelta(days=1))
    assert run(app, NOW + timedelta(days=2)) == 1


def test_where_the_author_no_longer_writes_who_answers_for_the_side_is_told(
    app: Any, written: Any, client_as: Any
) -> None:
    theirs, college = written("d1.agent", "Zébulonade"), written("c11.cmi", "Tourniquet", C11)
    withdrawn = written("d1.ref", "Retiré")
    post(client_as("d1.ref"), f"/articles/{withdrawn}/retirer", {})
    due(app, theirs, college, withdrawn)
    with app.app_context(), writing() as session:
        gone = update(Account).where(Account.sigle.in_(("d1.agent", "c11.cmi")))
        session.execute(gone.values(ends_on=date(2020, 1, 1)))
    assert run(app) == 2
    found = told(app)
    assert set(found) == {"d1.ref", "c11.chef"}, "neither another side nor who left"
    assert "Zébulonade" in found["d1.ref"] and "Tourniquet" not in found["d1.ref"] and "Retiré" not in found["d1.ref"]
    assert "Tourniquet" in found["c11.chef"] and "Zébulonade" not in found["c11.chef"]
