"""Let an administrator consult a ticket that the académie does not hold, with a reason (annexe 6, 3), in the journal.

The administrator names the ticket and one of the charter's four reasons. For an hour the ticket can then be read, and
only read: every page and file of it that is opened writes a line in the journal, with the reason, and a row of
`Consultation` for the weekly report. Searching and listing beyond the assignment need a reason too: see `searching`.

    grant = consultation.consult(actor, number, "page", now)   # None: no such right; journalled when there is
    if grant: queries.ticket(grant.perimeter, actor, number)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from charters import gate
from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor, Perimeter, Role, Scope
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.model import clean_line, may_be_number
from ticketing.oversight.tables import Consultation, ConsultationGrant
from ticketing.search.query import number as ticket_number
from ticketing.tables import Ticket
from ticketing.tickets.queries import EVERY_SIDE

LASTS = timedelta(minutes=60)
#: Stands for a ticket's number in the right to search and list all tickets of the académie.
ALL = 0
WORDS_MAX = 300

#: The four reasons of annexe 6, 3: « à des fins de recherche, de prospection, de réglage ou de statistiques ».
REASONS = {
    "recherche": "Recherche",
    "prospection": "Prospection",
    "reglage": "Réglage",
    "statistiques": "Statistiques",
}
audit.label("ticket.consultation", "Consultation motivée ouverte")
audit.label("ticket.read_with_reason", "Ticket lu hors attribution, avec motif")


@dataclass(frozen=True, slots=True)
class Grant:
    """Gives the right to read one ticket until an instant. `perimeter` is for the queries on this ticket alone."""

    number: int
    reason: str
    words: str
    expires_at: datetime
    perimeter: Perimeter
    etablissement: str

    @property
    def reason_label(self) -> str:
        """Return the reason in French."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class Consulted:
    """Says what is consulted, in which way (page, fichier, recherche, export), and what the journal says of it."""

    way: str
    subject: str
    details: Mapping[str, Any]


def ask(actor: Actor, number: str, reason: str, words: str, now: datetime) -> int:
    """Open the right to read a ticket, with a journal line, and return the ticket's number.

    Raises Invalid. A ticket of another académie gets the same answer as one that does not exist.
    """
    faults: dict[str, str] = {}
    wanted = ticket_number(number)
    if wanted is None:
        faults["number"] = "Donnez le numéro du ticket, par exemple 1024."
    words = _checked(reason, words, faults)
    if faults or wanted is None or actor.mandate is None:
        raise Invalid(faults)
    with writing() as session:
        now = written_at(now)
        scope = _scope(wanted)
        if scope is None or not gate.permits(actor, Action.READ_WITH_REASON, scope).allowed:
            raise Invalid({"number": f"Aucun ticket de votre académie ne porte le numéro {wanted}."})
        session.execute(
            insert(ConsultationGrant).values(
                account_id=actor.account_id,
                mandate_id=actor.mandate.id,
                ticket_number=wanted,
                etablissement=scope.etablissement,
                reason=reason,
                words=words,
                granted_at=now,
                expires_at=now + LASTS,
            )
        )
        audit.record(
            "ticket.consultation",
            actor=actor,
            subject=f"ticket {wanted}",
            details={"motif": REASONS[reason], "precision": words},
            now=now,
        )
    return wanted


def ask_all(actor: Actor, reason: str, words: str, now: datetime) -> None:
    """Open the right to search and list every ticket of the académie, with a journal line. Raises Invalid, Refused."""
    faults: dict[str, str] = {}
    words = _checked(reason, words, faults)
    if faults:
        raise Invalid(faults)
    if actor.mandate is None or not gate.permits(actor, Action.READ_WITH_REASON).allowed:
        raise Refused("Seul un administrateur de l’académie consulte hors de son attribution.")
    with writing() as session:
        now = written_at(now)
        session.execute(
            insert(ConsultationGrant).values(
                account_id=actor.account_id,
                mandate_id=actor.mandate.id,
                ticket_number=ALL,
                etablissement="",
                reason=reason,
                words=words,
                granted_at=now,
                expires_at=now + LASTS,
            )
        )
        audit.record(
            "ticket.consultation",
            actor=actor,
            subject=f"tous les tickets du périmètre {actor.mandate.scope_id}",
            details={"motif": REASONS[reason], "precision": words},
            now=now,
        )


