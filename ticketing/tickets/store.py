"""Write tickets, inside the caller's transaction. Rows of the perimeter, counters and index change together."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from charters.statements import Fixed
from ticketing import urgency
from ticketing.files.receiving import Received
from ticketing.model import OPEN_STATES, State
from ticketing.search import index
from ticketing.tables import Attachment, DecisionRow, FormToken, Ticket, TicketCount, TicketEvent, TicketScope
from ticketing.tickets import deadlines

#: The kind of the counter that counts nothing: its label changes with the établissements and services of its key.
STAMP = "stamp"
STATE_CODES = {state: code for code, state in enumerate(State)}
OPEN_CODES = tuple(STATE_CODES[state] for state in OPEN_STATES)

TICKET: Any = Ticket.__table__
SCOPE: Any = TicketScope.__table__
EVENT: Any = TicketEvent.__table__
DECISION: Any = DecisionRow.__table__
COUNT: Any = TicketCount.__table__
TOKEN: Any = FormToken.__table__

# Built once, because building a statement costs more than running it.
_INSERT_TICKET = Fixed(insert(TICKET).returning(TICKET.c.number))
_INSERT_EVENT = Fixed(insert(EVENT).returning(EVENT.c.id))
_INSERT_DECISION = Fixed(insert(DECISION).returning(DECISION.c.id))
_INSERT_SCOPE = Fixed(insert(SCOPE))
_UPDATE_TICKET = Fixed(
    update(TICKET).where(TICKET.c.number == bindparam("the_number"), TICKET.c.version == bindparam("the_version"))
)


def _upsert_count(dialect: Any) -> Any:
    statement = dialect.insert(COUNT)
    return statement.on_conflict_do_update(
        index_elements=["key", "kind", "value"],
        set_={"n": COUNT.c.n + statement.excluded.n, "label": statement.excluded.label},
    )


def _claim(dialect: Any) -> Any:
    return dialect.insert(TOKEN).on_conflict_do_nothing().returning(TOKEN.c.account_id)


_UPSERT_COUNT = Fixed(_upsert_count(sqlite), postgresql=_upsert_count(postgresql))
_CLAIM_TOKEN = Fixed(_claim(sqlite), postgresql=_claim(postgresql))
_SETTLE_TOKEN = Fixed(
    update(TOKEN)
    .where(TOKEN.c.account_id == bindparam("the_account"), TOKEN.c.token == bindparam("the_token"))
    .values(ticket_id=bindparam("the_ticket"))
)
_SET_DECISION = Fixed(
    update(TICKET).where(TICKET.c.number == bindparam("the_number")).values(decision_id=bindparam("the_decision"))
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The place of a ticket in lists: its keys, and what the rows of the perimeter repeat of it."""

    number: int
    keys: frozenset[str]
    state: State
    due_at: datetime | None
    opened_at: datetime
    after: int  # `urgency.offset`
    etablissement: str
    etablissement_name: str
    service: str
    service_label: str
    assignee_id: int | None

    @classmethod
    def of(cls, row: Row[Any] | Mapping[str, Any], number: int | None = None) -> Placed:
        """Return the place of a ticket from its row, or from its columns' values."""
        get = row._mapping if isinstance(row, Row) else row
        return cls(
            get["number"] if number is None else number,
            frozenset(get["scope_keys"]),
            State(get["state"]),
            get["due_at"],
            get["opened_at"],
            urgency.offset(get["impact"], get["urgency"]),
            get["etablissement"],
            get["etablissement_name"],
            get["service"],
            get["service_label"],
            get["assignee_id"],
        )

    def columns(self) -> dict[str, Any]:
        """Return the repeated columns of a row of the perimeter."""
        rank = -self.number
        if self.state.is_open:
            rank = deadlines.rank(self.due_at, self.opened_at, self.after, self.state)
        return {
            "state": STATE_CODES[self.state],
            "rank": rank,
            "etablissement": self.etablissement,
            "service": self.service,
            "assignee_id": self.assignee_id,
        }

    def counted(self) -> Counter[tuple[str, str, str, str]]:
        """Return the counters in which the ticket counts: (key, kind, value, label), each once."""
        found: Counter[tuple[str, str, str, str]] = Counter()
        for key in self.keys:
            found[key, "state", self.state.value, ""] = 1
            found[key, "service", self.service, self.service_label] = 1
            if key.startswith(("org:", "holds:")):  # the other keys belong to a single établissement
                found[key, "etablissement", self.etablissement, self.etablissement_name] = 1
        return found


def lock_ticket(session: Session, number: int) -> Row[Any] | None:
    """Return the ticket's row, locked against other writers until the commit, or None."""
    return session.execute(select(TICKET).where(TICKET.c.number == number).with_for_update()).one_or_none()


