"""A form belongs to the mandate under which it was shown: another one refuses it, with everything that was typed."""

from __future__ import annotations

import io
import re
import uuid
from datetime import UTC, date, datetime
from html import unescape

import pytest
from harness.cast import log_in
from harness.http import csrf, post
from sqlalchemy import func, select

from charters.model import Role
from charters.people import accounts

C11, C12, ACADEMIE = "desaix-tarbes", "victor-hugo-tarbes", "academie-toulouse"
OPENING = {
    "title": "Plus d’image",
    "body": "Depuis ce matin.\r\nEn salle 12.",
    "service": "equipement-bureautique",
    "activity": "mco",
    "user_category": "cdi",
    "acquired_by": "departement",
    "etape": "envoyer",
}


def give(app, person, role: Role, scope: str) -> int:
    with app.app_context():
        return accounts.add_mandate(
            person.account_id, role.value, scope, date(2026, 1, 1), actor=None, now=datetime.now(UTC)
        )


def active(app, person) -> int | None:
    from charters.database import db
    from charters.tables.access import Account

    with app.app_context():
        return db.session.get(Account, person.account_id).active_mandate_id


def places(app) -> list[str]:
    from charters.database import db
    from ticketing.tables import Ticket

    with app.app_context():
        return list(db.session.scalars(select(Ticket.etablissement).order_by(Ticket.number)))


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def fields(page: str, button: str) -> dict[str, str]:
    """Return the hidden fields of the form that holds this button, and the button's own value."""
    form = next(part for part in re.findall(r"<form.*?</form>", page, re.S) if button in part)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    pressed = re.search(rf'<button[^>]*name="([^"]+)"[^>]*value="([^"]*)"[^>]*><span>{button}', form)
    if pressed:
        found.append((pressed[1], pressed[2]))
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def two(app, cast, client):
    """Return a client of the first collège's correspondant, who has a mandate of the second too, and that mandate."""
    person = cast["c11.cmi"]
    other = give(app, person, Role.CMI, C12)
    return log_in(client, person), person, other


def test_two_tabs_one_changes_the_mandate_the_other_sends(app, two):
    client, person, other = two
    opened = csrf(client, "/tickets/nouveau")  # the first tab
    assert post(client, "/mandat", {"mandate": str(other)}).status_code == 303  # the second tab
    refused = client.post("/tickets/nouveau", data={"csrf_token": opened, **OPENING})
    page = text(refused)
    assert refused.status_code == 409 and places(app) == []
    assert "Plus d’image" in page and "En salle 12." in page and "Ce formulaire n’est pas envoyé" in page
    assert "Collège Desaix, Tarbes" in page and "Collège Victor Hugo, Tarbes" in page
    again = fields(refused.get_data(as_text=True), "Revenir à ce mandat et envoyer")
    assert {name: again[name].replace("\n", "\r\n").replace("\r\r", "\r") for name in OPENING} == OPENING
    sent = client.post("/tickets/nouveau", data=again)
    assert sent.status_code == 303 and places(app) == [C11], "in the collège where it was written"
    assert active(app, person) != other


def test_what_was_typed_is_shown_under_the_present_mandate_before_it_is_sent_there(app, two):
    client, person, other = two
    opened = csrf(client, "/tickets/nouveau")
    post(client, "/mandat", {"mandate": str(other)})
    refused = client.post("/tickets/nouveau", data={"csrf_token": opened, **OPENING})
    seen = client.post(
        "/tickets/nouveau", data=fields(refused.get_data(as_text=True), "Voir la demande sous ce mandat")
    )
    page = text(seen)
    assert seen.status_code == 200 and places(app) == [], "seen first"
    assert "Collège Victor Hugo, Tarbes" in page and "Plus d’image" in page and "En salle 12." in page
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', seen.get_data(as_text=True))[1]
    assert client.post("/tickets/nouveau", data={"csrf_token": token, **OPENING}).status_code == 303
    assert places(app) == [C12] and active(app, person) == other


