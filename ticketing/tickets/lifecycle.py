"""The steps of a ticket, decided before anything is written. Pure.

Each step takes the ticket's present and gives an `Outcome`: the new present, the entry of the timeline and the notice
due, together. A step that ITIL does not know from where the ticket stands raises `StepRefused`, whoever asks and by
whatever way. Who may take a step is the gate's matter, not decided here. `now` is always given.

    new -> in_progress -> on_hold -> in_progress -> resolved -> closed
    resolved -> (reopened) in_progress or new      closed is the end
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ticketing.errors import StepRefused
from ticketing.model import (
    OPEN_STATES,
    HandOnReason,
    Holder,
    HoldReason,
    Kind,
    State,
    Step,
)
from ticketing.steps import ENTRIES, entry_name
from ticketing.tickets import deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the steps need to know of a ticket, and change. `returns_to`: who handed it to its holder."""

    state: State
    holder: Holder
    activity: str
    opened_at: datetime
    due_at: datetime
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
    """Who takes the step; `id` None: the program itself."""

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
    """What a step gives: the new present, its entry, and the notice that it calls for (None: nobody is told)."""

    present: Present
    entry: Entry
    notice: str | None = None


def opened(present: Present) -> Outcome:
    """A ticket begins: new, held by whom the decision names."""
    return announced(present, Entry(Kind.OPENED, data=_held_by(present.holder)))


def comment(present: Present, author: Author, words: str, internal: bool, now: datetime) -> Outcome:
    """Words said. A public answer to the question that the ticket waited for sets it going again."""
    if present.state is State.CLOSED:
        raise StepRefused("Ce ticket est clos : il ne se commente plus. Ouvrez-en un nouveau qui le cite.")
    if internal:
        return announced(present, Entry(Kind.NOTE, words, internal=True))
    answered = (
        present.state is State.ON_HOLD and present.hold_reason is HoldReason.REQUESTER and not author.on_holders_side
    )
    after = _released(present, now) if answered else present
    data = _moved(present, after) if answered else {}
    return announced(_answered(after, author, now), Entry(Kind.COMMENT, words, data=data))


def take_charge(present: Present, author: Author, now: datetime) -> Outcome:
    """A person of the holder's side makes it their own, from new or from a colleague."""
    if present.state is State.NEW:
        after = replace(present, state=State.IN_PROGRESS, assignee_id=author.id, assignee_name=author.name)
    elif present.state in (State.IN_PROGRESS, State.ON_HOLD):
        if present.assignee_id == author.id:
            raise StepRefused("Vous avez déjà ce ticket en charge.")
        after = replace(present, assignee_id=author.id, assignee_name=author.name)
    else:
        raise _refused(present, "être pris en charge")
    data = _moved(present, after) | {"previous": present.assignee_name or ""}
    return announced(_answered(after, author, now), Entry(Kind.TAKEN, data=data))


def hold(present: Present, author: Author, reason: HoldReason, words: str, now: datetime) -> Outcome:
    """The ticket waits and its promise with it. Waiting for the requester is a question put in public."""
    if present.state not in (State.NEW, State.IN_PROGRESS):
        raise _refused(present, "être mis en attente")
    after = replace(present, state=State.ON_HOLD, hold_reason=reason, held_since=now)
    asked = reason is HoldReason.REQUESTER
    entry = Entry(
        Kind.QUESTION if asked else Kind.HELD,
        words,
        data=_moved(present, after) | {"reason": reason.value, "reason_label": reason.label},
    )
    return announced(_answered(after, author, now), entry)


def resume(present: Present, author: Author, now: datetime) -> Outcome:
    """The wait ends; the promise moves by the working time that it lasted."""
    if present.state is not State.ON_HOLD:
        raise _refused(present, "être repris")
    after = _released(present, now)
    return announced(after, Entry(Kind.RESUMED, data=_moved(present, after)))


def resolve(present: Present, author: Author, solution: str, now: datetime) -> Outcome:
    """The holder's side says that it is done, and how."""
    if present.state is State.NEW:
        raise StepRefused("Prenez d’abord le ticket en charge, puis résolvez-le.")
    if present.state not in (State.IN_PROGRESS, State.ON_HOLD):
        raise _refused(present, "être résolu")
    after = replace(_released(present, now), state=State.RESOLVED, resolved_at=now)
    entry = Entry(Kind.RESOLVED, solution, data=_moved(present, after))
    return announced(_answered(after, author, now), entry)


def confirm(present: Present, author: Author, now: datetime) -> Outcome:
    """The requester's side says that it works: the end."""
    if present.state is not State.RESOLVED:
        raise _refused(present, "être confirmé")
    after = replace(present, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CONFIRMED, data=_moved(present, after)))


def reopen(present: Present, author: Author, words: str, now: datetime) -> Outcome:
    """It was not resolved after all: back to whoever had it in charge. A closed ticket stays closed (ITIL)."""
    if present.state is State.CLOSED:
        raise StepRefused("Ce ticket est clos : ouvrez-en un nouveau qui le cite.")
    if present.state is not State.RESOLVED:
        raise _refused(present, "être rouvert")
    state = State.IN_PROGRESS if present.assignee_id is not None else State.NEW
    resolved_at = present.resolved_at or now
    after = replace(present, state=state, resolved_at=None, due_at=deadlines.pushed(present.due_at, resolved_at, now))
    return announced(after, Entry(Kind.REOPENED, words, data=_moved(present, after)))


def close(present: Present, author: Author, words: str, now: datetime) -> Outcome:
    """What is resolved is closed, by the holder's side or by the program after the days of grace."""
    if present.state in OPEN_STATES:
        raise StepRefused("Un ticket se clôt une fois résolu : indiquez d’abord la solution.")
    if present.state is not State.RESOLVED:
        raise _refused(present, "être clos")
    after = replace(present, state=State.CLOSED, closed_at=now)
    return announced(after, Entry(Kind.CLOSED, words, data=_moved(present, after)))


