"""Colours of a sheet: resolved to « #RRGGBB », compared, and named in French for people who do not see them."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Iterable, Sequence

#: The distance up to which two colours count as one, since tints are rounded differently (B9CDE5 for B8CCE4).
TOLERANCE = 24.0

#: Colour number -> colour, where a workbook has no palette of its own.
_INDEXED = (
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF "
    "800000 008000 000080 808000 800080 008080 C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF "
    "000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 "
    "3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 003366 339966 003300 333300 993300 993366 333399 333333"
)
INDEXED = tuple(_INDEXED.split(" "))

#: The theme of a workbook that brings none, in the order that `theme="n"` counts: light 1, dark 1, light 2, dark 2, …
THEME = (
    "FFFFFF",
    "000000",
    "EEECE1",
    "1F497D",
    "4F81BD",
    "C0504D",
    "9BBB59",
    "8064A2",
    "4BACC6",
    "F79646",
    "0000FF",
    "800080",
)

_HEX = re.compile(r"#?(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")

_HUES = (
    (15, "rouge"),
    (45, "orange"),
    (70, "jaune"),
    (165, "vert"),
    (200, "turquoise"),
    (255, "bleu"),
    (290, "violet"),
    (345, "rose"),
    (361, "rouge"),
)


def plain(text: str) -> str:
    """Return a colour as « #RRGGBB », or nothing where the text is not a colour.

    « FFB8CCE4 » and « #b8cce4 » give « #B8CCE4 ».
    """
    found = _HEX.fullmatch(text.strip())
    return f"#{found[1].upper()}" if found else ""


def tinted(colour: str, tint: float) -> str:
    """Return a colour made lighter (tint above 0) or darker (below 0), as workbooks do by changing its lightness."""
    if not tint or not colour:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _parts(colour)))
    tint = max(-1.0, min(1.0, tint))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), saturation)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def distance(one: str, other: str) -> float:
    """Return how far apart two colours look (weighted, about 0 to 765)."""
    (red, green, blue), (red2, green2, blue2) = _parts(one), _parts(other)
    mean = (red + red2) / 2
    weights = (2 + mean / 256, 4, 2 + (255 - mean) / 256)
    gaps = (red - red2, green - green2, blue - blue2)
    return math.sqrt(sum(weight * gap**2 for weight, gap in zip(weights, gaps, strict=True)))


def nearest(colour: str, known: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the (colour, meaning) that `colour` stands for: itself, else the nearest within the tolerance.

    None where no known colour is near, or where a colour with another meaning is about as near.
    """
    ranked = sorted((distance(colour, one), one, meaning) for one, meaning in known)
    if not ranked or ranked[0][0] > TOLERANCE:
        return None
    best, found, meaning = ranked[0]
    rival = next((far for far, _, other in ranked if other != meaning), None)
    if rival is not None and best > 0 and rival < max(2 * best, TOLERANCE):
        return None
    return (found, meaning) if best > 0 or rival != 0 else None


def name(colour: str) -> str:
    """Return a colour in words: « bleu clair »."""
    if not colour:
        return "sans couleur"
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _parts(colour)))
    if light > 0.97:
        return "blanc"
    if light < 0.06:
        return "noir"
    shade = " clair" if light > 0.72 else " foncé" if light < 0.35 else ""
    if saturation < 0.12:
        return f"gris{shade}"
    degrees = hue * 360
    found = next(word for limit, word in _HUES if degrees < limit)
    return f"{found}{shade}"


def mixed(colours: Sequence[str]) -> tuple[str, str]:
    """Return the two colours to show of a pattern or a gradient."""
    kept = [one for one in dict.fromkeys(colours) if one]
    return (kept[0] if kept else "", kept[1] if len(kept) > 1 else "")


def _parts(colour: str) -> tuple[int, int, int]:
    text = colour.lstrip("#")
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)
