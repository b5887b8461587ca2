"""Test « la suite de », which tells nobody of a ticket that they do not see, and the satisfaction of who asked."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import delete, insert, select

from charters.database import db, writing
from charters.tables.access import JournalLine, OrganisationSuspension, Signature
from ticketing.following import links
from ticketing.mail import rendering, signatures
from ticketing.settings import desk_settings
from ticketing.tables import Notice, NoticeWords, Ticket, TicketLink, TicketOpinion
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)


def rows(app: Any, table: Any) -> list[tuple[Any, ...]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(table.__table__))]


def journalled(app: Any, event: str) -> list[Any]:
    with app.app_context():
        details = db.session.scalars(select(JournalLine.details).where(JournalLine.event == event))
        return [json.loads(one) for one in details]


def test_tickets_of_one_trouble_are_linked_both_ways(app: Any, client_as: Any, opened: Any) -> None:
    first, second = opened(title="Première panne"), opened(title="Seconde panne")
    client = client_as("c11.cmi")
    assert "La suite de" not in client.get(f"/tickets/{second}").text
    for typed, sentence in (
        ("", "Donnez le numéro"),
        ("x", "Donnez le numéro"),
        (str(second), "de ce ticket"),
        ("9999", "ne voyez aucun"),
    ):
        refused = post(client, f"/tickets/{second}/liens", {"liens-number": typed})
        assert refused.status_code == 422 and sentence in refused.text, typed
    done = post(client, f"/tickets/{first}/liens", {"liens-number": f"n°\u00a0{second}"})
    assert done.status_code == 303
    page = client.get(f"/tickets/{second}").text
    assert re.search(r"La suite de</h3>.*?Première panne", page, re.S)
    assert re.search(r"Suivi par</h3>.*?Seconde panne", client.get(f"/tickets/{first}").text, re.S)
    again = post(client, f"/tickets/{second}/liens", {"liens-number": str(first)})
    assert again.status_code == 422 and "déjà reliés" in again.text
    assert journalled(app, "ticket.linked") == [{"earlier": first}]
    assert post(client, f"/tickets/{first}/liens", {"oter": str(second)}).status_code == 303
    assert rows(app, TicketLink) == [] and journalled(app, "ticket.unlinked") == [{"earlier": first}]


def test_two_requests_that_link_the_same_tickets_at_once_make_one_link(any_app: Any, opened: Any) -> None:
    """The second was an error of the server on PostgreSQL, where neither waits for the other before it writes.

    There the driver does not say how many rows were written, so that both seemed to have made the link.
    """
    first, second = opened(), opened()
    with any_app.app_context(), writing() as session:
        assert links._added(session, second, first, BEFORE) and not links._added(session, second, first, BEFORE)


def test_security_a_link_tells_nobody_of_a_ticket_outside_their_perimeter(
    app: Any, client_as: Any, opened: Any
) -> None:
    seen, hidden = opened(), opened(category="equipe-gestion", title="Secret du zébulon")
    assert post(client_as("c11.cmi"), f"/tickets/{seen}/liens", {"liens-number": str(hidden)}).status_code == 303
    agent = client_as("d1.agent")
    page = agent.get(f"/tickets/{seen}").text
    assert "zébulon" not in page and f"/tickets/{hidden}" not in page and "Suivi par" not in page
    guess = post(agent, f"/tickets/{seen}/liens", {"liens-number": str(hidden)})
    absent = post(agent, f"/tickets/{seen}/liens", {"liens-number": "9999"})
    fault = re.compile(r'id="f-liens-number-error">.*?</p>', re.S)
    assert guess.status_code == absent.status_code == 422
    assert fault.search(guess.text)[0] == fault.search(absent.text)[0]  # type: ignore[index]
    assert post(agent, f"/tickets/{seen}/liens", {"oter": str(hidden)}).status_code == 404
    assert post(agent, f"/tickets/{hidden}/liens", {"liens-number": str(seen)}).status_code == 404
    assert len(rows(app, TicketLink)) == 1


def test_security_a_reason_to_read_a_ticket_shows_nothing_of_those_linked_with_it(
    app: Any, client_as: Any, opened: Any
) -> None:
    """PER-09: titles of other tickets of the établissement were read without their own reason, and without a line."""
    read, other = opened(), opened(title="Secret du zébulon")
    assert post(client_as("c11.cmi"), f"/tickets/{read}/liens", {"liens-number": str(other)}).status_code == 303
    admin = client_as("a.admin")
    asked = {"number": str(read), "reason": "reglage", "words": ""}
    assert post(admin, "/administration/consultation", asked).status_code == 303
    page = admin.get(f"/tickets/{read}").text
    assert "Poste en panne" in page and "zébulon" not in page and f"/tickets/{other}" not in page


def test_a_ticket_opened_as_the_sequel_of_another_is_linked_with_it(app: Any, client_as: Any, opened: Any) -> None:
    first, client = opened(title="Première panne"), client_as("c11.cmi")
    form = client.get(f"/tickets/nouveau?apres={first}").text
    assert f'name="apres" value="{first}"' in form
    fields = {
        "title": "Elle est revenue",
        "body": "Encore.",
        "service": "equipement-bureautique",
        "activity": "mco",
        "user_category": "professeurs",
    }
    for after in (str(first), "9999", "x"):
        sent = post(client, "/tickets/nouveau", fields | {"apres": after, "token": f"jeton-{after}"})
        assert sent.status_code == 303 and len(rows(app, TicketLink)) == 1, after
    assert "Elle est revenue" in client.get(f"/tickets/{first}").text


def resolve(app: Any, actor_as: Any, number: int) -> None:
    with app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, BEFORE)
        version = db.session.scalar(select(Ticket.version).where(Ticket.number == number))
        desk.resolve(actor_as("d1.agent"), number, version or 0, "Câble changé.", BEFORE)


def test_who_asked_says_in_one_click_whether_it_suits_and_the_party_reads_it(
    app: Any, client_as: Any, actor_as: Any, cast: Any, opened: Any
) -> None:
    number = opened()
    client, agent = client_as("c11.cmi"), client_as("d1.agent")
    early = post(client, f"/tickets/{number}/satisfaction", {"score": "3"})
    assert early.status_code == 409 and "une fois le ticket résolu" in early.text
    resolve(app, actor_as, number)
    assert "vous convient-il" in client.get(f"/tickets/{number}").text
    assert "vous convient-il" not in agent.get(f"/tickets/{number}").text
    assert post(agent, f"/tickets/{number}/satisfaction", {"score": "3"}).status_code == 403
    assert post(client_as("c12.cmi"), f"/tickets/{number}/satisfaction", {"score": "3"}).status_code == 404
    assert post(client, f"/tickets/{number}/satisfaction", {"score": "7"}).status_code == 422
    assert rows(app, TicketOpinion) == []
    for score in ("1", "3"):
        assert post(client, f"/tickets/{number}/satisfaction", {"score": score}).status_code == 303
    (kept,) = rows(app, TicketOpinion)
    assert kept[:3] == (number, 3, cast["c11.cmi"].account_id)
    assert "Satisfaction : <strong>oui</strong>" in agent.get(f"/tickets/{number}").text


def test_one_sentence_may_go_with_the_answer_of_its_author_and_who_sees_the_ticket_reads_it(
    app: Any, client_as: Any, actor_as: Any, cast: Any, opened: Any
) -> None:
    number = opened()
    resolve(app, actor_as, number)
    client, agent, address = client_as("c11.cmi"), client_as("d1.agent"), f"/tickets/{number}/satisfaction"
    early = post(client, address, {"mot": "Canari du zébulon"})
    assert early.status_code == 409 and "Dites d’abord" in early.text
    assert post(client, address, {"score": "2"}).status_code == 303
    assert 'name="mot"' in client.get(f"/tickets/{number}").text
    assert 'name="mot"' not in agent.get(f"/tickets/{number}").text
    assert post(client, address, {"mot": "Canari du <b>zébulon</b>."}).status_code == 303
    told = "« Canari du &lt;b&gt;zébulon&lt;/b&gt;. »"
    assert told in agent.get(f"/tickets/{number}").text.replace("\xa0", " ")
    for other in ("d1.agent", "c12.cmi"):
        assert post(client_as(other), address, {"mot": "De moi"}).status_code == (403 if other == "d1.agent" else 404)
    assert client_as("c12.cmi").get(f"/tickets/{number}").status_code == 404
    for wrong in ("x" * 301, "Vu avec 123456789AB"):
        refused = post(client, address, {"mot": wrong})
        assert refused.status_code == 422 and wrong in refused.text
    assert rows(app, TicketOpinion)[0][-1] == "Canari du <b>zébulon</b>."
    assert journalled(app, "ticket.opinion_words") == [{}], "the journal holds no words of people"
    assert post(client, address, {"mot": " "}).status_code == 303 and rows(app, TicketOpinion)[0][-1] is None


def test_the_link_of_a_mail_takes_that_one_answer_and_shows_nothing(
    app: Any, client: Any, actor_as: Any, cast: Any, opened: Any
) -> None:
    number = opened()
    me = cast["c11.cmi"].account_id
    with app.app_context():
        key = desk_settings().mail_key
        token = signatures.opinion_token(key, number, me)
        foreign = signatures.opinion_token(key, number, cast["c12.cmi"].account_id)
    assert post(client, f"/satisfaction/{token}", {"score": "3"}).status_code == 409
    resolve(app, actor_as, number)
    with app.app_context():
        row = db.session.execute(
            select(Notice.__table__, NoticeWords.data)
            .join(NoticeWords, NoticeWords.event_id == Notice.event_id)
            .where(Notice.kind == "resolved", Notice.recipient_id == me)
        ).one()
        assert f"/satisfaction/{token}" in rendering.notice(row, row.data, desk_settings()).text.replace("\n", "")
    page = client.get(f"/satisfaction/{token}")
    assert page.status_code == 200 and f"n° {number}" in page.text
    assert "Poste en panne" not in page.text and "Câble" not in page.text and "Desaix" not in page.text
    assert rows(app, TicketOpinion) == [], "a link that is followed, by a program too, changes nothing"
    for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), f"{number}.{me}.", "x" * 43, foreign):
        assert client.get(f"/satisfaction/{wrong}").status_code == 404
        assert post(client, f"/satisfaction/{wrong}", {"score": "3"}).status_code == 404
    assert "Merci" in post(client, f"/satisfaction/{token}", {"score": "2"}).text
    assert rows(app, TicketOpinion)[0][:3] == (number, 2, me)
    assert journalled(app, "ticket.opinion") == [{"score": 2}]
    refused = post(client, f"/satisfaction/{token}", {"mot": "x" * 301})
    assert refused.status_code == 422 and "x" * 300 in refused.text
    assert "phrase est enregistrée" in post(client, f"/satisfaction/{token}", {"mot": "Merci à tous."}).text
    assert (
        rows(app, TicketOpinion)[0][-1] == "Merci à tous."
        and "Merci à tous" not in client.get(f"/satisfaction/{token}").text
    ), "the link reads nothing back"
    assert client.get(f"/tickets/{number}").status_code == 303, "nobody is logged in by it"


def test_security_the_link_of_a_mail_is_no_way_around_charters_and_suspensions(
    app: Any, client: Any, actor_as: Any, cast: Any, opened: Any
) -> None:
    """Annexe 6, 4, and VIII: who has a charter left to sign, or is suspended, could still answer by the link."""
    number, me = opened(), cast["c11.cmi"].account_id
    resolve(app, actor_as, number)
    with app.app_context():
        token = signatures.opinion_token(desk_settings().mail_key, number, me)
        with writing() as session:
            session.add(
                OrganisationSuspension(
                    organisation="desaix-tarbes", reason="VIII", suspended_at=BEFORE, suspended_by="a.admin"
                )
            )
    assert client.get(f"/satisfaction/{token}").status_code == 404
    assert post(client, f"/satisfaction/{token}", {"score": "2"}).status_code == 404
    with app.app_context(), writing() as session:
        session.execute(delete(OrganisationSuspension))
        signed = session.execute(select(Signature.__table__).where(Signature.account_id == me)).all()
        session.execute(delete(Signature).where(Signature.account_id == me))
    assert signed and post(client, f"/satisfaction/{token}", {"score": "2"}).status_code == 404
    with app.app_context(), writing() as session:
        session.execute(insert(Signature.__table__), [dict(row._mapping) for row in signed])
    assert "Merci" in post(client, f"/satisfaction/{token}", {"score": "2"}).text
