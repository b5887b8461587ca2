"""Recompute the facts from the histories and compare: what is stored must be what happened.

Nothing is written. Facts are compared ticket by ticket in the hours that were known then, sums month by month, and the
signature of each month with its facts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from charters.database import reading
from ticketing.figures import histories
from ticketing.figures.facts import keeping, summing
from ticketing.figures.facts.folding import Story
from ticketing.figures.facts.hours import KnownHours
from ticketing.figures.facts.tables import FactMonth
from ticketing.figures.tables import FigureRun
from ticketing.tables import Ticket

#: How many faulty tickets are named.
NAMED = 20


@dataclass(slots=True)
class Verified:
    """What a verification found: how many tickets and facts, and what differs."""

    tickets: int = 0
    facts: int = 0
    made_at: datetime | None = None
    wrong: list[int] = field(default_factory=list)  # tickets whose facts are not those of their history
    sums: list[str] = field(default_factory=list)  # months whose sums are not those of their facts
    signatures: list[tuple[str, str]] = field(default_factory=list)  # months, with their signature
    unsigned: list[str] = field(default_factory=list)  # months whose facts are not those that were signed

    @property
    def well(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.wrong or self.sums or self.unsigned)


def verify() -> Verified:
    """Compare the facts with the histories up to the last run; a ticket that changed since is left out."""
    found = Verified()
    with reading() as session:
        run = session.execute(select(FigureRun).where(FigureRun.id == 1)).scalar_one()
        until, found.made_at = run.folded_at, run.folded_at
        months = list(session.execute(select(FactMonth.month, FactMonth.digest).order_by(FactMonth.month)))
    if until is None:
        return found
    hours, after = KnownHours(None), 0
    while True:
        with reading() as session:
            numbers = session.scalars(
                select(Ticket.number).where(Ticket.number > after).order_by(Ticket.number).limit(histories.CHUNK)
            ).all()
            if not numbers:
                break
            stories = _unchanged(histories.stories(session, numbers), until)
            made = Counter(keeping.folded(stories, hours, until))
            there = Counter(row for _, row in keeping.kept(session, list(stories)))
        differing = {row[0] for row in (made - there) + (there - made)}
        found.wrong += sorted(differing)[: NAMED - len(found.wrong)]
        found.tickets, found.facts, after = found.tickets + len(numbers), found.facts + there.total(), numbers[-1]
    with reading() as session:
        found.sums = summing.unequal(session, [month for month, _ in months])
        for month, signed in months:
            found.signatures.append((month, signed))
            if keeping.digest(session, month)[1] != signed:
                found.unsigned.append(month)
    return found


def _unchanged(stories: dict[int, Story], until: datetime) -> dict[int, Story]:
    """Return the tickets of which nothing happened since the last run."""
    return {
        number: story
        for number, story in stories.items()
        if story.entries[-1].at <= until and (story.opinion is None or story.opinion[1] <= until)
    }
