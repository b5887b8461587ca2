"""Everything that each person of the cast can reach: right statuses, no canary of anybody else's, no dead link, no 500.

The reference data bear a canary in every field that is somebody's alone. `SEES` says, ticket by ticket, who sees what
(« Who sees and does what »); it is written here by hand, and owes nothing to the program's own predicate.
"""

from __future__ import annotations

import html
import re
import shutil
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from conftest import build_app, settings_for
from harness import cast as people
from harness.http import csrf

from ticketing.demo.people import PEOPLE
from ticketing.web import guards, steps

C11 = {
    "c11-departement", "c11-academie", "c11-college", "reseau-departement", "reseau-comptes", "c11-handed-on",
    "c11-shared",
}
SEES = {
    "a.admin": {"c11-academie", "c12-academie", "c21-academie", "c11-handed-on"},  # what the académie holds now
    # what the académie holds, held or contributes to: it validates what is outside the catalogue (II.2)
    "a.tech": {"c11-academie", "c12-academie", "c21-academie", "c11-handed-on", "c11-college", "c12-college"},
    "a.lecture": set(),
    "d1.agent": {
        "c11-departement", "c12-departement", "reseau-departement", "c11-handed-on", "c11-confidential", "c11-shared",
        "c11-college", "c12-college",
    },
    "d2.agent": {"c21-departement"},
    "c11.chef": C11 | {"c11-confidential"},
    "c11.cmi": C11,
    "c11.reseau": {"reseau-departement", "reseau-comptes", "c11-shared"},
    "c12.cmi": {"c12-departement", "c12-academie", "c12-college"},
    "c21.cmi": {"c21-departement", "c21-academie", "c21-college"},
    "x.nosign": set(), "x.half": set(), "x.fin": set(), "x.susp": set(), "anonymous": set(),
}
SEES["d1.ref"] = SEES["d1.agent"]
SIDE = {person.sigle: person.scope for person in PEOPLE}
UNSIGNED = {"x.nosign", "x.half"}
OUTSIDE = {"x.fin", "x.susp", "anonymous"}
ROLES = sorted(SEES)

_LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)')


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The reference data, made once: (their plain values, folder to copy)."""
    from charters.database import db
    from ticketing.demo import reference

    folder = tmp_path_factory.mktemp("reference")
    settings = settings_for(folder, f"sqlite:///{folder}/guichet.db", demo=True)
    app = build_app(settings)
    with app.app_context():
        made = reference.seed(settings, 7, datetime.now(UTC))
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            connection.connection.dbapi_connection.execute("COMMIT")
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return made, folder


@pytest.fixture
def world(reference, tmp_path):
    """A copy of the reference data of one's own, and an application on it."""
    from charters.database import db

    made, folder = reference
    shutil.copyfile(folder / "guichet.db", tmp_path / "guichet.db")
    shutil.copytree(folder / "data", tmp_path / "data", dirs_exist_ok=True)
    app = build_app(settings_for(tmp_path, f"sqlite:///{tmp_path}/guichet.db", demo=True))
    yield World(app, made)
    with app.app_context():
        db.engine.dispose()


