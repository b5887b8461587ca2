"""The steps of a ticket, decided before anything is written. Pure.

Each step takes the ticket's standing and returns an `Outcome`: the new standing, the entry of the timeline and the
notice due, together. A step that ITIL does not know from where the ticket stands raises `StepRefused`. Who may take a
step is decided by the gate, not here. `now` is always given.

    new -> in_progress -> on_hold -> in_progress -> resolved -> closed
    resolved -> (reopened) in_progress or new      closed is the end
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, HandOnReason, Holder, HoldReason, Kind, State, Step
from ticketing.steps import ENTRIES, entry_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the steps need to know of a ticket, and change. `returns_to` is the party that handed it to its holder."""

    state: State
    holder: Holder
    activity: str
    opened_at: datetime
    due_at: datetime | None
    desk: Holder
    returns_to: Holder | None = None
    assignee_id: int | None = None
    assignee_name: str | None = None
    hold_reason: HoldReason | None = None
    held_since: datetime | None = None
    first_answer_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    hand_ons: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """The person who takes the step; `id` None means the program itself."""

    id: int | None
    name: str
    on_holders_side: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the timeline: its kind, its words, whether only one side reads it, what changed."""

    kind: Kind
    words: str = ""
    internal: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step: the new standing, its entry, and the notice that it calls for (None: no mail)."""

    standing: Standing
    entry: Entry
    notice: str | None = None


def opened(standing: Standing) -> Outcome:
    """Open a ticket: its state is new, and its holder is the one that the decision names."""
    return announced(standing, Entry(Kind.OPENED, data=_held_by(standing.holder)))


def comment(standing: Standing, author: Author, words: str, internal: bool, now: datetime) -> Outcome:
    """Add words. A public answer to the question for which the ticket is on hold takes it off hold."""
    if standing.state is State.CLOSED:
        raise StepRefused("Ce ticket est clos : il ne se commente plus. Ouvrez-en un nouveau qui le cite.")
    if internal:
        return announced(standing, Entry(Kind.NOTE, words, internal=True))
    answered = (
        standing.state is State.ON_HOLD and standing.hold_reason is HoldReason.REQUESTER and not author.on_holders_side
    )
    after = _released(standing, now) if answered else standing
    data = _moved(standing, after) if answered else {}
    return announced(_answered(after, author, now), Entry(Kind.COMMENT, words, data=data))


