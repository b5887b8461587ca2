"""Test the named cases of the perimeter (PER-01, PER-04, PER-07) on the reference data, as a browser meets them.

The crawl of every rule with every id is in `test_crawl.py`.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from harness.http import csrf, post
from harness.world import SEES, leaks, words
from sqlalchemy import select

from charters.database import db, writing
from charters.permissions import perimeter
from charters.tables.access import JournalLine, MandateRow
from ticketing.demo import cast
from ticketing.demo.people import ACADEMIE, D1
from ticketing.mail import delivery
from ticketing.model import Upload
from ticketing.tables import Attachment
from ticketing.tickets import desk, queries

#: The ten people, one for each role and organisation, who try to read, comment and close every ticket.
TEN = (
    "a.tech",
    "a.lecture",
    "d1.ref",
    "d1.agent",
    "d2.agent",
    "c11.chef",
    "c11.cmi",
    "c11.reseau",
    "c12.cmi",
    "c21.cmi",
)
NO_HINT = ("Date", "Set-Cookie", "Content-Length")  # a form contains the address asked for, so its length differs


def refusals(world):
    with world.app.app_context():
        return list(
            db.session.scalars(
                select(JournalLine.subject).where(JournalLine.event == "access.refused").order_by(JournalLine.number)
            )
        )


def as_absent(answer):
    """Return everything in an answer that could give a hint: status, headers, body without the number asked for."""
    headers = [(name, value) for name, value in answer.headers if name not in NO_HINT]
    text = re.sub(r"/tickets/\d+", "/tickets/N", answer.get_data(as_text=True))
    return answer.status_code, headers, re.sub(r'value="[\w.-]{40,}"|session-ends="[^"]*"', "", text)


def link(page, rel):
    found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
    return found.group(1) if found else ""


@pytest.mark.parametrize("sigle", TEN)
def test_per_01_a_role_reads_the_tickets_of_the_table_written_by_hand_and_no_other(world, sigle, monkeypatch):
    """Read, comment and close every id; check lists, searches, counts, facets, page links, and the journal."""
    client, seen = world.client(sigle), world.numbers(sigle)
    token, every = csrf(client), sorted(ticket["number"] for ticket in world.made["tickets"])
    assert {number for number in every if client.get(f"/tickets/{number}").status_code == 200} == seen

    listed, address = [], "/tickets?etat=tous&suivis=1"
    small = queries.queue
    monkeypatch.setattr(queries, "queue", lambda *given: small(*given, size=3))
    if sigle in ("a.lecture",):
        assert client.get(address).status_code == 404
    else:
        while address:
            page = client.get(address).get_data(as_text=True).replace("&amp;", "&")
            listed += list(dict.fromkeys(re.findall(r'href="/tickets/(\d+)"', page)))
            address, last = link(page, "next"), address
        address, back = last, []
        while address:
            page = client.get(address).get_data(as_text=True).replace("&amp;", "&")
            back = list(dict.fromkeys(re.findall(r'href="/tickets/(\d+)"', page))) + back
            address = link(page, "prev")
        assert back == listed and len(listed) == len(set(listed))
        with world.app.app_context():
            actor = cast.actor(sigle)
            own = perimeter(actor)
            counts, facets = queries.counts(own, datetime.now(UTC)), queries.facets(own)
        assert sum(counts[state] for state in ("new", "in_progress", "on_hold", "resolved", "closed")) == len(seen)
        assert sum(one.count for one in facets.services) == len(seen)
        assert {int(number) for number in listed} == seen

    def tried(number):
        form = {"csrf_token": token, "version": "1", "commenter-visibilite": "public"}
        yield as_absent(client.get(f"/tickets/{number}"))
        for step in ("commenter", "clore"):
            yield as_absent(client.post(f"/tickets/{number}/{step}", data=form | {f"{step}-texte": "x"}))

    absent = list(tried(999_999))
    assert {answer[0] for answer in absent} == {404}
    before = len(refusals(world))
    foreign = [number for number in every if number not in seen]
    for number in foreign:
        assert list(tried(number)) == absent
    told = refusals(world)[before:]
    assert told == [
        subject
        for number in foreign
        for subject in (f"/tickets/{number}", f"/tickets/{number}/commenter", f"/tickets/{number}/clore")
    ]
    if sigle != "a.lecture":
        number = min(seen)
        version = {"csrf_token": token, "version": "1"}
        commented = client.post(
            f"/tickets/{number}/commenter",
            data=version
            | {
                "commenter-texte": "Vu.",
                "commenter-visibilite": "public",
            },
        )
        assert commented.status_code == 303


# --- PER-04 -----------------------------------------------------------------------------------------------------------


def ways_to(number, uuid):
    """Yield every request for a file that a person could try: its address, neighbours of it, conditions, ranges."""
    place = f"/tickets/{number}/fichiers/{uuid}"
    yield place, "GET", {}
    yield place, "HEAD", {}
    yield place, "GET", {"Range": "bytes=0-3"}
    yield place, "GET", {"Range": "bytes=999999-"}
    yield place, "GET", {"If-None-Match": f'"{uuid}"'}
    yield place, "GET", {"If-None-Match": "*"}
    yield place, "GET", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    yield place, "GET", {"If-Range": f'"{uuid}"', "Range": "bytes=0-0"}
    yield place.upper().replace("TICKETS", "tickets").replace("FICHIERS", "fichiers"), "GET", {}
    for sibling in ("/1", "/vignette", "/apercu", ".zip", ".png", "/../" + uuid, "?download=1"):
        yield place + sibling, "GET", {}
    for other in ("fichiers", "fichiers.zip", "zip", "fichiers/1", f"fichiers/{uuid.replace('-', '')}"):
        yield f"/tickets/{number}/{other}", "GET", {}


def check_hidden(world, client, number, uuid):
    """Check that every request answers 404, and that the answer is the same as for a file that never existed."""
    absent = "00000000-0000-4000-8000-000000000000"
    with world.app.app_context():
        row = db.session.get(Attachment, uuid)
        secrets = [row.name, row.sha256, row.sha256[:16], row.path] if row else []
    csrf(client)  # the client has its cookie from here on
    for (address, method, headers), (other, *_) in zip(ways_to(number, uuid), ways_to(number, absent), strict=True):
        answer = client.open(address, method=method, headers=headers)
        never = client.open(other, method=method, headers=headers)
        assert answer.status_code == never.status_code
        assert answer.status_code == (404 if uuid in address else never.status_code) >= 404, (address, method, headers)
        assert sorted(answer.headers.keys()) == sorted(never.headers.keys())
        assert answer.content_length == never.content_length
        assert not {"ETag", "Last-Modified", "Content-Range", "Content-Disposition"} & set(answer.headers.keys())
        said = words(answer)
        assert not [secret for secret in secrets if secret in said], address


def note_s_file(world, key, side):
    """Return a file of an internal note of `side` on that ticket."""
    with world.app.app_context():
        return db.session.scalars(
            select(Attachment.uuid).where(
                Attachment.ticket_id == world.tickets[key]["number"],
                Attachment.visibility == "internal",
                Attachment.side == side,
            )
        ).first()


def public_file(world, key):
    with world.app.app_context():
        return db.session.scalars(
            select(Attachment.uuid).where(
                Attachment.ticket_id == world.tickets[key]["number"], Attachment.visibility == "public"
            )
        ).first()


def test_per_04_a_file_out_of_reach_is_absent_by_every_way(world):
    number, uuid = world.tickets["c11-departement"]["number"], public_file(world, "c11-departement")
    owner = world.client("c11.cmi").get(f"/tickets/{number}/fichiers/{uuid}")
    assert owner.status_code == 200 and "attachment" in owner.headers["Content-Disposition"]
    owner.close()
    for sigle in ("a.admin", "a.tech", "d2.agent", "c11.reseau", "c12.cmi", "a.lecture"):
        check_hidden(world, world.client(sigle), number, uuid)
    check_hidden(world, world.client("c12.cmi"), world.tickets["c12-college"]["number"], uuid)  # under another's ticket
    check_hidden(world, world.client("c11.cmi"), number, note_s_file(world, "c11-departement", D1))


def test_per_04_a_file_goes_with_its_ticket_when_it_moves_or_becomes_confidential(world):
    now = datetime.now(UTC)
    number, uuid = world.tickets["c11-academie"]["number"], public_file(world, "c11-academie")
    admin, cmi = world.client("a.admin"), world.client("c11.cmi")
    seen = admin.get(f"/tickets/{number}/fichiers/{uuid}")
    tag = seen.headers["ETag"]
    seen.close()
    with world.app.app_context():
        tech = cast.actor("a.tech")
        version = queries.ticket(perimeter(tech), tech, number).version
        desk.hand_on(tech, number, version, "departement", "autre", "À vous.", now)
    check_hidden(world, admin, number, uuid)
    assert admin.get(f"/tickets/{number}/fichiers/{uuid}", headers={"If-None-Match": tag}).status_code == 404
    with world.app.app_context():
        chef = cast.actor("c11.chef")
        version = queries.ticket(perimeter(chef), chef, number).version
        desk.make_confidential(chef, number, version, True, "", now)
    check_hidden(world, cmi, number, uuid)


def test_per_04_a_file_goes_with_its_comment_when_it_is_masked_and_a_hidden_note_s_is_its_side_s(world):
    now, number = datetime.now(UTC), world.tickets["c11-academie"]["number"]
    with world.app.app_context():
        cmi, admin = cast.actor("c11.cmi"), cast.actor("a.admin")
        desk.comment(cmi, number, "Avec un fichier.", "public", [Upload("a.txt", io.BytesIO(b"contenu"))], now)
        event = queries.ticket(perimeter(cmi), cmi, number).events[-1]
        uuid = event.files[0].uuid
    reader = world.client("a.tech")
    given = reader.get(f"/tickets/{number}/fichiers/{uuid}")
    assert given.status_code == 200
    given.close()
    with world.app.app_context():
        desk.mask(admin, number, event.id, "Propos déplacés.", now)
    for sigle in ("a.tech", "c11.cmi", "c11.chef", "a.admin"):
        check_hidden(world, world.client(sigle), number, uuid)
    check_hidden(world, world.client("c11.chef"), number, note_s_file(world, "c11-academie", ACADEMIE))


def test_per_04_who_may_read_a_file_gets_its_parts_and_conditions(world):
    """The counterpart: who may read the file gets it in every form, so the refusals above are not mere failures."""
    number, uuid = world.tickets["c11-departement"]["number"], public_file(world, "c11-departement")
    client, place = world.client("c11.cmi"), f"/tickets/{number}/fichiers/{uuid}"
    statuses = {}
    for name, method, headers in (
        ("head", "HEAD", {}),
        ("part", "GET", {"Range": "bytes=0-3"}),
        ("same", "GET", {"If-None-Match": f'"{uuid}"'}),
    ):
        answer = client.open(place, method=method, headers=headers)
        statuses[name] = answer.status_code
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        answer.close()
    assert statuses == {"head": 200, "part": 206, "same": 304}


# --- PER-07 -----------------------------------------------------------------------------------------------------------


def total_of(client, period):
    """Return the number of tickets opened in the figures' file, summed over its lines; None if the role has no file."""
    answer = client.get(f"/chiffres/services.csv?periode={period}")
    if answer.status_code != 200:
        return None
    lines = [line.split(";") for line in answer.get_data(as_text=True).lstrip("\ufeff").splitlines()]
    return sum(int(line[1] or 0) for line in lines[1:])


