"""Interruptions of service (annexe 6, 3.1): announced, told by mail at the notice period, begun and ended by hand.

What was announced and what really happened are both kept. One that begins without a word is « non annoncée », in the
journal as on the page. When Guichet itself is what stops, beginning it stops it (`upkeep`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import cast

from flask import current_app
from sqlalchemy import ColumnElement, and_, insert, select

from charters.database import db, writing
from charters.journal import audit
from charters.model import Actor
from charters.people.accounts import squeeze
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.in_force import routing
from ticketing.interruptions import clashes, exams
from ticketing.interruptions.affected import PARTIES, Touched, touched
from ticketing.interruptions.banners import EVERYONE, academie_of, forget
from ticketing.interruptions.clashes import Other
from ticketing.interruptions.exams import read_day
from ticketing.interruptions.letters import tell_of, write_to_all
from ticketing.interruptions.tables import Interruption, InterruptionScope
from ticketing.operation import maintenance
from ticketing.tickets.deadlines import PARIS

TITLE_MAX, WORDS_MAX, LONGEST = 200, 2000, timedelta(days=31)
NOTICES = (24, 48, 72, 168, 336)  # hours

audit.label("interruption.announced", "Interruption annoncée")
audit.label("interruption.started", "Interruption commencée")
audit.label("interruption.unannounced", "Interruption commencée, non annoncée")
audit.label("interruption.ended", "Interruption terminée")
audit.label("interruption.cancelled", "Interruption annulée")


@dataclass(frozen=True, slots=True)
class Form:
    """What is typed to announce: days and hours as a form gives them. `places` None: all that the matrix gives."""

    title: str = ""
    words: str = ""
    starts_on: str = ""
    starts_time: str = ""
    ends_on: str = ""
    ends_time: str = ""
    services: tuple[str, ...] = ()
    party: str = ""
    notice: str = "72"
    whole: bool = False
    places: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An interruption as it would be announced: what it touches, and what it falls upon."""

    title: str
    words: str
    starts_at: datetime
    ends_at: datetime
    services: tuple[str, ...]
    notice_hours: int
    whole: bool
    touched: tuple[Touched, ...]
    places: tuple[str, ...]
    scopes: frozenset[str]
    clashes: tuple[str, ...]


# --- announcing ---


def drafted(form: Form, *, actor: Actor, now: datetime, unannounced: bool = False) -> Draft:
    """The interruption that a form describes, nothing being written. Raises Invalid (every fault), Refused."""
    academie = academie_of(actor)
    title, words = squeeze(form.title), form.words.strip()
    faults: dict[str, str] = {}
    if not title:
        faults["title"] = "Dites en quelques mots ce qui s’interrompt."
    elif len(title) > TITLE_MAX:
        faults["title"] = f"Ne dépassez pas {TITLE_MAX} caractères."
    if len(words) > WORDS_MAX:
        faults["words"] = "Abrégez : 2\u202f000 caractères au plus."
    starts_at = now if unannounced else _moment(form.starts_on, form.starts_time, "starts", faults)
    ends_at = _moment(form.ends_on, form.ends_time, "ends", faults)
    if starts_at and not unannounced and starts_at <= now:
        faults["starts_on"] = "Le début est déjà passé. Si elle a commencé, signalez une interruption en cours."
    if starts_at and ends_at and ends_at <= starts_at:
        faults["ends_on"] = "La fin doit venir après le début."
    elif starts_at and ends_at and ends_at - starts_at > LONGEST:
        faults["ends_on"] = "Une interruption dure un mois au plus : vérifiez la date."
    # One that already runs is told at once: its form asks for no notice.
    notice = str(NOTICES[0]) if unannounced else form.notice
    if notice not in {str(hours) for hours in NOTICES}:
        faults["notice"] = "Choisissez un délai de prévenance dans la liste."
    if form.party and form.party not in PARTIES:
        faults["party"] = "Choisissez une partie dans la liste."
    router = routing.router()
    if set(form.services) - set(router.conventions.services):
        faults["services"] = "Choisissez les services dans la liste."
    elif not form.whole and not form.services and not form.party:
        faults["services"] = "Choisissez au moins un service, ou la partie dont tout s’interrompt."
    found: list[Touched] = []
    if not faults and not form.whole:
        found = touched(router, academie, form.services, form.party, starts_at or now)
        if not found:
            faults["services"] = "D’après les accords, aucun établissement n’est touché : vérifiez les services."
        kept = [one for one in found if form.places is None or one.place in form.places]
        if found and not kept:
            faults["places"] = "Gardez au moins un établissement."
    if faults:
        raise Invalid(faults)
    assert starts_at is not None and ends_at is not None
    kept = [one for one in found if form.places is None or one.place in form.places]
    scopes = frozenset({EVERYONE}) if form.whole else frozenset({academie}).union(*(one.scopes for one in kept))
    services = tuple(dict.fromkeys(service for one in kept for service, _, _ in one.services))
    return Draft(
        title,
        words,
        starts_at,
        ends_at,
        services,
        int(notice),
        form.whole,
        tuple(found),
        tuple(one.place for one in kept),
        scopes,
        _clashes(academie, starts_at, ends_at, scopes),
    )