def take_charge(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Put the ticket in the charge of a person of the holder's side, whether it is new or in a colleague's charge."""
    if standing.state is State.NEW:
        after = replace(standing, state=State.IN_PROGRESS, assignee_id=author.id, assignee_name=author.name)
    elif standing.state in (State.IN_PROGRESS, State.ON_HOLD):
        if standing.assignee_id == author.id:
            raise StepRefused("Vous avez déjà ce ticket en charge.")
        after = replace(standing, assignee_id=author.id, assignee_name=author.name)
    else:
        raise _refused(standing, "être pris en charge")
    data = _moved(standing, after) | {"previous": standing.assignee_name or ""}
    return announced(_answered(after, author, now), Entry(Kind.TAKEN, data=data))


def release(standing: Standing, cause: Mapping[str, Any]) -> Outcome:
    """Give a ticket back to the queue of its party: the person in charge left, or may no longer work it.

    A ticket in progress becomes new. One on hold still waits for what it waits for, and one resolved stays resolved: if
    it is reopened, it is new. Only an open ticket asks for somebody, so a resolved one calls for no mail. `cause` is
    stored beside the entry; the page says who had the ticket, and never why.
    """
    if standing.assignee_id is None or standing.state is State.CLOSED:
        raise _refused(standing, "revenir à la file")
    state = State.NEW if standing.state is State.IN_PROGRESS else standing.state
    after = replace(standing, state=state, assignee_id=None, assignee_name=None)
    entry = Entry(
        Kind.RELEASED, data=_moved(standing, after) | {"previous": standing.assignee_name or ""} | dict(cause)
    )
    return announced(after, entry) if standing.state in OPEN_STATES else Outcome(after, entry)


def give_back(standing: Standing, account: int, name: str) -> Outcome:
    """Put a ticket that a suspension took from a person in that person's charge again; nobody else may have it."""
    if standing.assignee_id is not None or standing.state is State.CLOSED:
        raise _refused(standing, "être rendu")
    state = State.IN_PROGRESS if standing.state is State.NEW else standing.state
    after = replace(standing, state=state, assignee_id=account, assignee_name=name)
    return announced(after, Entry(Kind.RETURNED, data=_moved(standing, after) | {"person": name}))


def hold(standing: Standing, author: Author, reason: HoldReason, words: str, now: datetime) -> Outcome:
    """Put the ticket on hold. The reason « requester » is a question asked in public."""
    if standing.state not in (State.NEW, State.IN_PROGRESS):
        raise _refused(standing, "être mis en attente")
    after = replace(standing, state=State.ON_HOLD, hold_reason=reason, held_since=now)
    asked = reason is HoldReason.REQUESTER
    entry = Entry(
        Kind.QUESTION if asked else Kind.HELD,
        words,
        data=_moved(standing, after) | {"reason": reason.value, "reason_label": reason.label},
    )
    return announced(_answered(after, author, now), entry)


def resume(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Take the ticket off hold."""
    if standing.state is not State.ON_HOLD:
        raise _refused(standing, "être repris")
    after = _released(standing, now)
    return announced(after, Entry(Kind.RESUMED, data=_moved(standing, after)))


def resolve(standing: Standing, author: Author, solution: str, now: datetime) -> Outcome:
    """Resolve the ticket: the holder's side says that it is done, and how."""
    if standing.state is State.NEW:
        raise StepRefused("Prenez d’abord le ticket en charge, puis résolvez-le.")
    if standing.state not in (State.IN_PROGRESS, State.ON_HOLD):
        raise _refused(standing, "être résolu")
    after = replace(_released(standing, now), state=State.RESOLVED, resolved_at=now)
    entry = Entry(Kind.RESOLVED, solution, data=_moved(standing, after))
    return announced(_answered(after, author, now), entry)


def confirm(standing: Standing, author: Author, now: datetime) -> Outcome:
    """Close a resolved ticket because the requester's side confirms the solution."""
    if standing.state is not State.RESOLVED:
        raise _refused(standing, "être confirmé")
    after = replace(standing, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CONFIRMED, data=_moved(standing, after)))


def reopen(standing: Standing, author: Author, words: str, now: datetime) -> Outcome:
    """Reopen a resolved ticket, for the person who had it in charge. A closed ticket stays closed (ITIL)."""
    if standing.state is State.CLOSED:
        raise StepRefused("Ce ticket est clos : ouvrez-en un nouveau qui le cite.")
    if standing.state is not State.RESOLVED:
        raise _refused(standing, "être rouvert")
    state = State.IN_PROGRESS if standing.assignee_id is not None else State.NEW
    after = replace(standing, state=state, resolved_at=None)
    return announced(after, Entry(Kind.REOPENED, words, data=_moved(standing, after)))


def close(standing: Standing, author: Author, words: str, now: datetime) -> Outcome:
    """Close a resolved ticket, for the holder's side or for the program after the days of grace."""
    if standing.state in OPEN_STATES:
        raise StepRefused("Un ticket se clôt une fois résolu : indiquez d’abord la solution.")
    if standing.state is not State.RESOLVED:
        raise _refused(standing, "être clos")
    after = replace(standing, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CLOSED, words, data=_moved(standing, after)))


def correct_facts(
    standing: Standing, holder: Holder, activity: str, words: str, changes: Mapping[str, Any], now: datetime
) -> Outcome:
    """Apply the decision on corrected facts. If it names another holder, the ticket becomes new there.

    `standing` has the delay of this decision already.
    """
    if standing.state not in OPEN_STATES:
        raise _refused(standing, "être corrigé")
    after = _decided(replace(standing, activity=activity), holder, now)
    data = _moved(standing, after) | _held_by(holder) | {"changes": dict(changes)}
    moved = after.holder.organisation != standing.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if moved else Outcome(after, entry)


def reroute(standing: Standing, holder: Holder, words: str, now: datetime) -> Outcome:
    """Apply a new decision on the same facts: the agreement says more than it did when the ticket was opened."""
    if standing.state not in OPEN_STATES:
        raise _refused(standing, "être réacheminé")
    after = _decided(standing, holder, now)
    data = _moved(standing, after) | _held_by(holder) | {"cause": "agreement"}
    moved = after.holder.organisation != standing.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if moved else Outcome(after, entry)


