"""What stands beside the queue of a side, read by one query: the views that the actor keeps, and who is away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Boolean, Date, Integer, String, bindparam, column, text

from charters.model import Actor
from charters.statements import Fixed
from ticketing.workbench import owned
from ticketing.workbench.views import TICKETS, View

_BESIDE = Fixed(
    text(
        "SELECT 0 AS kind, id, title, filters, shared, NULL AS last FROM saved_view "
        "WHERE side = :side AND page = :page AND (account_id = :account OR shared) "
        "UNION ALL SELECT 1 AS kind, account_id AS id, '' AS title, '' AS filters, false AS shared, ends_on AS last "
        "FROM absence WHERE side = :side AND starts_on <= :day AND ends_on >= :day ORDER BY kind, shared, id"
    )
    .bindparams(bindparam("day", type_=Date))
    .columns(
        column("kind", Integer),
        column("id", Integer),
        column("title", String),
        column("filters", String),
        column("shared", Boolean),
        column("last", Date),
    )
)


@dataclass(frozen=True, slots=True)
class Beside:
    """The views of the queue, the actor's own first, and account -> last day of the side's people who are away."""

    views: tuple[View, ...] = ()
    away: Mapping[int, date] = field(default_factory=dict)


def of_queue(actor: Actor, day: date) -> Beside:
    """Return what stands beside the queue of the actor's side; nothing for who has no bench."""
    side = owned.bench_of(actor)
    if side is None:
        return Beside()
    rows = _BESIDE.run({"side": side, "page": TICKETS, "account": actor.account_id, "day": day}).all()
    return Beside(
        tuple(View.of(row) for row in rows if not row.kind),
        {row.id: row.last for row in rows if row.kind},
    )
