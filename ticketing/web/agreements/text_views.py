"""A signed text as its page shows it: rows of sentences, each with what it settles in plain words and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matrix import Citation, Conventions
from matrix.french.grammar import with_article
from matrix.model import SentenceMark
from matrix.signed_text.near import near
from matrix.signed_text.splitting import column
from matrix.signed_text.text import Beside, Standing, State
from matrix.signed_text.uses import Kind, Use
from matrix.wording import quoted, reference, small
from ticketing.in_force import signed_texts
from ticketing.in_force.signed_texts import UnreadableText
from ticketing.web.agreements.grid import CellView
from ticketing.web.pieces import path_of

#: What `?voir=` keeps of the text -> the states of sentences, and what its link says.
FILTERS: dict[str, tuple[frozenset[State], str]] = {
    "regles": (frozenset({"quoted", "held"}), "Ce qui règle quelque chose"),
    "sans-regle": (frozenset({"not_a_rule"}), "Pas une règle"),
    "reste": (frozenset({"open", "to_do"}), "Rien encore"),
}
#: The first word of a reference -> its article, where that is not « le ».
_ARTICLES = {"article": "l’", "annexe": "l’", "note": "la", "délibération": "la"}


@dataclass(frozen=True, slots=True)
class Told:
    """One line beside a sentence: its kind, its words, and for cells the links (address, activity) of a service."""

    kind: Kind
    label: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence as shown: its anchor, its words, its state, what it settles, and what its mark says."""

    anchor: str
    text: str
    kind: str
    state: State
    told: tuple[Told, ...] = ()
    held: tuple[str, str] | None = None  # by what a mark says it is held: address and words
    reason: str = ""
    place: str = ""

    @property
    def noted(self) -> bool:
        """Return whether something stands beside the sentence."""
        return self.state != "plain"


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one row of the page: sentences of one paragraph, one item, one heading or one row of a table.

    A sentence that has something beside it has a row of its own; `first` says whether the row begins its paragraph.
    """

    kind: str  # text, item, heading or table
    sentences: tuple[Shown, ...]
    first: bool = True
    lines: tuple[tuple[Shown | None, ...], ...] = ()  # of a table: its rows; None is a cell without words


@dataclass(frozen=True, slots=True)
class TextView:
    """A whole text: its rows, its headings for the table of contents, and how many sentences each filter keeps."""

    rows: tuple[Row, ...]
    headings: tuple[tuple[str, str], ...]
    counts: dict[str, int]
    settled: int  # of the sentences about an object and a task, those quoted or marked
    about: int


def anchor(position: int) -> str:
    """Return the fragment of the address at which a sentence stands on the page."""
    return f"p{position + 1}"


def place_in_text(citation: Citation) -> str:
    """Return the address of a citation's place in its text, empty where the text is not laid or lacks it.

    It holds neither host nor prefix, so that cached fragments may show it (`ticketing.web.pieces`).
    """
    position = signed_texts.position(citation)
    if position is None:
        return ""
    return f"{path_of('signed_text.show', convention_id=citation.document)}#{anchor(position)}"


@lru_cache(maxsize=16)
def view(beside: Beside, conventions: Conventions, wanted: str) -> TextView:
    """Return the page of a text; `wanted` is a key of FILTERS, or empty for all of it."""
    states = FILTERS[wanted][0] if wanted in FILTERS else None
    kept = [one for one in beside.standings if states is None or one.state in states]
    seen = {name: sum(one.state in states for one in beside.standings) for name, (states, _) in FILTERS.items()}
    about = [one for one in beside.standings if one.about]
    return TextView(
        rows=tuple(_rows(beside, conventions, kept)) if states is None else tuple(_list(beside, conventions, kept)),
        headings=tuple(
            (anchor(one.position), one.sentence.text.strip("#* "))
            for one in beside.standings
            if one.sentence.kind == "heading" and one.place
        ),
        counts=seen,
        settled=sum(one.state not in ("open", "to_do") for one in about),
        about=len(about),
    )


def nearest(conventions: Conventions, convention_id: str, service: str, activity: str) -> tuple[Shown, ...]:
    """Return the sentences that come near a cell, none where no text is laid or it cannot be read."""
    try:
        beside = signed_texts.beside(conventions, convention_id)
    except UnreadableText:
        return ()
    if beside is None:
        return ()
    found = near(beside, service, activity, conventions.services.get(service, service))
    return tuple(shown(beside, conventions, beside.standings[position]) for position in found)


def beside_cell(conventions: Conventions, cell: CellView, convention_id: str) -> dict[str, Any]:
    """Return what a cell's page shows of the text: for a blank cell the sentences that come near, and their page."""
    blank = cell.kind == "unknown"
    return {
        "near": nearest(conventions, convention_id, cell.service, cell.activity) if blank else (),
        "near_page": path_of("signed_text.show", convention_id=convention_id),
    }


