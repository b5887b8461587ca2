"""Test FIC-01 over HTTP: only allowed files are stored, and each is served as a download.

Bombs are in `test_bombs.py`; the antivirus and its quarantine in `test_quarantine.py`.
"""

from __future__ import annotations

import io
import re

import pytest
from harness.http import csrf
from sqlalchemy import func, select

from charters.database import db
from ticketing.app import desk_settings_of
from ticketing.settings import hand_in
from ticketing.tables import Attachment

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
XHTML = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
ALLOWED = {
    "photo.png": PNG,
    "relevé été.pdf": PDF,
    "notes.txt": "Bonjour à tous".encode(),
    "journal.log": b"a\nb\n",
    "table.csv": b"a;b\n1;2\n",
}
FORBIDDEN = {
    "programme.exe": b"MZ\x90\0",
    "script.js": b"alert(1)",
    "page.html": HTML,
    "page.htm": HTML,
    "page.xhtml": XHTML,
    "page.shtml": HTML,
    "dessin.svg": SVG,
    "données.xml": XHTML,
    "raccourci.lnk": b"L\0\0\0",
    "macro.docm": b"PK\3\4",
    "archive.zip": b"PK\3\4",
    "commande.bat": b"dir",
    "sans-extension": b"x",
    ".htaccess": b"x",
    "page.hta": HTML,
    # The content is of another type than the name says.
    "photo2.png": PDF,
    "page.png": HTML,
    "dessin.png": SVG,
    "page.pdf": HTML,
    "programme.pdf": b"MZ\x90\0" + b"\0" * 99,
    "page.txt": HTML,
    "dessin.csv": SVG,
    "page.log": XHTML,
    "programme.txt": b"\x7fELF",
    "photo.jpg": PNG,
    "dessin2.txt": b"\xef\xbb\xbf  \n" + SVG,
    "texte.docx": b"Bonjour",
    # The name hides a second extension.
    "photo.png.exe": b"MZ",
    "facture.exe.pdf": PDF,
    "page.html.png": PNG,
    "photo.svg.png": PNG,
    "a.php.txt": b"x",
    "photo.png\u202egpj.exe": b"MZ",
    "photo.png.": b"x",
    "vide.pdf": b"",
    "photo.png/../a.html": HTML,
    "photo.html;.png": PNG,
    "photo.PhP.png": PNG,
}


def stored(world):
    with world.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Attachment))


def send(client, number, token, files, words="Voici."):
    return client.post(
        f"/tickets/{number}/commenter",
        data={
            "csrf_token": token,
            "commenter-texte": words,
            "commenter-visibilite": "public",
            "commenter-fichiers": [(io.BytesIO(content), name) for name, content in files],
        },
        content_type="multipart/form-data",
    )


@pytest.fixture
def sender(world):
    client = world.client("c11.cmi")
    number = world.tickets["c11-departement"]["number"]
    return client, number, csrf(client)


def test_fic_01_only_what_is_allowed_is_stored(world, sender):
    client, number, token = sender
    before = stored(world)
    kept = [
        name for name, content in FORBIDDEN.items() if send(client, number, token, [(name, content)]).status_code != 422
    ]
    assert kept == [] and stored(world) == before
    refused = send(client, number, token, [("dessin.svg", SVG)], words="Le texte saisi.").get_data(as_text=True)
    assert "n’est pas accepté" in refused and "Le texte saisi." in refused
    assert not list((world.app.config["GUICHET"].data_dir / "files" / "tmp").glob("*")), "nothing is left behind"


def test_fic_01_what_is_stored_comes_back_as_a_download_that_no_browser_guesses(world, sender):
    client, number, token = sender
    assert send(client, number, token, list(ALLOWED.items())).status_code == 303
    page = client.get(f"/tickets/{number}").get_data(as_text=True)
    seen = {}
    for address in dict.fromkeys(re.findall(rf'href="(/tickets/{number}/fichiers/[^"]+)"', page)):
        answer = client.get(address)
        seen[address] = answer.get_data()
        headers = answer.headers
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Content-Type"].partition(";")[0] in {
            "image/png",
            "application/pdf",
            "text/plain",
            "text/csv",
        }
        assert headers["Content-Type"].count("charset") == headers["Content-Type"].startswith("text/")
        answer.close()
    assert set(ALLOWED.values()) <= set(seen.values())


def test_fic_01_over_size_is_422_at_its_field_or_413_and_over_quota_is_422(world, sender):
    client, number, token = sender
    settings = world.app.config["GUICHET"]
    settings = settings.model_copy(update={"upload_mb": 1, "upload_ticket_mb": 2})
    world.app.config["GUICHET"] = settings
    with world.app.app_context():
        hand_in(db.engine, desk_settings_of(settings))
    before = stored(world)
    big = send(client, number, token, [("gros.txt", b"x" * 1_000_001)])
    assert big.status_code == 422 and "dépasse 1 Mo" in big.get_data(as_text=True)
    assert send(client, number, token, [("tres-gros.txt", b"x" * 4_000_000)]).status_code == 413
    together = [(f"{n}.txt", b"x" * 900_000) for n in range(3)]
    assert send(client, number, token, together).status_code == 422
    assert stored(world) == before
    assert send(client, number, token, together[:2]).status_code == 303
    over = send(client, number, token, together[2:])
    assert over.status_code == 422 and "2 Mo au total" in over.get_data(as_text=True)
    assert stored(world) == before + 2


def test_fic_01_whoever_is_not_in_has_no_large_body_read(world):
    client = world.client("anonymous")
    token = csrf(client)
    for address in ("/tickets/nouveau", "/tickets/1/commenter", "/connexion"):
        answer = client.post(
            address,
            data={
                "csrf_token": token,
                "x": (io.BytesIO(b"x" * 3_000_000), "x.txt"),
            },
            content_type="multipart/form-data",
        )
        assert answer.status_code == 413


def test_fic_01_a_file_sent_where_no_file_is_asked_for_is_stored_nowhere(world, sender):
    client, number, token = sender
    before = stored(world)
    for step in ("resoudre", "clore", "masquer", "confirmer"):
        client.post(
            f"/tickets/{number}/{step}",
            data={
                "csrf_token": token,
                "version": "1",
                f"{step}-texte": "x",
                "commenter-fichiers": (io.BytesIO(PNG), "a.png"),
            },
            content_type="multipart/form-data",
        )
    assert stored(world) == before
