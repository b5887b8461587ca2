"""Figures made in the night: histories folded into facts, facts added up, so that no page ever counts tickets.

Two steps. `_fold_changed` reads the history of each ticket that moved since the last time and replaces its facts, a few
hundred tickets a commit: nobody waits long for the write lock, and a run cut short is simply taken up again. Then
`_publish` adds the facts up, one scope after another in flat memory, and writes what differs from the figures that
stand, **in one commit**: a reader sees the figures of yesterday or of today, never half of each.

Both steps give the same result however often they run.
"""

from __future__ import annotations

import pickle
import tempfile
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import IO, Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.figures import folding, periods
from ticketing.figures.folding import Folded, Happening
from ticketing.figures.tables import Fact, FactLabel, FactScope, Figure, FigureRun
from ticketing.figures.workclock import WorkClock
from ticketing.in_force import routing
from ticketing.model import Kind
from ticketing.tables import DecisionRow, Ticket, TicketEvent

#: The tables themselves: rows go in and out by the thousand, without objects.
FACT: Any = Fact.__table__
SCOPE: Any = FactScope.__table__
LABEL: Any = FactLabel.__table__
FIGURE: Any = Figure.__table__

CHUNK = 500  # tickets folded in a commit
#: Events are numbered before they commit: one may appear below a number already seen. So the last ones are read again.
OVERLAP = 1000
#: A run that died lets another one begin after this time.
CLAIM = timedelta(minutes=30)
#: The party under which all that établissements hold themselves is counted.
OWN = "etablissement"
OWN_LABEL = "L’établissement lui-même"


class Busy(Exception):
    """Another process is making the figures at this moment."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did: tickets whose history was folded again, lines of figures written or taken away."""

    tickets: int
    lines: int


def write_nightly(now: datetime, *, everything: bool = False) -> Written:
    """Bring facts and figures up to `now`; `everything` folds all histories anew. Commits. Raises Busy."""
    _claim(now)
    try:
        tickets = _fold_changed(everything)
        lines = _publish(now)
    finally:
        with writing() as session:
            session.execute(update(FigureRun).where(FigureRun.id == 1).values(running_until=None))
    return Written(tickets, lines)


def refresh(now: datetime) -> Written:
    """The same, at somebody's wish."""
    return write_nightly(now)


def _claim(now: datetime) -> None:
    with writing() as session:
        claimed = session.execute(
            update(FigureRun)
            .where(FigureRun.id == 1, or_(FigureRun.running_until.is_(None), FigureRun.running_until < now))
            .values(running_until=now + CLAIM)
        )
        if not claimed.rowcount:  # type: ignore[attr-defined]
            raise Busy


# --- histories into facts ----------------------------------------------------------------------------------------


