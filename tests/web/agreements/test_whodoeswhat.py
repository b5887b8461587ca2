"""Test « Qui fait quoi »: all of annexe 2 on a page, also in sentences, each cell with its clause, in the mandate."""

from __future__ import annotations

import gzip
import html
import re

import pytest
from harness.cast import new_session

from matrix import load_conventions, table
from ticketing.web.agreements import grid
from ticketing.web.guards import cookie_name

CONVENTION = "hautes-pyrenees-2015"
PAGE = f"/qui-fait-quoi/{CONVENTION}"
#: Annexe 2 is 38 services by 6 activities; the articles name two more services, uses and training.
CELLS = (38 + 2) * 6
BLANK = 138


@pytest.fixture(scope="module")
def conventions():
    return load_conventions()


def text_of(response) -> str:
    """Return the visible text of a page, on a line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def cells(page: str) -> list[tuple[str, str]]:
    """Return (class, text) of each cell of the grid."""
    found = re.findall(r'<td class="cell ([^"]+)">(.*?)</td>', page, flags=re.DOTALL)
    return [(names, re.sub(r"<[^>]+>", "", inner).strip()) for names, inner in found]


# --- shaping ----------------------------------------------------------------------------------------------------------


def test_the_grid_says_in_words_what_the_table_says(conventions):
    words = {
        "EN": "Académie",
        "CL": "Département",
        "Etab": "Collège",
        "CL ou Etab": "Département ou collège",
        "sans objet": "sans objet",
        "selon": "selon les faits",
        "": "à qualifier",
    }
    shown = {
        (service.id, cell.activity): cell
        for section in grid.sections(conventions, CONVENTION, "desaix-tarbes")
        for service in section.services
        for cell in service.cells
    }
    rows = list(table.rows(conventions, CONVENTION))
    assert len(rows) == len(shown) == CELLS
    for row in rows:
        cell = shown[row.service, row.activity]
        value, _, note = row.value.partition(" (")
        assert cell.word.endswith(words[value]), row
        assert cell.note == note.rstrip(")")
        assert cell.provenance == row.provenance


@pytest.mark.parametrize("place", [None, "desaix-tarbes"])
def test_every_cell_opens_on_a_clause_and_a_sentence(conventions, place):
    for row in table.rows(conventions, CONVENTION):
        found = grid.detail(conventions, CONVENTION, place, row.service, row.activity)
        assert found.citations and all(citation.quote for citation in found.citations)
        assert found.view.sentence.endswith(".")
        assert (found.view.kind == "unknown") == (row.value == "")
        if found.view.note:
            assert found.note is not None


def test_a_cell_that_hangs_on_facts_tells_each_case(conventions):
    found = grid.detail(conventions, CONVENTION, "desaix-tarbes", "equipement-bureautique", "mco")
    assert [outcome.party for outcome in found.outcomes] == ["academie", "college", "departement", "departement"]
    assert found.outcomes[0].condition == "si l’utilisateur est administratif"
    assert "1er\u00a0septembre 2015" in found.outcomes[1].condition
    assert found.outcomes[-1].condition == ""
    assert [helper.party for helper in found.helpers] == ["departement"]


def test_a_cell_that_the_table_lacks_is_no_cell(conventions):
    for service, activity in (("ent", "mco"), ("equipement-bureautique", "vol"), ("", "")):
        with pytest.raises(KeyError):
            grid.detail(conventions, CONVENTION, None, service, activity)


@pytest.mark.parametrize(
    ("party", "place", "said"),
    [
        ("academie", None, "l’Académie de Toulouse"),
        ("departement", None, "le Département des Hautes-Pyrénées"),
        ("region", None, "la Région Midi-Pyrénées"),
        ("college", None, "le collège"),
        ("college", "desaix-tarbes", "le collège Desaix, Tarbes"),
    ],
)
def test_a_party_is_named_with_its_article(conventions, party, place, said):
    assert grid.party_name(conventions, conventions[CONVENTION], party, place) == said


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_correspondant_comes_straight_to_the_grid_of_the_college(client_as):
    client = client_as("c11.cmi")
    assert client.get("/qui-fait-quoi").headers["Location"] == PAGE
    response = client.get(PAGE)
    page = response.get_data(as_text=True)
    assert len(cells(page)) == CELLS
    unsettled = [word for _, word in cells(page) if word == "à qualifier"]
    assert page.count("cell-unknown mark-default") == len(unsettled) == BLANK
    assert "Collège Desaix, Tarbes" in page
    assert "<select" not in page  # there is a single choice


def test_the_page_is_light(client_as):
    assert len(gzip.compress(client_as("c11.cmi").get(PAGE).data)) < 20_000


def test_the_page_costs_a_few_queries_whatever_its_size(client_as, queries_of):
    client = client_as("c11.cmi")
    client.get(PAGE)
    with queries_of() as whole:
        client.get(PAGE)
    with queries_of() as part:
        client.get(f"{PAGE}?section=structurants")
    assert len(part) == len(whole) <= 4


def test_the_same_in_sentences(client_as):
    client = client_as("c11.cmi")
    response = client.get(f"{PAGE}?vue=phrases")
    assert not cells(response.get_data(as_text=True))
    read = text_of(response)
    assert (
        "C’est en panne Maintien en condition opérationnelle : le Département des Hautes-Pyrénées s’en occupe." in read
    )
    assert "le texte ne le dit pas ; l’Académie de Toulouse reçoit la demande et la qualifie." in read
    assert response.get_data(as_text=True).count('<li class="duty-') == CELLS


def test_people_s_words_come_first_and_the_agreement_s_beside(client_as):
    page = client_as("c11.cmi").get(PAGE).get_data(as_text=True)
    plain = "Le réseau du collège\xa0: prises, câbles, wifi"
    assert f'<th scope="row">{plain}<small>Infrastructure réseau (câblage, actifs réseaux)</small></th>' in page
    assert "C’est en panne<small>Maintien en condition opérationnelle</small>" in page


def test_a_search_finds_services_by_everyday_words_with_typing_errors_too(client_as):
    client = client_as("c11.cmi")

    def found(text: str, **more: str) -> list[str]:
        page = client.get(PAGE, query_string={"q": text, **more}).get_data(as_text=True)
        return re.findall(r'<th scope="row">([^<]+)', page)

    assert found("wifi") == found("wi-fi") == ["Le réseau du collège\xa0: prises, câbles, wifi"]
    assert "Un ordinateur, une imprimante, un vidéoprojecteur" in found("imprimente")
    assert found("Infrastructure réseau câblage") == found("wifi"), "the agreement's words are found too"
    assert found("wifi", section="structurants") == found("wifi"), "a section without a match hides nothing"
    nothing = client.get(f"{PAGE}?q=zorglub%3Cb%3E").get_data(as_text=True)
    assert "Aucun service trouvé" in nothing and "zorglub&lt;b&gt;" in nothing and "data-grid" not in nothing
    sentences = client.get(f"{PAGE}?q=wifi&vue=phrases").get_data(as_text=True)
    assert sentences.count('<li class="duty-') == 6
    assert "vue=phrases&amp;q=wifi" in sentences or "q=wifi&amp;vue=phrases" in sentences, "sections keep the search"


def test_one_section_alone(client_as):
    client = client_as("c11.cmi")
    assert len(cells(client.get(f"{PAGE}?section=infrastructure").get_data(as_text=True))) == 5 * 6
    assert len(cells(client.get(f"{PAGE}?section=nulle").get_data(as_text=True))) == CELLS


def test_the_annexes_stand_below(client_as, conventions):
    read = text_of(client_as("c11.cmi").get(PAGE))
    convention = conventions[CONVENTION]
    assert len(convention.categories) == 15 and len(convention.equipment) == 18
    for line in (*convention.categories.values(), *convention.equipment):
        assert " ".join(line.label.split()) in read
    for term in convention.glossary:
        assert term.term in read


def test_every_cell_has_an_address_that_shows_its_clause(client_as):
    client = client_as("c11.cmi")
    addresses = re.findall(r'href="(/qui-fait-quoi/[^"]+)" data-dialog', client.get(PAGE).get_data(as_text=True))
    assert len(set(addresses)) == CELLS
    for address in sorted(set(addresses))[::19]:
        response = client.get(html.unescape(address))
        assert response.status_code == 200
        assert "<blockquote>" in response.get_data(as_text=True)


def test_a_cell_shows_reference_quote_and_provenance(client_as):
    page = text_of(client_as("c11.cmi").get(f"{PAGE}/vie-scolaire-prive/acquisition"))
    assert "Annexe 2, note\u00a04".replace("\u00a0", " ") in page.replace("\u00a0", " ")
    assert "imprimé" in page
    assert "Si la collectivité a payé : le Département des Hautes-Pyrénées s’en occupe" in page


def test_a_script_gets_the_cell_alone(client_as):
    response = client_as("c11.cmi").get(f"{PAGE}/equipement-bureautique/mco", headers={"X-Fragment": "1"})
    page = response.get_data(as_text=True)
    assert "<html" not in page and 'id="feuille-titre"' in page and "<blockquote>" in page


def test_who_may_open_a_ticket_is_offered_it_from_the_cell(client_as):
    offer = "/tickets/nouveau?service=equipement-bureautique&amp;activity=mco"
    cell = f"{PAGE}/equipement-bureautique/mco"
    assert offer in client_as("c11.cmi").get(cell).get_data(as_text=True)
    assert offer in client_as("c11.reseau").get(cell).get_data(as_text=True)
    assert offer not in client_as("c11.chef").get(cell).get_data(as_text=True)
    assert offer not in client_as("d1.agent").get(cell).get_data(as_text=True)
    accounts = f"{PAGE}/gestion-eleves/mco"  # annexe 5 does not list it for the gestionnaire réseau
    assert "/tickets/nouveau?service" not in client_as("c11.reseau").get(accounts).get_data(as_text=True)


# --- the mandate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigle", ["d1.agent", "d1.ref", "a.tech", "a.admin", "a.lecture"])
def test_others_choose_an_etablissement_of_their_mandate(client_as, sigle):
    client = client_as(sigle)
    page = client.get(PAGE).get_data(as_text=True)
    assert '<option value="desaix-tarbes"' in page
    chosen = client.get(f"{PAGE}?etablissement=victor-hugo-tarbes")
    assert "Collège Victor Hugo, Tarbes" in text_of(chosen)
    cell = re.search(r'href="([^"]+)" data-dialog', chosen.get_data(as_text=True))
    assert cell is not None and "etablissement=victor-hugo-tarbes" in cell[1]


def test_an_agreement_outside_the_mandate_does_not_exist(client_as, app):
    from ticketing.in_force import routing

    with app.app_context():
        others = [one for one in routing.router().conventions.ids if one != CONVENTION]
    assert others  # the invented agreement of D2
    client = client_as("c11.cmi")
    for other in (*others, "nulle"):
        assert client.get(f"/qui-fait-quoi/{other}").status_code == 404
        assert client.get(f"/qui-fait-quoi/{other}/equipement-bureautique/mco").status_code == 404
    assert client_as("d2.agent").get(PAGE).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"{PAGE}?etablissement=victor-hugo-tarbes",
        f"{PAGE}?etablissement=nulle",
        f"{PAGE}/equipement-bureautique/mco?etablissement=victor-hugo-tarbes",
        f"{PAGE}/ent/mco",
        f"{PAGE}/a/b",
    ],
)
def test_what_is_outside_the_mandate_or_unknown_answers_404(client_as, address):
    assert client_as("c11.cmi").get(address).status_code == 404


def test_nobody_reads_it_before_logging_in(client):
    assert client.get(PAGE).status_code == 303


# --- in a browser -----------------------------------------------------------------------------------------------------


def enter(page, live, person) -> None:
    """Log a person in, in this browser."""
    with live.app.app_context():
        page.context.add_cookies([{"name": cookie_name(), "value": new_session(person), "url": live.url}])


def focused(page) -> str:
    """Return the address of the link that has the focus."""
    return page.evaluate("document.activeElement.getAttribute('href')")


def test_a_cell_opens_in_a_dialog_and_arrows_walk_the_grid(browser_page, live, cast, axe):
    enter(browser_page, live, cast["c11.cmi"])
    browser_page.goto(f"{live.url}{PAGE}")
    axe(browser_page, "qui-fait-quoi")
    first = browser_page.locator("table[data-grid] td a").first
    first.focus()
    browser_page.keyboard.press("ArrowRight")
    browser_page.keyboard.press("ArrowDown")
    assert focused(browser_page).endswith("raccordement-internet/acquisition")
    browser_page.keyboard.press("Enter")
    sheet = browser_page.locator("dialog.sheet[open]")
    sheet.wait_for()
    assert "préambule" in sheet.inner_text().lower()
    axe(browser_page, "qui-fait-quoi-case")
    browser_page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert focused(browser_page).endswith("raccordement-internet/acquisition")


def test_on_a_phone_the_grid_becomes_cards(browser_page, live, cast, axe):
    browser_page.set_viewport_size({"width": 320, "height": 640})
    enter(browser_page, live, cast["c11.cmi"])
    browser_page.goto(f"{live.url}{PAGE}")
    assert not browser_page.locator("table[data-grid]").is_visible()
    service = browser_page.locator(".duties details").first
    service.locator("summary").click()
    said = service.inner_text()
    assert "À ajouter au catalogue Préconisation d'usage : le Département des Hautes-Pyrénées s’en occupe." in said
    wide = "[...document.querySelectorAll('.duties')].every(one => one.scrollWidth <= one.clientWidth)"
    assert browser_page.evaluate(wide)
    axe(browser_page, "qui-fait-quoi-320")
