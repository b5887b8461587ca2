"""Tables as CSV files that a French spreadsheet opens directly, and in which no cell can become a formula. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A spreadsheet computes a cell that begins with these characters, even after a quote or a space.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return the rows as CSV: byte order mark, semicolons, CRLF, decimal commas, None as an empty cell."""
    return BOM + "".join(";".join(_quoted(cell(value)) for value in row) + "\r\n" for row in rows)


def cell(value: object) -> str:
    """Return a value as the text of a cell; text that could be taken for a formula gets an apostrophe before it."""
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
    """Return the text as a CSV field. Text with commas is quoted too, because an English spreadsheet splits on them."""
    if any(char in text for char in ';,"\r\n\t'):
        return '"' + text.replace('"', '""') + '"'
    return text
