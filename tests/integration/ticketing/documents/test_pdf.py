"""A PDF is made in a separate process that reads only its input, and is made once for the same content."""

from __future__ import annotations

import base64
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import zlib
from datetime import UTC, datetime

import pypdf
import pytest

from ticketing.documents import pdf

PAGE = '<html lang="fr"><head><title>Essai</title></head><body><h1>Essai</h1><p>{}</p></body></html>'


@pytest.fixture(autouse=True)
def nothing_kept():
    pdf.forget()
    yield
    pdf.forget()


def stand_in(monkeypatch, tmp_path, program: str) -> None:
    """Replace the script that renders by another one."""
    script = tmp_path / "stand_in.py"
    script.write_text(program, "utf-8")
    monkeypatch.setattr(pdf, "PROCESS", script)


def made(html: str, css: str = "", resources=None) -> bytes:
    resources = resources or {}
    return pdf.make(pdf.digest(html, css, resources), html, css, resources)


def test_the_same_content_gives_the_same_bytes(pdf_libraries):
    first = made(PAGE.format("été"))
    pdf.forget()
    assert made(PAGE.format("été")) == first and first.startswith(b"%PDF-")
    assert made(PAGE.format("hiver")) != first


def test_an_archive_is_a_pdf_a_that_holds_its_files_and_bears_their_instant(pdf_libraries):
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    files = (pdf.Attached("preuve.json", b'{"a": 1}', "La preuve"), pdf.Attached("texte.md", "é".encode(), "Le texte"))
    archive, html = pdf.Archive(at, files), PAGE.format("été")
    key = pdf.digest(html, "", {}, archive)
    first = pdf.make(key, html, "", {}, archive, keep=False)
    assert pdf.kept(key) is None  # it is about a person, so it is not cached
    assert pdf.make(key, html, "", {}, archive, keep=False) == first
    reader = pypdf.PdfReader(io.BytesIO(first))
    root = reader.trailer["/Root"]
    said = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in said and 'pdfaid:conformance="U"' in said
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in root["/OutputIntents"][0]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "fr" and "/ID" in reader.trailer
    assert "/Encrypt" not in reader.trailer and len(root["/AF"]) == 2
    for entry, file in zip(root["/AF"], files, strict=True):
        spec = entry.get_object()
        assert (spec["/UF"], spec["/AFRelationship"]) == (file.name, "/Data")
        stream = spec["/EF"]["/F"].get_object()
        assert stream.get_data() == file.body and stream["/Params"]["/ModDate"] == "D:20260102030405Z"
    for font in {str(font): font for page in reader.pages for font in page["/Resources"]["/Font"].values()}.values():
        (descendant,) = font.get_object()["/DescendantFonts"]
        assert any(name.startswith("/FontFile") for name in descendant.get_object()["/FontDescriptor"].get_object())


def test_what_an_archive_holds_tells_it_from_another():
    at = datetime(2026, 1, 2, tzinfo=UTC)
    one, other = (pdf.Archive(at, (pdf.Attached("a", body, ""),)) for body in (b"1", b"2"))
    assert len({pdf.digest("", "", {}), pdf.digest("", "", {}, one), pdf.digest("", "", {}, other)}) == 3


def test_no_file_and_no_network_whatever_the_page_names(pdf_libraries, tmp_path, caplog):
    asked = []

    class Spy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Spy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    away = f"http://127.0.0.1:{server.server_port}"
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>x</text></svg>')
    pixel = "data:image/svg+xml;base64," + base64.b64encode(secret.read_bytes()).decode()
    names = [f"{away}/a.png", f"file://{secret}", str(secret), pixel, "guichet:absent", "//127.0.0.1/x"]
    body = "".join(f'<img alt="x" src="{name}">' for name in names)
    css = f"""@import url("{away}/b.css");
        @font-face {{ font-family: F; src: url("{away}/c.woff2") }} p {{ font-family: F }}
        body {{ background: url("file://{secret}") }}"""
    links = f'<link rel="stylesheet" href="{away}/d.css"><link rel="attachment" href="file://{secret}">'
    try:
        found = made(PAGE.format(body) + links, css)
    finally:
        server.shutdown()
        server.server_close()
    assert found.startswith(b"%PDF-") and asked == []
    assert b"/EmbeddedFile" not in found and b"/Subtype /Image" not in found
    assert "pdf without all it names" in caplog.text


