"""Tables as files that a French spreadsheet opens as they are, and in which no cell can become a formula. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A cell that begins so would be computed by a spreadsheet; so would one that hides it behind a quote or a space.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV: byte order mark, semicolons, CRLF; numbers with a decimal comma, None as an empty cell."""
    return BOM + "".join(";".join(_quoted(cell(value)) for value in row) + "\r\n" for row in rows)


def cell(value: object) -> str:
    """A value as the text of a cell; text that a spreadsheet could take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", ",")
    text = str(value).replace("\x00", "")
    if text.lstrip(" \u00a0\u202f\"'").startswith(_DANGEROUS) or text.startswith(_DANGEROUS):
        return "'" + text
    return text


def _quoted(text: str) -> str:
    """The text as a field. Commas are quoted too: a spreadsheet set to English splits on them."""
    if any(char in text for char in ';,"\r\n\t'):
        return '"' + text.replace('"', '""') + '"'
    return text
