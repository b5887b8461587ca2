"""The page of mails that do not arrive: whose an administrator sees, and what « renvoyer » does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters import letters
from charters.database import db, writing
from charters.tables.access import Account, JournalLine
from charters.tables.keys import Letter
from ticketing.in_force import coverage
from ticketing.mail import undelivered
from ticketing.model import Draft, Facts
from ticketing.tables import Notice
from ticketing.tickets import desk

PAGE = "/administration/courriels/envois"
TITLE = "canari-titre-envoi-7c1e"


@pytest.fixture
def failed(app: Any, actor_as: Any) -> int:
    """Return the ticket whose notice to d1.agent failed, and came back from d1.ref; c11.cmi's is tried again."""
    now = datetime.now(UTC)
    with app.app_context():
        number = desk.open_ticket(
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
            now,
        )
        with writing() as session:
            for sigle, values in (
                ("d1.agent", {"state": "failed", "last_error": "550 5.1.1 User unknown"}),
                ("d1.ref", {"state": "bounced", "last_error": "552 5.2.2 Mailbox full", "sent_at": now}),
                ("c11.cmi", {"attempts": 3, "last_error": "451 4.7.1 Greylisted"}),
            ):
                session.execute(
                    update(Notice).where(Notice.recipient_id == actor_as(sigle).account_id).values(**values)
                )
            agent = session.get_one(Account, actor_as("d1.agent").account_id)
            undelivered.refused(session, agent.email, "550 5.1.1 User unknown", agent.id, now)
            letters.write(agent, "pin-changed", now=now)
            session.execute(update(Letter).values(state="failed", last_error="554 Refusé"))
        return number


def rows(app: Any, table: Any = Notice) -> dict[str, Any]:
    with app.app_context():
        return {row.recipient_email.partition("@")[0]: row for row in db.session.execute(select(*table.__table__.c))}


def test_an_administrator_reads_what_failed_and_why_but_no_word_of_a_ticket(client_as: Any, failed: int) -> None:
    html = client_as("a.admin").get(PAGE).text
    for words in ("L’adresse n’existe pas.", "La boîte du destinataire est pleine.", "demande d’attendre"):
        assert words in html
    assert f"ticket n° {failed}" in html and "d1.agent@" in html and "essai n° 4" in html
    assert TITLE not in html and "Écran noir" not in html


@pytest.mark.parametrize("sigle", ["c11.cmi", "c11.chef", "d1.agent", "d1.ref", "a.tech"])
def test_to_anybody_else_the_page_and_its_acts_are_absent(app: Any, client_as: Any, failed: int, sigle: str) -> None:
    client, notice = client_as(sigle), rows(app)["d1.agent"]
    assert client.get(PAGE).status_code == 404
    assert post(client, f"{PAGE}/avis/{notice.id}", {}).status_code in (403, 404)
    assert post(client, f"/administration/courriels/adresses/{notice.recipient_id}", {}).status_code in (403, 404)
    assert rows(app)["d1.agent"].state == "failed"


def test_one_mail_is_sent_again_with_its_line_in_the_journal(app: Any, client_as: Any, failed: int) -> None:
    client = client_as("a.admin")
    for sigle in ("d1.agent", "d1.ref", "c11.cmi"):
        assert post(client, f"{PAGE}/avis/{rows(app)[sigle].id}", {}).status_code == 303
        row = rows(app)[sigle]
        assert (row.state, row.attempts, row.last_error, row.sent_at) == ("pending", 0, "", None)
    letter = rows(app, Letter)["d1.agent"]
    assert post(client, f"{PAGE}/lettre/{letter.id}", {}).status_code == 303
    assert rows(app, Letter)["d1.agent"].state == "pending"
    with app.app_context():
        lines = db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.resent")).all()
        assert {line.sigle for line in lines} == {"a.admin"} and len(lines) == 4
        assert undelivered.stopped(["d1.agent@guichet.example"]) == frozenset()
    assert "Aucun échec" in client.get(PAGE).text


def test_an_address_is_tried_again_with_all_that_failed_there(app: Any, client_as: Any, failed: int) -> None:
    client = client_as("a.admin")
    agent = rows(app)["d1.agent"].recipient_id
    answer = post(client, f"/administration/courriels/adresses/{agent}", {})
    assert answer.status_code == 303
    assert "2 courriels repartent" in client.get(PAGE).text
    assert rows(app)["d1.agent"].state == "pending" and rows(app)["d1.ref"].state == "bounced"


def test_what_was_sent_or_does_not_exist_is_not_sent_again(app: Any, client_as: Any, failed: int) -> None:
    client = client_as("a.admin")
    with app.app_context(), writing() as session:
        session.execute(update(Notice).values(state="sent", attempts=1))
    for address in (f"{PAGE}/avis/{rows(app)['d1.agent'].id}", f"{PAGE}/avis/999999", f"{PAGE}/autre/1"):
        assert post(client, address, {}).status_code == 404
    assert {row.state for row in rows(app).values()} == {"sent"}


def test_an_académie_sees_only_the_people_whom_it_administers(
    app: Any, client_as: Any, failed: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr(coverage, "administered", lambda conventions, academie: frozenset({"desaix-tarbes"}))
    client = client_as("a.admin")
    html = client.get(PAGE).text
    assert "c11.cmi@" in html and "d1.agent@" not in html and "d1.ref@" not in html
    agent = rows(app)["d1.agent"]
    assert post(client, f"{PAGE}/avis/{agent.id}", {}).status_code == 404
    assert post(client, f"/administration/courriels/adresses/{agent.recipient_id}", {}).status_code == 404
    assert rows(app)["d1.agent"].state == "failed"


def test_a_ticket_s_page_says_whose_mails_do_not_arrive(app: Any, client_as: Any, actor_as: Any, failed: int) -> None:
    """To whoever waits for that person; the person reads it of the own address."""
    with app.app_context():
        desk.take_charge(actor_as("d1.agent"), failed, 1, datetime.now(UTC))
        name = db.session.get_one(Account, actor_as("d1.agent").account_id)
        name = f"{name.first_name} {name.last_name}"
    assert f"Le courriel à {name} n’arrive pas" in client_as("c11.cmi").get(f"/tickets/{failed}").text
    own = client_as("d1.agent").get(f"/tickets/{failed}").text
    assert "Les courriels n’arrivent pas à votre adresse" in own and "Le courriel à" not in own
    assert "User unknown" not in own
