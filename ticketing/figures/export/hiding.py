"""Add up what leaves the perimeter, so that no line is about fewer than five people. Pure.

A group that too few people made is merged with others by hiding what tells them apart, one thing after the other
(`STEPS`); what remains too few in the end is left out. So sums over what is not hidden stay true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ticketing.figures.export.dictionary import HIDDEN

#: The fewest people who may have opened the tickets of a line.
FEWEST = 5
#: What tells a line apart, besides its month, in a file that leaves.
TOLD = ("party", "to_party", "etablissement", "service", "activity", "convention", "category", "status", "urgency")
#: What is hidden in turn where a line is about too few people.
STEPS = (
    ("etablissement",),
    ("category", "urgency"),
    ("status", "activity"),
    ("service", "convention"),
    ("to_party",),
    ("party",),
)

Key = tuple[str, ...]


@dataclass(slots=True)
class Group:
    """The amounts of a line, and the people who opened its tickets, of whom no more than needed are kept."""

    amounts: dict[str, int] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)

    def add(self, amounts: Mapping[str, int], people: Iterable[int]) -> None:
        """Add amounts and people; nobody is counted for an author who is forgotten."""
        for name, amount in amounts.items():
            self.amounts[name] = self.amounts.get(name, 0) + amount
        for one in people:
            if len(self.people) < FEWEST:
                self.people.add(one)

    @property
    def enough(self) -> bool:
        """Whether it is about enough people to be told."""
        return len(self.people) >= FEWEST


Groups = dict[Key, Group]


def told(groups: Groups, rest: Groups) -> Iterator[tuple[Key, Mapping[str, int]]]:
    """Yield the groups of one établissement that are about enough people; the others go to `rest`, without its name."""
    for key in sorted(groups):
        group = groups[key]
        if group.enough:
            yield key, group.amounts
        else:
            rest.setdefault(hidden(key, STEPS[0]), Group()).add(group.amounts, group.people)


def merged(rest: Groups) -> Iterator[tuple[Key, Mapping[str, int]]]:
    """Yield the rest of a month as groups that are about enough people, hiding one thing more at each step."""
    for names in (*STEPS[1:], ()):
        following: Groups = {}
        for key in sorted(rest):
            group = rest[key]
            if group.enough:
                yield key, group.amounts
            elif names:
                following.setdefault(hidden(key, names), Group()).add(group.amounts, group.people)
        rest = following


def hidden(key: Key, names: Iterable[str]) -> Key:
    """Return a key with some of what it tells hidden."""
    return tuple(HIDDEN if name in names else value for name, value in zip(TOLD, key, strict=True))
