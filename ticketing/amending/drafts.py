"""Read drafts of versions of an agreement's matrix: their changed cells, comments and state.

`ticketing.amending.amendments` writes drafts and `ticketing.amending.approvals` approves them. A draft exists for the
organisations that signed its agreement, as `ticketing.in_force.signatories` says; other people get `NotFound`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from charters.database import db
from charters.model import Actor
from matrix import Citation, Convention, Conventions, terms
from matrix.changes import CellChange, amended, unpacked
from matrix.model import Cell
from matrix.values import ValueFault
from ticketing.errors import GuichetError, Invalid, NotFound
from ticketing.in_force import routing, signatories, versions
from ticketing.in_force.signatories import Signatory
from ticketing.in_force.tables import DraftComment, MatrixDraft

#: The states in which a draft may still be written.
OPEN = ("draft", "submitted")


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that a draft changes: its new content (`change`), who changed it, and a mark of its present state."""

    change: CellChange
    data: Mapping[str, Any]  # the change in the form in which it is stored
    at: datetime
    by: str
    mark: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """What a party said about a cell, or about the whole draft if `service` is empty."""

    service: str
    activity: str
    side_name: str
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as its signatories see it. `version` counts its changes; `signatory` is the reader's own."""

    number: int
    version: int
    convention: str
    convention_title: str
    kind: str
    kind_label: str
    title: str
    effect_on: date
    retroactive: bool
    state: str
    clauses: tuple[Citation, ...]
    cells: tuple[ChangedCell, ...]
    comments: tuple[CommentView, ...]
    created_at: datetime
    created_by: str
    created_side: str
    submitted_at: datetime | None
    submitted_by: str
    approved_at: datetime | None
    approved_content: str
    closed_at: datetime | None
    closed_by: str
    closed_reason: str
    signatory: Signatory

    @property
    def changes(self) -> tuple[CellChange, ...]:
        """What each changed cell would say."""
        return tuple(cell.change for cell in self.cells)

    @property
    def open(self) -> bool:
        """Whether the draft may still be changed."""
        return self.state in OPEN

    def cell(self, service: str, activity: str) -> ChangedCell | None:
        """Return the draft's change of a cell, or None if the draft leaves the cell as it is."""
        return next(
            (one for one in self.cells if (one.change.service, one.change.activity) == (service, activity)), None
        )


class StaleDraft(GuichetError):
    """Raised when somebody changed the draft after the page was shown: nothing was written.

    `current` is the draft as it is now; `there` says in French what the cell holds that the reader wanted to change.
    """

    def __init__(self, current: DraftView, there: str) -> None:
        self.current, self.there = current, there
        super().__init__(there)


def of(actor: Actor) -> list[MatrixDraft]:
    """Return the rows of the drafts of the agreements that the actor's organisation signed, newest first."""
    ids = [one.id for one in signatories.concerned(actor, routing.router().conventions)]
    if not ids:
        return []
    return list(
        db.session.scalars(select(MatrixDraft).where(MatrixDraft.convention.in_(ids)).order_by(MatrixDraft.id.desc()))
    )


def draft(actor: Actor, draft_id: int) -> DraftView:
    """Return a draft of an agreement that the actor's organisation signed. Raises NotFound."""
    row = db.session.get(MatrixDraft, draft_id, populate_existing=True)
    if row is None:
        raise NotFound
    signatory = signatory_of(actor, row.convention)
    conventions = routing.router().conventions
    convention = conventions[row.convention]
    cells = _cells(row.id)
    rules = signatories.applying(convention, row.kind, touched(conventions, row, [one.data for one in cells]))
    return DraftView(
        number=row.id,
        version=row.version,
        convention=row.convention,
        convention_title=convention.title,
        kind=row.kind,
        kind_label=signatories.KINDS.get(row.kind, row.kind),
        title=row.title,
        effect_on=row.effect_on,
        retroactive=row.retroactive,
        state=row.state,
        clauses=tuple(dict.fromkeys(one for rule in rules for one in rule.citations)),
        cells=cells,
        comments=_comments(row.id, signatory),
        created_at=row.created_at,
        created_by=row.created_by_name,
        created_side=row.created_side,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by_name,
        approved_at=row.approved_at,
        approved_content=row.approved_content,
        closed_at=row.closed_at,
        closed_by=row.closed_by_name,
        closed_reason=row.closed_reason,
        signatory=signatory,
    )


