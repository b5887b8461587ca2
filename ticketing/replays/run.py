"""Replay the tickets of a period through a draft of an agreement, on a connection that cannot write.

For every ticket, the decision that its facts get by the agreements as they are now is compared with the one that they
would get with the draft. Both versions are taken as if they had been in force over the whole period, so that only the
draft's effect shows (`matrix.comparison.substitution`). The ticket's stored decision, made in its time and perhaps
corrected by people since, is shown as well if it differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from charters.database import db, sealed
from charters.model import Actor, Role
from matrix.comparison.replay import Change, Pairs, Replay, moving_cells, outcomes, summed
from matrix.comparison.substitution import Trial, cuts, of_agreement, of_version
from matrix.files import load_convention
from matrix.model import Convention, Decision
from ticketing.amending import drafts
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing
from ticketing.in_force.signatories import Signatory
from ticketing.in_force.tables import MatrixDraft
from ticketing.replays import selection
from ticketing.replays.selection import ReplayedTicket, ReplayPeriod, ReplayReach

#: The longest period, in days: ten years are more than any agreement's tickets.
LONGEST = 3660
#: The period that a page proposes, in days.
USUAL = 365
#: Tickets on a page.
PAGE = 25


@dataclass(frozen=True, slots=True)
class ReplaySubject:
    """What is replayed: a draft, or files (`number` None). `convention` is the agreement as it would be."""

    number: int | None
    convention: Convention
    title: str
    effect_on: date
    trial: Trial


@dataclass(frozen=True, slots=True)
class ChangedTicket:
    """A ticket that changes: both decisions, what changed, and whether its stored decision differs from `before`."""

    row: ReplayedTicket
    before: Decision
    after: Decision
    change: Change
    kept_differs: bool


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """Tickets that change, newest first; `older`: the next page begins below this number (None on the last)."""

    tickets: tuple[ChangedTicket, ...]
    older: int | None


def usual(today: date) -> ReplayPeriod:
    """Return the year that ends yesterday."""
    return ReplayPeriod(today - timedelta(days=USUAL), today - timedelta(days=1))


def period(since: str, until: str, today: date) -> ReplayPeriod:
    """Return the period of days as typed (ISO), both included. Raises Invalid, by « depuis » and « jusqua »."""
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
    return ReplayPeriod(first, last)


def of_draft(draft_id: int) -> ReplaySubject:
    """Return a draft of the database, as it is now. Callers check the right first.

    Raises NotFound, and Invalid if its version cannot take effect on its day.
    """
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    conventions = drafts.draft_conventions(draft_id)
    try:
        trial = of_version(conventions, routing.router().recorded, row.convention, row.effect_on)
    except KeyError:
        raise Invalid({"": "Ce projet ne peut pas prendre effet ce jour-là : il n’y a rien à rejouer."}) from None
    return ReplaySubject(draft_id, trial.after.conventions[row.convention], row.title, row.effect_on, trial)


def of_folder(folder: Path, since: date) -> ReplaySubject:
    """Return an agreement's files, which replace the agreement with their id or are added. Raises ConventionError."""
    conventions = routing.router().conventions
    convention = load_convention(folder, conventions.vocabulary)
    trial = of_agreement(conventions, routing.router().recorded, convention, since)
    return ReplaySubject(None, convention, convention.title, convention.versions[-1].on, trial)


def reach_of(actor: Actor, signatory: Signatory, subject: ReplaySubject) -> ReplayReach:
    """Return whose tickets an actor's replay counts and lists, by the signatory for which the actor acts.

    An administrator counts and lists the tickets of the académie; a référent those of the référent's own perimeter, as
    everywhere else (annexe 6, 2.3). Only the administrator counts what other parties hold.
    """
    assert actor.mandate is not None
    places = subject.trial.places
    if actor.role is Role.ADMINISTRATEUR:
        return ReplayReach(places, academie=actor.mandate.scope_id)
    conventions, convention = subject.trial.after.conventions, subject.convention
    own = (
        place
        for place in places
        if place in convention.etablissements
        and conventions.organisation(convention.id, signatory.party, place)[0] == signatory.organisation
    )
    return ReplayReach(tuple(own), key=f"org:{actor.mandate.scope_id}")


def run(subject: ReplaySubject, reach: ReplayReach, wanted: ReplayPeriod) -> Replay:
    """Return the replay, with three queries, whatever the number of tickets. Nothing is written."""
    trial = subject.trial
    with sealed() as connection:
        groups = selection.groups(connection, reach, wanted, cuts(trial), trial.after.conventions.calendar)
        found = outcomes(trial, groups)
        times = selection.times(connection, reach, moving_cells(found))
    return summed(trial, found, times)


def page(
    subject: ReplaySubject, reach: ReplayReach, wanted: ReplayPeriod, before: int | None = None, size: int = PAGE
) -> ReplayPage:
    """Return one page of the tickets that change, among those that the reach lists."""
    with sealed() as connection:
        rows = selection.tickets(connection, reach, wanted, subject.trial.changed, before)
        found = list(islice(_changed(subject.trial, rows), size + 1))
    return ReplayPage(tuple(found[:size]), found[size - 1].row.number if len(found) > size else None)


def _changed(trial: Trial, rows: Iterator[ReplayedTicket]) -> Iterator[ChangedTicket]:
    pair = Pairs(trial)
    for row in rows:
        before, after, change = pair(row.request)
        if change:
            kept = (row.kept_status, row.kept_party)
            yield ChangedTicket(row, before, after, change, bool(kept[0]) and kept != (before.status, before.party))


def _day(text: str) -> date | None:
    """Return a day from an ISO date field or from French text (31/08/2026), or None."""
    text = text.strip()
    if text.count("/") == 2:
        text = "-".join(reversed(text.split("/")))
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year < 2200 else None
