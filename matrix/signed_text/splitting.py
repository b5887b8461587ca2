"""Split a signed text into sentences, each with its place: lists, wrapped lines, hyphens, headings, tables. Pure.

    sentences = split(text)

A sentence is a span of the text. A bullet, a line of a list, a heading and each cell of a table are sentences of their
own; a sentence that goes on over several lines is one. What introduces a list (« Le Département s'engage à : ») is the
`lead` of each of its items, and the first cell of a row the `lead` of the others: an item's verb may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from matrix.signed_text.activities import says

Kind = Literal["text", "item", "heading", "cell", "row-head"]

_MARK = r"(?:[-–—•●▪◦‣·✓✔➢➤►➔→>*+o]|\(?\d{1,2}[.)°](?!\d)|\(?(?:[a-z]|[ivx]{2,4})\)|[A-Z]/)"
#: The mark that begins an item of a list, with the blanks around it; some lists have two (« - 1) »).
_ITEM = re.compile(rf"[ \t]*(?:{_MARK}[ \t]+)*{_MARK}[ \t]+(?=\S)")
#: A mark that touches its item: a dash does so only after what ends a line, since it may begin « -là ».
_TIGHT, _TIGHT_DASH = re.compile(r"[ \t]*[•●▪◦‣✓✔➢➤►➔]\s*(?=\w)"), re.compile(r"[ \t]*[-–—](?=[^\W\d_])")
_DRESS = re.compile(r"^[\s#*_>]+|[\s*_#]+$")  # what a text in Markdown puts around a heading
_ARTICLE = r"(?:article|art\.?)\s+(?:\d+|[ivxl]+\b|1er)(?:\.\d+)*"
_ROMAN = r"(?=[IVXL])(?:X{0,3})(?:IX|IV|V?I{0,3})"
_HEADING = re.compile(
    rf"(?:{_ARTICLE}|annexe\s+[\divxa-z]|chapitre\s|titre\s+[\divx]|section\s+[\divx]|pr[ée]ambule\W*$)", re.IGNORECASE
)
_CHAPTER = re.compile(rf"{_ROMAN}(?:\s*[-–—.:]\s*|\s+)(?=[A-ZÀ-Þ])")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s*(?:[:–—-]\s*)?(?=[A-ZÀ-Þ])")
_SUBJECT = re.compile(
    r"[\s:.–—-]*(?:l['’]|la|les?|une?|des|ils?|elles?|tout|toute|chaque|dans|en|pour|à)\b", re.IGNORECASE
)
_HEADING_MAX = 160  # letters: what is longer is a sentence, whatever it begins with
#: What stands between two cells of a row: a tab, or an upright bar where a line has several.
_BAR = re.compile(r"\s*\|")
#: The end of a sentence: a semicolon; or a stop, what closes after it, and a capital, a figure or an opening mark.
_STOP = re.compile(r";\s+(?=\S)|[.!?…]+[\"»”’')\]]*\s+(?=[A-ZÀ-ÞŒ0-9«“\"(\[])")
_SHORT_FORMS = "m mm mme mmes mlle dr pr me st ste art cf p pp n al ex réf ref tél tel av bd fig env cit resp"
_SHORT = frozenset(_SHORT_FORMS.split())
#: How many letters before a stop say whether it ends a short form. Looking further would be quadratic.
_BEFORE = 160
_HYPHEN_END = re.compile(r"(?<=[^\W\d_])[-\u00ad‐]$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: the span of the text that holds it, its words on one line, what it is, what introduces it.

    `block` numbers the paragraph, item or row that it is part of. `lead` is the position in the list of sentences of
    the one that introduces it; None where nothing does.
    """

    start: int
    end: int
    text: str
    kind: Kind
    block: int
    lead: int | None = None


@dataclass(slots=True)
class _Block:
    """Lines that belong together: where they stand, and what they are."""

    spans: list[tuple[int, int]]
    kind: Kind