def _checked(reason: str, words: str, faults: dict[str, str]) -> str:
    """Return the cleaned words; faults of the words and of the reason are added to `faults`."""
    if reason not in REASONS:
        faults["reason"] = "Choisissez l’un des quatre motifs de la charte."
    words = clean_line(words)
    if len(words) > WORDS_MAX:
        faults["words"] = f"Cette précision dépasse {WORDS_MAX} caractères : abrégez-la."
    return words


def may_ask(actor: Actor, number: int, now: datetime) -> bool:
    """Whether the actor may ask to read a ticket that exists, with a reason, and has no right to read it yet."""
    if actor.role is not Role.ADMINISTRATEUR or not may_be_number(number):
        return False
    scope = _scope(number)
    return (
        scope is not None
        and gate.permits(actor, Action.READ_WITH_REASON, scope).allowed
        and not gate.sees(actor, scope)
        and granted(actor, number, now) is None
    )


def granted(actor: Actor, number: int, now: datetime) -> Grant | None:
    """Return the right to read that the active mandate has on this ticket now, or None.

    It costs one query, or none if the actor is no administrator.
    """
    if actor.mandate is None or actor.role is not Role.ADMINISTRATEUR:
        return None
    row = db.session.execute(
        select(
            ConsultationGrant.etablissement,
            ConsultationGrant.reason,
            ConsultationGrant.words,
            ConsultationGrant.expires_at,
        )
        .where(
            ConsultationGrant.account_id == actor.account_id,
            ConsultationGrant.mandate_id == actor.mandate.id,
            ConsultationGrant.ticket_number == number,
            ConsultationGrant.expires_at > now,
        )
        .order_by(ConsultationGrant.expires_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    perimeter = Perimeter(f"chef:{row.etablissement}", EVERY_SIDE)
    return Grant(number, row.reason, row.words, row.expires_at, perimeter, row.etablissement)


def consult(actor: Actor, number: int, what: str, now: datetime, way: str = "page") -> Grant | None:
    """Return the right to read a ticket, as `granted` does, after committing this consultation to the journal.

    `what` says what is read, `way` in which of the four ways: page, fichier, recherche, export.
    """
    if number == ALL or granted(actor, number, now) is None:
        return None
    with writing():
        grant = granted(actor, number, written_at(now))  # it may have ended while this waited for the lock
        if grant is not None:
            note(actor, grant, [(number, grant.etablissement)], Consulted(way, f"ticket {number}", {"lu": what}), now)
        return grant


def note(actor: Actor, grant: Grant, tickets: Iterable[tuple[int, str]], consulted: Consulted, now: datetime) -> None:
    """Commit that tickets (number, établissement) are being read: one line of the journal, and one row per ticket."""
    assert actor.mandate is not None
    rows = [
        {
            "account_id": actor.account_id,
            "ticket_number": number,
            "academie": actor.mandate.scope_id,
            "etablissement": place,
            "way": consulted.way,
            "reason": grant.reason,
            "words": grant.words,
        }
        for number, place in tickets
    ]
    with writing() as session:
        now = written_at(now)
        if rows:
            session.execute(insert(Consultation), [row | {"at": now} for row in rows])
        audit.record(
            "ticket.read_with_reason",
            actor=actor,
            subject=consulted.subject,
            now=now,
            details={**consulted.details, "motif": grant.reason_label, "precision": grant.words},
        )


def standing(actor: Actor, now: datetime) -> list[Grant]:
    """Return the rights to read single tickets that have not expired, the latest first: one per ticket."""
    if actor.mandate is None:
        return []
    rows = db.session.execute(
        select(
            ConsultationGrant.ticket_number,
            ConsultationGrant.etablissement,
            ConsultationGrant.reason,
            ConsultationGrant.words,
            ConsultationGrant.expires_at,
        )
        .where(
            ConsultationGrant.account_id == actor.account_id,
            ConsultationGrant.mandate_id == actor.mandate.id,
            ConsultationGrant.expires_at > now,
            ConsultationGrant.ticket_number != ALL,
        )
        .order_by(ConsultationGrant.expires_at.desc())
        .limit(50)
    )
    found: dict[int, Grant] = {}
    for row in rows:
        perimeter = Perimeter(f"chef:{row.etablissement}", EVERY_SIDE)
        found.setdefault(
            row.ticket_number,
            Grant(row.ticket_number, row.reason, row.words, row.expires_at, perimeter, row.etablissement),
        )
    return list(found.values())


def _scope(number: int) -> Scope | None:
    row = db.session.execute(
        select(Ticket.etablissement, Ticket.academie, Ticket.holder_organisation).where(Ticket.number == number)
    ).first()
    return Scope(row.etablissement, row.academie, row.holder_organisation) if row else None