def test_what_it_is_given_it_may_use(pdf_libraries):
    drawn = b'<rect width="9" height="9" fill="#f00"/>'
    image = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' + drawn + b"</svg>"
    page = PAGE.format('<img alt="rouge" src="guichet:image.svg">')
    with_image = made(page, "", {"image.svg": ("image/svg+xml", image)})
    streams = b"".join(
        zlib.decompress(part.split(b"endstream")[0].strip(b"\r\n"))
        for part in with_image.split(b"stream\n")[1:]
        if part[:1] == b"x"
    )
    assert b"1 0 0 rg" in streams
    assert made(page, "", {"other.svg": ("image/svg+xml", image)}) != with_image


def test_without_the_libraries_it_is_said_to_be_impossible(tmp_path):
    (tmp_path / "weasyprint.py").write_text('raise OSError("cannot load library libpango-1.0-0")')
    done = subprocess.run(
        [sys.executable, "-P", str(pdf.PROCESS)],
        input=json.dumps({"html": "", "css": "", "resources": {}}).encode(),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == pdf.MISSING and b"libpango" in done.stderr and done.stdout == b""


def test_that_and_slowness_and_failure_are_told_apart(monkeypatch, tmp_path):
    stand_in(monkeypatch, tmp_path, f"raise SystemExit({pdf.MISSING})")
    with pytest.raises(pdf.Unavailable):
        made("a")
    stand_in(monkeypatch, tmp_path, "print('nothing of a PDF')")
    with pytest.raises(RuntimeError):
        made("a")
    stand_in(monkeypatch, tmp_path, "import time; time.sleep(30)")
    monkeypatch.setattr(pdf, "TIMEOUT", 0.3)
    with pytest.raises(pdf.Busy):
        made("a")
    monkeypatch.undo()
    stand_in(monkeypatch, tmp_path, "print('%PDF-')")
    assert made("a") == b"%PDF-\n"  # none of the failures has kept its place


def test_our_settings_stay_with_us_and_a_content_is_made_once(monkeypatch, tmp_path):
    monkeypatch.setenv("GUICHET_SECRET_KEY", "s" * 40)
    told = "import json, os, time; print('%PDF-', json.dumps(dict(os.environ)), time.time_ns())"
    stand_in(monkeypatch, tmp_path, told)
    first = made("a", resources={"x": ("text/plain", b"1")})
    assert b"GUICHET" not in first and b"SOURCE_DATE_EPOCH" in first
    assert made("a", resources={"x": ("text/plain", b"1")}) == first
    assert made("a", resources={"x": ("text/plain", b"2")}) != first
    assert pdf.digest("ab", "c", {}) != pdf.digest("a", "bc", {})


def test_the_oldest_is_dropped_and_the_one_asked_for_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "KEPT", 2)
    stand_in(monkeypatch, tmp_path, "print('%PDF-')")
    for name in ("a", "b", "a", "c"):
        made(name)
    assert [pdf.kept(pdf.digest(name, "", {})) is not None for name in "abc"] == [True, False, True]


def test_one_is_made_one_waits_the_others_come_back(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "TURN", 120.0)  # the second request waits its turn, however slow the machine is
    flag = tmp_path / "go"
    stand_in(
        monkeypatch,
        tmp_path,
        f"""
import os, time
print('%PDF-')
while not os.path.exists({str(flag)!r}): time.sleep(.02)
""",
    )
    results: list[object] = []

    def ask(name):
        try:
            results.append(made(name))
        except pdf.Busy as busy:
            results.append(busy)

    two = [threading.Thread(target=ask, args=(name,)) for name in ("a", "b")]
    for thread in two:
        thread.start()
    while pdf._seats._value:  # wait until both have taken their places
        pass
    with pytest.raises(pdf.Busy):
        made("c")
    flag.touch()
    for thread in two:
        thread.join(120)
    assert [isinstance(one, bytes) for one in results] == [True, True]
    assert made("c")
