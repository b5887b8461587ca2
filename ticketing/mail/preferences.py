"""How each person wishes to be written to: read, saved, and applied to the notices that wait.

A notice is written with the ticket, and nothing is asked about wishes then; they are asked when it is due, so that what
a person chooses holds at once, for what already waits too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor
from ticketing.mail.kinds import BY_ID, DIGEST_HOUR, NOW, PLAIN, WAYS, Wish
from ticketing.tables import MailChoice, Notice

audit.label("mail.chosen", "Choix des courriels modifiés")


def wish(account_id: int) -> Wish:
    """Return the wishes of a person."""
    return wishes([account_id]).get(account_id, PLAIN)


def wishes(account_ids: Iterable[int]) -> dict[int, Wish]:
    """Return the wishes of those of these people who expressed some."""
    rows = db.session.execute(select(*MailChoice.__table__.c).where(MailChoice.account_id.in_(set(account_ids))))
    return {
        row.account_id: Wish(row.kinds, row.digest_hour, row.quiet_from, row.quiet_until, row.grouped) for row in rows
    }


def read(ways: Mapping[str, str], digest_hour: int, quiet: tuple[int | None, int | None], *, grouped: bool) -> Wish:
    """Return the wishes that a form asks for; what is compulsory stays so, and an unknown answer counts as none."""
    kept = {
        kind.id: ways[kind.id]
        for kind in BY_ID.values()
        if not kind.compulsory and ways.get(kind.id) in WAYS and ways[kind.id] != NOW
    }
    begins, ends = (hour if hour is not None and 0 <= hour <= 23 else None for hour in quiet)
    if begins is None or ends is None or begins == ends:
        begins = ends = None
    return Wish(kept, digest_hour if 0 <= digest_hour <= 23 else DIGEST_HOUR, begins, ends, grouped)


def save(actor: Actor, wanted: Wish, now: datetime) -> None:
    """Keep the wishes of the actor; the notices that wait by the former ones are looked at again at once."""
    values: dict[str, Any] = {
        "kinds": dict(wanted.ways),
        "digest_hour": wanted.digest_hour,
        "quiet_from": wanted.quiet_from,
        "quiet_until": wanted.quiet_until,
        "grouped": wanted.grouped,
    }
    with writing() as session:
        values["changed_at"] = now = written_at(now)
        known = session.get(MailChoice, actor.account_id, with_for_update=True, populate_existing=True)
        if known is None:
            session.add(MailChoice(account_id=actor.account_id, **values))
        else:
            for name, value in values.items():
                setattr(known, name, value)
        session.execute(
            update(Notice)
            .where(Notice.recipient_id == actor.account_id, Notice.state == "pending", Notice.way != "")
            .values(way="", next_at=now)
        )
        audit.record("mail.chosen", actor=actor, subject=f"compte {actor.account_id}", now=now)
