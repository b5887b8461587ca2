"""The sentences of a signed text that come near a cell: they share its service's words, its activity's verbs. Pure."""

from __future__ import annotations

from matrix.signed_text.activities import CHARGE
from matrix.signed_text.objects import stems, telling
from matrix.signed_text.text import Beside

#: How many sentences are given at most.
MOST = 6


def near(beside: Beside, service: str, activity: str, label: str, most: int = MOST) -> tuple[int, ...]:
    """Return the positions of the sentences that come near a cell, the nearest first, then in the text's order.

    A sentence is near where it names the service, or shares a word of its label and has a verb of the activity or of a
    charge. None of them settles the cell by itself: a person reads them, and decides.
    """
    own = telling(label)
    found = []
    for one in beside.standings:
        if one.sentence.kind in ("heading", "row-head"):
            continue
        verbs, named = one.words.activities, service in one.words.services
        shared = len(own & stems(one.sentence.text))
        does = 4 * (activity in verbs) + 2 * (CHARGE in verbs)
        if named or (shared and does):
            # A sentence that names a few services speaks of this one more than one that names a whole family.
            few = 2 if named and len(one.words.services) <= 3 else 0
            found.append((-(6 * named + min(shared, 3) + does + few), one.position))
    return tuple(position for _, position in sorted(found)[:most])
