"""The journal is searched and exported on both engines: exactly the wanted lines, whatever the size of the pages."""

from __future__ import annotations

import csv
import hmac
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from harness.apps import JOURNAL_KEY

from charters.database import db, writing
from charters.journal import audit
from charters.model import Actor, Mandate, Role
from charters.tables.access import JournalLine
from ticketing.demo.people import D2
from ticketing.errors import Invalid
from ticketing.oversight import journal, journal_labels
from ticketing.oversight.journal import Wanted

#: 23 h 30 UTC on the 10th is already the 11th in Paris.
START = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)
ADMIN = Actor(1, "a.admin", "A", False, Mandate(1, Role.ADMINISTRATEUR, "academie-toulouse", date(2026, 1, 1)))


@pytest.fixture
def lines(any_app):
    """Write three hundred lines over ten days, with a clock that goes back an hour in the middle."""
    with any_app.app_context():
        with writing():
            for rank in range(300):
                at = START + timedelta(minutes=48 * rank) - (timedelta(hours=1) if rank == 150 else timedelta())
                audit.record(
                    "login.refused" if rank % 3 else "ticket.consultation",
                    sigle=f"p{rank % 7}",
                    zone="intranet" if rank % 5 == 0 else "internet",
                    now=at,
                    subject=["ticket 12", "Ticket 120", "=compte 1_%"][rank % 3],
                    details={"motif": "Élève à l’écran" if rank % 4 == 0 else "réglage 100 %", "precision": "=1+1"},
                )
        yield list(db.session.execute(JournalLine.__table__.select().order_by(JournalLine.number)))
        db.session.rollback()


def day_of(line):
    from charters.days import today

    return today(line.at)


def test_details_are_said_in_words_and_codes_that_have_none_as_they_are():
    said = dict(
        journal_labels.said(
            json.dumps(
                {
                    "from": "in_progress",
                    "to": "closed",
                    "status": "to_qualify",
                    "party": "departement",
                    "reason": "attente-piece",
                    "external": True,
                    "sha256": "a" * 64,
                    "inconnu": "tel quel",
                    "vide": "",
                    "list": ["un"],
                }
            )
        )
    )
    assert said == {
        "de": "en cours",
        "à": "clos",
        "réponse": "à qualifier",
        "partie": "Département",
        "externe": "oui",
        "raison": "On attend une pièce",
        "empreinte": "a" * 12 + "…",
        "inconnu": "tel quel",
        "list": '["un"]',
    }
    assert journal_labels.said('{"from": "2025-07-14"}') == (("du", "2025-07-14"),)
    assert dict(journal_labels.said(json.dumps({"sha256": "a" * 64}), whole=True)) == {"empreinte": "a" * 64}


def test_details_are_found_by_the_words_that_the_screen_shows(any_app):
    with any_app.app_context():
        with writing():
            for state in ("resolved", "closed"):
                audit.record("ticket.closed", sigle="p1", subject=state, details={"to": state}, now=START)
        found = journal.page(Wanted(words="Résolu"), None, None)
        assert [entry.subject for entry in found.entries] == ["resolved"]
        assert [entry.subject for entry in journal.page(Wanted(words="closed"), None, None).entries] == ["closed"]


def test_what_another_academie_s_people_do_is_left_out_of_the_page_the_search_and_the_file(any_app, cast):
    with any_app.app_context():
        with writing():
            for sigle in ("c11.cmi", "d2.agent", "", "personne"):
                audit.record("login.refused", sigle=sigle, subject=sigle, now=START)
        for asked in (Wanted(), Wanted(event="login.refused"), Wanted(sigle="d2.agent"), Wanted(subject="d2")):
            seen = replace(asked, without={D2})
            assert not [one for one in journal.page(seen, None, None).entries if one.sigle == "d2.agent"]
            assert [one for one in journal.page(asked, None, None).entries if one.sigle == "d2.agent"]
            file = [json.loads(line) for line in "".join(journal.export(ADMIN, seen, "jsonl", START)).splitlines()]
            assert "d2.agent" not in {line["sigle"] for line in file}
        left = {entry.sigle for entry in journal.page(Wanted(without={D2}), None, None).entries}
        assert {"c11.cmi", "", "personne"} <= left


