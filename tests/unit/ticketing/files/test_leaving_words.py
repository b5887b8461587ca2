"""The words of files about to leave: PDF files are read too, in a process of its own and within bounds."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import pytest
from harness.papers import a_pdf

from ticketing.documents import pdf_text
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
