"""Legal holds: a ticket or a person that must be kept, whatever its age, until an administrator lifts the hold.

A hold on a person preserves the account, the tickets in which that person took part, and the mails. It does not
preserve the journal, whose two limits are set by law.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from charters.database import db, writing, written_at
from charters.errors import Invalid, NotFound, Refused
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.people.accounts import squeeze
from charters.permissions import Action
from charters.tables.access import Account
from charters.tables.personal import LegalHold

REASON_MAX = 500
#: The text shown in place of a reason that was wiped together with the ticket or person.
FORGOTTEN = "motif effacé"

audit.label("hold.set", "Conservation demandée")
audit.label("hold.lifted", "Conservation levée")


@dataclass(frozen=True, slots=True)
class LegalHoldView:
    """A legal hold as pages show it: on a ticket (`ticket`) or on a person (`account_id`, `name`)."""

    id: int
    ticket: int | None
    account_id: int | None
    name: str
    reason: str
    set_at: datetime
    set_by: str
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str

    @property
    def subject(self) -> str:
        return f"ticket {self.ticket}" if self.ticket is not None else f"compte {self.account_id}"


def put(*, ticket: int | None = None, account_id: int | None = None, reason: str, actor: Actor, now: datetime) -> int:
    """Put a legal hold on a ticket or a person, against forgetting. Returns the hold's number.

    The caller checks that the ticket or the person belongs to the actor's académie. Raises Invalid, and Refused when it
    is held or forgotten already.
    """
    academie = _academie(actor)
    words = _words(reason, "Dites pourquoi ces données doivent être conservées.")
    if (ticket is None) is (account_id is None):
        raise ValueError("a legal hold keeps a ticket or a person")
    try:
        with writing() as session:
            now = written_at(now)
            if account_id is not None and session.scalar(
                select(Account.pseudonymised_at).where(Account.id == account_id)
            ):
                raise Refused("Les données de cette personne sont déjà effacées.")
            if session.scalar(select(LegalHold.id).where(_live(ticket, account_id))) is not None:
                raise Refused(_ALREADY)
            made = session.execute(
                insert(LegalHold)
                .values(
                    ticket_number=ticket,
                    account_id=account_id,
                    academie=academie,
                    reason=words,
                    set_at=now,
                    set_by=actor.account_id,
                    lift_reason="",
                )
                .returning(LegalHold.id)
            ).scalar_one()
            details = {"hold": made, "reason": words}
            audit.record("hold.set", actor=actor, subject=_subject(ticket, account_id), now=now, details=details)
    except IntegrityError as error:  # two holds at the same moment
        raise Refused(_ALREADY) from error
    return int(made)


_ALREADY = "La conservation est déjà demandée."


def lift(hold_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Lift a legal hold, after which the ticket or the person is forgotten on schedule again.

    Raises Invalid, NotFound (also for another académie's hold), Refused where it is lifted already.
    """
    academie = _academie(actor)
    words = _words(reason, "Dites pourquoi la conservation est levée.")
    with writing() as session:
        now = written_at(now)
        row = session.get(LegalHold, hold_id, with_for_update=True)
        if row is None or row.academie != academie:
            raise NotFound(str(hold_id))
        if row.lifted_at is not None:
            raise Refused("Cette conservation est déjà levée.")
        session.execute(
            update(LegalHold)
            .where(LegalHold.id == hold_id)
            .values(lifted_at=now, lifted_by=actor.account_id, lift_reason=words)
        )
        audit.record(
            "hold.lifted",
            actor=actor,
            subject=_subject(row.ticket_number, row.account_id),
            now=now,
            details={"hold": hold_id, "reason": words},
        )


def forget_reasons(session: Session, *, ticket: int | None = None, account_id: int | None = None) -> None:
    """Wipe, in the caller's transaction, the reasons for holding a ticket or a person, which may name people."""
    which = LegalHold.ticket_number == ticket if ticket is not None else LegalHold.account_id == account_id
    session.execute(
        update(LegalHold)
        .where(which, LegalHold.lifted_at.is_not(None))
        .values(reason=FORGOTTEN, lift_reason=FORGOTTEN)
        .execution_options(synchronize_session=False)
    )


def of(
    actor: Actor, *, ticket: int | None = None, account_id: int | None = None, limit: int = 200
) -> list[LegalHoldView]:
    """The holds of the actor's académie (on one ticket or person if given), those in force first, then the newest."""
    query = _query().where(LegalHold.academie == _academie(actor))
    if ticket is not None:
        query = query.where(LegalHold.ticket_number == ticket)
    if account_id is not None:
        query = query.where(LegalHold.account_id == account_id)
    rows = db.session.execute(query.order_by(LegalHold.lifted_at.is_not(None), LegalHold.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def held_tickets() -> Any:
    """A query of the numbers of held tickets, to exclude them."""
    return select(LegalHold.ticket_number).where(LegalHold.lifted_at.is_(None), LegalHold.ticket_number.is_not(None))


def held_accounts() -> Any:
    """A query of the ids of held accounts, to exclude them."""
    return select(LegalHold.account_id).where(LegalHold.lifted_at.is_(None), LegalHold.account_id.is_not(None))


def is_held(session: Session, account_id: int) -> bool:
    """Whether a hold on this person is in force."""
    return session.scalar(select(LegalHold.id).where(_live(None, account_id))) is not None


def held(account_id: int) -> bool:
    """Whether a hold on this person is in force, for pages."""
    return is_held(db.session(), account_id)


def _query() -> Any:
    person, setter, lifter = aliased(Account), aliased(Account), aliased(Account)

    def name(who: Any) -> Any:
        return who.first_name + " " + who.last_name

    return (
        select(
            LegalHold.id,
            LegalHold.ticket_number,
            LegalHold.account_id,
            name(person).label("name"),
            LegalHold.reason,
            LegalHold.set_at,
            name(setter).label("set_by"),
            LegalHold.lifted_at,
            name(lifter).label("lifted_by"),
            LegalHold.lift_reason,
        )
        .outerjoin(person, person.id == LegalHold.account_id)
        .outerjoin(setter, setter.id == LegalHold.set_by)
        .outerjoin(lifter, lifter.id == LegalHold.lifted_by)
    )


def _view(row: Any) -> LegalHoldView:
    return LegalHoldView(
        row.id,
        row.ticket_number,
        row.account_id,
        row.name or "",
        row.reason,
        row.set_at,
        row.set_by or "",
        row.lifted_at,
        row.lifted_by or "",
        row.lift_reason,
    )


def _live(ticket: int | None, account_id: int | None) -> Any:
    which = LegalHold.ticket_number == ticket if ticket is not None else LegalHold.account_id == account_id
    return which & LegalHold.lifted_at.is_(None)


def _subject(ticket: int | None, account_id: int | None) -> str:
    return f"ticket {ticket}" if ticket is not None else f"compte {account_id}"


def _academie(actor: Actor) -> str:
    if actor.mandate is None or not permits(actor, Action.ADMINISTER_DATA).allowed:
        raise Refused("Seul un administrateur de l’académie décide de ce qui est conservé.")
    return actor.mandate.scope_id


def _words(text: str, missing: str) -> str:
    words = squeeze(text)
    if not words:
        raise Invalid({"reason": missing})
    if len(words) > REASON_MAX:
        raise Invalid({"reason": f"Abrégez : {REASON_MAX} caractères au plus."})
    return words
