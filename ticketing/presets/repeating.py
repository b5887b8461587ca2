"""Open the tickets of presets that open by themselves, in the name of their author; stop those whose author is gone.

The day is moved on in a commit of its own, after the ticket's: a run that is killed between the two opens nothing
twice, since the same token gives the same ticket. The token says when the preset was written, since SQLite gives the id
of a preset that was withdrawn to the next one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, literal, select, update
from sqlalchemy.orm import Session

from charters import letters
from charters.database import db, reading, writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor, Mandate, Role
from charters.people import presence
from charters.permissions import MAY, Action
from charters.signing import signing
from charters.tables.access import Account, MandateRow
from ticketing.errors import Invalid, Refused
from ticketing.model import Draft, Facts
from ticketing.presets import rhythms
from ticketing.presets.tables import TicketPreset
from ticketing.settings import desk_settings
from ticketing.tickets import desk

LETTER = "preset-stopped"
#: How many presets one run takes.
BATCH = 200


def open_due(now: datetime) -> int:
    """Open the tickets that are due today; return how many. One whose author may open none stops; people are told."""
    with reading() as session:
        due = list(session.scalars(select(TicketPreset).where(TicketPreset.next_on <= today(now)).limit(BATCH)))
        asked = [(row, _author(row.author_id, row.side, today(now))) for row in due]
        session.expunge_all()
    return sum(_opened(row, author, now) for row, author in asked)


def _opened(row: Any, author: Actor | None, now: datetime) -> int:
    draft = Draft(
        title=row.title,
        body=row.body or row.title,
        etablissement=row.side,
        service=row.service,
        activity=row.activity,
        facts=Facts(user_category=row.user_category or None),
        **{name: getattr(row, name) for name in ("asset", "tag", "room")},
    )
    try:
        if author is None:
            raise Refused("")
        written = f"{row.changed_at:%y%m%d%H%M%S%f}"
        desk.open_ticket(author, draft, [], now, token=f"modele-{row.id}-{written}-{row.next_on.isoformat()}")
    except (Refused, Invalid):
        _stop(row, now)
        return 0
    with writing() as session:
        _move(session, row, rhythms.next_after(row.rhythm, row.starts_on, today(now)), row.rhythm)
    return 1


def _author(account_id: int, place: str, day: date) -> Actor | None:
    """Return the author as who opens a ticket there today.

    None if gone, suspended, or without a mandate there that both opens tickets and writes presets.
    """
    staff = literal(desk_settings().usage_for_staff, Boolean)
    rows = db.session.execute(
        select(MandateRow, Account)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            Account.id == account_id,
            MandateRow.scope_id == place,
            presence.in_activity(day),
            presence.acting(day),
            ~presence.suspended(Account.organisation),
            ~presence.suspended(MandateRow.scope_id),
            ~signing.unsigned(staff),
        )
    )
    for row, account in rows:
        if MAY[Role(row.role)] >= {Action.OPEN, Action.WRITE_PRESETS}:
            mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
            name = f"{account.first_name} {account.last_name}"
            return Actor(account.id, account.sigle, name, account.external, mandate)
    return None


def _stop(row: Any, now: datetime) -> None:
    """Let a preset open nothing by itself any more, and tell its author and who may take it up again, in one commit.

    Nobody is told of one that was changed meanwhile: it is judged anew.
    """
    day = today(now)
    with writing() as session:
        if not _move(session, row, None, ""):
            return
        audit.record("preset.stopped", sigle="guichet", subject=f"modèle {row.id}", now=written_at(now))
        people = session.scalars(
            select(Account)
            .join(MandateRow, MandateRow.account_id == Account.id)
            .where(
                MandateRow.scope_id == row.side,
                MandateRow.role.in_([role.value for role in MAY if Action.WRITE_PRESETS in MAY[role]]),
                presence.in_activity(day),
                presence.acting(day),
                ~presence.suspended(Account.organisation),
            )
            .distinct()
        )
        author = session.scalar(select(Account).where(Account.id == row.author_id, presence.in_activity(day)))
        told = {one.id: one for one in (*people, *([author] if author else []))}
        for person in told.values():
            letters.write(person, LETTER, now=now)


def _move(session: Session, row: Any, to: date | None, rhythm: str) -> bool:
    """Move the day of a preset on, unless it was changed meanwhile; return whether it was moved."""
    values: dict[str, Any] = {"next_on": to, "rhythm": rhythm} | ({} if to else {"starts_on": None})
    same = (TicketPreset.id == row.id, TicketPreset.next_on == row.next_on, TicketPreset.changed_at == row.changed_at)
    moved: Any = session.execute(update(TicketPreset).where(*same).values(**values))
    return bool(moved.rowcount)
