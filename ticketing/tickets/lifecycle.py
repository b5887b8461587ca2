"""The steps of a ticket, decided before anything is written. Pure.

Each step takes the ticket's standing and returns an `Outcome`: the new standing, the entry of the timeline and the
notice due, together. A step that ITIL does not know from where the ticket stands raises `StepRefused`. Who may take a
step is decided by the gate, not here. `now` is always given.

    new -> in_progress -> on_hold -> in_progress -> resolved -> closed
    resolved -> (reopened) in_progress or new      closed is the end, but for want of an answer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, Bond, HandOnReason, Holder, HoldReason, Kind, State, Step, WithdrawReason
from ticketing.steps import ENTRIES, entry_name
from ticketing.tickets.changing.standing import Author, Entry, Outcome, Standing

__all__ = ["Author", "Entry", "Outcome", "Standing"]


def opened(standing: Standing) -> Outcome:
    """Open a ticket: its state is new, and its holder is the one that the decision names."""
    return announced(standing, Entry(Kind.OPENED, data=_held_by(standing.holder)))


def comment(standing: Standing, author: Author, words: str, internal: bool, now: datetime) -> Outcome:
    """Add words. A public answer to the question for which the ticket is on hold takes it off hold."""
    if standing.unanswered and not (internal or author.on_holders_side):
        return reopen(standing, author, words, now)
    if standing.state is State.CLOSED and standing.bond is not Bond.DUPLICATE:
        raise StepRefused("Ce ticket est clos : il ne se commente plus. Ouvrez-en un nouveau qui le cite.")
    if internal:
        return announced(standing, Entry(Kind.NOTE, words, internal=True))
    after = answered(standing, author, now)
    data = moved(standing, after) if after is not standing else {}
    return announced(_answered(after, author, now), Entry(Kind.COMMENT, words, data=data))


def answered(standing: Standing, author: Author, now: datetime) -> Standing:
    """Return the standing of a ticket off hold, where it waited for an answer that the requester's side now gave."""
    asked = standing.state is State.ON_HOLD and standing.hold_reason is HoldReason.REQUESTER
    return released(standing, now) if asked and not author.on_holders_side else standing