def test_per_07_the_exports_hold_the_visible_set_and_nothing_once_the_right_is_gone(world):
    """The figures' CSV of each role counts the tickets of the role's perimeter, and is refused after the mandate's end.

    PDFs and sheets contain nothing of tickets (see the crawl, which unpacks them). Scheduled reports and their part of
    PER-07 belong to a later issue; mails, which leave later than they are written, are tested below.
    """
    from ticketing.figures import nightly

    with world.app.app_context():
        nightly.refresh(datetime.now(UTC) + timedelta(days=1))
    in_c11 = sum(key.startswith(("c11-", "reseau-")) for key in world.tickets)
    expected = {
        "a.admin": len(world.tickets),
        "a.lecture": len(world.tickets),
        "d1.ref": len(SEES["d1.ref"]),
        "c11.chef": in_c11,
        "a.tech": None,
        "d1.agent": None,
        "c11.cmi": None,
        "c11.reseau": None,
        "c12.cmi": None,
        "d2.agent": None,
    }
    assert {sigle: total_of(world.client(sigle), "tout") for sigle in expected} == expected

    client = world.client("d1.ref")
    assert total_of(client, "tout") == expected["d1.ref"]
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    with world.app.app_context(), writing() as session:
        session.execute(
            MandateRow.__table__.update()
            .where(MandateRow.account_id == world.accounts["d1.ref"]["account_id"])
            .values(ends_on=yesterday)
        )
    gone = client.get("/chiffres/services.csv?periode=tout")
    assert gone.status_code == 404 and "text/csv" not in gone.headers["Content-Type"]


