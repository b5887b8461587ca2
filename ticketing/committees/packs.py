"""Ask for the pack of a committee, have a job make it, and read it inside one's perimeter.

The académie's administrator asks for and reads the whole pack, its reader of figures reads it; the référent of a party
that signs asks for and reads that of the party. To everybody else a pack does not exist. What is read is asked of the
active mandate each time, and of who signs now.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor, Role
from matrix.model import Convention
from ticketing.committees import assembling
from ticketing.committees.assembling import NotReady, Wanted
from ticketing.committees.content import Pack, packed, unpacked
from ticketing.committees.tables import STEP_MAX, CommitteePack
from ticketing.errors import Invalid, NotFound
from ticketing.figures import periods
from ticketing.in_force import routing

log = logging.getLogger("guichet.committees")
audit.label("committee.asked", "Dossier du comité demandé")

#: How many packs a page lists, and how long a pack may be in the making before another process takes it up.
LISTED, LEASE = 30, timedelta(minutes=10)
#: The most packs that one side has in the making at once: each costs the scheduler seconds, and others wait behind.
WAITING = 5
NUMBER_MAX = 2**31 - 1
_WAITS = ("asked", "making")


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack as its readers see it: what it is of, how far it is, and, once made, what it says."""

    id: int
    title: str
    year: str
    everything: bool
    meeting: date | None
    state: str
    step: str
    asked_at: datetime
    made_at: datetime | None
    digest: str
    pack: Pack | None = None

    @property
    def waits(self) -> bool:
        return self.state in _WAITS


def asks(actor: Actor) -> bool:
    """Whether the actor may have packs made, and not only read them."""
    return actor.role in (Role.ADMINISTRATEUR, Role.REFERENT)


def reads(actor: Actor) -> bool:
    """Whether the role reads packs at all; `agreements` says which."""
    return actor.role in (Role.ADMINISTRATEUR, Role.LECTEUR, Role.REFERENT)


def agreements(actor: Actor) -> list[tuple[Convention, str, str]]:
    """Return the agreements whose packs the actor reads: (agreement, académie, side, « » for the whole)."""
    conventions = routing.router().conventions
    mandate, found = actor.mandate, []
    if mandate is None:
        return []
    for convention in conventions:
        known = assembling.academies(conventions, convention.id)
        if mandate.role in (Role.ADMINISTRATEUR, Role.LECTEUR):
            if mandate.scope_id in known:
                found.append((convention, mandate.scope_id, ""))
        elif mandate.role is Role.REFERENT:
            for academie in known:
                try:
                    assembling.side_of(conventions, Wanted(convention.id, academie, "", mandate.scope_id))
                except NotFound:
                    continue
                found.append((convention, academie, str(mandate.scope_id)))
    return found


def ask(actor: Actor, typed: Mapping[str, str], now: datetime) -> int:
    """Have a pack made and return its number; one that is already waited for is not asked for twice.

    Raises NotFound where the actor may not ask, Invalid by field: « accord », « annee », « reunion ».
    """
    if not asks(actor):
        raise NotFound
    wanted = _wanted(actor, typed, now)
    with writing() as session:
        now = written_at(now)
        known = _waited_for(wanted)
        if known is not None:
            return known
        row = CommitteePack(
            convention=wanted.convention,
            academie=wanted.academie,
            period=wanted.period,
            side=wanted.side,
            everything=wanted.everything,
            meeting=wanted.meeting,
            state="asked",
            step="",
            digest="",
            asked_at=now,
        )
        session.add(row)
        session.flush()
        details = {"convention": wanted.convention, "period": wanted.period, "everything": wanted.everything}
        audit.record("committee.asked", actor=actor, subject=f"dossier:{row.id}", details=details, now=now)
        return row.id


def _waited_for(wanted: Wanted) -> int | None:
    """Return the number of the same pack where it is waited for already, else None. Raises Invalid past `WAITING`."""
    own = select(CommitteePack).where(
        CommitteePack.academie == wanted.academie, CommitteePack.side == wanted.side, CommitteePack.state.in_(_WAITS)
    )
    waits = db.session.scalars(own.order_by(CommitteePack.id)).all()
    about = (wanted.convention, wanted.period, wanted.everything, wanted.meeting)
    for row in waits:
        if (row.convention, row.period, row.everything, row.meeting) == about:
            return row.id
    if len(waits) >= WAITING:
        raise Invalid({"accord": f"{WAITING} dossiers sont déjà en train de se faire : attendez que l’un soit fait."})
    return None


