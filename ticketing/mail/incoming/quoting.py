"""Part a mail's text: the words of its author on one side, the history and the signature on the other. Pure.

Each line of the text goes to one side at least, so that nothing is lost: what is folded stays one click away. The rules
are our own, since the libraries tried do not know how French programs quote. They lean to the author's side: where a
text has nothing but what looks like a history, and its subject does not say that it is an answer, all of it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.mail.incoming import quote_marks, sign_offs
from ticketing.mail.incoming.quote_marks import Opening, Sort

#: How many lines are looked at one by one; what is longer follows the last of them.
LINES_READ = 4000
#: How many quoted lines are kept above each of the answers written between them.
QUOTED_ABOVE = 3

_ANSWER = re.compile(r"(?:re|rep|aw|sv|antw|ant|r)(?:\[\d+\]|\(\d+\))? ?:")
_FORWARD = re.compile(r"(?:tr|trans|transfert|fwd?|wg|rv|enc|i|doorst)(?:\[\d+\]|\(\d+\))? ?:")
_TAG = re.compile(r"\[[^\]]{0,60}\] ?")
_ON_PURPOSE = re.compile(
    r"ci-dessous|ci-apres|ci dessous|transfere|transmet|faire suivre|fais suivre|faisons suivre|pour info|fyi|"
    r"see below|forward|message suivant|mail suivant|courriel suivant|message recu|mail recu|ai recu"
)
_WRAPPED = re.compile(r"[a-zà-ÿ0-9(«\"]")


@dataclass(frozen=True, slots=True)
class Split:
    """A text in two: `own` is what its author wrote, perhaps nothing; `folded` is the history and the signature."""

    own: str
    folded: str


def split(text: str, *, subject: str = "") -> Split:
    """Return the author's own words and what is folded, from the text of a mail and its subject.

    Together they hold every line of the text that is not blank. `own` is empty only if the text is, or if it is but a
    quotation or a history in what its subject calls an answer. Answers written between quoted lines keep the last of
    these above each; `folded` then holds these lines too, so that the history reads whole.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head, rest = lines[:LINES_READ], lines[LINES_READ:]
    read = [quote_marks.plain(line) if line and not line.isspace() else "" for line in head]
    heading = _heading(subject)
    history = _history(head, read, heading)
    quoted = history.quoted
    if heading != "answer" and not _any_own(read, quoted):
        quoted, history = [False] * len(head), _History([], 0)
    signed = _signed(head, read, quoted, history.ends)
    own, folded = _sides(head, quoted, signed)
    (folded if quoted[-1] else own).extend(rest)
    return Split(_joined(own), _joined(folded))


def _heading(subject: str) -> str:
    """Return « answer », « forward » or nothing, from the first mark of a subject; tokens before it do not count."""
    plain = quote_marks.plain(subject)
    for _ in range(4):
        plain = _TAG.sub("", plain, count=1) if plain.startswith("[") else plain
    if _FORWARD.match(plain):
        return "forward"
    return "answer" if _ANSWER.match(plain) else ""


def _any_own(read: Sequence[str], quoted: Sequence[bool]) -> bool:
    return any(line and not folded for line, folded in zip(read, quoted, strict=True))


@dataclass(frozen=True, slots=True)
class _History:
    """Which lines are history, and where the author's words end if what follows is a mail that they hand on."""

    quoted: list[bool]
    ends: int


def _history(head: Sequence[str], read: Sequence[str], heading: str) -> _History:
    """Return which lines are history: from each mark on, quoted by « > » or to the end."""
    count = len(head)
    quoted = [False] * count
    attributed = heading == "answer"
    at = 0
    while at < count:
        if read[at].startswith(">"):
            if heading == "forward":
                return _History(quoted, at)
            run = at
            at = _fold_run(head, read, run, quoted, attributed)
            attributed = attributed or quoted[run]
            continue
        found = quote_marks.opening(read, at)
        if found is None:
            at += 1
            continue
        if heading == "forward" or found.sort is Sort.FORWARDED or _on_purpose(read, at, found, heading):
            return _History(quoted, at)
        attributed = True
        under = at + found.lines
        _fill(quoted, at, under)
        while under < count and not read[under]:
            under += 1
        if under < count and not read[under].startswith(">") and not quote_marks.opening(read, under):
            _fill(quoted, at, count)
            break
        at = under
    return _History(quoted, count)


def _on_purpose(read: Sequence[str], at: int, found: Opening, heading: str) -> bool:
    """Return whether the words above a quoted mail hand it on: « ci-dessous », « je vous transfère »."""
    if heading == "answer" or found.sort is not Sort.HEADER:
        return False
    return any(_ON_PURPOSE.search(line) for line in read[max(0, at - 30) : at])


