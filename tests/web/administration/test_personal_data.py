"""Test the data held on a person: exported by the person or an administrator, put on legal hold, erased."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from harness.http import post
from harness.world import leaks, unpacked
from sqlalchemy import select, update

from charters.database import Base, db, writing
from charters.signing import signing
from charters.tables.access import Account, JournalLine
from ticketing.oversight.tables import Consultation
from ticketing.personal_data import column_labels, inventory, sections
from ticketing.tables import Ticket


def taken(answer):
    """Return the parts of the archive in an answer: (name -> rows, the page)."""
    assert answer.status_code == 200 and answer.mimetype == "application/zip", answer.status_code
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert archive.testzip() is None
        rows = {name[5:-5]: json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("json/")}
        return rows, archive.read("a-lire.html").decode()


def journal(app, event):
    with app.app_context():
        return [
            (line.sigle, line.subject, json.loads(line.details))
            for line in db.session.scalars(
                select(JournalLine).where(JournalLine.event == event).order_by(JournalLine.number)
            )
        ]


@pytest.fixture
def dated(world):
    """Return the reference data, with a ticket that was closed two years ago."""
    number = world.tickets["c12-departement"]["number"]
    closed = datetime.now(UTC) - timedelta(days=600)
    with world.app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(state="closed", closed_at=closed))
    return number


def test_everybody_takes_one_s_own_data_and_nothing_that_the_mandate_does_not_show(world):
    """A person's export holds nothing outside the perimeter: no ticket since made confidential, no foreign note."""
    for sigle in ("c11.cmi", "c11.reseau", "d1.agent", "a.tech", "x.nosign"):
        client = world.client(sigle)
        answer = post(client, "/compte/donnees")
        found = leaks(unpacked(answer.get_data()), world.foreign(sigle))
        assert not found, (sigle, found)
        rows, page = taken(answer)
        person = rows["compte"][0]
        assert person["sigle"] == sigle and f"{person['first_name']} {person['last_name']}" in page
    assert {event for _, event, _ in journal(world.app, "personal.exported")} == {
        f"compte {world.accounts[sigle]['account_id']}"
        for sigle in ("c11.cmi", "c11.reseau", "d1.agent", "a.tech", "x.nosign")
    }


def test_the_page_to_read_is_in_words_and_the_json_keeps_codes(world):
    """The page to read shows words, not codes, raw JSON or instants in UTC, which stay in the JSON file."""
    rows, page = taken(post(world.client("c11.cmi"), "/compte/donnees"))
    assert {row["event"] for row in rows["journal"]} >= {"ticket.opened"} and rows["mandats"][0]["role"] == "cmi"
    told = html.unescape(re.sub(r"<[^>]+>", "\n", page))
    for words in (
        "Correspondant informatique",
        "Collège Desaix, Tarbes",
        "Ticket ouvert",
        "clé à l’heure",
        "Charte de la clé d’accès",
        "Demande",
        f"{datetime.now(UTC).year} à ",
    ):
        assert words in told, words
    cut = [
        line
        for line in told.splitlines()
        if re.fullmatch(
            r"[a-z]+\.[a-z_]+|\{.*\}|\d{4}-\d\d-\d\d.*|totp|cmi|cle|usage|pending|sent|public|internal|desaix-tarbes",
            line,
        )
    ]
    assert not cut, cut[:5]


def test_every_column_of_the_file_has_a_name_on_the_page(app_context):
    subject, reach = sections.DataSubject(1, "x.y", "X", "Y", True), sections.ExportReach(academie="academie-toulouse")
    for section in sections.SECTIONS:
        made = section.query(subject, reach)
        for query in made if isinstance(made, Iterator) else (made,):
            unnamed = {column.key for column in query.selected_columns} - set(column_labels.LABELS)
            assert not unnamed, (section.name, unnamed)


def test_one_s_own_words_are_in_it_and_the_tickets_out_of_sight_are_named_without_them(world):
    rows, _ = taken(post(world.client("c11.cmi"), "/compte/donnees"))
    said = json.dumps(rows, ensure_ascii=False)
    mine = world.tickets["c11-departement"]["number"]
    wanted = [
        canary["value"]
        for canary in world.made["canaries"]
        if canary["ticket"] == mine and canary["field"] in ("subject", "body", "requester", "tag", "asset", "room")
    ]
    assert wanted and all(value in said for value in wanted)
    tickets = {row["number"]: row for row in rows["tickets"]}
    hidden = tickets[world.tickets["c11-confidential"]["number"]]
    assert not hidden["in_reach"] and hidden["opened"] and hidden["title"] == hidden["body"] == ""
    assert [row["role"] for row in rows["mandats"]] == ["cmi"] and rows["sessions"] and rows["chartes"]
    assert rows["courriels"] and rows["journal"]


