"""The export of a person's data has the same rows on both engines, and each of its parts is tested."""

from __future__ import annotations

import json
import zipfile

import pytest
from sqlalchemy import insert, select, update

from charters.database import db, writing
from charters.errors import NotFound
from charters.permissions import perimeter
from charters.tables.access import Account, Declaration
from ticketing.errors import Invalid
from ticketing.personal_data import export, sections
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets import desk


def parts(file):
    with zipfile.ZipFile(file) as archive:
        return {name[5:-5]: json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("json/")}


def page(subject, sections):
    return f"{subject.name} {[(section.name, count) for section, _, count in sections]}"


def test_one_s_own_and_an_administrator_s(people, draft, upload, now):
    me, admin = people("c11.cmi"), people("a.admin")
    number = desk.open_ticket(me, draft(), [upload()], now)
    desk.comment(me, number, "Entre nous.", "internal", now=now)
    desk.comment(people("d1.agent"), number, "Je regarde.", now=now)
    own = parts(export.own(me, perimeter(me), page, now))
    assert [row["number"] for row in own["tickets"] if row["in_reach"]] == [number]
    assert own["tickets"][0]["body"] == "Écran noir depuis ce matin."
    assert {row["body"] for row in own["entrees"]} == {"", "Entre nous."}
    assert "Je regarde." not in json.dumps(own["entrees"]), "what others wrote is theirs"
    assert [row["name"] for row in own["fichiers"]] == ["note.txt"]
    elsewhere = parts(export.own(me, perimeter(people("d1.agent")), page, now))  # under another mandate
    assert elsewhere["tickets"][0]["in_reach"]
    assert "Entre nous." not in json.dumps(elsewhere), "a note stays with the side that wrote it"
    with writing() as session:
        session.execute(update(Ticket).values(incident="vol"))
    assert parts(export.own(me, perimeter(me), page, now))["tickets"][0]["incident"] == "vol"
    blind = parts(export.own(me, None, page, now))
    assert "Écran noir" not in json.dumps(blind, ensure_ascii=False) and len(blind["tickets"]) == 1
    assert blind["tickets"][0]["incident"] == ""
    all_of_it = parts(export.of(admin, me.account_id, export.ExportForm("recherche", "Demande"), page, now))
    assert set(all_of_it) == {section.name for section in sections.SECTIONS} == set(own)
    assert [row["way"] for row in parts(export.own(admin, None, page, now))["lectures"]] == ["export"]
    with pytest.raises(Invalid):
        export.of(admin, me.account_id, export.ExportForm("curiosite", ""), page, now)
    with pytest.raises(NotFound):
        export.of(admin, 99999, export.ExportForm("recherche", ""), page, now)
    db.session.rollback()


def declared(session, now, **named):
    values = {
        "scope": "departement-hautes-pyrenees",
        "movement": "depart",
        "function": "",
        "effective_on": now.date(),
        "declared_at": now,
        "declared_by": 1,
        "declared_by_name": "Quelqu’un",
    }
    session.execute(insert(Declaration).values(**values | named))


def test_what_names_a_homonym_is_in_nobody_s_file(people, now):
    me = people("c11.cmi")
    with writing() as session:
        mine = session.get(Account, me.account_id)
        mine.last_name, mine.first_name = "Lefèvre", "Élodie"
        declared(session, now, last_name="LEFÈVRE", first_name="Élodie", words="Part à la retraite.")
    (found,) = parts(export.own(me, None, page, now))["mouvements"]
    assert found["words"] == "Part à la retraite."
    with writing() as session:
        twin = session.get(Account, people("d1.agent").account_id)
        twin.last_name, twin.first_name = "LEFÈVRE", "Élodie"
    for who in (me, people("d1.agent")):
        assert parts(export.own(who, None, page, now))["mouvements"] == []
    assert (
        parts(export.of(people("a.admin"), me.account_id, export.ExportForm("recherche", ""), page, now))["mouvements"]
        == []
    )
    db.session.rollback()


def test_what_was_masked_is_in_no_file_its_files_names_neither(people, draft, upload, now):
    me, admin = people("c11.cmi"), people("a.admin")
    number = desk.open_ticket(me, draft(), [], now)
    desk.hand_on(people("d1.agent"), number, 1, "academie", "autre", "Pour avis.", now)
    desk.comment(me, number, "Propos déplacés.", uploads=[upload("Mme-Duval-ivre.txt")], now=now)
    event = db.session.scalar(select(TicketEvent.id).where(TicketEvent.body == "Propos déplacés."))
    desk.mask(admin, number, event, "Propos.", now)
    for file in (
        export.own(me, perimeter(me), page, now),
        export.of(admin, me.account_id, export.ExportForm("recherche", ""), page, now),
    ):
        found = parts(file)
        assert "Duval" not in json.dumps(found["fichiers"]) and len(found["fichiers"]) == 1
        assert "déplacés" not in json.dumps(found["entrees"], ensure_ascii=False)
    db.session.rollback()
