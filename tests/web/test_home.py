"""Test the home page of each role, the mails of the demonstration, and the address that keeps a session alive."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from harness.cast import new_session

from ticketing.formats import french_date
from ticketing.model import Draft, Facts, HoldReason
from ticketing.tickets import desk, queries
from ticketing.web.guards import cookie_name


@pytest.fixture
def opened(app, actor_as):
    """Return a function: `opened("titre")` gives a ticket of C11 that D1 holds, opened by its correspondant."""

    def open_one(title: str, etablissement: str = "desaix-tarbes", sigle: str = "c11.cmi") -> int:
        draft = Draft(
            title=title,
            body="Plus rien depuis ce matin.",
            etablissement=etablissement,
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        )
        with app.app_context():
            return desk.open_ticket(actor_as(sigle), draft, [], datetime.now(UTC) - timedelta(hours=2))

    return open_one


@pytest.fixture
def worked(app, actor_as):
    """Return a function: `worked(number, "hold", …)` takes a step as D1's agent, on the current version."""

    def work(number: int, step: str, *words) -> None:
        from charters.permissions import perimeter

        with app.app_context():
            actor = actor_as("d1.agent")
            version = queries.ticket(perimeter(actor), actor, number).version
            getattr(desk, step)(actor, number, version, *words, datetime.now(UTC))

    return work


def test_an_unknown_visitor_is_led_to_the_login(client):
    response = client.get("/")
    assert response.status_code == 303
    assert response.headers["Location"] == "/connexion"


@pytest.mark.parametrize(
    ("sigle", "where"),
    [
        ("d1.agent", "/tickets"),
        ("d1.ref", "/tickets"),
        ("a.tech", "/tickets"),
        ("a.lecture", "/chiffres"),
    ],
)
def test_who_works_or_reads_comes_to_the_list_or_the_figures(client_as, sigle, where):
    response = client_as(sigle).get("/")
    assert (response.status_code, response.headers["Location"]) == (303, where)
    assert client_as(sigle).get(where).status_code == 200


@pytest.mark.parametrize(("sigle", "opens"), [("c11.cmi", True), ("c11.reseau", True), ("c11.chef", False)])
def test_a_college_comes_to_its_own_page(client_as, sigle, opens):
    page = client_as(sigle).get("/").get_data(as_text=True)
    assert ('class="button button-primary button-big" href="/tickets/nouveau"' in page) is opens
    assert "Aucun ticket pour l’instant" in page


def test_home_shows_what_waits_for_an_answer_and_the_latest(client_as, opened, worked):
    asked, fixed, plain = opened("Souris perdue"), opened("Écran noir"), opened("Clavier muet")
    waiting = opened("Pièce commandée")
    worked(asked, "hold", HoldReason.REQUESTER, "Quelle salle ?")
    worked(waiting, "hold", HoldReason.PART, "La pièce arrive lundi.")
    worked(fixed, "take_charge")
    worked(fixed, "resolve", "Câble changé.")
    page = client_as("c11.cmi").get("/").get_data(as_text=True)
    questions, rest = page.split("On attend votre réponse")[1].split("Résolus")
    resolved, latest = rest.split("Derniers tickets")
    assert f"/tickets/{asked}" in questions and f"/tickets/{waiting}" not in questions
    assert f"/tickets/{fixed}" in resolved and "À confirmer" in resolved
    for number in (asked, fixed, plain, waiting):
        assert f"/tickets/{number}" in latest


def test_home_shows_nothing_of_another_college(client_as, opened):
    number = opened("Secret de Victor Hugo", "victor-hugo-tarbes", "c12.cmi")
    page = client_as("c11.cmi").get("/").get_data(as_text=True)
    assert "Secret de Victor Hugo" not in page
    assert f"/tickets/{number}" not in page
    assert "Secret de Victor Hugo" in client_as("c12.cmi").get("/").get_data(as_text=True)


def test_home_costs_the_same_whatever_the_number_of_tickets(client_as, opened, queries_of):
    client = client_as("c11.cmi")
    opened("Premier")
    client.get("/")
    with queries_of() as few:
        client.get("/")
    for number in range(12):
        opened(f"Ticket {number}")
    with queries_of() as many:
        client.get("/")
    assert len(many) == len(few) <= 8


def test_a_title_that_holds_markup_is_shown_as_text(client_as, opened):
    opened("<script>alert(1)</script>")
    page = client_as("c11.cmi").get("/").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_without_a_mandate_the_page_says_what_to_do(app, client_as, cast):
    from charters.database import db
    from charters.tables.access import MandateRow

    client = client_as("c11.cmi")
    with app.app_context():
        db.session.query(MandateRow).filter_by(account_id=cast["c11.cmi"].account_id).delete()
        db.session.commit()
    page = client.get("/").get_data(as_text=True)
    assert "Aucun mandat actif" in page
    assert "demandez à votre chef d’établissement" in page
    assert 'aria-label="Principale"' not in page