def split(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text in their order; blanks between them belong to none."""
    found: list[Sentence] = []
    lead: int | None = None
    for number, block in enumerate(_blocks(text)):
        if block.kind == "row-head":
            found += _row(text, block.spans[0], number, len(found))
            continue
        pieces = list(_sentences(text, block))
        for start, end in pieces:
            words = joined(text[start:end])
            held = lead if block.kind == "item" else None
            found.append(Sentence(start, end, words, block.kind, number, held))
        if block.kind != "item":
            lead = len(found) - 1 if found and found[-1].text.rstrip("* _").endswith(":") else None
    return tuple(found)


def joined(piece: str) -> str:
    """Return a piece of text on one line, where a word cut by a hyphen at a line's end is whole again."""
    parts: list[str] = []
    for line in piece.splitlines():
        line = line.strip()
        if parts and line[:1].islower() and _HYPHEN_END.search(parts[-1][-2:]):
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        elif line:
            parts.append(f" {line}")
    return " ".join("".join(parts).replace("\u00ad", "").split())


# --- blocks -----------------------------------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip("\r\n\f\v\x1c\x1d\x1e\x85\u2028\u2029"))
        at += len(line)


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the paragraphs, items, headings and rows of a text."""
    paragraph: list[tuple[int, int]] = []
    for start, end in _lines(text):
        if text[start:end].strip():
            paragraph.append((start, end))
        elif paragraph:
            yield from _paragraph(text, paragraph)
            paragraph = []
    if paragraph:
        yield from _paragraph(text, paragraph)


def _paragraph(text: str, lines: list[tuple[int, int]]) -> Iterator[_Block]:
    """Yield the blocks of lines without a blank line between them."""
    width = max(end - start for start, end in lines)
    current: _Block | None = None
    for start, end in lines:
        line = text[start:end]
        item = _ITEM.match(line) or _TIGHT.match(line) or (_ended(text, current) and _TIGHT_DASH.match(line)) or None
        if is_row(line):
            kind: Kind = "row-head"
        elif is_heading(line):
            kind = "heading"
        else:
            kind = "item" if item else "text"
        begins = start + (item.end() if item and kind == "item" else 0)
        if current and kind == "text" and current.kind in ("text", "item") and not _ends(text, current, line, width):
            current.spans.append((start, end))
            continue
        if current:
            yield current
        current = _Block([(begins, end)], kind)
    if current:
        yield current


def _ended(text: str, block: _Block | None) -> bool:
    """Return whether a block may be followed by an item whose dash touches it."""
    return block is None or text[slice(*block.spans[-1])].rstrip().endswith((":", ";", ".", ","))


def _ends(text: str, block: _Block, following: str, width: int) -> bool:
    """Return whether a block ends with its last line: it stops short of the width, and a capital comes next."""
    start, end = block.spans[-1]
    last, first = text[start:end].strip(), following.lstrip(' «"“(*_')[:1]
    if not first.isupper() or len(last) > 0.75 * width:
        return False
    return not last.endswith((",", "-", "'", "’"))


def is_row(line: str) -> bool:
    """Return whether a line is a row of a table."""
    return "\t" in line or line.count("|") > 1


def column(text: str, cell: int) -> int:
    """Return the column, from 0, of the cell of a table that begins or ends at a position of the text."""
    row = text.rfind("\n", 0, cell) + 1
    first = _BAR.match(text, row, cell)
    return len(re.findall(r"[\t|]", text[first.end() if first else row : cell]))


def is_heading(line: str) -> bool:
    """Return whether a line is a heading: the title of an article or annexe, a numbered one, a line in capitals."""
    bare = _DRESS.sub("", line)
    if not bare or len(bare) > _HEADING_MAX or bare.endswith((";", ",")):
        return False
    if re.match(r"\s*#+\s", line):
        return True
    titled = _HEADING.match(bare) or _CHAPTER.match(bare)
    if titled and bare.endswith(".") and _SUBJECT.match(bare[titled.end() :]):
        return False  # « Article 1 - L'Académie reçoit les demandes. »: the article's first sentence stands on its line
    if titled or (_NUMBERED.match(bare) and not bare.endswith(".")):
        return not says(bare)
    letters = [letter for letter in bare if letter.isalpha()]
    return len(letters) > 3 and all(letter.isupper() for letter in letters) and not says(bare)


# --- sentences --------------------------------------------------------------------------------------------------------


def _sentences(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of a block, without the blanks around them."""
    begin, end = block.spans[0][0], block.spans[-1][1]
    at = begin
    if block.kind != "heading":
        for stop in _STOP.finditer(text, begin, end):
            before = text[max(at, stop.start() - _BEFORE) : stop.start()]
            if not _abbreviated(before, text[stop.start() : stop.end()].rstrip()):
                yield from _trimmed(text, at, stop.end())
                at = stop.end()
    yield from _trimmed(text, at, end)


def _abbreviated(before: str, stop: str) -> bool:
    """Return whether a stop ends a short form (« M. », « art. », « L. »), or the number of a list or article."""
    if stop != ".":
        return False
    word = re.search(r"([^\W_]+)$", before)
    if word is None:
        return False
    last = word[1]
    if re.search(r"(?:article|art)\.?\s+(?:[\w]+\.)*[\w]+$", before, re.IGNORECASE) and len(last) < 5:
        return True
    return last.lower() in _SHORT or (len(last) == 1 and last.isalpha()) or (last.isdigit() and last == before.strip())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if any(letter.isalnum() for letter in text[start:end]):
        yield start, end


def _row(text: str, span: tuple[int, int], block: int, position: int) -> Iterator[Sentence]:
    """Yield the cells of a row of a table that hold words; its first cell introduces the others."""
    start, end = span
    first = _BAR.match(text, start, end)
    at, head = first.end() if first else start, None
    for rank, piece in enumerate(re.split(r"[\t|]", text[at:end])):
        for begins, ends in _trimmed(text, at, at + len(piece)):
            kind: Kind = "row-head" if rank == 0 else "cell"
            yield Sentence(begins, ends, joined(text[begins:ends]), kind, block, head)
            if rank == 0:
                head = position
        at += len(piece) + 1
