"""Test the main job in a real Chromium: a ticket from the correspondant to the figures, by the people who do it.

Each page on the way passes axe and leaves its screenshot in test-output/ with TEST_SCREENSHOTS=1.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from harness.keyboard import SEND, reach
from harness.reading import read_through

from charters.keys import keys, otp
from charters.people import accounts

PIN = "vélo-97-bleu"
SEED = b"a seed of twenty byte"[:20]
NARROW = {"width": 320, "height": 640}


def code_of(secret: str) -> str:
    """Return the code that the key of this base32 seed shows now."""
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return otp.code_at(seed, otp.step_at(datetime.now(UTC)))


def enter(page, live, sigle, pin, code):
    """Log in through the form, by hand."""
    page.goto(f"{live.url}/connexion")
    page.get_by_label("Sigle").fill(sigle)
    page.get_by_label("Code PIN").fill(pin)
    page.get_by_label("Code affiché").fill(code)
    page.get_by_role("button", name="Se connecter").click()


@pytest.fixture
def person(live, cast, new_page):
    """Return a function: person("d1.agent") gives a page of a browser in which that person is logged in."""

    def come_in(sigle):
        page = new_page()
        enter(page, live, sigle, cast[sigle].pin, code_of(cast[sigle].otp_secret))
        page.wait_for_url(lambda url: "/connexion" not in url)
        return page

    return come_in


@pytest.fixture
def newcomer(live, cast):
    """Return a correspondant of C11 who has a key and has signed nothing yet: « neuf.cmi »."""
    now = datetime.now(UTC)
    with live.app.app_context():
        account = accounts.create_account(
            accounts.AccountForm(
                "neuf.cmi",
                "Garrigou",
                "Léa",
                "Collège Desaix",
                "neuf.cmi@guichet.example",
                "Correspondante",
                "desaix-tarbes",
                False,
            ),
            actor=None,
            now=now,
        )
        accounts.add_mandate(account, "cmi", "desaix-tarbes", now.date(), actor=None, now=now)
        keys.enrol_directly(account, PIN, now=now, seed=SEED)
    return "neuf.cmi"


def open_a_ticket(page, live, title):
    """Fill in the opening form until the decision shows."""
    page.goto(f"{live.url}/tickets/nouveau")
    page.get_by_label("Que se passe-t-il ?").fill(title)
    page.locator("[data-offer][value='prendre equipement-bureautique mco']").click()
    page.get_by_text("Ajouter une photo, des détails").click()
    page.get_by_label("Racontez").fill("Depuis ce matin, le poste du fond ne démarre plus. Câble et prise vérifiés.")


def test_a_ticket_from_its_opening_to_the_figures(live, newcomer, person, new_page, axe, tmp_path):
    # The correspondant logs in, and reads and signs the charters before any other page shows.
    cmi = new_page()
    cmi.goto(f"{live.url}/tickets")
    axe(cmi, "parcours-01-connexion")
    enter(cmi, live, newcomer, PIN, code_of(otp.base32(SEED)))
    cmi.wait_for_url("**/chartes")
    axe(cmi, "parcours-02-chartes")
    cmi.get_by_role("link", name="Lire et signer").first.click()
    axe(cmi, "parcours-03-charte")
    read_through(cmi)
    cmi.get_by_label("J’ai lu cette charte").check()
    cmi.get_by_role("button", name="Signer la charte").click()
    cmi.wait_for_url(lambda url: "/chartes" not in url)
    axe(cmi, "parcours-04-accueil")

    # She opens a ticket. A missing fact is asked on the page, then the party and its clause are shown.
    open_a_ticket(cmi, live, "Poste élève en panne en salle B12")
    decision = cmi.locator("#decision")
    question = cmi.locator("[data-question=usage]")
    question.wait_for(state="visible")
    assert "Académie" in decision.inner_text() and "Département" in decision.inner_text(), "both candidates are named"
    axe(cmi, "parcours-05-question")
    question.get_by_label("Une classe").check()
    decision.locator(".decision-or").wait_for(state="detached")
    assert "Département des Hautes-Pyrénées" in decision.inner_text()
    clause = decision.locator("details").first
    clause.locator("summary").click()
    assert "hors matériels" in decision.inner_text() or "II.2" in decision.inner_text()
    assert re.search(r"administratif|Académie", decision.inner_text()), "what would have changed it"
    photo = tmp_path / "message.txt"
    photo.write_text("Message affiché : no bootable device", "utf-8")
    cmi.locator("input[type=file]").first.set_input_files(str(photo))
    axe(cmi, "parcours-06-decision")
    cmi.get_by_role("button", name="Envoyer", exact=True).last.click()
    cmi.wait_for_url(re.compile(r"/tickets/\d+$"))
    number = int(cmi.url.rsplit("/", 1)[1])
    assert "Département des Hautes-Pyrénées" in cmi.locator(".status").inner_text()
    assert cmi.get_by_role("link", name=re.compile("message.txt")).is_visible()
    axe(cmi, "parcours-07-ticket")

    # The département's technician finds the ticket, works on it and asks a question; another département's gets 404.
    stranger = person("d2.agent")
    stranger.goto(f"{live.url}/tickets/{number}")
    assert "Page introuvable" in stranger.inner_text("main")
    axe(stranger, "parcours-08-introuvable")
    agent = person("d1.agent")
    agent.goto(f"{live.url}/tickets")
    axe(agent, "parcours-09-file")
    agent.get_by_role("link", name=re.compile("Poste élève en panne")).first.click()
    agent.get_by_role("button", name="Prendre en charge").click()
    agent.get_by_text("Vous avez ce ticket en charge").wait_for()
    agent.get_by_label(re.compile("Note interne")).check()
    agent.get_by_label("Votre texte").fill("Prévoir une alimentation dans le véhicule.")
    agent.get_by_role("button", name=re.compile("Publier|Garder")).click()
    agent.get_by_text("Prévoir une alimentation").wait_for()
    axe(agent, "parcours-10-en-charge")
    agent.get_by_text("Mettre en attente, poser une question").click()
    agent.get_by_label("On attend une réponse du demandeur").check()
    agent.get_by_label("La question, ou la raison").fill("Un signal sonore se fait-il entendre ?")
    agent.get_by_role("button", name="Mettre en attente").click()
    agent.get_by_text("Le ticket est en attente").wait_for()

    # The correspondant answers; she cannot read the internal note.
    cmi.goto(f"{live.url}/tickets/{number}")
    assert "Prévoir une alimentation" not in cmi.inner_text("main")
    assert "Un signal sonore" in cmi.locator(".answer-question").inner_text(), "the question stands above its answer"
    cmi.get_by_label("Votre réponse").fill("Oui, trois bips courts.")
    axe(cmi, "parcours-11-reponse")
    cmi.get_by_role("button", name="Envoyer la réponse").click()
    cmi.get_by_text("Oui, trois bips courts.").wait_for()

    # The ticket is the académie's in fact: the technician hands it on with a reason.
    agent.goto(f"{live.url}/tickets/{number}")
    agent.get_by_text("Transmettre à…").click()
    agent.get_by_label("Pourquoi ?").last.select_option("mauvaise-partie")
    agent.get_by_label("Expliquez").fill("C’est le poste de la gestionnaire, déplacé en B12 pendant les travaux.")
    axe(agent, "parcours-12-transmettre")
    agent.get_by_role("button", name="Transmettre à : Académie de Toulouse").click()
    agent.wait_for_selector(".flashes .alert-success")

    # The académie's technician resolves it, the correspondant confirms.
    tech = person("a.tech")
    tech.goto(f"{live.url}/tickets/{number}")
    assert "C’est le poste de la gestionnaire" in tech.inner_text("main")
    tech.get_by_role("button", name="Prendre en charge").click()
    tech.get_by_text("Vous avez ce ticket en charge").wait_for()
    tech.get_by_text("Résoudre", exact=True).click()
    tech.get_by_label("La solution").fill("Barrette mémoire changée, le poste démarre.")
    axe(tech, "parcours-13-resoudre")
    tech.get_by_role("button", name="Marquer comme résolu").click()
    tech.get_by_text("Le ticket est résolu").wait_for()
    cmi.goto(f"{live.url}/tickets/{number}")
    cmi.get_by_role("button", name="Oui, c’est résolu").click()
    cmi.get_by_text("le ticket est clos").first.wait_for()
    axe(cmi, "parcours-14-clos")

    # After the night's computation, the administrator reads the figures.
    with live.app.app_context():
        from ticketing.figures import nightly

        nightly.write_nightly(datetime.now(UTC))
    admin = person("a.admin")
    admin.goto(f"{live.url}/chiffres")
    axe(admin, "parcours-15-chiffres")
    tables = admin.locator("table").all_text_contents()
    assert any("Académie de Toulouse" in table for table in tables)
    with admin.expect_download() as download:
        admin.get_by_role("link", name=re.compile("CSV")).first.click()
    assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize(
    ("sigle", "address"),
    [
        ("c11.cmi", "/"),
        ("c11.cmi", "/tickets"),
        ("c11.cmi", "/tickets/nouveau"),
        ("c11.cmi", "/tickets/1"),
        ("d1.agent", "/tickets"),
        ("d1.agent", "/tickets/1"),
        ("c11.cmi", "/qui-fait-quoi/hautes-pyrenees-2015"),
        ("a.admin", "/chiffres"),
        ("a.admin", "/administration"),
        ("a.admin", "/administration/journal"),
        ("a.admin", "/administration/consultation"),
        ("a.admin", "/administration/accords"),
        ("c11.cmi", "/compte"),
    ],
    ids=lambda value: value.strip("/").replace("/", "-") or "accueil",
)
def test_at_320_pixels_nothing_scrolls_sideways(live, cast, browser_page, axe, sigle, address):
    from harness.cast import new_session

    from ticketing.demo.cast import actor
    from ticketing.model import Draft
    from ticketing.tickets import desk
    from ticketing.web import guards

    with live.app.app_context():
        desk.open_ticket(
            actor("c11.cmi"),
            Draft(
                title="Un titre d’une longueur déraisonnable, anticonstitutionnellement parlant, sur un téléphone",
                body="https://exemple.fr/" + "tres-long/" * 20,
                etablissement="desaix-tarbes",
                service="infrastructure-reseau",
                activity="mco",
                tag="X" * 60,
            ),
            [],
            datetime.now(UTC),
        )
        cookie = {"name": guards.cookie_name(), "value": new_session(cast[sigle]), "url": live.url}
    browser_page.context.add_cookies([cookie])
    browser_page.set_viewport_size(NARROW)
    browser_page.goto(live.url + address)
    axe(browser_page, f"etroit-{sigle}-{address.strip('/').replace('/', '-') or 'accueil'}")


def test_login_and_opening_by_keyboard_alone(live, cast, browser_page):
    page, keyboard = browser_page, browser_page.keyboard
    page.goto(f"{live.url}/connexion?suite=/tickets/nouveau")
    reach(page, "[name=sigle]")
    keyboard.type("c11.cmi")
    reach(page, "[name=pin]")
    keyboard.type(cast["c11.cmi"].pin)
    reach(page, "[name=code]")
    keyboard.type(code_of(cast["c11.cmi"].otp_secret))
    keyboard.press("Enter")
    page.wait_for_url(f"{live.url}/tickets/nouveau")
    reach(page, "[name=title]")
    keyboard.type("Wifi absent au premier étage")
    page.wait_for_selector("[data-offer]")
    reach(page, "[data-offer]")
    keyboard.press("Enter")
    page.locator("#decision").get_by_text("Département des Hautes-Pyrénées").first.wait_for()
    reach(page, SEND)
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    assert "Wifi absent au premier étage" in page.inner_text("h1")
