"""Record the facts that an administrator establishes on an agreement (V, II.2, I.2): the router then uses them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from matrix import Convention, Recorded
from matrix.places import concerns, subject
from ticketing import model
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.in_force import routing
from ticketing.tables import RecordedFact

audit.label("matrix.recorded", "Fait d’accord enregistré")
audit.label("matrix.withdrawn", "Fait d’accord retiré")


def record_fact(actor: Actor, recorded: Recorded, words: str, now: datetime) -> int:
    """Record a fact on an agreement, for an administrator, and return its id; the router uses it from then on."""
    _administers(actor)
    text = model.clean_text(words)
    errors: dict[str, str] = {}
    conventions = routing.router().conventions
    if recorded.kind not in ("end", "replaced", "transferred"):
        errors["kind"] = "Choisissez ce qui est à enregistrer."
    if recorded.convention not in conventions:
        errors["convention"] = "Choisissez un accord."
    elif recorded.kind == "transferred" and not _may_pass(conventions[recorded.convention], recorded.subject):
        errors["subject"] = "Choisissez un établissement de cet accord où un transfert se décide."
    elif recorded.kind == "replaced" and not recorded.subject.strip():
        errors["subject"] = "Dites quel produit est remplacé."
    if len(text) > 1000:
        errors["words"] = "Abrégez : 1 000 caractères au plus."
    if errors:
        raise Invalid(errors)
    with writing() as session:
        now = written_at(now)
        row = RecordedFact(
            kind=recorded.kind,
            convention=recorded.convention,
            on=recorded.on,
            subject=recorded.subject.strip(),
            words=text,
            recorded_at=now,
            recorded_by=actor.account_id,
            recorded_by_name=actor.name,
        )
        session.add(row)
        session.flush()
        details = {"kind": recorded.kind, "on": recorded.on, "about": recorded.subject}
        subject = f"accord {recorded.convention}"
        audit.record("matrix.recorded", actor=actor, subject=subject, now=now, details=details)
    routing.forget()
    return row.id


def _may_pass(convention: Convention, about: str) -> bool:
    """Whether a person may record this transfer: the agreement has one that waits for it in that établissement."""
    place = convention.etablissements.get(about.partition(":")[0])
    return place is not None and any(
        one.recorded and subject(one, place.id) == about and concerns(one, convention, place)
        for one in convention.transfers
    )


def withdraw_fact(actor: Actor, fact_id: int, now: datetime) -> None:
    """Withdraw a fact recorded by mistake; it stays in the table with who withdrew it and when."""
    _administers(actor)
    with writing() as session:
        now = written_at(now)
        row = session.execute(
            select(RecordedFact).where(RecordedFact.id == fact_id).with_for_update()
        ).scalar_one_or_none()
        if row is None or row.withdrawn_at is not None:
            raise NotFound
        row.withdrawn_at, row.withdrawn_by_name = now, actor.name
        audit.record(
            "matrix.withdrawn",
            actor=actor,
            subject=f"accord {row.convention}",
            now=now,
            details={"kind": row.kind, "on": row.on, "about": row.subject},
        )
    routing.forget()


def recorded_facts() -> tuple[RecordedFact, ...]:
    """Return all facts recorded on agreements, withdrawn ones included, newest first (for administrators)."""
    return tuple(db.session.execute(select(RecordedFact).order_by(RecordedFact.id.desc())).scalars())


def _administers(actor: Actor) -> None:
    verdict = permits(actor, Action.ADMINISTER_MATRIX)
    if not verdict.allowed:
        raise Refused(verdict.reason)
