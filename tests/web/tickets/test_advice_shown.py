"""Test the advice (whom to call, what to do) on the opening page, on tickets, and below « Qui fait quoi »."""

from __future__ import annotations

import html
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from harness.http import post
from harness.written import ACCORD, COLLEGE, move, settings_with_examples

from matrix import load_conventions
from matrix.model import Citation, FeeBand
from ticketing.web.agreements import annexes, grid, whodoeswhat

PARIS = ZoneInfo("Europe/Paris")
OPENING = "/tickets/nouveau"
TABLET = {"service": "tablettes", "activity": "mco"}


def text_of(response) -> str:
    """Return the visible text of a page, on a line."""
    page = re.sub(r"<(script|style).*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def settings(_database, tmp_path):
    """Return settings with the agreements of the tests and the one that the page on agreements makes."""
    return settings_with_examples(tmp_path, _database[0])


@pytest.fixture
def people(app, cast, client_as, time_machine):
    """Return a function: `people(sigle, scope)` gives a client with a mandate on that scope, a Wednesday at ten."""

    def moved(sigle, scope):
        move(app, cast[sigle].account_id, scope)
        return client_as(sigle)

    time_machine.move_to(datetime(2026, 11, 25, 10, 12, tzinfo=PARIS), tick=False)
    return moved


@pytest.fixture
def correspondant(people):
    return people("c11.cmi", COLLEGE)


@pytest.fixture
def later(people, time_machine):
    """Return a function: `later(2026, 11, 27, 18)` gives the correspondant, logged in again at that hour of Paris."""

    def moved(*when):
        time_machine.move_to(datetime(*when, tzinfo=PARIS), tick=False)
        return people("c11.cmi", COLLEGE)

    return moved


def fragment(client, **chosen):
    return text_of(client.get(f"{OPENING}/decision", query_string={**TABLET, **chosen}))


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_panel_says_whom_to_call_and_whether_they_answer(correspondant, later):
    assert (
        "Assistance du Département : 05.55.00.00.00 , du lundi au vendredi de 8 h 30 à 12 h 30 et de 13 h 30 à 17 h "
        "ouvert maintenant, jusqu’à 12 h 30"
    ) in fragment(correspondant)
    assert 'href="tel:0555000000"' in correspondant.get(f"{OPENING}?service=tablettes&activity=mco").text
    assert "fermé, ouvre aujourd’hui à 13 h 30" in fragment(later(2026, 11, 25, 12, 40))
    assert "fermé, rouvre lundi à 8 h 30" in fragment(later(2026, 11, 27, 18))


def test_the_contact_is_that_of_who_answers(correspondant):
    own = {"acquired_by": "college", "acquired_on": "2026-01-01", "inventoried": "non"}
    assert "05.55.00.00.00" not in fragment(correspondant, **own)
    assert "05.55.00.00.00" not in text_of(
        correspondant.get(f"{OPENING}/decision?service=filtrage-internet&activity=installation")
    )


def test_school_time_is_told_by_the_hour_not_by_the_day(correspondant, later):
    assert "Hors du temps scolaire" not in fragment(correspondant)
    assert "Hors du temps scolaire" in fragment(later(2026, 11, 25, 20))


def test_the_guidance_of_an_incident_shows_once_it_is_chosen(correspondant):
    waiting = fragment(correspondant)
    assert "Dites sous « Une précision » quel incident c’est" in waiting and "à déclarer sous 48 heures" not in waiting
    told = fragment(correspondant, incident="vol")
    assert "Vol : à déclarer sous 48 heures Avant le vendredi 27 novembre, 10 h" in told
    assert "« Un vol est déclaré à la police sous 48 heures »" in told.replace("\u00a0", " ")
    assert fragment(correspondant, incident="<b>incendie") == waiting


def test_guidance_goes_where_a_known_fact_says_it_does_not_apply(correspondant):
    shown = fragment(correspondant, incident="vol", acquired_by="college")
    assert "à déclarer sous 48 heures" not in shown


def test_the_incident_is_asked_only_where_the_text_tells_some_apart(correspondant):
    asked = correspondant.get(f"{OPENING}?service=tablettes&activity=mco").text
    assert re.search(r'<fieldset class="question" data-question="incident">', asked)
    other = correspondant.get(f"{OPENING}?service=infrastructure-reseau&activity=mco").text
    assert re.search(r'<fieldset class="question" data-question="incident" hidden disabled>', other)


def test_where_no_agreement_tells_incidents_apart_nothing_is_asked(client_as):
    assert 'data-question="incident"' not in client_as("c11.cmi").get(OPENING).text


def sent(client, **typed):
    form = {**TABLET, "title": "Tablette disparue", "body": "Depuis ce matin.", "token": f"jeton-{typed}"[:40], **typed}
    return post(client, OPENING, form)


def test_the_ticket_says_which_incident_and_a_search_finds_it(correspondant):
    answer = sent(correspondant, incident="vol")
    assert answer.status_code == 303
    page = text_of(correspondant.get(answer.headers["Location"]))
    assert "Incident : Vol. Depuis ce matin." in page
    assert "<p>Incident : Vol.</p><p>Depuis ce matin.</p>" in correspondant.get(answer.headers["Location"]).text
    assert "Tablette disparue" in text_of(correspondant.get("/tickets?q=incident+vol&etat=tous"))


def test_a_ticket_that_says_its_incident_in_its_text_shows_it_once(correspondant):
    address = sent(correspondant, incident="vol", body="Incident : Vol.\n\nDepuis ce matin.").headers["Location"]
    assert correspondant.get(address).text.count("<p>Incident : Vol.</p>") == 1, "the form that amends it apart"


def test_an_incident_that_is_not_asked_is_not_written(correspondant):
    for typed in ({"incident": "incendie"}, {"incident": "vol", "service": "infrastructure-reseau"}, {}):
        answer = sent(correspondant, **typed)
        assert "Incident" not in text_of(correspondant.get(answer.headers["Location"]))


def test_a_refused_form_keeps_the_incident_and_does_not_write_it_in_the_words(correspondant):
    answer = sent(correspondant, incident="vol", title="ab")
    assert answer.status_code == 422
    assert '<option value="vol" selected>' in answer.text
    assert "Incident : Vol" not in answer.text


# --- the ticket -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stolen(correspondant):
    """Return the address of a ticket on a stolen tablet."""
    return sent(correspondant, incident="vol").headers["Location"]


def test_the_ticket_tells_whom_to_call_and_counts_from_its_opening(correspondant, stolen, later):
    page = text_of(correspondant.get(stolen))
    assert "05.55.00.00.00" in page and "ouvert maintenant" in page
    assert "Avant le vendredi 27 novembre, 10 h 12 (48 heures depuis l’ouverture du ticket)" in page
    assert "Délai passé depuis le vendredi 27 novembre, 10 h 12" in text_of(later(2026, 11, 27, 10, 13).get(stolen))


def test_a_technician_is_told_what_to_do_but_not_to_call_themselves(people, stolen):
    answer = people("d1.agent", "departement-rive-douce").get(stolen)
    assert "à déclarer sous 48 heures" in text_of(answer)
    assert "05.55.00.00.00" not in re.sub("<option.*?</option>", "", answer.text)  # a clause to invoke may hold it


def test_a_ticket_written_by_hand_names_no_incident_that_there_is_not(correspondant):
    answer = sent(correspondant, body="Incident : <script>alert(1)</script>.")
    page = correspondant.get(answer.headers["Location"])
    assert page.status_code == 200 and "<script>alert" not in page.text


def test_what_is_told_asks_nothing_more_of_the_database(correspondant, stolen, queries_of, monkeypatch):
    from ticketing.in_force import routing
    from ticketing.web.tickets import page

    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)
    correspondant.get(stolen)
    with queries_of() as told:
        correspondant.get(stolen)
    monkeypatch.setattr(page, "_advised", lambda ticket: page.advice_panel.NOTHING)
    with queries_of() as untold:
        correspondant.get(stolen)
    assert len(told) == len(untold)


