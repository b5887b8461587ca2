"""Where the quotes of an agreement stand in its signed text: which sentences each covers. Pure.

A quote is found whatever the blanks and line ends, and whether a word is cut by a hyphen at a line's end. Where its
words stand several times, the place that its reference names decides (« II.2 », « M5.4 »), else the first one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matrix.signed_text.activities import plain
from matrix.signed_text.splitting import Sentence

_CUT = re.compile(r"(?<=[^\W\d_])([-\u00ad‐])[ \t]*\r?\n\s*(?=[^\W\d_])")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Flat:
    """A text on one line, and for each of its letters where it stands in the text as it is."""

    text: str
    at: tuple[int, ...]


#: The letters of the texts of an agreement that holds two, in their order.
PARTS = "PM"


class Finder:
    """Finds quotes in one text. `hyphens` are the ways to read a word cut at a line's end, the likeliest first."""

    def __init__(self, text: str) -> None:
        ways = ("", "-", "- ") if _CUT.search(text) else ("- ",)
        self._flats = [_flat(text, way) for way in ways]

    def spans(self, quote: str) -> Iterator[tuple[int, int]]:
        """Yield where the words of a quote stand in the text: start and end of each place, in order."""
        wanted = " ".join(quote.split())
        for flat in self._flats:
            found = False
            at = flat.text.find(wanted) if wanted else -1
            while at >= 0:
                found = True
                yield flat.at[at], flat.at[at + len(wanted) - 1] + 1
                at = flat.text.find(wanted, at + 1)
            if found:
                return

    def holds(self, quote: str) -> bool:
        """Return whether the words of a quote stand in the text."""
        return next(self.spans(quote), None) is not None


def _flat(text: str, hyphen: str) -> Flat:
    letters: list[str] = []
    at: list[int] = []
    position = 0
    for found in re.finditer(rf"(?:{_CUT.pattern})|(?:{_BLANKS.pattern})", text):
        letters.append(text[position : found.start()])
        at.extend(range(position, found.start()))
        between = hyphen if found[1] else " "
        letters.append(between)
        at.extend([found.start()] * len(between))
        position = found.end()
    letters.append(text[position:])
    at.extend(range(position, len(text)))
    return Flat("".join(letters), tuple(at))


# --- articles ---------------------------------------------------------------------------------------------------------

_ARTICLE = re.compile(r"(?:article|art\.?)\s+(\d+(?:\.\d+)*|1er|[ivxl]+(?:\.\d+)*)(?![a-z])")
#: An article whose first sentence stands on the line of its number: « Article 2 - La Commune fournit… ».
_RUN_IN = re.compile(r"(?:article|art\.?)\s+[\divxl][\w.]*\s*[-–—:.]\s", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2})+|\d{1,2}(?=\s*[.:)–—-]))(?!\d)")
_ROMAN = re.compile(r"(?:chapitre\s+|titre\s+)?([ivxl]+)(?:\s*[-–—.:/]|\s)")
_ANNEXE = re.compile(r"annexe\s+(\d+|[a-z])\b(?:\s+(bis|ter))?")


def references(sentences: Sequence[Sentence]) -> tuple[tuple[int, str], ...]:
    """Return, for each sentence, which text it is of (1: the second under one agreement) and its place there.

    A place is written as references are: « II.2 », « 4.1.2 », « annexe-2-bis », « preambule »; empty before the first.
    """
    part, place, chapter, last = 0, "", "", 0
    found: list[tuple[int, str]] = []
    for at, one in enumerate(sentences):
        begins = at == 0 or sentences[at - 1].block != one.block
        if one.kind == "heading" or (one.kind == "text" and begins and _RUN_IN.match(one.text)):
            words = plain(one.text).strip("#*_ ")
            if annexe := _ANNEXE.match(words):
                place = "-".join(word for word in ("annexe", annexe[1], annexe[2]) if word)
            elif words.startswith("preambule"):
                part, last, chapter = part + (place not in ("", "preambule")), 0, ""
                place = "preambule"
            elif article := _ARTICLE.match(words):
                number = "1" if article[1] == "1er" else article[1].upper()
                first = int(number.split(".")[0]) if number[0].isdigit() else 0
                if first == 1 < last and not chapter and "." not in number:
                    part += 1
                last = first or last
                place = f"{chapter}.{number}" if chapter and number[0].isdigit() else number
            elif not place.startswith("annexe"):
                if roman := _ROMAN.match(words):
                    place = chapter = roman[1].upper()
                elif number_ := _NUMBER.match(words):
                    place = number_[1]
        found.append((part, place))
    return tuple(found)


def named(ref: str) -> re.Match[str] | None:
    """Return the letter by which a reference says of which of two texts it is (« P3.1 »), None where it has none."""
    return re.match(r"([PM])-?(?=\d|preambule|annexe)", ref)


def within(ref: str, part: int, place: str) -> bool:
    """Return whether a reference of an agreement names this place of its text, or what contains it."""
    letter = named(ref)
    if letter:
        if part != PARTS.index(letter[1]):
            return False
        ref = ref[letter.end() :]
    if ref == "deliberation":
        return place == ""
    return place == ref or place.startswith(f"{ref}.") or ref.startswith(f"{place}-note-")


class Places:
    """The sentences of a text, and which of them a quote covers."""

    def __init__(self, text: str, sentences: Sequence[Sentence]) -> None:
        self.finder = Finder(text)
        self.references = references(sentences)
        self._sentences = sentences
        self._starts = [one.start for one in sentences]

    def covered(self, quote: str, ref: str = "") -> tuple[int, ...]:
        """Return the positions of the sentences that a quote covers, where its reference says, else the first."""
        every = self._every(quote)
        return next((one for one in every if self._at(one, ref)), every[0] if every else ())

    def repeated(self, quote: str, ref: str = "") -> tuple[int, ...]:
        """Return the positions of the sentences that a quote covers, and of those that repeat these word for word.

        With `ref`, only at the place that it names. Other sentences that happen to have the quote's words are left out.
        """
        every = [one for one in self._every(quote) if not ref or self._at(one, ref)]
        first = [self._sentences[at].text for at in every[0]] if every else []
        same = [one for one in every if [self._sentences[at].text for at in one] == first]
        return tuple(dict.fromkeys(at for one in same for at in one))

    def _every(self, quote: str) -> list[tuple[int, ...]]:
        return [covered for span in self.finder.spans(quote) if (covered := self._over(*span))]

    def _at(self, covered: tuple[int, ...], ref: str) -> bool:
        return within(ref, *self.references[covered[0]])

    def section(self, ref: str) -> int | None:
        """Return the position of the first sentence of a place; None where the text has no such heading."""
        return next((at for at, (part, place) in enumerate(self.references) if within(ref, part, place)), None)

    def _over(self, start: int, end: int) -> tuple[int, ...]:
        at = max(bisect_right(self._starts, start) - 1, 0)
        found = []
        while at < len(self._sentences) and self._sentences[at].start < end:
            if self._sentences[at].end > start:
                found.append(at)
            at += 1
        return tuple(found)
