"""The référent of a side says to which party a contested ticket belongs; once both sides say the same, it is ruled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from charters.model import Actor, Role
from charters.permissions import Action, perimeter
from ticketing.errors import Invalid, Refused, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.routing import router
from ticketing.model import Holder
from ticketing.tables import Contest, ContestVoice
from ticketing.tickets.changing import letters
from ticketing.tickets.changing.letters import Letter
from ticketing.tickets.contesting import rules, telling
from ticketing.tickets.contesting.asking import clauses
from ticketing.tickets.contesting.rules import Dispute, Voice
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway, checked_words, router_kept, take

CONTEST: Any = Contest.__table__
VOICE: Any = ContestVoice.__table__


def referee(actor: Actor, number: int, party: str, clause: str, words: str, now: datetime) -> None:
    """Say, for the actor's side, which party answers for the service of a contested ticket, by which clause, and why.

    What a side said may be said anew until both agree. Then the ticket goes to that party; where they disagree, the
    administrators of the académie are told, and nothing moves. Raises as a step does, by the fields `party`, `clause`
    and `words`.
    """
    text = checked_words(words, "Dites pourquoi, en une phrase ou deux.")
    router_kept()

    def decide(step: Underway) -> Outcome:
        pending = waiting(step)
        _may(actor, pending)
        conventions = router().conventions
        parties = {holder.party: holder for holder in routing.parties(conventions, step.row.etablissement)}
        cited = clauses(conventions, pending.convention).get(clause)
        errors = {}
        if party not in parties:
            errors["party"] = "Choisissez à qui revient le service."
        if cited is None:
            errors["clause"] = "Choisissez la clause qui le dit : sans clause, rien n’est tranché."
        if errors:
            raise Invalid(errors)
        told = letters.written(text, Letter(clause=clause), step.author.name, cited)
        return _said(step, pending, parties[party], clause, told)

    typed = {"party": party, "clause": clause, "words": words}
    take(Attempt(actor=actor, number=number, now=now, action=Action.REFEREE, typed=typed), decide)


def waiting(step: Underway) -> Row[Any]:
    """Return the contest of a ticket that waits for its référents. Raises StepRefused."""
    row = step.act.session.execute(
        select(CONTEST).where(CONTEST.c.ticket_id == step.row.number, CONTEST.c.state.in_(rules.PENDING))
    ).first()
    if row is None:
        raise StepRefused("Aucune contestation de ce ticket n’attend d’avis.")
    return row


def _may(actor: Actor, pending: Row[Any]) -> None:
    role = Role(actor.role) if actor.role else None
    if not rules.may_say(role, perimeter(actor).side, (pending.from_organisation, pending.to_organisation)):
        raise Refused("Cet avis revient aux référents des deux parties de la contestation.")


def _said(step: Underway, pending: Row[Any], said: Holder, clause: str, words: str) -> Outcome:
    """Return what one more voice makes of a contest, and have it written with its entry."""
    session, now = step.act.session, step.act.now
    side = perimeter(step.act.actor).side if step.act.actor else ""
    sides = (pending.from_organisation, pending.to_organisation)
    mine = Voice(str(side), said.party, clause)
    others = session.execute(
        select(VOICE.c.organisation, VOICE.c.party, VOICE.c.clause).where(
            VOICE.c.contest_id == pending.id, VOICE.c.organisation != side
        )
    ).all()
    voices = [mine, *(Voice(*row) for row in others)]
    state, _ = rules.verdict(sides, voices)
    step.then.append(lambda event_id: _keep(step, pending, voices, state, event_id))
    if state is Dispute.RULED:
        return rules.ruled(step.standing, words, said, sides, now)
    if state is Dispute.UNSETTLED and pending.state != Dispute.UNSETTLED:
        telling.unsettled(pending, now)
        return rules.unsettled(step.standing, words, said, sides)
    return rules.refereed(step.standing, words, said, sides)


def _keep(step: Underway, pending: Row[Any], voices: list[Voice], state: Dispute, event_id: int) -> None:
    """Write the last voice of a side, and where the contest stands."""
    session, now, mine = step.act.session, step.act.now, voices[0]
    session.execute(delete(VOICE).where(VOICE.c.contest_id == pending.id, VOICE.c.organisation == mine.organisation))
    kept = {"contest_id": pending.id, "organisation": mine.organisation, "party": mine.party, "clause": mine.clause}
    session.execute(insert(VOICE).values(**kept, event_id=event_id, at=now))
    if state is Dispute.OPEN:
        return
    values: dict[str, Any] = {"state": state.value, "asks_at": None, "settled_at": now}
    if state is Dispute.RULED:
        grounds = " ".join(dict.fromkeys(one.clause for one in voices))
        values |= {"ruled_party": mine.party, "grounds": grounds}
    session.execute(update(CONTEST).where(CONTEST.c.id == pending.id).values(**values))
