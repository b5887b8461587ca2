"""One door before pupils' data leave an établissement: the words and files of every step of a ticket pass it."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask import g
from harness.http import post

from charters.database import db
from ticketing.tables import Ticket, TicketEvent
from ticketing.web.tickets import privacy, steps

FORM = "/tickets/nouveau"
GOOD = {
    "title": "L’imprimante du secrétariat n’imprime plus",
    "body": "Voyant rouge depuis ce matin.",
    "service": "equipement-bureautique",
    "activity": "mco",
    "user_category": "equipe-gestion",
    "etape": "envoyer",
}
PUPIL = "C’est pour 120890177FA."
#: Step -> who takes it, and what its form needs besides words; the ticket is the académie's.
TAKEN = {
    "commenter": ("c11.cmi", {"visibilite": "public"}),
    "modifier": ("c11.cmi", {"titre": "L’imprimante est en panne"}),
    "retirer": ("c11.cmi", {"raison": "resolu"}),
    "faits": ("c11.cmi", {"service": "equipement-bureautique", "activity": "mco", "user_category": "professeurs"}),
    "attente": ("a.tech", {"raison": "attente-demandeur"}),
    "resoudre": ("a.tech", {}),
    "transmettre": ("a.tech", {"partie": "departement", "raison": "hors-perimetre"}),
    "contester": ("a.tech", {}),
    "clore": ("a.tech", {}),
    "rouvrir": ("c11.cmi", {}),
    "urgence": ("c11.cmi", {"gene": "1"}),
    "confidentiel": ("c11.chef", {"oui": "1"}),
    "masquer": ("a.admin", {"evenement": "1"}),
}
#: Steps without words of a person.
WORDLESS = {"attribuer", "prendre-en-charge", "reprendre", "confirmer", "partager", "preciser"}
#: Steps between two tickets: their words pass the same door, their fields are tried with the bonds.
BONDS = {"detacher", "doublon", "extraire", "pas-un-doublon", "rattacher"}


def text(response: Any) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").split())


def opened(app: Any, client: Any) -> int:
    assert post(client, FORM, {**GOOD, "token": "jeton-de-la-porte"}).status_code == 303
    with app.app_context():
        return int(db.session.query(Ticket.number).scalar())


def entries(app: Any) -> int:
    with app.app_context():
        return db.session.query(TicketEvent).count()


def test_every_step_is_here_with_or_without_words() -> None:
    assert set(TAKEN) | WORDLESS | BONDS == set(steps.STEPS)


@pytest.mark.parametrize("slug", TAKEN)
def test_words_of_every_step_are_asked_about_before_they_leave(app: Any, client_as: Any, slug: str) -> None:
    author = client_as("c11.cmi")
    number = opened(app, author)
    words = {"commenter-texte": "Une précision.", "commenter-visibilite": "public", "token": "jeton-precision"}
    post(author, f"/tickets/{number}/commenter", words)  # a text that may be masked
    who, more = TAKEN[slug]
    before, client = entries(app), client_as(who)
    form = {f"{slug}-{name}": value for name, value in {**more, "texte": PUPIL}.items()}
    answer = post(client, f"/tickets/{number}/{slug}", {**form, "version": "1", "token": f"jeton-{slug}"})
    said = text(answer)
    assert answer.status_code == 422 and "semble contenir un numéro INE" in said
    assert "il sera lu par" in said and entries(app) == before, "nothing is written before it is asked"


def test_what_was_asked_about_goes_the_second_time(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    number = opened(app, client)
    form = {"modifier-titre": GOOD["title"], "modifier-texte": PUPIL, "version": "1"}
    asked = post(client, f"/tickets/{number}/modifier", form)
    mark = re.search(r'name="modifier-verifie" value="([0-9a-f]+)"', asked.text)[1]  # type: ignore[index]
    assert PUPIL in text(asked)
    assert post(client, f"/tickets/{number}/modifier", {**form, "modifier-verifie": mark}).status_code == 303
    with app.app_context():
        assert db.session.get_one(Ticket, number).body == PUPIL


def test_the_name_of_a_file_and_a_spreadsheet_are_asked_about(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    for name, sign in (("liste_eleves_6A.pdf", "un fichier d’élèves"), ("120890177FA.png", "un numéro INE")):
        sent = {**GOOD, "token": "jeton-fichier", "files": [(io.BytesIO(b"x"), name)]}
        answer = post(client, FORM, sent, content_type="multipart/form-data")
        assert answer.status_code == 422 and sign in text(answer)


def test_a_text_for_many_tickets_goes_to_none_of_them(app: Any, client_as: Any) -> None:
    number = opened(app, client_as("c11.cmi"))
    before, client = entries(app), client_as("a.tech")
    answer = post(
        client, "/tickets/lot", {"acte": "commenter", "texte": PUPIL, "n": f"{number}:1", "token": "jeton-lot"}
    )
    assert answer.status_code == 409 and "un numéro INE" in text(answer) and PUPIL in text(answer)
    assert entries(app) == before


def test_an_etablissement_that_is_a_party_and_a_place_is_told_once_as_a_reader(app, monkeypatch):
    ticket = SimpleNamespace(
        etablissement_name="Collège Les Remparts",
        etablissement_commune="Beauon",
        holder_name="Département du Clairmarais",
        contributors=(("college", "Collège Les Remparts, Beauon"),),
    )
    names = {"academie": "Académie de Toulouse", "remparts": "Collège Les Remparts, Beauon"}
    monkeypatch.setattr(privacy.frame, "scope_name", names.__getitem__)
    with app.test_request_context():
        g.actor = SimpleNamespace(mandate=SimpleNamespace(scope_id="academie"))
        assert privacy.other_readers(ticket) == ["Collège Les Remparts", "Département du Clairmarais"]
        g.actor = SimpleNamespace(mandate=SimpleNamespace(scope_id="remparts"))
        assert privacy.other_readers(ticket) == ["Département du Clairmarais"]