def test_the_mandate_that_ended_cannot_be_returned_to(app, two):
    client, _, other = two
    post(client, "/mandat", {"mandate": str(other)})
    opened = csrf(client, "/tickets/nouveau")
    with app.app_context():
        accounts.end_mandate(other, actor=None, now=datetime.now(UTC), on=date(2026, 1, 2))
    refused = client.post("/tickets/nouveau", data={"csrf_token": opened, **OPENING})
    page = text(refused)
    assert refused.status_code == 409 and places(app) == []
    assert "un mandat que vous n’avez plus" in page and "Revenir à ce mandat" not in page and "Plus d’image" in page
    forced = {"csrf_token": opened, "mandat_suite": "envoyer", **OPENING}
    assert client.post("/tickets/nouveau", data=forced).status_code == 409 and places(app) == []


def test_a_step_written_under_one_mandate_is_not_taken_under_another(app, two):
    """The ticket is not seen under the second mandate: the step may be sent under its own only."""
    client, _, other = two
    number = int(post(client, "/tickets/nouveau", OPENING).headers["Location"].split("/")[2].split("#")[0])
    shown = csrf(client, f"/tickets/{number}")
    post(client, "/mandat", {"mandate": str(other)})
    typed = {
        "csrf_token": shown,
        "commenter-texte": "Toujours en panne.",
        "commenter-visibilite": "public",
        "commenter-fichiers": (io.BytesIO(b"un mot"), "mot.txt"),
    }
    refused = client.post(f"/tickets/{number}/commenter", data=typed, content_type="multipart/form-data")
    page = text(refused)
    assert refused.status_code == 409 and "Toujours en panne." in page
    assert "À choisir de nouveau : mot.txt" in page and "Sous le mandat actif, ce n’est pas possible" in page
    again = fields(refused.get_data(as_text=True), "Revenir à ce mandat et envoyer")
    again["commenter-fichiers"] = (io.BytesIO(b"un mot"), "mot.txt")
    sent = client.post(f"/tickets/{number}/commenter", data=again, content_type="multipart/form-data")
    assert sent.status_code == 303
    assert "Toujours en panne." in text(client.get(f"/tickets/{number}")) and "mot.txt" in text(
        client.get(f"/tickets/{number}")
    )


#: A value for each name in the addresses.
VALUES = {
    "number": 1,
    "slug": "commenter",
    "convention_id": "hautes-pyrenees-2015",
    "service": "ent",
    "activity": "mco",
    "kind": "usage",
    "etablissement_id": C11,
    "uuid": uuid.UUID(int=1),
    "token": "x" * 43,
}
STEPS = {
    "people.withdraw_key": "perdue",
    "interruptions.act": "commencer",
    "drafts.advance": "soumettre",
    "exchanges.act": "arreter",
}


def test_every_form_that_writes_is_refused_under_another_mandate(app, cast, client):
    """Every address that takes a POST: 409, the words kept, and not one row more or less anywhere."""
    from ticketing.web import guards
    from ticketing.web.mandates import forms

    person = cast["a.admin"]
    other = give(app, person, Role.CMI, C11)
    log_in(client, person)
    post(client, "/mandat", {"mandate": str(other)})
    opened = csrf(client)
    first = next(one for one in _mandates(app, person) if one != other)
    post(client, "/mandat", {"mandate": str(first)})
    before, walked, wrong = _rows(app), [], []
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or guards.guard_of(app, rule.endpoint) == "public":
            continue
        if rule.endpoint == forms.CHOICE:
            continue
        values = {name: VALUES.get(name, 1) for name in rule.arguments} | (
            {"step": STEPS[rule.endpoint]} if "step" in rule.arguments else {}
        )
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        answer = client.post(address, data={"csrf_token": opened, "words": "Ce que j’ai écrit ici", "version": "1"})
        walked.append(rule.endpoint)
        if answer.status_code != 409 or "Ce que j’ai écrit ici" not in text(answer):
            wrong.append((rule.endpoint, answer.status_code))
    assert not wrong
    assert len(walked) > 60 and {"opening.send", "tickets.step", "drafts.put", "cells.fill", "campaign.answer"} <= set(
        walked
    )
    assert _rows(app) == before