def correct_facts(
    present: Present, holder: Holder, activity: str, words: str, changes: Mapping[str, Any], now: datetime
) -> Outcome:
    """The facts were wrong: a new decision. When it names another holder, the ticket starts anew there."""
    if present.state not in OPEN_STATES:
        raise _refused(present, "être corrigé")
    due = present.due_at
    if activity != present.activity:
        due = deadlines.due_at(activity, present.opened_at)
    after = _decided(replace(present, activity=activity, due_at=due), holder, now)
    data = _moved(present, after) | _held_by(holder) | {"changes": dict(changes)}
    moved = after.holder.organisation != present.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if moved else Outcome(after, entry)


def reroute(present: Present, holder: Holder, words: str, now: datetime) -> Outcome:
    """The agreement says more than it did when the ticket was opened: a new decision on the same facts."""
    if present.state not in OPEN_STATES:
        raise _refused(present, "être réacheminé")
    after = _decided(present, holder, now)
    data = _moved(present, after) | _held_by(holder) | {"cause": "agreement"}
    moved = after.holder.organisation != present.holder.organisation
    entry = Entry(Kind.DECISION, words, data=data)
    return announced(after, entry) if moved else Outcome(after, entry)


def hand_on(present: Present, holder: Holder, reason: HandOnReason, words: str, now: datetime) -> Outcome:
    """The ticket goes to another party, new there; the promise to the requester stays."""
    if present.state not in OPEN_STATES:
        raise _refused(present, "être transmis")
    if holder.organisation == present.holder.organisation:
        raise StepRefused(f"{holder.name} tient déjà ce ticket.")
    after = replace(_given(present, holder, now, returns_to=present.holder), hand_ons=present.hand_ons + 1)
    data = (
        _moved(present, after)
        | _held_by(holder)
        | {
            "from_name": present.holder.name,
            "from_party": present.holder.party,
            "reason": reason.value,
            "reason_label": reason.label,
        }
    )
    return announced(after, Entry(Kind.HANDED_ON, words, data=data))


def contest(present: Present, words: str, now: datetime) -> Outcome:
    """The holder says that it is not theirs: back to who handed it on, or to the desk (I.4)."""
    if present.state not in OPEN_STATES:
        raise _refused(present, "être contesté")
    to = present.returns_to or present.desk
    if to.organisation == present.holder.organisation:
        raise StepRefused("Le guichet tient ce ticket sans l’avoir reçu d’une autre partie : transmettez-le plutôt.")
    after = replace(_given(present, to, now, returns_to=None), hand_ons=present.hand_ons + 1)
    data = (
        _moved(present, after)
        | _held_by(to)
        | {
            "from_name": present.holder.name,
            "from_party": present.holder.party,
        }
    )
    return announced(after, Entry(Kind.CONTESTED, words, data=data))


def announced(after: Present, entry: Entry) -> Outcome:
    """The outcome with the notice that its entry calls for."""
    return Outcome(after, entry, ENTRIES[entry_name(entry.kind, entry.data)].notice)


def steps(present: Present) -> frozenset[Step]:
    """The steps that the ticket itself allows from where it stands, whoever asks."""
    always = {Step.SHARE, Step.MAKE_CONFIDENTIAL, Step.MASK}
    talking = {Step.COMMENT, Step.NOTE, Step.ATTACH}
    working = {Step.TAKE_CHARGE, Step.CORRECT_FACTS, Step.HAND_ON}
    if (present.returns_to or present.desk).organisation != present.holder.organisation:
        working.add(Step.CONTEST)
    match present.state:
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


def _decided(present: Present, holder: Holder, now: datetime) -> Present:
    """In the hands that a new decision names: anew there where they are others'."""
    if holder.organisation != present.holder.organisation:
        return _given(present, holder, now, returns_to=None)
    return replace(present, holder=holder)


def _given(present: Present, holder: Holder, now: datetime, *, returns_to: Holder | None) -> Present:
    """The ticket in other hands: new there, nobody's yet, no longer waiting."""
    return replace(
        _released(present, now),
        state=State.NEW,
        holder=holder,
        returns_to=returns_to,
        assignee_id=None,
        assignee_name=None,
    )


def _released(present: Present, now: datetime) -> Present:
    """No longer waiting: the promise moves by the working time of the wait."""
    if present.state is not State.ON_HOLD or present.held_since is None:
        return present
    return replace(
        present,
        state=State.IN_PROGRESS if present.assignee_id is not None else State.NEW,
        due_at=deadlines.pushed(present.due_at, present.held_since, now),
        hold_reason=None,
        held_since=None,
    )


def _answered(present: Present, author: Author, now: datetime) -> Present:
    """The first public word of the holder's side is the first answer."""
    if author.on_holders_side and present.first_answer_at is None:
        return replace(present, first_answer_at=now)
    return present


def _moved(before: Present, after: Present) -> dict[str, Any]:
    return {"from": before.state.value, "to": after.state.value}


def _held_by(holder: Holder) -> dict[str, Any]:
    return {"party": holder.party, "role": holder.role, "name": holder.name, "organisation": holder.organisation}


def _refused(present: Present, verb: str) -> StepRefused:
    where = {
        State.NEW: "Un nouveau ticket",
        State.IN_PROGRESS: "Un ticket en cours",
        State.ON_HOLD: "Un ticket en attente",
        State.RESOLVED: "Un ticket résolu",
        State.CLOSED: "Un ticket clos",
    }[present.state]
    return StepRefused(f"{where} ne peut pas {verb}.")
