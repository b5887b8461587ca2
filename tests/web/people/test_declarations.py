"""Test movements of staff: declared by a chef or a référent, ticked off by the académie, hidden from anyone else."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from harness import cast as people
from harness.http import post

from charters.database import db
from charters.days import today
from charters.errors import NotFound, Refused
from charters.people import declarations
from charters.tables.access import Declaration, JournalLine
from ticketing.web import guards

HANDLE = "/administration/mouvements"
DAY = today(datetime.now(UTC)).isoformat()
GOOD = {
    "movement": "arrivee",
    "last_name": "Sauvelade",
    "first_name": "Irène",
    "function": "Gestionnaire réseau",
    "on": DAY,
    "words": "Elle remplace M. Querbes.",
}


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def rows(app):
    with app.app_context():
        return db.session.query(Declaration).order_by(Declaration.id).all()


@pytest.mark.parametrize(("sigle", "scope"), [("c11.chef", "desaix-tarbes"), ("d1.ref", "departement-hautes-pyrenees")])
def test_declared_then_ticked_off(app, client_as, sigle, scope):
    declarer, admin = client_as(sigle), client_as("a.admin")
    assert '<a href="/mouvements"' in text_of(declarer.get("/mouvements"))
    assert post(declarer, "/mouvements", GOOD).status_code == 303
    (row,) = rows(app)
    assert (row.scope, row.movement, row.effective_on.isoformat()) == (scope, "arrivee", DAY)
    assert "à traiter" in text_of(declarer.get("/mouvements"))
    waiting = text_of(admin.get("/administration/comptes"))
    assert "Irène Sauvelade, Gestionnaire réseau" in waiting and "Elle remplace M. Querbes." in waiting
    handled = {"declaration": re.search(r'name="declaration" value="(\d+)"', waiting).group(1)}
    assert post(admin, HANDLE, handled).status_code == 303
    assert "Sauvelade" not in text_of(admin.get("/administration/comptes"))
    again = post(admin, HANDLE, handled, follow_redirects=True)
    assert "déjà été traitée" in text_of(again)
    after = text_of(declarer.get("/mouvements"))
    assert "Irène Sauvelade" in after and "traitée" in after and "à traiter" not in after
    with app.app_context():
        events = [line.event for line in db.session.query(JournalLine).order_by(JournalLine.number)]
    assert events.count("staff.declared") == events.count("staff.handled") == 1


def test_each_sees_the_declarations_of_the_own_mandate_only(client_as):
    post(client_as("c11.chef"), "/mouvements", GOOD)
    referent = client_as("d1.ref")
    assert "Sauvelade" not in text_of(referent.get("/mouvements"))
    assert "Sauvelade" not in text_of(referent.get("/administration/comptes"))
    assert post(referent, HANDLE, {"declaration": "1"}).status_code == 404
    assert post(client_as("c11.chef"), HANDLE, {"declaration": "1"}).status_code == 404


@pytest.mark.parametrize("sigle", ["c11.cmi", "c11.reseau", "d1.agent", "a.tech", "a.lecture"])
def test_nobody_else_sees_that_the_page_exists(app, client_as, sigle):
    client = client_as(sigle)
    assert client.get("/mouvements").status_code == 404
    assert post(client, "/mouvements", GOOD).status_code == 404
    assert rows(app) == []


def test_an_administrator_handles_and_does_not_declare(app, client_as):
    admin = client_as("a.admin")
    assert admin.get("/mouvements").headers["Location"] == "/administration/comptes"
    assert post(admin, "/mouvements", GOOD).status_code == 403
    for unknown in ("99", "0", "-1", "9" * 30, "un", ""):
        assert post(admin, HANDLE, {"declaration": unknown}).status_code == 404
    assert rows(app) == []


FAR = (today(datetime.now(UTC)) + timedelta(days=800)).isoformat()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("movement", "", "Choisissez une arrivée, un départ ou un changement."),
        ("movement", "mutation", "Choisissez une arrivée, un départ ou un changement."),
        ("last_name", " - ", "Indiquez le nom."),
        ("first_name", "", "Indiquez le prénom."),
        ("function", "x" * 121, "Ne dépassez pas 120 caractères."),
        ("on", "", "Indiquez le jour du mouvement."),
        ("on", "hier", "Cette date n’existe pas"),
        ("on", FAR, "vérifiez l’année"),
        ("words", "x" * 1001, "Abrégez"),
    ],
)
def test_every_fault_at_its_field_and_nothing_typed_lost(app, client_as, field, value, sentence):
    answer = post(client_as("c11.chef"), "/mouvements", GOOD | {field: value})
    text = text_of(answer)
    assert answer.status_code == 422 and sentence in text
    kept = "Irène" if field == "last_name" else "Sauvelade"
    assert kept in text
    assert rows(app) == []


def test_the_same_movement_is_not_declared_twice(app, client_as):
    chef = client_as("c11.chef")
    post(chef, "/mouvements", GOOD)
    answer = post(chef, "/mouvements", GOOD)
    assert answer.status_code == 422 and "déjà déclaré" in text_of(answer)
    assert len(rows(app)) == 1


SPELLINGS = [("O’Brien", "Zoë", "O'brien", "Zoe"), ("Lœuillet", "Jean-Éric", "LOEUILLET", "Jean Eric")]


@pytest.mark.parametrize(("last", "first", "other_last", "other_first"), SPELLINGS)
def test_a_departure_is_declared_once_whatever_the_spelling(app, client_as, last, first, other_last, other_first):
    chef = client_as("c11.chef")
    said = GOOD | {"movement": "depart", "last_name": last, "first_name": first}
    assert post(chef, "/mouvements", said).status_code == 303
    tomorrow = (today(datetime.now(UTC)) + timedelta(days=1)).isoformat()
    for change in ({}, {"on": tomorrow}, {"last_name": other_last, "first_name": other_first}):
        answer = post(chef, "/mouvements", said | change)
        assert answer.status_code == 422 and "déjà déclaré" in text_of(answer)
    assert len(rows(app)) == 1


@pytest.mark.parametrize(("last", "first", "other_last", "other_first"), SPELLINGS)
def test_a_departure_is_withdrawn_whatever_the_spelling(
    app, app_context, actor_as, last, first, other_last, other_first
):
    chef, now = actor_as("c11.chef"), datetime.now(UTC)
    said = GOOD | {"movement": "depart", "last_name": last, "first_name": first}
    declarations.declare(declarations.DeclarationForm(**said), actor=chef, now=now)
    form = declarations.DeclarationForm(**said | {"last_name": other_last, "first_name": other_first})
    assert declarations.withdraw(form, actor=chef, now=now) == 1


def test_what_another_academie_s_collectivites_declare_is_not_this_one_s(app, app_context, cast, actor_as):
    now = datetime.now(UTC)
    made = declarations.declare(declarations.DeclarationForm(**GOOD), actor=actor_as("c11.chef"), now=now)
    assert [line.id for line in declarations.declarations_to_handle({"desaix-tarbes"})] == [made]
    assert declarations.declarations_to_handle({"victor-hugo-tarbes"}) == []
    with pytest.raises(NotFound):
        declarations.handle({"victor-hugo-tarbes"}, made, actor=actor_as("a.admin"), now=now)
    with pytest.raises(Refused):
        declarations.declare(declarations.DeclarationForm(**GOOD), actor=actor_as("c11.cmi"), now=now)


@pytest.mark.parametrize(
    ("sigle", "address"),
    [("c11.chef", "/mouvements"), ("d1.ref", "/mouvements"), ("a.admin", "/administration/comptes")],
)
def test_the_pages_are_accessible_and_narrow(live, cast, browser_page, axe, sigle, address):
    with live.app.app_context():
        for declarer in ("c11.chef", "d1.ref"):
            form = declarations.DeclarationForm(**GOOD)
            declarations.declare(form, actor=people.actor(cast[declarer]), now=datetime.now(UTC))
        cookie = {"name": guards.cookie_name(), "value": people.new_session(cast[sigle]), "url": live.url}
    browser_page.context.add_cookies([cookie])
    browser_page.goto(live.url + address)
    assert browser_page.get_by_text("Irène Sauvelade").first.is_visible()
    axe(browser_page, f"mouvements-{sigle}")
    browser_page.set_viewport_size({"width": 320, "height": 700})
    axe(browser_page, f"mouvements-{sigle}-320")
    if sigle == "a.admin":
        browser_page.get_by_role("link", name="Traiter : Irène Sauvelade").first.click()
        browser_page.get_by_role("button", name="Enregistrer l’arrivée").wait_for()
        axe(browser_page, "mouvement-a-traiter-320")
    if address == "/mouvements":
        browser_page.get_by_role("button", name="Déclarer le mouvement").click()
        assert browser_page.get_by_text("Indiquez le nom.").first.is_visible()
        axe(browser_page, f"mouvements-{sigle}-refus")
