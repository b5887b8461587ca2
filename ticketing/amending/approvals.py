"""Turn a draft into a version: it is submitted, then approved by every signatory on the same content, or rejected.

VII: one person signs for the académie (an administrator), another for the collectivité (a référent), and a chef for
each établissement where the text has it sign; the same person never signs for two. People approve a content, which is
identified by its hash: title, day, what each cell says and what it said before. A later change of the draft, or of the
agreement below it, voids the approvals given. The golden tickets are tried before anything is approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charters.database import db, writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor
from matrix import Conventions, Router
from matrix.changes import packed_case
from ticketing.amending import amendments, drafts, golden
from ticketing.amending.drafts import DraftView, StaleDraft
from ticketing.amending.golden import Tried
from ticketing.errors import GuichetError, Invalid, StepRefused
from ticketing.in_force import routing, signatories, versions
from ticketing.in_force.signatories import Signatory
from ticketing.in_force.tables import DraftApproval, DraftChange, MatrixDraft
from ticketing.model import clean_line, clean_text

audit.label("draft.submitted", "Projet de modification soumis à l’approbation")
audit.label("draft.approved", "Projet de modification approuvé par une partie")
audit.label("draft.in_force", "Version d’un accord approuvée par toutes les parties")
audit.label("draft.rejected", "Projet de modification refusé")
audit.label("draft.withdrawn", "Projet de modification abandonné")

REFERENCE_MIN, REFERENCE_MAX, REASON_MIN, REASON_MAX = 5, 300, 5, 1000


class GoldenFailed(GuichetError):
    """Raised when this version would not answer some golden tickets as agreed: nothing is approved."""

    def __init__(self, failed: Sequence[Tried]) -> None:
        self.failed = tuple(failed)
        super().__init__("Un ticket témoin n’a plus la réponse convenue.")


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """An approval that was given. `stands`: the content that it approved is still the content of the draft."""

    organisation: str
    organisation_name: str
    by: str
    reference: str
    at: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class ApprovalsGiven:
    """The approvals of a draft: who must sign and what was given; `content` is the mark of the content to approve."""

    content: str
    wanted: tuple[Signatory, ...]
    given: tuple[ApprovalView, ...]

    def of(self, organisation: str) -> ApprovalView | None:
        """Return the approval of a signatory, if it still stands."""
        return next((one for one in self.given if one.stands and one.organisation == organisation), None)

    def from_(self, side: Signatory) -> tuple[ApprovalView, ...]:
        """Return the approvals of a signatory that still stand: one for each of its établissements, or its own."""
        return tuple(found for one in side.organisations if (found := self.of(one)) is not None)

    @property
    def missing(self) -> tuple[Signatory, ...]:
        """Return the signatories whose approval is still missing, in whole or in part."""
        return tuple(one for one in self.wanted if len(self.from_(one)) < len(one.organisations))


def standing(actor: Actor, draft_id: int) -> ApprovalsGiven:
    """Return who approved a draft and who has yet to approve it. Raises NotFound."""
    return standing_of(drafts.draft(actor, draft_id))


def standing_of(view: DraftView) -> ApprovalsGiven:
    """Return who approved a draft that has already been read, and who has yet to approve it."""
    conventions = routing.router().conventions
    mark = content(conventions, view, [cell.data for cell in view.cells])
    # The agreement already contains what an approved draft changed: the approved content is what stands.
    stands = view.approved_content if view.state == "approved" else mark
    return ApprovalsGiven(
        mark,
        wanted_by(conventions, view, [cell.data for cell in view.cells]),
        tuple(
            ApprovalView(
                one.organisation, one.organisation_name, one.account_name, one.reference, one.at, one.content == stands
            )
            for one in _approvals(db.session(), view.number)
        ),
    )


def wanted_by(
    conventions: Conventions, head: MatrixDraft | DraftView, changes: Iterable[Mapping[str, Any]]
) -> tuple[Signatory, ...]:
    """Return the signatories of a draft: those of the places of the text that its cells bear on."""
    return signatories.wanted(conventions, head.convention, head.kind, drafts.touched(conventions, head, changes))


def to_approve(actor: Actor, rows: Sequence[MatrixDraft] | None = None) -> list[MatrixDraft]:
    """Return the submitted drafts that wait for the approval of the actor's organisation.

    `rows` are all drafts that the actor sees, if the caller has read them already. At most three queries are made,
    whatever the number of drafts.
    """
    submitted = [row for row in (drafts.of(actor) if rows is None else rows) if row.state == "submitted"]
    if not submitted:
        return []
    conventions, ids = routing.router().conventions, [row.id for row in submitted]
    changes = versions.changes_of(ids)
    given = {
        (one.draft_id, one.organisation, one.content)
        for one in db.session.scalars(select(DraftApproval).where(DraftApproval.draft_id.in_(ids)))
    }
    found = []
    for row in submitted:
        signatory = signatories.signatory(actor, conventions, row.convention)
        changed = [one.change for one in changes.get(row.id, ())]
        asked = {name for one in wanted_by(conventions, row, changed) for name in one.organisations}
        mark = content(conventions, row, changed)
        if signatory and signatory.organisation in asked and (row.id, signatory.organisation, mark) not in given:
            found.append(row)
    return found


def rehearse(view: DraftView) -> list[Tried]:
    """Try the agreement's golden tickets on the draft, as a version on its day of effect. Raises Invalid."""
    router = Router(drafts.conventions_of(view), routing.router().recorded)
    return golden.tried(golden.live(view.convention), router, view.effect_on)


