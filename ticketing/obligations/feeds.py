"""A person's calendar of obligations at a secret address: made, revoked, and what it holds when it is asked for.

Only the hash of the secret is stored (`charters.entry.links`). The file holds what the person's mandates show at the
time of asking: days, titles, states and clauses of the person's agreements; no person, no word that anybody typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.days import today
from charters.entry import links
from charters.errors import NotFound
from charters.journal import audit
from charters.model import Actor, Mandate, Role, Zone
from charters.people import directory, presence
from charters.tables.access import Account, MandateRow
from matrix.obligations import school_year
from matrix.wording import references
from ticketing.mail.calendar_files import Event
from ticketing.obligations import calendar
from ticketing.obligations.calendar import Line

PURPOSE: links.Purpose = "calendar"
_DAY = timedelta(days=1)
audit.label("feed.made", "Adresse de calendrier créée")
audit.label("feed.revoked", "Adresse de calendrier révoquée")


def made(actor: Actor, now: datetime) -> datetime | None:
    """Return when the actor's address ends, None where there is none."""
    return links.ends(actor.account_id, PURPOSE, now=now)


def make(actor: Actor, now: datetime) -> str:
    """Make an address for the actor and return its secret, which is shown once; an earlier address ends."""
    with writing():
        now = written_at(now)
        token = links.make(actor.account_id, PURPOSE, now=now)
        audit.record("feed.made", actor=actor, subject=actor.sigle, now=now)
    return token


def revoke(actor: Actor, now: datetime) -> None:
    """End the actor's address. Raises NotFound where there is none."""
    with writing():
        now = written_at(now)
        if links.ends(actor.account_id, PURPOSE, now=now) is None:
            raise NotFound("link")
        links.end(actor.account_id, PURPOSE, now=now)
        audit.record("feed.revoked", actor=actor, subject=actor.sigle, now=now)


def events(token: str, host: str, zone: Zone, now: datetime) -> tuple[Event, ...]:
    """Return the events of the address with this secret: those of this school year and the next.

    `host` makes the ids of events. Raises NotFound if the address is unknown, ended or revoked, or if its owner may not
    log in (activity over, suspended, a charter unsigned), or not from this zone: without a key, nothing is read from
    the internet (annexe 6, 1.1).
    """
    link = links.opened(token, PURPOSE, now=now)
    owner = directory.person(None, link.account_id, now=now)
    keyed = any(key.state == "active" for key in owner.keys)
    if owner.unsigned or (zone != "intranet" and not keyed):
        raise NotFound("link")
    found: dict[str, Event] = {}
    for actor in _actors(link.account_id, now):
        for year in (school_year(today(now)), school_year(today(now)) + 1):
            for agreement in calendar.calendars(actor, year, now):
                for event in _of(agreement, host, now):
                    found.setdefault(event.uid, event)
    return tuple(sorted(found.values(), key=lambda one: (one.start.isoformat(), one.uid)))


def _actors(account_id: int, now: datetime) -> Iterator[Actor]:
    """Yield the person under each mandate that may act that day; a mandate of a suspended organisation may not."""
    day = today(now)
    rows = db.session.execute(
        select(MandateRow, Account)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            Account.id == account_id,
            presence.acting(day),
            presence.in_activity(day),
            ~presence.suspended(MandateRow.scope_id),
        )
        .order_by(MandateRow.id)
    ).all()
    for row, account in rows:
        mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
        yield Actor(account.id, account.sigle, "", account.external, mandate)


def _of(agreement: calendar.AgreementCalendar, host: str, now: datetime) -> Iterator[Event]:
    for line in agreement.lines:
        one = line.occurrence
        mark = f"{agreement.id}-{one.obligation.id}-{one.key}"
        if one.due is not None:
            yield _event(f"{mark}@{host}", one.due, f"{one.obligation.title} ({line.said.lower()})", _told(line), now)
        if line.planned is not None:
            yield _event(f"{mark}-jour@{host}", line.planned.on, one.obligation.title, _told(line), now)
    for coming in agreement.terms:
        mark = f"{agreement.id}-{coming.kind}-{coming.on.isoformat()}@{host}"
        yield _event(mark, coming.on, agreement.title, coming.sentence, now)


def _told(line: Line) -> str:
    return f"Doit : {line.owners}. {line.occurrence.said} ({references(line.citations)})"


def _event(uid: str, day: date, summary: str, details: str, now: datetime) -> Event:
    """One whole day of the calendar."""
    return Event(uid=uid, sequence=0, written_at=now, start=day, end=day + _DAY, summary=summary, details=details)
