"""What came by mail, on the ticket's page: the author's words, the history folded; masked and purged with its entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from harness import canaries
from harness.http import csrf
from harness.payloads import MARKUP
from sqlalchemy import func, select

from charters.database import db
from ticketing.correspondence.applying import apply
from ticketing.mail.incoming.outcomes import Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.personal_data import erasing
from ticketing.tables import MailEntry, MailReference, Ticket, TicketEvent
from ticketing.tickets import desk

RELAY = "relais.guichet.example"
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(settings: Any) -> Any:
    return settings.model_copy(update={"mail_authserv": RELAY, "mail_from": "desk@guichet.example"})


def sent(number: int, text: str, folded: str = "", **more: Any) -> Any:
    """Apply a mail of the correspondant of Desaix."""
    mail = ParsedMail(
        message_id=f"<m{number}@poste.example>",
        senders=("c11.cmi@guichet.example",),
        subject=more.pop("subject", f"Écran noir {number}"),
        text=text,
        folded=folded,
        authentication=(f"{RELAY}; dmarc=pass header.from=guichet.example",),
        **more,
    )
    return apply(mail, Received(number, "desk", f"k{number}"), NOW)


class Tags(HTMLParser):
    """The tags and attributes of a page's main part."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found += [tag, *(name for name, _ in attrs)]


def test_the_history_is_behind_a_fold_and_the_entry_says_that_it_came_by_mail(app: Any, client_as: Any) -> None:
    with app.app_context():
        number = sent(1, "Toujours noir.", "Le 12 novembre, la DSI a écrit :\n> Redémarrez-le.").ticket
    page = client_as("c11.cmi").get(f"/tickets/{number}").get_data(as_text=True)
    assert "par courriel" in page and "Toujours noir." in page
    fold = page.split("Afficher l’historique", 1)[1].split("</details>", 1)[0]
    assert "&gt; Redémarrez-le." in fold
    assert "Redémarrez-le" not in page.replace(fold, "")


def test_the_page_of_a_ticket_without_its_subject_shows_the_question_and_the_forms(app: Any, client_as: Any) -> None:
    with app.app_context():
        number = sent(1, "Noir.").ticket
    for sigle in ("c11.cmi", "c11.chef", "a.tech", "a.admin"):
        answer = client_as(sigle).get(f"/tickets/{number}")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "À préciser" in page and "Quel est le sujet" in page
        assert "I.4" in page
    listed = client_as("a.tech").get("/tickets").get_data(as_text=True)
    assert "À préciser" in listed
    page = client_as("c11.cmi")
    done = page.post(
        f"/tickets/{number}/faits",
        data={
            "csrf_token": csrf(page, f"/tickets/{number}"),
            "version": "2",
            "faits-service": "raccordement-internet",
            "faits-activity": "mco",
            "faits-texte": "C’est la connexion.",
        },
    )
    assert done.status_code == 303
    with app.app_context():
        assert db.session.scalar(select(Ticket.service)) == "raccordement-internet"


def test_masking_an_entry_masks_its_history(app: Any, client_as: Any, actor_as: Any) -> None:
    with app.app_context():
        number = sent(1, "Noir.").ticket
        done = sent(2, "Des mots durs.", "Encore plus durs.", references=("<m1@poste.example>",))
        assert done.ticket == number
        desk.mask(actor_as("a.admin"), number, done.event, "Respect des personnes.", NOW)
    for sigle in ("c11.cmi", "a.tech"):
        page = client_as(sigle).get(f"/tickets/{number}").get_data(as_text=True)
        assert "durs" not in page


def test_the_purge_leaves_nothing_of_the_mail(app: Any, actor_as: Any, settings: Any) -> None:
    with app.app_context():
        number = sent(1, "Noir.", "Histoiresecrete5678", in_reply_to=("<avant@poste.example>",)).ticket
        admin = actor_as("a.tech")
        desk.take_charge(admin, number, 2, NOW)
        desk.resolve(admin, number, 3, "Fait.", NOW)
        desk.confirm(actor_as("c11.cmi"), number, 4, NOW)
        later = NOW + timedelta(days=1)
        assert erasing.forget(number, later, settings.data_dir / "files", settings.data_dir / "courriels", later)
        assert db.session.scalar(select(func.count()).select_from(MailEntry)) == 0
        assert db.session.scalar(select(func.count()).select_from(MailReference)) == 0
        db.session.rollback()
        assert not canaries.found({"Histoiresecrete5678"}, settings.data_dir, {"journal_line"})


@pytest.mark.parametrize("place", ["text", "folded", "subject"])
def test_inj_02_by_mail_the_words_stay_words(app: Any, client_as: Any, place: str) -> None:
    """No payload of a mail makes a tag or an attribute that a page gives to nobody, in its words, history or title."""
    with app.app_context():
        number = sent(1, "Noir.").ticket
        for index, payload in enumerate(MARKUP, 2):
            changes = {place: payload} if place != "text" else {}
            text = payload if place == "text" else f"Mot {index}."
            if place != "subject":
                changes["references"] = ("<m1@poste.example>",)
            made = apply(
                ParsedMail(
                    **{
                        "message_id": f"<m{index}@poste.example>",
                        "senders": ("c11.cmi@guichet.example",),
                        "subject": f"Sujet {index}",
                        "text": text,
                        "authentication": (f"{RELAY}; dmarc=pass header.from=guichet.example",),
                        **changes,
                    }
                ),
                Received(index, "desk", f"k{index}"),
                NOW + timedelta(hours=index),
            )
            assert made.state == "applied", (payload, made)
        numbers = list(db.session.scalars(select(Ticket.number)))
        assert db.session.scalar(select(func.count()).select_from(TicketEvent)) >= len(MARKUP)
    client = client_as("a.tech")
    for one in {number, *numbers}:
        answer = client.get(f"/tickets/{one}")
        main = answer.get_data(as_text=True).split("<main", 1)[1].split("</main>", 1)[0]
        tags = Tags()
        tags.feed(main)
        assert not {"script", "iframe", "object", "embed", "math", "img", "style", "base"} & set(tags.found)
        assert not [name for name in tags.found if name.startswith("on")]
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
