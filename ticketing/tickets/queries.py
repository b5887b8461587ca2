"""The reads of tickets. The perimeter is the first argument of each, and each joins its rows (annexe 6, 2.2 and 2.3).

A ticket outside it and a ticket that does not exist raise the same `NotFound`. Internal notes and files are left out in
SQL unless they are of the reader's side. A page costs a constant number of queries, none over a whole table, none by
row.

Other rooms import only this module to read: `lists` holds queue and search, `counts` the counters, `pages` one ticket.
"""

from ticketing.errors import NotFound
from ticketing.tickets.counts import counts, facets
from ticketing.tickets.lists import queue
from ticketing.tickets.pages import (
    EVERY_SIDE,
    file,
    network_managers,
    notices,
    row_of,
    scope_of,
    standing_of,
    steps_of,
    ticket,
    view,
)

__all__ = [
    "EVERY_SIDE",
    "NotFound",
    "counts",
    "facets",
    "file",
    "network_managers",
    "notices",
    "queue",
    "row_of",
    "scope_of",
    "standing_of",
    "steps_of",
    "ticket",
    "view",
]
