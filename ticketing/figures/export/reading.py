"""Read the lines of an export, month by month, so that memory does not grow with the tickets.

**The scope is the first argument of each query**, and every query filters on it. A file that stays inside holds facts
as they are, day by day; one that leaves holds sums of a month, with établissements under a name drawn for this export
alone, and nothing about fewer than five people (`hiding`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from charters.database import reading
from ticketing.figures import periods
from ticketing.figures.dashboards import Scope
from ticketing.figures.export import hiding
from ticketing.figures.export.dictionary import ABOUT, COUNTED
from ticketing.figures.facts.summing import FACT, SCOPE
from ticketing.tables import Ticket

CHUNK = 2000
#: What does not add up over the weeks of a month.
_OF_WEEKS = ("waiting",)
Line = Mapping[str, Any]


def lines(scope: Scope, period: str, *, leaves: bool) -> Iterator[Line]:
    """Yield the lines of an export, column of facts → value; what a line does not say is absent."""
    first, last = periods.bounds(period)
    with reading() as session:
        chosen = select(FACT.c.month).where(FACT.c.day.between(f"{first}-00", f"{last}-99")).distinct()
        months = sorted(session.scalars(_in(chosen, scope)))
    key = secrets.token_bytes(32)
    for month in months:
        with reading() as session:
            yield from _leaving(session, scope, month, key) if leaves else _staying(session, scope, month)


def _staying(session: Session, scope: Scope, month: str) -> Iterator[Line]:
    """Yield the facts of a month in an order that does not tell which are of one ticket."""
    told = [FACT.c[name] for name in ABOUT]
    chosen = select(*told, *(FACT.c[name] for name in COUNTED)).where(_of(month)).order_by(*told)
    for row in session.execute(_in(chosen, scope).execution_options(yield_per=CHUNK)):
        yield dict(row._mapping) | {"urgency": str(row.urgency), "age": str(row.age)}


def _leaving(session: Session, scope: Scope, month: str, key: bytes) -> Iterator[Line]:
    """Yield the sums of a month, then what was about too few people in its établissement.

    They come in the order of their pseudonyms: that of the établissements would tell which is which.
    """
    told = [FACT.c[name] for name in hiding.TOLD]
    counted = [name for name in COUNTED if name not in _OF_WEEKS]
    chosen = (
        select(*told, Ticket.opened_by.label("person"), *(func.sum(FACT.c[name]).label(name) for name in counted))
        .outerjoin(Ticket, Ticket.number == FACT.c.ticket_id)
        .where(_of(month), FACT.c.waiting == 0)
        .group_by(*told, Ticket.opened_by)
        .order_by(FACT.c.etablissement)
    )
    rows = session.execute(_in(chosen, scope).execution_options(yield_per=CHUNK))
    rest: hiding.Groups = {}
    told_of: list[tuple[hiding.Key, Mapping[str, int]]] = []
    for place, found in groupby(rows, key=lambda row: row.etablissement):
        groups: hiding.Groups = {}
        name = pseudonym(key, place) if place else ""
        for row in found:
            said = {one: str(row._mapping[one]) for one in hiding.TOLD} | {"etablissement": name}
            group = groups.setdefault(tuple(said.values()), hiding.Group())
            amounts = {one: int(row._mapping[one] or 0) for one in counted}
            group.add(amounts, () if row.person is None else (row.person,))
        told_of += hiding.told(groups, rest)
    yield from _said(month, sorted(told_of, key=lambda one: (one[0][hiding.TOLD.index("etablissement")], one[0])))
    yield from _said(month, hiding.merged(rest))


def _said(month: str, found: Iterable[tuple[hiding.Key, Mapping[str, int]]]) -> Iterator[Line]:
    for key, amounts in found:
        yield {"month": month, **dict(zip(hiding.TOLD, key, strict=True)), **amounts}


def pseudonym(key: bytes, etablissement: str) -> str:
    """Return the name of an établissement under a key: the same in one export, nobody's in another."""
    return f"E-{hmac.new(key, etablissement.encode(), hashlib.sha256).hexdigest()[:12]}"


def _of(month: str) -> Any:
    return FACT.c.day.between(f"{month}-01", f"{month}-31")


def _in(chosen: Any, scope: Scope) -> Any:
    if scope.kind == "etablissement":
        return chosen.where(FACT.c.etablissement == scope.key.partition(":")[2])
    return chosen.join(SCOPE, and_(SCOPE.c.ticket_id == FACT.c.ticket_id, SCOPE.c.scope == scope.key))