def shown(beside: Beside, conventions: Conventions, one: Standing) -> Shown:
    """Return a sentence as shown, with what it settles in the agreement."""
    mark = one.marks[0] if one.marks and not one.quoted else None
    return Shown(
        anchor=anchor(one.position),
        text=one.sentence.text if one.sentence.kind != "heading" else one.sentence.text.strip("#* "),
        kind=one.sentence.kind,
        state=one.state,
        told=tuple(_told(beside, conventions, one.uses)) if one.quoted else (),
        held=_held(beside, conventions, mark) if mark is not None and mark.mark == "held" else None,
        reason=mark.reason if mark is not None else "",
        place=reference(Citation(beside.convention.id, one.place, "derived", "")) if one.place else "",
    )


# --- what a sentence settles ------------------------------------------------------------------------------------------


def _told(beside: Beside, conventions: Conventions, uses: tuple[Use, ...]) -> Iterator[Told]:
    """Yield cells, a line for each service, then the other uses, each once."""
    cells: dict[str, list[tuple[str, str]]] = {}
    for use in uses:
        if use.kind == "cell":
            cells.setdefault(use.service, []).append(_cell(beside, conventions, use.service, use.activity))
    for service, links in cells.items():
        yield Told("cell", conventions.services.get(service, service), tuple(links))
    for one in uses:
        if one.kind != "cell":
            service = conventions.services.get(one.service, one.service)
            yield Told(one.kind, f"{one.name} : {service}" if service else one.name)


def _cell(beside: Beside, conventions: Conventions, service: str, activity: str) -> tuple[str, str]:
    address = path_of("whodoeswhat.cell", convention_id=beside.convention.id, service=service, activity=activity)
    return address, small(conventions.activities.get(activity, activity))


def _held(beside: Beside, conventions: Conventions, mark: SentenceMark) -> tuple[str, str]:
    if mark.cell is not None:
        address, activity = _cell(beside, conventions, *mark.cell)
        return address, f"la case {quoted(f'{conventions.services.get(mark.cell[0], mark.cell[0])}, {activity}')}"
    clause = beside.convention.clauses[mark.clause or ""]
    position = beside.position(clause)
    page = path_of("signed_text.show", convention_id=beside.convention.id)
    return f"{page}#{anchor(position)}" if position is not None else "", _with_article(reference(clause))


def _with_article(said: str) -> str:
    """Return a reference with its article: « l’article II.2 », « la note 4 de l’annexe 2 », « le préambule »."""
    return with_article(said, _ARTICLES.get(said.split()[0], "le"))


# --- rows -------------------------------------------------------------------------------------------------------------


def _list(beside: Beside, conventions: Conventions, kept: list[Standing]) -> Iterator[Row]:
    """Yield one row for each sentence, out of its paragraph."""
    for one in kept:
        yield Row("text", (shown(beside, conventions, one),))


def _rows(beside: Beside, conventions: Conventions, standings: list[Standing]) -> Iterator[Row]:
    """Yield the whole text: paragraphs cut where something stands beside a sentence, rows of a table together."""
    table: list[tuple[Shown | None, ...]] = []
    for block in _blocks(standings):
        sentences = tuple(shown(beside, conventions, one) for one in block)
        if block[0].sentence.kind in ("row-head", "cell"):
            table.append(_line(beside, block, sentences))
            continue
        if table:
            yield Row("table", (), lines=tuple(table))
            table = []
        yield from _cut(sentences)
    if table:
        yield Row("table", (), lines=tuple(table))


def _line(beside: Beside, block: list[Standing], sentences: tuple[Shown, ...]) -> tuple[Shown | None, ...]:
    """Return a row of a table, with None where a cell has no words, so that each word stands in its own column."""
    text = beside.read.text
    line: list[Shown | None] = []
    for one, seen in zip(block, sentences, strict=True):
        line += [None] * (column(text, one.sentence.start) - len(line))
        line.append(seen)
    return tuple(line)


def _blocks(standings: list[Standing]) -> Iterator[list[Standing]]:
    block: list[Standing] = []
    for one in standings:
        if block and one.sentence.block != block[0].sentence.block:
            yield block
            block = []
        block.append(one)
    if block:
        yield block


def _cut(sentences: tuple[Shown, ...]) -> Iterator[Row]:
    run: list[Shown] = []
    first = True
    for one in sentences:
        if one.noted:
            if run:
                yield Row(run[0].kind, tuple(run), first)
                run, first = [], False
            yield Row(one.kind, (one,), first)
            first = False
        else:
            run.append(one)
    if run:
        yield Row(run[0].kind, tuple(run), first)
