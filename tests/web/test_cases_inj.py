"""Test INJ-01, INJ-02 and INJ-04: typed text stays text for the database, the browser and a spreadsheet.

INJ-01 draws payloads for each parameter, the same at each run; `./run soak values` (TEST_VALUES=all) tries all of them.
The parts of INJ-02 about incoming mail wait for the issue that takes mails in.
"""

from __future__ import annotations

import csv
import io
import os
import random
import re
import time
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from harness import processor
from harness.http import csrf
from harness.payloads import ANY, CELLS, MARKUP
from harness.places import ROOT
from harness.world import expanded

from charters.permissions import perimeter
from ticketing.demo import cast
from ticketing.documents import tabular
from ticketing.mail import delivery
from ticketing.model import Draft, Facts
from ticketing.tickets import desk, queries, rendering

WHOLE = os.environ.get("TEST_VALUES") == "all"
DRAWN = 1  # at each run: rounds for each route, and payloads for each part of its address
FINE = {200, 302, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
SLOW = processor.slowness()  # seconds of processor time; an ordinary answer takes far less
#: Routes that end the session of the test or lead to the login whoever asks, or make a PDF each time.
LEFT_ALONE = {
    "academie.out",
    "access.leave",
    "access.close_session",
    "posters.sheet",
    "figures.refresh",
    "administration.verify_journal",
}


def parameters() -> list[str]:
    """Return every name that a page may read from a form or an address, found in the sources so that none is missed."""
    names = set()
    for path in (ROOT / "ticketing" / "web").rglob("*.py"):
        source = path.read_text("utf-8")
        names |= set(re.findall(r"""(?:form|args|values|_typed|typed)(?:\.get)?[\[(]\s*["']([a-z_-]+)["']""", source))
    for path in (ROOT / "templates").rglob("*.html"):
        names |= set(re.findall(r"""\bname=["']([a-zA-Z_-]+)["']""", path.read_text("utf-8")))
    return sorted(names - {"csrf_token", "viewport"})


def rules_of(world):
    for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods))):
        if rule.endpoint not in LEFT_ALONE and rule.endpoint != "assets.static_file":
            yield rule


def drawn(rng):
    return ANY if WHOLE else rng.sample(ANY, DRAWN)


def fault_of(answer, took):
    """Return what is wrong with an answer, or None."""
    text = answer.get_data().decode("utf-8", "replace")
    answer.close()
    if answer.status_code not in FINE:
        return f"status {answer.status_code}"
    if took > SLOW:
        return f"{took:.1f} s"
    if "X-Injected" in answer.headers or "Traceback" in text or "sqlalchemy" in text.lower():
        return "the machinery shows"
    if "<script>alert" in text or "onerror=alert(1)>" in text.replace("&gt;", "") or "uid=0" in text:
        return "it came back alive"
    return None


