"""Who speaks in a mail: a From is a claim, which our own signed address or our own relay must prove.

Proved: (a) the mail came to the address that we signed for an account, and From is that account's own; such an address
is known to whoever a mail was forwarded to, so it proves nothing of another From, nor anything once its ticket has
ended for a month (`ENDED_FOR`); or (b) our relay found that DMARC
passes for From's domain. What our relay found to fail is forged, whatever else the mail holds. Whoever may not enter
may not write either: nobody answers these mails, and a person of the académie looks at them.

A person outside the Éducation nationale enters with a personal key only (annexe 6, 1.1). A mail gives no access: it
shows nothing of the program, and only adds what its author says, as the charter wants between tools (2.5). So the key
is asked of them to be theirs and in order, and no code of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, exists, false, func, literal, or_, select

from charters.database import db
from charters.days import today
from charters.model import Actor, Mandate, Role
from charters.people import presence
from charters.permissions import Action, granted, perimeter
from charters.signing import signing
from charters.tables.access import Account, MandateRow, OtpKey
from ticketing.mail import authentication, signatures
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.settings import desk_settings
from ticketing.tables import Ticket

#: How long after its ticket was closed a signed address still proves who writes; reopening it makes it prove again.
ENDED_FOR = timedelta(days=30)
EXPIRED = (
    "L’adresse de réponse de ce courriel ne prouve plus rien : son ticket est clos depuis plus d’un mois, ou effacé."
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person whose mail is believed: an actor for each mandate in force, the oldest first, and the mail's address."""

    account: int
    actors: tuple[Actor, ...]


@dataclass(frozen=True, slots=True)
class Unheard:
    """Why nobody is believed to speak: a kind of outcome, and a French sentence for those who look at the mail."""

    kind: str
    reason: str


def signed(mail: ParsedMail) -> tuple[signatures.Reply, ...]:
    """Return what the signed addresses say that a mail came to, each once."""
    key = desk_settings().mail_key
    found = (signatures.read_reply_address(address, key) for address in mail.came_to)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def speaker(mail: ParsedMail, now: datetime) -> Speaker | Unheard:
    """Return who speaks in a mail, or why nobody is believed to. Reads the database."""
    senders = tuple(dict.fromkeys(mail.senders))
    if not senders:
        return Unheard("unknown-sender", "Le courriel ne dit pas de qui il vient.")
    if len(senders) > 1:
        return Unheard("forged", "Le courriel nomme plusieurs expéditeurs : on ne sait pas qui parle.")
    claimed = senders[0].encode("utf-8", "replace").decode()
    found = authentication.verdict(mail.authentication, desk_settings().mail_authserv, claimed)
    if found == authentication.FAIL:
        return Unheard("forged", "Le relais a constaté que l’adresse de l’expéditeur est usurpée (DMARC).")
    people = _people(claimed)
    told = signed(mail) if people else ()
    proving = _proving(told, now)
    own = [person for person in people if person.id in proving]
    if len(own) == 1:
        return _standing(own[0], now)
    if not people:
        return Unheard("unknown-sender", "L’adresse de l’expéditeur n’est celle d’aucun compte.")
    if found != authentication.PASS and {person.id for person in people} & {one.account for one in told}:
        return Unheard("unknown-sender", EXPIRED)
    if found != authentication.PASS:
        return Unheard("unknown-sender", "Rien ne prouve que ce courriel vient de l’adresse qu’il annonce.")
    if len(people) > 1:
        return Unheard("unknown-sender", "Plusieurs comptes ont cette adresse : on ne sait pas lequel parle.")
    return _standing(people[0], now)


def _proving(told: Sequence[signatures.Reply], now: datetime) -> set[int]:
    """Return the accounts that these signed addresses prove: an address ends a while after its ticket, or with it."""
    if not told:
        return set()
    ended = or_(Ticket.pseudonymised_at.is_not(None), Ticket.closed_at < now - ENDED_FOR)
    query = select(Ticket.number).where(Ticket.number.in_([one.ticket for one in told]), ~func.coalesce(ended, false()))
    live = set(db.session.scalars(query))
    return {one.account for one in told if one.ticket in live}


def vouched_for(account: int, now: datetime) -> Speaker | Unheard:
    """Return the person to whom a person of the académie attributed a mail, or why that person may not write."""
    found = db.session.execute(_PERSON.where(Account.id == account, Account.pseudonymised_at.is_(None))).one_or_none()
    if found is None:
        return Unheard("unknown-sender", "La personne à qui ce courriel est attribué n’a plus de compte.")
    return _standing(found, now)


