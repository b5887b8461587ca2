"""What is held on a person as a file, on both engines: the same rows, each part of it asked for."""

from __future__ import annotations

import json
import zipfile

import pytest

from charters.database import db
from charters.errors import Unknown
from charters.permissions import perimeter
from ticketing import data_export, data_sections, desk
from ticketing.errors import Invalid


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
    own = parts(data_export.own(me, perimeter(me), page, now))
    assert [row["number"] for row in own["tickets"] if row["in_reach"]] == [number]
    assert own["tickets"][0]["body"] == "Écran noir depuis ce matin."
    assert {row["body"] for row in own["entrees"]} == {"", "Entre nous."}
    assert "Je regarde." not in json.dumps(own["entrees"]), "what others wrote is theirs"
    assert [row["name"] for row in own["fichiers"]] == ["note.txt"]
    elsewhere = parts(data_export.own(me, perimeter(people("d1.agent")), page, now))  # the same, under another mandate
    assert elsewhere["tickets"][0]["in_reach"]
    assert "Entre nous." not in json.dumps(elsewhere), "a note stays with the side that wrote it"
    blind = parts(data_export.own(me, None, page, now))
    assert "Écran noir" not in json.dumps(blind, ensure_ascii=False) and len(blind["tickets"]) == 1
    all_of_it = parts(data_export.of(admin, me.account_id, "recherche", "Demande", page, now))
    assert set(all_of_it) == {section.name for section in data_sections.SECTIONS} == set(own)
    assert [row["way"] for row in parts(data_export.own(admin, None, page, now))["lectures"]] == ["export"]
    with pytest.raises(Invalid):
        data_export.of(admin, me.account_id, "curiosite", "", page, now)
    with pytest.raises(Unknown):
        data_export.of(admin, 99999, "recherche", "", page, now)
    db.session.rollback()