@pytest.mark.parametrize("sigle", ["a.admin", "c11.cmi"])
def test_inj_01_no_parameter_of_any_route_breaks_or_slows_it(world, sigle):
    """Each rule answers payloads in its address, query and form, as text, array or JSON, without a 500 and quickly."""
    client, rng, wrong, tried = world.client(sigle), random.Random(sigle), [], 0
    token, names = csrf(client), parameters()
    assert len(names) > 60
    kept = {ticket: queries_seen(world, ticket) for ticket in ("c11.cmi", "d1.agent")}

    if sigle == "a.admin":  # the proof of an agreement takes a second or two the first time, which is expected
        client.get("/administration/accords/hautes-pyrenees-2015/controle?preuve=1")

    def check(what, *given, **more):
        nonlocal tried
        took, tried = [], tried + 1
        # A slow answer is asked for again: a garbage collection passes, while the cost of a payload remains.
        while not took or (took[-1] > SLOW and len(took) < 2):
            begun = time.process_time()
            answer = client.open(*given, **more)
            took.append(time.process_time() - begun)
        if fault := fault_of(answer, took[-1]):
            wrong.append((what, given, fault))
        if "/connexion" in answer.headers.get("Location", ""):
            raise AssertionError(f"the session was lost on {given}")

    for rule in rules_of(world):
        methods = [method for method in ("GET", "POST") if method in rule.methods]
        # GET uses ids that exist and POST ids that do not, since a POST on its own session would end it.
        numbers = {"number": [world.made["tickets"][0]["number"]]} if "GET" in methods else {}
        values = (
            {name: [1 if "GET" in methods else 9999] for name in rule.arguments}
            | numbers
            | {
                "convention_id": ["hautes-pyrenees-2015"],
                "service": ["ent"],
                "activity": ["mco"],
                "kind": ["usage"],
                "token": ["x" * 43],
                "slug": ["commenter"],
                "form": ["csv"],
                "dimension": ["parties"],
                "path": ["x"],
                "step": re.findall(r"any\((\w+)", rule.rule)[:1] or ["x"],
                "uuid": ["00000000-0000-4000-8000-000000000000"],
            }
        )
        [address] = expanded(rule, values)
        for argument in rule.arguments:
            for payload in drawn(rng):
                if "GET" not in methods and payload.isdecimal() and int(payload) < 100:
                    continue  # the id exists: giving back this person's own key would end the session of the test
                odd = expanded(rule, values | {argument: [quoted(payload)]})[0]
                check(
                    f"address {argument}={payload[:40]!r}",
                    odd,
                    method=methods[0] if methods else "GET",
                    data={"csrf_token": token} if "GET" not in methods else None,
                )
        for method in methods:
            sent = {"csrf_token": token} if method == "POST" else {}
            place = "query_string" if method == "GET" else "data"
            # Every parameter gets a payload at once, and the next one in the next round: all rounds try all payloads.
            for turn in range(len(ANY)) if WHOLE else rng.sample(range(len(ANY)), DRAWN):
                dealt = {name: ANY[(turn + rank) % len(ANY)] for rank, name in enumerate(names)}
                check(f"text, turn {turn}", address, method=method, **{place: sent | dealt})
                arrays = sent | {f"{name}{mark}": word for name, word in dealt.items() for mark in ("", "[]", "[a]")}
                twice = sent | {name: [word, word[::-1]] for name, word in dealt.items()}
                check(f"several, turn {turn}", address, method=method, **{place: twice if turn % 2 else arrays})
        if "POST" in methods:
            json = {name: rng.choice([1, None, [], {}, {"$ne": 1}, ["x"], True, "x"]) for name in names}
            check("json", address, method="POST", json=json, headers={"X-CSRFToken": token})
            check(
                "broken json",
                address,
                method="POST",
                data="{",
                content_type="application/json",
                headers={"X-CSRFToken": token},
            )
    assert not wrong, f"{len(wrong)} of {tried}"
    assert tried > 400
    newest = max(ticket["number"] for ticket in world.made["tickets"])
    for reader, before in kept.items():  # a mail to the desk of the demonstration opens a ticket: that one is new
        seen = [number for number in queries_seen(world, reader) if number <= newest]
        assert seen == [number for number in before if number <= newest], "the same cardinality for who reads"


def quoted(payload):
    from urllib.parse import quote

    return quote(payload.replace("\x00", "%00"), safe="") or "%20"


def queries_seen(world, sigle):
    """Return the numbers of the tickets that a person sees; no payload may add to them or remove from them."""
    from ticketing.model import Filters

    with world.app.app_context():
        actor = cast.actor(sigle)
        found = queries.queue(perimeter(actor), Filters(state="all"), None, datetime.now(UTC))
        return [row.number for row in found.rows]


def test_inj_01_a_search_for_a_payload_finds_what_holds_it_and_nothing_more(world):
    client = world.client("c11.cmi")
    found = {}
    for payload in ANY:
        if payload.strip(" \u00a0\ufeff\x00"):
            page = client.get("/tickets", query_string={"q": payload, "etat": "tous"})
            assert page.status_code == 200
            found[payload] = set(re.findall(r'href="/tickets/(\d+)"', page.get_data(as_text=True)))
    everything = {str(number) for number in world.numbers("c11.cmi")}
    assert not [payload for payload, numbers in found.items() if numbers >= everything and "OR" in payload]
    assert all(numbers <= everything for numbers in found.values())


