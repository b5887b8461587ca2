"""Test the page of a signed text, the way of every citation to its place in it, and what a blank cell shows of it."""

from __future__ import annotations

import html
import os
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from harness.http import post
from harness.papers import a_pdf
from harness.written import ACCORD, COLLEGE, move, settings_with_examples

from ticketing.in_force import signed_texts

PARIS = ZoneInfo("Europe/Paris")
PAGE = f"/qui-fait-quoi/{ACCORD}/texte"
TEXT = """CONVENTION NUMÉRIQUE DE LA RIVE-DOUCE

Article 1 : Objet

La présente convention vise à répartir les tâches du numérique dans les collèges. L'ENT fait l'objet d'un autre texte.

Article 2 : Guichet

L'Académie tient un guichet unique.

Article 3 : Réseau

Le Département installe et maintient le réseau des collèges publics ; dans les cités scolaires, cette maintenance
peut passer à la Région.

Article 5 : Tablettes

Le Département maintient les tabiettes pendant le temps scolaire.
Le Département veille au bon fonctionnement des tablettes. Les parties souhaitent promouvoir les usages numériques.
Le collège répare les imprimantes <script>alert(1)</script> & les scanners.

- La Région dépanne les vidéopro-
jecteurs ;
- l'antivirus est choisi avec soin.

Objet\tPar qui
Antivirus\tL'Académie gère l'antivirus
"""


