"""Whether who asked is satisfied with what was done: one click, on the ticket's page or from a mail; then, who will,
one sentence, which everybody who sees the ticket reads.

The link in the mail of a resolution holds an address that the desk signed for one person and one ticket
(`ticketing.mail.signatures`). It shows nothing of the ticket but its number, and gives that one answer alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Row, bindparam, exists, literal, select
from sqlalchemy.orm import Session

from charters.database import reading, writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Scope
from charters.people import presence
from charters.permissions import Action, perimeter
from charters.signing import signing
from charters.statements import Fixed
from charters.tables.access import Account, MandateRow
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, NotFound, Refused, StepRefused
from ticketing.mail import signatures
from ticketing.settings import desk_settings
from ticketing.tables import Ticket, TicketOpinion
from ticketing.tickets import queries
from ticketing.tickets.store import TICKET

audit.label("ticket.opinion", "Satisfaction donnée sur un ticket")
audit.label("ticket.opinion_words", "Phrase ajoutée à la satisfaction")

_OPINION: Any = TicketOpinion.__table__
#: Score -> what the buttons say, the best first.
SCORES = {3: "Oui", 2: "En partie", 1: "Non"}
_GIVEN = Fixed(
    select(_OPINION.c.score, _OPINION.c.at, _OPINION.c.words, _OPINION.c.account_id).where(
        _OPINION.c.ticket_id == bindparam("ticket")
    )
)
#: The most letters of the sentence that may go with an answer.
WORDS_MAX = 300
_TOO_EARLY = "La satisfaction se dit une fois le ticket résolu."


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was answered on a ticket: its score, what the button says, when, with which sentence, by which account."""

    score: int
    label: str
    at: datetime
    words: str = ""
    account: int | None = None


def of_ticket(number: int) -> Opinion | None:
    """Return what was answered on a ticket; the caller has checked that it is seen."""
    row = _GIVEN.run({"ticket": number}).one_or_none()
    return Opinion(row.score, SCORES[row.score], row.at, row.words or "", row.account_id) if row else None


def may_give(actor: Actor, scope: Scope) -> bool:
    """Whether the actor says if the requester's side is satisfied: its author there, or who confirms resolutions."""
    if actor.mandate is None or actor.mandate.scope_id != scope.etablissement:
        return False
    return any(permits(actor, action, scope).allowed for action in (Action.AMEND, Action.CONFIRM))


def give(actor: Actor, number: int, score: int, now: datetime) -> None:
    """Keep the answer of the actor; a second one replaces the first. Raises NotFound, Refused, Invalid, StepRefused."""
    with writing() as session:
        now = written_at(now)
        row = queries.row_of(perimeter(actor), number)
        if not may_give(actor, queries.scope_of(row)):
            raise Refused("Seul l’établissement qui a demandé dit s’il est satisfait.")
        _keep(session, row, score, actor.account_id, now)
        audit.record("ticket.opinion", actor=actor, subject=f"ticket {number}", now=now, details={"score": score})


def say(actor: Actor, number: int, words: str, now: datetime) -> None:
    """Keep the sentence that goes with the actor's own answer; empty words take it away.

    Raises NotFound, Refused, Invalid, StepRefused.
    """
    clean = _clean(words)
    with writing() as session:
        now = written_at(now)
        row = queries.row_of(perimeter(actor), number)
        if not may_give(actor, queries.scope_of(row)):
            raise Refused("Seul l’établissement qui a demandé dit s’il est satisfait.")
        _add_words(session, row, clean, actor.account_id)
        audit.record("ticket.opinion_words", actor=actor, subject=f"ticket {number}", now=now)


def say_by_link(token: str, words: str, now: datetime) -> int:
    """Keep the sentence given by a mail's link, and return the ticket's number. Raises what `say` raises."""
    clean = _clean(words)
    with writing() as session:
        now = written_at(now)
        row, account, sigle = _by_link(session, token, now)
        _add_words(session, row, clean, account)
        audit.record("ticket.opinion_words", sigle=sigle, zone="mail", subject=f"ticket {row.number}", now=now)
        return int(row.number)