# --- INJ-02 -----------------------------------------------------------------------------------------------------------


class Alive(HTMLParser):
    """Collects what a browser could execute in a piece of HTML."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag not in rendering.TAGS:
            self.found.append(tag)
        for name, value in attributes:
            if name not in ("href", "rel") or (name == "href" and not re.match(r"https?://|mailto:", value or "")):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("payload", MARKUP)
def test_inj_02_markup_that_people_type_is_dead_once_rendered_and_stays_readable(payload):
    reader = Alive()
    reader.feed(rendering.render(f"Avant.\n\n{payload}\n\nAprès."))
    assert reader.found == []
    assert "Avant." in rendering.render(f"Avant.\n\n{payload}\n\nAprès.")


def test_inj_02_nothing_runs_on_list_ticket_print_and_mails(live, cast, actor_as, browser_page):
    """No payload runs as title, text, comment, requester or asset, shown in Chromium; the CSP is sent."""
    from harness.cast import new_session

    with live.app.app_context():
        cmi, agent = actor_as("c11.cmi"), actor_as("a.tech")
        now, numbers = datetime.now(UTC), []
        for start in range(0, len(MARKUP), 14):
            some = MARKUP[start : start + 14]
            draft = Draft(
                title=some[0][:140],
                body="Texte lisible.\n\n" + "\n\n".join(some),
                etablissement="desaix-tarbes",
                service="gestion-financiere",
                activity="mco",
                facts=Facts(acquired_by="departement"),
                on_behalf_of=some[1][:90],
                tag=some[2][:90],
                asset=some[3][:90],
            )
            numbers.append(desk.open_ticket(cmi, draft, [], now))
            desk.comment(agent, numbers[-1], "Réponse lisible.\n\n" + "\n\n".join(some), "public", [], now)
        while delivery.drain(live.app.config["GUICHET"], now):
            pass
        token = new_session(cast["c11.cmi"])
        mails = (live.app.config["GUICHET"].data_dir / "courriels").glob("*.eml")
        parts = [part for path in mails for part in message_from_bytes(path.read_bytes(), policy=policy.default).walk()]
        kinds = {part.get_content_type() for part in parts}
        assert kinds == {"multipart/alternative", "text/plain", "text/html"}
        shown = {part.get_content() for part in parts if part.get_content_type() == "text/html"}
    page = browser_page
    _nothing_runs_in_a_mail(page, shown)
    page.context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("a dialog"))
    for address in ("/tickets", *(f"/tickets/{number}" for number in numbers)):
        answer = page.goto(live.url + address)
        assert answer.status == 200 and "script-src 'self'" in answer.headers["content-security-policy"]
        page.emulate_media(media="print")
        page.evaluate("document.querySelectorAll('a[href^=javascript],a[href^=data]').forEach((one) => one.click())")
        assert page.evaluate("window.pris === undefined")
        page.emulate_media(media="screen")
    assert "Texte lisible." in page.inner_text("main") and "Réponse lisible." in page.inner_text("main")
    assert "<script>window.pris=1</script>" in page.inner_text("main"), "what was typed is shown as text"
    assert not [url for url in asked if not url.startswith((live.url, "data:image/"))]


def _nothing_runs_in_a_mail(page, mails):
    """Show the HTML of mails without any policy, as a careless mail program would, on a small screen."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("a dialog"))
    page.set_viewport_size({"width": 360, "height": 700})
    for html in sorted(mails):
        page.goto("about:blank")
        page.set_content(html)
        page.evaluate("document.querySelectorAll('a[href^=javascript],a[href^=data]').forEach((one) => one.click())")
        assert page.evaluate("window.pris === undefined")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.querySelectorAll('.g-card').length") == 1
    assert [url for url in asked if url != "about:blank"] == []
    page.set_viewport_size({"width": 1280, "height": 900})


