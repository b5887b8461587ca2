"""Drafts of versions of an agreement's matrix: started, written cell by cell, commented on by each party.

Approving one is `ticketing.amending.approvals`; what the actor may see of it is `ticketing.in_force.signatories`.
A draft that does not bind the actor's side does not exist for the actor (`NotFound`). Every act is one commit with its
line of the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charters.database import db, writing
from charters.journal import audit
from charters.model import Actor
from matrix import Citation, Convention, Conventions, terms
from matrix.changes import CellChange, amended, check, packed, unpacked
from matrix.model import Cell
from matrix.values import ValueFault
from ticketing.errors import GuichetError, Invalid, NotFound, StepRefused
from ticketing.in_force import routing, signatories, versions
from ticketing.in_force.signatories import Body
from ticketing.in_force.tables import DraftChange, DraftComment, MatrixDraft
from ticketing.model import clean_line, clean_text

audit.label("draft.started", "Projet de modification commencé")
audit.label("draft.renamed", "Projet de modification : intitulé ou jour d’effet changé")
audit.label("draft.cell", "Projet de modification : case changée")
audit.label("draft.cell_removed", "Projet de modification : case retirée")
audit.label("draft.comment", "Projet de modification : commentaire d’une partie")

TITLE_MIN, TITLE_MAX, COMMENT_MAX = 5, 150, 4000
#: The most cells that a draft may change: more than any agreement has.
CHANGES_MAX = 2000
OPEN = ("draft", "submitted")


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that a draft changes: what it says (`change`), by whom, and a mark of it for whoever saves over it."""

    change: CellChange
    data: Mapping[str, Any]  # the same as it is kept
    at: datetime
    by: str
    mark: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """What a party said of a cell (`service` empty: of the whole draft)."""

    service: str
    activity: str
    side_name: str
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as its signatories see it. `version` counts its changes; `side` is the body the reader stands for."""

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
    side: Body

    @property
    def changes(self) -> tuple[CellChange, ...]:
        """What each cell would say."""
        return tuple(cell.change for cell in self.cells)

    @property
    def open(self) -> bool:
        """Whether it may still be written."""
        return self.state in OPEN

    def cell(self, service: str, activity: str) -> ChangedCell | None:
        """What the draft makes of one cell, None where it leaves it as it is."""
        return next(
            (one for one in self.cells if (one.change.service, one.change.activity) == (service, activity)), None
        )


class StaleDraft(GuichetError):
    """The draft changed since the page was shown, nothing was written. `current`: what stands there now, in words."""

    def __init__(self, current: DraftView, words: str) -> None:
        self.current, self.words = current, words
        super().__init__(words)


# --- read -------------------------------------------------------------------------------------------------------------


def of(actor: Actor) -> list[MatrixDraft]:
    """The rows of the drafts that bind the actor's side, newest first."""
    ids = [one.id for one in signatories.concerned(actor, routing.router().conventions)]
    if not ids:
        return []
    return list(
        db.session.scalars(select(MatrixDraft).where(MatrixDraft.convention.in_(ids)).order_by(MatrixDraft.id.desc()))
    )


def draft(actor: Actor, draft_id: int) -> DraftView:
    """A draft of an agreement that the actor's side signed. Raises NotFound."""
    row = db.session.get(MatrixDraft, draft_id, populate_existing=True)
    if row is None:
        raise NotFound
    side = side_of(actor, row.convention)
    conventions = routing.router().conventions
    convention = conventions[row.convention]
    rule = signatories.rule(convention, row.kind)
    comments = db.session.scalars(select(DraftComment).where(DraftComment.draft_id == row.id).order_by(DraftComment.id))
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
        clauses=rule.citations if rule else (),
        cells=tuple(
            ChangedCell(unpacked(one.change), one.change, one.changed_at, one.changed_by_name, mark(one.change))
            for one in versions.changes_of([row.id]).get(row.id, ())
        ),
        comments=tuple(
            CommentView(one.service, one.activity, one.side_name, one.author_name, one.text, one.at) for one in comments
        ),
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
        side=side,
    )


def draft_conventions(draft_id: int) -> Conventions:
    """The agreements in force with this draft's version in them; an approved one is in them already.

    Raises NotFound, or Invalid where the version cannot take effect on its day. Callers check the right first.
    """
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    if row.state == "approved":
        return routing.router().conventions
    return _with(versions.amendment(row, versions.changes_of([draft_id]).get(draft_id, ())))


