"""The words of files about to leave: PDF files are read too, in a process of its own and within bounds."""

from __future__ import annotations

import io
import subprocess
import threading
import zlib
from typing import Any

import pytest
from harness.papers import a_pdf

from ticketing.documents import pdf_text, pdf_text_process
from ticketing.files import leaving_words
from ticketing.model import Upload
from ticketing.pupils import BIRTH, FILE, found


def upload(name: str, content: bytes) -> Upload:
    return Upload(name, io.BytesIO(content), "", len(content))


def test_the_text_of_a_pdf_is_read_and_the_file_stays_at_its_start() -> None:
    file = upload("Bilan.PDF", a_pdf("Bonjour", "Eleve nee le 12/05/2013"))
    told = leaving_words.texts([file])
    assert found(told) is not None and found(told).signs == (BIRTH,)  # type: ignore[union-attr]
    assert file.stream.read(5) == b"%PDF-"


def test_only_its_beginning_is_taken() -> None:
    said = pdf_text.beginning(io.BytesIO(a_pdf("abcdefghij" * 5, "suite")), 20)
    assert said == "abcdefghij" * 2


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"pas un PDF", a_pdf("")])
def test_what_cannot_be_read_gives_its_name_alone(content: bytes) -> None:
    told = leaving_words.texts([upload("trombinoscope.pdf", content)])
    assert len(told) == 1 and found(told).signs == (FILE,)  # type: ignore[union-attr]


def test_a_pdf_that_takes_too_long_or_is_too_big_gives_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(command: Any, *, timeout: float, **_: Any) -> Any:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", late)
    assert pdf_text.beginning(io.BytesIO(a_pdf("Bonjour")), 100) == ""
    monkeypatch.setattr(pdf_text, "SENT_MAX", 4)
    assert pdf_text.beginning(io.BytesIO(a_pdf("Bonjour")), 100) == "", "its process is not even started"


def test_the_pdfs_of_one_form_are_read_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving_words, "SECONDS", 0)
    monkeypatch.setattr(pdf_text, "beginning", lambda *_: pytest.fail("it is read"))
    assert len(leaving_words.texts([upload("a.pdf", a_pdf("Bonjour"))])) == 1


def test_no_more_pdfs_than_two_are_read_at_once_and_each_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends twenty at once takes the memory of two; the others wait for their turn a while, then go unread."""
    given, first = [], threading.Event()
    ready = threading.Barrier(pdf_text.SENT_AT_ONCE + 1)

    def slow(command: Any, **_: Any) -> Any:
        given.append(command)
        ready.wait(10)
        first.wait(10)
        return subprocess.CompletedProcess(command, 0, b"mots", b"")

    monkeypatch.setattr(subprocess, "run", slow)
    monkeypatch.setattr(pdf_text, "SENT_SECONDS", 0.2)
    busy = [threading.Thread(target=pdf_text.beginning, args=(io.BytesIO(b"%PDF"), 9)) for _ in range(2)]
    for one in busy:
        one.start()
    ready.wait(10)
    assert pdf_text.beginning(io.BytesIO(b"%PDF"), 9) == "" and len(given) == 2
    first.set()
    for one in busy:
        one.join()
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, b"mots", b""))
    assert pdf_text.beginning(io.BytesIO(b"%PDF"), 9) == "mots", "turns are given back"
    assert str(pdf_text.SENT_MEMORY) in given[0] and pdf_text.SENT_MEMORY < pdf_text_process.MEMORY


def test_a_pdf_that_swells_ends_its_own_process_within_its_memory() -> None:
    bomb = a_bomb(zlib.compress(b"BT /F1 9 Tf (a) Tj ET " * 5_000_000, 9))
    assert len(bomb) < 2_000_000 and pdf_text.beginning(io.BytesIO(bomb), 100) == ""
    assert (
        pdf_text.beginning(io.BytesIO(a_bomb(zlib.compress(b"BT /F1 9 Tf (Bonjour) Tj ET"))), 100).strip() == "Bonjour"
    )


def a_bomb(packed: bytes) -> bytes:
    """Return a PDF of one page whose words are these compressed bytes."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << /Font << /F1 "
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
    ]
    body, places = b"%PDF-1.4\n", []
    for rank, one in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (rank, one)
    table = b"".join(b"%010d 00000 n \n" % one for one in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%btrailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )
