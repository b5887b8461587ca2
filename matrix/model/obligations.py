"""What an agreement obliges its parties to do by a day or at a rhythm, as its obligations.toml says it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from matrix.model.decision import Citation

#: How the text says when. `month`: in a month of each school year. `quarter`, `year`, `civil_year`: once in each.
#: `school_year_end`: for the last day of class of each school year. `before`: so long before what another obligation
#: names. `event`: so long before an event that may never come. `term`: when the agreement ends. `open`: neither a day
#: nor a rhythm.
ObligationRule = Literal["month", "quarter", "year", "civil_year", "school_year_end", "before", "event", "term", "open"]
OBLIGATION_RULES: tuple[str, ...] = get_args(ObligationRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One duty of an agreement: who owes it, when by the text, the clauses that say so, when its owners are reminded.

    `owners` are parties; where each is the établissement itself, every établissement owes its own, else one of them
    does it for all. `month` is 1 to 12; `days` or `months` is how long before; `of` is the id of the obligation before
    which this one falls; `event` is a French clause (« l’académie abandonne la plate-forme »); `zone` is that of the
    school calendar. `fee`: what is owed is the sum of the agreement's scale. `reminders` are numbers of days before.
    """

    id: str
    title: str
    owners: tuple[str, ...]
    rule: ObligationRule
    citations: tuple[Citation, ...]
    month: int | None = None
    days: int | None = None
    months: int | None = None
    of: str = ""
    event: str = ""
    zone: str = ""
    fee: bool = False
    reminders: tuple[int, ...] = ()