def test_per_07_a_mail_is_judged_when_it_leaves_and_holds_nothing_foreign(world):
    """Each mail is checked against its recipient's rights when it leaves; who has lost the right receives nothing."""
    end = (datetime.now(UTC) - timedelta(days=2)).date()
    leaver = world.accounts["c12.cmi"]
    with world.app.app_context():
        with writing() as session:
            session.execute(
                MandateRow.__table__.update().where(MandateRow.account_id == leaver["account_id"]).values(ends_on=end)
            )
        settings = world.app.config["GUICHET"]
        while delivery.drain(settings, datetime.now(UTC)):
            pass
    folder = world.app.config["GUICHET"].data_dir / "courriels"
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    readers = {}
    for letter in letters:
        sigle = re.search(r"([a-z0-9.]+)@guichet\.example", letter["To"]).group(1)
        said = "\n".join(f"{name}: {value}" for name, value in letter.items())
        said += "".join(part.get_content() for part in letter.walk() if part.get_content_maintype() == "text")
        readers.setdefault(sigle, "")
        readers[sigle] += said
    assert {"c11.cmi", "d1.agent", "a.tech"} <= set(readers) and "c12.cmi" not in readers
    assert {sigle: found for sigle, said in readers.items() if (found := leaks(said, world.foreign(sigle)))} == {}
    assert any(value in readers["c11.cmi"] for value in world.own("c11.cmi")), "the mails are read blindly"


def test_per_07_every_file_of_an_agreement_holds_no_word_of_a_ticket(world):
    """The XLSX, ODS and CSV of the matrix, unpacked, contain no canary of any ticket, for those who may have them."""
    client = world.client("a.admin")
    every = {canary["value"]: canary for canary in world.made["canaries"]}
    for form in ("xlsx", "ods", "csv"):
        answer = client.get(f"/administration/accords/hautes-pyrenees-2015/tableur/matrice.{form}")
        said = words(answer)
        assert answer.status_code == 200 and "Assistance" in said and not leaks(said, every)
    assert post(world.client("c11.cmi"), "/administration/accords/hautes-pyrenees-2015/tableur").status_code == 404
