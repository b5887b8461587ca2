"""Fold the histories of tickets into what the figures count: tickets changed since the last run, or all tickets.

Each commit replaces a few hundred tickets, so that nobody waits long for the write lock, and a run that was interrupted
is simply continued. The result is the same however often it runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from matrix import wording
from ticketing.figures import folding, periods
from ticketing.figures.folding import Folded, HistoryEntry
from ticketing.figures.tables import FigureFact, FigureFactScope, FigureLabel, FigureRun
from ticketing.figures.workclock import WorkClock
from ticketing.in_force import routing
from ticketing.model import Kind
from ticketing.tables import DecisionRow, Ticket, TicketEvent

#: The tables themselves: rows are read and written by the thousand, without ORM objects.
FACT: Any = FigureFact.__table__
SCOPE: Any = FigureFactScope.__table__
LABEL: Any = FigureLabel.__table__

CHUNK = 500  # tickets folded in a commit
#: Events are numbered before they commit, so an event may appear below a number already seen: the last ones are reread.
OVERLAP = 1000
#: The single party under which everything that établissements hold themselves is counted.
OWN = "etablissement"


def fold_changed(everything: bool) -> int:
    """Replace the facts of every ticket with an event since the last run, and return how many tickets."""
    with reading() as session:
        mark = 0 if everything else session.scalar(select(FigureRun.event_id).where(FigureRun.id == 1)) or 0
        newest = session.scalar(select(func.max(TicketEvent.id))) or 0
        known: set[LabelKey] = {
            tuple(row) for row in session.execute(select(FigureLabel.dimension, FigureLabel.value, FigureLabel.month))
        }
    clock = WorkClock()
    after = count = 0
    while True:
        with reading() as session:
            numbers = _changed(session, mark - OVERLAP, after)
            batch = _read(session, numbers, clock) if numbers else None
        if batch is None:
            break
        with writing() as session:
            _replace(session, numbers, batch, known)
        after, count = numbers[-1], count + len(numbers)
    with writing() as session:
        session.execute(update(FigureRun).where(FigureRun.id == 1).values(event_id=newest))
    return count


def _changed(session: Session, mark: int, after: int) -> Sequence[int]:
    """Return the next tickets, by number, that have an event after the mark."""
    if mark <= 0:
        chosen = select(Ticket.number).where(Ticket.number > after).order_by(Ticket.number)
    else:
        chosen = (
            select(TicketEvent.ticket_id)
            .where(TicketEvent.id > mark, TicketEvent.ticket_id > after)
            .distinct()
            .order_by(TicketEvent.ticket_id)
        )
    return session.scalars(chosen.limit(CHUNK)).all()


LabelKey = tuple[str, ...]  # dimension, value, month


@dataclass(slots=True)
class _Batch:
    """Rows to write for some tickets."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[LabelKey, str] = field(default_factory=dict)


def _read(session: Session, numbers: Sequence[int], clock: WorkClock) -> _Batch:
    """Fold some tickets, with at most three queries, whatever their number."""
    tickets = _tickets(session, numbers)
    histories = _histories(session, numbers)
    corrected = [number for number, history in histories if any(event.kind == Kind.DECISION for event in history)]
    asked = _requests(session, corrected) if corrected else {}
    batch = _Batch()
    for number, history in histories:
        ticket = tickets[number]
        entries = _entries(ticket, history, asked.get(number, ()), batch.labels)
        for fact in folding.fold(entries, clock.between):
            batch.facts.append(_fact_row(ticket, fact))
        for scope in _scopes(ticket):
            batch.scopes.append({"scope": scope, "ticket_id": number})
    return batch


def _tickets(session: Session, numbers: Sequence[int]) -> dict[int, Any]:
    """Return the tickets as they are now, by number."""
    return {
        row.number: row
        for row in session.execute(
            select(
                Ticket.number,
                Ticket.academie,
                Ticket.etablissement,
                Ticket.etablissement_name,
                Ticket.etablissement_commune,
                Ticket.service,
                Ticket.service_label,
                Ticket.activity,
                Ticket.activity_label,
                Ticket.holder_organisation,
                Ticket.involved,
            ).where(Ticket.number.in_(numbers))
        )
    }