def conventions_of(view: DraftView) -> Conventions:
    """The same for a draft that has been read: nothing of it is read again."""
    if view.state == "approved":
        return routing.router().conventions
    return _with(
        versions.version_of(
            view.number, view.convention, view.kind, view.effect_on, view.title, view.approved_at, view.changes
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
    """The agreements as they would be known, had this approved draft never been."""
    others = [one for one in versions.amendments() if one.draft != draft_id]
    return versions.assembled(routing.shipped(), versions.fills(), others)


def cell_before(conventions: Conventions, convention_id: str, on: date, service: str, activity: str) -> Cell | None:
    """What a cell says on a day without the draft; None where the agreement leaves it blank."""
    version = conventions[convention_id].version_on(on)
    return version.cells.get((service, activity)) if version else None


def mark(change: Any) -> str:
    """A mark of what a cell of a draft says; « » where it says nothing. Two savers see by it that they crossed."""
    return digest(change) if change else ""


def digest(value: Any) -> str:
    """The SHA-256 of JSON, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def side_of(actor: Actor, convention_id: str) -> Body:
    """The body for which the actor writes on an agreement. Raises NotFound where there is none."""
    conventions = routing.router().conventions
    found = signatories.side(actor, conventions, convention_id) if convention_id in conventions else None
    if found is None:
        raise NotFound
    return found


# --- write ------------------------------------------------------------------------------------------------------------


def start(
    actor: Actor,
    convention_id: str,
    *,
    kind: str,
    title: str,
    effect_on: date | None,
    changes: Sequence[CellChange] = (),
    now: datetime,
    retroactive: bool = False,
) -> int:
    """Starts a draft, with the cells it changes already known, if any; gives its number.

    `kind` is « annexe » or « avenant », as the agreement knows them (VII). Raises Invalid, NotFound.
    """
    side = side_of(actor, convention_id)
    conventions = routing.router().conventions
    convention = conventions[convention_id]
    wording, errors = _header(convention, kind, title, effect_on, retroactive)
    cells, faults = _checked(conventions, convention, kind, changes)
    if faults:
        errors["changes"] = faults[0]
    if errors or effect_on is None:
        raise Invalid(errors)
    with writing() as session:
        row = MatrixDraft(
            convention=convention_id,
            kind=kind,
            title=wording,
            effect_on=effect_on,
            state="draft",
            retroactive=retroactive,
            created_at=now,
            created_by=actor.account_id,
            created_by_name=actor.name,
            created_side=side.organisation,
        )
        session.add(row)
        session.flush()
        session.add_all(
            DraftChange(
                draft_id=row.id,
                service=one.service,
                activity=one.activity,
                change=packed(one),
                changed_at=now,
                changed_by=actor.account_id,
                changed_by_name=actor.name,
            )
            for one in cells
        )
        audit.record(
            "draft.started",
            actor=actor,
            subject=f"projet {row.id}",
            now=now,
            details={"convention": convention_id, "kind": kind, "cells": len(cells), "on": effect_on},
        )
        number = row.id
    return number


def rename(
    actor: Actor, draft_id: int, version: int, *, title: str, effect_on: date | None, retroactive: bool, now: datetime
) -> None:
    """Changes a draft's title, day of effect or retroactivity. Raises Invalid, StaleDraft, StepRefused, NotFound."""
    convention = routing.router().conventions[draft(actor, draft_id).convention]
    with writing() as session:
        row = locked(session, actor, draft_id)
        wording, errors = _header(convention, row.kind, title, effect_on, retroactive)
        if errors or effect_on is None:
            raise Invalid(errors)
        if row.version != version:
            words = f"« {row.title} », à effet du {row.effect_on:%d/%m/%Y}"
            raise StaleDraft(draft(actor, draft_id), words)
        row.title, row.effect_on, row.retroactive, row.version = wording, effect_on, retroactive, row.version + 1
        audit.record(
            "draft.renamed",
            actor=actor,
            subject=f"projet {row.id}",
            now=now,
            details={"on": effect_on, "retroactive": retroactive},
        )


def put(actor: Actor, draft_id: int, change: CellChange, seen: str, now: datetime) -> None:
    """Writes what a cell would say. `seen`: the mark of what the page showed for it (« »: nothing).

    Raises Invalid({"value": …}), StaleDraft where somebody wrote there meanwhile, StepRefused, NotFound.
    """
    conventions = routing.router().conventions
    known_draft = draft(actor, draft_id)
    convention = conventions[known_draft.convention]
    cells, faults = _checked(conventions, convention, known_draft.kind, [change])
    if faults:
        raise Invalid({"value": faults[0]})
    with writing() as session:
        row, known = _cell(session, actor, draft_id, change.service, change.activity, seen)
        if known is not None and unpacked(known.change) == cells[0]:
            return
        if known is None:
            known = DraftChange(draft_id=row.id, service=change.service, activity=change.activity)
            session.add(known)
        known.change, known.changed_at = packed(cells[0]), now
        known.changed_by, known.changed_by_name = actor.account_id, actor.name
        row.version += 1
        audit.record(
            "draft.cell",
            actor=actor,
            subject=f"projet {row.id}",
            now=now,
            details={"service": change.service, "activity": change.activity, "value": change.value},
        )


def remove(actor: Actor, draft_id: int, service: str, activity: str, seen: str, now: datetime) -> None:
    """Leaves a cell as it is after all. Raises StaleDraft, StepRefused, NotFound (the draft does not change it)."""
    with writing() as session:
        row, known = _cell(session, actor, draft_id, service, activity, seen)
        if known is None:
            raise NotFound
        session.delete(known)
        row.version += 1
        audit.record(
            "draft.cell_removed",
            actor=actor,
            subject=f"projet {row.id}",
            now=now,
            details={"service": service, "activity": activity},
        )


def comment(actor: Actor, draft_id: int, service: str, activity: str, text: str, now: datetime) -> None:
    """A party says something of a cell (both empty: of the whole draft). Changes nothing of what is approved."""
    words = clean_text(text)
    if not words:
        raise Invalid({"text": "Écrivez votre commentaire."})
    if len(words) > COMMENT_MAX:
        raise Invalid({"text": f"Ce commentaire dépasse {COMMENT_MAX} caractères : abrégez-le."})
    conventions = routing.router().conventions
    if bool(service) is not bool(activity) or (
        service and (service not in conventions.services or activity not in conventions.activities)
    ):
        raise NotFound
    with writing() as session:
        row = locked(session, actor, draft_id)
        side = side_of(actor, row.convention)
        session.add(
            DraftComment(
                draft_id=row.id,
                service=service,
                activity=activity,
                side=side.organisation,
                side_name=side.name,
                author_id=actor.account_id,
                author_name=actor.name,
                text=words,
                at=now,
            )
        )
        audit.record("draft.comment", actor=actor, subject=f"projet {row.id}", now=now, details={"service": service})


def locked(session: Session, actor: Actor, draft_id: int, states: Sequence[str] = OPEN) -> MatrixDraft:
    """The row of a draft, locked until the commit. Raises NotFound, StepRefused where it is in no such state."""
    row = session.execute(
        select(MatrixDraft).where(MatrixDraft.id == draft_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    side_of(actor, row.convention)
    if row.state not in states:
        raise StepRefused("Ce projet est terminé : il ne se modifie plus. Commencez-en un autre.")
    return row


def effect_fault(convention: Convention, on: date) -> str | None:
    """Why a version cannot take effect on a day, or None."""
    if on < convention.starts:
        return "Ce jour précède l’entrée en vigueur de l’accord."
    ended = terms.ended_on(convention, routing.router().recorded)
    if (convention.ends is not None and on > convention.ends) or (ended is not None and on >= ended):
        return "L’accord aura pris fin ce jour-là."
    if any(version.on == on for version in convention.versions):
        return "Une version de cet accord prend déjà effet ce jour-là : choisissez-en un autre."
    return None


def _header(
    convention: Convention, kind: str, title: str, effect_on: date | None, retroactive: bool
) -> tuple[str, dict[str, str]]:
    errors: dict[str, str] = {}
    if signatories.rule(convention, kind) is None:
        errors["kind"] = "Choisissez une modification que cet accord connaît."
    wording = clean_line(title)
    if not TITLE_MIN <= len(wording) <= TITLE_MAX:
        errors["title"] = f"Donnez un intitulé de {TITLE_MIN} à {TITLE_MAX} caractères."
    if effect_on is None:
        errors["effect_on"] = "Donnez le jour d’effet, par exemple 2027-09-01."
    elif fault := effect_fault(convention, effect_on):
        errors["effect_on"] = fault
    if retroactive and kind != "avenant":
        errors["retroactive"] = "Seul un avenant peut dire qu’il prend effet avant son approbation."
    return wording, errors


def _checked(
    conventions: Conventions, convention: Convention, kind: str, changes: Iterable[CellChange]
) -> tuple[list[CellChange], list[str]]:
    """The changes as they are kept, and what is wrong with them, in sentences that name the cell."""
    kept: dict[tuple[str, str], CellChange] = {}
    faults: list[str] = []
    for change in changes:
        where = f"{change.service}, {change.activity}"
        try:
            check(convention, conventions.services, conventions.activities, change)
        except ValueFault as fault:
            faults.append(f"{where} : {fault}.")
            continue
        if beside := signatories.place_fault(convention, kind, change.ref):
            faults.append(f"{where} : {beside}")
        if (change.service, change.activity) in kept:
            faults.append(f"{where} : cette case est donnée deux fois.")
        kept[change.service, change.activity] = replace(change, origin="")
    if len(kept) > CHANGES_MAX:
        faults.append(f"Un projet change {CHANGES_MAX} cases au plus.")
    return list(kept.values()), faults


def _cell(
    session: Session, actor: Actor, draft_id: int, service: str, activity: str, seen: str
) -> tuple[MatrixDraft, DraftChange | None]:
    """The open draft and its change of a cell, locked. Raises StaleDraft where it is not what was seen."""
    row = locked(session, actor, draft_id)
    known = session.get(DraftChange, (draft_id, service, activity), populate_existing=True)
    if mark(known.change if known else None) != seen:
        words = (
            f"{known.changed_by_name} y a écrit : « {unpacked(known.change).value or 'case en blanc'} »"
            if known
            else "Ce changement a été retiré du projet entre-temps"
        )
        raise StaleDraft(draft(actor, draft_id), words)
    return row, known
