"""Check the form of an interruption, and work out what it would affect and disturb; nothing is written.

An administrator reads both before anything is announced (annexe 6, 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from charters.database import db
from charters.days import instants
from charters.model import Actor
from charters.people.accounts import squeeze
from matrix.wording import with_article
from matrix.working_time import WorkingCalendar
from ticketing.errors import Invalid
from ticketing.hours import known
from ticketing.in_force import routing
from ticketing.interruptions import clashes, exams
from ticketing.interruptions.affected import AffectedPlace, affected_places, parties
from ticketing.interruptions.banners import EVERYONE, academie_of
from ticketing.interruptions.clashes import Other, Period, Surroundings
from ticketing.interruptions.exams import read_day
from ticketing.interruptions.tables import Interruption, InterruptionScope

TITLE_MAX, WORDS_MAX, LONGEST = 200, 2000, timedelta(days=31)
TURNS = ("1", "2")
NOTICES = (24, 48, 72, 168, 336)  # hours


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an announcement, with days and hours as typed. `places` None means all that the matrix gives.

    `starts_turn` and `ends_turn` say which of the two is meant by an hour that comes twice: « 1 » or « 2 ».
    """

    title: str = ""
    words: str = ""
    starts_on: str = ""
    starts_time: str = ""
    ends_on: str = ""
    ends_time: str = ""
    starts_turn: str = ""
    ends_turn: str = ""
    services: tuple[str, ...] = ()
    party: str = ""
    notice: str = "72"
    whole: bool = False
    places: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """An interruption as it would be announced: what it affects, and what it disturbs.

    `affected` holds every établissement that the agreements give; `places` the ids of those that were kept.
    """

    title: str
    words: str
    starts_at: datetime
    ends_at: datetime
    services: tuple[str, ...]
    notice_hours: int
    whole: bool
    affected: tuple[AffectedPlace, ...]
    places: tuple[str, ...]
    scopes: frozenset[str]
    clashes: tuple[str, ...]


def drafted(form: Form, *, actor: Actor, now: datetime, unannounced: bool = False) -> Announcement:
    """Return the interruption that a form describes; `unannounced` means that it has begun already.

    Raises Invalid, with a sentence for every fault, and Refused.
    """
    academie = academie_of(actor)
    faults: dict[str, str] = {}
    title, words = _texts(form, faults)
    starts_at, ends_at = _moments(form, now, unannounced, faults)
    # An interruption that already runs is announced at once, so its form asks for no notice period.
    notice = str(NOTICES[0]) if unannounced else form.notice
    if notice not in {str(hours) for hours in NOTICES}:
        faults["notice"] = "Choisissez un délai de prévenance dans la liste."
    _check_services(form, academie, faults)
    found: list[AffectedPlace] = []
    if not faults and not form.whole:
        found = _affected(form, academie, starts_at or now, faults)
    if faults:
        raise Invalid(faults)
    assert starts_at is not None and ends_at is not None
    kept = [one for one in found if form.places is None or one.place in form.places]
    scopes = frozenset({EVERYONE}) if form.whole else frozenset({academie}).union(*(one.scopes for one in kept))
    return Announcement(
        title=title,
        words=words,
        starts_at=starts_at,
        ends_at=ends_at,
        services=tuple(dict.fromkeys(service for one in kept for service, _, _ in one.services)),
        notice_hours=int(notice),
        whole=form.whole,
        affected=tuple(found),
        places=tuple(one.place for one in kept),
        scopes=scopes,
        clashes=_clashes(academie, starts_at, ends_at, scopes),
    )


def _texts(form: Form, faults: dict[str, str]) -> tuple[str, str]:
    """Return the cleaned title and words; their faults are added to `faults`."""
    title, words = squeeze(form.title), form.words.strip()
    if not title:
        faults["title"] = "Dites en quelques mots ce qui s’interrompt."
    elif len(title) > TITLE_MAX:
        faults["title"] = f"Ne dépassez pas {TITLE_MAX} caractères."
    if len(words) > WORDS_MAX:
        faults["words"] = "Abrégez : 2\u202f000 caractères au plus."
    return title, words