def _wanted(actor: Actor, typed: Mapping[str, str], now: datetime) -> Wanted:
    faults = {}
    chosen = next((one for one in agreements(actor) if f"{one[0].id}@{one[1]}" == typed.get("accord")), None)
    if chosen is None:
        faults["accord"] = "Choisissez un accord."
    period = ""
    try:
        period = assembling.year(typed.get("annee", ""))
    except ValueError:
        faults["annee"] = "Donnez une année scolaire, par exemple 2025-2026."
    if period and period > periods.year_of(periods.month_of(now)):
        faults["annee"] = "Cette année scolaire n’a pas commencé."
    meeting = None
    if text := typed.get("reunion", "").strip():
        try:
            meeting = date.fromisoformat("-".join(reversed(text.split("/"))) if "/" in text else text)
        except ValueError:
            faults["reunion"] = "Donnez un jour, par exemple 18/11/2026, ou laissez vide."
    if faults or chosen is None:
        raise Invalid(faults)
    convention, academie, side = chosen
    return Wanted(convention.id, academie, period, side, meeting, bool(typed.get("entier")) and not side)


# --- read -------------------------------------------------------------------------------------------------------------


def listed(actor: Actor) -> list[PackView]:
    """Return the latest packs of the actor's perimeter, newest first, without what they say."""
    known = {(convention.id, academie, side) for convention, academie, side in agreements(actor)}
    if not known:
        return []
    rows = db.session.scalars(
        select(CommitteePack)
        .where(
            CommitteePack.academie.in_({academie for _, academie, _ in known}),
            CommitteePack.side.in_({side for _, _, side in known}),
            CommitteePack.convention.in_({convention for convention, _, _ in known}),
        )
        .order_by(CommitteePack.id.desc())
        .limit(LISTED)
    )
    return [_view(row) for row in rows if (row.convention, row.academie, row.side) in known]


def read(actor: Actor, number: int) -> PackView:
    """Return a pack of the actor's perimeter with what it says. Raises NotFound."""
    row = db.session.get(CommitteePack, number) if 0 < number <= NUMBER_MAX else None
    known = {(convention.id, academie, side) for convention, academie, side in agreements(actor)}
    if row is None or (row.convention, row.academie, row.side) not in known:
        raise NotFound
    return _view(row, whole=True)


def _view(row: CommitteePack, *, whole: bool = False) -> PackView:
    conventions = routing.router().conventions
    return PackView(
        id=row.id,
        title=next((one.title for one in conventions if one.id == row.convention), row.convention),
        year=periods.label(row.period).removeprefix("Année scolaire "),
        everything=row.everything,
        meeting=row.meeting,
        state=row.state,
        step=row.step,
        asked_at=row.asked_at,
        made_at=row.made_at,
        digest=row.digest,
        pack=unpacked(row.content) if whole and row.content else None,
    )


# --- made -------------------------------------------------------------------------------------------------------------


def make_asked(now: datetime) -> int:
    """Make the packs that are asked for, one after the other; return how many were made."""
    done = 0
    while (row := _claimed(now)) is not None:
        done += _made(*row, now)
    return done


def _claimed(now: datetime) -> tuple[int, Wanted] | None:
    """Take up the oldest pack that nobody makes, or whose maker was killed; None where there is none."""
    free = (CommitteePack.state == "asked") | (
        (CommitteePack.state == "making") & (CommitteePack.begun_at < now - LEASE)
    )
    with writing() as session:
        now = written_at(now)
        later = CommitteePack.begun_at.is_(None) | (CommitteePack.begun_at < now)
        row = session.scalars(
            select(CommitteePack)
            .where(free, later)
            .order_by(CommitteePack.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        row.state, row.begun_at = "making", now
        wanted = Wanted(row.convention, row.academie, row.period, row.side, row.meeting, row.everything)
        return row.id, wanted


def _made(number: int, wanted: Wanted, now: datetime) -> int:
    def step(said: str) -> None:
        _write(number, step=said[:STEP_MAX])

    try:
        pack = assembling.make(wanted, (), step)
    except NotReady as wait:
        _write(number, state="asked", step=str(wait)[:STEP_MAX])
        return 0
    except NotFound:
        _write(number, state="failed", step="Cette partie n’est plus de cet accord.")
        return 0
    except Exception:
        _write(number, state="failed", step="Une erreur a empêché ce dossier ; elle est dans le journal du programme.")
        raise
    _write(number, state="made", step="", made_at=now, digest=pack.digest, content=packed(pack))
    return 1


def _write(number: int, **values: object) -> None:
    with writing() as session:
        session.execute(update(CommitteePack).where(CommitteePack.id == number).values(**values))
