"""The differences between two texts: line by line, and word by word within a changed line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]

#: Longer lines are shown as wholly changed, since the cost of comparing is the product of their numbers of words.
WORDS_MAX = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that are in both texts, or in only one of them."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the difference: its pieces in order. A line whose pieces are all « same » did not change."""

    pieces: tuple[Piece, ...]

    @property
    def same(self) -> bool:
        return all(piece.kind == "same" for piece in self.pieces)


def differences(before: str, after: str) -> tuple[Change, ...]:
    """The lines of both texts in reading order, blank ones left out, each with what was removed and added."""
    old, new = _lines(before), _lines(after)
    found: list[Change] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [_whole("same", line) for line in old[i:j]]
            continue
        pairs = min(j - i, m - k)
        found += [_within(old[i + step], new[k + step]) for step in range(pairs)]
        found += [_whole("removed", line) for line in old[i + pairs : j]]
        found += [_whole("added", line) for line in new[k + pairs : m]]
    return tuple(found)


def shortened(changes: tuple[Change, ...], around: int = 1) -> tuple[Change | None, ...]:
    """The changes with `around` unchanged lines on each side; None stands for a run of lines left out."""
    near = {
        index + step for index, change in enumerate(changes) if not change.same for step in range(-around, around + 1)
    }
    kept: list[Change | None] = []
    for index, change in enumerate(changes):
        if index in near:
            kept.append(change)
        elif not kept or kept[-1] is not None:
            kept.append(None)
    return tuple(kept)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _whole(kind: Kind, line: str) -> Change:
    return Change((Piece(kind, line),))


def _within(before: str, after: str) -> Change:
    """The change of one line into another: word by word if they share words, else as one removed and one added."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    replaced = Change((Piece("removed", before), Piece("added", after)))
    if len(old) > WORDS_MAX or len(new) > WORDS_MAX:
        return replaced
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    if matcher.ratio() < 0.4:
        return replaced
    pieces: list[Piece] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[k:m])))
            continue
        if i < j:
            pieces.append(Piece("removed", "".join(old[i:j])))
        if k < m:
            pieces.append(Piece("added", "".join(new[k:m])))
    return Change(tuple(pieces))