def touched(
    conventions: Conventions, head: MatrixDraft | DraftView, changes: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Return the places of the text that the changes of a draft bear on; `changes` are as they are stored."""
    refs: dict[str, None] = {}
    for one in changes:
        before = cell_before(conventions, head.convention, head.effect_on, one["service"], one["activity"])
        refs |= dict.fromkeys(signatories.touched(conventions[head.convention], one.get("ref", ""), before))
    return tuple(refs)


def _cells(draft_id: int) -> tuple[ChangedCell, ...]:
    return tuple(
        ChangedCell(unpacked(one.change), one.change, one.changed_at, one.changed_by_name, mark(one.change))
        for one in versions.changes_of([draft_id]).get(draft_id, ())
    )


def _comments(draft_id: int, reader: Signatory) -> tuple[CommentView, ...]:
    """Return the comments on a draft; an établissement does not read those of another."""
    rows = db.session.scalars(select(DraftComment).where(DraftComment.draft_id == draft_id).order_by(DraftComment.id))
    if reader.role == "Etab":
        places = routing.router().conventions.etablissements
        rows = [one for one in rows if one.side == reader.organisation or one.side not in places]  # type: ignore[assignment]
    return tuple(
        CommentView(one.service, one.activity, one.side_name, one.author_name, one.text, one.at) for one in rows
    )


def draft_conventions(draft_id: int) -> Conventions:
    """Return the agreements in force with this draft's version in them; an approved draft is already part of them.

    Callers check the right first. Raises NotFound, and Invalid if the version cannot take effect on its day.
    """
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    if row.state == "approved":
        return routing.router().conventions
    return _with(versions.amendment(row, versions.changes_of([draft_id]).get(draft_id, ())))


def conventions_of(view: DraftView) -> Conventions:
    """Return the agreements in force with the version of a draft that was already read; the draft is not read again."""
    if view.state == "approved":
        return routing.router().conventions
    return _with(
        versions.with_origin(
            versions.Amendment(view.number, view.convention, view.effect_on, view.title, view.changes),
            view.kind,
            view.approved_at,
        )
    )


def _with(version: versions.Amendment) -> Conventions:
    known = routing.router().conventions
    if fault := effect_fault(known[version.convention], version.on):
        raise Invalid({"effect_on": fault})
    try:
        amended(known[version.convention], version.on, version.changes)  # `assembled` leaves out what does not fit
        found = versions.added(known, version)
    except ValueFault as unfit:
        raise Invalid({"changes": f"Ce projet ne convient plus à l’accord : {unfit}."}) from unfit
    if found is not None:
        return found
    return versions.assembled(routing.shipped(), versions.fills(), [*versions.amendments(), version])


def without(draft_id: int) -> Conventions:
    """Return the agreements as they would be if this approved draft had never existed."""
    others = [one for one in versions.amendments() if one.draft != draft_id]
    return versions.assembled(routing.shipped(), versions.fills(), others)


def cell_before(conventions: Conventions, convention_id: str, on: date, service: str, activity: str) -> Cell | None:
    """Return what a cell says on a day without the draft, or None if the agreement leaves it blank."""
    version = conventions[convention_id].version_on(on)
    return version.cells.get((service, activity)) if version else None


def mark(change: Any) -> str:
    """Return a mark of what a draft's cell says (« » if nothing), which shows when two people save at once."""
    return digest(change) if change else ""


def digest(value: Any) -> str:
    """Return the SHA-256 of a value as JSON, which does not depend on the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def signatory_of(actor: Actor, convention_id: str) -> Signatory:
    """Return the signatory for which the actor reads and approves changes. Raises NotFound if there is none."""
    conventions = routing.router().conventions
    found = signatories.signatory(actor, conventions, convention_id) if convention_id in conventions else None
    if found is None:
        raise NotFound
    return found


def writer_of(actor: Actor, convention_id: str) -> Signatory:
    """Return the signatory for which the actor writes changes to an agreement. Raises NotFound if there is none."""
    if not signatories.writes(actor):
        raise NotFound
    return signatory_of(actor, convention_id)


def effect_fault(convention: Convention, on: date) -> str | None:
    """Return why a version cannot take effect on a day, or None."""
    if on < convention.starts:
        return "Ce jour précède l’entrée en vigueur de l’accord."
    ended = terms.ended_on(convention, routing.router().recorded)
    if (convention.ends is not None and on > convention.ends) or (ended is not None and on >= ended):
        return "L’accord ne sera plus en vigueur ce jour-là."
    if any(version.on == on for version in convention.versions):
        return "Une version de cet accord prend déjà effet ce jour-là : choisissez-en un autre."
    return None
