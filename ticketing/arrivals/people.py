"""A list of people brought in: judged without writing, then written whole or not at all, by the rules of the forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from charters.database import reading, written_at
from charters.days import today
from charters.errors import Invalid, Refused
from charters.journal import audit
from charters.people import accounts, arriving, corrections, sigles
from ticketing.arrivals import known, turns
from ticketing.arrivals.judging import Judge, Judged, Outcome, Work
from ticketing.arrivals.lists import Listed, SheetRefused, read
from ticketing.arrivals.people_columns import COLUMNS, Typed, typed
from ticketing.arrivals.reach import Reach

audit.label("people.imported", "Liste de personnes importée")

#: Called with (what is being done, how much of it is done, how much there is).
Tell = Callable[[str, int, int], object]
MOVED = "Des comptes ont changé depuis la lecture de cette liste : rien n’a été écrit. Relisez les lignes ci-dessous."
REFUSED = "Des lignes sont refusées : rien n’a été écrit. Corrigez la liste, puis renvoyez-la."

__all__ = ["Judged", "Outcome", "SheetRefused", "bring_in", "judge", "listed"]


def _quiet(what: str, done: int, most: int) -> None:
    return


def listed(data: bytes, name: str) -> Listed:
    """Return the list that a file holds. Raises SheetRefused."""
    return read(data, name, COLUMNS)


def judge(found: Listed, reach: Reach, now: datetime, tell: Tell = _quiet) -> Judged:
    """Return the verdict of each line, and write nothing."""
    return _settled([typed(row) for row in found.rows], reach, now, tell)[0]


def _settled(rows: Sequence[Typed], reach: Reach, now: datetime, tell: Tell) -> tuple[Judged, dict[str, str]]:
    """Return the verdicts, and the hashes of all sigles that they asked about; none before anybody was forgotten."""
    with reading():
        needed = sigles.any_retired()
    prints: dict[str, str] = {}
    while True:
        with reading():
            judged, proposed = _judged(rows, reach, prints, now)
        missing = sorted(set(proposed) - prints.keys()) if needed else []
        if not missing:
            return judged, prints
        prints |= sigles.marks(missing, partial(_tell_sigles, tell, len(missing)))


def _tell_sigles(tell: Tell, most: int, done: int) -> None:
    tell("sigles", done, most)


def bring_in(found: Listed, seen: str | None, reach: Reach, now: datetime, tell: Tell = _quiet) -> Judged:
    """Write what the list asks for, whole, and return its verdicts. `seen` is the print of those that were confirmed.

    Raises Refused where a line is refused, where the verdicts are no longer those, or while another import runs.
    """
    rows = [typed(row) for row in found.rows]
    _, prints = _settled(rows, reach, now, tell)
    with turns.alone():
        now = written_at(now)
        judged, _ = _judged(rows, reach, prints, now)
        if judged.refused:
            raise Refused(REFUSED)
        if seen is not None and judged.digest != seen:
            raise Refused(MOVED)
        if judged.work.changes:
            _write(judged.work, prints, reach, now, tell)
            counts = {one.name.lower(): judged.count(one) for one in Outcome if one is not Outcome.REFUSED}
            audit.record("people.imported", actor=reach.actor, subject=reach.academie, now=now, details=counts)
    return judged


def _judged(rows: Sequence[Typed], reach: Reach, prints: dict[str, str], now: datetime) -> tuple[Judged, Sequence[str]]:
    """Return the verdicts by what the base says in the current transaction, and the sigles of the new accounts."""
    met = known.read(reach, (row.values["sigle"] for row in rows), (row.values["email"] for row in rows))
    judge_ = Judge(reach, met, known.retired(prints, prints), today(now))
    return judge_.judge(rows), judge_.proposed


def _write(work: Work, prints: dict[str, str], reach: Reach, now: datetime, tell: Tell) -> None:
    """Write it all in the current transaction. Raises Refused where a rule of the forms says no."""
    total = work.changes
    try:
        arriving.create(work.newcomers, prints, actor=reach.actor, now=now, tell=lambda n: tell("écriture", n, total))
        done = len(work.newcomers)
        for account_id, identity in work.corrections:
            corrections.correct(
                account_id, identity, homonym=True, organisations=reach.readable, actor=reach.actor, now=now
            )
            tell("écriture", done := done + 1, total)
        for account_id, one in work.given:
            accounts.add_mandate(
                account_id, one.role, one.scope_id, one.starts_on, one.ends_on, actor=reach.actor, now=now
            )
            tell("écriture", done := done + 1, total)
        for mandate_id, day in work.ended:
            accounts.end_mandate(mandate_id, day, actor=reach.actor, now=now)
            tell("écriture", done := done + 1, total)
    except Invalid as invalid:
        raise Refused(" ".join(invalid.errors.values())) from invalid
