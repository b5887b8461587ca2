"""The words of a PDF: read in a process of its own, and each way that it can fail told in a sentence."""

from __future__ import annotations

import os
import subprocess

import pytest
from harness.papers import a_pdf

from matrix.signed_text.reading import UnreadableText
from ticketing.documents import pdf_text, pdf_text_process


def test_a_pdf_that_has_text_gives_its_words_page_after_page(tmp_path):
    path = tmp_path / "accord.pdf"
    path.write_bytes(a_pdf("Article 1 : Objet\nLe Département maintient les tablettes.", "Été : au collège."))
    text = pdf_text.pdf_text(path)
    assert "Le Département maintient les tablettes." in text
    assert text.index("tablettes") < text.index("Été : au collège.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"ceci n'est pas un PDF", "ne s’ouvre pas"),
        (b"", "ne s’ouvre pas"),
        (a_pdf("mots")[:200], "ne s’ouvre pas"),
        (a_pdf(""), "n’a pas de texte"),
    ],
)
def test_a_pdf_without_words_says_why(tmp_path, body, said):
    path = tmp_path / "accord.pdf"
    path.write_bytes(body)
    with pytest.raises(UnreadableText, match=said):
        pdf_text.pdf_text(path)


def test_what_is_too_big_is_not_even_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_text, "PDF_MAX", 10)
    monkeypatch.setattr(subprocess, "run", None)
    path = tmp_path / "accord.pdf"
    path.write_bytes(b"x" * 11)
    with pytest.raises(UnreadableText, match="trop gros"):
        pdf_text.pdf_text(path)


@pytest.mark.parametrize("status", [-9, -24, 1, 137])
def test_a_process_that_is_ended_or_breaks_is_told_in_a_sentence(tmp_path, monkeypatch, status):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], status, b"", b"Traceback"))
    path = tmp_path / "accord.pdf"
    path.write_bytes(b"%PDF")
    with pytest.raises(UnreadableText, match="temps et la mémoire permis"):
        pdf_text.pdf_text(path)


def test_a_process_that_takes_too_long_is_told_in_a_sentence(tmp_path, monkeypatch):
    def late(command, *, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", late)
    path = tmp_path / "accord.pdf"
    path.write_bytes(b"%PDF")
    with pytest.raises(UnreadableText, match="temps"):
        pdf_text.pdf_text(path)


def test_the_process_gets_no_secret_and_writes_no_file(tmp_path, monkeypatch):
    seen = {}

    def asked(command, **options):
        seen.update(options, command=command)
        return subprocess.CompletedProcess(command, 0, b"mots", b"")

    monkeypatch.setattr(subprocess, "run", asked)
    monkeypatch.setitem(os.environ, "GUICHET_SECRET_KEY", "secret")
    path = tmp_path / "accord.pdf"
    path.write_bytes(b"%PDF")
    assert pdf_text.pdf_text(path) == "mots"
    assert "GUICHET_SECRET_KEY" not in seen["env"] and seen["timeout"] <= 30
    assert seen["command"][1] == "-I" and str(pdf_text_process.__file__) in seen["command"]


def test_more_words_than_allowed_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_text, "TEXT_MAX", 5)
    path = tmp_path / "accord.pdf"
    path.write_bytes(a_pdf("beaucoup de mots"))
    with pytest.raises(UnreadableText, match="trop de pages ou trop de texte"):
        pdf_text.pdf_text(path)
