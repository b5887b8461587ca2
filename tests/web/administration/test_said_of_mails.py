"""The pages on which somebody says who wrote a mail set aside, or for which établissement it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from harness.http import post
from harness.incoming import raw
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import Account
from ticketing.correspondence import taking_in
from ticketing.mail.incoming import store
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.tables import Ticket

PAGE = "/administration/courriels"
WORD = "zkcanari"


@pytest.fixture
def brought(app: Any) -> Any:
    """Return `brought(sender, **more)`: a mail that nothing proves is kept and taken in; its number is returned."""

    def brought(sender: str = "marie@maison.example", **more: str) -> int:
        with app.app_context():
            kept = store.keep(raw(1, sender=sender, text=f"Texte {WORD}", **more), "boite", datetime.now(UTC))
            outcome = taking_in.take_in(kept.id, datetime.now(UTC))
            assert outcome is not None and outcome.state == "quarantined"
            db.session.remove()
        return kept.id

    return brought


def _tickets(app: Any) -> list[tuple[int, str]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(Ticket.number, Ticket.etablissement))]


def test_an_administrator_finds_the_author_and_the_ticket_opens_in_that_name(
    app: Any, client_as: Any, brought: Any
) -> None:
    number, admin = brought(), client_as("a.admin")
    empty = admin.get(f"{PAGE}/{number}").text
    assert "Attribuer à une personne" in empty and 'name="sigle"' not in empty
    found = admin.get(f"{PAGE}/{number}?qui=c11.cmi").text
    assert re.findall(r'name="sigle" value="([^"]+)"', found) == ["c11.cmi"]
    refused = post(admin, f"{PAGE}/{number}/attribuer", {"qui": "c11.cmi"})
    assert refused.status_code == 422 and "Choisissez la personne" in refused.text and 'value="c11.cmi"' in refused.text
    done = post(admin, f"{PAGE}/{number}/attribuer", {"sigle": "c11.cmi"}, follow_redirects=True)
    ((ticket, place),) = _tickets(app)
    assert f"ouvre un ticket, ticket n° {ticket}" in done.text and place == "desaix-tarbes"
    shown = client_as("c11.cmi").get(f"/tickets/{ticket}").text
    assert "par courriel, attribué par l’académie" in shown and WORD in shown


def test_whose_address_a_mail_claims_is_offered_first_and_a_forged_one_with_a_warning(
    app: Any, client_as: Any, brought: Any
) -> None:
    with app.app_context():
        address = db.session.scalar(select(Account.email).where(Account.sigle == "c11.cmi"))
    admin = client_as("a.admin")
    number = brought(address, From=f"<{address}>, <autre@ailleurs.example>")
    shown = admin.get(f"{PAGE}/{number}").text
    assert "L’adresse que le courriel annonce est la sienne." in shown and "usurpée" in shown
    refused = post(admin, f"{PAGE}/{number}/attribuer", {"sigle": "c11.cmi"})
    assert refused.status_code == 422 and "vérifié auprès de cette personne" in refused.text
    assert re.search(r'value="c11.cmi"\s+checked', refused.text), "what was chosen is kept"
    assert _tickets(app) == []
    assert post(admin, f"{PAGE}/{number}/attribuer", {"sigle": "c11.cmi", "warned": "1"}).status_code == 303
    assert len(_tickets(app)) == 1


@pytest.mark.parametrize("sigle", ["a.tech", "d1.ref", "c11.cmi", "a.lecture"])
def test_security_nobody_but_an_administrator_says_who_wrote_a_mail(
    app: Any, client_as: Any, brought: Any, sigle: str
) -> None:
    number = brought()
    for act in ("attribuer", "etablissement"):
        assert post(client_as(sigle), f"{PAGE}/{number}/{act}", {"sigle": sigle, "place": "1"}).status_code == 404
    assert _tickets(app) == []


def test_security_a_mail_of_another_academie_is_attributed_by_nobody_here(
    app: Any, client_as: Any, brought: Any
) -> None:
    number = brought()
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(academies=["academie-ailleurs"]))
    for act in ("attribuer", "etablissement"):
        answer = post(client_as("a.admin"), f"{PAGE}/{number}/{act}", {"sigle": "c11.cmi", "place": "1"})
        assert answer.status_code == 404
    assert _tickets(app) == []


def test_the_author_alone_says_the_etablissement_on_the_page_of_the_link(
    app: Any, client_as: Any, brought: Any, cast: Any
) -> None:
    number = brought()
    own = {"account_id": cast["c11.cmi"].account_id, "kind": "place-wanted"}
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(**own, author_id=own["account_id"]))
    page = f"/avis/courriels/{number}"
    for sigle in ("c12.cmi", "c11.chef", "d1.agent", "a.admin"):
        assert client_as(sigle).get(page).status_code == 404
        assert post(client_as(sigle), page, {"place": "1"}).status_code == 404
    author = client_as("c11.cmi")
    assert 'name="place" value="1"' in author.get(page).text
    assert post(author, page, {"place": "7"}).status_code == 422 and _tickets(app) == []
    opened = post(author, page, {"place": "1"}, follow_redirects=True)
    assert "Votre courriel a ouvert le ticket" in opened.text and len(_tickets(app)) == 1
    assert author.get(page).status_code == 404


def test_a_mail_whose_author_may_not_write_any_more_can_still_be_looked_at_and_put_aside(
    app: Any, client_as: Any, brought: Any, cast: Any
) -> None:
    """Its page was not found: nobody could classify it."""
    number, account = brought(), cast["c11.cmi"].account_id
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(account_id=account, author_id=account, kind="place-wanted"))
        session.execute(update(Account).where(Account.id == account).values(ends_on=date(2020, 1, 1)))
    admin = client_as("a.admin")
    assert admin.get(f"{PAGE}/{number}").status_code == 200
    assert post(admin, f"{PAGE}/{number}/etablissement", {"place": "1"}).status_code == 404
    assert post(admin, f"{PAGE}/{number}/classer", {"reason": "Partie."}).status_code == 303


def test_the_author_says_on_the_page_of_the_link_that_a_held_mail_may_leave(
    app: Any, client_as: Any, brought: Any, cast: Any
) -> None:
    number, account = brought(), cast["c11.cmi"].account_id
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(account_id=account, author_id=account, kind="pupils"))
    page = f"/avis/courriels/{number}/eleves"
    for sigle in ("c12.cmi", "c11.chef", "d1.agent", "a.admin"):
        assert client_as(sigle).get(page).status_code == 404
        assert post(client_as(sigle), page, {"choix": "part"}).status_code == 404
    author, admin = client_as("c11.cmi"), client_as("a.admin")
    assert "Il peut partir" in author.get(page).text and "Il peut partir" in admin.get(f"{PAGE}/{number}").text
    done = post(author, page, {"choix": "part"}, follow_redirects=True)
    assert "Votre courriel est parti : ticket n°" in done.text.replace("\u00a0", " ") and len(_tickets(app)) == 1
    assert author.get(page).status_code == 404 and post(author, page, {"choix": "reste"}).status_code == 404
    assert post(admin, f"{PAGE}/{number}/laisser-partir", {}).status_code == 404


def test_the_author_withholds_a_held_mail_and_the_desk_may_let_another_leave(
    app: Any, client_as: Any, brought: Any, cast: Any
) -> None:
    number, account = brought(), cast["c11.cmi"].account_id
    held = {"account_id": account, "author_id": account, "kind": "pupils", "state": "quarantined"}
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(held))
    kept = post(client_as("c11.cmi"), f"/avis/courriels/{number}/eleves", {"choix": "reste"}, follow_redirects=True)
    assert "est retenu" in kept.text and _tickets(app) == []
    with app.app_context(), writing() as session:
        session.execute(update(IncomingMail).values(held))
    done = post(client_as("a.admin"), f"{PAGE}/{number}/laisser-partir", {}, follow_redirects=True)
    assert "Le courriel est traité : ouvre un ticket" in done.text.replace("\u00a0", " ")
