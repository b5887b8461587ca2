"""Test the form that opens a ticket: the live decision, with and without JavaScript, a message for each bad input."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from harness.http import post

from charters.database import db
from ticketing.tables import Attachment, Ticket, TicketEvent

FORM = "/tickets/nouveau"
GOOD = {
    "title": "L’imprimante du secrétariat n’imprime plus",
    "body": "Voyant rouge depuis ce matin.",
    "service": "equipement-bureautique",
    "activity": "mco",
    "user_category": "equipe-gestion",
    "etape": "envoyer",
    "token": "jeton-de-test-0001",
}


def text(response: Any) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def tickets(app: Any) -> list[Ticket]:
    with app.app_context():
        return list(db.session.query(Ticket).order_by(Ticket.number))


def test_the_form_shows_in_the_order_a_person_thinks(client_as: Any) -> None:
    page = text(client_as("c11.cmi").get(FORM))
    assert page.index("Que se passe-t-il") < page.index("À quel sujet") < page.index("Qui s’en occupe</h2>")
    assert "C’est en panne" in page and "À ajouter au catalogue" in page
    assert page.count('name="service"') == 41  # 38 of annexe 2, two of article II, and « autre »
    assert "Collège Desaix, Tarbes" in page


def test_the_address_fills_the_form_in(client_as: Any) -> None:
    client = client_as("c11.cmi")
    page = text(client.get(f"{FORM}?service=gestion-eleves&activity=mco&title=SIECLE%20ferm%C3%A9"))
    assert 'value="gestion-eleves" checked' in page
    assert 'value="SIECLE fermé"' in page
    assert "Votre ticket ira à" in page


@pytest.mark.parametrize("who", ["d1.agent", "a.tech", "a.admin", "a.lecture", "c11.chef"])
def test_who_does_not_open_finds_no_form(client_as: Any, who: str) -> None:
    client = client_as(who)
    assert client.get(FORM).status_code == 404
    assert client.get(f"{FORM}/decision").status_code == 404
    assert post(client, FORM, GOOD).status_code == 404


def test_nobody_opens_without_logging_in(client: Any) -> None:
    for address in (FORM, f"{FORM}/decision"):
        response = client.get(address)
        assert response.status_code == 303
        assert response.location.startswith("/connexion")


def test_the_decision_forms(client_as: Any) -> None:
    client = client_as("c11.cmi")
    address = f"{FORM}/decision"
    assert "Pas encore de réponse" in text(client.get(address))
    asked = text(client.get(f"{address}?service=equipement-bureautique&activity=mco"))
    assert 'data-ask="user_category"' in asked
    assert "Académie de Toulouse" in asked and "Département des Hautes-Pyrénées" in asked
    answered = text(client.get(f"{address}?service=equipement-bureautique&activity=mco&user_category=professeurs"))
    assert "Votre ticket ira à" in answered
    assert "decision-departement" in answered
    assert "Article II.2" in answered and "Annexe 2 bis" in answered  # the clause unfolds
    assert "serait allé à l’Académie de Toulouse si le poste était celui d’un utilisateur administratif" in answered
    assert 'data-optional="acquired_by"' in answered
    assert "<html" not in answered


def test_the_decision_reads_the_session_and_nothing_else(client_as: Any, queries_of: Any) -> None:
    client = client_as("c11.cmi")
    address = f"{FORM}/decision?service=equipement-bureautique&activity=mco"
    client.get(address)
    with queries_of() as seen:
        client.get(address)
    assert not [statement for statement in seen if "ticket" in statement.lower()]
    assert len(seen) <= 2


@pytest.mark.parametrize(
    "query",
    [
        "service=inconnu&activity=mco",
        "service=gestion-eleves&activity=danser",
        "service=&activity=",
        "activity=mco",
        "service=equipement-bureautique&activity=mco&user_category=roi",
        "service=%00&activity=%ff",
        "service=equipement-bureautique&activity=mco&acquired_on=demain",
        "service=equipement-bureautique&activity=mco&acquired_by=<script>alert(1)</script>",
        "service=equipement-bureautique&activity=mco&acquired_by=college&user_category=professeurs&inventoried=42",
        "service=equipement-bureautique&activity=mco&acquired_by=college&user_category=professeurs&acquired_on=9999-12-31",
        "service=a&service=b&activity=c&activity=d",
        "x=" + "y" * 3000,
    ],
)
def test_the_decision_answers_whatever_it_is_asked(client_as: Any, query: str) -> None:
    response = client_as("c11.cmi").get(f"{FORM}/decision?{query}")
    assert response.status_code == 200
    assert "<script>alert" not in response.get_data(as_text=True)


def test_without_javascript_the_page_shows_the_decision_and_keeps_everything(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    typed = {**GOOD, "etape": "voir", "user_category": "professeurs", "asset": "PC-VS-02", "tag": "INV-1"}
    response = post(client, FORM, typed)
    page = text(response)
    assert response.status_code == 200
    assert "Département des Hautes-Pyrénées" in page
    for kept in (GOOD["title"], GOOD["body"], "PC-VS-02", "INV-1", "jeton-de-test-0001"):
        assert kept in page
    assert 'value="professeurs" selected' in page
    assert 'data-question="acquired_by"> <legend' in page  # the question is shown and enabled
    assert re.search(r'data-question="in_referentiel" hidden disabled', page)
    assert not tickets(app)


def test_without_javascript_a_word_finds_the_service(app: Any, client_as: Any) -> None:
    page = text(post(client_as("c11.cmi"), FORM, {**GOOD, "etape": "chercher", "chercher": "pronote", "service": ""}))
    assert "2 sujets pour « pronote »" in page
    assert GOOD["body"] in page
    nothing = text(post(client_as("c11.cmi"), FORM, {**GOOD, "etape": "chercher", "chercher": "zzz"}))
    assert "Rien pour « zzz »" in nothing
    assert not tickets(app)


def test_a_ticket_is_opened_and_its_page_shown(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    response = post(client, FORM, GOOD)
    assert response.status_code == 303
    [ticket] = tickets(app)
    assert response.location == f"/tickets/{ticket.number}#fait"
    assert (ticket.title, ticket.holder_party, ticket.user_category) == (GOOD["title"], "academie", "equipe-gestion")
    page = text(client.get(response.location))
    assert f"Le ticket n° {ticket.number} est envoyé." in page
    assert "Académie de Toulouse" in page


def test_a_double_click_opens_one_ticket(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    first = post(client, FORM, GOOD)
    again = post(client, FORM, GOOD)
    assert first.location == again.location
    assert len(tickets(app)) == 1


def test_another_form_opens_another_ticket(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    tokens = {re.search(r'name="token" value="([^"]+)"', client.get(FORM).get_data(as_text=True))[1] for _ in range(3)}  # type: ignore[index]
    assert len(tokens) == 3
    for token in tokens:
        post(client, FORM, {**GOOD, "token": token})
    assert len(tickets(app)) == 3


def test_a_ticket_goes_even_when_nobody_knows(app: Any, client_as: Any) -> None:
    response = post(client_as("c11.cmi"), FORM, {**GOOD, "user_category": "?"})
    assert response.status_code == 303
    [ticket] = tickets(app)
    assert ticket.needs_info is True
    assert ticket.holder_party == "academie"


def test_an_answer_to_a_withdrawn_question_is_not_kept(app: Any, client_as: Any) -> None:
    """An answer to a question that another answer has removed (own funds, on an administrative desk) is not kept."""
    post(client_as("c11.cmi"), FORM, {**GOOD, "acquired_by": "college", "inventoried": "non"})
    [ticket] = tickets(app)
    assert ticket.acquired_by is None
    assert ticket.inventoried is None


def test_files_come_along(app: Any, client_as: Any) -> None:
    files = [(io.BytesIO(b"le voyant est rouge"), "voyant.txt"), (io.BytesIO(b""), "")]
    response = post(client_as("c11.cmi"), FORM, {**GOOD, "files": files}, content_type="multipart/form-data")
    assert response.status_code == 303
    with app.app_context():
        [kept] = db.session.query(Attachment).all()
        assert (kept.name, kept.size) == ("voyant.txt", 19)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Donnez un titre"),
        ("title", "ab", "Donnez un titre"),
        ("title", "   ", "Donnez un titre"),
        ("title", "\u202e\u0007", "Donnez un titre"),
        ("title", "x" * 151, "dépasse 150 caractères"),
        ("body", "", "Dites ce qui se passe"),
        ("body", "x" * 10_001, "caractères"),
        ("service", "", "Choisissez le sujet"),
        ("service", "inconnu", "existe"),
        ("service", "<script>", "existe"),
        ("activity", "", "Dites de quoi il s’agit"),
        ("activity", "danser", "existe"),
        ("user_category", "roi", "existe"),
        ("tag", "x" * 101, "dépasse 100 caractères"),
        ("asset", "x" * 101, "dépasse 100 caractères"),
        ("on_behalf_of", "x" * 101, "dépasse 100 caractères"),
    ],
)
def test_bad_input_is_told_at_its_field(app: Any, client_as: Any, field: str, value: str, sentence: str) -> None:
    response = post(client_as("c11.cmi"), FORM, {**GOOD, field: value})
    page = text(response)
    assert response.status_code == 422
    assert sentence in page
    assert f'id="f-{field}-error"' in page
    for other in ("title", "body"):
        if other != field:
            assert GOOD[other] in page
    assert not tickets(app)


def test_the_colon_of_a_fault_never_begins_a_line(client_as: Any) -> None:
    page = post(client_as("c11.cmi"), FORM, {**GOOD, "service": "", "activity": ""}).text
    assert "Choisissez le sujet de votre demande\N{NO-BREAK SPACE}: cherchez" in page
    assert "Dites de quoi il s’agit\N{NO-BREAK SPACE}: une panne" in page


def test_a_purchase_date_in_the_future_is_told(app: Any, client_as: Any) -> None:
    typed = {**GOOD, "user_category": "professeurs", "acquired_by": "college", "acquired_on": "2199-01-01"}
    response = post(client_as("c11.cmi"), FORM, typed)
    assert response.status_code == 422
    assert "avenir" in text(response)
    assert not tickets(app)


def test_nothing_at_all_is_told_field_by_field(client_as: Any) -> None:
    response = post(client_as("c11.cmi"), FORM, {})
    page = text(response)
    assert response.status_code == 422
    for field in ("title", "body", "service", "activity"):
        assert f'href="#f-{field}"' in page


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + b"\x00" * 200, b"<html><script>alert(1)</script></html>"])
def test_a_forbidden_file_is_told_and_the_words_kept(app: Any, client_as: Any, content: bytes) -> None:
    files = [(io.BytesIO(content), "photo.png")]
    response = post(client_as("c11.cmi"), FORM, {**GOOD, "files": files}, content_type="multipart/form-data")
    page = text(response)
    assert response.status_code == 422
    assert 'id="f-files-error"' in page
    assert GOOD["body"] in page
    assert "Les fichiers sont à choisir de nouveau" in page
    assert not tickets(app)


def test_a_file_too_big_is_told(app: Any, client_as: Any) -> None:
    files = [(io.BytesIO(b"a" * 25_000_001), "gros.txt")]
    response = post(client_as("c11.cmi"), FORM, {**GOOD, "files": files}, content_type="multipart/form-data")
    assert response.status_code in (413, 422)
    assert "Mo" in text(response) or "trop" in text(response)
    assert not tickets(app)


def test_script_is_shown_as_text(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    location = post(client, FORM, {**GOOD, "title": nasty, "body": nasty, "asset": nasty[:90]}).location
    page = client.get(location).get_data(as_text=True)
    assert "<script>alert" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


def test_the_network_manager_is_told_what_is_not_of_annexe_5(app: Any, client_as: Any) -> None:
    client = client_as("c11.reseau")
    page = text(client.get(FORM))
    assert 'value="acces-reseau-pedagogique"' in page
    assert 'value="gestion-financiere"' not in page
    response = post(client, FORM, {**GOOD, "service": "gestion-financiere", "user_category": ""})
    assert response.status_code in (403, 422)
    assert GOOD["body"] in text(response)
    assert not tickets(app)


def test_another_college_cannot_be_named(app: Any, client_as: Any) -> None:
    post(client_as("c11.cmi"), FORM, {**GOOD, "etablissement": "victor-hugo-tarbes"})
    [ticket] = tickets(app)
    assert ticket.etablissement == "desaix-tarbes"


def test_without_its_token_the_form_is_refused(app: Any, client_as: Any) -> None:
    assert client_as("c11.cmi").post(FORM, data=GOOD).status_code == 400
    assert not tickets(app)


def test_the_form_costs_few_queries(client_as: Any, queries_of: Any) -> None:
    client = client_as("c11.cmi")
    client.get(FORM)
    with queries_of() as seen:
        client.get(FORM)
    assert len(seen) <= 3


def test_all_of_it_is_in_one_commit(app: Any, client_as: Any) -> None:
    post(client_as("c11.cmi"), FORM, GOOD)
    with app.app_context():
        [event] = db.session.query(TicketEvent).all()
        assert event.kind == "opened"