def _histories(session: Session, numbers: Sequence[int]) -> list[tuple[int, list[Any]]]:
    """Return the events of each ticket, in their order."""
    events = session.execute(
        select(
            TicketEvent.ticket_id,
            TicketEvent.kind,
            TicketEvent.at,
            TicketEvent.visibility,
            TicketEvent.side,
            TicketEvent.author_id,
            TicketEvent.data,
        )
        .where(TicketEvent.ticket_id.in_(numbers))
        .order_by(TicketEvent.ticket_id, TicketEvent.id)
    )
    return [(number, list(history)) for number, history in groupby(events, key=itemgetter(0))]


def _requests(session: Session, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return (service, activity) of each decision of some tickets, in order: the opening's, then each correction's."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in session.execute(
        select(DecisionRow.ticket_id, DecisionRow.data)
        .where(DecisionRow.ticket_id.in_(numbers))
        .order_by(DecisionRow.ticket_id, DecisionRow.id)
    ):
        request = row.data["request"]
        found[row.ticket_id].append((request["service"], request["activity"]))
    return found


def _entries(
    ticket: Any, history: Sequence[Any], asked: Sequence[tuple[str, str]], labels: dict[LabelKey, str]
) -> Iterator[HistoryEntry]:
    """Yield the history as `fold` needs it: each entry with the ticket's holder, service and activity after it.

    The names that they had then are added to `labels`.
    """
    place = wording.at(ticket.etablissement_name, ticket.etablissement_commune)
    called = {("service", ticket.service): ticket.service_label, ("activity", ticket.activity): ticket.activity_label}
    last = (ticket.service, ticket.activity)
    decisions = iter(asked)
    service, activity = next(decisions, last)
    holder = ticket.holder_organisation
    month = ""
    for event in history:
        data = event.data or {}
        if event.kind == Kind.DECISION:
            service, activity = next(decisions, last)
        holder = data.get("organisation", holder)
        if (now_month := periods.month_of(event.at)) != month or event.kind == Kind.DECISION:
            month = now_month
            labels["etablissement", ticket.etablissement, month] = place
            for named in (("service", service), ("activity", activity)):
                labels[(*named, month)] = called.get(named) or _label(*named)
        if holder != ticket.etablissement and "organisation" in data and data.get("name"):
            labels["party", holder, month] = data["name"]
        yield HistoryEntry(
            event.kind, event.at, event.author_id, event.side, event.visibility == "public", holder, service, activity
        )


def _label(dimension: str, value: str) -> str:
    """Return the agreements' label for a service or an activity that the ticket no longer has."""
    conventions = routing.router().conventions
    return (conventions.services if dimension == "service" else conventions.activities).get(value, value)


def _fact_row(ticket: Any, fact: Folded) -> dict[str, Any]:
    return {
        "ticket_id": ticket.number,
        "kind": fact.kind,
        "month": fact.month,
        "party": OWN if fact.holder == ticket.etablissement else fact.holder,
        "etablissement": ticket.etablissement,
        "service": fact.service,
        "activity": fact.activity,
        "amount": fact.amount,
        "seconds": fact.seconds,
    }


def _scopes(ticket: Any) -> Iterator[str]:
    """Yield the scopes whose figures count the ticket: the organisations that have it in their perimeter."""
    yield f"academie:{ticket.academie}"
    yield f"etab:{ticket.etablissement}"
    for organisation in dict.fromkeys(ticket.involved or ()):
        if organisation not in (ticket.etablissement, ticket.academie):
            yield f"org:{organisation}"


def _replace(session: Session, numbers: Sequence[int], batch: _Batch, known: set[LabelKey]) -> None:
    """Replace the stored counts of the tickets by the batch; a name once stored for a month is never changed."""
    session.execute(delete(FACT).where(FACT.c.ticket_id.in_(numbers)))
    session.execute(delete(SCOPE).where(SCOPE.c.ticket_id.in_(numbers)))
    if batch.facts:
        session.execute(insert(FACT), batch.facts)
        session.execute(insert(SCOPE), batch.scopes)
    fresh = {key: label for key, label in batch.labels.items() if key not in known}
    if fresh:
        session.execute(
            insert(LABEL),
            [
                {"dimension": dimension, "value": value, "month": month, "label": label}
                for (dimension, value, month), label in fresh.items()
            ],
        )
        known.update(fresh)