def take_charge(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Put the ticket in the charge of a person of the holder's side, whether it is new or in a colleague's charge."""
    if standing.state is State.NEW:
        after = replace(standing, state=State.IN_PROGRESS, assignee_id=author.id, assignee_name=author.name)
    elif standing.state in (State.IN_PROGRESS, State.ON_HOLD):
        if standing.assignee_id == author.id:
            raise StepRefused("Vous avez déjà ce ticket en charge.")
        after = replace(standing, assignee_id=author.id, assignee_name=author.name)
    else:
        raise refused(standing, "être pris en charge")
    data = moved(standing, after) | {"previous": standing.assignee_name or ""}
    return announced(_answered(after, author, now), Entry(Kind.TAKEN, data=data))


def release(standing: Standing, cause: Mapping[str, Any]) -> Outcome:
    """Give a ticket back to the queue of its party: the person in charge left, or may no longer work it.

    A ticket in progress becomes new. One on hold still waits for what it waits for, and one resolved stays resolved: if
    it is reopened, it is new. Only an open ticket asks for somebody, so a resolved one calls for no mail. `cause` is
    stored beside the entry; the page says who had the ticket, and never why.
    """
    if standing.assignee_id is None or standing.state is State.CLOSED:
        raise refused(standing, "revenir à la file")
    state = State.NEW if standing.state is State.IN_PROGRESS else standing.state
    after = replace(standing, state=state, assignee_id=None, assignee_name=None)
    entry = Entry(Kind.RELEASED, data=moved(standing, after) | {"previous": standing.assignee_name or ""} | dict(cause))
    return announced(after, entry) if standing.state in OPEN_STATES else Outcome(after, entry)


def give_back(standing: Standing, account: int, name: str) -> Outcome:
    """Put a ticket that a suspension took from a person in that person's charge again; nobody else may have it."""
    if standing.assignee_id is not None or standing.state is State.CLOSED:
        raise refused(standing, "être rendu")
    state = State.IN_PROGRESS if standing.state is State.NEW else standing.state
    after = replace(standing, state=state, assignee_id=account, assignee_name=name)
    return announced(after, Entry(Kind.RETURNED, data=moved(standing, after) | {"person": name}))


def hold(
    standing: Standing, author: Author, reason: HoldReason, words: str, now: datetime, wake_at: datetime | None = None
) -> Outcome:
    """Put the ticket on hold, until `wake_at` if a day is said. The reason « requester » is a question in public."""
    if standing.state not in (State.NEW, State.IN_PROGRESS):
        raise refused(standing, "être mis en attente")
    after = replace(standing, state=State.ON_HOLD, hold_reason=reason, held_since=now, wake_at=wake_at)
    asked = reason is HoldReason.REQUESTER
    entry = Entry(
        Kind.QUESTION if asked else Kind.HELD,
        words,
        data=moved(standing, after)
        | {"reason": reason.value, "reason_label": reason.label}
        | ({"until": wake_at.isoformat()} if wake_at else {}),
    )
    return announced(_answered(after, author, now), entry)


def resume(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Take the ticket off hold, for the holder's side, or for the program on the day until which it waited."""
    if standing.state is not State.ON_HOLD:
        raise refused(standing, "être repris")
    after = released(standing, now)
    return announced(after, Entry(Kind.RESUMED, data=moved(standing, after)))


def resolve(standing: Standing, author: Author, solution: str, now: datetime) -> Outcome:
    """Resolve the ticket: the holder's side says that it is done, and how. A new one is its author's from then on."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être résolu")
    if standing.state is State.NEW:
        standing = replace(standing, assignee_id=author.id, assignee_name=author.name)
    after = replace(released(standing, now), state=State.RESOLVED, resolved_at=now)
    entry = Entry(Kind.RESOLVED, solution, data=moved(standing, after))
    return announced(_answered(after, author, now), entry)


def confirm(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Close a resolved ticket because the requester's side confirms the solution."""
    if standing.state is not State.RESOLVED:
        raise refused(standing, "être confirmé")
    after = replace(standing, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CONFIRMED, data=moved(standing, after)))


def reopen(standing: Standing, author: Author, words: str, now: datetime) -> Outcome:
    """Reopen a resolved ticket, for the person who had it in charge, or one closed for want of an answer.

    Any other closed ticket stays closed (ITIL).
    """
    if standing.state is State.CLOSED and not standing.unanswered:
        raise StepRefused("Ce ticket est clos : ouvrez-en un nouveau qui le cite.")
    if standing.state is not State.RESOLVED and not standing.unanswered:
        raise refused(standing, "être rouvert")
    state = State.IN_PROGRESS if standing.assignee_id is not None else State.NEW
    engagements = standing.engagements.after_pause(standing.resolved_at or standing.held_since, now)
    after = replace(
        standing,
        state=state,
        resolved_at=None,
        closed_at=None,
        hold_reason=None,
        held_since=None,
        engagements=engagements,
    )
    return announced(after, Entry(Kind.REOPENED, words, data=moved(standing, after)))


def close(standing: Standing, author: Author, words: str, now: datetime) -> Outcome:
    """Close a resolved ticket, for the holder's side or for the program after the days of grace."""
    if standing.state in OPEN_STATES:
        raise StepRefused("Un ticket se clôt une fois résolu : indiquez d’abord la solution.")
    if standing.state is not State.RESOLVED:
        raise refused(standing, "être clos")
    after = replace(standing, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CLOSED, words, data=moved(standing, after)))


def correct_facts(
    standing: Standing, holder: Holder, activity: str, words: str, changes: Mapping[str, Any], now: datetime
) -> Outcome:
    """Apply the decision on corrected facts. If it names another holder, the ticket becomes new there.

    `standing` has the delay of this decision already.
    """
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être corrigé")
    after = _decided(replace(standing, activity=activity), holder, now)
    data = moved(standing, after) | _held_by(holder) | {"changes": dict(changes)}
    elsewhere = after.holder.organisation != standing.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if elsewhere else Outcome(after, entry)


