"""Hide what a reader outside its perimeter could learn of fewer than five people. Pure.

A row that is about fewer than `FEWEST` people keeps its name and loses its figures. Where those that are hidden are
together fewer than that, subtraction from the total would tell of them: more rows are hidden, the smallest first, until
they are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ticketing.committees.content import FEWEST, HIDDEN, Row

#: A row with the value that it is of.
Valued = tuple[str, Row]
#: (column, values) -> how many people the groups of these values are about together.
Together = Callable[[str, frozenset[str]], int]


def _nobody(_column: str, _values: frozenset[str]) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Hiding:
    """How small groups are hidden: the people of each value by column, and of several values together.

    `own` is the party in the reader's own perimeter, never hidden. With `everything`, nothing is: the pack stays inside
    the académie.
    """

    people: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    together: Together = _nobody
    own: str = ""
    everything: bool = False

    @property
    def fewest(self) -> int:
        """Return how many people a group must be about to be shown."""
        return 0 if self.everything else FEWEST

    def small(self, column: str, rows: Sequence[Valued]) -> frozenset[str]:
        """Return the values whose rows are hidden; a row without any figure is about nobody, and hides nothing."""
        people = self.people.get(column, {})
        counted = {value for value, row in rows if any(isinstance(one, int | float) and one for one in row[1:])}
        counted.discard(self.own)
        found = {value for value in counted if people.get(value, 0) < self.fewest}
        left = sorted(counted - found, key=lambda value: (people.get(value, 0), value))
        while found and left and self.together(column, frozenset(found)) < self.fewest:
            found.add(left.pop(0))
        return frozenset(found)

    def rows(self, column: str, rows: Sequence[Valued]) -> tuple[Row, ...]:
        """Return the rows in their order, those of small groups with their name alone."""
        small = self.small(column, rows)
        return tuple((row[0], *(HIDDEN for _ in row[1:])) if value in small else row for value, row in rows)

    def gathered(self, column: str, rows: Sequence[Valued], noun: tuple[str, str]) -> tuple[Row, ...]:
        """Return the rows, those of small groups as one line at the end: « 12 autres services »."""
        small = self.small(column, rows)
        kept = tuple(row for value, row in rows if value not in small)
        if not small:
            return kept
        name = f"{len(small)} {noun[0] if len(small) == 1 else noun[1]}"
        return (*kept, (name, *(HIDDEN for _ in rows[0][1][1:])))


def tells(total: int, own: int) -> bool:
    """Whether a total beside one's own figure would tell what fewer than five others did."""
    return 0 < total - own < FEWEST