# --- INJ-04 -----------------------------------------------------------------------------------------------------------


def test_inj_04_no_csv_cell_can_be_computed_and_all_read_back_the_same():
    text = tabular.csv_text([[payload, "suite"] for payload in CELLS])
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert [after for _, after in rows] == ["suite"] * len(CELLS)
    for (shown, _), payload in zip(rows, CELLS, strict=True):
        assert shown == (payload if payload == "|=1" else f"'{payload}"), "prefixed, and nothing else changed"


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_inj_04_a_sheet_s_cells_are_text_and_read_back_the_same(form):
    """Every dangerous beginning, as label, cell and note, is written and then read back by Guichet's own reader."""
    from matrix.sheets import open_book
    from matrix.sheets.formats import csvs, write_ods, write_xlsx
    from matrix.sheets.model import OutCell, OutSheet

    kept = [payload for payload in CELLS if payload == payload.strip() and "\n" not in payload and "\r" not in payload]
    rows = tuple((OutCell(payload, look="label"), OutCell(payload, note=f"note {payload}")) for payload in kept)
    sheet = OutSheet("Annexe 2", rows, 0, kept[0])
    writers = {
        "xlsx": write_xlsx.write,
        "ods": write_ods.write,
        "csv": lambda sheet: csvs.write([[cell.text for cell in row] for row in sheet.rows]),
    }
    data = writers[form](sheet)
    if form != "csv":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
        assert not re.search(r"<f[ >]|table:formula|<hyperlink|xlink:href=.http|externalLink", inside)
        assert 'office:value-type="float"' not in inside
    book = open_book(data, f"feuille.{form}")
    [grid] = book.grids
    assert [cell.text for _, cell in sorted(grid.cells.items())] == [payload for payload in kept for _ in range(2)]
    assert form == "csv" or not any(cell.formula for cell in grid.cells.values())
    if form == "xlsx":
        assert inside.count('quotePrefix="1"') == 2, "as after an apostrophe typed: edited, it stays text"


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_inj_04_the_cells_of_a_committee_s_dossier_are_text_and_read_back_the_same(form):
    """Every dangerous beginning, in a heading and in a cell; titles of tables become names of sheets."""
    from datetime import date

    from matrix.sheets import open_book
    from ticketing.committees import files
    from ticketing.committees.content import Column, Pack, PackTable

    kept = [payload for payload in CELLS if payload == payload.strip() and "\n" not in payload and "\r" not in payload]
    table = PackTable("t", kept[0], "", (Column(kept[0]), Column("Autre")), tuple((one, one) for one in kept))
    day = date(2026, 8, 31)
    pack = Pack(
        agreement="accord",
        title=kept[0],
        year="2025-2026",
        side="",
        side_name=kept[1],
        cut_off=day,
        meeting=day,
        tables=(table,),
        chapters=((kept[0], ("t",)),),
    )
    data = {"xlsx": files.xlsx, "ods": files.ods}[form](pack)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert not re.search(r"<f[ >]|table:formula|<hyperlink|xlink:href=.http|externalLink", inside)
    grids = open_book(data, f"dossier.{form}").grids
    said = [cell.text for grid in grids for _, cell in sorted(grid.cells.items())]
    assert all(said.count(payload) >= 2 for payload in kept)
    assert form == "ods" or 'quotePrefix="1"' in inside


def test_inj_04_every_table_that_leaves_goes_by_a_writer_that_is_tried_here():
    """A new writer of CSV or of formulas fails here until it is tried too. `matrix/commands.py` writes only counts."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("ticketing", "charters", "matrix")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"csv\.writer|DictWriter|write_formula|import xlsxwriter", path.read_text("utf-8"))
    }
    assert writers == {
        "matrix/commands.py",
        "matrix/sheets/formats/csvs.py",
        "matrix/sheets/formats/write_xlsx.py",
        "ticketing/committees/files.py",
    }