class World:
    """The application, what was seeded, and clients of anyone."""

    def __init__(self, app, made):
        self.app, self.made = app, made
        self.tickets = {ticket["key"]: ticket for ticket in made["tickets"]}
        self.accounts = {account["sigle"]: account for account in made["accounts"]}

    def client(self, sigle):
        client = self.app.test_client()
        if sigle != "anonymous":
            account = self.accounts[sigle]
            person = people.Person(sigle, account["account_id"], account["pin"], account["otp_secret"], "")
            with self.app.app_context():
                people.log_in(client, person)
        return client

    def numbers(self, sigle):
        return {self.tickets[key]["number"] for key in SEES[sigle]}

    def foreign(self, sigle):
        """The canaries that this person must not read."""
        seen = self.numbers(sigle)
        return {
            canary["value"]: canary for canary in self.made["canaries"]
            if canary["ticket"] not in seen or canary["side"] not in ("", SIDE.get(sigle))
        }

    def own(self, sigle):
        foreign = self.foreign(sigle)
        return {canary["value"]: canary for canary in self.made["canaries"] if canary["value"] not in foreign}

    def addresses(self):
        """Every rule that answers GET, with every id there is and some that there are not."""
        numbers = [ticket["number"] for ticket in self.made["tickets"]]
        values = {
            "number": [*numbers, 0, 9999, 2**63],
            "account_id": [*(account["account_id"] for account in self.made["accounts"]), 0, 9999],
            "kind": ["usage", "cle", "autre"], "token": ["x" * 43], "path": ["app.css", "../config.py"],
            "convention_id": ["hautes-pyrenees-2015", "arbizonne-lavasson-2023", "nulle-part-1999"],
            "service": ["infrastructure-reseau", "ent", "rien"], "activity": ["mco", "rien"],
            "dimension": ["parties", "mois", "etablissements", "services", "activites", "rien"],
        }
        files = [(ticket["number"], file) for ticket in self.made["tickets"] for file in ticket["files"]]
        for rule in self.app.url_map.iter_rules():
            if "GET" not in rule.methods:
                continue
            if rule.endpoint == "tickets.file":
                crossed = [(numbers[0], file) for _, file in files]
                for number, file in [*files, *crossed, (numbers[0], str(uuid.uuid4()))]:
                    yield rule, f"/tickets/{number}/fichiers/{file}"
                continue
            yield from ((rule, address) for address in expanded(rule, values))


def expanded(rule, values):
    """The addresses of a rule, its arguments replaced by each of their values."""
    addresses = [re.sub(r"<(?:[^:>]*:)?([a-z_]+)>", r"{\1}", rule.rule)]
    for name in rule.arguments:
        addresses = [address.replace("{" + name + "}", str(value)) for address in addresses for value in values[name]]
    return addresses