_PERSON = select(Account.id, Account.sigle, Account.first_name, Account.last_name, Account.external)


def _people(address: str) -> Sequence[Any]:
    """Return the accounts that have this address, those of people who were forgotten left out."""
    return db.session.execute(
        _PERSON.where(func.lower(Account.email) == address.lower(), Account.pseudonymised_at.is_(None))
        .order_by(Account.id)
        .limit(3)
    ).all()


def _standing(person: Any, now: datetime) -> Speaker | Unheard:
    """Return the person with the mandates in force, or why the person may not write."""
    day = today(now)
    staff = literal(desk_settings().usage_for_staff, Boolean)
    key = exists().where(OtpKey.account_id == Account.id, OtpKey.state == "active")
    refused = db.session.execute(
        select(
            ~presence.in_activity(day),
            presence.suspended(Account.organisation),
            signing.unsigned(staff),
            Account.password_locked_at.is_not(None) | key.where(OtpKey.locked_at.is_not(None)),
            Account.external & ~key,
        ).where(Account.id == person.id)
    ).one()
    for holds, reason in zip(refused, _REFUSED, strict=True):
        if holds:
            return Unheard("refused", reason)
    name = f"{person.first_name} {person.last_name}"
    actors = tuple(
        Actor(person.id, person.sigle, name, person.external, mandate, "mail") for mandate in _mandates(person.id, now)
    )
    if not actors:
        return Unheard("refused", SUSPENDED[1] if _mandate_suspended(person.id, day) else _NO_MANDATE)
    return Speaker(person.id, actors)


#: What is said of a mail that a suspension keeps aside; it is taken in again when the suspension ends (`replaying`).
SUSPENDED = (
    "L’accès de la collectivité de l’expéditeur est suspendu (VIII).",
    "L’accès de la collectivité pour laquelle l’expéditeur a un mandat est suspendu (VIII).",
)
_NO_MANDATE = "L’expéditeur n’a aucun mandat en vigueur."
_REFUSED = (
    "L’activité de l’expéditeur a pris fin, ou son compte est verrouillé.",
    SUSPENDED[0],
    "L’expéditeur n’a pas signé les chartes (annexe 6, 4).",
    "La clé ou le mot de passe de l’expéditeur est verrouillé : l’académie doit le déverrouiller d’abord.",
    "L’expéditeur est extérieur à l’Éducation nationale et n’a pas de clé en service (annexe 6, 1.1).",
)


def _mandates(account: int, now: datetime) -> list[Mandate]:
    day = today(now)
    rows = db.session.scalars(
        select(MandateRow)
        .where(
            MandateRow.account_id == account,
            presence.begun(day),
            ~presence.suspended(MandateRow.scope_id),
        )
        .order_by(MandateRow.id)
    )
    return [
        Mandate(
            row.id,
            Role(row.role),
            row.scope_id,
            row.starts_on,
            row.ends_on,
            row.confirm_by is not None and row.confirm_by < day,
        )
        for row in rows
    ]


def _mandate_suspended(account: int, day: date) -> bool:
    query = select(MandateRow.id).where(
        MandateRow.account_id == account, presence.begun(day), presence.suspended(MandateRow.scope_id)
    )
    return db.session.scalar(query.limit(1)) is not None


def seeing(heard: Speaker, ticket: Any) -> Actor | None:
    """Return the person under the mandate that sees a ticket (its row), None where no mandate does.

    Where several do: the one that opens tickets for who opened this one, then one that may comment, the oldest first.
    """
    keys = set(ticket.scope_keys)
    able = [actor for actor in heard.actors if perimeter(actor).key in keys]
    own = ticket.opened_by == heard.account

    def rank(actor: Actor) -> tuple[bool, bool, bool]:
        may = permissions_of(actor)
        return Action.COMMENT not in may, own and Action.OPEN not in may, perimeter(actor).side != ticket.etablissement

    return min(able, key=rank, default=None)


def permissions_of(actor: Actor) -> frozenset[Action]:
    """Return what the actor's mandate lets a mail do; nothing for a mandate that the campaign left unconfirmed."""
    return frozenset() if actor.mandate is None or actor.mandate.read_only else granted(actor)
