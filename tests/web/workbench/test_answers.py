"""Canned answers: kept, filled in by the ticket, put into its form or sent with their step, within a side."""

from __future__ import annotations

import html
import re
from typing import Any

from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.tables import Ticket, TicketEvent
from ticketing.workbench.tables import CannedAnswer, SavedView


def keep(client: Any, title: str, words: str, step: str = "comment", **more: str) -> Any:
    return post(client, "/tickets/reponses", {"titre": title, "texte": words, "etape": step, **more})


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def test_an_answer_is_filled_in_and_resolves_the_ticket_in_one_step(
    app: Any, client_as: Any, actor_as: Any, number: int
) -> None:
    client = client_as("d1.agent")
    canned = "Bonjour {demandeur}, le n° {numero} : « {titre} ». {moi}"
    assert keep(client, "Redémarré", canned, "resolve").status_code == 303
    assert "data-canned" in said(client.get(f"/tickets/{number}"))
    offered = said(post(client, f"/tickets/{number}/reponses", {"commenter-texte": "Déjà écrit."}))
    with app.app_context():
        asker, me = actor_as("c11.cmi").name, actor_as("d1.agent").name
    words = f"Déjà écrit.\n\nBonjour {asker}, le n° {number} : « Panne {{moi}} ». {me}"
    assert words in offered, "what was typed comes first, and a ticket's own words are no places"
    form = re.search(r'action="/tickets/\d+/resoudre">(.*?)</form>', offered, re.S)
    assert form is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]))
    assert fields["resoudre-texte"] == words
    assert post(client, f"/tickets/{number}/resoudre", fields).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(Ticket.state).where(Ticket.number == number)) == "resolved"
        bodies = db.session.scalars(select(TicketEvent.body).where(TicketEvent.ticket_id == number))
        assert words in list(bodies)
    later = said(post(client, f"/tickets/{number}/reponses", {}))
    assert "n’est pas possible maintenant" in later, "its words may still be published"


def test_an_answer_goes_into_the_form_of_its_step(app: Any, client_as: Any, number: int) -> None:
    client = client_as("d1.agent")
    keep(client, "Inventaire", "Quel numéro ?", "hold")
    with app.app_context():
        (answer,) = db.session.scalars(select(CannedAnswer.id))
    into = {"etape": f"mettre {answer}", "commenter-texte": "D’abord :"}
    page = said(post(client, f"/tickets/{number}/reponses", into))
    form = re.search(r'id="etape-attente"[^>]*open.*?</form>', page, re.S)
    assert form is not None and "D’abord :\n\nQuel numéro ?" in form[0], "its form is open, with the words"
    assert re.search(r'value="attente-demandeur"[^>]*checked', form[0])
    back = said(post(client, f"/tickets/{number}/reponses", {"etape": "revenir", "commenter-texte": "Gardé"}))
    assert "Gardé</textarea>" in back


def test_answers_stay_inside_a_side_and_faults_keep_what_was_typed(app: Any, client_as: Any, number: int) -> None:
    referent, agent = client_as("d1.ref"), client_as("d1.agent")
    keep(referent, "Zkpartage", "Pour tous.", partager="1")
    keep(referent, "Zkprive", "Pour moi.")
    page = said(agent.get("/tickets/reponses"))
    assert "Zkpartage" in page and "Zkprive" not in page
    assert "Zkpartage" not in said(client_as("d2.agent").get("/tickets/reponses"))
    assert post(client_as("d2.agent"), f"/tickets/{number}/reponses", {}).status_code == 404, "out of the perimeter"
    with app.app_context():
        shared = {row.title: row.id for row in db.session.scalars(select(CannedAnswer))}
    for client, status in ((client_as("d2.agent"), 404), (agent, 403), (referent, 303)):
        answer = post(client, "/tickets/reponses/retirer", {"reponse": str(shared["Zkpartage"])})
        assert answer.status_code == status
    assert post(agent, f"/tickets/{number}/reponses", {"etape": f"mettre {shared['Zkprive']}"}).status_code == 404
    assert keep(agent, "Pour tous", "x", partager="1").status_code == 403
    refused = keep(agent, "", "Bonjour {prénom}", "close")
    assert refused.status_code == 422 and "Rien ne remplit {prénom}" in said(refused)
    assert "Donnez un titre" in said(refused) and "Choisissez avec quelle étape" in said(refused)
    assert "Bonjour {prénom}</textarea>" in said(refused)
    pupil = keep(agent, "Compte", "C’est l’élève 1234567890A.")
    assert pupil.status_code == 422 and "un numéro INE" in said(pupil), "it is read by others, on other tickets"
    with app.app_context():
        assert {"answer.shared", "answer.unshared"} <= set(db.session.scalars(select(JournalLine.event)))


def test_what_somebody_else_shares_is_not_overwritten_by_its_name(app: Any, client_as: Any, cast: Any) -> None:
    referent = client_as("d1.ref")
    keep(referent, "Bonjour", "Les mots du premier.", partager="1")
    post(referent, "/tickets/vues", {"nom": "Bonjour", "adresse": "etat=clos", "partager": "1"})
    with app.app_context(), writing() as session:  # as if another référent of the party had shared them
        for table in (CannedAnswer, SavedView):
            session.execute(update(table).values(account_id=cast["d1.agent"].account_id))
    refused = keep(referent, "Bonjour", "Mes mots.", partager="1")
    assert refused.status_code == 422 and "Mes mots.</textarea>" in said(refused)
    assert "partagée par quelqu’un d’autre a ce nom" in said(refused)
    view = post(referent, "/tickets/vues", {"nom": "Bonjour", "adresse": "etat=tous", "partager": "1"})
    assert view.status_code == 422 and "partagée par quelqu’un d’autre a ce nom" in said(view)
    with app.app_context():
        assert db.session.scalars(select(CannedAnswer.words)).all() == ["Les mots du premier."]
        assert db.session.scalars(select(SavedView.filters)).all() == ["etat=clos"]
