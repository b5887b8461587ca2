"""The reads of tickets. The perimeter is the first argument of each, and each joins its rows (annexe 6, 2.2 and 2.3).

A ticket outside it and a ticket that does not exist raise the same `NotFound`. Internal notes and files are left out in
SQL unless they are of the reader's side. A page costs a constant number of queries, none over a whole table, none by
row.

Other rooms import only this module to read: `lists` holds queue and search, `listing` what they need
besides, `counts` the counters, `pages` one ticket.
"""

from ticketing.errors import NotFound
from ticketing.tickets.changing.colleagues import colleagues, in_charge_of, who_may_work
from ticketing.tickets.counts import counts, facets
from ticketing.tickets.listing.correcting import Corrected, corrected
from ticketing.tickets.listing.people import in_charge
from ticketing.tickets.listing.picked import places_of
from ticketing.tickets.listing.sizes import MOST as SIZES_MAX
from ticketing.tickets.listing.sizes import sizes
from ticketing.tickets.listing.told import told
from ticketing.tickets.lists import queue, wanted_of
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
    "SIZES_MAX",
    "Corrected",
    "NotFound",
    "colleagues",
    "corrected",
    "counts",
    "facets",
    "file",
    "in_charge",
    "in_charge_of",
    "network_managers",
    "notices",
    "places_of",
    "queue",
    "row_of",
    "scope_of",
    "sizes",
    "standing_of",
    "steps_of",
    "ticket",
    "told",
    "view",
    "wanted_of",
    "who_may_work",
]
