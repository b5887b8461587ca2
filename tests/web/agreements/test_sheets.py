"""Test the matrix as a spreadsheet: downloaded, sent, questioned, confirmed; for the administrator only."""

from __future__ import annotations

import html
import io
import re

import openpyxl
import pytest
from harness.http import csrf, post
from openpyxl.styles import PatternFill

from matrix import load_conventions
from matrix.sheets import FORMATS, export

HP = "hautes-pyrenees-2015"
PAGE = f"/administration/accords/{HP}/tableur"
CONVENTIONS = load_conventions()
RED, BLUE, VIOLET = "FF0000", "0070C0", "7030A0"


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def coloured(*lines, legend=((RED, "EN"), (BLUE, "CL"))):
    """Return a sheet as bytes: each line has a label and its colours."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Service", *CONVENTIONS.activities.values()])
    for row, (label, *colours) in enumerate(lines, 2):
        page.cell(row, 1, label)
        for column, colour in enumerate(colours, 2):
            if colour:
                page.cell(row, column).fill = PatternFill("solid", fgColor=colour)
    for row, (colour, text) in enumerate(legend, len(lines) + 3):
        page.cell(row, 2, text).fill = PatternFill("solid", fgColor=colour)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client, data, name="annexe2.xlsx", page=PAGE):
    return client.post(page, data={"csrf_token": csrf(client), "file": (io.BytesIO(data), name)})


def fields(response):
    """Return the fields of the reading's form, as a browser would send them back."""
    text = response.get_data(as_text=True)
    found = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(state|seen)" value="([^"]*)"', text)
    }
    found |= {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="radio" id="[^"]*" name="([^"]*)" value="([^"]*)" checked', text)
    }
    for name, body in re.findall(r'<select[^>]* name="(q-[^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def drafts(app):
    from charters.database import db
    from ticketing.in_force.tables import DraftChange, MatrixDraft

    with app.app_context():
        return list(db.session.scalars(db.select(MatrixDraft))), list(db.session.scalars(db.select(DraftChange)))


@pytest.fixture
def admin(client_as):
    return client_as("a.admin")


ONE = ("Service d'annuaire", RED, None, None, RED)


def test_the_matrix_is_taken_as_a_file_and_read_back_without_a_difference(admin):
    for form in FORMATS:
        response = admin.get(f"{PAGE}/matrice.{form}")
        assert response.status_code == 200 and response.headers["X-Content-Type-Options"] == "nosniff"
        assert f"matrice-{HP}.{form}" in response.headers["Content-Disposition"]
        assert response.get_data() == export(CONVENTIONS, HP, form)
        said = words(send(admin, response.get_data(), f"m.{form}"))
        assert "Aucune différence" in said and "240 cases lues" in said
        assert "Confirmer" not in said
    assert admin.get(f"{PAGE}/matrice.pdf").status_code == 404


def test_a_sheet_is_shown_beside_its_reading_and_writes_nothing(admin, app):
    response = send(admin, coloured(ONE))
    text, said = response.get_data(as_text=True), words(response)
    assert response.status_code == 200
    assert text.count('fill="#FF0000"') >= 3 and "style=" not in text
    assert "B2 EN" in said and "rouge" in said
    assert "Une case diffère de l’accord" in said and "Confirmer et faire le projet" in said
    assert drafts(app) == ([], [])


def test_an_unknown_colour_is_asked_then_the_draft_is_made_and_shown(admin, app):
    response = send(admin, coloured((*ONE[:3], VIOLET, RED)))
    assert "n’est pas dans la légende" in words(response) and "Confirmer et faire" not in words(response)
    answered = post(admin, f"{PAGE}/lecture", fields(response) | {"q-colour-7030A0": "CL", "step": "relire"})
    assert answered.status_code == 200 and "2 cases diffèrent" in words(answered)
    sent = fields(answered) | {
        "kind": "annexe",
        "title": "Reprise de la feuille",
        "step": "confirmer",
        "effect_on": "01/09/2099",
    }
    assert sent["q-colour-7030A0"] == "CL", "the answer stays on the page"
    made = post(admin, f"{PAGE}/lecture", sent)
    rows, changes = drafts(app)
    assert made.status_code == 303 and made.headers["Location"].endswith(f"/projets/{rows[0].id}")
    assert {(one.service, one.activity, one.change["value"]) for one in changes} == {
        ("annuaire", "preconisation", "EN"),
        ("annuaire", "installation", "CL"),
    }
    assert rows[0].state == "draft" and "Reprise de la feuille" in words(admin.get(made.headers["Location"]))


def test_nothing_is_confirmed_while_a_question_is_open_whatever_is_sent(admin, app):
    response = send(admin, coloured((*ONE[:3], VIOLET, RED)))
    sent = fields(response) | {"kind": "annexe", "title": "Sans rien", "effect_on": "2099-09-01", "step": "confirmer"}
    refused = post(admin, f"{PAGE}/lecture", sent)
    assert refused.status_code == 422 and "Répondez" in words(refused)
    assert 'href="#f-q-colour-7030A0"' in refused.get_data(as_text=True)
    for answer in ("", "Région", "<script>"):
        assert post(admin, f"{PAGE}/lecture", sent | {"q-colour-7030A0": answer}).status_code == 422
    assert drafts(app) == ([], [])


def test_what_is_confirmed_is_what_was_shown(admin, app):
    response = send(admin, coloured(ONE))
    sent = fields(response) | {"kind": "annexe", "title": "Autre chose", "effect_on": "2099-09-01", "step": "confirmer"}
    changed = post(admin, f"{PAGE}/lecture", sent | {"q-colour-FF0000": "CL"})
    assert changed.status_code == 422 and "a changé depuis l’affichage" in words(changed)
    assert drafts(app) == ([], [])
    again = post(admin, f"{PAGE}/lecture", sent | fields(changed))
    assert again.status_code == 303


def test_a_refused_header_keeps_everything_typed(admin, app):
    response = send(admin, coloured(ONE))
    sent = fields(response) | {"kind": "annexe", "title": "Tit", "effect_on": "hier", "step": "confirmer"}
    refused = post(admin, f"{PAGE}/lecture", sent)
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422 and 'value="Tit"' in text and 'value="hier"' in text
    assert "Donnez un intitulé" in words(refused) and "Donnez le jour d’effet" in words(refused)
    assert fields(refused)["q-colour-FF0000"] == "EN" and drafts(app) == ([], [])


def test_a_day_before_the_version_compared_is_refused(admin, app):
    sent = fields(send(admin, coloured(ONE))) | {
        "kind": "avenant",
        "title": "Trop tôt",
        "step": "confirmer",
        "retroactive": "1",
        "effect_on": "2015-09-01",
    }
    assert "postérieur au 1er septembre 2015" in words(post(admin, f"{PAGE}/lecture", sent)) and drafts(app) == ([], [])


def test_refused_files_say_what_to_do_at_the_field(admin):
    for data, name, told in (
        (b"%PDF-1.7", "a.xlsx", "PDF"),
        (b"", "a.xlsx", "vide"),
        (b"PK\x03\x04", "a.ods", "abîmé"),
        (coloured(("Rien", None)), "a.xlsx", "nom de chaque service"),
        (coloured(ONE), "a.ods", "extension .xlsx"),
    ):
        response = send(admin, data, name)
        text = response.get_data(as_text=True)
        assert response.status_code == 422 and told in words(response) and 'id="f-file-error"' in text
    empty = admin.post(PAGE, data={"csrf_token": csrf(admin)})
    assert empty.status_code == 422 and "Choisissez le fichier" in words(empty)


def test_a_file_that_is_too_heavy_is_refused_before_it_is_parsed(admin):
    response = send(admin, coloured(ONE) + b"\0" * 10_500_000)
    assert response.status_code == 422 and "10 Mo" in words(response)


def test_a_sheet_too_large_for_a_page_is_told_so(admin):
    import random

    wild = random.Random(3)
    label = ["".join(wild.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(1_500)) for _ in range(600)]
    response = send(admin, coloured(ONE, *((one, None) for one in label)))
    assert response.status_code == 422 and "trop grande" in words(response)


def test_the_state_is_signed_for_one_account_and_one_agreement(admin, client_as):
    sent = fields(send(admin, coloured(ONE))) | {"step": "relire"}
    other = post(admin, f"/administration/accords/{HP}/tableur/lecture", sent | {"state": sent["state"][:-3] + "abc"})
    assert other.status_code == 422 and "renvoyez le fichier" in words(other)
    assert post(admin, f"{PAGE}/lecture", {"step": "relire"}).status_code == 422
    elsewhere = post(admin, "/administration/accords/acar-2021/tableur/lecture", sent)
    assert elsewhere.status_code == 404


def test_a_state_that_waited_too_long_is_told(admin, monkeypatch):
    from ticketing.web.agreements import sheets

    sent = fields(send(admin, coloured(ONE))) | {"step": "relire"}
    monkeypatch.setattr(sheets, "KEPT_FOR", -1)
    assert "renvoyez le fichier" in words(post(admin, f"{PAGE}/lecture", sent))


@pytest.mark.parametrize("sigle", ["d1.ref", "d1.agent", "c11.cmi", "a.tech"])
def test_others_do_not_find_the_page(client_as, sigle):
    client = client_as(sigle)
    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}/matrice.xlsx").status_code == 404
    assert send(client, coloured(ONE)).status_code == 404
    assert post(client, f"{PAGE}/lecture", {}).status_code == 404


def test_an_agreement_of_another_academie_does_not_exist(admin):
    for convention in ("acar-2021", "deux-sevres-2017", "nulle-part-1999"):
        page = f"/administration/accords/{convention}/tableur"
        assert admin.get(page).status_code == 404 and admin.get(f"{page}/matrice.ods").status_code == 404
        assert send(admin, coloured(ONE), page=page).status_code == 404


def test_labels_and_notes_from_a_file_are_shown_as_text(admin):
    said = send(admin, coloured(("<script>alert(1)</script>", RED), ONE)).get_data(as_text=True)
    assert "<script>alert(1)" not in said and "&lt;script&gt;alert(1)" in said


def test_the_page_leads_from_the_agreement_and_back(admin):
    assert PAGE in admin.get(f"/administration/accords/{HP}").get_data(as_text=True)
    assert admin.get(f"{PAGE}/lecture").headers["Location"].endswith("/tableur")
    assert 'enctype="multipart/form-data"' in admin.get(PAGE).get_data(as_text=True)