def reroute(standing: Standing, holder: Holder, words: str, now: datetime) -> Outcome:
    """Apply a new decision on the same facts: the agreement says more than it did when the ticket was opened."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être réacheminé")
    after = _decided(standing, holder, now)
    data = moved(standing, after) | _held_by(holder) | {"cause": "agreement"}
    elsewhere = after.holder.organisation != standing.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if elsewhere else Outcome(after, entry)


def hand_on(standing: Standing, holder: Holder, reason: HandOnReason, words: str, now: datetime) -> Outcome:
    """Hand the ticket to another party, where it becomes new; a delay that the text sets for it stays."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être transmis")
    if holder.organisation == standing.holder.organisation:
        raise StepRefused(f"{holder.name} tient déjà ce ticket.")
    after = replace(_given(standing, holder, now, returns_to=standing.holder), hand_ons=standing.hand_ons + 1)
    data = (
        moved(standing, after)
        | _held_by(holder)
        | {
            "from_name": standing.holder.name,
            "from_party": standing.holder.party,
            "reason": reason.value,
            "reason_label": reason.label,
        }
    )
    return announced(after, Entry(Kind.HANDED_ON, words, data=data))


def contest(standing: Standing, words: str, now: datetime) -> Outcome:
    """Give the ticket back to the party that handed it on, or to the desk (I.4): the holder says it is not theirs."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être contesté")
    to = standing.returns_to or standing.desk
    if to.organisation == standing.holder.organisation:
        raise StepRefused("Le guichet tient ce ticket sans l’avoir reçu d’une autre partie : transmettez-le plutôt.")
    after = replace(_given(standing, to, now, returns_to=None), hand_ons=standing.hand_ons + 1)
    data = (
        moved(standing, after)
        | _held_by(to)
        | {
            "from_name": standing.holder.name,
            "from_party": standing.holder.party,
        }
    )
    return announced(after, Entry(Kind.CONTESTED, words, data=data))


def amend(standing: Standing, before: str) -> Outcome:
    """Change the words of the request, until somebody takes it in charge; `before` is what they were."""
    if not untaken(standing):
        raise StepRefused("Ce ticket est pris en charge : ajoutez un commentaire plutôt que de changer la demande.")
    return announced(standing, Entry(Kind.AMENDED, before, data=moved(standing, standing)))


def adjust(standing: Standing, author: Author, words: str, said: Mapping[str, Any], told: str) -> Outcome:
    """Correct where the trouble is and how urgent, for the holder's side, and for its author until it is taken.

    `said` is what changes, as the entry keeps it; `told` the same in words, for the mail. Nothing promised moves.
    """
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être corrigé")
    if not may_adjust(standing, author):
        raise StepRefused("Ce ticket est pris en charge : dites en commentaire ce qui a changé.")
    promised = {"promised": True} if standing.engagements.packed() else {}
    entry = Entry(Kind.ADJUSTED, words, data=moved(standing, standing) | dict(said) | promised)
    return replace(announced(standing, entry), recalled=told)


def may_adjust(standing: Standing, author: Author) -> bool:
    """Whether this author may say where the trouble of an open ticket is and how urgent."""
    return author.on_holders_side or untaken(standing)


def withdraw(standing: Standing, reason: WithdrawReason, words: str, now: datetime) -> Outcome:
    """Close an open ticket for its author: it solved itself, or nobody has it in charge and it is no longer asked."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être retiré")
    if reason is WithdrawReason.NOT_NEEDED and not untaken(standing):
        raise StepRefused("Ce ticket est pris en charge : dites en commentaire qu’il n’est plus utile.")
    after = replace(released(standing, now), state=State.CLOSED, closed_at=now)
    data = moved(standing, after) | {"reason": reason.value, "reason_label": reason.label}
    return announced(after, Entry(Kind.WITHDRAWN, words, data=data))


def untaken(standing: Standing) -> bool:
    """Whether nobody has an open ticket in charge."""
    return standing.state in (State.NEW, State.ON_HOLD) and standing.assignee_id is None


def announced(after: Standing, entry: Entry) -> Outcome:
    """Return the outcome with the notice that its entry calls for."""
    return Outcome(after, entry, ENTRIES[entry_name(entry.kind, entry.data)].notice)


