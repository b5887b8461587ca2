"""The differences between two texts: line by line, and word by word within a changed line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]

#: Longer lines are shown as wholly changed: comparing words costs the product of their numbers.
WORDS_MAX = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have, or that one of them has."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the difference: its pieces in order. All « same »: a line that did not change."""

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
    """One line become another: word by word when they have something in common, else one out, the other in."""
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
