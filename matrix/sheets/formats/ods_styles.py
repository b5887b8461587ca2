"""The fills of an ODS workbook: automatic and named styles, each with its parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matrix.sheets.colours import plain

PARENTS_MAX = 20


@dataclass(slots=True)
class Style:
    """Holds the properties that a style sets itself; None where its parent decides."""

    parent: str = ""
    colour: str | None = None
    pattern: str = ""
    conditional: bool = False
    display: bool = True
    struck: bool | None = None


class Styles:
    """Collects the styles by name, from styles.xml and content.xml."""

    def __init__(self) -> None:
        self.cells: dict[str, Style] = {}
        self.tables: dict[str, Style] = {}
        self.texts: dict[str, Style] = {}
        self._open: Style | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("style", "default-style"):
            self._begin(tag, attributes)
        elif self._open is None:
            return
        elif tag == "table-cell-properties":
            self._cell(self._open, attributes)
        elif tag == "text-properties":
            lines = [attributes.get(f"text-line-through-{name}") for name in ("style", "type")]
            if lines != [None, None]:
                self._open.struck = any(line not in (None, "none") for line in lines) and "none" not in lines
        elif tag == "background-image" and attributes.get("href"):
            self._open.pattern = "à image de fond"
        elif tag == "map":
            self._open.conditional = True
        elif tag == "table-properties":
            self._open.display = attributes.get("display", "true") != "false"

    def data(self, text: str) -> None:
        return

    def end(self, tag: str) -> None:
        if tag in ("style", "default-style"):
            self._open = None

    def fill(self, name: str) -> tuple[str, str, bool]:
        """Return (colour, pattern, conditional) of a cell style.

        What it does not say itself comes from its parents, then from the default.
        """
        colour: str | None = None
        pattern, conditional, seen = "", False, 0
        while name in self.cells and seen < PARENTS_MAX:
            style = self.cells[name]
            colour = style.colour if colour is None else colour
            pattern, conditional = pattern or style.pattern, conditional or style.conditional
            name, seen = (style.parent or "") if name else "\x00", seen + 1
        return colour or "", pattern, conditional

    def struck(self, name: str, family: Mapping[str, Style]) -> bool:
        """Return whether a style of cells or of texts, or the nearest of its parents that says so, strikes its text."""
        seen = 0
        while name in family and seen < PARENTS_MAX:
            style = family[name]
            if style.struck is not None:
                return style.struck
            name, seen = style.parent, seen + 1
        return False

    def hidden(self, name: str) -> bool:
        """Return whether a table style hides its sheet."""
        return name in self.tables and not self.tables[name].display

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        family = attributes.get("family")
        name = "" if tag == "default-style" else attributes.get("name", "?")
        self._open = Style(attributes.get("parent-style-name", ""))
        if family == "table-cell":
            self.cells[name] = self._open
        elif family in ("text", "paragraph"):
            self.texts[name] = self._open
        elif family == "table":
            self.tables[name] = self._open

    @staticmethod
    def _cell(style: Style, attributes: Mapping[str, str]) -> None:
        ground = attributes.get("background-color")
        if ground is not None:
            style.colour = "" if ground == "transparent" else plain(ground)
        for name in ("diagonal-tl-br", "diagonal-bl-tr"):
            if attributes.get(name, "none") != "none":
                style.pattern = "barrée"