def steps(standing: Standing) -> frozenset[Step]:
    """Return the steps that the ticket's state allows; the gate says who may take them."""
    always = {Step.SHARE, Step.MAKE_CONFIDENTIAL, Step.MASK}
    talking = {Step.COMMENT, Step.NOTE, Step.ATTACH}
    working = {Step.TAKE_CHARGE, Step.ASSIGN, Step.CORRECT_FACTS, Step.ANSWER, Step.HAND_ON, Step.WITHDRAW, Step.MERGE}
    working.add(Step.ADJUST)
    if untaken(standing):
        working.add(Step.AMEND)
    working |= {Step.SPLIT, Step.UNFOLLOW if standing.bond is Bond.CHILD else Step.FOLLOW}
    if (standing.returns_to or standing.desk).organisation != standing.holder.organisation:
        working.add(Step.CONTEST)
    match standing.state:
        case State.NEW:
            allowed = talking | working | {Step.HOLD, Step.RESOLVE}
        case State.IN_PROGRESS:
            allowed = talking | working | {Step.HOLD, Step.RESOLVE}
        case State.ON_HOLD:
            allowed = talking | working | {Step.RESUME, Step.RESOLVE}
        case State.RESOLVED:
            allowed = talking | {Step.CONFIRM, Step.REOPEN, Step.CLOSE}
        case State.CLOSED:
            allowed = talking | {Step.UNMERGE} if standing.bond is Bond.DUPLICATE else set()
            if standing.unanswered:
                allowed |= {Step.COMMENT, Step.REOPEN}
    return frozenset(always | allowed)


def _decided(standing: Standing, holder: Holder, now: datetime) -> Standing:
    """Return the ticket with the holder that a new decision names; it becomes new if this is another holder."""
    if holder.organisation != standing.holder.organisation:
        return _given(standing, holder, now, returns_to=None)
    return replace(standing, holder=holder)


def _given(standing: Standing, holder: Holder, now: datetime, *, returns_to: Holder | None) -> Standing:
    """Return the ticket with another holder: new there, in nobody's charge yet, no longer on hold."""
    return replace(
        released(standing, now),
        state=State.NEW,
        holder=holder,
        returns_to=returns_to,
        assignee_id=None,
        assignee_name=None,
    )


def released(standing: Standing, now: datetime) -> Standing:
    """Return the ticket off hold; what stopped meanwhile runs again."""
    if standing.state is not State.ON_HOLD or standing.held_since is None:
        return standing
    engagements = standing.engagements.after_pause(standing.held_since if standing.paused else None, now)
    return replace(
        standing,
        engagements=engagements,
        state=State.IN_PROGRESS if standing.assignee_id is not None else State.NEW,
        hold_reason=None,
        held_since=None,
        wake_at=None,
        nudge_at=None,
        nudges=0,
    )


def _answered(standing: Standing, author: Author, now: datetime) -> Standing:
    """Return the ticket with its first answer, which is the first public word of the holder's side."""
    if not author.on_holders_side:
        return standing
    answered = standing.engagements.answered(now)
    return replace(standing, first_answer_at=standing.first_answer_at or now, engagements=answered, silent_at=None)


def moved(before: Standing, after: Standing) -> dict[str, Any]:
    """Return the states before and after a step, as its entry keeps them."""
    return {"from": before.state.value, "to": after.state.value}


def _held_by(holder: Holder) -> dict[str, Any]:
    return {"party": holder.party, "role": holder.role, "name": holder.name, "organisation": holder.organisation}


def refused(standing: Standing, verb: str) -> StepRefused:
    """Return the refusal of a step that the ticket's state does not know; `verb` ends the sentence."""
    where = {
        State.NEW: "Un nouveau ticket",
        State.IN_PROGRESS: "Un ticket en cours",
        State.ON_HOLD: "Un ticket en attente",
        State.RESOLVED: "Un ticket résolu",
        State.CLOSED: "Un ticket clos",
    }[standing.state]
    return StepRefused(f"{where} ne peut pas {verb}.")
