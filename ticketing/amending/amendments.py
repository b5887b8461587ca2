"""Write drafts of new versions of an agreement's matrix: start them, change their cells, comment on them.

`ticketing.amending.drafts` reads drafts and `ticketing.amending.approvals` approves them. Only the organisations that
signed an agreement see its drafts; other people get `NotFound`. Each act is one commit that includes its line of the
journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from matrix import Convention, Conventions
from matrix.changes import CellChange, check, packed, unpacked
from matrix.values import ValueFault
from matrix.wording import day
from ticketing.amending import drafts
from ticketing.amending.drafts import OPEN, StaleDraft
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.in_force import routing, signatories
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


@dataclass(frozen=True, slots=True)
class DraftHeader:
    """The header of a draft as typed: its title, its day of effect, and whether that day may precede its approval."""

    title: str
    effect_on: date | None
    retroactive: bool = False


def start(
    actor: Actor,
    convention_id: str,
    kind: str,
    header: DraftHeader,
    now: datetime,
    changes: Sequence[CellChange] = (),
) -> int:
    """Start a draft, with its first changed cells if there are any, and return its number.

    `kind` is « annexe » or « avenant », as the agreement knows them (VII). Raises Invalid, NotFound.
    """
    signatory = drafts.writer_of(actor, convention_id)
    conventions = routing.router().conventions
    convention = conventions[convention_id]
    wording, errors = _checked_header(convention, kind, header)
    cells, faults = _checked(conventions, convention, kind, changes)
    errors |= {"changes": faults[0]} if faults else {}
    if errors or header.effect_on is None:
        raise Invalid(errors)
    with writing() as session:
        now = written_at(now)
        row = MatrixDraft(
            convention=convention_id,
            kind=kind,
            title=wording,
            effect_on=header.effect_on,
            state="draft",
            retroactive=header.retroactive,
            created_at=now,
            created_by=actor.account_id,
            created_by_name=actor.name,
            created_side=signatory.organisation,
        )
        session.add(row)
        session.flush()
        session.add_all(_cell_row(row.id, cell, actor, now) for cell in cells)
        details = {"convention": convention_id, "kind": kind, "cells": len(cells), "on": header.effect_on}
        audit.record("draft.started", actor=actor, subject=f"projet {row.id}", now=now, details=details)
        return row.id


def rename(actor: Actor, draft_id: int, version: int, header: DraftHeader, now: datetime) -> None:
    """Change a draft's title, day of effect or retroactivity; `version` is the draft's version that the page showed.

    Raises Invalid, StaleDraft, StepRefused, NotFound.
    """
    known = drafts.draft(actor, draft_id).convention
    drafts.writer_of(actor, known)
    convention = routing.router().conventions[known]
    with writing() as session:
        now = written_at(now)
        row = locked(session, actor, draft_id)
        wording, errors = _checked_header(convention, row.kind, header)
        if errors or header.effect_on is None:
            raise Invalid(errors)
        if row.version != version:
            there = f"« {row.title} », à effet du {day(row.effect_on)}"
            raise StaleDraft(drafts.draft(actor, draft_id), there)
        row.title, row.effect_on, row.retroactive = wording, header.effect_on, header.retroactive
        row.version += 1
        details = {"on": row.effect_on, "retroactive": row.retroactive}
        audit.record("draft.renamed", actor=actor, subject=f"projet {row.id}", now=now, details=details)


def put(actor: Actor, draft_id: int, change: CellChange, seen: str, now: datetime) -> None:
    """Write what a cell would say in a draft.

    `seen` is the mark of the change that the page showed for this cell (« » if it showed none). Raises
    Invalid({"value": …}), StaleDraft if somebody changed the cell meanwhile, StepRefused, NotFound.
    """
    conventions = routing.router().conventions
    known_draft = drafts.draft(actor, draft_id)
    convention = conventions[known_draft.convention]
    cells, faults = _checked(conventions, convention, known_draft.kind, [change])
    if faults:
        raise Invalid({"value": faults[0]})
    with writing() as session:
        now = written_at(now)
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
    """Remove a cell's change from a draft: the agreement keeps what it says there.

    `seen` is the mark of the change that the page showed. Raises StaleDraft, StepRefused, and NotFound if the draft
    does not change this cell.
    """
    with writing() as session:
        now = written_at(now)
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
    """Add a party's comment on a cell, or on the whole draft if `service` and `activity` are both empty.

    A comment is not part of the content that is approved. Raises Invalid({"text": …}), NotFound, StepRefused.
    """
    said = clean_text(text)
    if not said:
        raise Invalid({"text": "Écrivez votre commentaire."})
    if len(said) > COMMENT_MAX:
        raise Invalid({"text": f"Ce commentaire dépasse {COMMENT_MAX} caractères : abrégez-le."})
    conventions = routing.router().conventions
    if bool(service) is not bool(activity) or (
        service and (service not in conventions.services or activity not in conventions.activities)
    ):
        raise NotFound
    with writing() as session:
        now = written_at(now)
        row = locked(session, actor, draft_id)
        signatory = drafts.signatory_of(actor, row.convention)
        session.add(
            DraftComment(
                draft_id=row.id,
                service=service,
                activity=activity,
                side=signatory.organisation,
                side_name=signatory.name,
                author_id=actor.account_id,
                author_name=actor.name,
                text=said,
                at=now,
            )
        )
        audit.record("draft.comment", actor=actor, subject=f"projet {row.id}", now=now, details={"service": service})


def locked(session: Session, actor: Actor, draft_id: int, states: Sequence[str] = OPEN) -> MatrixDraft:
    """Return the row of a draft, locked until the commit.

    Raises NotFound, and StepRefused if the draft's state is not in `states`.
    """
    row = session.execute(
        select(MatrixDraft).where(MatrixDraft.id == draft_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    drafts.signatory_of(actor, row.convention)
    if row.state not in states:
        raise StepRefused("Ce projet est terminé : il ne se modifie plus. Commencez-en un autre.")
    return row


def _cell_row(draft_id: int, change: CellChange, actor: Actor, now: datetime) -> DraftChange:
    return DraftChange(
        draft_id=draft_id,
        service=change.service,
        activity=change.activity,
        change=packed(change),
        changed_at=now,
        changed_by=actor.account_id,
        changed_by_name=actor.name,
    )


def _checked_header(convention: Convention, kind: str, header: DraftHeader) -> tuple[str, dict[str, str]]:
    """Return the title as it is stored, and what is wrong with the header: field -> French sentence."""
    errors: dict[str, str] = {}
    if not signatories.of_kind(convention, kind):
        errors["kind"] = "Choisissez une modification que cet accord connaît."
    wording = clean_line(header.title)
    if not TITLE_MIN <= len(wording) <= TITLE_MAX:
        errors["title"] = f"Donnez un intitulé de {TITLE_MIN} à {TITLE_MAX} caractères."
    if header.effect_on is None:
        errors["effect_on"] = "Donnez le jour d’effet, par exemple 2027-09-01."
    elif fault := drafts.effect_fault(convention, header.effect_on):
        errors["effect_on"] = fault
    if header.retroactive and kind != "avenant":
        errors["retroactive"] = "Seul un avenant peut dire qu’il prend effet avant son approbation."
    return wording, errors


def _checked(
    conventions: Conventions, convention: Convention, kind: str, changes: Iterable[CellChange]
) -> tuple[list[CellChange], list[str]]:
    """Return the changes as they are stored, and what is wrong with them, in sentences that name the cell."""
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
    """Return the open draft, locked, and its change of a cell. Raises StaleDraft if that change is not the one seen."""
    row = locked(session, actor, draft_id)
    drafts.writer_of(actor, row.convention)
    known = session.get(DraftChange, (draft_id, service, activity), populate_existing=True)
    if drafts.mark(known.change if known else None) != seen:
        there = (
            f"{known.changed_by_name} y a écrit : « {unpacked(known.change).value or 'case en blanc'} »"
            if known
            else "Ce changement a été retiré du projet entre-temps"
        )
        raise StaleDraft(drafts.draft(actor, draft_id), there)
    return row, known