def _clean(words: str) -> str:
    """Return a sentence in one line. Raises Invalid: the parties of the ticket read it."""
    clean = model.clean_line(words)
    if len(clean) > WORDS_MAX:
        raise Invalid({"words": f"Une phrase suffit : {WORDS_MAX} caractères au plus."})
    if found := [sign for sign in pupils.signs(clean) if sign != pupils.LIST]:
        raise Invalid({"words": f"Cette phrase semble contenir {enumeration(found)} : ôtez-le, elle est lue par tous."})
    return clean


def _add_words(session: Session, row: Row[Any], words: str, account: int) -> None:
    """Put a sentence beside the answer of an account, under the ticket's lock. Raises StepRefused."""
    ticket = session.get_one(Ticket, row.number, with_for_update=True, populate_existing=True)
    known = session.get(TicketOpinion, row.number, populate_existing=True)
    if ticket.pseudonymised_at is not None or known is None or known.account_id != account:
        raise StepRefused("Dites d’abord si ce qui a été fait vous convient.")
    known.words = words or None


def linked(token: str, now: datetime) -> int:
    """Return the number of the ticket that a mail's link is about. Raises NotFound for a link that does not hold."""
    with reading() as session:
        return int(_by_link(session, token, now)[0].number)


def give_by_link(token: str, score: int, now: datetime) -> int:
    """Keep the answer given by a mail's link, and return the ticket's number. Raises what `give` raises."""
    with writing() as session:
        now = written_at(now)
        row, account, sigle = _by_link(session, token, now)
        _keep(session, row, score, account, now)
        subject = f"ticket {row.number}"
        audit.record("ticket.opinion", sigle=sigle, zone="mail", subject=subject, now=now, details={"score": score})
        return int(row.number)


def _by_link(session: Session, token: str, now: datetime) -> tuple[Row[Any], int, str]:
    """Return the ticket, the account and the sigle of a link: who opened it, still in post there, and let in today.

    Such a link is no way around the gate: whoever has a charter left to sign (annexe 6, 4), or is suspended (VIII),
    does nothing by it.
    """
    read = signatures.read_opinion_token(token, desk_settings().mail_key)
    if read is None:
        raise NotFound
    row = session.execute(select(TICKET).where(TICKET.c.number == read.ticket)).one_or_none()
    if row is None or row.opened_by != read.account:
        raise NotFound
    day = today(now)
    in_post = exists().where(
        MandateRow.account_id == Account.id,
        MandateRow.scope_id == row.etablissement,
        presence.acting(day),
        ~presence.suspended(MandateRow.scope_id),
    )
    let_in = (presence.in_activity(day), ~presence.suspended(Account.organisation), ~signing.unsigned(_staff()))
    sigle = session.scalar(select(Account.sigle).where(Account.id == read.account, *let_in, in_post))
    if sigle is None:
        raise NotFound
    return row, read.account, sigle


def _staff() -> Any:
    return literal(desk_settings().usage_for_staff, Boolean)


def _keep(session: Session, row: Row[Any], score: int, account: int, now: datetime) -> None:
    if score not in SCORES:
        raise Invalid({"score": "Choisissez une des réponses."})
    # Under its lock: reopened or erased meanwhile, it takes none; of two answers at once the second replaces the first.
    ticket = session.get_one(Ticket, row.number, with_for_update=True, populate_existing=True)
    if ticket.resolved_at is None or ticket.pseudonymised_at is not None:
        raise StepRefused(_TOO_EARLY)
    known = session.get(TicketOpinion, row.number)
    if known is None:
        session.add(TicketOpinion(ticket_id=row.number, score=score, account_id=account, at=now))
    else:
        if known.account_id != account:
            known.words = None  # a sentence stays with who said it
        known.score, known.account_id, known.at = score, account, now
