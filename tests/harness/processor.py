"""Processor time for tests with bounds, in seconds of the machine on which the bounds were set.

Elapsed time also measures the other load of the machine. Processor time does not, and divided by that of a fixed piece
of work it is the same on a machine three times slower.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

#: The seconds that the fixed piece of work took where the bounds were set.
REFERENCE = 0.010


def _fixed_work() -> float:
    begun, total = time.process_time(), 0
    for number in range(200_000):
        total += number * number % 7
    return time.process_time() - begun


def slowness() -> float:
    """How many times slower this processor is than that of the bounds; 1.0 for a faster one."""
    return max(1.0, min(_fixed_work() for _ in range(3)) / REFERENCE)


class Spent:
    """The processor time of a block; `seconds` is set at its end."""

    seconds: float


@contextmanager
def measured() -> Iterator[Spent]:
    """Measure a block of this process: `with measured() as spent: …`, then `assert spent.seconds < 2`."""
    spent, begun = Spent(), time.process_time()
    yield spent
    spent.seconds = (time.process_time() - begun) / slowness()
