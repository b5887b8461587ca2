"""One step of a ticket, in one commit or not at all: gate, version, decision, rows, journal line and notices.

`act` runs a step that a person takes; `write` its rows, which the scheduler's close uses too; `record` and `tell` the
parts that an opening has in common with a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from charters.database import db, reading, writing
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix import Router
from ticketing import model
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.files import receiving
from ticketing.in_force import routing
from ticketing.mail import outbox
from ticketing.model import Holder, Kind, Upload
from ticketing.tables import DecisionRow
from ticketing.tickets import queries, row_values, search, store
from ticketing.tickets.lifecycle import Author, Entry, Outcome, Present

#: The name under which the program itself acts.
PROGRAM = "Guichet"


def router_kept() -> Router:
    """The router, read in a transaction of its own: what takes time afterwards (files) must not hold the write lock."""
    kept = routing.kept()
    if kept is not None:
        return kept
    with reading():
        return routing.router()


@dataclass(slots=True)
class Underway:
    """A step under way: what it starts from, and what it adds to the ticket beside the new present."""

    row: Row[Any]
    present: Present
    author: Author
    decision: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    routed: routing.Routed | None = None
    reason: str = ""
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    event_id: int
    decision_id: int | None


class Moved(Exception):
    """The ticket is no longer at the version that the page showed."""


def act(
    actor: Actor,
    number: int,
    action: Action,
    decide: Callable[[Underway], Outcome],
    now: datetime,
    *,
    version: int | None = None,
    yours: Mapping[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
    token: str | None = None,
) -> None:
    """One step, all or nothing: gate, version, decision, writes. A form token that came before changes nothing."""
    own = perimeter(actor)
    if own.key is None or not 0 < number < 2**62:
        raise NotFound
    if uploads:  # before any file is taken in
        with reading():
            shown = queries.row_of(own, number)
        gate(actor, action, shown)
        gate(actor, Action.ATTACH, shown)
    try:
        with receiving_files(uploads) as received, writing() as session:
            row = store.lock_ticket(session, number)
            if row is None or own.key not in row.scope_keys:
                raise NotFound
            gate(actor, action, row)
            if row.pseudonymised_at is not None:  # words and names added now would never be let go again
                raise StepRefused("Les données personnelles de ce ticket sont effacées : il ne change plus.")
            if token:
                first, _ = store.claim_token(session, actor.account_id, token[:64], now)
                if not first:
                    already_received(received, None)
                    return
                store.settle_token(session, actor.account_id, token[:64], number)
            if version is not None and version != row.version:
                raise Moved
            try:
                receiving.check_quota(row.file_bytes, received, limits())
            except receiving.FileRefused as fault:
                raise Invalid({"files": fault.sentence}) from fault
            present = queries.present_of(row, desk_of(row))
            step = Underway(row, present, author_of(actor, present.holder), decision_of(row))
            write(session, actor, step, decide(step), received, now)
    except Moved:
        with reading():
            current = queries.ticket(own, actor, number, now)
        raise Stale(current, yours or {}) from None


def write(
    session: Any,
    actor: Actor | None,
    step: Underway,
    outcome: Outcome,
    received: Sequence[receiving.Received],
    now: datetime,
) -> None:
    """The writes of a step: ticket, rows of the perimeter, counters, entry, decision, files, index, notices, line."""
    row, number = step.row, step.row.number
    recorded = record(
        session,
        actor,
        step.author,
        number,
        dict(row._mapping),
        outcome.entry,
        received,
        now,
        decision=step.routed,
        reason=step.reason,
    )
    values = {
        **step.values,
        **row_values.of_present(outcome.present),
        "updated_at": now,
        "event_count": row.event_count + 1,
        "file_bytes": row.file_bytes + sum(file.size for file in received),
    }
    contributors = step.routed.contributors if step.routed else ()
    values["involved"] = row_values.involved(row.involved, outcome.present.holder, contributors)
    after = {**row._mapping, **values}
    if recorded.decision_id is not None:
        values["decision_id"] = recorded.decision_id
    values["account_service"] = on_accounts(after)
    values["scope_keys"] = row_values.keys(after)
    if not store.change_ticket(session, row, values, bump=not outcome.entry.internal):
        raise Moved
    if outcome.entry.words and not outcome.entry.internal and outcome.entry.kind != Kind.MASKED:
        store.index_more(session, number, search.tokens(outcome.entry.words))
    why = step.routed.view.why if step.routed else str(step.decision["view"]["why"])
    if "reason_label" in outcome.entry.data and outcome.notice == "handed_on":
        why = (
            f"{outcome.entry.data['from_name']} l’a transmis ({outcome.entry.data['reason_label'].lower()}). "
            f"La décision d’origine : {why}"
        )
    tell(session, actor, {**row._mapping, **values}, outcome, recorded.event_id, why, now, step.author)
    event = "rerouted" if outcome.entry.data.get("cause") else outcome.entry.kind.value
    audit.record(
        f"ticket.{event}",
        actor=actor,
        subject=f"ticket {number}",
        now=now,
        sigle="" if actor else "guichet",
        details={
            key: value for key, value in outcome.entry.data.items() if key in ("from", "to", "party", "reason", "on")
        },
    )


def record(
    session: Any,
    actor: Actor | None,
    author: Author,
    number: int,
    ticket: Mapping[str, Any],
    entry: Entry,
    received: Sequence[receiving.Received],
    now: datetime,
    *,
    decision: routing.Routed | None = None,
    reason: str = "",
) -> Recorded:
    """The entry of the timeline with its decision and files."""
    side = perimeter(actor).side if actor else ticket["academie"]
    assert side is not None
    data = dict(entry.data)
    decision_id = None
    if decision is not None:
        packed = routing.packed(decision) | {
            "holder": row_values.holder_dict(decision.holder),
            "by": author.name,
            "reason": reason,
        }
        decision_id = store.add_decision(
            session,
            {
                "ticket_id": number,
                "at": now,
                "status": decision.decision.status,
                "party": decision.decision.party,
                "convention": decision.decision.convention,
                "version": decision.decision.version,
                "data": packed,
            },
        )
        data["decision_id"] = decision_id
    visibility = "internal" if entry.internal else "public"
    event_id = store.add_event(
        session,
        {
            "ticket_id": number,
            "at": now,
            "kind": entry.kind.value,
            "visibility": visibility,
            "side": side,
            "side_name": routing.side_name(routing.router().conventions, side) if actor else PROGRAM,
            "author_id": author.id,
            "author_name": author.name,
            "author_role": str(actor.role) if actor else "",
            "body": entry.words,
            "data": data,
        },
    )
    store.add_files(session, number, event_id, received, visibility, side, now)
    for file in received:
        if file.quarantine:
            audit.record(
                "file.quarantined",
                actor=actor,
                subject=f"ticket {number}",
                now=now,
                details={
                    "why": file.quarantine,
                    "found": file.finding,
                    "sha256": file.sha256,
                },
            )
    return Recorded(event_id, decision_id)


def tell(
    session: Any,
    actor: Actor | None,
    ticket: Mapping[str, Any],
    outcome: Outcome,
    event_id: int,
    why: str,
    now: datetime,
    author: Author | None = None,
) -> None:
    if outcome.notice is None or outcome.entry.internal:
        return
    outbox.write(
        session,
        outbox.Happening(
            ticket=ticket,
            event_id=event_id,
            kind=outcome.notice,
            words=outcome.entry.words,
            why=why,
            author_id=actor.account_id if actor else None,
            by_holder=bool(author and author.on_holders_side),
            base_url=current_app.config["GUICHET"].base_url,
        ),
        now,
    )


def gate(actor: Actor, action: Action, row: Row[Any]) -> None:
    verdict = permits(actor, action, queries.scope_of(row))
    if not verdict.visible:
        raise NotFound
    if not verdict.allowed:
        raise Refused(verdict.reason)


def author_of(actor: Actor, holder: Holder) -> Author:
    return Author(actor.account_id, actor.name, perimeter(actor).side == holder.organisation)


def decision_of(row: Row[Any]) -> Mapping[str, Any]:
    """What the decision that holds kept."""
    data = db.session.execute(select(DecisionRow.data).where(DecisionRow.id == row.decision_id)).scalar_one()
    return dict(data)


def desk_of(row: Row[Any]) -> Holder:
    return routing.desk(routing.router().conventions, row.etablissement)


def on_accounts(after: Mapping[str, Any]) -> bool:
    """Whether the collège holds it for the accounts that annexe 5 gives the gestionnaire réseau."""
    conventions = routing.router().conventions.of(after["etablissement"])
    return after["holder_organisation"] == after["etablissement"] and any(
        after["service"] in convention.account_services for convention in conventions
    )


def checked_words(text: str, when_empty: str, field: str = "words") -> str:
    """Cleaned words; refused when too long, or empty while `when_empty` says that they are wanted."""
    clean = model.clean_text(text or "")
    fault = model.words_fault(clean, when_empty) if clean or when_empty else None
    if fault:
        raise Invalid({field: fault})
    return clean


# --- files ------------------------------------------------------------------------------------------------------------


def limits() -> receiving.Limits:
    settings = current_app.config["GUICHET"]
    return receiving.Limits(settings.upload_mb * 1_000_000, settings.upload_ticket_mb * 1_000_000, settings.clamav)


class receiving_files:
    """`files.receiving` on the desk's folder and limits, with its refusals as `Invalid`."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._files = receiving.receiving(receiving.files_folder(), uploads, limits())

    def __enter__(self) -> list[receiving.Received]:
        try:
            return self._files.__enter__()
        except receiving.FileRefused as fault:
            raise Invalid({"files": fault.sentence}) from fault

    def __exit__(self, *error: Any) -> bool | None:
        return self._files.__exit__(*error)


def already_received(received: list[receiving.Received], known: int | None) -> int:
    """The same form again: its files are not kept twice, and the answer is the first one's."""
    for file in received:
        (receiving.files_folder() / file.path).unlink(missing_ok=True)
    received.clear()
    return known or 0
