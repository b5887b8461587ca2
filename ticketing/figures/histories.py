"""Fold the histories of tickets into what the figures count: tickets changed since the last run, or all tickets.

The same reading makes the lines of the nightly figures and the facts of the question bar (`figures.facts`). Besides
tickets with new entries, those answered on satisfaction since, and those open at the end of a week, have new facts.

Each commit replaces a few hundred tickets, so that nobody waits long for the write lock, and a run that was interrupted
is simply continued. The result is the same however often it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func, insert, select, union, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from matrix import wording
from ticketing.figures import folding, periods
from ticketing.figures.facts import gathering, keeping
from ticketing.figures.facts.folding import OWN, Story
from ticketing.figures.facts.hours import KnownHours
from ticketing.figures.folding import Folded, HistoryEntry
from ticketing.figures.tables import FigureFact, FigureFactScope, FigureLabel, FigureRun
from ticketing.figures.workclock import WorkClock
from ticketing.in_force import routing
from ticketing.model import OPEN_STATES, Kind
from ticketing.tables import Ticket, TicketEvent, TicketOpinion

#: The tables themselves: rows are read and written by the thousand, without ORM objects.
FACT: Any = FigureFact.__table__
SCOPE: Any = FigureFactScope.__table__
LABEL: Any = FigureLabel.__table__

CHUNK = 500  # tickets folded in a commit
#: Events are numbered before they commit, so an event may appear below a number already seen: the last ones are reread.
OVERLAP = 1000


@dataclass(frozen=True, slots=True)
class _Since:
    """Up to where the last run went: an event, an answer on satisfaction, the Sunday of a week."""

    event: int
    answers: datetime
    sunday: str

    def chosen(self, sunday: str, after: int) -> Any:
        """Return the query of the next tickets to fold, by number, those after `after`."""
        if self.event <= 0:
            return select(Ticket.number).where(Ticket.number > after).order_by(Ticket.number)
        numbers = TicketEvent.ticket_id.label("number")
        parts = [
            select(numbers).where(TicketEvent.id > self.event - OVERLAP, TicketEvent.ticket_id > after),
            select(TicketOpinion.ticket_id).where(TicketOpinion.at > self.answers, TicketOpinion.ticket_id > after),
        ]
        if sunday > self.sunday:
            is_open = Ticket.state.in_([state.value for state in OPEN_STATES])
            parts.append(select(Ticket.number).where(is_open, Ticket.number > after))
        return union(*parts).order_by("number")


def fold_changed(everything: bool, now: datetime) -> int:
    """Replace the facts of every ticket that changed since the last run, up to `now`; return how many tickets."""
    hours = KnownHours(now)
    sunday = (now.astimezone(periods.PARIS) - timedelta(days=now.astimezone(periods.PARIS).weekday() + 1)).date()
    with reading() as session:
        run = session.execute(select(FigureRun).where(FigureRun.id == 1)).scalar_one()
        mark = 0 if everything else run.event_id or 0
        since = _Since(mark, (run.computed_at or now) - timedelta(hours=1), run.sunday)
        newest = session.scalar(select(func.max(TicketEvent.id))) or 0
        known: set[LabelKey] = {
            tuple(row) for row in session.execute(select(FigureLabel.dimension, FigureLabel.value, FigureLabel.month))
        }
    clock = WorkClock()
    after = count = 0
    while True:
        with reading() as session:
            numbers = session.scalars(since.chosen(sunday.isoformat(), after).limit(CHUNK)).all()
            batch = _read(session, numbers, clock) if numbers else None
        if batch is None:
            break
        fresh = keeping.folded(batch.stories, hours, now)
        with writing() as session:
            seen_by = _seen_by(session, numbers)
            _replace(session, numbers, batch, known)
            moved = seen_by ^ {(row["scope"], row["ticket_id"]) for row in batch.scopes}
            keeping.replace(session, numbers, fresh, frozenset(number for _, number in moved), now)
            hours.write(session)
        after, count = numbers[-1], count + len(numbers)
    with writing() as session:
        done = {"event_id": newest, "sunday": sunday.isoformat()}
        session.execute(update(FigureRun).where(FigureRun.id == 1).values(done))
    return count


LabelKey = tuple[str, ...]  # dimension, value, month


@dataclass(slots=True)
class _Batch:
    """Rows to write for some tickets."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[LabelKey, str] = field(default_factory=dict)
    stories: dict[int, Story] = field(default_factory=dict)


def _read(session: Session, numbers: Sequence[int], clock: WorkClock) -> _Batch:
    """Read some tickets with four queries, whatever their number, and fold their lines."""
    tickets, histories = _tickets(session, numbers), _histories(session, numbers)
    batch = _Batch(stories=_stories(session, numbers, tickets, histories))
    for number, history in histories:
        ticket = tickets[number]
        asked = [(one.service, one.activity) for one in batch.stories[number].asked]
        entries = _entries(ticket, history, asked, batch.labels)
        for fact in folding.fold(entries, clock.between):
            batch.facts.append(_fact_row(ticket, fact))
        for scope in _scopes(ticket):
            batch.scopes.append({"scope": scope, "ticket_id": number})
    return batch


def stories(session: Session, numbers: Sequence[int]) -> dict[int, Story]:
    """Return all that facts are folded from, of some tickets, by number."""
    return _stories(session, numbers, _tickets(session, numbers), _histories(session, numbers))


def _stories(
    session: Session, numbers: Sequence[int], tickets: dict[int, Any], histories: list[tuple[int, list[Any]]]
) -> dict[int, Story]:
    asked, answers = gathering.asked(session, numbers), gathering.opinions(session, numbers)
    return {
        number: gathering.story(tickets[number], history, asked.get(number, ()), answers.get(number))
        for number, history in histories
    }


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
                Ticket.impact,
                Ticket.urgency,
                Ticket.engagements,
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


def _seen_by(session: Session, numbers: Sequence[int]) -> set[tuple[str, int]]:
    """Return the scopes that count some tickets, as (scope, ticket)."""
    rows = session.execute(select(SCOPE.c.scope, SCOPE.c.ticket_id).where(SCOPE.c.ticket_id.in_(numbers)))
    return {(scope, number) for scope, number in rows}


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
