"""How many tickets several lists hold, in one statement, each counted up to a limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text

from charters.database import Instant, db
from charters.model import Perimeter
from ticketing.model import Filters
from ticketing.tickets import lists

#: Counting stops here: shown as « 100 et plus ».
MOST = 100
#: The most searches by words that are counted: each reads the index by itself.
SEARCHES_MAX = 3
_VALUE = re.compile(r"(?<!:):(\w+)")


def sizes(asked: Sequence[tuple[Perimeter, Filters]], now: datetime) -> list[int | None]:
    """Return how many tickets each list holds, at most `MOST`, in the perimeter given with it; None: not counted."""
    found: list[int | None] = [0] * len(asked)
    parts: list[str] = []
    values: dict[str, Any] = {}
    searched = 0
    for index, (own, filters) in enumerate(asked):
        if filters.text:
            searched += 1
            found[index] = len(lists.queue(own, filters, None, now, MOST).rows) if searched <= SEARCHES_MAX else None
            continue
        ranged = lists.narrowing(own, filters, now)
        if ranged is None:
            continue
        where = _VALUE.sub(rf":\1_{index}", ranged[0])
        parts.append(
            f"SELECT {index} AS place, count(*) AS n FROM (SELECT s.ticket_id FROM ticket_scope s "  # noqa: S608
            f"WHERE {where} LIMIT {MOST}) p{index}"
        )
        values |= {f"{name}_{index}": value for name, value in ranged[1].items()}
    if parts:
        typed = [bindparam(name, type_=Instant) for name in values if name.startswith(("since_", "until_"))]
        for row in db.session.execute(text(" UNION ALL ".join(parts)).bindparams(*typed), values):
            found[row.place] = row.n
    return found