def hand_on(standing: Standing, holder: Holder, reason: HandOnReason, words: str, now: datetime) -> Outcome:
    """Hand the ticket to another party, where it becomes new; a delay that the text sets for it stays."""
    if standing.state not in OPEN_STATES:
        raise _refused(standing, "être transmis")
    if holder.organisation == standing.holder.organisation:
        raise StepRefused(f"{holder.name} tient déjà ce ticket.")
    after = replace(_given(standing, holder, now, returns_to=standing.holder), hand_ons=standing.hand_ons + 1)
    data = (
        _moved(standing, after)
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
        raise _refused(standing, "être contesté")
    to = standing.returns_to or standing.desk
    if to.organisation == standing.holder.organisation:
        raise StepRefused("Le guichet tient ce ticket sans l’avoir reçu d’une autre partie : transmettez-le plutôt.")
    after = replace(_given(standing, to, now, returns_to=None), hand_ons=standing.hand_ons + 1)
    data = (
        _moved(standing, after)
        | _held_by(to)
        | {
            "from_name": standing.holder.name,
            "from_party": standing.holder.party,
        }
    )
    return announced(after, Entry(Kind.CONTESTED, words, data=data))


def announced(after: Standing, entry: Entry) -> Outcome:
    """Return the outcome with the notice that its entry calls for."""
    return Outcome(after, entry, ENTRIES[entry_name(entry.kind, entry.data)].notice)


def steps(standing: Standing) -> frozenset[Step]:
    """Return the steps that the ticket's state allows; the gate says who may take them."""
    always = {Step.SHARE, Step.MAKE_CONFIDENTIAL, Step.MASK}
    talking = {Step.COMMENT, Step.NOTE, Step.ATTACH}
    working = {Step.TAKE_CHARGE, Step.CORRECT_FACTS, Step.HAND_ON}
    if (standing.returns_to or standing.desk).organisation != standing.holder.organisation:
        working.add(Step.CONTEST)
    match standing.state:
        case State.NEW:
            allowed = talking | working | {Step.HOLD}
        case State.IN_PROGRESS:
            allowed = talking | working | {Step.HOLD, Step.RESOLVE}
        case State.ON_HOLD:
            allowed = talking | working | {Step.RESUME, Step.RESOLVE}
        case State.RESOLVED:
            allowed = talking | {Step.CONFIRM, Step.REOPEN, Step.CLOSE}
        case State.CLOSED:
            allowed = set()
    return frozenset(always | allowed)


def _decided(standing: Standing, holder: Holder, now: datetime) -> Standing:
    """Return the ticket with the holder that a new decision names; it becomes new if this is another holder."""
    if holder.organisation != standing.holder.organisation:
        return _given(standing, holder, now, returns_to=None)
    return replace(standing, holder=holder)


def _given(standing: Standing, holder: Holder, now: datetime, *, returns_to: Holder | None) -> Standing:
    """Return the ticket with another holder: new there, in nobody's charge yet, no longer on hold."""
    return replace(
        _released(standing, now),
        state=State.NEW,
        holder=holder,
        returns_to=returns_to,
        assignee_id=None,
        assignee_name=None,
    )


def _released(standing: Standing, now: datetime) -> Standing:
    """Return the ticket off hold."""
    if standing.state is not State.ON_HOLD or standing.held_since is None:
        return standing
    return replace(
        standing,
        state=State.IN_PROGRESS if standing.assignee_id is not None else State.NEW,
        hold_reason=None,
        held_since=None,
    )


def _answered(standing: Standing, author: Author, now: datetime) -> Standing:
    """Return the ticket with its first answer, which is the first public word of the holder's side."""
    if author.on_holders_side and standing.first_answer_at is None:
        return replace(standing, first_answer_at=now)
    return standing


def _moved(before: Standing, after: Standing) -> dict[str, Any]:
    return {"from": before.state.value, "to": after.state.value}


def _held_by(holder: Holder) -> dict[str, Any]:
    return {"party": holder.party, "role": holder.role, "name": holder.name, "organisation": holder.organisation}


def _refused(standing: Standing, verb: str) -> StepRefused:
    where = {
        State.NEW: "Un nouveau ticket",
        State.IN_PROGRESS: "Un ticket en cours",
        State.ON_HOLD: "Un ticket en attente",
        State.RESOLVED: "Un ticket résolu",
        State.CLOSED: "Un ticket clos",
    }[standing.state]
    return StepRefused(f"{where} ne peut pas {verb}.")