def _fold_run(head: Sequence[str], read: Sequence[str], at: int, quoted: list[bool], attributed: bool) -> int:
    """Mark a run of « > » lines, with the words that wrapping dropped out of it; return where it ends.

    `attributed` says that a quotation is expected: somebody is named above, or the subject is that of an answer.
    """
    end = last = at
    while end < len(head):
        if read[end].startswith(">"):
            last = end
        elif read[end] and not _dropped(head, read, end):
            break
        end += 1
    run = range(at, last + 1)
    if _figures(read, quoted, run, attributed):
        return last + 1
    for index in run:
        quoted[index] = True
    return last + 1


def _dropped(head: Sequence[str], read: Sequence[str], at: int) -> bool:
    """Return whether a line between two quoted ones is the end of the first, wrapped without its « > »."""
    if not 0 < at < len(head) - 1:
        return False
    around = read[at - 1].startswith(">") and read[at + 1].startswith(">")
    line = head[at].strip()
    return around and len(head[at - 1]) >= 60 and len(line) <= 30 and _WRAPPED.match(line) is not None


def _figures(read: Sequence[str], quoted: Sequence[bool], run: range, attributed: bool) -> bool:
    """Return whether « > » means « more than », a list or a prompt, in words that somebody writes himself."""
    above = next((index for index in range(run.start - 1, max(-1, run.start - 3), -1) if read[index]), None)
    if above is not None and quoted[above]:
        return False
    before = "" if above is None else read[above]
    lines = [read[index] for index in run if read[index]]
    inner = [line.lstrip("> ") for line in lines[: quote_marks.ATTRIBUTION_LINES]]
    attributed = attributed or quote_marks.opening(inner, 0) is not None
    if not attributed and above is not None and len(lines) <= QUOTED_ABOVE:
        return True
    return before.endswith(":") and not re.search(r"(?:ecrit|wrote|dit|demandez) ?:$", before) and len(lines) <= 12


def _fill(quoted: list[bool], begin: int, end: int) -> None:
    for index in range(begin, min(end, len(quoted))):
        quoted[index] = True


def _signed(head: Sequence[str], read: Sequence[str], quoted: Sequence[bool], ends: int) -> list[bool]:
    """Return which lines are the signature: of the words before the history, and of the last words that end here."""
    signed = [False] * len(head)
    stretches = _stretches(read[:ends], quoted[:ends])
    if not stretches:
        return signed
    for begin, end in {stretches[0], stretches[-1]}:
        for index, mark in enumerate(sign_offs.signature(head[begin:end], read[begin:end]), begin):
            signed[index] = mark
    return signed


def _stretches(read: Sequence[str], quoted: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the stretches of own words between quoted lines, as first and past-the-last line."""
    found: list[tuple[int, int]] = []
    first = last = -1
    for index, folded in enumerate(quoted):
        if folded:
            if first >= 0:
                found.append((first, last + 1))
            first = -1
        elif read[index]:
            first, last = (index if first < 0 else first), index
    if first >= 0:
        found.append((first, last + 1))
    return found


def _sides(head: Sequence[str], quoted: Sequence[bool], signed: Sequence[bool]) -> tuple[list[str], list[str]]:
    """Return the lines of each side, in their order, with the context of answers written between quoted lines."""
    own: list[str] = []
    folded: list[str] = []
    kept = _kept_above(head, quoted, signed)
    before = False  # whether the line before is folded
    for index, line in enumerate(head):
        folds = quoted[index] or signed[index]
        blank = not line.strip()
        if folds:
            folded += ["", line] if folded and not before else [line]
        if index in kept or not (folds or (blank and before and own and not own[-1].strip())):
            own.append(line)
        before = folds
    return own, folded


def _kept_above(head: Sequence[str], quoted: Sequence[bool], signed: Sequence[bool]) -> set[int]:
    """Return the quoted lines that stay above answers: the last of each run, where answers stand between runs."""
    words = [
        bool(line.strip()) and not one and not other for line, one, other in zip(head, quoted, signed, strict=True)
    ]
    answered: list[int] = []
    last, runs_after = -1, False
    for index, line in enumerate(head):
        if quoted[index] and line.strip():
            runs_after = runs_after or bool(answered)
            last = index
        elif words[index] and last >= 0:
            answered.append(last)
            last = -1
    if not runs_after:
        return set()
    kept: set[int] = set()
    for end in answered:
        index, left = end, QUOTED_ABOVE
        while index >= 0 and quoted[index] and left and quote_marks.quoted(head[index]):
            if head[index].strip(" >\t"):
                kept.add(index)
                left -= 1
            index -= 1
    return kept


def _joined(lines: Sequence[str]) -> str:
    """Return lines as a text without blank lines around it."""
    begin, end = 0, len(lines)
    while begin < end and not lines[begin].strip():
        begin += 1
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[begin:end])
