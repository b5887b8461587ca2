"""Assemble the agreements as people have changed them: the files, the cells filled in, the versions approved.

There are two times. A fill holds (valid time) from the day of the version in which it is made, and is known
(transaction time) from its confirmation until it is withdrawn; a version takes effect on its day and is known from its
last approval; a recorded fact has its own day and is known from its recording. `at` None means what is known now.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from charters.database import db
from charters.days import PARIS
from charters.people import forgetting
from matrix import Conventions, Recorded, wording
from matrix.changes import CellChange, amended, filled, unpacked
from matrix.values import ValueFault
from ticketing.in_force.tables import CellFill, DraftChange, MatrixDraft
from ticketing.tables import PartyHours, PartyPromise, PartyRule, RecordedFact

log = logging.getLogger("guichet.versions")

#: The first key of PostgreSQL's advisory locks on agreements; the second key is the agreement's.
_LOCK = 20150901


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled cell: the version of the files in which it is filled, and what the cell says."""

    convention: str
    on: date
    change: CellChange


@dataclass(frozen=True, slots=True)
class Amendment:
    """A version that changes cells from a day on; `draft` is the number of the draft from which it was made."""

    draft: int
    convention: str
    on: date
    title: str
    changes: tuple[CellChange, ...]


def stamp() -> tuple[Any, ...]:
    """Return a value that changes whenever something that routes changes, or the name of a reader of a cell is erased.

    One query over small tables; none of the counts in it ever decreases.
    """
    fact, fill, draft = RecordedFact, CellFill, MatrixDraft
    asked = (
        func.count(fact.id),
        func.count(fact.withdrawn_at),
        func.max(fact.id),
        func.count(fill.confirmed_at),
        func.count(fill.withdrawn_at),
        func.max(fill.id),
        func.count(draft.approved_at),
        func.count(case((fill.filled_by_name.startswith(f"{forgetting.NAME} "), 1))),
        func.max(PartyHours.id),
        func.max(PartyPromise.id),
        func.max(PartyRule.id),
    )
    return tuple(db.session.execute(select(*(select(one).scalar_subquery() for one in asked))).one())


