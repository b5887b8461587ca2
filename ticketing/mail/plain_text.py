"""The plain text of a mail: lines that every mail program shows whole, and its paragraphs for the HTML part. Pure."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

WIDTH = 76  # characters of a line; an address of a page stays whole, since a broken one cannot be followed
NBSP = "\u00a0"
#: Stands for a blank at which a line must not end, in words that are given back as they were typed.
_GLUE = "\ue000"
#: A blank before the signs that French sets apart, and after an opening quotation mark.
_APART = re.compile(r"(?<=\S) (?=[:;?!»](?:\s|[.,)]|$))|(?<=«) (?=\S)")
_OPENING = re.compile(r"((?:> ?)+|- )?( *)")
_ADDRESS = re.compile(r"https?://[^\s<>«»\"]+[^\s<>«»\".,;:!?)]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a line: text, or the address of a page."""

    text: str
    address: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text: a paragraph a list (a line for each item), or the address of a page alone."""

    kind: str  # paragraph | list | address
    lines: tuple[tuple[Piece, ...], ...]


def wrapped(text: str) -> str:
    """Return the text with lines of at most 76 characters; quotes and lists keep their mark on each line.

    No line ends before « : », « ; », « ? », « ! » or « » »; in sentences of the program these blanks become no-break
    spaces, and quoted words stay as they were typed.
    """
    return "\n".join(_line(line) for line in text.split("\n"))


def apart(text: str) -> str:
    """Return the text with no-break spaces before « : », « ; », « ? », « ! » and inside French quotation marks."""
    return _APART.sub(NBSP, text)


def _line(line: str) -> str:
    quoted = line.startswith(">")
    glued = _APART.sub(_GLUE if quoted else NBSP, line)
    if len(glued) > WIDTH:
        opening = _OPENING.match(glued)
        assert opening is not None
        mark, blanks = opening[1] or "", opening[2]
        again = mark if quoted else " " * len(mark)
        glued = textwrap.fill(
            glued[opening.end() :],
            WIDTH,
            initial_indent=mark + blanks,
            subsequent_indent=again + blanks[: WIDTH // 2],
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
            expand_tabs=False,
        )
    return glued.replace(_GLUE, " ").rstrip(" ") if not quoted else glued.replace(_GLUE, " ")


def blocks(text: str) -> tuple[Block, ...]:
    """Return the parts of a text of the program's own, in their order."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [apart(line) for line in part.split("\n") if line.strip()]
        while lines:
            listed = lines[0].startswith("- ")
            run = _while(lines, listed)
            lines = lines[len(run) :]
            if listed:
                found.append(Block("list", tuple(_pieces(line[2:]) for line in run)))
            elif len(run) == 1 and _ADDRESS.fullmatch(run[0]):
                found.append(Block("address", (_pieces(run[0]),)))
            else:
                found.append(Block("paragraph", tuple(_pieces(line) for line in run)))
    return tuple(found)


def _while(lines: list[str], listed: bool) -> list[str]:
    """Return the first lines that are all items of a list, or all none."""
    count = 0
    while count < len(lines) and lines[count].startswith("- ") is listed:
        count += 1
    return lines[:count]


def _pieces(line: str) -> tuple[Piece, ...]:
    """Return a line's runs of text and addresses."""
    found, at = [], 0
    for address in _ADDRESS.finditer(line):
        if address.start() > at:
            found.append(Piece(line[at : address.start()]))
        found.append(Piece(address[0], address=True))
        at = address.end()
    if at < len(line):
        found.append(Piece(line[at:]))
    return tuple(found)
