"""Counts of what requesters answered on resolved tickets, by the party that holds them, over twelve months.

A référent reads those of the référent's own party, a chef those of the établissement, and the académie those of all its
tickets. A group that is not of the reader's own perimeter shows no counts under five answers: they would say who said
what. There is no sum over groups, from which a hidden one could be worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from charters.database import db
from ticketing.tables import TicketOpinion
from ticketing.tickets.store import TICKET

#: How far back answers are counted, and the fewest that are shown of others.
SPAN = timedelta(days=365)
FEWEST = 5


@dataclass(frozen=True, slots=True)
class PartySatisfaction:
    """What was answered on the tickets of a party; `counts` is yes, partly, no, and None where they are too few."""

    name: str
    counts: tuple[int, int, int] | None


def by_party(kind: str, scope: str, own: str, now: datetime) -> tuple[PartySatisfaction, ...]:
    """Return the counts of a scope (`academie`, `departement` or `etablissement`, and its id), party by party.

    `own` is the organisation whose tickets are the reader's own, whatever their number; an établissement's all are.
    """
    column = {"academie": "academie", "departement": "holder_organisation", "etablissement": "etablissement"}[kind]
    rows = db.session.execute(
        select(TICKET.c.holder_organisation, func.max(TICKET.c.holder_name), TicketOpinion.score, func.count())
        .join(TICKET, TICKET.c.number == TicketOpinion.ticket_id)
        .where(TICKET.c[column] == scope, TicketOpinion.at > now - SPAN)
        .group_by(TICKET.c.holder_organisation, TicketOpinion.score)
    )
    names: dict[str, str] = {}
    found: dict[str, dict[int, int]] = {}
    for organisation, name, score, count in rows:
        names[organisation] = max(name, names.get(organisation, ""))
        found.setdefault(organisation, {})[score] = count
    shown = []
    for organisation in sorted(found, key=lambda one: (names[one].casefold(), one)):
        counts = tuple(found[organisation].get(score, 0) for score in (3, 2, 1))
        known = kind == "etablissement" or organisation == own or sum(counts) >= FEWEST
        shown.append(PartySatisfaction(names[organisation], (counts[0], counts[1], counts[2]) if known else None))
    return tuple(shown)