@pytest.fixture
def texts(tmp_path):
    """Return the folder of texts, with that of ACCORD in it."""
    folder = tmp_path / "textes"
    folder.mkdir()
    (folder / "rive-douce.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def settings(_database, tmp_path, texts):
    made = settings_with_examples(tmp_path, _database[0])
    return made.model_copy(update={"texts_dir": texts})


@pytest.fixture(autouse=True)
def _looked_at_each_time(monkeypatch):
    """Make the folder looked at for each request, whatever the clock."""
    monkeypatch.setattr(signed_texts, "FRESH_FOR", 0.0)


@pytest.fixture
def people(app, cast, client_as, time_machine):
    def moved(sigle, scope):
        move(app, cast[sigle].account_id, scope)
        return client_as(sigle)

    time_machine.move_to(datetime(2026, 11, 25, 10, 12, tzinfo=PARIS), tick=False)
    return moved


@pytest.fixture
def reader(people):
    return people("c11.cmi", COLLEGE)


@pytest.fixture
def admin(people):
    return people("a.admin", "academie-valmont")


def words(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def row_of(page: str, sentence: str) -> str:
    """Return the row of the page that holds these words, notes included."""
    rows = re.split(r'<div class="text-row|<h2 class="text-heading|<div class="table-frame', page)
    [row] = [one for one in rows if sentence in html.unescape(one)]
    return row


def place_of(page: str, sentence: str) -> str:
    """Return the anchor of the sentence that holds these words."""
    [found] = re.findall(rf'id="(p\d+)"[^>]*>(?:(?!<span|</td|</th).)*?{re.escape(html.escape(sentence))}', page)
    return found


def test_the_whole_text_is_shown_and_each_sentence_says_what_it_settles(reader):
    answer = reader.get(PAGE)
    page, said = answer.get_data(as_text=True), words(answer)
    assert answer.status_code == 200
    assert "Le Département maintient les tabiettes pendant le temps scolaire." in said
    quoted = words_of(row_of(page, "maintient les tabiettes"))
    assert "Tablettes numériques et accessoires : maintien" in quoted.replace(" ,", ",")
    assert f'href="/qui-fait-quoi/{ACCORD}/tablettes/mco"' in row_of(page, "maintient les tabiettes")
    assert "règle : pendant le temps scolaire" in quoted.replace("règle pendant", "règle : pendant")
    assert "objet de l’accord" in row_of(page, "répartir les tâches du numérique")
    assert "hors de l’accord" in row_of(page, "fait l'objet d'un autre texte")
    assert "qui tient le guichet" in row_of(page, "tient un guichet unique")
    assert "transfert possible" in row_of(page, "dans les cités scolaires")


def words_of(row: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())


def test_marks_and_sentences_that_nobody_has_read_are_told_apart(reader):
    page = reader.get(PAGE).get_data(as_text=True)
    held = row_of(page, "Le Département veille au bon fonctionnement")
    assert (
        "Tenue par l’article " in words_of(held)
        and f'href="{PAGE}#{place_of(page, "maintient les tabiettes")}"' in held
    )
    assert "Pas une règle" in row_of(page, "promouvoir les usages numériques")
    assert "Un but commun" in row_of(page, "promouvoir les usages numériques")
    for left in ("Le collège répare les imprimantes", "La Région dépanne les vidéoprojecteurs"):
        assert "Rien encore" in row_of(page, left)
    assert "Rien encore" in page[page.index("gère l'antivirus".replace("'", "&#39;")) :][:400]


def test_the_words_of_the_text_are_shown_as_words(reader):
    page = reader.get(PAGE).get_data(as_text=True)
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; les scanners" in page


def test_a_filter_keeps_the_sentences_of_one_state_and_says_how_many(reader):
    answer = reader.get(f"{PAGE}?voir=reste")
    page, said = answer.get_data(as_text=True), words(answer)
    assert "Rien encore (4)" in said and page.count('<div class="text-row') == 4
    assert "maintient les tabiettes" not in said and 'aria-current="true"' in page
    assert "Pas une règle (1)" in said
    assert words(reader.get(f"{PAGE}?voir=%3Cb%3E")) == words(reader.get(PAGE))


def test_every_anchor_is_there_once_and_takes_the_focus(reader):
    page = reader.get(PAGE).get_data(as_text=True)
    anchors = re.findall(r'id="(p\d+)" tabindex="-1"', page) + re.findall(r'id="(p\d+)" tabindex="-1" class', page)
    assert len(set(anchors)) > 15 and page.count('id="p1"') == 1
    assert set(re.findall(r'href="#(p\d+)"', page)) <= set(anchors)


def test_only_those_who_may_read_the_agreement_read_its_text(client_as, reader, client):
    assert client_as("c12.cmi").get(PAGE).status_code == 404
    assert client_as("d2.agent").get(PAGE).status_code == 404
    assert client.get(PAGE).status_code in (302, 303, 401)
    assert reader.get("/qui-fait-quoi/hautes-pyrenees-2015/texte").status_code == 404
    assert reader.get("/qui-fait-quoi/rien/texte").status_code == 404


def test_each_citation_opens_at_its_place(reader, admin):
    page = reader.get(PAGE).get_data(as_text=True)
    place = f"{PAGE}#{place_of(page, 'maintient les tabiettes')}"
    cell = reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/mco").get_data(as_text=True)
    assert f'<a href="{place}">Lire à sa place dans le texte' in cell
    assert f'href="{PAGE}"' in reader.get(f"/qui-fait-quoi/{ACCORD}").get_data(as_text=True)
    told = admin.get(f"/administration/accords/{ACCORD}").get_data(as_text=True)
    assert "Le texte signé, phrase par phrase" in told


def test_the_reason_of_a_ticket_opens_at_its_place_and_stays_plain_once_the_text_is_gone(reader, texts):
    page = reader.get(PAGE).get_data(as_text=True)
    place = f"{PAGE}#{place_of(page, 'maintient les tabiettes')}"
    facts = {"service": "tablettes", "activity": "mco", "etablissement": COLLEGE}
    answer = post(reader, "/tickets/nouveau", {**facts, "title": "Une tablette", "body": "Elle ne s’allume plus."})
    ticket = answer.headers["Location"]
    assert f'href="{place}"' in reader.get(ticket).get_data(as_text=True)
    (texts / "rive-douce.txt").unlink()
    assert "à sa place dans le texte" not in reader.get(ticket).get_data(as_text=True)
    assert reader.get(PAGE).status_code == 404
    assert "Lire le texte signé" not in reader.get(f"/qui-fait-quoi/{ACCORD}").get_data(as_text=True)


def test_a_citation_whose_words_the_text_lacks_stays_as_it_is(reader, texts):
    (texts / "rive-douce.txt").write_text("Un autre texte.", encoding="utf-8")
    assert "à sa place dans le texte" not in reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/mco").text
    assert reader.get(PAGE).status_code == 200


def test_a_blank_cell_shows_the_sentences_that_come_near(reader, admin):
    page = reader.get(PAGE).get_data(as_text=True)
    for answer in (
        reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/assistance"),
        reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/assistance", headers={"X-Fragment": "1"}),
    ):
        told = answer.get_data(as_text=True)
        assert "Les phrases du texte qui en approchent" in told
        assert f'href="{PAGE}#{place_of(page, "bon fonctionnement des tablettes")}"' in told
    assert "qui en approchent" not in reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/mco").text
    filling = admin.get(f"/administration/accords/{ACCORD}/cases/vie-scolaire-en/mco")
    assert filling.status_code == 200  # nothing near: the form alone
    assert "Les phrases du texte" not in filling.text


def test_the_findings_lead_to_the_sentences_and_clauses_that_they_speak_of(admin):
    page = admin.get(PAGE).get_data(as_text=True)
    lint = admin.get(f"/administration/accords/{ACCORD}/controle").get_data(as_text=True)
    assert "Phrases du texte que rien ne cite" in lint
    for left in ("Le collège répare les imprimantes", "La Région dépanne"):
        assert f'href="{PAGE}#{place_of(page, left)}"' in lint


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("rive-douce.txt", "été".encode("latin-1"), "n’est pas en UTF-8"),
        ("rive-douce.txt", b"x" * 600_001, "trop gros"),
        ("rive-douce-2025.pdf", b"%PDF-1.7 broken", "ne s’ouvre pas"),
    ],
)
def test_a_text_that_cannot_be_read_is_told_in_a_sentence(reader, texts, name, body, said):
    (texts / "rive-douce.txt").unlink()
    (texts / name).write_bytes(body)
    answer = reader.get(PAGE)
    assert answer.status_code == 200 and said in words(answer)
    assert reader.get(f"/qui-fait-quoi/{ACCORD}/tablettes/mco").status_code == 200


def test_a_pdf_that_has_text_is_shown_like_a_text(reader, texts):
    (texts / "rive-douce.txt").unlink()
    (texts / f"{ACCORD}.pdf").write_bytes(
        a_pdf("Article 5\nLe Département maintient les tabiettes pendant le temps\nscolaire.")
    )
    answer = reader.get(PAGE)
    assert "Le Département maintient les tabiettes pendant le temps scolaire." in words(answer)
    assert f'href="/qui-fait-quoi/{ACCORD}/tablettes/mco"' in answer.get_data(as_text=True)


def test_a_text_that_changes_is_read_anew(reader, texts):
    path = texts / "rive-douce.txt"
    assert "Une phrase neuve" not in words(reader.get(PAGE))
    path.write_text(TEXT + "\nUne phrase neuve.\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert "Une phrase neuve." in words(reader.get(PAGE))


def test_the_text_is_split_once_however_often_it_is_shown(reader, monkeypatch):
    reader.get(PAGE)
    monkeypatch.setattr(signed_texts, "SignedText", None)
    assert reader.get(PAGE).status_code == 200