def _moments(
    form: Form, now: datetime, unannounced: bool, faults: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    """Return the beginning and the end as typed; their faults are added to `faults`."""
    start = (form.starts_on, form.starts_time, form.starts_turn)
    starts_at = now if unannounced else _moment(start, "starts", faults)
    ends_at = _moment((form.ends_on, form.ends_time, form.ends_turn), "ends", faults)
    if starts_at and not unannounced and starts_at <= now:
        faults["starts_on"] = "Le début est déjà passé. Si elle a commencé, signalez une interruption en cours."
    # In UTC: Python compares and subtracts two times of one zone by what their clocks show.
    lasts = ends_at.astimezone(UTC) - starts_at.astimezone(UTC) if starts_at and ends_at else None
    if lasts is not None and lasts <= timedelta(0):
        faults["ends_on"] = "La fin doit venir après le début."
    elif lasts is not None and lasts > LONGEST:
        faults["ends_on"] = "Une interruption dure un mois au plus : vérifiez la date."
    return starts_at, ends_at


def _moment(typed: tuple[str, str, str], name: str, faults: dict[str, str]) -> datetime | None:
    """Return the instant of a day, an hour and its turn as typed; its faults are added to `faults`."""
    on, at, turn = typed
    day = read_day(on, f"{name}_on", faults)
    try:
        hour = time.fromisoformat(at.strip()) if at.strip() else None
    except ValueError:
        hour = None
    if hour is None or hour.tzinfo is not None:
        faults[f"{name}_time"] = "Indiquez l’heure, par exemple 18:30."
        return None
    if day is None:
        return None
    found = instants(day, hour)
    if not found:
        faults[f"{name}_time"] = (
            "Cette heure n’existe pas ce jour-là : on passe à l’heure d’été. Choisissez-en une autre."
        )
    elif len(found) > 1 and turn not in TURNS:
        faults[f"{name}_turn"] = (
            "Cette heure a lieu deux fois ce jour-là, où l’on passe à l’heure d’hiver : dites laquelle."
        )
    else:
        return found[TURNS.index(turn) if len(found) > 1 else 0]
    return None


def _check_services(form: Form, academie: str, faults: dict[str, str]) -> None:
    if form.party and form.party not in dict(parties(routing.router(), academie)):
        faults["party"] = "Choisissez une partie dans la liste."
    if set(form.services) - set(routing.router().conventions.services):
        faults["services"] = "Choisissez les services dans la liste."
    elif not form.whole and not form.services and not form.party:
        faults["services"] = "Choisissez au moins un service, ou la partie dont tout s’interrompt."


def _affected(form: Form, academie: str, at: datetime, faults: dict[str, str]) -> list[AffectedPlace]:
    """Return every établissement that the agreements give; `faults` says if there is none, or if none was kept."""
    found = affected_places(routing.router(), academie, form.services, form.party, at)
    if not found:
        faults["services"] = "D’après les accords, aucun établissement n’est touché : vérifiez les services."
    elif form.places is not None and not any(one.place in form.places for one in found):
        faults["places"] = "Gardez au moins un établissement."
    return found


def _hours(academie: str, scopes: frozenset[str]) -> list[tuple[str, WorkingCalendar]]:
    """Return the sides that an interruption touches and whose opening hours are known, the académie first."""
    conventions = routing.router().conventions
    sides = [academie, *sorted(scopes - {academie, EVERYONE})]
    named = ((with_article(routing.side_name(conventions, one)), known.calendar(one)) for one in sides)
    return [(name, calendar) for name, calendar in named if calendar is not None]


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
        # The académie as a whole makes no clash by itself: only its places and their holders do.
        here = before | ({row.scope} - {academie})
        title = row.title if row.academie == academie else ""
        others[row.id] = Other(title, row.starts_at, row.ends_at, frozenset(here))
    return clashes.clashes(
        Period(starts_at, ends_at, scopes - {academie}),
        Surroundings(
            zone=clashes.zone_of(academie),
            calendar=routing.router().conventions.calendar,
            exams=[exam for _, exam in exams.exams(academie)],
            others=list(others.values()),
            hours=_hours(academie, scopes),
        ),
    )
