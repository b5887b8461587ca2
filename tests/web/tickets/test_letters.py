"""The letter that goes with a ticket handed on: in the thread, in the mail, with a clause of the agreement alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from ticketing import model
from ticketing.in_force import routing
from ticketing.tables import NoticeWords, Ticket, TicketEvent
from ticketing.tickets import desk
from ticketing.tickets.changing import letters

ABOUT = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def number(app, actor_as):
    with app.app_context():
        draft = model.Draft(title="Écran noir", body="Noir.", facts=model.Facts(user_category="professeurs"), **ABOUT)
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - timedelta(hours=1))


def sent(client, number, **more):
    given = {"version": "1", "transmettre-partie": "academie", "transmettre-raison": "mauvaise-partie"}
    return post(client, f"/tickets/{number}/transmettre", given | {"transmettre-texte": "À vous."} | more)


def cited():
    """Return the name and the clause that the decision of the ticket cites."""
    [kept] = db.session.execute(select(Ticket.convention)).scalars()
    return next(iter(routing.router().conventions[kept].clauses.items()))


def test_the_letter_is_in_the_thread_and_in_the_mail_of_who_receives(app, client_as, number):
    with app.app_context():
        name, clause = cited()
    client = client_as("d1.agent")
    assert f'value="{name}"' in client.get(f"/tickets/{number}").text
    filled = {
        "transmettre-controle": "Câble changé, écran essayé ailleurs.",
        "transmettre-clause": name,
        "transmettre-attendu": "Un écran sous garantie.",
    }
    assert sent(client, number, **filled).status_code == 303
    with app.app_context():
        event = db.session.execute(select(TicketEvent).where(TicketEvent.kind == "handed_on")).scalar_one()
        author = event.author_name
        words = db.session.execute(select(NoticeWords.data).where(NoticeWords.event_id == event.id)).scalar_one()
        assert words["words"] == event.body
    for sigle in ("a.tech", "c11.cmi"):
        shown = text(client_as(sigle).get(f"/tickets/{number}"))
        assert f"Vérifié par {author} : Câble changé, écran essayé ailleurs." in shown
        assert f"Clause invoquée ({letters.place(clause)})".replace("\u00a0", " ") in shown
        assert "Ce qui est attendu : Un écran sous garantie." in shown
    assert client_as("c12.cmi").get(f"/tickets/{number}").status_code == 404


@pytest.mark.parametrize("field", ["transmettre-texte", "transmettre-controle", "transmettre-attendu"])
def test_pupils_data_in_a_letter_are_asked_about_and_what_was_checked_is_kept(app, client_as, number, field):
    client = client_as("d1.agent")
    filled = {"transmettre-controle": "Le câble.", "transmettre-attendu": "Un écran.", field: "L’INE 120890177FA."}
    asked = sent(client, number, **filled)
    assert asked.status_code == 422
    assert "semble contenir" in text(asked)
    [mark] = re.findall(r'name="transmettre-verifie" value="([0-9a-f]+)"', asked.text)
    assert sent(client, number, **filled, **{"transmettre-verifie": mark}).status_code == 303
    with app.app_context():
        event = db.session.execute(select(TicketEvent).where(TicketEvent.kind == "handed_on")).scalar_one()
        assert mark not in event.body
        assert all(words in event.body for words in filled.values())


def test_what_is_left_out_makes_no_line_and_an_unknown_clause_is_refused(app, client_as, number):
    client = client_as("d1.agent")
    wrong = sent(client, number, **{"transmettre-clause": "inventee", "transmettre-controle": "Le câble."})
    assert wrong.status_code == 422
    assert "Choisissez une clause de l’accord qui a décidé." in text(wrong)
    assert "Le câble." in text(wrong)
    long = sent(client, number, **{"transmettre-attendu": "x" * 301})
    assert long.status_code == 422
    assert sent(client, number).status_code == 303
    with app.app_context():
        event = db.session.execute(select(TicketEvent).where(TicketEvent.kind == "handed_on")).scalar_one()
        assert event.body == "À vous."


def test_a_reason_of_the_list_says_why_by_itself_and_another_reason_does_not(app, client_as, number):
    client = client_as("d1.agent")
    wordless = {"transmettre-texte": "", "transmettre-raison": "autre"}
    refused = sent(client, number, **wordless)
    assert refused.status_code == 422 and "Dites pourquoi le ticket change de mains." in text(refused)
    assert sent(client, number, **wordless | {"transmettre-raison": "besoin-intervention"}).status_code == 303
    assert "Il faut une intervention d’une autre partie." in text(client_as("a.tech").get(f"/tickets/{number}"))
    with app.app_context():
        event = db.session.execute(select(TicketEvent).where(TicketEvent.kind == "handed_on")).scalar_one()
        words = db.session.execute(select(NoticeWords.data).where(NoticeWords.event_id == event.id)).scalar_one()
    assert event.body == "" and "il faut une intervention d’une autre partie" in str(words), "the mail says it too"


def test_a_ticket_is_handed_on_by_the_button_of_a_party_and_none_is_the_first(client_as, number):
    page = client_as("d1.agent").get(f"/tickets/{number}").text
    buttons = re.findall(r"<button[^>]*>", page[page.index('id="etape-transmettre"') :])
    assert buttons[0] == '<button type="submit" hidden disabled>', "« Entrée » in a field sends it nowhere"
    assert 'name="transmettre-partie" value="academie"' in buttons[1]


def test_a_party_contests_with_a_clause_of_the_agreement_quoted_word_for_word(app, client_as, number):
    with app.app_context():
        name, clause = cited()
    assert sent(client_as("d1.agent"), number).status_code == 303
    client = client_as("a.tech")
    assert f'<option value="{name}"' in client.get(f"/tickets/{number}").text
    typed = {"version": "2", "contester-texte": "Le texte vous le donne.", "contester-clause": "inventee"}
    wrong = post(client, f"/tickets/{number}/contester", typed)
    assert wrong.status_code == 422
    assert "Choisissez une clause de l’accord qui a décidé." in text(wrong)
    assert post(client, f"/tickets/{number}/contester", typed | {"contester-clause": name}).status_code == 303
    with app.app_context():
        event = db.session.execute(select(TicketEvent).where(TicketEvent.kind == "contested")).scalar_one()
        assert " ".join(clause.quote.split()) in event.body
    assert "Le texte vous le donne." in text(client_as("d1.agent").get(f"/tickets/{number}"))