def submit(actor: Actor, draft_id: int, seen: str, now: datetime) -> None:
    """Submit a draft to its signatories for approval. Raises StepRefused (the draft is empty), StaleDraft, NotFound."""
    drafts.writer_of(actor, drafts.draft(actor, draft_id).convention)
    with writing() as session:
        now = written_at(now)
        row = amendments.locked(session, actor, draft_id, ("draft",))
        if not _changes(session, row):
            raise StepRefused("Ce projet ne change encore aucune case : changez-en une avant de le soumettre.")
        _unmoved(session, actor, row, seen)
        if fault := _day_fault(row, today(now)):
            raise Invalid({"effect_on": fault})
        row.state, row.submitted_at, row.submitted_by_name = "submitted", now, actor.name
        row.version += 1
        audit.record("draft.submitted", actor=actor, subject=f"projet {row.id}", now=now)


def approve(actor: Actor, draft_id: int, seen: str, reference: str, now: datetime) -> bool:
    """Approve the content that was seen, for the actor's organisation; return True once every signatory has approved.

    Approving twice counts once. Raises StepRefused, StaleDraft (the content has changed), Invalid, GoldenFailed,
    NotFound.
    """
    with writing() as session:
        now = written_at(now)
        row = amendments.locked(session, actor, draft_id, (*drafts.OPEN, "approved"))
        # The lock makes the approval judge the agreement as it is now: nobody may change anything meanwhile.
        versions.hold(session, row.convention)
        routing.forget()
        signatory = drafts.signatory_of(actor, row.convention)
        given = _approvals(session, draft_id)
        if row.state == "approved":
            return _approved_already(actor, given)
        wanted = _wanted_with(signatory, row)
        content = _unmoved(session, actor, row, seen)
        if not _changes(session, row):
            raise StepRefused("Ce projet ne change plus aucune case : il n’y a rien à approuver.")
        standing = [one for one in given if one.content == content]
        if _given_already(actor, signatory, standing):
            return False
        approval = _approval(actor, signatory, content, clean_line(reference), now)
        _judge(actor, row, standing, approval.reference, now)
        _give(session, actor, row, approval)
        needed = {name for one in wanted for name in one.organisations}
        whole = needed <= {one.organisation for one in (approval, *standing)}
        if whole:
            _bring_into_force(actor, row, content, now)
        row.version += 1
    routing.forget()
    return whole


def _approved_already(actor: Actor, given: Sequence[DraftApproval]) -> bool:
    """Whether the actor is among those who approved a draft that is approved. Raises StepRefused."""
    if any(one.account_id == actor.account_id for one in given):
        return True
    raise StepRefused("Ce projet est déjà approuvé par toutes les parties.")


def _wanted_with(signatory: Signatory, row: MatrixDraft) -> tuple[Signatory, ...]:
    """Return the signatories that must approve a submitted draft, this one among them. Raises StepRefused."""
    if row.state != "submitted":
        raise StepRefused("Ce projet n’est pas encore soumis à l’approbation.")
    changes = versions.changes_of([row.id]).get(row.id, [])
    wanted = wanted_by(routing.router().conventions, row, [one.change for one in changes])
    if signatory.organisation not in {name for one in wanted for name in one.organisations}:
        raise StepRefused("Votre organisation n’est pas signataire de cette modification.")
    return wanted


def _given_already(actor: Actor, signatory: Signatory, standing: Sequence[DraftApproval]) -> bool:
    """Whether the actor approved this content before. Raises StepRefused if a colleague already did."""
    mine = next((one for one in standing if one.organisation == signatory.organisation), None)
    if mine is not None and mine.account_id != actor.account_id:
        # Nobody may be led to believe that they signed what somebody else signed.
        raise StepRefused(f"{mine.account_name} l’a déjà approuvé pour votre organisation.")
    return mine is not None


def _approval(actor: Actor, signatory: Signatory, content: str, reference: str, now: datetime) -> DraftApproval:
    return DraftApproval(
        party=signatory.party,
        organisation=signatory.organisation,
        organisation_name=signatory.name,
        account_id=actor.account_id,
        account_name=actor.name,
        reference=reference,
        content=content,
        at=now,
    )


