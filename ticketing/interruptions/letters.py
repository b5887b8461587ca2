"""Write the letters about interruptions, once, at the notice period, to all whose mandate is on what is affected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import exists, select

from charters import letters
from charters.database import db, reading, writing
from charters.days import today
from charters.journal import audit
from charters.people import presence
from charters.tables.access import Account, MandateRow
from matrix import wording
from ticketing.in_force import plain_words, routing
from ticketing.interruptions.banners import EVERYONE
from ticketing.interruptions.tables import Interruption, InterruptionScope
from ticketing.mail import calendar_files
from ticketing.mail import wording as mails
from ticketing.settings import desk_settings
from ticketing.tickets.deadlines import PARIS

audit.label("interruption.told", "Interruption annoncée par courriel aux personnes concernées")


def tell(now: datetime) -> int:
    """Write to the people concerned once the notice period is reached (a job); return how many letters."""
    with reading() as session:
        waiting = session.execute(
            select(Interruption.id, Interruption.starts_at, Interruption.notice_hours).where(
                Interruption.announced_at.is_not(None),
                Interruption.told_at.is_(None),
                Interruption.cancelled_at.is_(None),
                Interruption.ended_at.is_(None),
            )
        ).all()
    due = [row.id for row in waiting if now >= row.starts_at - timedelta(hours=row.notice_hours)]
    done = 0
    for interruption_id in due:
        with writing() as session:
            row = session.get_one(Interruption, interruption_id, with_for_update=True, populate_existing=True)
            if row.told_at is None and row.cancelled_at is None:  # of two schedulers, only one writes
                done += tell_of(row, now)
    return done


def tell_of(row: Interruption, now: datetime) -> int:
    """Write to the people whom an interruption concerns, in the current transaction; return how many letters."""
    row.told_at = now
    told = write_to_all(row, "announced" if row.started_at is None else "running", now)
    audit.record(
        "interruption.told",
        sigle="guichet",
        subject=f"interruption {row.id}",
        now=now,
        details={
            "letters": told,
        },
    )
    return told


def write_to_all(row: Interruption, step: Literal["announced", "running", "cancelled"], now: datetime) -> int:
    """Write a letter to each person whose mandate is on what an interruption affects; return how many.

    The letters join the current transaction. `step` is what they say: announced, running or cancelled.
    """
    day, session = today(now), db.session
    scopes = set(session.scalars(select(InterruptionScope.scope).where(InterruptionScope.interruption_id == row.id)))
    concerned = exists().where(
        MandateRow.account_id == Account.id,
        presence.begun(day),
        *([] if EVERYONE in scopes else [MandateRow.scope_id.in_(scopes)]),
    )
    people = session.scalars(
        select(Account)
        .where(presence.in_activity(day), concerned, ~presence.suspended(Account.organisation))
        .order_by(Account.id)
    ).all()
    labels = routing.router().conventions.services
    values = {
        "step": step,
        "title": row.title,
        "words": row.words,
        "when": wording.span(row.starts_at.astimezone(PARIS), row.ends_at.astimezone(PARIS)),
        "whole": row.whole,
        "services": [plain_words.beside(service, labels.get(service, service)) for service in row.services],
    }
    values["calendar"] = _calendar(row, step == "cancelled", now)
    for person in people:
        letters.write(person, "interruption", now=now, values=values)
    return len(people)


def _calendar(row: Interruption, cancelled: bool, now: datetime) -> str:
    """Return the calendar file of an interruption; each later one replaces it in the calendars of its readers.

    Its sequence is the number of seconds since the interruption was announced, which only grows.
    """
    since = now - (row.announced_at or now)
    event = calendar_files.Event(
        uid=f"interruption-{row.id}@{mails.host_of(desk_settings().base_url)}",
        sequence=int(since.total_seconds()),
        written_at=now,
        start=row.starts_at,
        end=row.ends_at,
        summary=f"Interruption : {row.title}",
        details=row.words,
        cancelled=cancelled,
    )
    return calendar_files.file(event)
