"""Tell how lengths spread: classes, and the quartiles that they let one estimate. Pure.

A quarter of the tickets waited less than the first quartile, half less than the median. Between the ends of its class a
quartile is placed in proportion, so it is an estimate; beyond the last end, only that end is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ticketing.figures import charts
from ticketing.figures.charts import Chart
from ticketing.figures.dashboards import NBSP, span
from ticketing.figures.facts.folding import BOUNDS
from ticketing.formats import number

LABELS = (
    f"moins de {BOUNDS[0]}{NBSP}h",
    *(f"{low} à {high}{NBSP}h" for low, high in pairwise(BOUNDS)),
    f"{BOUNDS[-1]}{NBSP}h et plus",
)
QUARTILES = ((0.25, "un quart"), (0.5, "la moitié"), (0.75, "trois quarts"))


@dataclass(frozen=True, slots=True)
class Quartile:
    """A share of the tickets, in words, and the seconds under which it lies; `beyond`: at least so many."""

    share: str
    seconds: int
    rank: int  # its class
    beyond: bool

    @property
    def said(self) -> str:
        """Return it in words: « la moitié en moins de 7 h 30 »."""
        return f"{self.share} en {'plus' if self.beyond else 'moins'} de {span(self.seconds)}"


def quartiles(counts: Sequence[int]) -> tuple[Quartile, ...]:
    """Return the three quartiles of some counts by class; none where nothing is counted."""
    whole = sum(counts)
    if not whole:
        return ()
    found = []
    for share, words in QUARTILES:
        wanted, before = share * whole, 0
        for rank, count in enumerate(counts):
            if before + count >= wanted and count:
                beyond = rank == len(BOUNDS)
                low = BOUNDS[rank - 1] if rank else 0
                part = 0.0 if beyond else (wanted - before) / count * (BOUNDS[rank] - low)
                found.append(Quartile(words, round(3600 * (low + part)), rank, beyond))
                break
            before += count
    return tuple(found)


def spread(counts: Sequence[int], what: str) -> Chart:
    """Return the bars of the classes, each with the quartiles that lie in it."""
    marks: dict[int, list[str]] = {}
    for one in quartiles(counts):
        marks.setdefault(one.rank, []).append(_MARKS[one.share])
    rows = [
        (f"{label}  ◂ {', '.join(marks[rank])}" if rank in marks else label, count)
        for rank, (label, count) in enumerate(zip(LABELS, counts, strict=True))
    ]
    return charts.bars(rows, what, number)


_MARKS = {"un quart": "premier quart", "la moitié": "médiane", "trois quarts": "troisième quart"}
