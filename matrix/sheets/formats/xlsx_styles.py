"""The fills of an XLSX workbook: colours by theme, tint and number are resolved, patterns are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from matrix.sheets.colours import INDEXED, THEME, mixed, plain, tinted
from matrix.sheets.package import Node, Package, tree

#: The scheme lists dark before light, but numbers count light first: `theme="0"` is the scheme's second colour.
_ORDER = (
    "lt1",
    "dk1",
    "lt2",
    "dk2",
    "accent1",
    "accent2",
    "accent3",
    "accent4",
    "accent5",
    "accent6",
    "hlink",
    "folHlink",
)

_T = TypeVar("_T")

#: Patterned fills -> their French names; any other pattern is « hachurée ».
PATTERNS = dict.fromkeys(("gray125", "gray0625", "darkGray", "mediumGray", "lightGray"), "grisée")


@dataclass(frozen=True, slots=True)
class Fill:
    """Says how a style fills a cell."""

    colour: str = ""
    pattern: str = ""
    second: str = ""
    struck: bool = False


class Styles:
    """Holds the fills of a workbook, by style number."""

    def __init__(self, package: Package, styles: str | None, theme: str | None) -> None:
        self._theme = _theme(package, theme)
        self._palette: tuple[str, ...] = tuple(INDEXED)
        self._fills: list[Fill] = []
        if styles is None:
            return
        root = tree(package, styles)
        palette = [plain(one.get("rgb")) for one in root.all("rgbColor")]
        if palette:
            self._palette = (*(one.lstrip("#") for one in palette), *self._palette[len(palette) :])
        fills = [self._fill(one) for one in _children(root, "fills")]
        crossed = [
            one.get("diagonalUp") in ("1", "true") or one.get("diagonalDown") in ("1", "true")
            for one in _children(root, "borders")
        ]
        fonts = [struck(one.child("strike")) for one in _children(root, "fonts")]
        for style in _children(root, "cellXfs"):
            fill = replace(_item(fills, style.get("fillId"), Fill()), struck=_item(fonts, style.get("fontId"), False))
            if _item(crossed, style.get("borderId"), False):
                fill = replace(fill, pattern="barrée")
            self._fills.append(fill)

    def fill(self, number: str) -> Fill:
        """Return the fill of a style number as the sheet writes it."""
        return _item(self._fills, number, Fill())

    def _fill(self, node: Node) -> Fill:
        pattern = node.child("patternFill")
        if pattern is not None:
            kind = pattern.get("patternType", "none")
            fore, back = self._colour(pattern.child("fgColor")), self._colour(pattern.child("bgColor"))
            if kind == "none":
                return Fill()
            if kind == "solid":
                return Fill(fore)
            colour, second = mixed((back, fore))
            return Fill(colour, PATTERNS.get(kind, "hachurée"), second)
        gradient = node.child("gradientFill")
        if gradient is None:
            return Fill()
        colour, second = mixed([self._colour(stop.child("color")) for stop in gradient.children])
        return Fill(colour, "en dégradé", second) if second else Fill(colour)

    def _colour(self, node: Node | None) -> str:
        if node is None:
            return ""
        tint = _number(node.get("tint"))
        if node.get("rgb"):
            return tinted(plain(node.get("rgb")), tint)
        if node.get("theme"):
            return tinted(plain(_item(self._theme, node.get("theme"), "")), tint)
        if node.get("indexed"):
            return tinted(plain(_item(self._palette, node.get("indexed"), "")), tint)
        return ""


def struck(node: Node | None) -> bool:
    """Return whether a font's element `strike` says that the text is struck."""
    return node is not None and node.get("val", "1") not in ("0", "false")


def _children(root: Node, name: str) -> list[Node]:
    found = root.child(name)
    return found.children if found else []


def _item(items: Sequence[_T], number: str, default: _T) -> _T:
    return items[int(number)] if number.isdecimal() and len(number) < 8 and int(number) < len(items) else default


def _number(text: str) -> float:
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if abs(found) <= 1 else 0.0


def _theme(package: Package, name: str | None) -> tuple[str, ...]:
    if name is None or name not in package.names:
        return THEME
    scheme = next(iter(tree(package, name).all("clrScheme")), None)
    if scheme is None:
        return THEME
    found = {}
    for slot in scheme.children:
        for colour in slot.children:
            found[slot.tag] = colour.get("lastClr") or colour.get("val")
    return tuple(found.get(slot) or THEME[index] for index, slot in enumerate(_ORDER))