def add_ticket(session: Session, values: Mapping[str, Any]) -> int:
    """Add a ticket with its rows of the perimeter and counters; return its number."""
    number = int(_INSERT_TICKET.run(values, session).scalar_one())
    place(session, None, Placed.of(values, number))
    return number


def change_ticket(session: Session, before: Row[Any], values: Mapping[str, Any], *, bump: bool) -> bool:
    """Change a ticket that still has the version of `before`, and its place in lists; False if another came first."""
    version = before.version
    changed = _UPDATE_TICKET.run(
        {**values, "version": version + bump, "the_number": before.number, "the_version": version}, session
    )
    if changed.rowcount != 1:
        return False
    place(session, Placed.of(before), Placed.of({**before._mapping, **values}))
    return True


def place(session: Session, before: Placed | None, after: Placed) -> None:
    """Move the ticket's rows of the perimeter, its counters and its keys in the index from `before` to `after`."""
    if before == after:
        return
    old_keys = before.keys if before else frozenset()
    columns = after.columns()
    if gone := old_keys - after.keys:
        session.execute(delete(SCOPE).where(SCOPE.c.key.in_(sorted(gone)), SCOPE.c.ticket_id == after.number))
    if kept := old_keys & after.keys:
        session.execute(
            update(SCOPE).where(SCOPE.c.key.in_(sorted(kept)), SCOPE.c.ticket_id == after.number).values(**columns)
        )
    if new := after.keys - old_keys:
        _INSERT_SCOPE.run([{"key": key, "ticket_id": after.number, **columns} for key in sorted(new)], session)
    count(session, before, after)
    if before is not None and before.keys != after.keys:
        index.move(session, after.number, old_keys, after.keys)


def count(session: Session, before: Placed | None, after: Placed) -> None:
    """Change the counters by the difference, always in the same order, so that two writers never deadlock."""
    change = after.counted()
    if before is not None:
        change.subtract(before.counted())
    rows = [
        {"key": key, "kind": kind, "value": value, "label": label, "n": n}
        for (key, kind, value, label), n in sorted(change.items())
        if n
    ]
    if not rows:
        return
    _UPSERT_COUNT.run(sorted([*_merged(rows), *_stamps(rows)], key=_place_of_count), session)


def _stamps(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a new stamp for each key whose choices change (`counts.facets`): drawn, so that none ever comes back."""
    stamp = secrets.token_hex(8)
    for key in {row["key"] for row in rows if row["kind"] != "state"}:
        yield {"key": key, "kind": STAMP, "value": "", "label": stamp, "n": 0}


def _place_of_count(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["key"], row["kind"], row["value"]


def _merged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each counter: the same value under an old and a new label is one counter."""
    merged: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        known = merged.setdefault((row["key"], row["kind"], row["value"]), {**row, "n": 0})
        known["n"] += row["n"]
        if row["n"] > 0:
            known["label"] = row["label"]
    return [row for row in merged.values() if row["n"]]


def add_event(session: Session, values: Mapping[str, Any]) -> int:
    """Add an entry of the timeline and return its id."""
    return int(_INSERT_EVENT.run(values, session).scalar_one())


def add_decision(session: Session, values: Mapping[str, Any]) -> int:
    """Add a decision and return its id."""
    return int(_INSERT_DECISION.run(values, session).scalar_one())


def add_files(session: Session, of_entry: Mapping[str, Any], files: Collection[Received]) -> None:
    """Add the rows of files that are already in their places; `of_entry` holds the columns taken from their entry."""
    if files:
        session.execute(insert(Attachment), [{**of_entry, **_of_file(file)} for file in files])


def _of_file(file: Received) -> dict[str, Any]:
    """Return the columns that come from the file itself."""
    return {
        "uuid": file.uuid,
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "content_type": file.content_type,
        "path": file.path,
        "quarantine": file.quarantine,
        "finding": file.finding,
    }


def claim_token(session: Session, account: int, token: str, now: datetime) -> tuple[bool, int | None]:
    """Return (True, None) the first time a form comes, and (False, its ticket) if it comes again.

    On PostgreSQL a second form waits here until the first commits.
    """
    made = _CLAIM_TOKEN.run({"account_id": account, "token": token, "ticket_id": None, "used_at": now}, session)
    if made.first() is not None:
        return True, None
    return False, session.execute(
        select(FormToken.ticket_id).where(FormToken.account_id == account, FormToken.token == token)
    ).scalar_one_or_none()


def settle_token(session: Session, account: int, token: str, ticket: int) -> None:
    """Record the ticket that the form gave."""
    _SETTLE_TOKEN.run({"the_account": account, "the_token": token, "the_ticket": ticket}, session)


def set_decision(session: Session, number: int, decision: int | None) -> None:
    """Set the present decision of a ticket."""
    _SET_DECISION.run({"the_number": number, "the_decision": decision}, session)
