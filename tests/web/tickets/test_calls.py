"""Test the pages on which a call is taken: for which établissements, what to say aloud, whose the ticket is after."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import Account, JournalLine
from ticketing.tables import Notice, Ticket, TicketEvent

CALLS = "/tickets/appel"
C11 = f"{CALLS}/desaix-tarbes"
GOOD = {
    "title": "Plus de réseau dans la salle 12",
    "service": "infrastructure-reseau",
    "activity": "mco",
    "caller": "Ginette Balandreau",
    "reach": "05 62 00 00 11",
    "etape": "envoyer",
}
#: What the académie answers for: a technician of the département does not see it.
ELSEWHERE = {**GOOD, "title": "SIECLE est fermé", "service": "gestion-eleves"}


def text(response: Any) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def latest(app: Any) -> Ticket:
    with app.app_context():
        return db.session.execute(select(Ticket).order_by(Ticket.number.desc())).scalars().first()


def person(app: Any, sigle: str) -> tuple[int, str]:
    with app.app_context():
        row = db.session.execute(select(Account).where(Account.sigle == sigle)).scalar_one()
        return row.id, f"{row.first_name} {row.last_name}"


def told(app: Any, number: int) -> dict[int, str]:
    with app.app_context():
        rows = db.session.execute(select(Notice.recipient_id, Notice.reader).where(Notice.ticket_id == number))
        return {row.recipient_id: row.reader for row in rows}


@pytest.mark.parametrize("who", ["c11.cmi", "c11.reseau", "a.admin", "a.lecture"])
def test_who_takes_no_call_finds_no_page(client_as: Any, who: str) -> None:
    client = client_as(who)
    for address in (CALLS, C11, f"{C11}/decision"):
        assert client.get(address).status_code == 404
    assert post(client, C11, GOOD).status_code == 404


@pytest.mark.parametrize("who", ["d1.agent", "d1.ref", "a.tech"])
def test_security_a_call_is_taken_for_the_own_perimeter_alone(client_as: Any, app: Any, who: str) -> None:
    from ticketing.in_force import routing

    with app.app_context():
        conventions = routing.router().conventions
        own, others = set(), set()
        for place in conventions.etablissements:
            bodies = {body.organisation for body in routing.parties(conventions, place)}
            mine = "academie-toulouse" if who == "a.tech" else "departement-hautes-pyrenees"
            (own if mine in bodies else others).add(place)
    client = client_as(who)
    offered = set(re.findall(rf'href="{CALLS}/([^"]+)"', client.get(CALLS).get_data(as_text=True)))
    assert offered == own and {"desaix-tarbes", "victor-hugo-tarbes"} <= own and others
    assert client.get(f"{CALLS}/victor-hugo-tarbes").status_code == 200
    for elsewhere in (min(others), max(others), "nulle-part"):
        assert client.get(f"{CALLS}/{elsewhere}").status_code == 404
        assert client.get(f"{CALLS}/{elsewhere}/decision").status_code == 404
        assert post(client, f"{CALLS}/{elsewhere}", GOOD).status_code == 404
    assert latest(app) is None


def test_a_chef_takes_calls_for_the_own_etablissement_at_once(client_as: Any) -> None:
    client = client_as("c11.chef")
    answer = client.get(CALLS)
    assert (answer.status_code, answer.location) == (303, C11)
    assert client.get(f"{CALLS}/victor-hugo-tarbes").status_code == 404


def test_a_word_finds_the_etablissement(client_as: Any) -> None:
    client = client_as("d1.agent")
    assert client.get(f"{CALLS}?q=desaix").location == C11
    assert "Aucun établissement de votre périmètre ne porte ces mots" in text(client.get(f"{CALLS}?q=introuvable"))


def test_the_decision_is_said_aloud(client_as: Any) -> None:
    client = client_as("d1.agent")
    fragment = text(client.get(f"{C11}/decision?service=infrastructure-reseau&activity=mco"))
    assert "Dites-lui : « Le Département des Hautes-Pyrénées s’en occupe" in fragment and "II.2" in fragment
    assert "Le ticket ira à" in fragment and "otre ticket" not in fragment
    own = text(client_as("c11.cmi").get("/tickets/nouveau/decision?service=infrastructure-reseau&activity=mco"))
    assert "Dites-lui" not in own


def test_a_name_typed_is_the_request_of_the_etablissement(client_as: Any, app: Any) -> None:
    client = client_as("d1.agent")
    answer = post(client, C11, GOOD)
    ticket, agent = latest(app), person(app, "d1.agent")
    assert answer.status_code == 303 and answer.location == f"/tickets/{ticket.number}#fait"
    assert (ticket.etablissement, ticket.opened_by, ticket.opened_by_name) == ("desaix-tarbes", None, GOOD["caller"])
    assert ticket.on_behalf_of == "Ginette Balandreau (à joindre : 05 62 00 00 11)"
    page = text(client.get(f"/tickets/{ticket.number}"))
    assert "Dites-lui : « Le Département" in page and "à joindre : 05 62 00 00 11" in page
    with app.app_context():
        entry = db.session.execute(select(TicketEvent).where(TicketEvent.ticket_id == ticket.number)).scalar_one()
        assert (entry.author_id, entry.side) == (agent[0], "departement-hautes-pyrenees")
    readers = told(app, ticket.number)
    assert readers[person(app, "c11.cmi")[0]] == "requester"
    assert agent[0] not in readers
    assert readers.get(person(app, "d1.ref")[0]) == "other"
    assert person(app, "c12.cmi")[0] not in readers


def test_a_known_person_has_the_ticket_as_if_they_had_opened_it(client_as: Any, app: Any) -> None:
    account, name = person(app, "c11.reseau")
    post(client_as("d1.agent"), C11, {**GOOD, "caller": name.upper()})
    ticket = latest(app)
    assert (ticket.opened_by, ticket.opened_by_name, ticket.persons) == (account, name, [account])
    assert told(app, ticket.number)[account] == "requester"
    own = client_as("c11.reseau")
    assert GOOD["title"] in text(own.get(f"/tickets/{ticket.number}"))
    assert own.get("/tickets?demandes=1").get_data(as_text=True).count(GOOD["title"]) >= 1
    assert client_as("c12.cmi").get(f"/tickets/{ticket.number}").status_code == 404


def test_security_taking_a_call_gives_no_sight_of_the_ticket(client_as: Any, app: Any) -> None:
    client = client_as("d1.agent")
    answer = post(client, C11, ELSEWHERE)
    ticket = latest(app)
    assert ticket.holder_organisation == "academie-toulouse"
    assert answer.location.startswith(f"{C11}/fait?dit=")
    client.get(answer.location)
    page = text(client.get(answer.location))  # it outlives a reload
    for other in ("d1.ref", "c11.chef", "c11.cmi"):
        assert client_as(other).get(answer.location).status_code == 404, "sealed for who took the call"
    for told_to in ("", "?dit=x", "?dit=%00"):
        assert client.get(f"{C11}/fait{told_to}").status_code == 404
    assert (
        f"Donnez-lui son numéro : <strong>{ticket.number}</strong>" in page
        and "Dites-lui : « L’Académie de Toulouse" in page
    )
    assert "Il n’est pas dans votre périmètre" in page
    assert client.get(f"/tickets/{ticket.number}").status_code == 404
    for address in ("/tickets", "/tickets?etat=all", "/tickets?demandes=1&etat=all", "/tickets?q=SIECLE"):
        assert ELSEWHERE["title"] not in client.get(address).get_data(as_text=True), address
    assert person(app, "d1.agent")[0] not in told(app, ticket.number)
    assert client_as("a.tech").get(f"/tickets/{ticket.number}").status_code == 200
    assert client_as("c11.cmi").get(f"/tickets/{ticket.number}").status_code == 200


def test_the_journal_says_who_opened_for_whom(client_as: Any, app: Any) -> None:
    client = client_as("d1.agent")
    post(client, C11, GOOD)
    post(client, C11, {**GOOD, "caller": person(app, "c11.chef")[1]})
    with app.app_context():
        lines = db.session.execute(select(JournalLine).order_by(JournalLine.number.desc()).limit(2)).scalars().all()
    assert [line.sigle for line in lines] == ["d1.agent", "d1.agent"]
    found = [json.loads(line.details) for line in lines]
    assert [one["caller"] for one in found] == ["c11.chef", "named"]
    assert {one["place"] for one in found} == {"desaix-tarbes"}
    assert all("Balandreau" not in str(one) for one in found)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("caller", "", "Dites qui appelle"),
        ("caller", "x" * 90, "abrégez"),
        ("reach", "demain", "Donnez un numéro de téléphone ou une adresse électronique"),
        ("service", "", "Choisissez le sujet"),
    ],
)
def test_a_faulty_call_says_what_is_wrong_and_keeps_the_rest(
    client_as: Any, app: Any, field: str, value: str, fault: str
) -> None:
    answer = post(client_as("d1.agent"), C11, {**GOOD, field: value})
    assert answer.status_code == 422
    page = text(answer)
    assert fault in page and GOOD["title"] in page
    assert field == "reach" or GOOD["reach"] in page
    assert latest(app) is None


def test_the_form_names_the_people_of_the_etablissement_alone(client_as: Any, app: Any) -> None:
    page = client_as("d1.agent").get(C11).get_data(as_text=True)
    offered = page[page.index("<datalist") : page.index("</datalist>")]
    for sigle in ("c11.cmi", "c11.chef", "c11.reseau"):
        assert person(app, sigle)[1] in offered
    assert person(app, "c12.cmi")[1] not in offered and person(app, "d1.ref")[1] not in offered
    assert "Moi aussi" not in page and "Pour qui demandez-vous" not in page


def test_the_same_form_sent_twice_opens_one_ticket(client_as: Any, app: Any) -> None:
    client = client_as("d1.agent")
    sent = {**GOOD, "token": "jeton-d-appel-0001"}
    first, again = post(client, C11, sent), post(client, C11, sent)
    assert first.location == again.location
    assert latest(app).number == 1
