"""Read the figures of a pack: amounts of an agreement in one académie, added up from facts, and how many people.

**The scope is the first argument of each query.** Amounts come from the sums of facts (`board.reading`), filtered by
the agreement that decided; how many people a group is about is counted from the requesters of its tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select

from charters.database import db
from ticketing.figures import periods
from ticketing.figures.board import reading
from ticketing.figures.board.measures import DIMENSIONS, MEASURES
from ticketing.figures.board.question import Question
from ticketing.figures.dashboards import Scope
from ticketing.figures.facts.columns import AMOUNTS
from ticketing.figures.facts.summing import FACT, SCOPE
from ticketing.figures.facts.tables import FactMonth
from ticketing.replays.selection import ReplayPeriod
from ticketing.tables import Ticket

Amounts = Mapping[str, int]
#: What counts of a satisfaction would say who answered what.
_COUNTED = tuple(name for name in AMOUNTS if name not in ("waiting", "opinions", "satisfied"))


@dataclass(frozen=True, slots=True)
class About:
    """Whose figures are read: an académie's, of the tickets that an agreement decided, over a school year."""

    academie: str
    convention: str
    period: str

    @property
    def scope(self) -> Scope:
        return Scope(f"academie:{self.academie}", "academie")

    def question(self, measure: str = "ouverts", status: str = "") -> Question:
        """Return a question on it, of one status of decision where it is given."""
        filters = {"accord": self.convention} | ({"statut": status} if status else {})
        return Question(MEASURES[measure], DIMENSIONS["partie"], self.period, filters)

    def days(self, until: date) -> ReplayPeriod:
        """Return the days of the year up to the last one counted."""
        first, last = periods.bounds(self.period)
        since = date.fromisoformat(f"{first}-01")
        return ReplayPeriod(since, max(since, min(until, last_day(last))))


def last_day(month: str) -> date:
    """Return the last day of a month."""
    return date.fromordinal(date.fromisoformat(f"{periods.following(month)}-01").toordinal() - 1)


def by(about: About, *columns: str, status: str = "") -> dict[tuple[str, ...], Amounts]:
    """Return the amounts by the values of some columns, in their order; without columns, the whole under ()."""
    question = about.question(status=status)
    return {one.value: one.amounts for one in reading.read(about.scope, "", question, columns, _COUNTED)}


def waiting(about: About) -> dict[str, int]:
    """Return how many tickets waited at the last Sunday of the year, by the party that had them."""
    found = reading.read(about.scope, "", about.question("en-attente"), ("party",), ("waiting",))
    return {one.value[0]: one.amounts["waiting"] for one in found}


def people(
    about: About, *columns: str, besides: str = "", among: tuple[str, frozenset[str]] | None = None
) -> dict[tuple[str, ...], int]:
    """Return how many people opened the tickets that each group of facts is about.

    `besides` leaves out the facts of one party; `among` keeps those of some values of a column. A ticket whose
    requester was forgotten counts nobody.
    """
    first, last = periods.bounds(about.period)
    told: list[Any] = [FACT.c[name] for name in columns]
    where = [
        SCOPE.c.scope == about.scope.key,
        FACT.c.convention == about.convention,
        FACT.c.day.between(f"{first}-00", f"{last}-99"),
        *([FACT.c.party != besides, FACT.c.party != ""] if besides else []),
        *([FACT.c[among[0]].in_(sorted(among[1]))] if among else []),
    ]
    rows = db.session.execute(
        select(*told, func.count(Ticket.opened_by.distinct()))
        .select_from(FACT)
        .join(SCOPE, and_(SCOPE.c.ticket_id == FACT.c.ticket_id, SCOPE.c.scope == about.scope.key))
        .join(Ticket, Ticket.number == FACT.c.ticket_id)
        .where(*where)
        .group_by(*told)
    )
    return {tuple(str(value) for value in row[:-1]): int(row[-1]) for row in rows}


def months(about: About) -> tuple[str, ...]:
    """Return the months of the year and of the year before that facts are about."""
    before, last = periods.bounds(periods.year_before(about.period))[0], periods.bounds(about.period)[1]
    return tuple(
        db.session.scalars(
            select(FactMonth.month).where(FactMonth.month.between(before, last)).order_by(FactMonth.month)
        )
    )


def signatures(about: About) -> dict[str, str]:
    """Return the months of the year and of the year before -> the SHA-256 of their facts, « » where unsigned."""
    rows = db.session.execute(
        select(FactMonth.month, FactMonth.digest).where(FactMonth.month.in_(months(about))).order_by(FactMonth.month)
    )
    return {row.month: row.digest for row in rows}


def sources(about: About) -> list[tuple[str, int, str]]:
    """Return the months of `signatures`: (month, how many facts the académie has in it, the signature of the month).

    What other académies of the same installation have is not counted: it is outside the reader's perimeter.
    """
    signed = signatures(about)
    rows = db.session.execute(
        select(FACT.c.month, func.count().label("facts"))
        .join(SCOPE, and_(SCOPE.c.ticket_id == FACT.c.ticket_id, SCOPE.c.scope == about.scope.key))
        .where(FACT.c.month.in_(list(signed)))
        .group_by(FACT.c.month)
    )
    counted = {row.month: int(row.facts) for row in rows}
    return [(month, counted.get(month, 0), digest) for month, digest in signed.items()]


def known_names(dimension: str, values: Sequence[str]) -> dict[str, str]:
    """Return the last names that some values had, for those that no agreement names any more."""
    return reading.names(DIMENSIONS[dimension], values)
