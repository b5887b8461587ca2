"""A ticket given back, and the contest that a clause opens between the side that gives it and the one that gets it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from charters.days import today
from charters.model import Actor
from matrix import Citation, Conventions
from ticketing.errors import Invalid
from ticketing.hours import known
from ticketing.in_force.routing import router
from ticketing.model import Step
from ticketing.settings import desk_settings
from ticketing.tables import Contest
from ticketing.tickets import lifecycle
from ticketing.tickets.changing import letters
from ticketing.tickets.changing.letters import Letter
from ticketing.tickets.contesting import rules
from ticketing.tickets.contesting.rules import Dispute
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway, checked_words, router_kept, take

CONTEST: Any = Contest.__table__


def clauses(conventions: Conventions, convention: str | None) -> Mapping[str, Citation]:
    """Return the clauses that may be invoked about a ticket: those of the agreement that decided, by name."""
    return conventions[convention].clauses if convention is not None and convention in conventions else {}


def contest(actor: Actor, number: int, version: int, words: str, now: datetime, clause: str = "") -> None:
    """Give the ticket back to the party that handed it on, or to the desk; `clause` is a name of `clauses`.

    Without a clause it is given back, and no more. With one, a contest opens: the référents of both sides are asked to
    whom the service belongs. One contest of a ticket waits at a time, and what two sides ruled of it stands.
    """
    text = checked_words(words, "Dites pourquoi ce ticket ne vous revient pas.")
    router_kept()

    def decide(step: Underway) -> Outcome:
        cited = clauses(router().conventions, step.row.convention).get(clause)
        if clause and cited is None:
            raise Invalid({"clause": "Choisissez une clause de l’accord qui a décidé."})
        told = letters.written(text, Letter(clause=clause), step.author.name, cited)
        outcome = lifecycle.contest(step.standing, told, step.act.now)
        return outcome if cited is None else _opened(step, outcome, clause)

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CONTEST, version=version, typed={"words": words})
    take(attempt, decide)


def _opened(step: Underway, outcome: Outcome, clause: str) -> Outcome:
    """Return the outcome of a contest with its term, and have its row written with its entry."""
    row, giver, taker = step.row, step.standing.holder, outcome.standing.holder
    sides = (giver.organisation, taker.organisation)
    if fault := _fault(step, sides):
        raise Invalid({"clause": fault})
    now, days = step.act.now, desk_settings().contest_days
    term_at = rules.term([known.calendar(side) for side in sides], now, days)
    convention = router().conventions[row.convention]
    decides = rules.decides_category(convention, row.service, row.activity, today(row.opened_at))
    values = {
        "ticket_id": row.number,
        "decision_id": row.decision_id,
        "academie": row.academie,
        "convention": row.convention,
        "service": row.service,
        "activity": row.activity,
        "category": (row.user_category or "") if decides else "",
        "clause": clause,
        **{f"from_{name}": getattr(giver, name) for name in ("organisation", "party", "name")},
        **{f"to_{name}": getattr(taker, name) for name in ("organisation", "party", "name")},
        "made_at": now,
        "days": days,
        "term_at": term_at,
        "asks_at": term_at,
        "state": Dispute.OPEN.value,
        "ruled_party": "",
        "grounds": "",
    }
    step.then.append(lambda event_id: step.act.session.execute(insert(CONTEST).values(**values, event_id=event_id)))
    return rules.contested(outcome, term_at, days, sides)


def _fault(step: Underway, sides: tuple[str, str]) -> str:
    """Return why no contest may open on a ticket now, « » where one may."""
    rows = step.act.session.execute(
        select(CONTEST.c.state, CONTEST.c.from_organisation, CONTEST.c.to_organisation).where(
            CONTEST.c.ticket_id == step.row.number
        )
    ).all()
    if any(row.state in rules.PENDING for row in rows):
        return (
            "Une contestation de ce ticket attend déjà l’avis des deux parties : rendez-le sans invoquer de clause, ou "
            "transmettez-le."
        )
    if any(row.state == Dispute.RULED and {row.from_organisation, row.to_organisation} == set(sides) for row in rows):
        return "Les deux parties ont déjà tranché à qui revient ce ticket : leur décision est dans le fil."
    return ""
