"""In the demonstration a person writes to the desk from a page; elsewhere the page does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from harness.http import post
from harness.incoming import Applying, acting
from sqlalchemy import select

from charters import letters
from charters.database import db, writing
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.mail import signatures
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Draft, Facts
from ticketing.settings import desk_settings
from ticketing.tables import Notice
from ticketing.tickets import desk

APPLIED = Outcome("applied", "comment", "Votre message est ajouté au ticket.", ticket=1)


@pytest.fixture
def applying(app: Any, monkeypatch: Any) -> Applying:
    from charters.database import db as base
    from ticketing.app import desk_settings_of
    from ticketing.settings import hand_in

    settings = app.config["GUICHET"].model_copy(update={"demo": True, "mail_authserv": "relais.example"})
    app.config["GUICHET"] = settings
    with app.app_context():
        hand_in(base.engine, desk_settings_of(settings))
    return acting(monkeypatch, APPLIED)


def test_a_new_message_goes_to_the_desk_from_the_persons_own_address(
    app: Any, client_as: Any, cast: Any, applying: Applying
) -> None:
    client = client_as("c11.cmi")
    assert "Écrire au guichet" in client.get("/courriels").get_data(as_text=True)
    sent = {"to": "", "subject": "Panne : été", "text": "L’écran est noir."}
    answer = post(client, "/courriels", sent, follow_redirects=True)
    assert APPLIED.reason in answer.get_data(as_text=True)
    [(mail, _)] = applying.given
    assert (mail.senders, mail.subject) == ((cast["c11.cmi"].email.lower(),), "Panne : été")
    assert mail.text.strip() == "L’écran est noir."
    assert mail.authentication[0].startswith("relais.example; dmarc=pass")
    with app.app_context():
        row = db.session.execute(select(IncomingMail.box, IncomingMail.state)).one()
        assert tuple(row) == ("demonstration", "applied")


def test_an_answer_goes_to_the_signed_address_of_its_recipient(
    app: Any, client_as: Any, actor_as: Any, applying: Applying
) -> None:
    from datetime import UTC, datetime

    with app.app_context():
        draft = Draft(
            title="Un poste",
            body="En panne.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs"),
        )
        number = desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC))
        mine = Notice.recipient_id == actor_as("c11.cmi").account_id
        notice = db.session.execute(select(Notice.id, Notice.message_id).where(mine)).one()
        given = desk_settings()
        address = signatures.reply_address(given.mail_from, given.mail_key, number, actor_as("c11.cmi").account_id)
        db.session.remove()
    mailbox = client_as("c11.cmi").get("/courriels").text
    assert f'href="/courriels?repondre={notice.id}#ecrire"' in mailbox and 'id="ecrire">' in mailbox
    written = client_as("c11.cmi").get(f"/courriels?repondre={notice.id}").text
    assert 'id="ecrire" open' in written and f'value="{notice.id}" selected' in written
    said = post(client_as("c11.cmi"), "/courriels", {"to": str(notice.id), "text": "Oui."}, follow_redirects=True).text
    assert "Il s’ajoute au ticket comme un message (ticket n° 1)." in said
    [(mail, _)] = applying.given
    assert mail.came_to == (address,)
    assert mail.in_reply_to == (notice.message_id,)
    foreign = post(client_as("c21.cmi"), "/courriels", {"to": str(notice.id), "text": "Non."})
    assert foreign.status_code == 422
    assert len(applying.given) == 1


def test_what_is_missing_is_said_and_nothing_is_kept(app: Any, client_as: Any, applying: Applying) -> None:
    answer = post(client_as("c11.cmi"), "/courriels", {"to": "", "subject": "", "text": "gardé"})
    assert answer.status_code == 422
    assert "Donnez un objet" in answer.get_data(as_text=True)
    assert "gardé" in answer.get_data(as_text=True)
    with app.app_context():
        assert store.outcome_of(1) is None


def test_nobody_writes_from_a_page_in_service(client_as: Any) -> None:
    assert client_as("c11.cmi").get("/courriels").status_code == 404
    assert post(client_as("c11.cmi"), "/courriels", {"subject": "a", "text": "b"}).status_code == 404


def test_the_mailbox_shows_the_persons_letters_and_one_can_be_answered(
    app: Any, client_as: Any, cast: Any, applying: Applying
) -> None:
    from datetime import UTC, datetime

    with app.app_context(), writing() as session:
        account = session.get_one(Account, cast["c11.cmi"].account_id)
        letters.write(account, "mail-attributed", now=datetime.now(UTC), values={"sender": "marie@maison.example"})
    with app.app_context():
        letter = db.session.execute(select(Letter.id, Letter.message_id)).one()
    own = client_as("c11.cmi").get("/courriels").text
    assert "Un courriel est pris comme le vôtre" in own and "marie@maison.example" in own
    assert "marie@maison.example" not in client_as("c11.chef").get("/courriels").text
    sent = {"to": f"lettre-{letter.id}", "text": "Ce n’est pas moi."}
    assert post(client_as("c11.chef"), "/courriels", sent).status_code == 422 and applying.given == []
    assert post(client_as("c11.cmi"), "/courriels", sent).status_code == 303
    [(mail, _)] = applying.given
    assert mail.in_reply_to == (letter.message_id,) and mail.subject.startswith("Re: [Guichet]")


def test_a_ticket_is_named_for_what_was_applied_alone(client_as: Any, applying: Applying) -> None:
    applying.outcome = Outcome("quarantined", "refused", "Il attend.", ticket=1)
    said = post(client_as("c11.cmi"), "/courriels", {"subject": "a", "text": "b"}, follow_redirects=True).text
    assert "L’académie doit d’abord le regarder. Il attend." in said and "ticket n° 1" not in said
