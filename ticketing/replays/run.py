"""Replay: the tickets of a period through a draft of an agreement. It reads, on a connection that cannot write.

What is compared: for every ticket, the decision that its facts get by the agreements as they stand now, and the one
that they would get with the draft. Both versions are taken as if they had held over the whole period, so that the
draft's effect shows, and it alone (`matrix.substitution`). What was decided in its day, which people may have corrected
since, is the ticket's kept decision: it is told beside, where it differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from charters.database import db, sealed
from charters.model import Actor, Role
from matrix.files import load_convention
from matrix.model import Convention, Decision
from matrix.replay import Change, Pairs, Replay, moving_cells, outcomes, summed
from matrix.substitution import Trial, cuts, of_agreement, of_version
from ticketing.amending import amendments
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing
from ticketing.in_force.signatories import Body
from ticketing.in_force.tables import MatrixDraft
from ticketing.replays import selection
from ticketing.replays.selection import Period, Reach, Row

#: The longest period, in days: ten years are more than any agreement's tickets.
LONGEST = 3660
#: The period that a page proposes, in days.
USUAL = 365
#: Tickets on a page.
PAGE = 25


@dataclass(frozen=True, slots=True)
class Subject:
    """What is replayed: a draft, or files. `number` None: files. `convention` is the agreement as it would be."""

    number: int | None
    convention: Convention
    title: str
    effect_on: date
    trial: Trial


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket that changes: both decisions, what changed; whether its kept decision is another than `before`."""

    row: Row
    before: Decision
    after: Decision
    change: Change
    kept_differs: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets that change, newest first; `older`: the number below which the next page begins, None on the last."""

    tickets: tuple[Changed, ...]
    older: int | None


def usual(today: date) -> Period:
    """The year until yesterday."""
    return Period(today - timedelta(days=USUAL), today - timedelta(days=1))


def period(since: str, until: str, today: date) -> Period:
    """The days as typed (ISO), both included. Raises Invalid, by « depuis » and « jusqua »."""
    first, last = _day(since), _day(until)
    faults = {}
    if first is None:
        faults["depuis"] = "Donnez le premier jour de la période, par exemple 2026-01-31."
    elif first > today:
        faults["depuis"] = "La période commence après aujourd’hui : aucun ticket n’y est encore ouvert."
    if last is None:
        faults["jusqua"] = "Donnez le dernier jour de la période, par exemple 2026-12-31."
    elif first is not None and last < first:
        faults["jusqua"] = "La période finit avant de commencer."
    elif first is not None and (last - first).days > LONGEST:
        faults["jusqua"] = "La période dépasse dix ans : choisissez-en une plus courte."
    if faults or first is None or last is None:
        raise Invalid(faults)
    return Period(first, last)


def of_draft(draft_id: int) -> Subject:
    """A draft of the database, as it stands; callers check the right first.

    Raises NotFound, and Invalid where its version cannot take effect on its day.
    """
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    conventions = amendments.draft_conventions(draft_id)
    try:
        trial = of_version(conventions, routing.router().recorded, row.convention, row.effect_on)
    except KeyError:
        raise Invalid({"": "Ce projet ne peut pas prendre effet ce jour-là : il n’y a rien à rejouer."}) from None
    return Subject(draft_id, trial.after.conventions[row.convention], row.title, row.effect_on, trial)


def of_folder(folder: Path, since: date) -> Subject:
    """An agreement's files, tried in the place of the one of its id, or beside the others. Raises ConventionError."""
    conventions = routing.router().conventions
    convention = load_convention(folder, conventions.vocabulary)
    trial = of_agreement(conventions, routing.router().recorded, convention, since)
    return Subject(None, convention, convention.title, convention.versions[-1].on, trial)


def reach_of(actor: Actor, side: Body, subject: Subject) -> Reach:
    """Whose tickets an actor's replay counts and lists, by the side for which the actor writes on the agreement.

    An administrator: those of the académie. A référent: those of the référent's own perimeter, counts included, as
    everywhere else (annexe 6, 2.3); what other parties hold is the administrator's to count.
    """
    assert actor.mandate is not None
    places = subject.trial.places
    if actor.role is Role.ADMINISTRATEUR:
        return Reach(places, academie=actor.mandate.scope_id)
    conventions, convention = subject.trial.after.conventions, subject.convention
    own = (
        place
        for place in places
        if place in convention.etablissements
        and conventions.organisation(convention.id, side.party, place)[0] == side.organisation
    )
    return Reach(tuple(own), key=f"org:{actor.mandate.scope_id}")


def run(subject: Subject, reach: Reach, wanted: Period) -> Replay:
    """The replay: three queries, whatever the number of tickets. Nothing is written."""
    trial = subject.trial
    with sealed() as connection:
        groups = selection.groups(connection, reach, wanted, cuts(trial), trial.after.conventions.calendar)
        found = outcomes(trial, groups)
        times = selection.times(connection, reach, moving_cells(found))
    return summed(trial, found, times)


def page(subject: Subject, reach: Reach, wanted: Period, before: int | None = None, size: int = PAGE) -> Page:
    """The tickets that change, a page at a time, those that the reach lists."""
    with sealed() as connection:
        rows = selection.tickets(connection, reach, wanted, subject.trial.changed, before)
        found = list(islice(_changed(subject.trial, rows), size + 1))
    return Page(tuple(found[:size]), found[size - 1].row.number if len(found) > size else None)


def _changed(trial: Trial, rows: Iterator[Row]) -> Iterator[Changed]:
    pair = Pairs(trial)
    for row in rows:
        before, after, change = pair(row.request)
        if change:
            kept = (row.kept_status, row.kept_party)
            yield Changed(row, before, after, change, bool(kept[0]) and kept != (before.status, before.party))


def _day(text: str) -> date | None:
    """A day as a date field sends it, or as one writes it in French (31/08/2026)."""
    text = text.strip()
    if text.count("/") == 2:
        text = "-".join(reversed(text.split("/")))
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year < 2200 else None