ASKED = [
    (Wanted(), lambda line: True),
    (Wanted(event="ticket.consultation", sigle="p3"), lambda line: line.event[0] == "t" and line.sigle == "p3"),
    (Wanted(zone="intranet"), lambda line: line.zone == "intranet"),
    (Wanted(subject="TICKET 12"), lambda line: "ticket 12" in line.subject.lower()),
    (Wanted(subject="1_%"), lambda line: "1_%" in line.subject),
    (Wanted(words="élève"), lambda line: "Élève" in json.loads(line.details)["motif"]),
    (Wanted(words="100 %", sigle="p1"), lambda line: line.sigle == "p1" and "100" in line.details),
    (
        Wanted(since=date(2026, 11, 13), until=date(2026, 11, 15)),
        lambda line: date(2026, 11, 13) <= day_of(line) <= date(2026, 11, 15),
    ),
    (Wanted(since=date(2026, 11, 18)), lambda line: day_of(line) >= date(2026, 11, 18)),
    (Wanted(until=date(2026, 11, 10)), lambda line: False),
    (
        Wanted(until=date(2026, 11, 11), words="réglage"),
        lambda line: day_of(line) <= date(2026, 11, 11) and "glage" in line.details,
    ),
    (Wanted(words="rien de tel"), lambda line: False),
]


def down(asked, span):
    found, before, pages = [], None, 0
    while True:
        page = journal.page(asked, before, None, size=7, span=span)
        found += [entry.number for entry in page.entries]
        pages += 1
        assert pages < 500
        if page.older is None:
            return found
        before = page.older


def up(asked, span):
    found, after = [], 0
    while after is not None:
        page = journal.page(asked, None, after, size=7, span=span)
        found += reversed([entry.number for entry in page.entries])
        after = page.newer
    return found


def test_pages_downwards_and_upwards_hold_each_line_asked_for_once(lines):
    for asked, holds in ASKED:
        expected = [line.number for line in lines if holds(line)]
        for span in (13, 10_000):
            assert down(asked, span) == expected[::-1], asked
            assert up(asked, span) == expected, asked


def test_a_page_that_stopped_before_the_end_says_how_far_it_looked(lines):
    page = journal.page(Wanted(words="rien de tel"), None, None, span=100)
    last = lines[-1].number
    assert (page.entries, page.looked, page.older) == ((), (last - 99, last), last - 99)
    whole = journal.page(Wanted(words="rien de tel"), None, None, span=10_000)
    assert (whole.looked, whole.older, whole.newer) == (None, None, None)


def test_the_file_holds_exactly_what_the_pages_do_and_no_formula(lines, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 11)
    for asked, holds in ASKED:
        expected = [line for line in lines if holds(line)]
        text = "".join(journal.export(ADMIN, asked, "csv", START + timedelta(days=3650)))
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
        assert tuple(rows[0]) == journal.HEADINGS and text.count("\ufeff") == 1
        got = [row for row in rows[1:] if row[3] != "journal.exported"]
        assert [int(row[0]) for row in got] == [line.number for line in expected]
        assert all(row[9] == line.hash for row, line in zip(got, expected, strict=True))
        assert all(row[6].startswith("'=") for row in got if "compte" in row[6])
        assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]


def test_lines_of_json_prove_themselves(lines):
    """The lines of JSON are verified by the recipe of the administrator's guide, without the program's own code."""
    text = "".join(journal.export(ADMIN, Wanted(), "jsonl", START + timedelta(days=30)))
    previous = "0" * 64
    for row in map(json.loads, text.splitlines()):
        content = {name: row[name] for name in ("number", "at", "event", "sigle", "zone", "subject", "details")}
        said = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        assert row["previous_hash"] == previous
        previous = hmac.new(bytes.fromhex(JOURNAL_KEY), (previous + said).encode(), "sha256").hexdigest()
        assert row["hash"] == previous
    assert len(text.splitlines()) == len(lines)


def test_an_export_is_journalled_before_its_first_piece_without_the_words_sought(lines):
    journal.export(ADMIN, Wanted(words="Jeanne", event="login.refused"), "csv", START + timedelta(days=30))
    line = db.session.query(JournalLine).order_by(JournalLine.number.desc()).first()
    assert (line.event, line.sigle) == ("journal.exported", "a.admin")
    assert "Jeanne" not in line.details and json.loads(line.details)["event"] == "login.refused"


def test_days_that_are_none_are_told_at_their_field():
    for typed, field in (
        ({"du": "hier"}, "du"),
        ({"au": "2026-02-30"}, "au"),
        ({"du": "2026-02-03", "au": "2026-02-02"}, "au"),
    ):
        with pytest.raises(Invalid) as refused:
            journal.wanted(typed)
        assert set(refused.value.errors) == {field}
    assert journal.wanted({"zone": "ailleurs", "sigle": " A.B "}) == replace(Wanted(), sigle="a.b")