def _give(session: Session, actor: Actor, row: MatrixDraft, approval: DraftApproval) -> None:
    approval.draft_id = row.id
    session.add(approval)
    details = {"organisation": approval.organisation, "content": approval.content}
    audit.record("draft.approved", actor=actor, subject=f"projet {row.id}", now=approval.at, details=details)


def _bring_into_force(actor: Actor, row: MatrixDraft, content: str, now: datetime) -> None:
    row.state, row.approved_at, row.approved_content = "approved", now, content
    details = {"draft": row.id, "on": row.effect_on}
    audit.record("draft.in_force", actor=actor, subject=f"accord {row.convention}", now=now, details=details)


def reject(actor: Actor, draft_id: int, reason: str, now: datetime) -> None:
    """Reject a submitted draft, or abandon a draft that the actor's organisation began; the reason is kept.

    Raises Invalid, StepRefused, NotFound.
    """
    why = clean_text(reason)
    if not REASON_MIN <= len(why) <= REASON_MAX:
        raise Invalid({"reason": f"Dites pourquoi, en {REASON_MIN} à {REASON_MAX} caractères."})
    with writing() as session:
        now = written_at(now)
        row = amendments.locked(session, actor, draft_id)
        own = row.created_side == drafts.signatory_of(actor, row.convention).organisation
        if not own and row.state != "submitted":
            raise StepRefused("Ce projet n’est pas encore soumis : commentez-le, ou attendez qu’il le soit.")
        row.state = "withdrawn" if own else "rejected"
        row.closed_at, row.closed_by_name, row.closed_reason, row.version = now, actor.name, why, row.version + 1
        audit.record(f"draft.{row.state}", actor=actor, subject=f"projet {row.id}", now=now)


def _judge(actor: Actor, row: MatrixDraft, standing: Sequence[DraftApproval], reference: str, now: datetime) -> None:
    """Check that this person may approve this content today; the error raised says why not."""
    if any(one.account_id == actor.account_id for one in standing):
        raise StepRefused("Vous avez déjà approuvé pour une autre partie : il faut deux personnes différentes.")
    errors: dict[str, str] = {}
    if row.kind == "avenant" and not REFERENCE_MIN <= len(reference) <= REFERENCE_MAX:
        errors["reference"] = (
            "Donnez la référence de la délibération ou de la décision de votre organe compétent, "
            f"en {REFERENCE_MIN} à {REFERENCE_MAX} caractères."
        )
    elif len(reference) > REFERENCE_MAX:
        errors["reference"] = f"{REFERENCE_MAX} caractères au plus."
    if fault := _day_fault(row, today(now)):
        errors["effect_on"] = fault
    if errors:
        raise Invalid(errors)
    failed = [one for one in rehearse(drafts.draft(actor, row.id)) if not one.holds]
    if failed:
        raise GoldenFailed(failed)


def _day_fault(row: MatrixDraft, day: date) -> str | None:
    """Return why a version cannot take effect on its day if it is approved on `day`, or None.

    The day of effect may not precede the approval, because tickets would be judged by a rule that nobody could know.
    Only an avenant may do so, if it says so.
    """
    if fault := drafts.effect_fault(routing.router().conventions[row.convention], row.effect_on):
        return fault
    if row.effect_on < day and not row.retroactive:
        return "Le jour d’effet est passé : choisissez aujourd’hui ou un jour à venir, puis approuvez de nouveau."
    return None


def _changes(session: Session, row: MatrixDraft) -> int:
    """Return how many cells a draft changes. A cell can still be removed from a draft after it was submitted."""
    return session.scalar(select(func.count()).where(DraftChange.draft_id == row.id)) or 0


def _unmoved(session: Session, actor: Actor, row: MatrixDraft, seen: str) -> str:
    """Return the mark of the draft's content. Raises StaleDraft if it is not the mark that was seen."""
    mark = _content(session, row)
    if mark != seen:
        raise StaleDraft(drafts.draft(actor, row.id), "Le contenu du projet a changé depuis que vous l’avez lu")
    return mark


def _content(session: Session, row: MatrixDraft) -> str:
    changes = versions.changes_of([row.id]).get(row.id, [])
    return content(routing.router().conventions, row, [one.change for one in changes])


def content(conventions: Conventions, head: MatrixDraft | DraftView, changes: Iterable[Mapping[str, Any]]) -> str:
    """Return the mark of what is approved: the draft's title and day, and what each cell would say and says until then.

    `changes` are in the form in which they are stored. Comments are not part of the content.
    """
    cells = []
    for one in changes:
        before = drafts.cell_before(conventions, head.convention, head.effect_on, one["service"], one["activity"])
        was = [before.value, before.provenance, [packed_case(case) for case in before.cases]] if before else []
        cells.append([one, was])
    return drafts.digest([head.convention, head.kind, head.title, head.effect_on, head.retroactive, cells])


def _approvals(session: Session, draft_id: int) -> Sequence[DraftApproval]:
    return session.scalars(
        select(DraftApproval).where(DraftApproval.draft_id == draft_id).order_by(DraftApproval.id)
    ).all()