def _fold_changed(everything: bool) -> int:
    """Replace the facts of every ticket with an event since the last run; gives how many."""
    with reading() as session:
        mark = 0 if everything else session.scalar(select(FigureRun.event_id).where(FigureRun.id == 1)) or 0
        newest = session.scalar(select(func.max(TicketEvent.id))) or 0
        known: set[LabelKey] = {
            tuple(row) for row in session.execute(select(FactLabel.dimension, FactLabel.value, FactLabel.month))
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
    """The next tickets, by number, that have an event after the mark."""
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
    """Fold some tickets: three queries at most, whatever their number."""
    tickets = {
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
    histories = [(number, list(history)) for number, history in groupby(events, key=itemgetter(0))]
    corrected = [number for number, history in histories if any(event.kind == Kind.DECISION for event in history)]
    asked = _requests(session, corrected) if corrected else {}
    batch = _Batch()
    for number, history in histories:
        ticket = tickets[number]
        happenings = _happenings(ticket, history, asked.get(number, ()), batch.labels)
        for fact in folding.fold(happenings, clock.between):
            batch.facts.append(_fact_row(ticket, fact))
        for scope in _scopes(ticket):
            batch.scopes.append({"scope": scope, "ticket_id": number})
    return batch


def _requests(session: Session, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Service and activity of each decision of some tickets, in order: of the opening, then of every correction."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in session.execute(
        select(DecisionRow.ticket_id, DecisionRow.data)
        .where(DecisionRow.ticket_id.in_(numbers))
        .order_by(DecisionRow.ticket_id, DecisionRow.id)
    ):
        request = row.data["request"]
        found[row.ticket_id].append((request["service"], request["activity"]))
    return found


def _happenings(
    ticket: Any, history: Sequence[Any], asked: Sequence[tuple[str, str]], labels: dict[LabelKey, str]
) -> Iterator[Happening]:
    """The history as the fold wants it, each entry with the holder, service and activity as they stood after it.

    On the way, notes what each of them was called then.
    """
    place = f"{ticket.etablissement_name}, {ticket.etablissement_commune}"
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
        yield Happening(
            event.kind, event.at, event.author_id, event.side, event.visibility == "public", holder, service, activity
        )


def _label(dimension: str, value: str) -> str:
    """What the agreements call a service or an activity that the ticket no longer bears."""
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
    """Whose figures the ticket enters: the same organisations that have it in their perimeter."""
    yield f"academie:{ticket.academie}"
    yield f"etab:{ticket.etablissement}"
    for organisation in dict.fromkeys(ticket.involved or ()):
        if organisation not in (ticket.etablissement, ticket.academie):
            yield f"org:{organisation}"


def _replace(session: Session, numbers: Sequence[int], batch: _Batch, known: set[LabelKey]) -> None:
    """Put the batch in the place of what the tickets had; a name once noted for a month is never changed."""
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


# --- facts into figures ------------------------------------------------------------------------------------------

_KEY = ("period", "dimension", "value", "rank")
_VALUES = ("label", "opened", "resolved", "open_end", "handed_on", "answered", "first_answer", "resolution")


class _Cell:
    """What one value of a dimension counts in one month."""

    __slots__ = ("answers", "handed_on", "opened", "resolutions", "stock")

    def __init__(self) -> None:
        self.opened = self.handed_on = self.stock = 0
        self.answers = array("I")  # seconds of working time
        self.resolutions = array("I")


Row = tuple[Any, ...]  # _KEY, then _VALUES


def _publish(now: datetime) -> int:
    """Write the figures that differ from those that stand; gives how many lines. All reading precedes the lock."""
    with tempfile.TemporaryFile() as spool:
        lines = _work_out(now, spool)
        spool.seek(0)
        with writing() as session:
            for scope, gone, fresh in _unspooled(spool):
                _write(session, scope, gone, fresh)
            session.execute(update(FigureRun).where(FigureRun.id == 1).values(computed_at=now))
    return lines


def _work_out(now: datetime, spool: IO[bytes]) -> int:
    """Spool, scope by scope, the keys of the lines to take away and the lines to write."""
    columns = (
        FactScope.scope,
        Fact.kind,
        Fact.month,
        Fact.party,
        Fact.etablissement,
        Fact.service,
        Fact.activity,
        Fact.amount,
        Fact.seconds,
    )
    count = 0
    with reading() as session:
        names = _Names(session)
        standing_scopes = set(session.scalars(select(Figure.scope).distinct()))
        facts = session.execute(
            select(*columns)
            .join(Fact, Fact.ticket_id == FactScope.ticket_id)
            .order_by(FactScope.scope)
            .execution_options(yield_per=5000)
        )
        for scope, rows in groupby(facts, key=itemgetter(0)):
            standing = _standing(session, scope)
            standing_scopes.discard(scope)
            fresh = []
            for row in figures(rows, scope, periods.month_of(now), names):
                if standing.pop(row[: len(_KEY)], None) != row[len(_KEY) :]:
                    fresh.append(row)
            gone = list(standing)
            if gone or fresh:
                pickle.dump((scope, gone, fresh), spool)
                count += len(gone) + len(fresh)
        for scope in standing_scopes:
            gone = list(_standing(session, scope))
            pickle.dump((scope, gone, []), spool)
            count += len(gone)
    return count


def _standing(session: Session, scope: str) -> dict[Row, Row]:
    chosen = [getattr(Figure, name) for name in _KEY + _VALUES]
    return {
        tuple(row[: len(_KEY)]): tuple(row[len(_KEY) :])
        for row in session.execute(select(*chosen).where(Figure.scope == scope))
    }


def _unspooled(spool: IO[bytes]) -> Iterator[tuple[str, list[Row], list[Row]]]:
    while True:
        try:
            yield pickle.load(spool)  # noqa: S301 (our own file, without a name)
        except EOFError:
            return


def _write(session: Session, scope: str, gone: list[Row], fresh: list[Row]) -> None:
    out = [
        {"b_scope": scope, "b_period": period, "b_dimension": dimension, "b_value": value, "b_rank": rank}
        for period, dimension, value, rank, *_ in [*gone, *fresh]
    ]
    if out:
        session.connection().execute(_DELETE, out)
    if fresh:
        session.connection().execute(
            insert(FIGURE), [{"scope": scope, **dict(zip(_KEY + _VALUES, row, strict=True))} for row in fresh]
        )


def _delete_statement() -> Any:
    columns = FIGURE.c
    return delete(FIGURE).where(
        columns.scope == bindparam("b_scope"),
        columns.period == bindparam("b_period"),
        columns.dimension == bindparam("b_dimension"),
        columns.value == bindparam("b_value"),
        columns.rank == bindparam("b_rank"),
    )


_DELETE = _delete_statement()


class _Names:
    """What each value was called in a month: the name it bore then, or the nearest one known."""

    def __init__(self, session: Session) -> None:
        self._known: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        for row in session.execute(
            select(FactLabel.dimension, FactLabel.value, FactLabel.month, FactLabel.label).order_by(FactLabel.month)
        ):
            months, labels = self._known.setdefault((row.dimension, row.value), ([], []))
            months.append(row.month)
            labels.append(row.label)

    def __call__(self, dimension: str, value: str, month: str) -> str:
        if dimension == "total":
            return ""
        if (dimension, value) == ("party", OWN):
            return OWN_LABEL
        months, labels = self._known.get((dimension, value), ((), (value,)))
        return labels[max(bisect_right(months, month) - 1, 0)]


def figures(rows: Iterable[Sequence[Any]], scope: str, month_now: str, name: Any) -> Iterator[Row]:
    """The lines of figures of one scope, from its facts: (scope, kind, month, party, établissement, service, activity,
    amount, seconds). `name(dimension, value, month)` gives labels.

    Months go from the scope's first to the current one; a value has a line in a month where something is to be told.
    Medians are exact over each month, school year, and all of it.
    """
    cells = _add_up(rows, by_place=not scope.startswith("etab:"))
    first = min(cells["total", ""])
    months = list(periods.months_between(first, max(month_now, first)))
    ranked: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for (dimension, value), by_month in cells.items():
        for line in _lines(dimension, value, by_month, months, name):
            ranked[line[0], dimension].append(line)
    for lines in ranked.values():
        lines.sort(key=lambda line: (-line[5], -line[7], line[4], line[2]))
        for rank, line in enumerate(lines, 1):
            line[3] = rank
            yield tuple(line)


def _add_up(rows: Iterable[Sequence[Any]], by_place: bool) -> dict[tuple[str, str], dict[str, _Cell]]:
    cells: dict[tuple[str, str], dict[str, _Cell]] = defaultdict(lambda: defaultdict(_Cell))
    for _, kind, month, party, place, service, activity, amount, seconds in rows:
        values = [("total", ""), ("party", party), ("service", service), ("activity", activity)]
        if by_place:
            values.append(("etablissement", place))
        for value in values:
            cell = cells[value][month]
            if kind == folding.STOCK:
                cell.stock += amount
            elif kind == folding.OPENED:
                cell.opened += amount
            elif kind == folding.RESOLVED:
                cell.resolutions.append(seconds)
            elif kind == folding.ANSWERED:
                cell.answers.append(seconds)
            else:
                cell.handed_on += amount
    return cells


def _lines(
    dimension: str, value: str, by_month: dict[str, _Cell], months: Sequence[str], name: Any
) -> Iterator[list[Any]]:
    """The lines of one value: each month that has something to tell, each school year, all of it."""
    stock = 0
    years: dict[str, list[_Cell]] = defaultdict(list)
    stock_of: dict[str, int] = {}
    last_of: dict[str, str] = {}
    for month in months:
        cell = by_month.get(month)
        stock += cell.stock if cell else 0
        if cell or stock or dimension == "total":
            year = periods.year_of(month)
            some = [cell] if cell else []
            years[year] += some
            stock_of[year], last_of[year] = stock, month
            if line := _line(month, dimension, value, name(dimension, value, month), some, stock):
                yield line
        elif (year := periods.year_of(month)) in stock_of:
            stock_of[year] = 0
    everything: list[_Cell] = []
    for year, some in years.items():
        everything += some
        if line := _line(year, dimension, value, name(dimension, value, last_of[year]), some, stock_of[year]):
            yield line
    if line := _line(periods.ALL, dimension, value, name(dimension, value, months[-1]), everything, stock):
        yield line


def _line(period: str, dimension: str, value: str, label: str, cells: Sequence[_Cell], stock: int) -> list[Any] | None:
    """A line, its rank still to be given; None where all of it would be zero, but for totals."""
    answers, resolutions = array("I"), array("I")
    opened = handed_on = 0
    for cell in cells:
        opened += cell.opened
        handed_on += cell.handed_on
        answers.extend(cell.answers)
        resolutions.extend(cell.resolutions)
    if not (opened or handed_on or answers or resolutions or stock or dimension == "total"):
        return None
    return [
        period,
        dimension,
        value,
        0,
        label,
        opened,
        len(resolutions),
        stock,
        handed_on,
        len(answers),
        folding.median(sorted(answers)),
        folding.median(sorted(resolutions)),
    ]