def hold(session: Session, convention: str) -> None:
    """Lock what an agreement says until the commit, so that one act at a time changes it, in whatever process.

    On SQLite there is only ever one writer, and nothing is done.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(convention))))


def fills(at: datetime | None = None) -> list[Fill]:
    """Return the fills known at an instant, in the order of their confirmation."""
    known = (
        CellFill.withdrawn_at.is_(None) & CellFill.confirmed_at.is_not(None)
        if at is None
        else (CellFill.confirmed_at <= at) & or_(CellFill.withdrawn_at.is_(None), CellFill.withdrawn_at > at)
    )
    rows = db.session.scalars(select(CellFill).where(known).order_by(CellFill.confirmed_at, CellFill.id))
    found = []
    for row in rows:
        try:
            found.append(Fill(row.convention, row.version_on, filling(row)))
        except ValueFault as fault:  # another release wrote this row: it is logged and left out
            log.warning("fill left out", extra={"convention": row.convention, "reason": str(fault)})
    return found


def filling(row: CellFill) -> CellChange:
    """Return what a fill makes its cell say, with who read it, when, and where on the paper."""
    read = row.filled_at.astimezone(PARIS)
    origin = f"Lu {on_paper(row)} par {row.filled_by_name}, le {wording.day(read.date())}."
    return replace(unpacked(row.change), origin=origin)


def on_paper(row: CellFill) -> str:
    """Return the place on the paper in French: « sur le texte signé (page 9, ligne 31, colonne 6) »."""
    return f"sur le texte signé (page {row.paper_page}, ligne {row.paper_line}, colonne {row.paper_column})"


def amendments(at: datetime | None = None) -> list[Amendment]:
    """Return the versions approved at an instant, in the order in which they take effect."""
    known = MatrixDraft.approved_at.is_not(None) if at is None else MatrixDraft.approved_at <= at
    rows = db.session.scalars(select(MatrixDraft).where(known).order_by(MatrixDraft.effect_on, MatrixDraft.id)).all()
    if not rows:
        return []
    changes, found = changes_of([row.id for row in rows]), []
    for row in rows:
        try:
            found.append(amendment(row, changes.get(row.id, ())))
        except ValueFault as fault:
            log.warning("version left out", extra={"draft": row.id, "reason": str(fault)})
    return found


def changes_of(drafts: Sequence[int]) -> dict[int, list[DraftChange]]:
    """Return the rows of the cells that drafts change, by draft number."""
    found: dict[int, list[DraftChange]] = {}
    for row in db.session.scalars(
        select(DraftChange)
        .where(DraftChange.draft_id.in_(drafts))
        .order_by(DraftChange.draft_id, DraftChange.service, DraftChange.activity)
    ):
        found.setdefault(row.draft_id, []).append(row)
    return found


def amendment(row: MatrixDraft, changes: Iterable[DraftChange]) -> Amendment:
    """Return the version that a draft makes; its cells say where they come from. Raises ValueFault."""
    cells = tuple(unpacked(one.change) for one in changes)
    return with_origin(Amendment(row.id, row.convention, row.effect_on, row.title, cells), row.kind, row.approved_at)


def with_origin(version: Amendment, kind: str, approved_at: datetime | None) -> Amendment:
    """Return the version whose cells say that they come from this draft, approved on that day or not yet."""
    since = f"approuvé le {wording.day(approved_at.astimezone(PARIS).date())}" if approved_at else "pas encore approuvé"
    origin = f"{KIND_NAMES.get(kind, kind)} n° {version.draft}, {since} : {version.title}"
    return replace(version, changes=tuple(replace(one, origin=origin) for one in version.changes))


KIND_NAMES = {"annexe": "Projet d’annexe", "avenant": "Projet d’avenant"}


def assembled(base: Conventions, fills: Iterable[Fill], amendments: Iterable[Amendment]) -> Conventions:
    """Return the agreements of the files, filled in, then amended in the order of the days of effect.

    What no longer fits the files (a version, a note or a party that they no longer have) is left out and logged: the
    trouble of one agreement must not stop the desk.
    """
    changed = {one.id: one for one in base}
    for fill in fills:
        try:
            changed[fill.convention] = filled(changed[fill.convention], fill.on, [fill.change])
        except (KeyError, ValueFault) as fault:
            log.warning("fill left out", extra={"convention": fill.convention, "reason": str(fault)})
    for one in sorted(amendments, key=lambda one: (one.on, one.draft)):
        try:
            changed[one.convention] = amended(changed[one.convention], one.on, one.changes, one.title)
        except (KeyError, ValueFault) as fault:
            log.warning("version left out", extra={"draft": one.draft, "reason": str(fault)})
    if all(changed[one.id] is one for one in base):
        return base
    return base.with_conventions(changed.values())


def added(known: Conventions, one: Amendment) -> Conventions | None:
    """Return `known` with one more version, its agreement's latest; None if another takes effect that day or later.

    The agreements already assembled are then not read again. Raises ValueFault.
    """
    if any(version.on >= one.on for version in known[one.convention].versions):
        return None
    changed = {each.id: each for each in known}
    changed[one.convention] = amended(known[one.convention], one.on, one.changes, one.title)
    return known.with_conventions(changed.values())


def recorded(at: datetime | None = None) -> tuple[Recorded, ...]:
    """Return the facts recorded and not withdrawn at an instant, oldest first."""
    known = (
        RecordedFact.withdrawn_at.is_(None)
        if at is None
        else (RecordedFact.recorded_at <= at) & or_(RecordedFact.withdrawn_at.is_(None), RecordedFact.withdrawn_at > at)
    )
    rows = db.session.scalars(select(RecordedFact).where(known).order_by(RecordedFact.id))
    return tuple(Recorded(kind=row.kind, convention=row.convention, on=row.on, subject=row.subject) for row in rows)  # type: ignore[arg-type]
