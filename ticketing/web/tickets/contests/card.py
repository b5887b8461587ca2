"""The contest of a ticket and the precedents of its kind, as its page shows them."""

from __future__ import annotations

from typing import Any

from flask import g

from ticketing.following.around import Around
from ticketing.in_force import routing
from ticketing.tickets import desk
from ticketing.tickets.changing import letters
from ticketing.tickets.contesting import precedents, shown
from ticketing.views import TicketView
from ticketing.web.tickets.expected import Expected

#: The anchor of the card, which is the slug of its form too.
CARD = "contestation"


def card(ticket: TicketView, found: Around) -> dict[str, Any]:
    """Return the last contest of a ticket, with the choices of the reader who may speak for a side; and precedents."""
    contest = shown.of_ticket(g.actor, ticket.number, ticket.etablissement) if found.contested else None
    told: dict[str, Any] = {"contest": contest, "precedents": ()}
    if found.ruled_before:
        about = (ticket.decision.convention, ticket.service, ticket.activity)
        told["precedents"] = precedents.of_cell(*about, category=ticket.facts.user_category or "")
    if contest is not None and contest.may_say and not g.get("reading"):
        told["contest_choices"] = _choices(ticket, contest)
    return told


def _choices(ticket: TicketView, contest: shown.ContestView) -> dict[str, Any]:
    """Return the parties and the clauses that a référent chooses from, the clauses of the decision first."""
    conventions = desk.router().conventions
    cited = frozenset((one.ref, one.quote) for one in ticket.decision.citations)
    known = desk.clauses(conventions, contest.convention).items()
    first = sorted(known, key=lambda pair: (pair[1].ref, pair[1].quote) not in cited)
    return {
        "parties": [(one.party, one.name) for one in routing.parties(conventions, ticket.etablissement)],
        "clauses": [(name, letters.label(one)) for name, one in first],
    }


def awaited(told: Expected, card: dict[str, Any]) -> Expected:
    """Return what is expected of the reader: a word on the contest, where the reader's side has not said one yet."""
    contest: shown.ContestView | None = card["contest"]
    if told.yours or contest is None or "contest_choices" not in card or contest.party:
        return told
    return Expected("Dites à qui revient le service contesté.", yours=True, anchor=CARD)
