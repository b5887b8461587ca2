"""Mails that were set aside show the words of a ticket to nobody who does not see it, whatever made them come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from harness.incoming import acting, raw
from sqlalchemy import select

from charters.database import db
from ticketing.correspondence import taking_in
from ticketing.mail import signatures
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Draft, Facts
from ticketing.settings import desk_settings
from ticketing.tables import Notice
from ticketing.tickets import desk

PAGE = "/administration/courriels"
WORD = "zkcanari"
PRIVATE = "nadia.prive@ailleurs.example"
ASIDE = Outcome("quarantined", "unknown-sender", "Personne ici n’a cette adresse.")
AWAY = Outcome("ignored", "automatic", "C’est un message d’absence.")


@pytest.fixture
def number(app: Any, actor_as: Any) -> int:
    """A ticket held by the département, which no administrator of the académie sees without a reason."""
    draft = Draft(
        title="Un poste",
        body="En panne.",
        etablissement="desaix-tarbes",
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="professeurs"),
    )
    with app.app_context():
        found = desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC))
        db.session.remove()
    return int(found)


def _signed(notice: Any) -> dict[str, str]:
    given = desk_settings()
    return {"To": signatures.reply_address(given.mail_from, given.mail_key, notice.ticket_id, notice.recipient_id)}


def _token(notice: Any) -> str:
    return signatures.subject_token(desk_settings().mail_key, notice.ticket_id)


MARKS: dict[str, Callable[[Any], dict[str, str]]] = {
    "signed address": _signed,
    "answer": lambda notice: {"In_Reply_To": notice.message_id},
    "history": lambda notice: {"References": f"<autre@ailleurs.example> {notice.thread_id}"},
    "subject": lambda notice: {"subject": f"TR: {_token(notice)} Un poste {WORD}"},
    "quoted subject": lambda notice: {"text": f"Voyez {WORD}\r\n\r\n> Objet : {_token(notice)} Un poste"},
    "our own mail": lambda notice: {"Message_ID": notice.message_id},
}


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("outcome", [ASIDE, AWAY, ZeroDivisionError()], ids=["unknown", "away", "failing"])
def test_security_a_mail_set_aside_that_quotes_a_ticket_is_read_with_a_reason_only(
    app: Any, client_as: Any, number: int, monkeypatch: Any, mark: str, outcome: Any
) -> None:
    acting(monkeypatch, outcome)
    with app.app_context():
        notice = db.session.scalars(select(Notice).where(Notice.ticket_id == number)).first()
        more = {"subject": f"Objet {WORD}", "text": f"Texte {WORD}", "sender": PRIVATE, **MARKS[mark](notice)}
        kept = store.keep(raw(1, **more), "boite", datetime.now(UTC)).id
        for _ in range(store.TRIES):
            taking_in.take_in(kept, datetime.now(UTC))
        state = db.session.scalar(select(IncomingMail.state))
        db.session.remove()
    assert state in ("quarantined", "ignored")
    _words_are_nowhere(client_as("a.admin"), kept)


def test_security_the_beginning_of_a_mail_too_large_shows_no_words_of_a_ticket_either(
    app: Any, client_as: Any, number: int
) -> None:
    with app.app_context():
        notice = db.session.scalars(select(Notice).where(Notice.ticket_id == number)).first()
        begun = raw(1, sender=PRIVATE, subject=f"Objet {WORD}", text=f"{WORD} " * 9, In_Reply_To=notice.message_id)
        kept = store.keep_beginning(begun, 50_000_000, "boite", "Trop lourd.", datetime.now(UTC)).id
        db.session.remove()
    admin = client_as("a.admin")
    _words_are_nowhere(admin, kept)
    with app.app_context():
        taking_in.take_in(kept, datetime.now(UTC))
        row = db.session.execute(select(IncomingMail.state, IncomingMail.reason, IncomingMail.ticket_id)).one()
        db.session.remove()
    assert tuple(row) == ("quarantined", "Trop lourd.", number)
    _words_are_nowhere(admin, kept)


def _words_are_nowhere(admin: Any, kept: int) -> None:
    for address in (PAGE, f"{PAGE}?etat=quarantined", f"{PAGE}?etat=ignored", f"{PAGE}/{kept}"):
        answer = admin.get(address)
        assert answer.status_code == 200
        assert WORD not in answer.get_data(as_text=True) and PRIVATE not in answer.get_data(as_text=True)
    assert admin.get(f"{PAGE}/{kept}/original").status_code == 404
