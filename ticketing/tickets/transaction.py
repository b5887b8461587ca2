"""One step of a ticket, in one commit or not at all: gate, version, decision, rows, journal line and notices.

`take` runs a step that a person asks for; `write` makes its rows, and the program's own steps use it too; `record` is
the part that an opening has in common with a step, with `changing.telling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from charters.database import db, reading, writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix import Router
from ticketing import model, steps
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.files import receiving
from ticketing.in_force import routing
from ticketing.mail import wording
from ticketing.model import Holder, Step, Upload
from ticketing.search import index
from ticketing.tables import DecisionRow
from ticketing.tickets import delays, incoming_files, indexing, queries, row_values, store
from ticketing.tickets.changing import telling
from ticketing.tickets.lifecycle import Author, Entry, Outcome, Standing
from ticketing.views import DelayView

#: The name under which the program itself acts.
PROGRAM = "Guichet"
_JOURNALLED = ("from", "to", "party", "reason", "on")

for _name, _line in steps.ENTRIES.items():
    audit.label(steps.journal_event(_name), _line.journal)


def router_kept() -> Router:
    """Return the router, read in its own transaction: slow work that follows (files) must not hold the write lock."""
    kept = routing.kept()
    if kept is not None:
        return kept
    with reading():
        return routing.router()


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts on a ticket, when, in which database session, and as which author of its history.

    `actor` is None when the program itself acts; `spoken_for` is then the side in whose name it writes what another
    tool said, with its name.
    """

    session: Session
    actor: Actor | None
    author: Author
    now: datetime
    spoken_for: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A step that a person asks for, as it comes in.

    `version` is the version of the ticket that the page showed; None if a change in between does no harm. `typed` is
    what a refused save gives back. `token` is that of a form to be sent once. `action` replaces the action that the
    table of steps gives, for what is not a step of the page.
    """

    actor: Actor
    number: int
    now: datetime
    step: Step | None = None
    action: Action | None = None
    version: int | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)
    uploads: Sequence[Upload] = ()
    token: str | None = None

    @property
    def asks(self) -> Action:
        """Return the action that the gate judges."""
        if self.action is not None:
            return self.action
        assert self.step is not None
        return steps.STEPS[self.step].action


@dataclass(slots=True)
class Underway:
    """A step in progress: what it starts from, and what it adds to the ticket besides the new standing."""

    act: Act
    row: Row[Any]
    standing: Standing
    decision: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    routed: routing.Routed | None = None
    delay: DelayView | None = None
    reason: str = ""
    journalled: dict[str, Any] = field(default_factory=dict)  # what the journal says besides, no entry
    then: list[Callable[[int], Any]] = field(default_factory=list)  # what is written after the entry, given its id

    @property
    def author(self) -> Author:
        """The author of the entry that the step leaves."""
        return self.act.author


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision to store with an entry, the words that came with it, and the delay that the text sets."""

    routed: routing.Routed
    reason: str = ""
    delay: DelayView | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The ids of an entry and of the decision stored with it."""

    event_id: int
    decision_id: int | None


class Moved(Exception):
    """Raised when the ticket no longer has the version that the page showed."""


def take(attempt: Attempt, decide: Callable[[Underway], Outcome]) -> None:
    """Take a step, all or nothing: gate, version, decision (`decide`), writes.

    A form token that came before changes nothing. Raises NotFound, Refused, StepRefused, Invalid, or Stale with the
    ticket as it is now and what was typed.
    """
    own = perimeter(attempt.actor)
    if own.key is None or not model.may_be_number(attempt.number):
        raise NotFound
    if attempt.uploads:  # checked before any file is received
        with reading():
            shown = queries.row_of(own, attempt.number)
        gate(attempt.actor, attempt.asks, shown)
        gate(attempt.actor, Action.ATTACH, shown)
    try:
        with incoming_files.receiving_files(attempt.uploads) as received, writing() as session:
            take_received(attempt, decide, received, session)
    except Moved:
        with reading():
            current = queries.ticket(own, attempt.actor, attempt.number, attempt.now)
        raise Stale(current, attempt.typed) from None


def take_received(
    attempt: Attempt, decide: Callable[[Underway], Outcome], received: list[receiving.Received], session: Session
) -> int:
    """Take a step whose files are received, in the open transaction; return its entry's id, 0 for a known form token.

    This is the part of a step that needs the ticket's lock. Raises Moved, and what `take` raises but Stale.
    """
    actor, number = attempt.actor, attempt.number
    row = store.lock_ticket(session, number)
    if row is None or perimeter(actor).key not in row.scope_keys:
        raise NotFound
    now = written_at(attempt.now)  # after the ticket's lock, for which PostgreSQL may have waited
    gate(actor, attempt.asks, row)
    if row.pseudonymised_at is not None:  # words and names added now would never be erased
        raise StepRefused("Les données personnelles de ce ticket sont effacées : il ne change plus.")
    if attempt.token:
        first, _ = store.claim_token(session, actor.account_id, attempt.token[:64], now)
        if not first:
            incoming_files.already_received(received, None)
            return 0
        store.settle_token(session, actor.account_id, attempt.token[:64], number)
    if attempt.version is not None and attempt.version != row.version:
        raise Moved
    try:
        receiving.check_quota(row.file_bytes, received, incoming_files.limits())
    except receiving.FileRefused as fault:
        raise Invalid({"files": fault.sentence}) from fault
    standing = queries.standing_of(row, desk_of(row))
    act = Act(session, actor, author_of(actor, standing.holder), now)
    step = Underway(act, row, standing, decision_of(row))
    return write(step, decide(step), received)


def write(step: Underway, outcome: Outcome, received: Sequence[receiving.Received] = ()) -> int:
    """Write a step: ticket, rows of the perimeter, counters, entry, decision, files, index, notices, journal line.

    Returns the entry's id. Raises Moved if another step changed the ticket first.
    """
    act, row, entry = step.act, step.row, outcome.entry
    decided = Decided(step.routed, step.reason, step.delay) if step.routed else None
    recorded = record(act, dict(row._mapping), entry, received, decided)
    values = _columns(step, outcome, received)
    if recorded.decision_id is not None:
        values["decision_id"] = recorded.decision_id
    if not store.change_ticket(act.session, row, values, bump=not entry.internal):
        raise Moved
    for then in step.then:
        then(recorded.event_id)
    index.add(act.session, row.number, indexing.of_step(row, entry, act.author, side_of(act, row.academie), received))
    told = telling.Told(recorded.event_id, _why(step, outcome), dict(row._mapping))
    telling.tell(act, {**row._mapping, **values}, outcome, told)
    audit.record(
        steps.journal_event(steps.entry_name(entry.kind, entry.data)),
        actor=act.actor,
        subject=f"ticket {row.number}",
        now=act.now,
        sigle="" if act.actor else "guichet",
        details={name: entry.data[name] for name in _JOURNALLED if name in entry.data} | step.journalled,
    )
    return recorded.event_id


def _columns(step: Underway, outcome: Outcome, received: Sequence[receiving.Received]) -> dict[str, Any]:
    """Return the columns of the ticket that a step changes."""
    row = step.row
    contributors = step.routed.contributors if step.routed else ()
    values = {
        **step.values,
        **row_values.of_standing(row_values.engaged(outcome.standing, {**row._mapping, **step.values}, step.act.now)),
        "updated_at": step.act.now,
        "event_count": row.event_count + 1,
        "file_bytes": row.file_bytes + sum(file.size for file in received),
        "involved": row_values.involved(row.involved, outcome.standing.holder, contributors),
    }
    after = {**row._mapping, **values}
    return {**values, "account_service": on_accounts(after), "scope_keys": row_values.keys(after)}


def _why(step: Underway, outcome: Outcome) -> wording.Reason:
    """Return the reason of the present decision, for the mail; after a handing on, who handed the ticket on and why."""
    view = step.routed.view if step.routed else None
    why = view.why if view else str(step.decision["view"]["why"])
    cited = view.citations if view else step.decision["view"]["citations"]
    data = outcome.entry.data
    if "reason_label" in data and outcome.notice == "handed_on":
        handed_on = f"{data['from_name']} l’a transmis ({data['reason_label'].lower()})."
        why = f"{handed_on} La décision d’origine : {why}"
    return wording.Reason(why, cited)


def record(
    act: Act,
    ticket: Mapping[str, Any],
    entry: Entry,
    received: Sequence[receiving.Received],
    decided: Decided | None = None,
) -> Recorded:
    """Write an entry of the history with its decision and files, and return their ids.

    `ticket` holds the columns of the ticket as it is now, its number among them.
    """
    actor, number = act.actor, ticket["number"]
    side = side_of(act, ticket["academie"])
    data = dict(entry.data)
    decision_id = None
    if decided is not None:
        decision_id = data["decision_id"] = _keep_decision(act, number, decided)
    visibility = "internal" if entry.internal else "public"
    event_id = store.add_event(
        act.session,
        {
            "ticket_id": number,
            "at": act.now,
            "kind": entry.kind.value,
            "visibility": visibility,
            "side": side,
            "side_name": _side_name(act, side),
            "author_id": act.author.id,
            "author_name": act.author.name,
            "author_role": str(actor.role) if actor else "",
            "body": entry.words,
            "data": data,
        },
    )
    of_entry = {"ticket_id": number, "event_id": event_id, "visibility": visibility, "side": side, "at": act.now}
    store.add_files(act.session, of_entry, received)
    _journal_quarantined(act, number, received)
    return Recorded(event_id, decision_id)


def _keep_decision(act: Act, number: int, decided: Decided) -> int:
    """Write a decision and return its id."""
    routed, decision = decided.routed, decided.routed.decision
    packed = routing.packed(routed) | {
        "holder": row_values.holder_dict(routed.holder),
        "by": act.author.name,
        "reason": decided.reason,
        "delay": delays.packed(decided.delay),
    }
    return store.add_decision(
        act.session,
        {
            "ticket_id": number,
            "at": act.now,
            "status": decision.status,
            "party": decision.party,
            "convention": decision.convention,
            "version": decision.version,
            "data": packed,
        },
    )


def _journal_quarantined(act: Act, number: int, received: Sequence[receiving.Received]) -> None:
    """Write a journal line for each file that is kept in quarantine."""
    for file in received:
        if file.quarantine:
            audit.record(
                "file.quarantined",
                actor=act.actor,
                subject=f"ticket {number}",
                now=act.now,
                details={"why": file.quarantine, "found": file.finding, "sha256": file.sha256},
            )


def gate(actor: Actor, action: Action, row: Row[Any]) -> None:
    """Check that the gate allows the action. Raises NotFound (outside the perimeter), Refused (the gate's words)."""
    verdict = permits(actor, action, queries.scope_of(row))
    if not verdict.visible:
        raise NotFound
    if not verdict.allowed:
        raise Refused(verdict.reason)


def side_of(act: Act, academie: str) -> str:
    """Return the side for which an entry is written; the program writes for the académie, or for who it speaks for."""
    if act.spoken_for is not None:
        return act.spoken_for[0]
    side = perimeter(act.actor).side if act.actor else academie
    assert side is not None
    return side


def _side_name(act: Act, side: str) -> str:
    if act.spoken_for is not None:
        return act.spoken_for[1]
    return routing.side_name(routing.router().conventions, side) if act.actor else PROGRAM


def author_of(actor: Actor, holder: Holder) -> Author:
    """Return the actor as the author of an entry, on a ticket that `holder` holds."""
    return Author(actor.account_id, actor.name, perimeter(actor).side == holder.organisation)


def decision_of(row: Row[Any]) -> Mapping[str, Any]:
    """Return the stored data of a ticket's present decision."""
    return dict(db.session.execute(select(DecisionRow.data).where(DecisionRow.id == row.decision_id)).scalar_one())


def desk_of(row: Row[Any]) -> Holder:
    """Return the holder that runs the single desk for a ticket's établissement (I.4)."""
    return routing.desk(routing.router().conventions, row.etablissement, row.convention)


def on_accounts(after: Mapping[str, Any]) -> bool:
    """Whether the collège holds the ticket for the accounts that annexe 5 gives the gestionnaire réseau."""
    conventions = routing.router().conventions.of(after["etablissement"])
    return after["holder_organisation"] == after["etablissement"] and any(
        after["service"] in convention.account_services for convention in conventions
    )


def checked_words(text: str, when_empty: str, field: str = "words") -> str:
    """Return the cleaned words. Raises Invalid if they are too long, or empty when `when_empty` makes them required."""
    clean = model.clean_text(text or "")
    if fault := model.words_fault(clean, when_empty) if clean or when_empty else None:
        raise Invalid({field: fault})
    return clean
