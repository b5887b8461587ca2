"""The reference data for tests: who sees which ticket, clients for any person, every address with every id.

`SEES` lists the tickets that each person sees (« Who sees and does what »). It is written by hand and does not depend
on the program's own predicate.
"""

from __future__ import annotations

import html
import io
import re
import uuid
import zipfile

from harness import cast as people
from ticketing.demo.people import PEOPLE
from ticketing.demo.reference import LETTERS

C11 = {
    "c11-departement",
    "c11-academie",
    "c11-college",
    "reseau-departement",
    "reseau-comptes",
    "c11-handed-on",
    "c11-shared",
}
SEES = {
    "a.admin": {"c11-academie", "c12-academie", "c21-academie", "c11-handed-on"},  # what the académie holds now
    # what the académie holds, held or contributes to: it validates products outside the catalogue (II.2)
    "a.tech": {"c11-academie", "c12-academie", "c21-academie", "c11-handed-on", "c11-college", "c12-college"},
    "a.lecture": set(),
    "d1.agent": {
        "c11-departement",
        "c12-departement",
        "reseau-departement",
        "c11-handed-on",
        "c11-confidential",
        "c11-shared",
        "c11-college",
        "c12-college",
    },
    "d2.agent": {"c21-departement"},
    "c11.chef": C11 | {"c11-confidential"},
    "c11.cmi": C11,
    "c11.reseau": {"reseau-departement", "reseau-comptes", "c11-shared"},
    "c12.cmi": {"c12-departement", "c12-academie", "c12-college"},
    "c21.cmi": {"c21-departement", "c21-academie", "c21-college"},
    "x.nosign": set(),
    "x.half": set(),
    "x.fin": set(),
    "x.susp": set(),
    "anonymous": set(),
}
SEES["d1.ref"] = SEES["d1.agent"]
SIDE = {person.sigle: person.scope for person in PEOPLE}
UNSIGNED = {"x.nosign", "x.half"}
OUTSIDE = {"x.fin", "x.susp", "anonymous"}
ROLES = sorted(SEES)


class World:
    """The application, the seeded data, and clients for any person."""

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
        articles = {
            one["value"]: one | {"field": "article"} for one in self.made["articles"] if sigle not in one["readers"]
        }
        presets = {
            one["value"]: one | {"field": "preset"} for one in self.made["presets"] if sigle not in one["readers"]
        }
        tickets = {
            canary["value"]: canary
            for canary in self.made["canaries"]
            if canary["ticket"] not in seen or canary["side"] not in ("", SIDE.get(sigle))
        }
        questions = {
            one["value"]: one | {"field": "question"} for one in self.made["questions"] if sigle not in one["readers"]
        }
        teams = {one["value"]: one | {"field": "team"} for one in self.made["teams"] if sigle not in one["readers"]}
        return articles | presets | questions | teams | tickets

    def own(self, sigle):
        foreign = self.foreign(sigle)
        return {canary["value"]: canary for canary in self.made["canaries"] if canary["value"] not in foreign}

    def addresses(self):
        """The addresses of every rule that answers GET, with every existing id and some that do not exist."""
        numbers = [ticket["number"] for ticket in self.made["tickets"]]
        values = {
            "number": [*numbers, 0, 9999, 2**63],
            "account_id": [*(account["account_id"] for account in self.made["accounts"]), 0, 9999],
            "key_id": [*range(len(self.made["accounts"]) + 2), 9999],
            "kind": ["usage", "cle", "autre"],
            "token": ["x" * 43],
            "path": ["app.css", "../config.py"],
            "version": [1, 2],
            "signature_id": [1, 6, 12, 9999],
            "draft_id": [0, 1, 9999],
            "fill_id": [0, 1, 9999],
            "golden_id": [0, 1, 9999],
            "declaration_id": [0, 1, 9999],
            "convention_id": ["hautes-pyrenees-2015", "arbizonne-lavasson-2023", "nulle-part-1999"],
            "other_id": ["deux-sevres-2017", "hautes-pyrenees-2015", "nulle-part-1999"],
            "etablissement_id": ["desaix-tarbes", "nulle-part"],
            "interruption_id": [1, 9999],
            "profile_id": [1, 9999],
            "exam_id": [1, 9999],
            "article_id": [*(article["id"] for article in self.made["articles"]), 0, 9999],
            "preset_id": [*(preset["id"] for preset in self.made["presets"]), 0, 9999],
            "team_id": [*(team["id"] for team in self.made["teams"]), 0, 9999, 2**63],
            "pack_id": [1, 2, 9999, 2**63],
            "question_id": [*(question["id"] for question in self.made["questions"]), 0, 9999, 2**63],
            "service": ["infrastructure-reseau", "ent", "rien"],
            "slug": ["correspondant", "rien"],
            "notice": [1, 2, 9999],
            "mail_id": [1, 9999],
            "activity": ["mco", "rien"],
            "form": ["xlsx", "ods", "csv"],
            "dimension": ["parties", "mois", "etablissements", "services", "activites", "rien"],
        }
        files = [(ticket["number"], file) for ticket in self.made["tickets"] for file in ticket["files"]]
        for rule in self.app.url_map.iter_rules():
            if "GET" not in rule.methods:
                continue
            if rule.endpoint in ("tickets.file", "tickets.vignette"):
                below = "/vignette" if rule.endpoint == "tickets.vignette" else ""
                crossed = [(numbers[0], file) for _, file in files]
                for number, file in [*files, *crossed, (numbers[0], str(uuid.uuid4()))]:
                    yield rule, f"/tickets/{number}/fichiers/{file}{below}"
                continue
            yield from ((rule, address) for address in expanded(rule, values))


def expanded(rule, values):
    """The addresses of a rule, with its arguments replaced by each of their values."""
    addresses = [re.sub(r"<(?:[^:>]*:)?([a-z_]+)>", r"{\1}", rule.rule)]
    for name in rule.arguments:
        addresses = [address.replace("{" + name + "}", str(value)) for address in addresses for value in values[name]]
    return addresses


def words(response):
    """The text of an answer's headers and body, with archives unpacked and the text of PDFs extracted."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "Set-Cookie")
    return headers + "\n" + html.unescape(unpacked(response.get_data()))


def unpacked(body):
    """The text in some bytes: names and members of an archive (XLSX, ODS, ZIP), a PDF's text, else decoded bytes."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "\n".join(f"{name}\n{unpacked(archive.read(name))}" for name in archive.namelist())
    if body[:5] == b"%PDF-":
        from pypdf import PdfReader

        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return body.decode("utf-8", "replace")


#: What a canary can stand in: a run of the letters that canaries are drawn from.
_RUN = re.compile(f"[{LETTERS}]{{12,}}")


def canaries(text):
    """Everything in a text that could be a canary: each twelve letters in a row, wherever they begin.

    One pass over the text: to look for each of the two hundred canaries took a third of the time of the crawl.
    """
    return {run[start : start + 12] for run in set(_RUN.findall(text)) for start in range(len(run) - 11)}


def leaks(text, foreign):
    return [foreign[value] for value in canaries(text) & foreign.keys()]


def fingerprints(world, except_for):
    """The version and the number of events of each ticket, except these tickets."""
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
