"""Read what a replay needs: tickets counted by identical facts, working times, the tickets that change.

Every function takes a connection that cannot write (`charters.database.sealed`) and, as its first choice, a
`ReplayReach`: nothing outside it can be counted or listed. Opening days and days of purchase are put into the classes
that the routers distinguish (`matrix.comparison.substitution.cuts`), so that there are few groups.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, extract, func, literal, or_, select
from sqlalchemy.engine import Connection

from matrix.comparison.replay import Group
from matrix.comparison.substitution import CellKey, Cuts
from matrix.days import SchoolCalendar
from matrix.model import Request
from matrix.request_facts import FACTS, YES_NO
from matrix.router import PARIS
from ticketing.figures.folding import RESOLVED
from ticketing.figures.tables import FigureFact, FigureFactScope
from ticketing.model import TO_SPECIFY
from ticketing.tables import DecisionRow, Ticket, TicketScope

#: How many tickets SQLite writes into one text; they have few distinct lines.
BATCH = 50_000
#: The most établissements to select in SQL: on SQLite, selecting six hundred costs more than reading all lines.
FEW = 100
#: How many tickets are read at once while looking for those that change.
LOOK = 500
_FIELD, _LINE = "\x1f", "\x1e"
#: A moment at or above this number is an hour since 1970; below it, it is the index of a stretch.
_HOURS = 100_000


@dataclass(frozen=True, slots=True)
class ReplayPeriod:
    """The days of a period in Paris, both included."""

    since: date
    until: date

    @property
    def first(self) -> datetime:
        """The first instant of the period."""
        return midnight(self.since)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return midnight(self.until + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class ReplayReach:
    """Which tickets are counted and listed: those of `places`, of one `academie` (None: of any), under one `key`.

    `key` is that of a perimeter (`ticket_scope`; the figures' scopes use the same keys), or None for any perimeter.
    """

    places: tuple[str, ...]
    academie: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayedTicket:
    """A ticket as a replay lists it, without any of its words: its number, place, subject and decision."""

    number: int
    opened_at: datetime
    etablissement_name: str
    etablissement_commune: str
    service_label: str
    activity_label: str
    request: Request
    holder: str  # organisation that holds it now
    kept_status: str
    kept_party: str


def midnight(day: date) -> datetime:
    """Return the first instant of a day in Paris, in UTC."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def groups(
    connection: Connection, reach: ReplayReach, period: ReplayPeriod, cuts: Cuts, calendar: SchoolCalendar
) -> list[Group]:
    """Return the tickets of the period, counted by facts."""
    stretches = _stretches(period, cuts)
    keys = (*_columns(cuts), _code(cuts), _moment(stretches, cuts, connection.dialect.name))
    counted: Counter[tuple[str, ...]] = Counter()
    if connection.dialect.name == "sqlite":
        few, places = len(reach.places) <= FEW, frozenset(reach.places)
        for line, count in _lines(connection, keys, _where(reach, period, in_sql=few)).items():
            values = tuple(line.split(_FIELD))
            if values[0] in places:
                counted[values] += count
    else:
        where = _where(reach, period)
        for *found, count in connection.execute(select(*keys, func.count()).where(where).group_by(*keys)):
            counted[tuple("" if value is None else str(value) for value in found)] += count
    return _decoded(counted, stretches, cuts, calendar)


def _lines(connection: Connection, keys: Sequence[Any], where: Any) -> Counter[str]:
    """Return the tickets as lines of text, with counts. Grouping in SQLite takes twice as long for a million."""
    line = func.printf(_FIELD.join(["%s"] * len(keys)), *keys)
    low, high = connection.execute(select(func.min(Ticket.number), func.max(Ticket.number))).one()
    counted: Counter[str] = Counter()
    for first in range(low or 0, (high or -1) + 1, BATCH):
        part = Ticket.number.between(first, first + BATCH - 1)
        text = connection.scalar(select(func.group_concat(line, _LINE)).where(part, where))
        if text:
            counted.update(text.split(_LINE))
    return counted