def test_until_the_charters_are_signed_no_words_of_any_ticket_are_in_it(world):
    client = world.client("c11.cmi")
    with world.app.app_context():
        signing.publish_charter("cle", "# Charte\n\n" + "Un texte neuf. " * 30, actor=None, now=datetime.now(UTC))
    assert client.get("/tickets").status_code == 303, "the gate is closed"
    answer = post(client, "/compte/donnees")
    assert not [canary for canary in world.made["canaries"] if canary["value"] in unpacked(answer.get_data())]
    assert taken(answer)[0]["tickets"]


def test_no_secret_is_in_the_file(world):
    person = world.accounts["c11.cmi"]
    text = unpacked(post(world.client("c11.cmi"), "/compte/donnees").get_data())
    with world.app.app_context():
        secrets = {person["otp_secret"]}
        for table, columns in inventory.INVENTORY.items():
            names = [name for name, kind in columns.items() if kind == inventory.SECRET]
            of = Base.metadata.tables[table].c
            for name in names:
                secrets |= {str(value) for value in db.session.scalars(select(of[name])) if value}
    assert len(secrets) > 10 and not [secret for secret in secrets if secret in text]


def test_an_administrator_takes_them_with_a_reason_and_what_the_academie_does_not_hold_counts_as_read(world):
    admin, person = world.client("a.admin"), world.accounts["c11.cmi"]["account_id"]
    address = f"/administration/comptes/{person}/donnees"
    refused = post(admin, address, {"words": "gardé"})
    assert refused.status_code == 422 and "Choisissez l’un des quatre motifs" in refused.get_data(as_text=True)
    assert 'value="gardé"' in refused.get_data(as_text=True)
    assert journal(world.app, "personal.exported") == []
    rows, _ = taken(post(admin, address, {"reason": "recherche", "words": "Demande d’accès"}))
    hidden = world.tickets["c11-confidential"]["number"]
    assert next(row for row in rows["tickets"] if row["number"] == hidden)["body"]
    with world.app.app_context():
        read = set(db.session.scalars(select(Consultation.ticket_number).where(Consultation.way == "export")))
        parts = {row["number"] for row in rows["tickets"]}
        held = set(db.session.scalars(select(Ticket.number).where(Ticket.holder_organisation == "academie-toulouse")))
    assert read == parts - held and hidden in read
    ((who, subject, details),) = journal(world.app, "personal.exported")
    assert (who, subject, details["motif"]) == ("a.admin", f"compte {person}", "Recherche")
    assert len(journal(world.app, "ticket.read_with_reason")) == 1


def test_others_have_404(world):
    person = world.accounts["c11.cmi"]["account_id"]
    for sigle in ("d1.ref", "c11.chef", "a.tech"):
        client = world.client(sigle)
        for address in ("/administration/donnees", f"/administration/comptes/{person}/donnees"):
            assert client.get(address).status_code == 404, (sigle, address)
        for address in (
            f"/administration/comptes/{person}/donnees",
            f"/administration/comptes/{person}/conservation",
            "/administration/donnees/conservations",
            "/administration/donnees/conservations/1/lever",
        ):
            assert post(client, address, {"reason": "recherche", "number": "1"}).status_code == 404, (sigle, address)
    assert journal(world.app, "personal.exported") == journal(world.app, "hold.set") == []


def test_a_ticket_is_kept_for_the_law_and_let_go_again(world, dated):
    admin = world.client("a.admin")
    index = admin.get("/administration/donnees").get_data(as_text=True)
    assert f"Ticket n° {dated}" in index
    for number, reason, sentence in (
        (dated, " \u00a0", "Dites pourquoi"),
        (99999, "Contentieux", "Aucun ticket de votre académie"),
        (dated, "x" * 501, "Abrégez"),
    ):
        asked = {"number": f"Ticket n°\u00a0{number}", "reason": reason}
        answer = post(admin, "/administration/donnees/conservations", asked)
        assert answer.status_code == 422 and sentence in answer.get_data(as_text=True), sentence
    typed = {"number": str(dated), "reason": "Contentieux <1>"}
    assert post(admin, "/administration/donnees/conservations", typed).status_code == 303
    again = post(admin, "/administration/donnees/conservations", typed)
    assert again.status_code == 422 and "déjà demandée" in again.get_data(as_text=True)
    index = admin.get("/administration/donnees").get_data(as_text=True)
    assert "Contentieux &lt;1&gt;" in index and "conservé" in index
    agent = world.client("d1.agent").get(f"/tickets/{dated}/acces").get_data(as_text=True)
    assert "Conservation demandée" in agent and "Contentieux" not in agent, "that it is held, not why"
    post(admin, "/administration/consultation", {"number": str(dated), "reason": "recherche", "words": ""})
    assert "Conservation demandée" in admin.get(f"/tickets/{dated}").get_data(as_text=True)
    assert "Contentieux &lt;1&gt;" in admin.get(f"/tickets/{dated}/acces").get_data(as_text=True)
    lift = re.search(r"/administration/donnees/conservations/(\d+)/lever", index)
    assert lift and post(admin, lift[0], {"reason": ""}).status_code == 422
    assert post(admin, lift[0], {"reason": "Jugé"}).status_code == 303
    assert "Levée le" in admin.get("/administration/donnees").get_data(as_text=True)
    assert post(admin, "/administration/donnees/conservations/999/lever", {"reason": "Jugé"}).status_code == 404
    assert [len(journal(world.app, event)) for event in ("hold.set", "hold.lifted")] == [1, 1]


