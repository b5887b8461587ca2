"""Test the poster of an établissement: who may have it, what the PDF contains, what happens when it cannot be made."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import date

import pypdf
import pytest
import segno

from ticketing.documents import pdf
from ticketing.in_force import routing
from ticketing.operation import limits
from ticketing.web import guards
from ticketing.web.agreements import posters

HP, DS = "hautes-pyrenees-2015", "deux-sevres-2017"
PAGE = f"/qui-fait-quoi/{HP}/affiche.pdf"
DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def nothing_kept():
    pdf.forget()
    yield
    pdf.forget()


@pytest.fixture
def never_made(monkeypatch):
    """Replace the making of PDFs: the fixture collects what was asked for; `asked[-1]` is (html, resources)."""
    asked: list = []

    def make(key, page, css, resources):
        asked.append((page, resources))
        return b"%PDF-1.7 stand-in " + key.encode()

    monkeypatch.setattr(pdf, "make", make)
    return asked


@pytest.fixture
def page_of(app):
    """Return a function: `page_of(agreement, place)` gives HTML and resources of a poster, without a browser."""

    def make(convention_id, place_id=None, service="", **changes):
        with app.app_context(), app.test_request_context("/"):
            convention = routing.router().conventions[convention_id]
            place = convention.etablissements[place_id or next(iter(convention.etablissements))]
            return posters.page(convention, replace(place, **changes), service, DAY)

    return make


def words(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def elements(reader: pypdf.PdfReader) -> list:
    """Return the structure elements of a tagged PDF, in reading order."""
    found = []

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


# --- the PDF ----------------------------------------------------------------------------------------------------------


def test_a_correspondant_gets_a_tagged_pdf_of_the_college(pdf_libraries, client_as, app):
    response = client_as("c11.cmi").get(PAGE)
    assert response.status_code == 200 and response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="affiche-desaix-tarbes-{HP}.pdf"'
    assert response.headers["Cache-Control"] == "no-store"
    reader = pypdf.PdfReader(io.BytesIO(response.data))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "fr" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Informatique : qui appeler ? Collège Desaix, Tarbes"
    metadata = root["/Metadata"].get_data().decode()
    assert 'pdfuaid:part="1"' in metadata and "Collège Desaix, Tarbes" in metadata
    assert len(reader.pages) <= 2
    width, height = (round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)

    kinds = [one["/S"] for one in elements(reader)]
    assert kinds.count("/H1") == 1 and kinds.count("/H2") >= 4 and kinds.index("/H1") < kinds.index("/H2")
    figures = [one for one in elements(reader) if one["/S"] == "/Figure"]
    assert len(figures) == 3 and all(one["/Alt"].startswith("QR code : ouvrir un ticket, ") for one in figures)
    heads = {one["/ID"] for one in elements(reader) if one["/S"] == "/TH"}
    cells = [one for one in elements(reader) if one["/S"] == "/TD"]
    assert len(cells) > 100
    for cell in cells:  # each cell refers to the header of its column and of its row
        named = {str(name) for name in cell["/A"]["/Headers"]}
        assert len(named) >= 2 and named <= {str(name) for name in heads}

    read = words(reader)
    for said in (
        "Collège Desaix, Tarbes",
        "L’Académie de Toulouse",
        "Le Département des Hautes-",
        "article I.4",
        "n’imprime aucun numéro de téléphone",
        "C’est en panne",
        "Version du 1er septembre 2015",
        "localhost/tickets/nouveau",
    ):
        assert said in read, said
    with app.app_context():
        others = [one for one in routing.router().conventions[HP].etablissements.values() if one.id != "desaix-tarbes"]
    assert not [one.name for one in others if f"{one.name}, {one.commune}" in read or one.id in read]


def test_phones_and_hours_stand_on_it_where_the_text_prints_them(pdf_libraries, page_of, app):
    page, resources = page_of(DS)
    reader = pypdf.PdfReader(io.BytesIO(pdf.make("ds", page, posters._style(), resources)))
    read = words(reader)
    with app.app_context():
        contacts = routing.router().conventions[DS].contacts
    assert len(contacts) == 2
    for contact in contacts:
        assert contact.phone in read and contact.label.split()[0] in read
    assert "Du lundi au vendredi de 8 h à 17 h 30" in read and "et de 13 h 30 à 17 h" in read
    assert "n’imprime aucun numéro" not in read and "Version du 1er janvier 2017" in read
    assert len(reader.pages) <= 2


def test_the_same_day_gives_the_same_bytes_and_is_made_once(pdf_libraries, client_as, monkeypatch):
    client = client_as("c11.cmi")
    first = client.get(PAGE).data
    monkeypatch.setattr(pdf, "make", lambda *_: pytest.fail("made again"))
    assert client.get(PAGE).data == first
    monkeypatch.undo()
    pdf.forget()
    assert client.get(PAGE).data == first


# --- the codes --------------------------------------------------------------------------------------------------------


def test_the_codes_are_those_of_the_address_in_the_settings_never_of_the_host(client_as, app, never_made):
    with app.app_context():
        name = guards.cookie_name()
    cookie = f"{name}={client_as('c11.cmi').get_cookie(name).value}"
    forged = {"Host": "voleur.exemple", "X-Forwarded-Host": "voleur.exemple", "Cookie": cookie}
    assert app.test_client(use_cookies=False).get(PAGE, headers=forged).status_code == 200
    page, resources = never_made[-1]
    assert "voleur" not in page
    place = "http://localhost/tickets/nouveau?etablissement=desaix-tarbes"
    urls = [f"{place}&service=equipement-bureautique", f"{place}&service=raccordement-internet", place]
    for rank, url in enumerate(urls, 1):
        out = io.BytesIO()
        segno.make(url, error="m", micro=False).save(out, kind="svg", scale=4, border=2, dark="#000", light="#fff")
        assert resources[f"code-{rank}.svg"] == ("image/svg+xml", out.getvalue())
        assert f'src="guichet:code-{rank}.svg"' in page
    assert len(resources) == 4 and html.unescape(page).count(place) == 1


def test_a_service_named_in_the_address_has_the_first_code(client_as, never_made):
    client = client_as("c11.cmi")
    assert client.get(f"{PAGE}?service=vie-scolaire-prive").status_code == 200
    page, resources = never_made[-1]
    assert len(resources) == 3 and "Pronote ou un autre logiciel privé" in page
    assert client.get(f"{PAGE}?service=rien").status_code == 404


# --- who may ----------------------------------------------------------------------------------------------------------


def test_whoever_sees_who_does_what_there_has_its_poster_and_nobody_else(client_as, never_made):
    for sigle in ("c11.cmi", "c11.chef", "c11.reseau"):
        client = client_as(sigle)
        assert client.get(PAGE).status_code == client.get(f"{PAGE}?etablissement=desaix-tarbes").status_code == 200
        assert client.get(f"{PAGE}?etablissement=victor-hugo-tarbes").status_code == 404
    for sigle in ("d1.agent", "d1.ref", "a.admin", "a.lecture"):
        client = client_as(sigle)
        assert client.get(f"{PAGE}?etablissement=victor-hugo-tarbes").status_code == 200
        assert client.get(PAGE).status_code == 404  # no établissement is chosen
        assert client.get(f"/qui-fait-quoi/{DS}/affiche.pdf").status_code == 404
    foreign = client_as("d2.agent")
    assert foreign.get(f"{PAGE}?etablissement=desaix-tarbes").status_code == 404
    assert (
        foreign.get(
            "/qui-fait-quoi/arbizonne-lavasson-2023/affiche.pdf?etablissement=les-trois-sources-vallombreuse"
        ).status_code
        == 200
    )
    assert client_as("c11.cmi").get("/qui-fait-quoi/nulle-part/affiche.pdf").status_code == 404


def test_nobody_has_it_before_logging_in(client):
    assert client.get(PAGE).status_code == 303


def test_the_page_leads_to_it_when_one_etablissement_is_chosen(client_as):
    assert f'href="{PAGE}?etablissement=desaix-tarbes"' in client_as("c11.cmi").get(f"/qui-fait-quoi/{HP}").get_data(
        as_text=True
    )
    page = client_as("a.admin").get(f"/qui-fait-quoi/{HP}").get_data(as_text=True)
    assert "affiche.pdf" not in page and 'href="/qui-fait-quoi/comparer"' in page


# --- what may go wrong ------------------------------------------------------------------------------------------------


def told(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def test_a_machine_without_the_libraries_says_what_to_install_and_goes_on(client_as, monkeypatch, tmp_path):
    script = tmp_path / "missing.py"
    script.write_text(f"raise SystemExit({pdf.MISSING})")
    monkeypatch.setattr(pdf, "PROCESS", script)
    client = client_as("c11.cmi")
    response = client.get(PAGE)
    assert response.status_code == 503 and "L’affiche ne peut pas être faite" in told(response)
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in told(response)
    assert client.get(f"/qui-fait-quoi/{HP}").status_code == 200


def test_a_worker_that_makes_others_asks_to_come_back(client_as, monkeypatch):
    def busy(*_):
        raise pdf.Busy

    monkeypatch.setattr(pdf, "make", busy)
    response = client_as("c11.cmi").get(PAGE)
    assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
    assert "quelques secondes" in told(response)


def test_one_person_cannot_keep_the_machine_busy(client_as, never_made, monkeypatch):
    monkeypatch.setitem(limits.RULES, "poster", replace(limits.RULES["poster"], most=3))
    client, other = client_as("a.admin"), client_as("d1.agent")
    places = ["desaix-tarbes", "victor-hugo-tarbes", "marechal-foch-arreau", "desaix-tarbes"]
    answers = [client.get(f"{PAGE}?etablissement={place}") for place in places]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert "beaucoup d’affiches" in told(answers[-1]) and 290 < int(answers[-1].headers["Retry-After"]) <= 301
    assert other.get(f"{PAGE}?etablissement=desaix-tarbes").status_code == 200


def test_a_hostile_name_is_written_not_obeyed(page_of):
    name = '<script>x()</script><img src="file:///etc/passwd">" onload="'
    page, _ = page_of(HP, "desaix-tarbes", sites=(name,))
    assert "<script" not in page and 'src="file' not in page and "&lt;script&gt;" in page
    assert re.findall(r'src="([^"]*)"', page) == [f"guichet:code-{rank}.svg" for rank in (1, 2, 3)]
