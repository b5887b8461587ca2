"""The dossier of a committee as a tagged PDF: its page, its style, and the picture of the year month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flask import render_template

from matrix.wording import MONTHS, day, references
from ticketing.committees import matters, showing
from ticketing.committees.chapters import ESSENTIALS
from ticketing.committees.content import HIDDEN, Pack, PackTable, Row
from ticketing.documents import pdf
from ticketing.figures.board.measures import MEASURES
from ticketing.figures.periods import SHORT_MONTHS
from ticketing.in_force import routing
from ticketing.web.assets import STATIC

#: The measures that stand in large type at the head, where they say something.
TILES = ("ouverts", "resolus", "premiere-reponse", "resolution", "bien-orientes", "perdu")
Resources = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A row in words: its cells with their look, and how many columns the last one spans."""

    cells: tuple[tuple[str, str], ...]
    span: int


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table with its rows in words; a short one stays on its page."""

    table: PackTable
    rows: tuple[PaperRow, ...]

    @property
    def short(self) -> bool:
        return len(self.rows) <= 8


def made(pack: Pack) -> bytes:
    """Return the PDF of a pack; the same pack gives the same bytes. Raises `pdf.Unavailable` and `pdf.Busy`."""
    html, resources = page(pack)
    key = pdf.digest(html, _style(), resources)
    return pdf.kept(key) or pdf.make(key, html, _style(), resources)


def page(pack: Pack) -> tuple[str, Resources]:
    """Return the dossier as HTML, with the resources that it refers to."""
    conventions = routing.router().conventions
    convention = next((one for one in conventions if one.id == pack.agreement), None)
    names = [one.name for one in convention.committees] if convention else []
    months = pack.table("mois")
    picture = months_svg(months)
    html = render_template(
        "committees/document.html",
        pack=pack,
        committees=" et ".join(names[:1]) or "Dossier de l’accord",
        basis=references(matters.basis(convention)) if convention else "",
        day=day,
        tiles=tiles(pack),
        shown={one.id: PaperTable(one, tuple(paper_row(one, row) for row in one.rows)) for one in _printed(pack)},
        picture=_told(months) if picture else "",
        measures=[MEASURES[one] for one in ESSENTIALS] + [MEASURES["tenu"]],
    )
    resources = {"public-sans.woff2": ("font/woff2", _font())}
    return html, resources | ({"mois.svg": ("image/svg+xml", picture)} if picture else {})


def _printed(pack: Pack) -> list[PackTable]:
    """Return the tables that stand on paper: a table that has nothing for a party is left out."""
    return [one for one in pack.tables if one.rows or not (pack.side and one.id in ("etablissements", "sources"))]


def paper_row(table: PackTable, cells: Row) -> PaperRow:
    """Return a row in words, without its unit, which its figures have; figures hidden at its end say so once."""
    said = [one for one, column in zip(showing.row(table, cells), table.columns, strict=True) if column.name != "Unité"]
    hidden = len(said)
    while hidden > 1 and said[hidden - 1][0] == HIDDEN:
        hidden -= 1
    if hidden >= len(said) - 1:
        return PaperRow(tuple(said), 1)
    return PaperRow((*said[:hidden], (HIDDEN, "hidden")), len(said) - hidden)


def tiles(pack: Pack) -> list[tuple[str, str, str]]:
    """Return the figures in large type: label, value, value of the year before (« » for none)."""
    table = pack.table("essentiel")
    rows = {str(row[0]): row for row in table.rows}
    found = []
    for one in TILES:
        row = rows[MEASURES[one].name]
        now, before = (showing.cell(value, "measure", str(row[1])) for value in row[2:4])
        found.append((MEASURES[one].name, now, before if before not in (showing.NOTHING, "0", "0\u00a0h") else ""))
    return found


# --- the picture ------------------------------------------------------------------------------------------------------

_WIDE, _HIGH, _BASE, _LEFT = 720, 170, 138, 8


def months_svg(months: PackTable) -> bytes:
    """Return tickets opened and resolved month by month as columns; nothing where fewer than two months are known."""
    known = [(str(row[0]), row[1], row[2]) for row in months.rows]
    counts = [value for _, *both in known for value in both if isinstance(value, int)]
    if len(counts) < 4 or not max(counts):
        return b""
    step, tall = (_WIDE - 2 * _LEFT) / len(known), 100 / max(counts)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="Public Sans, sans-serif">',
        f'<path d="M{_LEFT} {_BASE}H{_WIDE - _LEFT}" stroke="#1c2530"/>',
        '<rect x="8" y="2" width="10" height="10" fill="#17566b"/><text x="23" y="11" font-size="11">Ouverts</text>',
        '<rect x="85" y="2" width="10" height="10" fill="#8fb8c6"/><text x="100" y="11" font-size="11">Résolus</text>',
    ]
    for at, (label, *both) in enumerate(known):
        middle, half = _LEFT + step * (at + 0.5), step * 0.34
        for value, left, colour in zip(both, (middle - half, middle), ("#17566b", "#8fb8c6"), strict=True):
            if not isinstance(value, int):
                continue
            high = value * tall
            parts.append(
                f'<rect x="{left:.1f}" y="{_BASE - high:.1f}" width="{half:.1f}" height="{high:.1f}" fill="{colour}"/>'
                f'<text x="{left + half / 2:.1f}" y="{_BASE - high - 3:.1f}" font-size="9" text-anchor="middle">{value}'
                "</text>"
            )
        if not isinstance(both[0], int):
            parts.append(_centred(middle, _BASE - 5, "&lt; 5 p.", "#56606c"))
        parts.append(_centred(middle, _BASE + 13, _short(label), "#1c2530"))
    return "".join([*parts, "</svg>"]).encode()


def _centred(across: float, down: float, text: str, colour: str) -> str:
    return f'<text x="{across:.1f}" y="{down:.1f}" font-size="10" text-anchor="middle" fill="{colour}">{text}</text>'


def _short(label: str) -> str:
    """Return a month's label in short: « Octobre 2025 » -> « oct. »."""
    name = label.split(" ")[0].lower()
    return SHORT_MONTHS[MONTHS.index(name)] if name in MONTHS else label


def _told(months: PackTable) -> str:
    """Return the picture in words, for who does not see it."""
    said = [f"{row[0]} : {row[1]} ouverts, {row[2]} résolus" for row in months.rows if isinstance(row[1], int)]
    return "Tickets ouverts et résolus, mois par mois. " + " ; ".join(said) + "."


@cache
def _font() -> bytes:
    return (STATIC / "fonts" / "public-sans-latin-wght-normal.woff2").read_bytes()


@cache
def _style() -> str:
    return (STATIC / "print" / "committee.css").read_text("utf-8")
