"""Count the tickets of a perimeter in each state, and give the choices that its lists offer.

The numbers are read from counters that each step updates: no count runs over a whole table.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import text

from charters.model import Perimeter
from charters.statements import Fixed
from matrix import french
from ticketing.model import OPEN_STATES, State
from ticketing.tickets.deadlines import LATE_SQL
from ticketing.tickets.store import STAMP, STATE_CODES
from ticketing.views import Choice, Facets

LATE_MAX = 100  # counting stops here: shown as « 100 et plus »

#: Counters by state, and the late tickets (`deadlines.late`), each an index range with a limit.
_COUNTS = "SELECT value, n FROM ticket_count WHERE key = :key AND kind = 'state'"
_LATE = "".join(
    f" UNION ALL SELECT 'late', count(*) FROM (SELECT s.ticket_id FROM ticket_scope s WHERE s.key = :key "
    f"AND s.state = {STATE_CODES[state]} AND {LATE_SQL} LIMIT {LATE_MAX}) late_{state.value}"
    for state in OPEN_STATES
)
_COUNTS_SQL, _COUNTS_LATE_SQL = Fixed(text(_COUNTS)), Fixed(text(_COUNTS + _LATE))
#: All choices as one text (units \x1f, records \x1e): a row for each of 600 établissements costs ten times as much.
#: Where the key's stamp is the one that is known, nothing has changed, and they are not read.
_FACETS = (
    "SELECT stamp, CASE WHEN stamp <> '' AND stamp = :known THEN NULL ELSE (SELECT {choices} FROM ticket_count "
    "WHERE key = :key AND kind IN ('etablissement', 'service') AND n > 0) END AS counted FROM (SELECT coalesce("
    f"(SELECT label FROM ticket_count WHERE key = :key AND kind = '{STAMP}' AND value = ''), '') AS stamp) stamped"
)
_FACETS_SQL = Fixed(
    text(
        _FACETS.format(
            choices="group_concat(kind || char(31) || value || char(31) || label || char(31) || n, char(30))"
        )
    ),
    postgresql=text(_FACETS.format(choices="string_agg(concat_ws(chr(31), kind, value, label, n), chr(30))")),
)
#: Key -> its stamp and facets, as this process read them last. A stamp is drawn for each change, and never comes back.
_known: dict[str, tuple[str, Facets]] = {}
_KNOWN_MAX = 256
_NOTHING = Facets()


def counts(perimeter: Perimeter, now: datetime | None = None) -> dict[str, int]:
    """Return how many tickets of the perimeter are in each state (« open »: in the three open states together).

    With `now`, « late » is given too: the late tickets, counted up to 100.
    """
    found = {"open": 0, **{state.value: 0 for state in State}}
    if now is not None:
        found["late"] = 0
    if perimeter.key is None:
        return found
    values: dict[str, Any] = {"key": perimeter.key}
    if now is not None:
        values["now"] = int(now.timestamp())
    for value, n in (_COUNTS_SQL if now is None else _COUNTS_LATE_SQL).run(values):
        found[value] = found.get(value, 0) + n
    found["open"] = sum(found[state.value] for state in OPEN_STATES)
    if now is not None:
        found["late"] = min(found["late"], LATE_MAX)
    return found


def facets(perimeter: Perimeter) -> Facets:
    """Return the établissements and services that occur in the perimeter, with how many tickets of each."""
    if perimeter.key is None:
        return _NOTHING
    stamp, facets = _known.get(perimeter.key, ("", _NOTHING))
    found = _FACETS_SQL.run({"key": perimeter.key, "known": stamp}).one()
    if not stamp or found.stamp != stamp:
        facets = _facets(found.counted or "")
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        _known[perimeter.key] = found.stamp, facets
    return facets


@lru_cache(maxsize=16)
def _facets(counted: str) -> Facets:
    """Return the facets of these counters, parsed and sorted once while the counters are the same."""
    rows = [record.split("\x1f") for record in counted.split("\x1e") if record]

    def choices(wanted: str) -> tuple[Choice, ...]:
        found = [Choice(value, label, int(n)) for kind, value, label, n in rows if kind == wanted]
        return tuple(sorted(found, key=lambda choice: french.fold(choice.label)))

    return Facets(choices("etablissement"), choices("service"))
