"""Test the steps of who asks: the one question that a decision lacks, the request amended, withdrawn, closed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import Account
from ticketing.tables import Notice, NoticeWords, Ticket, TicketEvent
from ticketing.tickets import queries


def row(app: Any, number: int) -> Any:
    with app.app_context():
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def step(app: Any, client: Any, number: int, slug: str, **fields: str) -> Any:
    values = {f"{slug}-{name}": value for name, value in fields.items()}
    return post(client, f"/tickets/{number}/{slug}", {"version": str(row(app, number).version), **values})


def told(app: Any, number: int, kind: str) -> set[str]:
    with app.app_context():
        query = select(Account.sigle).join(Notice, Notice.recipient_id == Account.id)
        return set(db.session.scalars(query.where(Notice.ticket_id == number, Notice.kind == kind)))


def test_a_ticket_that_lacks_an_answer_asks_its_one_question_and_decides_on_the_spot(
    app: Any, client_as: Any, opened: Any
) -> None:
    number = opened(category=None)
    asked = client_as("c11.cmi")
    page = asked.get(f"/tickets/{number}").text
    assert 'id="preciser"' in page and "Une précision manque" in page
    assert "Académie de Toulouse" in page.split("question-candidates")[1].split("</p>")[0]
    assert 'id="preciser"' in client_as("a.tech").get(f"/tickets/{number}").text, "the holder may answer too"
    empty = step(app, asked, number, "preciser", user_category="")
    assert empty.status_code == 422 and "Choisissez une réponse" in empty.text
    wrong = step(app, asked, number, "preciser", user_category="inconnu")
    assert wrong.status_code == 422
    answered = step(app, asked, number, "preciser", user_category="professeurs", acquired_by="college")
    assert answered.status_code == 303
    after = row(app, number)
    assert (after.needs_info, after.holder_party, after.user_category) == (False, "departement", "professeurs")
    assert after.acquired_by is None, "what the decision did not lack is not taken from this form"
    page = asked.get(f"/tickets/{number}").text
    assert 'id="preciser"' not in page and "Précision donnée" in page
    again = step(app, asked, number, "preciser", user_category="equipe-gestion")
    assert again.status_code == 409 and "Il ne manque plus rien" in again.text


def test_security_only_who_asks_and_who_holds_answers_the_question(app: Any, client_as: Any, opened: Any) -> None:
    number = opened(category=None)
    for sigle, status in {"c12.cmi": 404, "d2.agent": 404, "c11.reseau": 404, "a.admin": 403}.items():
        assert step(app, client_as(sigle), number, "preciser", user_category="professeurs").status_code == status, sigle
    assert row(app, number).needs_info


def test_a_request_is_amended_until_it_is_taken_in_charge_and_both_texts_stay(
    app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    number = opened()
    author = client_as("c11.cmi")
    page = author.get(f"/tickets/{number}").text
    assert "Modifier ma demande" in page and "Retirer ma demande" in page
    assert "Modifier ma demande" not in client_as("c11.chef").get(f"/tickets/{number}").text
    same = step(app, author, number, "modifier", titre="Poste en panne", texte="Il ne démarre plus.")
    assert same.status_code == 422 and "Rien n’a changé" in same.text
    short = step(app, author, number, "modifier", titre="", texte="Tout autre chose")
    assert short.status_code == 422 and "Tout autre chose" in short.text, "what was typed stays"
    done = step(app, author, number, "modifier", titre="Poste en panne, salle B12", texte="Il bipe zébulon trois fois.")
    assert done.status_code == 303
    page = client_as("d1.agent").get(f"/tickets/{number}").text
    assert "salle B12" in page and "zébulon" in page
    assert "Le texte d’avant" in page and "Titre : Poste en panne" in page and "Il ne démarre plus." in page
    assert {"d1.agent", "d1.ref"} <= told(app, number, "amended") and "c11.cmi" not in told(app, number, "amended")
    with app.app_context():
        said = db.session.scalars(select(NoticeWords.data).where(NoticeWords.ticket_id == number)).all()[-1]
        assert said["words"] == "Il bipe zébulon trois fois." and "B12" in said["title"]
        found = queries.queue(  # the new words are found
            queries_perimeter(actor_as("d1.agent")), filters("zébulon"), None, datetime.now(UTC), 5
        )
        assert [one.number for one in found.rows] == [number]
    step(app, client_as("d1.agent"), number, "prendre-en-charge")
    late = step(app, author, number, "modifier", titre="Autre", texte="Autre texte")
    assert late.status_code == 409 and "pris en charge" in late.text and "Autre texte" in late.text
    assert "Modifier ma demande" not in author.get(f"/tickets/{number}").text


def queries_perimeter(actor: Any) -> Any:
    from charters.permissions import perimeter

    return perimeter(actor)


def filters(text: str) -> Any:
    from ticketing.model import Filters

    return Filters(text=text)


def test_a_request_is_withdrawn_by_its_author_alone(app: Any, client_as: Any, opened: Any) -> None:
    number = opened()
    author, agent = client_as("c11.cmi"), client_as("d1.agent")
    for sigle in ("c11.chef", "d1.agent"):
        refused = step(app, client_as(sigle), number, "retirer", raison="plus-utile")
        assert refused.status_code == 403 and "Seule la personne qui a ouvert" in refused.text
    assert step(app, author, number, "retirer", raison="").status_code == 422
    step(app, agent, number, "prendre-en-charge")
    page = author.get(f"/tickets/{number}").text
    assert "C’est réglé tout seul" in page and "plus-utile" not in page
    assert step(app, author, number, "retirer", raison="plus-utile").status_code == 409
    done = step(app, author, number, "retirer", raison="regle-seul", texte="Un redémarrage a suffi.")
    assert done.status_code == 303 and row(app, number).state == "closed"
    page = agent.get(f"/tickets/{number}").text
    assert re.search(r"Demande retirée.*Le problème s’est réglé tout seul.*Un redémarrage a suffi", page, re.S)
    assert told(app, number, "withdrawn") == {"d1.agent"}, "the person in charge is told, not the whole side"
    with app.app_context():
        kinds = db.session.scalars(select(TicketEvent.kind).where(TicketEvent.ticket_id == number)).all()
        assert kinds[-1] == "withdrawn"
