"""Explain why a person sees a ticket, or does not: each condition of the gate, and whether the rows agree with it.

Nothing is decided here a second time: the conditions are those of `gate.sees`, and the rows are those that every list
and page joins. Everybody may ask about their own active mandate; an administrator may ask about any person of the
académie, mandate by mandate, with a line of the journal (annexe 6, 2.2 and 2.3).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from charters import gate
from charters.database import db, writing, written_at
from charters.days import today
from charters.gate import Reason
from charters.journal import audit
from charters.model import Actor, Mandate, Scope
from charters.people import directory
from charters.people.accounts import account_id, is_suspended
from charters.permissions import perimeter
from ticketing.errors import Invalid, NotFound
from ticketing.model import may_be_number
from ticketing.oversight import consultation
from ticketing.oversight.consultation import Grant
from ticketing.search.query import number as ticket_number
from ticketing.tickets import queries
from ticketing.tickets.store import SCOPE, TICKET

audit.label("access.explained", "Visibilité d’un ticket expliquée")


@dataclass(frozen=True, slots=True)
class Look:
    """Answers for one mandate and one ticket.

    `suspended`: the access of the mandate's organisation is suspended, so that the mandate shows nothing (VIII).
    `groups`: every group must hold, and a group holds if one of its reasons does. `filed`: whether the row by which
    lists and pages find the ticket exists; it differs from `sees` only if something is broken. `grant`: a right to read
    with a reason.
    """

    mandate: Mandate
    in_force: bool
    suspended: bool
    groups: tuple[tuple[Reason, ...], ...]
    sees: bool
    filed: bool
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class Explained:
    """Answers an administrator: the person, the ticket's number, the conditions to log in, and each mandate."""

    person: directory.Person
    number: int
    entry: tuple[Reason, ...]
    looks: tuple[Look, ...]

    @property
    def enters(self) -> bool:
        """Return whether nothing prevents the person from logging in."""
        return all(reason.holds for reason in self.entry)


def own(actor: Actor, number: int, now: datetime) -> Look:
    """Return the answer for the active mandate and a ticket that it sees or may read with a reason. Raises NotFound."""
    if actor.mandate is None or not may_be_number(number):
        raise NotFound
    scope = _scope(number)
    if scope is None:
        raise NotFound
    look = _look(actor, actor.mandate, number, scope, now)
    if not (look.filed and look.sees) and look.grant is None:
        raise NotFound
    return look


def explain(actor: Actor, organisations: Collection[str] | None, sigle: str, number: str, now: datetime) -> Explained:
    """Return why this person sees this ticket or not, under each mandate, with a line of the journal. Raises Invalid.

    `organisations` are those whose people the administrator may read (None: all). A ticket of another académie and a
    person of other organisations get the same answer as if they did not exist. No word of the ticket is shown, so no
    reason is asked for.
    """
    faults: dict[str, str] = {}
    person = _person(organisations, sigle, now)
    if person is None:
        faults["sigle"] = "Aucun compte que vous administrez ne porte ce sigle."
    wanted = ticket_number(number) or 0
    scope = _scope(wanted) if wanted else None
    if actor.mandate is None or scope is None or scope.academie != actor.mandate.scope_id:
        faults["number"] = "Aucun ticket de votre académie ne porte ce numéro."
    if person is None or scope is None or faults:
        raise Invalid(faults)
    looks = tuple(
        _look(_as(person, mandate), mandate, wanted, scope, now)
        for mandate in sorted(person.mandates, key=lambda one: (not _in_force(one, now), one.id))
    )
    with writing():
        now = written_at(now)
        audit.record(
            "access.explained",
            actor=actor,
            subject=f"ticket {wanted}",
            now=now,
            details={
                "about": person.sigle,
            },
        )
    return Explained(person, wanted, _entry(person), looks)


def _person(organisations: Collection[str] | None, sigle: str, now: datetime) -> directory.Person | None:
    try:
        return directory.person(organisations, account_id(sigle[:80]), now=now)
    except NotFound:
        return None


def _entry(person: directory.Person) -> tuple[Reason, ...]:
    """Return the conditions that the login and the gate of every page put on the person, whatever the ticket."""
    live = [key for key in person.keys if key.state == "active"]
    locked = bool(live and live[0].locked_at) or bool(not live and person.password_locked_at)
    return (
        Reason(True, "L’activité n’est pas terminée.")
        if not person.ended
        else Reason(False, "L’activité est terminée : le compte est fermé."),
        Reason(True, "L’accès de l’organisme de rattachement est ouvert.")
        if not person.suspended
        else Reason(False, "L’accès de l’organisme de rattachement est suspendu."),
        Reason(True, "Les chartes à signer sont signées.")
        if not person.unsigned
        else Reason(False, "Il reste une charte à signer."),
        Reason(False, "Aucune clé en service, aucun mot de passe, aucune identité académique.")
        if not live and not person.has_password and not person.has_identity
        else Reason(
            True,
            "Une clé est en service."
            if live
            else "Un mot de passe, pour l’intranet, est choisi."
            if person.has_password
            else "L’identité académique est liée au compte.",
        ),
        Reason(not locked, "Rien n’est verrouillé." if not locked else "La clé ou le mot de passe est verrouillé."),
    )


def _as(person: directory.Person, mandate: Mandate) -> Actor:
    return Actor(person.id, person.sigle, person.name, person.external, mandate)


def _in_force(mandate: Mandate, now: datetime) -> bool:
    day = today(now)
    return mandate.starts_on <= day and (mandate.ends_on is None or mandate.ends_on >= day)


def _look(actor: Actor, mandate: Mandate, number: int, scope: Scope, now: datetime) -> Look:
    key = perimeter(actor).key
    filed = (
        key is not None
        and db.session.execute(select(SCOPE.c.key).where(SCOPE.c.key == key, SCOPE.c.ticket_id == number)).first()
        is not None
    )
    return Look(
        mandate,
        _in_force(mandate, now),
        is_suspended(mandate.scope_id),
        gate.reasons(actor, scope),
        gate.sees(actor, scope),
        filed,
        consultation.granted(actor, number, now),
    )


def _scope(number: int) -> Scope | None:
    row = db.session.execute(select(TICKET).where(TICKET.c.number == number)).one_or_none()
    return queries.scope_of(row) if row else None