# --- « Qui fait quoi » ------------------------------------------------------------------------------------------------


def test_the_annexes_say_whom_to_call_what_to_do_and_what_the_scale_leaves_out(correspondant):
    page = text_of(correspondant.get(f"/qui-fait-quoi/{ACCORD}"))
    for words in (
        "Qui appeler Le Département de la Rive-Douce",
        "Vol : à déclarer sous 48 heures La personne volée",
        "Département 99 Point : Maison du numérique, Valmont Réseau : RÉSEAU DES BERGES",
        "jusqu’à 499 utilisateurs 200 €",
        "Un établissement qui compte 500 utilisateurs ne tombe dans aucune tranche",
        "conflit deux clauses nomment deux parties",
        "au cas par cas le texte ne le promet pas",
        "Autre site : annexe du Moulin.",
    ):
        assert words in page.replace("\u00a0", " "), words


def test_a_conflict_and_a_case_by_case_cell_open_on_what_they_mean(correspondant):
    conflict = text_of(correspondant.get(f"/qui-fait-quoi/{ACCORD}/filtrage-internet/installation"))
    assert (
        "Les textes nomment à la fois le Département de la Rive-Douce et l’Académie de Valmont : "
        "l’Académie de Valmont garde la demande au guichet et fait trancher."
    ) in conflict
    decided = text_of(correspondant.get(f"/qui-fait-quoi/{ACCORD}/imprimante-3d/installation"))
    assert "Cela se décide au cas par cas" in decided


