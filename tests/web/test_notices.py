"""The page « Avis », the count in the frame, and the choice of mails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from ticketing.mail import kinds, preferences
from ticketing.mail.kinds import Wish
from ticketing.model import Draft, Facts
from ticketing.steps import NOTICES
from ticketing.tables import Notice
from ticketing.tickets import desk

TITLE = "canari-titre-avis-51aa"


@pytest.fixture
def ticket(app: Any, actor_as: Any) -> int:
    """Return a ticket of Desaix that the département holds."""
    with app.app_context():
        return desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title=TITLE,
                body="Écran noir.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            datetime.now(UTC),
        )


def unread(app: Any, person: Any) -> int:
    with app.app_context():
        query = select(Notice.id).where(Notice.recipient_id == person.account_id, Notice.read_at.is_(None))
        return len(db.session.scalars(query).all())


def test_each_reads_the_own_notices_and_nobody_else_s(client_as: Any, ticket: int) -> None:
    """A référent sees those to the référent, not the agent's; who has no part in the ticket sees none."""
    for sigle in ("c11.cmi", "d1.agent", "d1.ref"):
        html = client_as(sigle).get("/avis").text
        assert html.count(TITLE) == 1 and "Nouveau" in html, sigle
    for sigle in ("c11.chef", "d2.agent", "a.admin"):
        assert TITLE not in client_as(sigle).get("/avis").text, sigle


def test_a_notice_of_a_ticket_that_is_seen_no_more_is_neither_listed_nor_counted(
    app: Any, client_as: Any, actor_as: Any, ticket: int
) -> None:
    client = client_as("c11.cmi")
    assert '<span class="header-count">1<' in client.get("/").text
    with app.app_context():
        desk.make_confidential(actor_as("c11.chef"), ticket, 1, True, "", datetime.now(UTC))
    assert TITLE not in client.get("/avis").text
    assert "header-count" not in client.get("/").text


def test_who_opens_a_notice_has_read_it_and_lands_on_the_ticket(
    app: Any, client_as: Any, cast: Any, ticket: int
) -> None:
    client = client_as("d1.agent")
    assert "header-count" in client.get("/tickets").text
    assert "data-read" in client.get(f"/tickets/{ticket}").text
    assert unread(app, cast["d1.agent"]) == 1, "a page that is read changes nothing"
    answer = post(client, f"/avis/tickets/{ticket}", {})
    assert (answer.status_code, answer.location) == (303, f"/tickets/{ticket}")
    assert "header-count" not in client.get("/tickets").text
    assert unread(app, cast["d1.agent"]) == 0 and unread(app, cast["d1.ref"]) == 1


def test_all_are_read_by_one_button(app: Any, client_as: Any, cast: Any, ticket: int) -> None:
    client = client_as("d1.ref")
    assert "Tout marquer comme lu" in client.get("/avis").text
    assert post(client, "/avis/lus", {}).status_code == 303
    html = client.get("/avis").text
    assert TITLE in html and "Tout marquer comme lu" not in html
    assert unread(app, cast["d1.ref"]) == 0 and unread(app, cast["d1.agent"]) == 1


def test_a_line_says_what_its_mail_said_and_names_nobody_for_the_own_acts(
    app: Any, client_as: Any, actor_as: Any, ticket: int
) -> None:
    """« Réponse » stood for a ticket taken in charge, and one's own name for what one had done."""
    assert "Ouvert</span>" in client_as("c11.cmi").get("/avis").text  # no « Ouvert, Thomas Escalère »
    with app.app_context():
        desk.take_charge(actor_as("d1.agent"), ticket, 1, datetime.now(UTC))
    html = client_as("c11.cmi").get("/avis").text
    assert "Pris en charge, " in html and "Réponse" not in html


def test_every_notice_has_its_words_and_its_line_of_the_choices() -> None:
    assert set(kinds.HAPPENED) == set(NOTICES)
    chosen = {notice for kind in kinds.KINDS for notice in kind.notices}
    assert chosen == set(NOTICES)
    assert kinds.kind_of("specified", own=True).compulsory and not kinds.kind_of("specified", own=False).compulsory


def test_an_act_without_its_token_is_refused(client_as: Any, ticket: int) -> None:
    client = client_as("d1.ref")
    for address in ("/avis/lus", f"/avis/tickets/{ticket}", "/compte/avis"):
        assert client.post(address, data={}).status_code == 400


def test_the_choices_are_kept_and_what_is_compulsory_says_its_clause(app: Any, client_as: Any, actor_as: Any) -> None:
    client = client_as("d1.agent")
    html = client.get("/compte/avis").text
    assert "charte de bon usage, 2.5".capitalize() in html and "3.1" in html
    assert 'name="question"' not in html and 'name="receipt"' not in html
    typed = {
        "opened": "digest",
        "answered": "none",
        "question": "none",
        "closed": "autre",
        "digest_hour": "18",
        "quiet": "1",
        "quiet_from": "20",
        "quiet_until": "6",
        "grouped": "1",
    }
    assert post(client, "/compte/avis", typed).status_code == 303
    with app.app_context():
        kept = preferences.wish(actor_as("d1.agent").account_id)
        assert kept == Wish({"opened": "digest", "answered": "none"}, 18, 20, 6, grouped=True)
        assert preferences.wish(actor_as("d1.ref").account_id) == Wish()
    assert 'value="18" selected' in client.get("/compte/avis").text


@pytest.mark.parametrize("typed", [{}, {"digest_hour": "99", "quiet": "1", "quiet_from": "x", "quiet_until": "-1"}])
def test_an_odd_form_of_choices_keeps_something_sound(
    app: Any, client_as: Any, actor_as: Any, typed: dict[str, str]
) -> None:
    assert post(client_as("d1.agent"), "/compte/avis", typed).status_code == 303
    with app.app_context():
        assert preferences.wish(actor_as("d1.agent").account_id) == Wish(grouped=False)


@pytest.mark.parametrize("query", ["avant=0", "avant=x", "avant=99999999999999999999", "avant=1"])
def test_the_page_of_notices_takes_any_place(client_as: Any, ticket: int, query: str) -> None:
    assert client_as("d1.agent").get(f"/avis?{query}").status_code == 200


def test_the_step_that_a_mail_names_is_open_without_a_script(client_as: Any, ticket: int) -> None:
    html = client_as("d1.agent").get(f"/tickets/{ticket}?etape=transmettre").text
    assert 'id="etape-transmettre" name="etape" open' in html
    assert 'name="etape" open' not in client_as("d1.agent").get(f"/tickets/{ticket}").text