def test_before_the_first_day_the_page_says_which_day_it_is(app, client_as, cast):
    """A person who gets a key before the mandate begins is told its first day, not to ask for a mandate."""
    from charters.database import db
    from charters.days import today
    from charters.tables.access import MandateRow

    client, first = client_as("c11.cmi"), today(datetime.now(UTC)) + timedelta(days=5)
    with app.app_context():
        db.session.query(MandateRow).filter_by(account_id=cast["c11.cmi"].account_id).update({"starts_on": first})
        db.session.commit()
    for address in ("/", "/compte"):
        page = client.get(address).get_data(as_text=True)
        assert "à partir du" in page and french_date(first) in page and "Collège Desaix, Tarbes" in page, address
        assert "demandez à votre chef" not in page and "Adressez-vous à votre référent" not in page, address


def test_being_asked_keeps_the_session(client_as):
    ends = datetime.fromisoformat(client_as("c11.cmi").get("/session").get_json()["ends"])
    assert timedelta(minutes=28) < ends - datetime.now(UTC) <= timedelta(minutes=29)
    administrator = datetime.fromisoformat(client_as("a.admin").get("/session").get_json()["ends"])
    assert timedelta(minutes=13) < administrator - datetime.now(UTC) <= timedelta(minutes=14)


def test_nobody_keeps_the_session_of_nobody(client):
    assert client.get("/session").status_code == 303


def test_a_page_tells_the_script_when_the_session_ends(client_as, client):
    assert "data-session-ends=" in client_as("c11.cmi").get("/").get_data(as_text=True)
    assert "data-session-ends=" not in client.get("/connexion").get_data(as_text=True)


def test_the_mails_are_for_the_demonstration_only(client_as):
    assert client_as("c11.cmi").get("/courriels").status_code == 404


@pytest.fixture
def demonstration(app):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"demo": True})


def test_the_mails_shown_are_ones_own(demonstration, client_as, opened, worked):
    number = opened("Souris perdue")
    worked(number, "hold", HoldReason.REQUESTER, "Quelle salle ?")
    mine = client_as("c11.cmi").get("/courriels").get_data(as_text=True)
    assert "Quelle salle ?" in mine and f"/tickets/{number}" in mine
    for other in ("c12.cmi", "d2.agent"):
        page = client_as(other).get("/courriels").get_data(as_text=True)
        assert "Souris perdue" not in page and "Aucun courriel" in page


# --- in a browser -----------------------------------------------------------------------------------------------------


def enter(page, live, person) -> None:
    """Log a person in, in this browser."""
    with live.app.app_context():
        page.context.add_cookies([{"name": cookie_name(), "value": new_session(person), "url": live.url}])


def test_the_page_warns_before_the_session_ends_and_keeps_it(browser_page, live, cast):
    enter(browser_page, live, cast["c11.cmi"])
    browser_page.clock.install()
    browser_page.goto(live.url)
    warning = browser_page.locator("[data-session]")
    browser_page.clock.fast_forward("25:00")
    assert not warning.is_visible()
    browser_page.clock.fast_forward("02:00")
    warning.wait_for()
    assert browser_page.evaluate("document.activeElement.textContent") == "Rester connecté"
    browser_page.clock.fast_forward("02:30")
    assert "Votre session est terminée" in warning.inner_text()


def test_staying_connected_hides_the_warning(browser_page, live, cast):
    enter(browser_page, live, cast["c11.cmi"])
    soon = (datetime.now(UTC) + timedelta(seconds=100)).isoformat()

    def ends_soon(route) -> None:
        response = route.fetch()
        page = re.sub(r'data-session-ends="[^"]+"', f'data-session-ends="{soon}"', response.text())
        route.fulfill(response=response, body=page)

    browser_page.route(f"{live.url}/", ends_soon)
    browser_page.goto(f"{live.url}/")
    warning = browser_page.locator("[data-session]")
    warning.wait_for()
    browser_page.get_by_role("button", name="Rester connecté").click()
    warning.wait_for(state="hidden")


def test_home_names_what_a_decision_lacks_and_what_the_college_has_to_do(client_as, app, actor_as):
    now = datetime.now(UTC) - timedelta(hours=1)
    with app.app_context():
        lacking = Draft(
            title="Poste sans réponse",
            body="Rien.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
        )
        own = Draft(
            title="Mot de passe perdu",
            body="Rien.",
            etablissement="desaix-tarbes",
            service="acces-reseau-pedagogique",
            activity="mco",
        )
        routed = replace(lacking, title="Poste en panne", facts=Facts(user_category="professeurs"))
        for minutes in range(26):  # more than a list of older tickets, that wait for somebody else
            desk.open_ticket(actor_as("c11.cmi"), routed, [], now - timedelta(hours=2, minutes=minutes))
        desk.open_ticket(actor_as("c11.cmi"), lacking, [], now)
        desk.open_ticket(actor_as("c11.cmi"), own, [], now)
    for sigle in ("c11.cmi", "c11.chef"):
        page = client_as(sigle).get("/").get_data(as_text=True)
        asked = page.split('id="precisions"')[1].split("</section>")[0]
        assert "Poste sans réponse" in asked and "Mot de passe" not in asked
        to_do = page.split('id="a-faire"')[1].split("</section>")[0]
        assert "Mot de passe perdu" in to_do and "Poste sans réponse" not in to_do
