"""Test the administrator's pages on an agreement: its blank cells filled in, and what was known when."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.http import post

from charters.days import today
from matrix.changes import CellChange
from ticketing.amending import amendments, approvals, fills
from ticketing.in_force import routing
from ticketing.model import Draft, Facts
from ticketing.tickets import desk

HP = "hautes-pyrenees-2015"
ROOM = f"/administration/accords/{HP}"
CELL = f"{ROOM}/cases/inventaire/conseil"
PAPER = {"page": "9", "line": "31", "column": "6"}
CHANGE = CellChange(service="inventaire", activity="conseil", value="CL")


def text(response: Any) -> str:
    return html.unescape(response.get_data(as_text=True))


@pytest.fixture
def waits(app: Any, actor_as: Callable[[str], Any]) -> Callable[[], int]:
    def make() -> int:
        with app.app_context():
            return desk.open_ticket(
                actor_as("c11.cmi"),
                Draft(
                    title="Quel logiciel d’inventaire choisir ?",
                    body="Nous hésitons.",
                    etablissement="desaix-tarbes",
                    service="inventaire",
                    activity="conseil",
                    facts=Facts(),
                ),
                [],
                datetime.now(UTC),
            )

    return make


def test_a_blank_cell_from_the_list_to_the_ticket(client_as: Callable[[str], Any], waits: Callable[[], int]) -> None:
    number, admin = waits(), client_as("a.admin")
    room = text(admin.get(ROOM))
    assert CELL in room and "1 ticket attend" in room
    form = text(admin.get(CELL))
    assert "CL : le Département des Hautes-Pyrénées s’en occupe" in form and "Page" in form
    kept = post(admin, CELL, {"value": "CL", **PAPER})
    assert (kept.status_code, kept.headers["Location"]) == (303, CELL)
    preview = admin.get(CELL)
    said = text(preview)
    assert "rien n’est encore changé" in said and "Quel logiciel d’inventaire choisir ?" in said
    assert "ira à" in said and "Département des Hautes-Pyrénées" in said and "page 9, ligne 31, colonne 6" in said
    assert "À confirmer" in text(admin.get("/")) and CELL in text(admin.get("/"))
    found = re.search(r'name="ticket" value="(\d+:\d+)"', said)
    assert found and found[1].startswith(f"{number}:")
    done = post(admin, f"{ROOM}/remplissages/1/confirmer", {"ticket": found[1]}, follow_redirects=True)
    assert "Un ticket a été réacheminé." in text(done) and "Hélène Vidalon" in text(done)
    ticket = text(client_as("c11.cmi").get(f"/tickets/{number}"))
    assert "Réacheminé" in ticket and "La case de l’accord a été remplie." in ticket
    assert "Département des Hautes-Pyrénées" in ticket and "Faits corrigés" not in ticket
    assert "En vigueur" in text(admin.get(ROOM)) and "À confirmer" not in text(admin.get("/"))
    assert "Cette case n’est pas en blanc" not in text(admin.get(CELL))


def test_bad_input_keeps_what_was_typed(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    refused = post(admin, CELL, {"value": "EN", "page": "9", "quote": "les mots lus"})
    said = text(refused)
    assert refused.status_code == 422 and 'value="les mots lus"' in said
    assert "Dites sur quelle ligne du tableau." in said and "Dites dans quelle colonne du tableau." in said
    refused = post(admin, CELL, {"value": "", **PAPER})
    assert refused.status_code == 422 and "Dites ce que la case dit." in text(refused)
    assert post(admin, CELL, {"value": "blanc", **PAPER}).status_code == 422
    more = post(admin, CELL, {"value": "selon", "cas": "2", "ajouter": "1", **PAPER})
    assert more.status_code == 200 and "Cas 3" in text(more)
    assert "Aucune pour l’instant." in text(admin.get(ROOM))  # nothing was written


def test_what_was_typed_on_a_cell_that_somebody_filled_meanwhile_is_shown(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    post(admin, CELL, {"value": "CL", **PAPER})
    refused = post(
        admin,
        CELL,
        {
            "value": "EN",
            "quote": "les mots que je lis",
            "page": "12",
            "line": "Inventaire",
            "column": "Conseil",
        },
    )
    said = text(refused)
    assert refused.status_code == 422 and "vient d’être remplie par quelqu’un" in said
    assert "n’a pas été enregistré" in said and "les mots que je lis" in said and "EN : l’Académie" in said
    shown = re.search(r"n’a pas été enregistré.*?</dl>", said, re.DOTALL)
    assert shown and "12" in shown[0] and "Inventaire" in shown[0]
    assert "n’a pas été enregistré" not in text(admin.get(CELL))


def test_a_cell_that_is_not_blank_is_changed_not_filled(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    printed = f"{ROOM}/cases/infrastructure-reseau/assistance"
    said = text(admin.get(printed))
    assert "Cette case n’est pas en blanc" in said and f"/projets/nouveau/{HP}" in said
    assert post(admin, printed, {"value": "EN", **PAPER}).status_code == 422
    for address in (f"{ROOM}/cases/rien/mco", f"{ROOM}/cases/inventaire/rien", f"{ROOM}/cases/ent/mco"):
        assert admin.get(address).status_code == 404
        assert post(admin, address, {"value": "EN", **PAPER}).status_code == 404


def test_a_reading_is_dropped_or_withdrawn_with_its_reason(
    app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any]
) -> None:
    admin = client_as("a.admin")
    post(admin, CELL, {"value": "CL", **PAPER})
    assert "de nouveau en blanc" in text(post(admin, f"{ROOM}/remplissages/1/retirer", follow_redirects=True))
    post(admin, CELL, {"value": "EN", **PAPER})
    post(admin, f"{ROOM}/remplissages/2/confirmer")
    refused = post(admin, f"{ROOM}/remplissages/2/retirer", {"reason": " "})
    assert refused.status_code == 422 and "Dites pourquoi" in text(refused)
    post(admin, f"{ROOM}/remplissages/2/retirer", {"reason": "Ligne lue de travers."})
    room = text(admin.get(ROOM))
    assert "Abandonnée" in room and "Retirée" in room and "Ligne lue de travers." in room
    assert post(admin, f"{ROOM}/remplissages/99/confirmer").status_code == 404
    assert post(admin, "/administration/accords/deux-sevres-2017/remplissages/2/retirer").status_code == 404


def test_hostile_tickets_in_the_list_are_nothing(client_as: Callable[[str], Any], waits: Callable[[], int]) -> None:
    admin, number = client_as("a.admin"), waits()
    post(admin, CELL, {"value": "CL", **PAPER})
    for ticket in ("", "x", f"{number}", f"{number}:", f"{number}:-1", "²:1", f"{'9' * 40}:1", f"{number}:7", "999:1"):
        done = post(admin, f"{ROOM}/remplissages/1/confirmer", {"ticket": ticket}, follow_redirects=True)
        assert done.status_code == 200 and "Aucun ticket n’a été réacheminé." in text(done), ticket
    assert "Réacheminer ces tickets" in text(admin.get(CELL))


# --- what was known when ----------------------------------------------------------------------------------------------


def test_what_was_known_and_what_was_learnt_since(
    app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any]
) -> None:
    now = datetime.now(UTC)
    then, day = today(now - timedelta(days=10)), date(2020, 1, 15)
    with app.app_context():
        made = fills.fill(actor_as("a.admin"), HP, CHANGE, PAPER, now)
        fills.confirm(actor_as("a.admin"), HP, made, [], now)
    admin = client_as("a.admin")
    page = text(admin.get(f"{ROOM}/savoir?jour={day}&connu={then}"))
    assert "A changé" in page and "Service d'inventaire" in page
    assert page.index("à qualifier") < page.index("Le Département des Hautes-Pyrénées s’en occupe")
    assert "a été lue sur le papier : « CL »" in page
    same = text(admin.get(f"{ROOM}/savoir?jour={day}"))
    assert "Rien n’a changé" in same
    one = text(admin.get(f"{ROOM}/savoir?jour={day}&connu={then}&service=antivirus&activite=mco"))
    assert "A changé" not in one and "Protection antivirale" in one
    whole = text(admin.get(f"{ROOM}/savoir?jour={day}&connu={then}&tout=1"))
    assert whole.count('<th scope="row"') > 200


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("jour=hier", "Donnez un jour"),
        ("jour=0001-01-01", "Donnez un jour"),
        ("jour=9999-12-31", "Donnez un jour"),
        ("connu=2199-01-01", "n’est pas encore passé"),
        ("connu=x%00", "Donnez un jour"),
    ],
)
def test_a_day_that_is_none_is_told(client_as: Callable[[str], Any], query: str, sentence: str) -> None:
    assert sentence in text(client_as("a.admin").get(f"{ROOM}/savoir?{query}"))


def test_a_day_before_the_agreement_says_so(client_as: Callable[[str], Any]) -> None:
    assert "n’était pas encore en vigueur" in text(client_as("a.admin").get(f"{ROOM}/savoir?jour=2014-01-01"))


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_a_version_to_come_is_not_shown_as_the_law_of_today(
    app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any]
) -> None:
    now = datetime.now(UTC)
    change = CellChange(service="infrastructure-reseau", activity="assistance", value="EN")
    with app.app_context():
        admin = actor_as("a.admin")
        number = amendments.start(
            admin,
            HP,
            "annexe",
            amendments.DraftHeader("Pour l’an prochain", today(now) + timedelta(days=300)),
            now,
            [change],
        )
        mark = approvals.standing(admin, number).content
        approvals.submit(admin, number, mark, now)
        for sigle in ("a.admin", "d1.ref"):
            approvals.approve(actor_as(sigle), number, mark, "", now)
        routing.forget()
    page = text(client_as("c11.cmi").get(f"/qui-fait-quoi/{HP}/infrastructure-reseau/assistance"))
    assert "Sans objet" in page and "’Académie de Toulouse s’en occupe" not in page
    grid = text(client_as("c11.cmi").get(f"/qui-fait-quoi/{HP}"))
    assert "Une autre version prendra effet le" in grid and "Pour l’an prochain" in grid


# --- what blank cells cost, and what is said elsewhere ----------------------------------------------------------------

BLANK = f"{ROOM}/cases/antivirus/installation"


def test_the_list_and_the_form_show_the_cost_and_what_others_say(
    client_as: Callable[[str], Any], waits: Callable[[], int]
) -> None:
    waits()
    admin = client_as("a.admin")
    room = text(admin.get(ROOM))
    dear = room.split("Celles qui coûtent le plus")[1].split("</ol>")[0]
    assert "1 ticket attend, moins d’une heure" in dear and f"{ROOM}/cases/inventaire/conseil" in dear
    assert "Ailleurs : Établissement, Académie" in room and f"{BLANK}/ailleurs/acar-2021" in room
    form = text(admin.get(BLANK))
    told = form.split("Ce que disent les autres accords")[1]
    assert (
        "L’établissement s’en occupe." in told
        and "la mise en service et le maintien d'une politique antivirale" in told
    )
    assert "Rien n’est à reprendre de là" in told
    assert "checked" not in form.split("<form")[2].split("</form>")[0]  # nothing is chosen beforehand
    assert "1 ticket attend" in text(admin.get(CELL))


def test_what_another_agreement_says_is_shown_with_its_clauses(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    page = text(admin.get(f"{BLANK}/ailleurs/acar-2021"))
    assert (
        "AC@R 2021" in page and "Cet accord n’est plus en vigueur" in page and "Ce texte ne lie que ses parties" in page
    )
    for wrong in ("hautes-pyrenees-2015", "deux-sevres-2017", "rien"):  # its own, one that is blank too, none
        assert admin.get(f"{BLANK}/ailleurs/{wrong}").status_code == 404
    for sigle in ("c11.chef", "d1.ref"):
        assert client_as(sigle).get(f"{BLANK}/ailleurs/acar-2021").status_code in (403, 404)
