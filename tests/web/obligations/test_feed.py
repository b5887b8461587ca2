"""Test the calendar at a secret address: shown once, kept as a hash, revoked, ended; and what it holds."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from harness.http import post
from icalendar import Calendar
from sqlalchemy import select

from charters.database import db, writing
from charters.tables.access import Account, JournalLine, MandateRow, OrganisationSuspension, OtpKey
from charters.tables.keys import PersonalLink
from ticketing.operation import limits

HP = "hautes-pyrenees-2015"
NOW = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def text(response: Any) -> str:
    return html.unescape(response.get_data(as_text=True))


def made(client: Any) -> str:
    """Make an address, and return its path."""
    answer = post(client, "/compte/calendrier")
    found = re.search(r"https?://[^/]+(/calendrier/[\w-]+\.ics)", text(answer))
    assert found, text(answer)
    return found[1]


def summaries(answer: Any) -> list[str]:
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return [str(one["summary"]) for one in Calendar.from_ical(answer.get_data(as_text=True)).walk("VEVENT")]


def test_the_address_is_shown_once_and_kept_as_a_hash(app: Any, client_as: Callable[[str], Any]) -> None:
    client = client_as("a.admin")
    assert "Vous n’avez pas d’adresse." in text(client.get("/compte/calendrier"))
    path = made(client)
    token = path.removeprefix("/calendrier/").removesuffix(".ics")
    assert len(token) > 40 and token not in text(client.get("/compte/calendrier"))
    with app.app_context():
        row = db.session.scalars(select(PersonalLink).where(PersonalLink.purpose == "calendar")).one()
        assert token not in row.token_hash and len(row.token_hash) == 64
        events = db.session.scalars(select(JournalLine.event).where(JournalLine.event.like("feed.%"))).all()
        assert events == ["feed.made"]
        details = str(db.session.execute(select(JournalLine.__table__)).all())
        assert token not in details


def test_the_calendar_holds_the_days_and_no_person(app: Any, client_as: Callable[[str], Any]) -> None:
    client = client_as("a.admin")
    words = "Courrier de Madame Untel du 12 octobre"
    typed = {"kind": "done", "on": "2026-10-12", "words": words}
    post(client, f"/obligations/{HP}/liste-correspondants/2026", typed)
    post(client, f"/obligations/{HP}/comite-evaluation/2026", {"kind": "planned", "on": "2027-03-16"})
    answer = app.test_client().get(made(client))
    found = summaries(answer)
    assert "Liste des correspondants maintenance informatique en poste dans chaque collège (déclarée faite)" in found
    assert "Réunion du comité d’évaluation" in found
    told = answer.get_data(as_text=True).replace("\r\n ", "")
    assert "20270702" in told and "20270316" in told and "20270228" in told  # the socle, the meeting, the notice
    assert "Untel" not in told and "Vidalon" not in told and "a.admin" not in told
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_revoked_or_replaced_or_unknown_address_gives_nothing(app: Any, client_as: Callable[[str], Any]) -> None:
    client, anybody = client_as("d1.ref"), app.test_client()
    first = made(client)
    second = made(client)
    assert anybody.get(first).status_code == 404 and anybody.get(second).status_code == 200
    assert post(client, "/compte/calendrier/revoquer").status_code == 303
    assert anybody.get(second).status_code == 404
    assert post(client, "/compte/calendrier/revoquer").status_code == 404
    assert anybody.get("/calendrier/inconnu.ics").status_code == 404


def test_it_holds_nothing_once_the_mandate_is_over_and_ends_with_the_activity(
    app: Any, client_as: Callable[[str], Any], cast: Any
) -> None:
    path, anybody = made(client_as("d1.ref")), app.test_client()
    assert summaries(anybody.get(path))
    account = cast["d1.ref"].account_id
    with app.app_context(), writing() as session:
        session.query(MandateRow).filter(MandateRow.account_id == account).update({"ends_on": date(2026, 11, 29)})
    assert summaries(anybody.get(path)) == []
    with app.app_context(), writing() as session:
        session.get_one(Account, account).ends_on = date(2026, 11, 29)
    assert anybody.get(path).status_code == 404


def test_it_gives_nothing_while_the_organisation_is_suspended(app: Any, client_as: Callable[[str], Any]) -> None:
    path = made(client_as("d1.ref"))
    with app.app_context(), writing() as session:
        session.add(
            OrganisationSuspension(
                organisation="departement-hautes-pyrenees", reason="essai", suspended_at=NOW, suspended_by="a.admin"
            )
        )
    assert app.test_client().get(path).status_code == 404


def test_security_whoever_has_no_key_reads_it_from_the_intranet_alone(
    app: Any, client_as: Callable[[str], Any], cast: Any
) -> None:
    path, anybody = made(client_as("a.admin")), app.test_client()
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    inside, outside = {"REMOTE_ADDR": "10.1.2.3"}, {"REMOTE_ADDR": "203.0.113.9"}
    assert summaries(anybody.get(path, environ_base=outside))
    with app.app_context(), writing() as session:
        session.query(OtpKey).filter_by(account_id=cast["a.admin"].account_id).update({"state": "returned"})
    assert anybody.get(path, environ_base=outside).status_code == 404
    assert summaries(anybody.get(path, environ_base=inside))


@pytest.mark.parametrize("sigle", ["c11.chef", "c11.cmi", "d1.agent", "a.lecture"])
def test_whoever_signs_nothing_has_no_address(client_as: Callable[[str], Any], sigle: str) -> None:
    client = client_as(sigle)
    assert client.get("/compte/calendrier").status_code in (403, 404)
    assert post(client, "/compte/calendrier").status_code in (403, 404)
    assert "/compte/calendrier" not in text(client.get("/compte"))


def test_the_account_leads_there(client_as: Callable[[str], Any]) -> None:
    assert 'href="/compte/calendrier"' in text(client_as("a.admin").get("/compte"))


def test_an_address_that_asks_too_often_waits(
    app: Any, client_as: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, anybody = made(client_as("a.admin")), app.test_client()
    rule = limits.Rule(2, limits.RULES["feed"].span, limits.RULES["feed"].sentence)
    monkeypatch.setitem(limits.RULES, "feed", rule)
    assert [anybody.get(path).status_code for _ in range(3)] == [200, 200, 429]