def test_a_ticket_of_another_academie_is_nobody_s_to_keep_here(world, dated):
    with world.app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number == dated).values(academie="academie-rennes"))
    admin = world.client("a.admin")
    typed = {"number": str(dated), "reason": "Contentieux"}
    assert post(admin, "/administration/donnees/conservations", typed).status_code == 422
    assert f"Ticket n° {dated}" not in admin.get("/administration/donnees").get_data(as_text=True)
    assert journal(world.app, "hold.set") == []


def test_a_person_is_kept_and_knows_it_without_the_reason(world):
    admin, person = world.client("a.admin"), world.accounts["d1.agent"]["account_id"]
    address = f"/administration/comptes/{person}/conservation"
    assert post(admin, address, {"reason": ""}).status_code == 422
    assert post(admin, address, {"reason": "Enquête interne"}).status_code == 303
    assert post(admin, address, {"reason": "Encore"}).status_code == 422
    assert post(admin, "/administration/comptes/9999/conservation", {"reason": "x"}).status_code == 404
    for page in (f"/administration/comptes/{person}", f"/administration/comptes/{person}/donnees"):
        assert "Conservation demandée" in admin.get(page).get_data(as_text=True), page
    client = world.client("d1.agent")
    own = client.get("/compte/donnees").get_data(as_text=True)
    assert "Conservation demandée" in own and "Enquête" not in own
    answer = post(client, "/compte/donnees")
    assert "Enquête" not in unpacked(answer.get_data()) and taken(answer)[0]["conservations"][0]["lifted_at"] is None


def test_the_day_told_is_the_night_of_the_purge(world, dated):
    """The day shown on the page is the night of the purge: the ticket is erased that night and not the night before."""
    from ticketing.personal_data import erasing, purging, schedule

    with world.app.app_context():
        settings = world.app.config["GUICHET"]
        day = schedule.of_ticket(dated, settings.ticket_months).goes_on
        nights = [
            datetime.combine(one, datetime.min.time(), UTC) + timedelta(hours=3, minutes=25)
            for one in (day - timedelta(days=1), day)
        ]
        due = [erasing.due(purging.PurgeLimits.at(settings, night).tickets, 99) for night in nights]
        assert due == [[], [dated]]
        with writing() as session:
            account = session.scalar(select(Account).where(Account.sigle == "d1.agent"))
            account.ends_on = date(2025, 2, 28)
        goes = schedule.of_person(account.id, settings.account_months).goes_on
        limits = [
            purging.PurgeLimits.at(settings, datetime(goes.year, goes.month, goes.day, 3, tzinfo=UTC) + shift).accounts
            for shift in (timedelta(days=-1), timedelta())
        ]
        assert [date(2025, 2, 28) < limit for limit in limits] == [False, True]


def test_every_table_that_may_hold_something_of_a_person_is_in_the_file_or_left_out_with_its_reason(app_context):
    nobody = sections.DataSubject(0, "", "", "", True)
    asked = ""
    for section in sections.SECTIONS:
        made = section.query(nobody, sections.ExportReach())
        for query in made if hasattr(made, "__next__") else (made,):
            asked += f" {query} "
    read = set(re.findall(r"(?:FROM|JOIN) (\w+)", asked))
    personal_kinds = {inventory.PERSON, inventory.SIGLE, inventory.CONTACT, inventory.WORDS, inventory.FILE}
    holding = {table for table, columns in inventory.INVENTORY.items() if personal_kinds & set(columns.values())}
    assert holding - read == set(sections.LEFT_OUT)
    assert "journal_line" in read