def _where(reach: ReplayReach, period: ReplayPeriod, in_sql: bool = True) -> ColumnElement[bool]:
    """Return the condition for tickets within reach. If `in_sql` is False, the caller filters the places itself.

    A ticket whose subject is not said yet is routed by no cell.
    """
    tests = [Ticket.opened_at >= period.first, Ticket.opened_at < period.end, Ticket.service != TO_SPECIFY]
    if in_sql:
        tests.append(Ticket.etablissement.in_(reach.places))
    if reach.academie is not None:
        tests.append(Ticket.academie == reach.academie)
    if reach.key is not None:
        tests.append(Ticket.number.in_(select(TicketScope.ticket_id).where(TicketScope.key == reach.key)))
    return and_(*tests)


def _columns(cuts: Cuts) -> tuple[Any, ...]:
    return (
        Ticket.etablissement,
        Ticket.service,
        Ticket.activity,
        Ticket.user_category if "user_category" in cuts.facts else literal(""),
        Ticket.acquired_by if "acquired_by" in cuts.facts else literal(""),
    )


def _code(cuts: Cuts) -> Any:
    """Return the other facts as one whole number: each yes or no in base 3, and the class of the day of purchase."""
    whole: Any = literal(0, Integer)
    if "acquired_on" in cuts.facts:
        bought = [(Ticket.acquired_on <= day, place) for place, day in enumerate(cuts.bought, 1)]
        whole = case((Ticket.acquired_on.is_(None), 0), *bought, else_=len(cuts.bought) + 1)
    for name in YES_NO:
        if name in cuts.facts:
            column = getattr(Ticket, name)
            whole = whole * 3 + case((column.is_(None), 0), (column, 2), else_=1)
    return whole


def _stretches(period: ReplayPeriod, cuts: Cuts) -> list[datetime]:
    """Return the first instant of each stretch of the period."""
    return [period.first, *(midnight(day) for day in cuts.days if period.since < day <= period.until)]


def _moment(stretches: list[datetime], cuts: Cuts, dialect: str) -> Any:
    """Return the index of the ticket's stretch, or the hour of its opening if the cell's answer depends on it."""
    ends = [(Ticket.opened_at < end, place) for place, end in enumerate(stretches[1:])]
    stretch: Any = case(*ends, else_=len(ends)) if ends else literal(0, Integer)
    if not cuts.timed:
        return stretch
    if dialect == "sqlite":
        hour: Any = cast(func.strftime("%s", Ticket.opened_at), Integer) / literal(3600, Integer)
        hour = cast(hour, Integer)
    else:
        hour = cast(func.floor(extract("epoch", Ticket.opened_at) / 3600), Integer)
    pairs = (and_(Ticket.service == service, Ticket.activity == activity) for service, activity in sorted(cuts.timed))
    return case((or_(*pairs), hour), else_=stretch)


def _decoded(
    counted: Counter[tuple[str, ...]], stretches: list[datetime], cuts: Cuts, calendar: SchoolCalendar
) -> list[Group]:
    moments = _Moments(stretches, cuts, calendar)
    facts = _Facts(cuts)
    merged: Counter[tuple[str, str, str, str, str, str, datetime]] = Counter()
    for (*asked, code, moment), count in sorted(counted.items()):
        merged[(*asked, code, moments(int(moment)))] += count  # type: ignore[index]
    return [
        Group(
            Request(
                etablissement=place,
                service=service,
                activity=activity,
                opened_at=opened,
                user_category=category or None,
                acquired_by=payer or None,
                **facts(code),
            ),
            count,
        )
        for (place, service, activity, category, payer, code, opened), count in merged.items()
    ]


class _Facts:
    """The facts that a code stands for, each decoded once."""

    def __init__(self, cuts: Cuts) -> None:
        self._names = [name for name in YES_NO if name in cuts.facts]
        self._bought = [None, *cuts.bought, *(day + timedelta(days=1) for day in cuts.bought[-1:])]
        self._known: dict[str, dict[str, Any]] = {}

    def __call__(self, code: str) -> dict[str, Any]:
        if code not in self._known:
            whole, found = int(code), {}
            for name in reversed(self._names):
                whole, answer = divmod(whole, 3)
                found[name] = (None, False, True)[answer]
            self._known[code] = {**found, "acquired_on": self._bought[whole]}
        return self._known[code]


