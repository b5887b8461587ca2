"""Test a coloured sheet sent, questioned and confirmed in a real browser: axe and both widths."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from harness import cast as cast_module
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from matrix import load_conventions
from matrix.wording import SECTIONS

HP = "hautes-pyrenees-2015"
PAGE = f"/administration/accords/{HP}/tableur"
RED, BLUE, GREEN, VIOLET, GREY = "FF0000", "0070C0", "92D050", "7030A0", "D9D9D9"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Return a sheet that holds every case: legend, merges, hatching, words, notes, hidden lines, an unknown label."""
    conventions = load_conventions()
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Annexe 2"
    page.append(["Annexe 2 : répartition des compétences"])
    page.append(["Service", *conventions.activities.values(), "Remarques"])
    for section in ("infrastructure", "structurants", "utilisateurs-administratif"):
        page.append([SECTIONS[section]])
        page.merge_cells(start_row=page.max_row, start_column=1, end_row=page.max_row, end_column=7)
        for number, service in enumerate(conventions.sections[section]):
            page.append([conventions.services[service]])
            for column in range(2, 8):
                colour = (RED, BLUE, GREEN)[(number + column) % 3]
                page.cell(page.max_row, column).fill = PatternFill("solid", fgColor=colour)
    page.append(["Réparation des toitures", "EN"])
    for place, text, fill in (
        ("B4", "sans objet", PatternFill("solid", fgColor=GREY)),
        ("C4", "CL ou Etab (4)", PatternFill()),
        ("D4", None, PatternFill("lightUp", fgColor=RED, bgColor=BLUE)),
        ("E5", None, PatternFill("solid", fgColor=VIOLET)),
        ("F5", "voir avec le rectorat", PatternFill()),
        ("G5", None, PatternFill()),
    ):
        page[place], page[place].fill = text, fill
    page["B5"].comment = Comment("À revoir en 2027", "x")
    page.merge_cells("B6:D6")
    page.row_dimensions[7].hidden = True
    for number, (colour, text) in enumerate(((RED, "Académie"), (BLUE, "Département"), (GREEN, "Collège")), 2):
        page.cell(page.max_row + number, 2, text).fill = PatternFill("solid", fgColor=colour)
    path = tmp_path / "annexe 2 - répartition.xlsx"
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    return path


def enter(page: Any, live: Any, person: Any) -> None:
    from ticketing.web import guards

    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        token = cast_module.new_session(person)
    page.context.add_cookies([{"name": name, "value": token, "url": live.url}])


def test_from_the_file_to_the_draft(
    live: Any, cast: Any, browser_page: Any, axe: Callable[[Any, str], None], sheet: Path
) -> None:
    page = browser_page
    enter(page, live, cast["a.admin"])
    page.goto(live.url + PAGE)
    axe(page, "tableur envoi")
    page.get_by_label("La feuille").set_input_files(sheet)
    page.get_by_role("button", name="Lire la feuille").press("Enter")
    page.get_by_role("heading", name="Lecture de la feuille").wait_for()

    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        axe(page, f"tableur questions {width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        feuille, lecture = (
            page.get_by_role("group", name=name).bounding_box()
            for name in ("La feuille telle qu’elle est", "La lecture, case par case")
        )
        if width == 1280:  # the two tables stand side by side, and their rows face each other
            assert abs(feuille["y"] - lecture["y"]) < 2 and feuille["x"] + feuille["width"] <= lecture["x"]
            tops = [
                [row.bounding_box()["y"] for row in page.locator(f"{table} tbody tr").all()]
                for table in (".sheet-pair > div:first-child", ".sheet-read")
            ]
            assert len(tops[0]) == len(tops[1]) > 20
            assert max(abs(one - other) for one, other in zip(*tops, strict=True)) < 2
        else:
            assert feuille["y"] + feuille["height"] <= lecture["y"]
    page.set_viewport_size({"width": 1280, "height": 900})

    # Each question is answered at its field; unanswered ones stay open, and answers are kept.
    page.get_by_role("group", name="7030A0").get_by_label("CL :").check()
    page.get_by_role("button", name="Relire avec ces réponses").click()
    assert page.get_by_role("group", name="7030A0").get_by_label("CL :").is_checked()
    assert page.get_by_text("questions restent ouvertes").is_visible()
    page.get_by_role("group", name="case hachurée").get_by_label("CL ou Etab").check()
    page.get_by_role("group", name="voir avec le rectorat").get_by_label("laisser la case").check()
    page.get_by_role("group", name="parties masquées").get_by_label("oui").check()
    page.get_by_label("Réparation des toitures").select_option("ignore")
    for group in page.get_by_role("group", name="Sans couleur ni mot").all():
        group.get_by_label("les laisser").check()
    page.get_by_role("button", name="Relire avec ces réponses").click()
    assert page.get_by_text("restent ouvertes").count() == 0

    axe(page, "tableur différences")
    page.get_by_label("Intitulé").fill("Reprise de la feuille de l’académie")
    page.get_by_label("Jour d’effet").fill("2099-09-01")
    page.get_by_role("button", name="Confirmer et faire le projet").click()
    page.wait_for_url("**/projets/*")
    assert page.get_by_text("Reprise de la feuille de l’académie").first.is_visible()
