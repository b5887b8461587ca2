"""Which class clues speak for, learnt by counting examples: naive Bayes against what is usual everywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log, log1p


@dataclass
class Bayes:
    """Counts of keys by class, and what they say of a text: how much likelier its keys are in a class than everywhere.

    `strength` is how many unseen keys a class is taken to hold beside those counted. Counting ends before reading.
    """

    strength: float
    by_key: dict[str, dict[str, float]] = field(default_factory=dict)

    def count(self, of: str, keys: Iterable[tuple[str, float]]) -> None:
        """Count the weighted keys of one example of a class."""
        for key, weight in keys:
            counts = self.by_key.setdefault(key, {})
            counts[of] = counts.get(of, 0.0) + weight

    @cached_property
    def totals(self) -> Mapping[str, float]:
        """The weight of all keys counted, by class."""
        totals: dict[str, float] = {}
        for counts in self.by_key.values():
            for of, count in counts.items():
                totals[of] = totals.get(of, 0.0) + count
        return totals

    @cached_property
    def everything(self) -> float:
        """The weight of all keys counted."""
        return sum(self.totals.values())

    @cached_property
    def absent(self) -> Mapping[str, float]:
        """What a key says of each class that does not hold it."""
        return {of: log(self.strength / (total + self.strength)) for of, total in self.totals.items()}

    def says(self, key: str) -> Mapping[str, float]:
        """Return what a key says of each class that holds it, above what it says of one that does not."""
        counts = self.by_key.get(key)
        if not counts:
            return {}
        expected = self.strength * sum(counts.values()) / self.everything
        return {of: log1p(count / expected) for of, count in counts.items()}
