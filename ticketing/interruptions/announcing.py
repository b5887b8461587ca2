"""Announce interruptions of service (annexe 6, 3.1), mail them at the notice period, begin and end them by hand.

Both the announced times and the real ones are stored. An interruption that begins without having been announced is «
non annoncée » in the journal and on the page. If Guichet itself is interrupted, beginning stops it
(`ticketing.operation.maintenance`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_, insert, select

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor
from ticketing.errors import NotFound, Refused
from ticketing.interruptions.banners import EVERYONE, academie_of, forget
from ticketing.interruptions.drafting import NOTICES, Announcement, Form, drafted
from ticketing.interruptions.letters import tell_of, write_to_all
from ticketing.interruptions.tables import Interruption, InterruptionScope
from ticketing.operation import maintenance

audit.label("interruption.announced", "Interruption annoncée")
audit.label("interruption.started", "Interruption commencée")
audit.label("interruption.unannounced", "Interruption commencée, non annoncée")
audit.label("interruption.ended", "Interruption terminée")
audit.label("interruption.cancelled", "Interruption annulée")


# --- announcing ---


def announce(form: Form, *, actor: Actor, now: datetime) -> int:
    """Announce an interruption and return its id. Letters leave at the notice period. Raises Invalid, Refused."""
    draft = drafted(form, actor=actor, now=now)
    with writing():
        now = written_at(now)
        row = _write(draft, academie_of(actor), now)
        row.announced_at, row.announced_by = now, actor.account_id
        audit.record(
            "interruption.announced",
            actor=actor,
            subject=f"interruption {row.id}",
            now=now,
            details={
                "title": row.title,
                "starts": row.starts_at.isoformat(),
                "ends": row.ends_at.isoformat(),
                "notice": row.notice_hours,
                "clashes": len(draft.clashes),
                "places": len(draft.places),
            },
        )
    forget()
    return row.id


def report(form: Form, *, actor: Actor, data_dir: Path, now: datetime) -> int:
    """Record an interruption that has begun without being announced, and return its id.

    If Guichet itself is interrupted, it stops, by a file of `data_dir`. Raises Invalid, Refused.
    """
    draft = drafted(form, actor=actor, now=now, unannounced=True)
    with writing():
        now = written_at(now)
        row = _write(draft, academie_of(actor), now)
        _start(row, actor, now)
    if draft.whole:
        maintenance.stop(data_dir, until=draft.ends_at, words=draft.title + ".", now=now)
    forget()
    return row.id


def start(interruption_id: int, *, actor: Actor, data_dir: Path, now: datetime) -> None:
    """Begin an interruption, at whatever hour it was announced; if it interrupts Guichet itself, Guichet stops.

    Raises NotFound, Refused.
    """
    with writing():
        now = written_at(now)
        row = _own(interruption_id, actor)
        if row.started_at is not None or row.cancelled_at is not None:
            raise Refused("Cette interruption a déjà commencé, ou elle est annulée.")
        _start(row, actor, now)
        whole, until, words = row.whole, row.ends_at, row.title + "."
    if whole:
        maintenance.stop(data_dir, until=until, words=words, now=now)
    forget()


def end(interruption_id: int, *, actor: Actor, data_dir: Path, now: datetime) -> None:
    """End an interruption; if it interrupts Guichet itself, Guichet answers again. Raises NotFound, Refused."""
    with writing():
        now = written_at(now)
        row = _own(interruption_id, actor)
        if row.started_at is None or row.ended_at is not None:
            raise Refused("Cette interruption n’est pas en cours.")
        _end(row, actor, now)
        whole = row.whole
    if whole:
        maintenance.resume(data_dir)
    forget()


def cancel(interruption_id: int, *, actor: Actor, now: datetime) -> None:
    """Cancel an interruption, and write to the people who were told of it by mail. Raises NotFound, Refused."""
    with writing():
        now = written_at(now)
        row = _own(interruption_id, actor)
        if row.started_at is not None or row.cancelled_at is not None:
            raise Refused("Cette interruption a déjà commencé, ou elle est annulée.")
        row.cancelled_at = now
        told = 0
        if row.told_at is not None:
            told = write_to_all(row, "cancelled", now)
        audit.record(
            "interruption.cancelled",
            actor=actor,
            subject=f"interruption {row.id}",
            now=now,
            details={
                "letters": told,
            },
        )
    forget()


# --- from the command line ---


def works_begin(*, until: datetime | None, words: str, now: datetime) -> bool:
    """Begin the announced interruption of Guichet, or else an unannounced one, for `guichet maintenance on`.

    Returns whether it was announced. The caller has already stopped Guichet: this function only records it.
    """
    with writing() as session:
        now = written_at(now)
        if session.scalar(select(Interruption.id).where(_running(), Interruption.whole)) is not None:
            return True
        row = session.scalar(
            select(Interruption)
            .where(
                Interruption.whole,
                Interruption.announced_at.is_not(None),
                Interruption.started_at.is_(None),
                Interruption.cancelled_at.is_(None),
                Interruption.starts_at <= now + timedelta(hours=12),
                Interruption.ends_at > now,
            )
            .order_by(Interruption.starts_at)
            .limit(1)
            .with_for_update()
        ) or _unannounced_works(until, words, now)
        announced = row.announced_at is not None
        _start(row, None, now)
    forget()
    return announced


def _unannounced_works(until: datetime | None, words: str, now: datetime) -> Interruption:
    """Return a row for unannounced maintenance of Guichet, in the current transaction; without `until`, for an hour."""
    session = db.session
    row = Interruption(
        academie="",
        title=words or "Interruption de Guichet",
        words="",
        services=[],
        places=[],
        whole=True,
        starts_at=now,
        ends_at=until or now + timedelta(hours=1),
        notice_hours=NOTICES[2],
    )
    session.add(row)
    session.flush()
    session.add(InterruptionScope(interruption_id=row.id, scope=EVERYONE))
    return row


def works_end(now: datetime) -> int:
    """End every running interruption of Guichet, for `guichet maintenance off`, and return how many."""
    with writing() as session:
        now = written_at(now)
        rows = session.scalars(select(Interruption).where(_running(), Interruption.whole).with_for_update()).all()
        for row in rows:
            _end(row, None, now)
    forget()
    return len(rows)


# --- inside ---


def _write(draft: Announcement, academie: str, now: datetime) -> Interruption:
    session = db.session
    row = Interruption(
        academie=academie,
        title=draft.title,
        words=draft.words,
        services=list(draft.services),
        places=list(draft.places),
        whole=draft.whole,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        notice_hours=draft.notice_hours,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(InterruptionScope), [{"interruption_id": row.id, "scope": scope} for scope in sorted(draft.scopes)]
    )
    return row


def _start(row: Interruption, actor: Actor | None, now: datetime) -> None:
    row.started_at, row.started_by = now, actor.account_id if actor else None
    announced = row.announced_at is not None
    audit.record(
        "interruption.started" if announced else "interruption.unannounced",
        actor=actor,
        sigle="" if actor else "guichet",
        subject=f"interruption {row.id}",
        now=now,
        details={"title": row.title} | ({} if announced else {"annonce": "non annoncée"}),
    )
    if row.told_at is None:
        tell_of(row, now)  # it was not announced in time: people are written to now


def _end(row: Interruption, actor: Actor | None, now: datetime) -> None:
    row.ended_at, row.ended_by = now, actor.account_id if actor else None
    audit.record(
        "interruption.ended",
        actor=actor,
        sigle="" if actor else "guichet",
        subject=f"interruption {row.id}",
        now=now,
        details={"from": (row.started_at or now).isoformat(), "until": now.isoformat()},
    )


def _running() -> ColumnElement[bool]:
    return and_(Interruption.started_at.is_not(None), Interruption.ended_at.is_(None))


def _own(interruption_id: int, actor: Actor) -> Interruption:
    row = db.session.get(Interruption, interruption_id, with_for_update=True, populate_existing=True)
    academie = academie_of(actor)
    if row is None or row.academie not in (academie, ""):
        raise NotFound(str(interruption_id))
    return row