def _mandates(app, person) -> list[int]:
    from charters.database import db
    from charters.tables.access import MandateRow

    with app.app_context():
        return list(db.session.scalars(select(MandateRow.id).where(MandateRow.account_id == person.account_id)))


def _rows(app) -> dict[str, int]:
    from charters.database import Base, db

    with app.app_context():
        return {
            name: db.session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def test_every_form_of_every_page_names_its_mandate(app, two):
    """What the crawl's pages hold: each form that writes carries the token of the active mandate."""
    client, person, other = two
    for mandate in (*(one for one in _mandates(app, person) if one != other), other):
        post(client, "/mandat", {"mandate": str(mandate)})
        for page in ("/", "/tickets", "/tickets/nouveau", "/compte", "/qui-fait-quoi", "/chartes"):
            shown = client.get(page, follow_redirects=True).get_data(as_text=True)
            posts = re.findall(r'<form[^>]*method="post".*?</form>', shown, re.S)
            tokens = re.findall(r'name="csrf_token" value="(\d+)\.', shown)
            assert posts and len(tokens) == len(posts) and set(tokens) == {str(mandate)}, page


def test_codes_and_passwords_are_not_written_into_the_refusal(app, two):
    client, _, other = two
    opened = csrf(client, "/compte/code-pin")
    post(client, "/mandat", {"mandate": str(other)})
    typed = {"current": "246813579", "pin": "135792468", "pin_again": "135792468", "code": "998877"}
    refused = client.post("/compte/code-pin", data={"csrf_token": opened, **typed})
    page = text(refused)
    assert refused.status_code == 409 and "vous les saisirez de nouveau" in page
    assert not [value for value in typed.values() if value in page]
    back = fields(refused.get_data(as_text=True), "Revenir à ce mandat, et au formulaire")
    led = client.post("/compte/code-pin", data=back)
    assert (led.status_code, led.headers["Location"]) == (303, "/compte/code-pin")


def test_a_script_is_told_in_json(app, two):
    client, _, other = two
    opened = csrf(client)
    post(client, "/mandat", {"mandate": str(other)})
    refused = client.post("/confirmation/defi", headers={"X-CSRFToken": opened})
    assert refused.status_code == 409 and "mandat" in refused.get_json()["error"]


def test_the_live_decision_is_of_the_mandate_of_its_page(app, two):
    client, _, other = two
    page = client.get("/tickets/nouveau").get_data(as_text=True)
    mandate = re.search(r'<form class="opening"[^>]*data-mandate="(\d+)"', page, re.S)[1]
    asked = {"service": "equipement-bureautique", "activity": "mco", "mandat": mandate}
    assert client.get("/tickets/nouveau/decision", query_string=asked).status_code == 200
    post(client, "/mandat", {"mandate": str(other)})
    told = client.get("/tickets/nouveau/decision", query_string=asked)
    assert told.status_code == 409 and "Votre mandat actif a changé" in text(told)


def test_a_token_without_mandate_opens_nothing(app, two):
    client, _, _ = two
    token = csrf(client).partition(".")[2]
    for wrong in (token, f"x.{token}", f"-1.{token}", "1.", "1"):
        assert client.post("/tickets/nouveau", data={"csrf_token": wrong, **OPENING}).status_code == 400, wrong
    assert places(app) == []


def test_the_mandate_itself_may_be_changed_and_the_session_left_from_any_page(app, two):
    client, _, other = two
    opened = csrf(client)
    assert client.post("/mandat", data={"csrf_token": opened, "mandate": str(other)}).status_code == 303
    assert client.post("/mandat", data={"csrf_token": opened, "mandate": str(other)}).status_code == 303
    assert client.post("/deconnexion", data={"csrf_token": opened}).status_code == 303