def test_the_second_site_is_named_where_one_chooses(people):
    page = people("d1.agent", "departement-rive-douce").get(f"/qui-fait-quoi/{ACCORD}").text
    assert "Valmont, Beau Séjour, et annexe du Moulin" in html.unescape(page)


def test_an_uai_in_small_letters_finds_its_etablissement(people):
    client = people("d1.agent", "departement-rive-douce")
    capitals = client.get(f"/qui-fait-quoi/{ACCORD}?etablissement={COLLEGE}")
    small = client.get(f"/qui-fait-quoi/{ACCORD}?etablissement={COLLEGE.lower()}")
    assert capitals.status_code == small.status_code == 200
    assert "Collège Beau Séjour, Valmont" in text_of(small)


def test_an_uai_in_small_letters_is_taken_in_the_forms_of_people(people, cast):
    client = people("a.admin", "academie-valmont")
    account = cast["c11.chef"].account_id
    people("c11.chef", COLLEGE)
    mandate = {"role": "cmi", "scope_id": COLLEGE.lower(), "starts_on": "2026-11-25"}
    answer = post(client, f"/administration/comptes/{account}/mandats", mandate)
    assert answer.status_code in (303, 404)  # 404: the account belongs to an organisation of another académie
    made = post(
        client,
        "/administration/comptes",
        {
            "sigle": "u.ai",
            "last_name": "Uai",
            "first_name": "Ulysse",
            "company": "Collège",
            "email": "u@exemple.fr",
            "function": "Essai",
            "organisation": COLLEGE.lower(),
            "external": "non",
        },
    )
    assert made.status_code == 303
    page = client.get(made.headers["Location"])
    assert "Collège Beau Séjour, Valmont" in text_of(page)
    given = post(client, f"{made.headers['Location'].split('#')[0]}/mandats", mandate)
    assert given.status_code == 303


def test_the_shipped_agreements_show_what_their_texts_say():
    conventions = load_conventions()
    acar = annexes.annexes(conventions, "acar-2021", None)
    assert [departement for departement, _ in acar.points] == ["04", "05", "13", "84"]
    assert sum(len(networks) for _, networks in acar.networks) == len(conventions["acar-2021"].networks) > 0
    assert [(scale.year, scale.uncovered) for scale in acar.scales] == [(2019, ("300",))]
    assert any("SUPUTI" in tip.title and "autorisation" in tip.title for one in acar.tips for tip in one.tips)
    aix = annexes.annexes(conventions, "aix-en-provence-2017", None)
    assert len(aix.schools) == 2
    assert len(annexes.annexes(conventions, "aix-en-provence-2017", aix.schools[0].id).schools) == 1
    lezay = annexes.annexes(conventions, "deux-sevres-2017", "college-lezay")
    assert [one.party for one in lezay.contacts] == ["academie", "departement"]


@pytest.mark.parametrize(
    ("bands", "left"),
    [
        ([(None, 299), (301, 600)], ["300"]),
        ([(301, 600), (None, 299), (651, None)], ["300", "de 601 à 650"]),
        ([(None, 300), (301, None)], []),
        ([(None, 300), (200, None)], []),
        ([], []),
    ],
)
def test_who_falls_in_no_band(bands, left):
    said = Citation("x", "7", "derived", "…")
    assert annexes.uncovered([FeeBand(least, most, 1, 2019, said) for least, most in bands]) == left


def test_every_cell_of_every_agreement_has_a_word_and_a_sentence():
    conventions = load_conventions()
    for agreement in conventions:
        kinds = set()
        for section in grid.sections(conventions, agreement.id, None):
            for service in section.services:
                for cell in service.cells:
                    kinds.add(cell.kind)
                    assert cell.word and cell.sentence.endswith("."), cell
                    assert whodoeswhat.grid.detail(conventions, agreement.id, None, cell.service, cell.activity)
        values = {cell.value for cell in agreement.versions[-1].cells.values()}
        assert ("conflict" in kinds) == ("conflit" in values)
        assert ("arbitration" in kinds) == ("arbitrage" in values)


def test_an_agreement_that_lapsed_is_said_so(people):
    client = people("c11.cmi", "0131266F")
    page = text_of(client.get("/qui-fait-quoi/bouches-du-rhone-2017"))
    first = "À compter du 15 septembre 2020 (dernier jour : 14 septembre 2020)"
    ended = f"{first}, sa durée étant achevée (article 11 du partenariat)."
    assert f"Cet accord n’est plus en vigueur {ended}" in page
