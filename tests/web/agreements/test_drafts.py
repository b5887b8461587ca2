"""Test the pages of changes to agreements: who sees them, a whole draft through its forms, the messages of errors."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import update

from charters.database import writing
from charters.model import Mandate, Role
from charters.tables.access import MandateRow
from matrix.changes import CellChange
from ticketing.amending import amendments, approvals, golden
from ticketing.in_force import routing

HP = "hautes-pyrenees-2015"
CELL = "/projets/1/cases/inventaire/conseil"
CHANGE = CellChange(service="inventaire", activity="conseil", value="CL")
OUTSIDERS = ("d1.agent", "d2.agent", "a.tech", "a.lecture", "c11.chef", "c11.cmi", "c11.reseau")
ON = (datetime.now(UTC) + timedelta(days=60)).date()


def text(response: Any) -> str:
    return html.unescape(response.get_data(as_text=True))


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.get_data(as_text=True))
    assert found, name
    return found[1]


@pytest.fixture
def begun(app: Any, actor_as: Callable[[str], Any]) -> int:
    """Return the number (1) of a draft that changes a cell."""
    with app.app_context():
        return amendments.start(
            actor_as("a.admin"),
            HP,
            "annexe",
            amendments.DraftHeader("Le conseil sur l’inventaire", ON),
            datetime.now(UTC),
            [CHANGE],
        )


def test_a_draft_by_its_forms_from_the_first_word_to_the_version(app: Any, client_as: Callable[[str], Any]) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    form = text(referent.get(f"/projets/nouveau/{HP}"))
    assert "par accord entre l'Académie" in form and "Il consulte l'Académie" in form  # VII, II.2
    made = post(referent, f"/projets/nouveau/{HP}", {"kind": "annexe", "title": "Conseil", "effect_on": ON.isoformat()})
    assert (made.status_code, made.headers["Location"]) == (303, "/projets/1")
    chosen = referent.get("/projets/1/cases?service=inventaire&activity=conseil")
    assert chosen.headers["Location"] == CELL
    put = post(referent, CELL, {"value": "CL", "seen": "", "concours-academie": "1"})
    assert put.status_code == 303
    page = referent.get("/projets/1")
    said = text(page)
    assert "À l’annexe 2, ligne « Service d'inventaire, gestion de parc », colonne « Conseil / expertise »" in said
    assert "reçoit la mention « CL, avec le concours de l’Académie de Toulouse »" in said
    before, after = said.split("Avec le projet", 1)
    assert "Aujourd’hui" in before and "Ce que dit le texte" in before
    drafted = after.split("Écrit par", 1)[0]
    assert "Ce que le projet écrit" in drafted and "Ce que dit le texte" not in drafted and "imprimé" not in drafted
    assert (
        post(
            referent,
            "/projets/1/commentaires",
            {
                "service": "inventaire",
                "activity": "conseil",
                "text": "<b>Nous</b> le faisons déjà.",
            },
        ).status_code
        == 303
    )
    post(referent, "/projets/1/soumettre", {"content": hidden(page, "content")})
    home = text(admin.get("/"))
    assert "À approuver" in home and "Conseil" in home and "/projets/1" in home
    page = admin.get("/projets/1")
    assert "<b>Nous</b> le faisons déjà." in text(page) and b"<b>Nous</b>" not in page.data
    done = post(admin, "/projets/1/approuver", {"content": hidden(page, "content")}, follow_redirects=True)
    assert "Votre approbation est enregistrée" in text(done) and "On attend : Département" in text(done)
    assert "À approuver" not in text(admin.get("/"))
    page = referent.get("/projets/1")
    done = post(referent, "/projets/1/approuver", {"content": hidden(page, "content")}, follow_redirects=True)
    assert "Toutes les parties ont approuvé" in text(done) and "Approuvé par toutes les parties" in text(done)
    assert "laissée en blanc, reçoit la mention" in text(done)  # the former text of the cell, still shown
    with app.app_context():
        routing.forget()
        version = routing.router().conventions[HP].versions[-1]
        assert (version.on, version.cells["inventaire", "conseil"].value) == (ON, "CL")
    assert "Conseil" in text(admin.get(f"/administration/accords/{HP}/savoir?jour={ON}"))


@pytest.mark.parametrize("sigle", OUTSIDERS)
def test_nobody_else_sees_any_of_it(client_as: Callable[[str], Any], begun: int, sigle: str) -> None:
    client = client_as(sigle)
    for address in (
        "/projets",
        "/projets/1",
        CELL,
        "/projets/1/cases",
        f"/projets/nouveau/{HP}",
        f"/projets/temoins/{HP}",
        f"/administration/accords/{HP}",
    ):
        assert client.get(address).status_code == 404, address
    for address in (
        "/projets/1",
        CELL,
        f"{CELL}/retirer",
        "/projets/1/commentaires",
        "/projets/1/approuver",
        "/projets/1/soumettre",
        "/projets/1/refuser",
        f"/projets/nouveau/{HP}",
        f"/projets/temoins/{HP}",
        "/projets/temoins/1/retirer",
    ):
        assert post(client, address, {"value": "EN", "text": "x"}).status_code == 404, address
    assert "/projets" not in text(client.get("/", follow_redirects=True))


def test_an_agreement_that_one_s_side_did_not_sign_does_not_exist(client_as: Callable[[str], Any], begun: int) -> None:
    for sigle, convention in (("d1.ref", "arbizonne-lavasson-2023"), ("a.admin", "deux-sevres-2017")):
        client = client_as(sigle)
        assert client.get(f"/projets/nouveau/{convention}").status_code == 404
        assert client.get(f"/projets/temoins/{convention}").status_code == 404
        assert post(client, f"/projets/nouveau/{convention}").status_code == 404
    assert client_as("d1.ref").get(f"/administration/accords/{HP}").status_code == 404


def test_no_form_works_without_its_token(client_as: Callable[[str], Any], begun: int) -> None:
    client = client_as("a.admin")
    for address in (
        CELL,
        f"{CELL}/retirer",
        "/projets/1/commentaires",
        "/projets/1/approuver",
        "/projets/1/refuser",
        f"/projets/temoins/{HP}",
        f"/administration/accords/{HP}/cases/inventaire/conseil",
    ):
        assert client.post(address, data={"value": "EN", "text": "x"}).status_code == 400, address


def test_the_referent_is_led_to_the_drafts(client_as: Callable[[str], Any]) -> None:
    assert 'href="/projets"' in text(client_as("d1.ref").get("/tickets"))
    assert 'href="/projets"' in text(client_as("a.admin").get("/administration"))
    assert 'href="/projets"' not in text(client_as("d1.agent").get("/tickets"))


def test_bad_input_keeps_what_was_typed(client_as: Callable[[str], Any], begun: int) -> None:
    client = client_as("a.admin")
    refused = post(client, f"/projets/nouveau/{HP}", {"kind": "annexe", "title": "x", "effect_on": "demain"})
    assert refused.status_code == 422 and 'value="x"' in text(refused) and "jour d’effet" in text(refused)
    refused = post(client, CELL, {"value": "selon", "cas1-si1": "paid:CL", "quote": "mots du papier"})
    said = text(refused)
    assert refused.status_code == 422 and "mots du papier" in said and "Dites qui s’en occupe dans ce cas." in said
    assert re.search(r'<option value="paid:CL" selected', said)
    refused = client.get("/projets/1/cases?service=rien&activity=conseil")
    assert refused.status_code == 422 and "Choisissez une ligne." in text(refused)
    refused = post(client, "/projets/1/commentaires", {"text": " "})
    assert refused.status_code == 422 and "Écrivez votre commentaire." in text(refused)
    refused = post(client, "/projets/1", {"title": "", "effect_on": "2014-01-01", "version": "1"})
    assert refused.status_code == 422 and "précède l’entrée en vigueur" in text(refused)
    assert post(client, "/projets/1/refuser", {"reason": ""}).status_code == 422


def test_one_more_case_is_shown_without_saving(client_as: Callable[[str], Any], begun: int) -> None:
    client = client_as("a.admin")
    seen = hidden(client.get(CELL), "seen")
    more = post(client, CELL, {"value": "selon", "cas": "2", "cas1-si1": "paid:CL", "ajouter": "1", "seen": seen})
    assert more.status_code == 200 and "Cas 3" in text(more) and hidden(more, "seen") == seen
    assert "« CL »" in text(client.get("/projets/1"))


def test_a_stale_cell_shows_both_texts(client_as: Callable[[str], Any], begun: int) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    seen = hidden(admin.get(CELL), "seen")
    assert post(referent, CELL, {"value": "EN", "seen": seen}).status_code == 303
    stale = post(admin, CELL, {"value": "Etab", "quote": "mes mots", "seen": seen})
    said = text(stale)
    assert stale.status_code == 409 and "« EN »" in said and "Mathieu" in said
    assert 'value="mes mots"' in said and re.search(r'<option value="Etab" selected', said)
    again = post(admin, CELL, {"value": "Etab", "quote": "mes mots", "seen": hidden(stale, "seen")})
    assert again.status_code == 303  # the writer knows which text it replaces
    assert post(admin, f"{CELL}/retirer", {"seen": seen}).status_code == 409


@pytest.mark.parametrize(
    ("path", "form", "kept"),
    [
        ("/projets/1/commentaires", {"text": "Une page de remarques."}, ["Une page de remarques."]),
        ("/projets/1/refuser", {"reason": "Pas d’expert au Département."}, ["Pas d’expert au Département."]),
        ("/projets/1/approuver", {"content": "", "reference": "Réunion du 3 mars"}, ["Réunion du 3 mars"]),
        (
            "/projets/1",
            {"title": "Un meilleur titre", "effect_on": ON.isoformat(), "version": "1"},
            ["Un meilleur titre"],
        ),
        (
            CELL,
            {"value": "selon", "cas1-si1": "paid:CL", "cas1-alors": "departement", "quote": "mes mots"},
            ["Selon les faits", "la collectivité a payé", "Département des Hautes-Pyrénées", "mes mots"],
        ),
    ],
)
def test_what_was_typed_on_a_draft_that_ended_meanwhile_is_shown(
    client_as: Callable[[str], Any], begun: int, path: str, form: dict[str, str], kept: list[str]
) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    post(admin, "/projets/1/soumettre", {"content": hidden(admin.get("/projets/1"), "content")})
    seen = hidden(admin.get(CELL), "seen")
    post(admin, "/projets/1/refuser", {"reason": "Reporté à l’an prochain."})
    refused = post(referent, path, {"seen": seen} | form)
    said = text(refused)
    assert refused.status_code == 422 and "Ce projet est terminé" in said and "n’a pas été enregistré" in said
    assert [words for words in kept if words not in said] == []


def test_what_was_not_read_is_not_approved(client_as: Callable[[str], Any], begun: int) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    post(admin, "/projets/1/soumettre", {"content": hidden(admin.get("/projets/1"), "content")})
    content = hidden(referent.get("/projets/1"), "content")
    post(admin, CELL, {"value": "EN", "seen": hidden(admin.get(CELL), "seen")})
    stale = post(referent, "/projets/1/approuver", {"content": content, "reference": "Réunion du 3 mars"})
    assert stale.status_code == 409 and "Réunion du 3 mars" in text(stale)
    assert "Pas encore" in text(stale) and "A approuvé" not in text(stale)


def test_a_golden_ticket_stops_the_approval_on_the_page(
    app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any], begun: int
) -> None:
    client = client_as("d1.ref")
    form = {
        "depuis": "faits",
        "label": "L’inventaire au guichet",
        "etablissement": "desaix-tarbes",
        "service": "inventaire",
        "activity": "conseil",
        "expected": "to_qualify",
    }
    assert post(client, f"/projets/temoins/{HP}", form).status_code == 303
    page = text(client.get(f"/projets/temoins/{HP}"))
    assert "Tenu" in page and "L’inventaire au guichet" in page and "à qualifier" in page
    with app.app_context():
        approvals.submit(actor_as("a.admin"), 1, approvals.standing(actor_as("a.admin"), 1).content, datetime.now(UTC))
    shown = client.get("/projets/1")
    assert "Échoue" in text(shown)
    stopped = post(client, "/projets/1/approuver", {"content": hidden(shown, "content")})
    said = text(stopped)
    assert stopped.status_code == 422 and "rien n’est approuvé" in said
    assert "convenu « à qualifier », ce projet donne « Département des Hautes-Pyrénées »" in said
    post(client, "/projets/temoins/1/retirer")
    assert "Retiré par Mathieu" in text(client.get(f"/projets/temoins/{HP}"))
    assert post(client, "/projets/1/approuver", {"content": hidden(shown, "content")}).status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"depuis": "ticket", "number": "99"}, "Aucun ticket de cet accord"),
        ({"depuis": "faits", "label": "Un témoin", "on": "hier"}, "Donnez un jour"),
        ({"depuis": "faits", "label": "x" * 200, "expected": "routed:mairie"}, "Choisissez la réponse attendue."),
    ],
)
def test_a_golden_ticket_refused_is_told(client_as: Callable[[str], Any], form: dict[str, str], sentence: str) -> None:
    refused = post(client_as("a.admin"), f"/projets/temoins/{HP}", form)
    assert refused.status_code == 422 and sentence in text(refused)


def test_a_departure_from_an_article_is_told_on_an_annexe(
    app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any], begun: int
) -> None:
    with app.app_context():
        conventions = routing.router().conventions
        key = next(
            key
            for key, cell in conventions[HP].versions[0].cells.items()
            if cell.provenance == "derived" and cell.value == "CL" and {one.ref for one in cell.citations} == {"II.2"}
        )
        amendments.put(
            actor_as("a.admin"), 1, CellChange(service=key[0], activity=key[1], value="EN"), "", datetime.now(UTC)
        )
    assert "Une annexe ne déroge pas à un article" in text(client_as("a.admin").get("/projets/1"))


def test_pages_send_no_more_queries_for_more_drafts(
    any_app: Any,
    actor_as: Callable[[str], Any],
    client_as: Callable[[str], Any],
    queries_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)
    client, now = client_as("d1.ref"), datetime.now(UTC)

    def more(count: int) -> None:
        with any_app.app_context():
            admin = actor_as("a.admin")
            for _ in range(count):
                number = amendments.start(
                    admin, HP, "annexe", amendments.DraftHeader("Encore un projet", ON), now, [CHANGE]
                )
                approvals.submit(admin, number, approvals.standing(admin, number).content, now)
                amendments.comment(admin, 1, "inventaire", "conseil", "Encore.", now)
                golden.attach(
                    admin,
                    HP,
                    golden.GoldenForm(
                        "Un témoin",
                        {"etablissement": "desaix-tarbes", "service": "inventaire", "activity": "conseil"},
                        None,
                        "to_qualify",
                    ),
                    now,
                )

    def counted() -> dict[str, int]:
        found = {}
        for page in ("/", "/projets", "/projets/1", CELL, f"/projets/temoins/{HP}", f"/projets/nouveau/{HP}"):
            assert client.get(page).status_code == 200
            with queries_of() as seen:
                client.get(page)
            found[page] = len(seen)
        return found

    more(1)
    before = counted()
    more(20)
    assert counted() == before
    assert all(count <= 8 for count in before.values()), before


DS = "deux-sevres-2017"


@pytest.fixture
def chef(app: Any, actor_as: Callable[[str], Any], client_as: Callable[[str], Any]) -> Any:
    """Return the client of the chef of the collège of the Deux-Sèvres, where an avenant is submitted."""
    with app.app_context():
        with writing() as session:
            scope = {"scope_id": "college-lezay"}
            session.execute(update(MandateRow).where(MandateRow.scope_id == "desaix-tarbes", _CHEF).values(scope))
        admin = replace(actor_as("a.admin"), mandate=Mandate(1, Role.ADMINISTRATEUR, "academie-poitiers", ON))
        now = datetime.now(UTC)
        cell = CellChange(service="telephonie-mobile", activity="conseil", value="EN", ref="4", quote="conseil")
        number = amendments.start(admin, DS, "avenant", amendments.DraftHeader("Le conseil", ON), now, [cell])
        amendments.comment(admin, number, "", "", "L’académie le demande.", now)
        approvals.submit(admin, number, approvals.standing(admin, number).content, now)
    return client_as("c11.chef")


_CHEF = MandateRow.role == Role.CHEF.value


def test_a_chef_reads_and_approves_what_the_text_has_the_college_sign(chef: Any) -> None:
    assert 'href="/projets"' in text(chef.get("/qui-fait-quoi", follow_redirects=True))
    home = text(chef.get("/"))
    assert "Le conseil" in home and "/projets/1" in home
    listed = text(chef.get("/projets"))
    assert "On attend votre approbation" in listed and "Commencer un projet" not in listed
    page = chef.get("/projets/1")
    said = text(page)
    for name in ("Académie de Poitiers", "Département des Deux-Sèvres", "Collège de Lezay", "Réseau Canopé"):
        assert name in said, name
    assert "Le texte en fait signer 4." in said and "L’académie le demande." in said
    for hidden_part in (
        "Tickets témoins",
        "Essayer ce projet",
        "Changer l’intitulé",
        "Ouvrir cette case",
        "Retirer du projet",
    ):
        assert hidden_part not in said, hidden_part
    refused = post(chef, "/projets/1/approuver", {"content": hidden(page, "content"), "reference": ""})
    assert refused.status_code == 422 and "Donnez la référence de la délibération" in text(refused)
    done = post(chef, "/projets/1/approuver", {"content": hidden(page, "content"), "reference": "CA du 3 novembre"})
    assert done.status_code == 303
    assert "On attend : Académie de Poitiers, Département des Deux-Sèvres, Réseau Canopé" in text(
        chef.get("/projets/1")
    )


def test_a_chef_writes_nothing(chef: Any) -> None:
    cell = "/projets/1/cases/telephonie-mobile/conseil"
    for address in (f"/projets/nouveau/{DS}", f"/projets/temoins/{DS}", cell, "/projets/1/rejeu", "/projets/1/cases"):
        assert chef.get(address).status_code == 404, address
    for address in (cell, f"{cell}/retirer", "/projets/1", "/projets/1/soumettre", f"/projets/nouveau/{DS}"):
        assert post(chef, address, {"value": "CL", "content": "x"}).status_code == 404, address
