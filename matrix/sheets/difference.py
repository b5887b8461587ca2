"""Differences between a sheet as read and an agreement, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

from matrix import table
from matrix.changes import CellChange
from matrix.conventions import Conventions
from matrix.model import Case, Cell, Citation, Convention
from matrix.sheets.model import CellReading, Detail, SheetReading
from matrix.sheets.notes import detail_of
from matrix.values import BLANK, DEPENDS, cases_of, parse
from matrix.wording import enumeration, of, with_article


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose content differs in the sheet: present content, new content, place. `told`: a sentence or empty."""

    reading: CellReading
    before: str
    change: CellChange
    told: str = ""


def differences(reading: SheetReading, conventions: Conventions) -> tuple[CellChange, ...]:
    """Return the changes that make the agreement equal to the sheet, for a draft; empty where the two agree."""
    return tuple(one.change for one in compared(reading, conventions))


def compared(reading: SheetReading, conventions: Conventions) -> tuple[Difference, ...]:
    """Return the cells that differ between the sheet and the agreement's latest version.

    Cells about which a question is open are left out.
    """
    convention = conventions[reading.convention]
    present = {(row.service, row.activity): row.cell for row in table.rows(conventions, convention.id)}
    found = []
    for cell in reading.cells:
        if cell.word is None:
            continue
        one = _difference(convention, reading, cell, present.get((cell.service, cell.activity)))
        if one is not None:
            found.append(one)
    return tuple(found)


def _difference(
    convention: Convention, reading: SheetReading, read: CellReading, present: Cell | None
) -> Difference | None:
    word = read.word or BLANK
    before = present.value if present else BLANK
    known = detail_of(present) if present else Detail()
    if word == before and (read.detail is None or read.detail == known):
        return None
    where = f"feuille « {reading.grid.name} », case {read.coordinate}"
    detail = read.detail or Detail()
    said = Citation(convention.id, convention.table_ref, "printed", word or "case laissée en blanc")
    cases: tuple[Case, ...] = ()
    candidates, assume = detail.candidates, detail.assume
    if parse(word).word == DEPENDS:
        cases, assume = (detail.cases, assume) if detail.cases else (known.cases, known.assume)
    elif parse(word).word == "conflit" and not candidates:
        candidates = known.candidates
    elif detail.contributors:
        cases = cases_of(
            parse(word), convention.parties, convention.notes, (said,), detail.contributors, detail.candidates
        )
    told = ""
    if known.contributors and not detail.contributors:
        names = enumeration([of(with_article(convention.parties[part.party].name)) for part in known.contributors])
        told = f"le concours {names}, que l’accord y donne, n’est pas repris"
    change = CellChange(
        service=read.service,
        activity=read.activity,
        value=word,
        candidates=candidates,
        cases=cases,
        assume=assume,
        origin=f"{reading.file}, {where}",
    )
    return Difference(read, before, change, told)
