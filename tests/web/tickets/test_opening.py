"""Test the form that opens a ticket: the live decision, with and without JavaScript, a message for each bad input."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from ticketing.joining import joining
from ticketing.tables import Attachment, Ticket, TicketEvent, TicketWatcher

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


def test_the_form_shows_one_field_first(client_as: Any) -> None:
    page = text(client_as("c11.cmi").get(FORM))
    assert page.index("Que se passe-t-il") < page.index("Choisir le sujet dans la liste")
    assert page.index("Ajouter une photo, des détails") < page.index("Qui s’en occupe</h2>")
    assert not re.search(r"<details[^>]* open", page)
    assert "C’est en panne" in page and "À ajouter au catalogue" in page
    assert page.count('name="service"') == 41  # 38 of annexe 2, two of article II, and « autre »
    assert "Collège Desaix, Tarbes" in page


def test_the_address_fills_the_form_in(client_as: Any) -> None:
    client = client_as("c11.cmi")
    page = text(client.get(f"{FORM}?service=gestion-eleves&activity=mco&title=SIECLE%20ferm%C3%A9"))
    assert 'value="gestion-eleves" checked' in page
    assert "SIECLE fermé</textarea>" in page and "data-offer>" not in page
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
    assert 'data-ask="usage"' in asked
    assert "Académie de Toulouse" in asked and "Département des Hautes-Pyrénées" in asked
    answered = text(client.get(f"{address}?service=equipement-bureautique&activity=mco&user_category=professeurs"))
    assert "Votre ticket ira à" in answered
    assert "decision-departement" in answered
    assert "Article II.2" in answered and "Annexe 2 bis" in answered  # the clause unfolds
    assert "serait allé à l’Académie de Toulouse si le poste était celui d’un utilisateur administratif" in answered
    assert 'data-optional="acquired_by"' in answered
    assert "<html" not in answered


def test_who_uses_it_is_a_class_or_the_administration_first_and_one_tap_settles_it(client_as: Any) -> None:
    client = client_as("c11.cmi")
    about = f"{FORM}/decision?service=equipement-bureautique&activity=mco"
    for usage, party in (("classe", "departement"), ("administration", "academie")):
        found = text(client.get(f"{about}&usage={usage}"))
        assert f"decision-{party}" in found and "Annexe 2 bis" in found, "the party, with its clause"
        assert 'data-ask="usage"' in found, "the line changes nothing more: it is not asked"
    assert "car le poste est d’un utilisateur non administratif (une classe)" in text(
        client.get(f"{about}&usage=classe")
    )
    assert 'data-ask="usage,user_category"' in text(client.get(f"{about}&usage=autre"))
    unsaid = text(client.get(f"{about}&usage=classe&user_category=equipe-gestion"))
    assert "decision-departement" in unsaid, "a line that an earlier answer left behind is not read"
    known = text(client.get(f"{FORM}?service=equipement-bureautique&activity=mco&user_category=professeurs"))
    assert 'value="classe" checked' in known and '<option value="professeurs" selected>' in known


def test_a_group_is_kept_and_shown_and_may_be_made_precise(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    answer = post(client, FORM, {**GOOD, "usage": "classe", "user_category": ""})
    ticket = tickets(app)[-1]
    assert (ticket.user_category, ticket.user_category_label) == ("classe", "Une classe")
    assert ticket.holder_party == "departement"
    assert "Une classe" in text(client.get(answer.location))
    post(client, FORM, {**GOOD, "usage": "administration", "user_category": "", "token": "un-autre-jeton-1"})
    assert tickets(app)[-1].holder_party == "academie"
    post(client, FORM, {**GOOD, "usage": "?", "user_category": "professeurs", "token": "un-autre-jeton-2"})
    assert tickets(app)[-1].needs_info and tickets(app)[-1].user_category is None


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
    assert re.search(r"data-subject open", page) and GOOD["body"] in page
    assert re.search(r'<div class="choice"> <input type="radio" id="service-vie-scolaire-prive"', page)
    assert re.search(r'<div class="choice" hidden> <input type="radio" id="service-gestion-eleves"', page)
    nothing = text(post(client_as("c11.cmi"), FORM, {**GOOD, "etape": "chercher", "chercher": "zzz"}))
    assert "Rien pour « zzz »" in nothing
    assert not tickets(app)


def test_without_javascript_one_submit_proposes_subjects(app: Any, client_as: Any) -> None:
    sentence = {"etape": "voir", "title": "Installer Pronote au CPE"}
    page = text(post(client_as("c11.cmi"), FORM, sentence))
    assert 'value="prendre vie-scolaire-prive installation"' in page and "« Pronote »" in page
    assert not re.search(r"data-subject open", page)
    nothing = text(post(client_as("c11.cmi"), FORM, {"etape": "voir", "title": "Rien de connu"}))
    assert "Aucun sujet trouvé" in nothing and re.search(r"data-subject open", nothing)
    assert not tickets(app)


def test_a_sentence_is_enough(app: Any, client_as: Any) -> None:
    post(client_as("c11.cmi"), FORM, {**GOOD, "body": ""})
    [ticket] = tickets(app)
    assert (ticket.title, ticket.body) == (GOOD["title"], GOOD["title"])


def test_what_was_reported_already_is_shown_and_joined_by_one_tap(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    post(client, FORM, GOOD)
    [ticket] = tickets(app)
    again = {**GOOD, "title": "Imprimante du secrétariat <b>HS</b>", "body": "", "token": "jeton-de-test-0002"}
    assert "Déjà signalé" not in text(client.get(f"{FORM}?service=equipement-bureautique&activity=mco"))
    shown = text(post(client, FORM, {**again, "etape": "signales"}))
    assert f'value="moi-aussi {ticket.number}"' in shown and "<html" not in shown
    page = text(post(client, FORM, {**again, "etape": "prendre equipement-bureautique mco"}))
    assert "Déjà signalé" in page and GOOD["title"] in page
    assert text(post(client, FORM, {**again, "etape": "signales", "service": "gestion-eleves"})) == ""
    joined = post(client, FORM, {**again, "etape": f"moi-aussi {ticket.number}"})
    assert joined.location == f"/tickets/{ticket.number}#fait" and len(tickets(app)) == 1
    page = text(client.get(joined.location))
    assert "Moi aussi. Imprimante du secrétariat &lt;b&gt;HS" in page and "vous serez prévenu avec les autres" in page


def test_who_joined_may_leave_and_is_told_no_more(app: Any, client_as: Any, actor_as: Any) -> None:
    client, chef = client_as("c11.cmi"), client_as("c11.chef")
    post(client, FORM, GOOD)
    number = tickets(app)[0].number
    with app.app_context():
        joining.join(actor_as("c11.chef"), number, "", (), datetime.now(UTC), "jeton-de-chef-1")
    shown = text(chef.get(f"/tickets/{number}"))
    assert "Aussi touchés" in shown and "Ne plus suivre" in shown
    assert "Ne plus suivre" not in text(client.get(f"/tickets/{number}")), "only who joined leaves"
    assert post(client_as("c12.cmi"), f"/tickets/{number}/ne-plus-suivre", {}).status_code == 404
    left = post(chef, f"/tickets/{number}/ne-plus-suivre", {})
    assert left.status_code == 303 and "ne vous préviendra plus" in text(chef.get(left.location))
    with app.app_context():
        assert db.session.scalars(select(TicketWatcher)).all() == []
    assert "Aussi touchés" not in text(chef.get(f"/tickets/{number}"))
    assert post(chef, f"/tickets/{number}/ne-plus-suivre", {}).status_code == 303, "twice is once"


def article(client: Any, title: str, **more: str) -> int:
    form = {"title": title, "words": "Débrancher **une minute**.", "audience": "accord:hautes-pyrenees-2015"}
    form |= {"review_on": (date.today() + timedelta(days=90)).isoformat(), "etape": "publier"}
    done = post(client, "/articles/nouveau", form | {"services": "equipement-bureautique"} | more)
    return int(done.location.split("/")[2].split("#")[0])


def test_an_article_that_fits_is_opened_in_place_and_may_be_enough(app: Any, client_as: Any) -> None:
    agent, client = client_as("d1.agent"), client_as("c11.cmi")
    fits = article(agent, "L’imprimante n’imprime plus après une coupure")
    article(agent, "Le scanner du CDI")  # shares no word
    article(agent, "Imprimante de l’ENT", services="ent")
    article(agent, "Imprimante du Département", audience="side:departement-hautes-pyrenees")
    article(agent, "Brouillon d’imprimante", etape="garder")
    typed = {**GOOD, "title": "Les imprimantes ne marchent plus"}
    shown = text(post(client, FORM, {**typed, "etape": "signales"}))
    assert re.findall(r"<summary>(.*?) <span", shown) == ["L’imprimante n’imprime plus après une coupure"]
    assert "<strong>une minute</strong>" in shown and "Déjà signalé" not in shown
    for rank in range(3):
        article(agent, f"Imprimante {rank}")
    assert text(post(client, FORM, {**typed, "etape": "signales"})).count("<summary>") == 2, "never a wall"
    enough = post(client, FORM, {**typed, "etape": f"suffi {fits}"})
    assert enough.location == f"/articles/{fits}#fait" and not tickets(app)
    assert "Utile à 1 sur 1" in text(client.get(f"/articles/{fits}"))


@pytest.mark.parametrize("number", ["", "0", "999999", "x", "-1", "9" * 30])
def test_an_article_that_is_none_was_not_enough(client_as: Any, number: str) -> None:
    assert post(client_as("c11.cmi"), FORM, {**GOOD, "etape": f"suffi {number}"}).status_code == 404


def test_articles_cost_the_opening_page_one_query(any_app: Any, client_as: Any, queries_of: Any) -> None:
    client = client_as("c11.cmi")
    article(client_as("d1.agent"), "Imprimante bloquée")
    ask = {**GOOD, "title": "Imprimante bloquée", "etape": "signales"}
    post(client, FORM, ask)
    with queries_of() as seen:
        post(client, FORM, ask)
    assert sum("article" in one for one in seen) == 1


@pytest.mark.parametrize("number", ["", "0", "999999", "x", "-1", "1 2"])
def test_a_ticket_that_is_none_is_not_joined(app: Any, client_as: Any, number: str) -> None:
    assert post(client_as("c11.cmi"), FORM, {**GOOD, "etape": f"moi-aussi {number}"}).status_code == 404
    assert not tickets(app)


def test_pupils_data_are_asked_about_once_before_they_leave(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    said = {**GOOD, "body": "L’élève 120890177FA, née le 3 mai 2012, n’imprime plus."}
    asked = post(client, FORM, said)
    page = text(asked)
    assert asked.status_code == 422 and not tickets(app)
    assert "un numéro INE, une date de naissance" in page and "lue par : Académie de Toulouse" in page
    assert said["body"] in page
    mark = re.search(r'name="verifie" value="([0-9a-f]+)"', page)[1]  # type: ignore[index]
    more = {**said, "verifie": mark, "body": said["body"] + " Et 120890178FB."}
    assert post(client, FORM, more).status_code == 422, "another text is asked about again"
    assert post(client, FORM, {**said, "verifie": mark}).status_code == 303
    assert tickets(app)[0].body == said["body"]


def test_pupils_data_are_asked_about_where_one_joins_a_ticket_too(app: Any, client_as: Any) -> None:
    """« Moi aussi » publishes the same words, to the same other party."""
    client = client_as("c11.cmi")
    post(client, FORM, GOOD)
    number = tickets(app)[0].number
    joins = {**GOOD, "body": "C’est 120890177FA.", "token": "un-autre-jeton", "etape": f"moi-aussi {number}"}
    asked = post(client, FORM, joins)
    assert asked.status_code == 422 and "un numéro INE" in text(asked)
    mark = re.search(r'name="verifie" value="([0-9a-f]+)"', text(asked))[1]  # type: ignore[index]
    assert post(client, FORM, {**joins, "verifie": mark}).status_code == 303


def test_a_list_that_is_attached_is_asked_about_and_what_stays_is_not(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    files = [(io.BytesIO(b"DURAND;120890177FA"), "6A.csv")]
    sent = post(client, FORM, {**GOOD, "files": files}, content_type="multipart/form-data")
    assert sent.status_code == 422 and "un numéro INE" in text(sent)
    own = {**GOOD, "service": "logiciels-hors-catalogue", "user_category": "", "body": "L’élève 120890177FA"}
    shown = text(client.get(f"{FORM}/decision?service=logiciels-hors-catalogue&activity=mco"))
    assert "decision-college" in shown
    assert post(client, FORM, own).status_code == 303


def test_a_comment_is_asked_about_too_and_says_who_else_reads_it(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    post(client, FORM, GOOD)
    number = tickets(app)[0].number
    page = text(client.get(f"/tickets/{number}"))
    assert "Ce que vous publiez est lu par : Académie de Toulouse" in page
    said = {"commenter-texte": "C’est 120890177FA.", "commenter-visibilite": "public", "token": "jeton-de-commentaire"}
    asked = post(client, f"/tickets/{number}/commenter", said)
    assert asked.status_code == 422 and "un numéro INE" in text(asked) and "C’est 120890177FA." in text(asked)
    mark = re.search(r'name="commenter-verifie" value="([0-9a-f]+)"', text(asked))[1]  # type: ignore[index]
    assert post(client, f"/tickets/{number}/commenter", {**said, "commenter-verifie": mark}).status_code == 303
    note = {**said, "commenter-visibilite": "internal", "token": "jeton-de-note"}
    assert post(client_as("a.tech"), f"/tickets/{number}/commenter", note).status_code == 303, "a note stays"


def test_where_it_is_and_whom_it_holds_up_are_kept_and_shown(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    answer = post(client, FORM, {**GOOD, "room": " B12 ", "impact": "2", "urgency": "1"})
    [ticket] = tickets(app)
    assert (ticket.room, ticket.impact, ticket.urgency) == ("B12", 2, 1)
    page = text(client.get(answer.location))
    assert "Priorité haute" in page and "B12" in page and "Une classe ou un service" in page
    assert "Priorité haute" in text(client.get("/tickets"))


def test_urgency_is_asked_of_what_broke_down_and_a_room_of_what_stands_somewhere(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    assert 'data-helps="room,impact,urgency"' in text(
        client.get(f"{FORM}/decision?service=equipement-bureautique&activity=mco")
    )
    assert 'data-helps="impact,urgency"' in text(client.get(f"{FORM}/decision?service=gestion-eleves&activity=mco"))
    assert 'data-helps=""' in text(client.get(f"{FORM}/decision?service=gestion-eleves&activity=assistance"))
    sent = {**GOOD, "service": "gestion-eleves", "activity": "assistance", "user_category": ""}
    post(client, FORM, {**sent, "room": "B12", "impact": "1", "urgency": "1"})
    [ticket] = tickets(app)
    assert (ticket.room, ticket.impact, ticket.urgency) == ("", None, None)  # the questions were not on the page


@pytest.mark.parametrize(("room", "impact"), [("x" * 61, "2"), ("B12", "9")])
def test_an_answer_that_is_none_stops_nothing_but_a_room_too_long(
    app: Any, client_as: Any, room: str, impact: str
) -> None:
    answer = post(client_as("c11.cmi"), FORM, {**GOOD, "room": room, "impact": impact})
    if len(room) > 60:
        assert answer.status_code == 422 and 'id="f-room-error"' in text(answer) and room in text(answer)
    else:
        assert answer.status_code == 303 and tickets(app)[0].impact is None


def test_a_long_sentence_is_shortened_in_the_title_and_whole_in_the_story(app: Any, client_as: Any) -> None:
    said = "L’imprimante de la salle des professeurs, " * 8 + "n’imprime plus.\nVoyant rouge."
    post(client_as("c11.cmi"), FORM, {**GOOD, "title": said, "body": ""})
    [ticket] = tickets(app)
    assert len(ticket.title) <= 150 and ticket.title.endswith(" la…") and ticket.body == said


def test_without_javascript_one_tap_takes_a_service_and_an_activity(app: Any, client_as: Any) -> None:
    taken = {**GOOD, "etape": "prendre vie-scolaire-prive installation", "service": "", "activity": ""}
    page = text(post(client_as("c11.cmi"), FORM, taken))
    assert re.search(r'value="vie-scolaire-prive" checked', page) and re.search(r'value="installation" checked', page)
    assert GOOD["body"] in page and not tickets(app)
    for step in ("prendre ", "prendre zzz", "prendre <b> <i>", "prendre a b c"):
        assert post(client_as("c11.cmi"), FORM, {**GOOD, "etape": step}).status_code == 200
    assert not tickets(app)


def test_the_script_is_given_the_same_subjects_alone(app: Any, client_as: Any) -> None:
    asked = post(client_as("c11.cmi"), FORM, {**GOOD, "etape": "sujets", "chercher": "L’ENT <b>bug</b>"})
    assert asked.headers["Cache-Control"] == "no-store" and "<html" not in text(asked)
    assert re.search(r'<div data-found="ent[" ]', text(asked)) and "<b>" not in text(asked)
    nothing = text(post(client_as("c11.cmi"), FORM, {**GOOD, "etape": "sujets", "chercher": "zzz <i>"}))
    assert 'data-found=""' in nothing and "<i>" not in nothing
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
    lacking = post(client, FORM, {**GOOD, "user_category": "", "token": "jeton-de-test-0002"})
    asked = text(client.get(lacking.location)).replace("\u00a0", " ")
    assert "Il manque une réponse : donnez-la ici" in asked, "the page asks: nobody has to wait for the desk"


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
        ("title", "ab", "Donnez un titre"),
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
    for field in ("title", "service", "activity"):
        assert f'href="#f-{field}"' in page
    assert 'href="#f-body"' not in page  # the sentence is enough
    assert re.search(r"data-subject open", page)


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