def words(response):
    """Everything that an answer says: status line apart, headers and body."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "Set-Cookie")
    return headers + "\n" + html.unescape(response.get_data().decode("utf-8", "replace"))


def leaks(text, foreign):
    return [foreign[value] for value in foreign if value in text]


def test_the_reference_data_hold_a_canary_in_every_field(reference):
    made, _ = reference
    assert {canary["field"] for canary in made["canaries"]} == {
        "subject", "body", "requester", "tag", "asset", "file name", "file content", "comment", "note",
        "note's file name", "note's file content", "hand-on",
    }
    values = [canary["value"] for canary in made["canaries"]]
    assert len(set(values)) == len(values) and {len(value) for value in values} == {12}


@pytest.mark.parametrize("sigle", ROLES)
def test_every_address_with_every_id_answers_as_it_must(world, sigle):
    client, foreign, wrong = world.client(sigle), world.foreign(sigle), []
    tickets = world.numbers(sigle)
    for rule, address in world.addresses():
        response = client.get(address)
        guard = guards.guard_of(world.app, rule.endpoint)
        status, place = response.status_code, response.headers.get("Location", "")
        if guard == "public":
            fine = status in (200, 302, 303, 404)
        elif sigle in OUTSIDE:
            fine = status == 303 and urlsplit(place).path == "/connexion"
        elif sigle in UNSIGNED and guard != "entering":
            fine = status == 303 and place == "/chartes"
        elif rule.endpoint == "tickets.show":
            fine = status == (200 if int(address.rsplit("/", 1)[1]) in tickets else 404)
        elif rule.endpoint == "tickets.file":
            fine = status == 404 or (status == 200 and int(address.split("/")[2]) in tickets)
        elif isinstance(guard, str):
            fine = status in (200, 302, 303, 404)
        else:
            from charters.permissions import MAY

            role = next(person.role for person in PEOPLE if person.sigle == sigle)
            fine = status in (200, 302, 303, 404) if guard in MAY[role] else status == 404
        found = leaks(words(response), foreign)
        if not fine or found or status >= 500:
            wrong.append((address, status, place, found))
        response.close()
    assert not wrong


@pytest.mark.parametrize("sigle", ROLES)
def test_following_every_link_leads_somewhere_and_shows_no_one_else_s_canary(world, sigle):
    client, foreign = world.client(sigle), world.foreign(sigle)
    waiting, known, said, wrong = ["/"], {"/"}, "", []
    while waiting:
        address = waiting.pop()
        response = client.get(address)
        text = words(response)
        said += text
        if response.status_code not in (200, 302, 303) or leaks(text, foreign):
            wrong.append((address, response.status_code, leaks(text, foreign)))
        place = response.headers.get("Location")
        followed = [place] if place else []
        if response.mimetype == "text/html":
            actions = set(re.findall(r'action="(/[^"#]*)"', text))
            followed += [link for link in _LINK.findall(text) if link not in actions or "?" in link]
        for link in followed:
            if link not in known and len(known) < 400:
                known.add(link)
                waiting.append(link)
        response.close()
    assert not wrong
    missing = {canary["field"] for value, canary in world.own(sigle).items() if value not in said}
    assert not missing, "the crawl is blind to these fields of one's own tickets"


def test_the_administrator_finds_every_canary_with_a_reason(world):
    client, said = world.client("a.admin"), ""
    token = csrf(client)
    for ticket in world.made["tickets"]:
        asked = client.post("/administration/consultation", data={
            "csrf_token": token, "number": str(ticket["number"]), "reason": "recherche", "words": "contrôle",
        })
        assert asked.status_code in (302, 303), words(asked)
        said += words(client.get(f"/tickets/{ticket['number']}"))
        for file in ticket["files"]:
            response = client.get(f"/tickets/{ticket['number']}/fichiers/{file}")
            said += words(response)
            response.close()
    assert not [canary for canary in world.made["canaries"] if canary["value"] not in said]


@pytest.mark.parametrize("sigle", [sigle for sigle in ROLES if sigle not in UNSIGNED | OUTSIDE | {"a.lecture"}])
def test_search_finds_one_s_own_canaries_and_nobody_else_s(world, sigle):
    client, own = world.client(sigle), world.own(sigle)
    found, expected = {}, {}
    for canary in world.made["canaries"]:
        if canary["field"] in ("file name", "file content", "note's file name", "note's file content", "hand-on"):
            continue
        page = client.get("/tickets", query_string={"q": canary["value"], "etat": ""}).get_data(as_text=True)
        found[canary["value"]] = bool(re.search(rf'href="/tickets/{canary["ticket"]}\b', page))
        expected[canary["value"]] = canary["value"] in own and canary["field"] != "note"
    assert found == expected


@pytest.mark.parametrize("sigle", ROLES)
def test_no_post_reaches_what_one_does_not_see(world, sigle):
    """Every writing address with every id: never a 500; what is outside the perimeter answers 404 and stays."""
    client = world.client(sigle)
    token = csrf(client)
    before = fingerprints(world, except_for=world.numbers(sigle))
    numbers = [ticket["number"] for ticket in world.made["tickets"]]
    values = {
        "number": [*numbers, 9999], "account_id": [9999], "session_id": [9999], "key_id": [9999], "mandate_id": [9999],
        "fact_id": [9999], "step": ["restituer", "rien"], "kind": ["autre"], "token": ["x" * 43],
        "slug": [*steps.STEPS, "rien"],
    }
    wrong = []
    body = {"csrf_token": token, "body": "x", "words": "x", "version": "1", "visibility": "public", "reason": "autre",
            "to_party": "academie", "solution": "x"}
    for rule in world.app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.endpoint in ("access.leave", "access.enter"):
            continue
        for address in expanded(rule, values):
            status = client.post(address, data=body).status_code
            hidden = rule.endpoint == "tickets.step" and int(address.split("/")[2]) not in world.numbers(sigle)
            allowed = {303} if sigle in UNSIGNED | OUTSIDE else {404}
            if status >= 500 or (hidden and status not in allowed):
                wrong.append((address, status))
    assert not wrong
    assert fingerprints(world, except_for=world.numbers(sigle)) == before


def fingerprints(world, except_for):
    """Version and number of events of each ticket but these."""
    from sqlalchemy import func, select

    from charters.database import db
    from ticketing.tables import Ticket, TicketEvent

    with world.app.app_context():
        events = dict(
            db.session.execute(select(TicketEvent.ticket_id, func.count()).group_by(TicketEvent.ticket_id)).all()
        )
        rows = db.session.execute(select(Ticket.number, Ticket.version, Ticket.state)).all()
        return {
            row.number: (row.version, row.state, events[row.number]) for row in rows if row.number not in except_for
        }