def announce(form: Form, *, actor: Actor, now: datetime) -> int:
    """Announce an interruption, and its id; people are written to at the notice period. Raises Invalid, Refused."""
    draft = drafted(form, actor=actor, now=now)
    with writing():
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


def report(form: Form, *, actor: Actor, now: datetime) -> int:
    """Write down an interruption that has begun without being announced, and its id. Raises Invalid, Refused."""
    draft = drafted(form, actor=actor, now=now, unannounced=True)
    with writing():
        row = _write(draft, academie_of(actor), now)
        _start(row, actor, now)
    if draft.whole:
        maintenance.stop(_folder(), until=draft.ends_at, words=draft.title + ".", now=now)
    forget()
    return row.id


def start(interruption_id: int, *, actor: Actor, now: datetime) -> None:
    """It begins, whatever the hour announced; when it is Guichet that stops, it stops. Raises NotFound, Refused."""
    with writing():
        row = _own(interruption_id, actor)
        if row.started_at is not None or row.cancelled_at is not None:
            raise Refused("Cette interruption a déjà commencé, ou elle est annulée.")
        _start(row, actor, now)
        whole, until, words = row.whole, row.ends_at, row.title + "."
    if whole:
        maintenance.stop(_folder(), until=until, words=words, now=now)
    forget()


def end(interruption_id: int, *, actor: Actor, now: datetime) -> None:
    """It is over. Raises NotFound, Refused."""
    with writing():
        row = _own(interruption_id, actor)
        if row.started_at is None or row.ended_at is not None:
            raise Refused("Cette interruption n’est pas en cours.")
        _end(row, actor, now)
        whole = row.whole
    if whole:
        maintenance.resume(_folder())
    forget()


def cancel(interruption_id: int, *, actor: Actor, now: datetime) -> None:
    """It will not take place; whoever had been told is told. Raises NotFound, Refused."""
    with writing():
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
    """`guichet maintenance on`: the interruption of Guichet that was announced begins, else one that was not.

    Whether it was announced. Guichet must have been stopped already: this writes it down.
    """
    with writing() as session:
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
        )
        if row is None:
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
        announced = row.announced_at is not None
        _start(row, None, now)
    forget()
    return announced


def works_end(now: datetime) -> int:
    """`guichet maintenance off`: every interruption of Guichet that runs is over; gives how many."""
    with writing() as session:
        rows = session.scalars(select(Interruption).where(_running(), Interruption.whole).with_for_update()).all()
        for row in rows:
            _end(row, None, now)
    forget()
    return len(rows)


# --- inside ---


def _write(draft: Draft, academie: str, now: datetime) -> Interruption:
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
        tell_of(row, now)  # late, but told


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


def _clashes(academie: str, starts_at: datetime, ends_at: datetime, scopes: frozenset[str]) -> tuple[str, ...]:
    rows = db.session.execute(
        select(
            Interruption.id,
            Interruption.academie,
            Interruption.title,
            Interruption.starts_at,
            Interruption.ends_at,
            InterruptionScope.scope,
        )
        .join(InterruptionScope, InterruptionScope.interruption_id == Interruption.id)
        .where(
            Interruption.cancelled_at.is_(None),
            Interruption.ended_at.is_(None),
            Interruption.starts_at < ends_at,
            Interruption.ends_at > starts_at,
        )
    ).all()
    others: dict[int, Other] = {}
    for row in rows:
        before = others[row.id].scopes if row.id in others else frozenset()
        # What belongs to the académie as a whole makes no clash: the places do, and who holds them.
        here = before | ({row.scope} - {academie})
        title = row.title if row.academie == academie else ""
        others[row.id] = Other(title, row.starts_at, row.ends_at, frozenset(here))
    return clashes.clashes(
        starts_at,
        ends_at,
        scopes - {academie},
        zone=clashes.zone_of(academie),
        calendar=routing.router().conventions.calendar,
        exams=[exam for _, exam in exams.exams(academie)],
        others=others.values(),
    )


def _running() -> ColumnElement[bool]:
    return and_(Interruption.started_at.is_not(None), Interruption.ended_at.is_(None))


def _own(interruption_id: int, actor: Actor) -> Interruption:
    row = db.session.get(Interruption, interruption_id, with_for_update=True, populate_existing=True)
    academie = academie_of(actor)
    if row is None or row.academie not in (academie, ""):
        raise NotFound(str(interruption_id))
    return row


def _folder() -> Path:
    return cast(Path, current_app.config["GUICHET"].data_dir)


def _moment(on: str, at: str, name: str, faults: dict[str, str]) -> datetime | None:
    day = read_day(on, f"{name}_on", faults)
    try:
        hour = time.fromisoformat(at.strip()) if at.strip() else None
    except ValueError:
        hour = None
    if hour is None or hour.tzinfo is not None:
        faults[f"{name}_time"] = "Indiquez l’heure, par exemple 18:30."
        return None
    return datetime.combine(day, hour, PARIS) if day else None
