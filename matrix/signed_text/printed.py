"""The words that an agreement's own table prints, found in the table of its text: which cell each stands for. Pure.

A row is a service's where its first cell reads like the service's label (a scan garbles some letters), and the columns
of the activities are the last ones. A word counts only where the agreement's files give the same word for that cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from matrix.model import Cell, Convention, Vocabulary
from matrix.signed_text.activities import plain
from matrix.signed_text.places import Places, within
from matrix.signed_text.splitting import Sentence, column
from matrix.signed_text.uses import Use

#: How alike a row's first cell and a label must be.
ALIKE = 0.5
#: By how much it must read more like that label than like any other.
APART = 0.05


def printed(
    text: str, sentences: Sequence[Sentence], places: Places, convention: Convention, vocabulary: Vocabulary
) -> Mapping[int, Use]:
    """Return the cells that printed words stand for, by the position of these words among the sentences."""
    wanted = {
        key: cell
        for version in convention.versions
        for key, cell in version.cells.items()
        if cell.provenance == "printed" and not cell.origin
    }
    position = {one.start: at for at, one in enumerate(sentences)}
    found: dict[int, Use] = {}
    for cells in _rows(sentences, places, convention.table_ref):
        columns = 1 + column(text, _line_end(text, cells[0].start))
        first = columns - len(vocabulary.activities)
        service = _service(cells, wanted, vocabulary) if first >= 1 else None
        if service is None:
            continue
        for one in cells[1:]:
            at = column(text, one.start)
            activity = list(vocabulary.activities)[at - first] if at >= first else ""
            cell = wanted.get((service, activity))
            if cell is not None and plain(one.text) == plain(cell.value):
                found[position[one.start]] = Use("cell", service=service, activity=activity)
    return found


def _rows(sentences: Sequence[Sentence], places: Places, ref: str) -> Iterator[list[Sentence]]:
    for at, one in enumerate(sentences):
        if one.kind == "row-head" and within(ref, *places.references[at]):
            end = at + 1
            while end < len(sentences) and sentences[end].block == one.block:
                end += 1
            yield list(sentences[at:end])


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _service(cells: list[Sentence], wanted: Mapping[tuple[str, str], Cell], vocabulary: Vocabulary) -> str | None:
    """Return the service whose label reads most like a row's first cells; None where none or where two do.

    The second cell may tell two rows apart: « Service de stockage utilisateur », « HORUS » or « MAGRET ».
    """
    head = plain(cells[0].text)
    heads = (head, f"{head} ({plain(cells[1].text)})") if len(cells) > 1 else (head,)
    ranked = sorted(
        ((_alike(heads, plain(vocabulary.services[one])), one) for one in dict.fromkeys(one for one, _ in wanted)),
        reverse=True,
    )
    if not ranked or ranked[0][0] < ALIKE or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < APART):
        return None
    return ranked[0][1]


def _alike(heads: tuple[str, ...], label: str) -> float:
    """Return how much texts share of their runs of three letters, from 0 to 1, whatever a scan garbled."""
    wanted = _runs(label)
    return max(2 * len(runs & wanted) / (len(runs) + len(wanted) or 1) for runs in map(_runs, heads))


@lru_cache(maxsize=1024)
def _runs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 3] for at in range(max(len(text) - 2, 0)))
