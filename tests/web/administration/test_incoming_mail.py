"""Incoming mails on the pages of administrators: who sees which row and which words, and what they do with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from harness.incoming import acting, raw
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.correspondence import taking_in
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Draft, Facts
from ticketing.tickets import desk

PAGE = "/administration/courriels"
WORD = "zkcanari"
ASIDE = Outcome("quarantined", "unknown-sender", "Personne ici n’a cette adresse.")


@pytest.fixture
def keep(app: Any, monkeypatch: Any) -> Any:
    """Return `keep(outcome, sender=…)`: keep and take in a mail whose outcome is given, and return its number."""

    def keep(outcome: Any, number: int = 1, **more: str) -> int:
        acting(monkeypatch, outcome)
        with app.app_context():
            more = {"subject": f"Objet {WORD}", "text": f"Texte {WORD}", **more}
            kept = store.keep(raw(number, **more), "boite", datetime.now(UTC))
            taking_in.take_in(kept.id, datetime.now(UTC))
            db.session.remove()
        return kept.id

    return keep


def _ticket(app: Any, actor_as: Any, on: str = "desaix-tarbes") -> int:
    with app.app_context():
        number = desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title="Un poste",
                body="En panne.",
                etablissement=on,
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs"),
            ),
            [],
            datetime.now(UTC),
        )
        db.session.remove()
    return int(number)


def _lines(app: Any, event: str) -> list[Any]:
    with app.app_context():
        found = db.session.execute(select(JournalLine.sigle, JournalLine.subject).where(JournalLine.event == event))
        return [tuple(row) for row in found]


def test_what_belongs_to_nobody_is_shown_to_every_administrator_and_read_in_the_journal(
    app: Any, client_as: Any, keep: Any
) -> None:
    number = keep(ASIDE, sender="inconnu@ailleurs.example")
    admin = client_as("a.admin")
    listed = admin.get(PAGE).get_data(as_text=True)
    assert WORD in listed
    assert "inconnu@ailleurs.example" in listed
    shown = admin.get(f"{PAGE}/{number}").get_data(as_text=True)
    assert f"Texte {WORD}" in shown
    assert ASIDE.reason in shown
    assert _lines(app, "mail.read") == [("a.admin", f"courriel {number}")]
    original = admin.get(f"{PAGE}/{number}/original")
    assert original.data.startswith(b"From: ")
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    assert _lines(app, "mail.downloaded") == [("a.admin", f"courriel {number}")]


@pytest.mark.parametrize("sigle", ["a.tech", "d1.ref", "c11.cmi", "a.lecture"])
def test_nobody_but_an_administrator_sees_a_mail(client_as: Any, keep: Any, sigle: str) -> None:
    number = keep(ASIDE)
    for address in (PAGE, f"{PAGE}/{number}", f"{PAGE}/{number}/original"):
        answer = client_as(sigle).get(address)
        assert answer.status_code == 404
        assert WORD not in answer.get_data(as_text=True)
    for act in ("rejouer", "classer"):
        assert post(client_as(sigle), f"{PAGE}/{number}/{act}", {"reason": "x"}).status_code == 404


def test_a_mail_of_another_academie_is_nowhere(app: Any, client_as: Any, keep: Any) -> None:
    number = keep(ASIDE)
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(academies=["academie-ailleurs"]))
    admin = client_as("a.admin")
    assert WORD not in admin.get(PAGE).get_data(as_text=True)
    assert admin.get(f"{PAGE}/{number}").status_code == 404
    assert admin.get(f"{PAGE}/{number}/original").status_code == 404
    assert post(admin, f"{PAGE}/{number}/rejouer").status_code == 404
    assert post(admin, f"{PAGE}/{number}/classer", {"reason": "x"}).status_code == 404
    post(admin, f"{PAGE}/rejouer", {"genre": "unknown-sender"})
    with app.app_context():
        assert db.session.scalar(select(IncomingMail.state)) == "quarantined"


def test_the_words_of_an_applied_mail_are_the_tickets_and_of_a_waiting_one_nobodys(
    app: Any, client_as: Any, actor_as: Any, keep: Any
) -> None:
    ticket = _ticket(app, actor_as)
    done = keep(Outcome("applied", "comment", "Un commentaire.", ticket=ticket), 1)
    waits = keep(ZeroDivisionError(), 2)
    admin = client_as("a.admin")
    for address in (PAGE, f"{PAGE}/{done}", f"{PAGE}/{waits}"):
        answer = admin.get(address)
        assert answer.status_code == 200
        assert WORD not in answer.get_data(as_text=True)
    assert admin.get(f"{PAGE}/{done}/original").status_code == 404
    assert admin.get(f"{PAGE}/{waits}/original").status_code == 404
    assert _lines(app, "mail.read") == []


def test_a_mail_about_a_ticket_held_elsewhere_is_read_with_a_reason_only(
    app: Any, client_as: Any, actor_as: Any, keep: Any
) -> None:
    ticket = _ticket(app, actor_as)  # the département holds it
    number = keep(Outcome("quarantined", "forged", "L’expéditeur n’est pas vérifié.", ticket=ticket))
    admin = client_as("a.admin")
    shown = admin.get(f"{PAGE}/{number}").get_data(as_text=True)
    assert WORD not in shown + admin.get(PAGE).get_data(as_text=True)
    assert f"/administration/consultation?ticket={ticket}" in shown
    assert admin.get(f"{PAGE}/{number}/original").status_code == 404
    asked = post(admin, "/administration/consultation", {"number": str(ticket), "reason": "recherche", "words": "x"})
    assert asked.status_code == 303
    assert WORD in admin.get(f"{PAGE}/{number}").get_data(as_text=True)
    assert ("a.admin", f"ticket {ticket}") in _lines(app, "ticket.read_with_reason")


def test_a_mail_is_taken_in_again_once_what_was_missing_is_there(
    app: Any, client_as: Any, keep: Any, monkeypatch: Any
) -> None:
    number = keep(ASIDE)
    acting(monkeypatch, Outcome("applied", "opened", "Le courriel ouvre un ticket.", ticket=None))
    admin = client_as("a.admin")
    answer = post(admin, f"{PAGE}/{number}/rejouer", follow_redirects=True)
    assert "Le courriel est traité : ouvre un ticket." in answer.get_data(as_text=True)
    assert _lines(app, "mail.replayed") == [("a.admin", f"courriel {number}")]
    assert post(admin, f"{PAGE}/{number}/rejouer").status_code == 404


def test_all_of_a_kind_are_taken_in_again_together(client_as: Any, keep: Any, monkeypatch: Any, app: Any) -> None:
    for number in (1, 2):
        keep(Outcome("quarantined", "refused", "L’accès est suspendu."), number)
    keep(ASIDE, 3)
    acting(monkeypatch, Outcome("applied", "comment", "Un commentaire."))
    answer = post(client_as("a.admin"), f"{PAGE}/rejouer", {"genre": "refused"}, follow_redirects=True)
    assert "2 courriels sont traités." in answer.get_data(as_text=True)
    with app.app_context():
        states = db.session.scalars(select(IncomingMail.state).order_by(IncomingMail.id)).all()
    assert states == ["applied", "applied", "quarantined"]


def test_a_mail_is_let_be_with_a_reason_only(app: Any, client_as: Any, keep: Any) -> None:
    number = keep(ASIDE)
    admin = client_as("a.admin")
    assert post(admin, f"{PAGE}/{number}/classer", {"reason": " \u00a0 "}).status_code == 422
    answer = post(admin, f"{PAGE}/{number}/classer", {"reason": "Publicité"}, follow_redirects=True)
    assert answer.status_code == 200
    shown = admin.get(f"{PAGE}/{number}").get_data(as_text=True)
    assert "Publicité" in shown
    assert WORD in shown
    assert _lines(app, "mail.ignored") == [("a.admin", f"courriel {number}")]
    assert post(admin, f"{PAGE}/{number}/classer", {"reason": "encore"}).status_code == 404


def test_lists_are_filtered_and_turned(app: Any, client_as: Any, keep: Any) -> None:
    keep(ASIDE, 1, subject="Premier")
    keep(Outcome("ignored", "automatic", "Une absence."), 2, subject="Second")
    admin = client_as("a.admin")

    def page(query: str) -> str:
        return str(admin.get(f"{PAGE}?{query}").get_data(as_text=True))

    assert ("Premier" in page("etat=quarantined"), "Second" in page("etat=quarantined")) == (True, False)
    assert ("Premier" in page("genre=automatic"), "Second" in page("genre=automatic")) == (False, True)
    assert "Aucun courriel" in page("avant=1")
    assert "Premier" in page("etat=x&genre=y&avant=zz")
    assert "Premier" not in page("boite=autre")


def test_an_alarm_is_on_the_administrators_first_page(app: Any, client_as: Any, keep: Any, monkeypatch: Any) -> None:
    assert "attendent d’être traités" not in client_as("a.admin").get("/administration").get_data(as_text=True)
    keep(ZeroDivisionError())
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(received_at=datetime.now(UTC) - timedelta(hours=1)))
    for address in ("/administration", PAGE):
        assert "attendent d’être traités" in client_as("a.admin").get(address).get_data(as_text=True)


def test_inj_02_a_mail_made_of_markup_shows_as_text(client_as: Any, keep: Any) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    number = keep(ASIDE, subject=attack, text=attack, sender="<b>x@y.example")
    for address in (PAGE, f"{PAGE}/{number}"):
        shown = client_as("a.admin").get(address).get_data(as_text=True)
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)" in client_as("a.admin").get(f"{PAGE}/{number}").get_data(as_text=True)


def test_a_mail_that_ends_the_process_that_reads_it_is_shown_to_an_administrator_and_read_by_no_page(
    app: Any, client_as: Any, monkeypatch: Any
) -> None:
    with app.app_context():
        number = store.keep(raw(1, text=WORD), "boite", datetime.now(UTC)).id
        with writing() as session:
            session.execute(update(IncomingMail).values(attempts=store.TRIES))
        outcome = taking_in.take_in(number, datetime.now(UTC))
        db.session.remove()
    assert outcome is not None and (outcome.state, outcome.kind) == ("quarantined", "unreadable")
    monkeypatch.setattr("ticketing.mail.incoming.reading.read", lambda raw: pytest.fail("it was read"))
    admin = client_as("a.admin")
    assert "illisible" in admin.get(f"{PAGE}?etat=quarantined").text
    shown = admin.get(f"{PAGE}/{number}").text
    assert "Ce courriel arrête le programme qui le lit" in shown and WORD not in shown
    assert WORD.encode() in admin.get(f"{PAGE}/{number}/original").data
    post(admin, f"{PAGE}/rejouer", {"genre": "unreadable"})
    again = post(admin, f"{PAGE}/{number}/rejouer", follow_redirects=True)
    assert "traité de nouveau dans la minute" in again.text
