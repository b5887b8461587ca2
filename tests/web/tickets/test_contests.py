"""Contests on the pages: the form of a référent, the lists, and precedents that name neither people nor tickets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import post
from sqlalchemy import update

from charters.database import db, writing
from ticketing import model
from ticketing.tables import Contest
from ticketing.tickets import desk

ABOUT = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
CLAUSE = "II.2-materiels"
CELL = "/qui-fait-quoi/hautes-pyrenees-2015/equipement-bureautique/mco"


def text(response) -> str:
    bare = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(bare.replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def number(app, actor_as):
    with app.app_context():
        now = datetime.now(UTC) - timedelta(hours=5)
        facts = model.Facts(user_category="professeurs")
        draft = model.Draft(title="Écran noir à Desaix", body="Noir.", facts=facts, **ABOUT)
        number = desk.open_ticket(actor_as("c11.cmi"), draft, [], now)
        given = ("academie", "mauvaise-partie", "À vous.", now + timedelta(hours=1))
        desk.hand_on(actor_as("d1.agent"), number, 1, *given)
        desk.contest(actor_as("a.tech"), number, 2, "Non.", now + timedelta(hours=2), CLAUSE)
        return number


def said(client, number, **more):
    given = {"contestation-partie": "departement", "contestation-clause": CLAUSE, "contestation-texte": "Le matériel."}
    return post(client, f"/tickets/{number}/contestation", given | more)


def test_the_referent_is_led_to_the_form_from_home_and_from_the_ticket(client_as, number):
    client = client_as("d1.ref")
    assert f'href="/tickets/{number}#contestation"' in client.get("/").text
    assert f'href="/tickets/{number}#contestation"' in client.get("/contestations").text
    page = client.get(f"/tickets/{number}")
    assert "l’accord ne fixe pas ce délai" in text(page) and 'name="contestation-partie"' in page.text
    for sigle in ("c11.cmi", "d1.agent", "c11.chef"):
        shown = client_as(sigle).get(f"/tickets/{number}")
        assert "Pas encore d’avis" in text(shown) and "contestation-partie" not in shown.text
    assert client_as("c12.cmi").get(f"/tickets/{number}").status_code == 404


def test_the_list_is_reached_from_menu_home_and_administration_and_names_the_subject_plainly(client_as, number):
    link = 'href="/contestations"'
    for sigle in ("d1.ref", "c11.chef", "a.tech"):
        assert f'class="menu-item" {link}' in client_as(sigle).get("/tickets").text, sigle
    assert link in client_as("a.admin").get("/administration").text
    for sigle in ("c11.cmi", "d1.agent"):
        assert link not in client_as(sigle).get("/tickets").text, sigle
    home = client_as("d1.ref").get("/")
    assert "Toutes les contestations" in text(home)
    for page in (home, client_as("d1.ref").get("/contestations")):
        assert "Un ordinateur, une imprimante, un vidéoprojecteur, c’est en panne" in text(page)


def test_both_sides_rule_it_by_the_page_and_the_cell_shows_it_without_the_ticket(app, client_as, number):
    before = text(client_as("c12.cmi").get(CELL))
    assert "tranché" not in before
    assert said(client_as("d1.ref"), number).status_code == 303
    assert said(client_as("a.tech"), number, **{"contestation-texte": "D’accord, Alphonse."}).status_code == 303
    page = text(client_as("c11.cmi").get(f"/tickets/{number}"))
    assert (
        "Les deux parties sont d’accord : le service revient au Département" in page and "D’accord, Alphonse." in page
    )
    for sigle in ("c12.cmi", "c11.chef", "a.admin"):
        cell = text(client_as(sigle).get(CELL))
        assert "Une décision des deux parties du" in cell
        assert "ce service revient au Département des Hautes-Pyrénées, pour : Professeurs." in cell
        assert "Alphonse" not in cell and f"n° {number}" not in cell and "Écran noir" not in cell
    fragment = client_as("c12.cmi").get(CELL, headers={"X-Fragment": "1"})
    assert "Une décision des deux parties" in text(fragment)
    fill = "/administration/accords/hautes-pyrenees-2015/cases/equipement-bureautique/mco"
    admin = client_as("a.admin").get(fill)
    assert "Une décision des deux parties" in text(admin)
    assert "/projets/nouveau/hautes-pyrenees-2015" in admin.text


def test_the_next_decision_of_its_kind_shows_the_precedent_and_answers_as_before(app, client_as, actor_as, number):
    said(client_as("d1.ref"), number, **{"contestation-partie": "academie"})
    said(client_as("a.tech"), number, **{"contestation-partie": "academie"})
    asked = f"/tickets/nouveau?service={ABOUT['service']}&activity=mco&user_category=professeurs"
    opening = text(client_as("c12.cmi").get(asked))
    assert "ce service revient à l’Académie de Toulouse, pour : Professeurs." in opening
    assert "Votre ticket ira à" in opening
    other = asked.replace("professeurs", "secretariat-direction")
    assert "Une décision des deux parties" not in text(client_as("c12.cmi").get(other))
    with app.app_context():
        facts = model.Facts(user_category="professeurs")
        draft = model.Draft(title="Un autre écran", body="Noir.", facts=facts, **ABOUT)
        later = desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC))
    page = text(client_as("c11.cmi").get(f"/tickets/{later}"))
    assert "Déjà tranché entre parties" in page
    assert "Département des Hautes-Pyrénées Personne encore" in page, "the clause decides"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("contestation-partie", "inventee", "Choisissez à qui revient le service."),
        ("contestation-clause", "", "Choisissez la clause qui le dit"),
        ("contestation-texte", "", "Dites pourquoi, en une phrase ou deux."),
    ],
)
def test_a_fault_is_said_at_its_field_and_what_was_typed_is_kept(client_as, number, field, value, sentence):
    typed = {"contestation-texte": "Mes mots gardés."} | {field: value}
    refused = said(client_as("d1.ref"), number, **typed)
    assert refused.status_code == 422
    assert sentence in text(refused) and f'id="f-{field}-error"' in refused.text
    assert field == "contestation-texte" or "Mes mots gardés." in text(refused)


def test_pupils_data_are_asked_about_before_they_are_read_by_others(client_as, number):
    asked = said(client_as("d1.ref"), number, **{"contestation-texte": "L’INE 120890177FA."})
    assert asked.status_code == 422 and "semble contenir" in text(asked)
    [mark] = re.findall(r'name="contestation-verifie" value="([0-9a-f]+)"', asked.text)
    more = {"contestation-texte": "L’INE 120890177FA.", "contestation-verifie": mark}
    assert said(client_as("d1.ref"), number, **more).status_code == 303


def test_a_word_too_late_or_of_somebody_else_is_refused_with_its_sentence(client_as, number):
    assert said(client_as("c12.cmi"), number).status_code == 404
    other = said(client_as("c11.chef"), number)
    assert other.status_code == 403 and "revient aux référents des deux parties" in text(other)
    said(client_as("d1.ref"), number)
    said(client_as("a.tech"), number)
    late = said(client_as("d1.ref"), number)
    assert late.status_code == 409 and "Le matériel." in text(late)


def test_administrators_read_what_nobody_settled_without_its_ticket(app, client_as, number):
    assert "Aucune." in text(client_as("a.admin").get("/contestations"))
    with app.app_context():
        term = db.session.execute(db.select(Contest.term_at)).scalar_one()
        db.session.rollback()
        assert desk.lapse(term) == 1
    page = client_as("a.admin").get("/contestations")
    assert "entre l’Académie de Toulouse et le Département des Hautes-Pyrénées" in text(page)
    assert "Desaix" not in text(page) and f"/tickets/{number}" not in page.text and "Écran noir" not in page.text
    with app.app_context(), writing() as session:  # the operator took the agreement away since
        session.execute(update(Contest).values(convention="accord-retire"))
    left = client_as("a.admin").get("/contestations")
    assert left.status_code == 200 and "accord-retire" in text(left) and "Desaix" not in text(left)
    assert client_as("c11.cmi").get("/contestations").status_code == 404
    assert "Non tranchées" not in text(client_as("d1.ref").get("/contestations"))
