"""A link to what one sees under another of one's mandates offers the change; to nobody else does it say anything."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from harness.http import post
from harness.world import leaks
from sqlalchemy import event
from werkzeug.routing import BuildError

from charters.database import db
from charters.model import Role
from charters.people import accounts
from charters.tables.access import JournalLine
from ticketing.figures import nightly


def give(world, sigle: str, role: Role, scope: str) -> int:
    with world.app.app_context():
        account = world.accounts[sigle]["account_id"]
        return accounts.add_mandate(account, role.value, scope, date(2026, 1, 1), actor=None, now=datetime.now(UTC))


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def body(response) -> str:
    """Return the page without what changes with the second: the end of the session, the time of the tokens."""
    page = re.sub(r'data-session-ends="[^"]*"', "", response.get_data(as_text=True))
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def lines(world) -> int:
    with world.app.app_context():
        return db.session.query(JournalLine).count()


def test_a_ticket_of_another_mandate_offers_the_change_and_returns_to_the_link(world):
    number, file = _ticket(world, "c12-departement")
    client = world.client("c11.cmi")
    missing = client.get("/tickets/9999")
    assert body(client.get(f"/tickets/{number}")) == body(missing), "without another mandate: as before"
    mandate = give(world, "c11.cmi", Role.CMI, "victor-hugo-tarbes")
    for address in (f"/tickets/{number}", f"/tickets/{number}/acces", f"/tickets/{number}?x=1", file):
        offered = client.get(address)
        page = text(offered)
        assert offered.status_code == 403 and f'value="{mandate}"' in page, address
        assert "Collège Victor Hugo, Tarbes" in page and not leaks(page, world.foreign("c11.cmi"))
        assert unescape(re.search(r'name="suite" value="([^"]*)"', page)[1]) == address
    page = client.get(f"/tickets/{number}").get_data(as_text=True)
    assert "Collège Desaix, Tarbes" in page, "the header is that of the active mandate"
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.split("<main")[1]))
    taken = client.post("/mandat", data=sent | {"mandate": str(mandate)})
    assert taken.headers["Location"] == f"/tickets/{number}"
    assert client.get(taken.headers["Location"]).status_code == 200


def _ticket(world, key: str) -> tuple[int, str]:
    ticket = world.tickets[key]
    return ticket["number"], f"/tickets/{ticket['number']}/fichiers/{ticket['files'][0]}"


@pytest.mark.parametrize("sigle", ["c11.cmi", "c11.reseau", "d2.agent", "a.lecture"])
def test_what_no_mandate_sees_is_absent_word_for_word(world, sigle):
    """With several mandates too: existing and unknown tickets get one answer, of one length."""
    give(world, sigle, Role.LECTEUR, "academie-poitiers")
    client = world.client(sigle)
    absent = client.get("/tickets/9999")
    assert absent.status_code == 404
    for key in ("c12-departement", "c11-confidential", "c21-departement"):
        number = world.tickets[key]["number"]
        if number in world.numbers(sigle):
            continue
        for address in (f"/tickets/{number}", f"/tickets/{number}/acces"):
            assert (answer := client.get(address)).status_code == 404, address
            assert body(answer) == body(client.get(address.replace(str(number), "9999")))


def test_the_same_statements_for_what_exists_as_for_what_does_not(world):
    give(world, "c11.cmi", Role.RESEAU, "victor-hugo-tarbes")
    client, asked = world.client("c11.cmi"), []
    client.get("/tickets/9999")
    with world.app.app_context():
        engine = db.engine
    for number in (world.tickets["c21-departement"]["number"], 9998):
        seen: list[str] = []

        def note(connection, cursor, statement, *rest, seen=seen):
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        client.get(f"/tickets/{number}")
        event.remove(engine, "before_cursor_execute", note)
        asked.append(seen)
    assert asked[0] == asked[1] and len(asked[0]) > 2


def test_pages_of_another_role_offer_the_change(world):
    """Not tickets alone: whatever page answers under another mandate."""
    mandate = give(world, "c11.cmi", Role.ADMINISTRATEUR, "academie-toulouse")
    client = world.client("c11.cmi")
    account = world.accounts["d1.agent"]["account_id"]
    assert client.get("/chiffres/mois.csv").status_code == 404, "no figures yet: it would not open there either"
    with world.app.app_context():
        nightly.refresh(datetime.now(UTC))
    for address in (
        "/administration",
        f"/administration/comptes/{account}",
        "/administration/journal",
        "/administration/accords/hautes-pyrenees-2015",
        "/chiffres",
        "/chiffres/mois.csv",
    ):
        offered = client.get(address)
        assert offered.status_code == 403 and f'value="{mandate}"' in text(offered), address
    for address in ("/administration/comptes/9999", "/administration/accords/nulle-part", "/nulle-part"):
        assert client.get(address).status_code == 404, address


def test_security_no_change_is_offered_for_what_no_mandate_can_open(world):
    """Costly pages too (proofs, replays, exports): a change would lead to « Page introuvable » again, from end to end.

    Every address of the site that takes a value is asked for, with a value that nothing has.
    """
    give(world, "c11.cmi", Role.ADMINISTRATEUR, "academie-toulouse")
    client, asked, found = world.client("c11.cmi"), 0, []
    with world.app.test_request_context():
        for rule in world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.arguments or "format" in rule.arguments:
                continue
            whole = {name for name in rule.arguments if f"<int:{name}>" in rule.rule}
            values = {name: 99_999 if name in whole else "zz-rien" for name in rule.arguments}
            with contextlib.suppress(ValueError, BuildError):
                address = world.app.url_map.bind("localhost").build(rule.endpoint, values)
                asked += 1
                with client.get(address) as answer:
                    if answer.status_code == 403:
                        found.append(address)
    assert not found and asked > 40


def test_trying_a_page_writes_nothing_but_the_refusal(world):
    """The administrator's mandate has a right to read: to try the page under it is no consultation."""
    mandate = give(world, "c11.cmi", Role.ADMINISTRATEUR, "academie-toulouse")
    client, number = world.client("c11.cmi"), world.tickets["c12-departement"]["number"]
    first = re.search(r'name="mandate" value="(\d+)"', text(client.get("/compte")))
    assert first
    post(client, "/mandat", {"mandate": str(mandate)})
    asked = {"number": str(number), "reason": "reglage", "words": "Essai"}
    assert post(client, "/administration/consultation", asked).status_code == 303
    with world.app.app_context():
        own = next(one for one in _mandates(world, "c11.cmi") if one != mandate)
    post(client, "/mandat", {"mandate": str(own)})
    before = lines(world)
    assert client.get(f"/tickets/{number}").status_code == 403
    assert lines(world) == before + 1
    with world.app.app_context():
        last = db.session.query(JournalLine).order_by(JournalLine.number.desc()).first()
        assert last.event == "access.refused"


def _mandates(world, sigle: str) -> list[int]:
    from charters.tables.access import MandateRow

    account = world.accounts[sigle]["account_id"]
    return [row.id for row in db.session.query(MandateRow).filter_by(account_id=account)]


def test_an_administrator_is_offered_the_consultation_with_a_reason(world):
    client = world.client("a.admin")
    number, file = _ticket(world, "c11-departement")
    absent = client.get("/tickets/9999")
    assert absent.status_code == 404 and "avec un motif" not in text(absent)
    for address in (f"/tickets/{number}", file):
        offered = client.get(address)
        assert offered.status_code == 404
        assert f'href="/administration/consultation?ticket={number}"' in text(offered), address
    assert f'value="{number}"' in text(client.get(f"/administration/consultation?ticket={number}"))
    assert "avec un motif" not in text(client.get("/administration/comptes/9999"))
    for sigle in ("a.tech", "d2.agent", "a.lecture"):
        assert "avec un motif" not in text(world.client(sigle).get(f"/tickets/{number}"))
