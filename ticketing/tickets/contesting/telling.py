"""The administrators of an académie told of a contest that its sides did not settle, by a letter without a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from charters import letters
from charters.keys import alerts
from matrix import wording
from matrix.wording import small
from ticketing.in_force.routing import router
from ticketing.tickets.changing.letters import place

#: The kind of the letter.
UNSETTLED = "contest-unsettled"


def unsettled(pending: Row[Any], now: datetime) -> int:
    """Write, in the current transaction, to the administrators of a contest's académie; return how many letters.

    They may not see the ticket: the letter names the agreement, the service and the parties, neither the établissement
    nor the ticket nor anybody.
    """
    people = alerts.administrators(now).get(pending.academie, ())
    values = {"contest": about(pending)} if people else {}
    return sum(letters.write(account, UNSETTLED, now=now, values=values) for account in people)


def about(pending: Row[Any]) -> dict[str, str]:
    """Return what may be said of a contest to who does not see its ticket: agreement, service, parties, clause.

    Of an agreement that is no longer there, its id and the parties' words stand for their names.
    """
    conventions = router().conventions
    convention = next((one for one in conventions if one.id == pending.convention), None)
    cited = convention.clauses.get(pending.clause) if convention else None
    return {
        "agreement": convention.title if convention else pending.convention,
        "service": conventions.services.get(pending.service, pending.service),
        "activity": small(conventions.activities.get(pending.activity, pending.activity)),
        **{
            said: wording.body(conventions, convention.id, party, None) if convention else party
            for said, party in (("giver", pending.from_party), ("taker", pending.to_party))
        },
        "ref": place(cited) if cited else "",
        "quote": " ".join(cited.quote.split()) if cited else "",
    }
