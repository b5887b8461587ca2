"""The dossier of a committee on paper: tagged, the same bytes each time, with all that a committee reads."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest
from harness.histories import A, lived
from sqlalchemy import update

from charters.database import db, writing
from ticketing.committees import assembling
from ticketing.committees.assembling import Wanted
from ticketing.committees.content import HIDDEN, Column, Pack, PackTable
from ticketing.documents import pdf
from ticketing.figures import nightly
from ticketing.tables import DecisionRow
from ticketing.web.committees import document

AGREEMENT = "hautes-pyrenees-2015"


@pytest.fixture
def pack(app: Any) -> Any:
    with app.app_context():
        lived()
        with writing() as session:
            session.execute(update(DecisionRow).values(convention=AGREEMENT))
        nightly.write_nightly(datetime(2026, 5, 20, 8, tzinfo=UTC))
        yield assembling.make(Wanted(AGREEMENT, A, "annee-2025", meeting=date(2026, 11, 18), everything=True), ())
        db.session.remove()


def test_the_pdf_is_tagged_and_the_same_pack_gives_the_same_bytes(pack: Pack, pdf_libraries: Any) -> None:
    pdf.forget()
    first = document.made(pack)
    pdf.forget()
    assert document.made(pack) == first
    read = pypdf.PdfReader(io.BytesIO(first))
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"] and read.trailer["/Root"]["/Lang"] == "fr"
    text = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    for said in (
        pack.digest,
        "20 mai 2026",
        "18 novembre 2026",
        "La Rectrice ou son représentant",
        "Réservé à l’académie",
    ):
        assert said in text, said


def test_every_chapter_stands_on_paper_with_its_tables_or_a_sentence(pack: Pack) -> None:
    html, resources = document.page(pack)
    for title, names in pack.chapters:
        assert f"<h2>{title}</h2>" in html
        for name in names:
            assert pack.table(name).title in html
    assert html.count("<table") == sum(bool(one.rows) for one in pack.tables)
    assert "style=" not in html and resources["mois.svg"][1].startswith(b"<svg")


def test_figures_hidden_at_the_end_of_a_row_say_so_once() -> None:
    table = PackTable("t", "T", "", tuple(Column(name, "count") for name in "abcd"), ())
    row = document.paper_row(table, ("A", 3, HIDDEN, HIDDEN))
    assert [words for words, _ in row.cells] == ["A", "3", HIDDEN] and row.span == 2
    assert document.paper_row(table, ("A", 3, 2, HIDDEN)).span == 1