class _Moments:
    """Gives, for each moment, the first one met of those that the routers do not distinguish from it."""

    def __init__(self, stretches: list[datetime], cuts: Cuts, calendar: SchoolCalendar) -> None:
        self._stretches, self._zones, self._calendar = stretches, cuts.zones, calendar
        self._known: dict[int, datetime] = {}
        self._first: dict[tuple[object, ...], datetime] = {}

    def __call__(self, moment: int) -> datetime:
        found = self._known.get(moment)
        if found is None:
            found = self._known[moment] = self._standing(moment)
        return found

    def _standing(self, moment: int) -> datetime:
        if moment < _HOURS:
            return self._stretches[moment]
        hour = datetime.fromtimestamp(3600 * moment, UTC)
        local = hour.astimezone(PARIS)
        inside = (self._calendar.in_session(zone, local) for zone in self._zones)
        return self._first.setdefault((bisect_right(self._stretches, hour), *inside), hour)


def times(connection: Connection, reach: ReplayReach, cells: Collection[CellKey]) -> dict[CellKey, tuple[int, int]]:
    """Return the working time from opening to resolution that the figures measured, by cell: (seconds, resolutions)."""
    if not cells:
        return {}
    within = [FigureFact.etablissement.in_(reach.places)]
    if reach.key is not None:
        within.append(
            FigureFact.ticket_id.in_(select(FigureFactScope.ticket_id).where(FigureFactScope.scope == reach.key))
        )
    rows = connection.execute(
        select(FigureFact.service, FigureFact.activity, func.sum(FigureFact.seconds), func.count())
        .where(
            FigureFact.kind == RESOLVED,
            FigureFact.seconds.is_not(None),
            FigureFact.service.in_(sorted({service for service, _ in cells})),
            FigureFact.activity.in_(sorted({activity for _, activity in cells})),
            *within,
        )
        .group_by(FigureFact.service, FigureFact.activity)
    )
    return {
        (service, activity): (int(seconds or 0), count)
        for service, activity, seconds, count in rows
        if (service, activity) in cells
    }


def tickets(
    connection: Connection,
    reach: ReplayReach,
    period: ReplayPeriod,
    cells: Collection[CellKey] | None,
    before: int | None,
) -> Iterator[ReplayedTicket]:
    """Yield the tickets of the period in some cells (None: in any), newest first, below number `before` if given."""
    asked = _listed().where(_where(reach, period))
    if cells is not None:
        asked = asked.where(
            Ticket.service.in_(sorted({service for service, _ in cells})),
            Ticket.activity.in_(sorted({activity for _, activity in cells})),
        )
    asked = asked.order_by(Ticket.number.desc()).limit(LOOK)
    while True:
        rows = connection.execute(asked if before is None else asked.where(Ticket.number < before)).all()
        for row in rows:
            if cells is None or (row.service, row.activity) in cells:
                yield _row(row)
        if len(rows) < LOOK:
            return
        before = rows[-1].number


def _listed() -> Any:
    """Return the query of tickets with what `_row` reads of them, their present decision included."""
    return select(
        Ticket.number,
        Ticket.opened_at,
        Ticket.etablissement,
        Ticket.etablissement_name,
        Ticket.etablissement_commune,
        Ticket.service,
        Ticket.service_label,
        Ticket.activity,
        Ticket.activity_label,
        Ticket.holder_organisation,
        *(getattr(Ticket, fact) for fact in FACTS),
        DecisionRow.status,
        DecisionRow.party,
    ).outerjoin(DecisionRow, DecisionRow.id == Ticket.decision_id)


def _row(row: Any) -> ReplayedTicket:
    request = Request(
        etablissement=row.etablissement,
        service=row.service,
        activity=row.activity,
        opened_at=row.opened_at,
        **{fact: getattr(row, fact) for fact in FACTS},
    )
    return ReplayedTicket(
        row.number,
        row.opened_at,
        row.etablissement_name,
        row.etablissement_commune,
        row.service_label,
        row.activity_label,
        request,
        row.holder_organisation,
        row.status or "",
        row.party or "",
    )
