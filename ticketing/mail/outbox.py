"""Turn an event of a ticket into notices: rows written in the ticket's own commit and sent later (`delivery`).

`write` decides who is written to, and keeps what `wording` says of the event, once for all recipients; the words of an
internal note are never mailed.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    Row,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from charters.database import Instant
from charters.days import today
from charters.model import Role
from charters.people import presence
from charters.signing import signing
from charters.statements import Fixed
from charters.tables.access import Account, MandateRow
from ticketing.mail.sending.drawing import drawn
from ticketing.mail.wording import Happening, said
from ticketing.settings import DeskSettings
from ticketing.steps import NOTICES, RECEIPTS
from ticketing.tables import NUMBER, Notice, NoticeWords, TicketWatcher

WATCHER: Any = TicketWatcher.__table__
_WORKERS = {
    "departement": (Role.TECH_DEPARTEMENT, Role.REFERENT),
    "academie": (Role.TECH_ACADEMIE,),
}
_COLLEGE_WORKERS = (Role.CMI,)
_CONFIDENTIAL_WORKERS = (Role.CHEF,)
#: Notices that ask something of the requester, or answer the requester.
_ASKING = frozenset({"question", "reminded", "resolved", "answered"})
#: What a mail asks of its reader: the requester's part, nothing of who joined the ticket, or the part of all others.
REQUESTER, FOLLOWER, OTHER = "requester", "follower", "other"
#: Notices of the requester's part that watchers are told of too: what asks nothing of whoever reads it.
_WATCHED = frozenset({"answered", "taken", "resolved", "closed", "unanswered"})
#: Who answers for a side: who is told of its late and silent tickets.
_REFERENTS = {"college": (Role.CHEF,), "academie": (Role.ADMINISTRATEUR,), "departement": (Role.REFERENT,)}
#: Who speaks for a side about a contest; which of them do is judged as they speak (`tickets.contesting.rules`).
_REFEREES = tuple(role.value for role in (Role.CHEF, Role.REFERENT, Role.TECH_ACADEMIE, Role.ADMINISTRATEUR))
#: Who is told as well when nobody has a ticket in charge any more: there may be no other worker.
_RELIEF = {"college": (Role.CHEF,), "academie": (Role.ADMINISTRATEUR,), "departement": ()}


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients of an event: the requester, the person in charge, or all people with one of `roles` on `scope`.

    `requester`, `assignee` and `excluded` are account ids; `excluded` is never written to (0 excludes nobody). Where
    the requester has left the établissement `place`, or has no account (a caller), its people with one of `instead` are
    told in the requester's place. `watched` is the ticket whose watchers are told too (0: nobody). `sides` are those of
    a contest, whose référents are told too.
    """

    requester: int | None = None
    assignee: int | None = None
    scope: str = ""
    roles: tuple[str, ...] = ("",)
    excluded: int = 0
    place: str = ""
    instead: tuple[str, ...] = ("",)
    watched: int = 0
    sides: tuple[str, ...] = ("",)


def write(session: Session, happening: Happening, settings: DeskSettings, now: datetime) -> int:
    """Write the notices of an event in the current transaction, with what they say, and return how many.

    Of the settings it takes the templates, whether people of the Éducation nationale sign the usage charter too, and
    the key that makes the Message-IDs such that nobody guesses them.
    """
    told = recipients_of(happening)
    if told == Recipients(excluded=told.excluded):
        return 0
    words = said(happening, settings.mail_texts)
    data = words.pop("data")
    added = _ADD_NOTICES.run({**_asked(told, settings, now), **words}, session)
    row = {"event": happening.event_id, "number": happening.ticket["number"], "data": data}
    _ADD_WORDS.run(row, session)
    return int(added.rowcount)


def _asked(told: Recipients, settings: DeskSettings, now: datetime) -> dict[str, Any]:
    """Return what the statement that writes notices asks, for these recipients."""
    return {
        "requester": told.requester,
        "assignee": told.assignee,
        "scope": told.scope,
        "roles": told.roles,
        "excluded": told.excluded,
        "place": told.place,
        "instead": told.instead,
        "watched": told.watched,
        "sides": told.sides,
        "referees": _REFEREES,
        "day": today(now),
        "now": now,
        "usage_for_staff": settings.usage_for_staff,
    }


def mention(
    session: Session, happening: Happening, accounts: Collection[int], settings: DeskSettings, now: datetime
) -> None:
    """Write the notices of an entry to those whom its words name, but for those whom the entry's own notice tells.

    The caller knows that they read the entry. Nothing goes to the author, nor to who has a charter left to sign.
    """
    told = set(session.scalars(select(Notice.recipient_id).where(Notice.event_id == happening.event_id)))
    words = said(happening, settings.mail_texts)
    data = words.pop("data")
    excluded = happening.author_id or 0
    for account in sorted(set(accounts) - told):
        one = Recipients(assignee=account, excluded=excluded)
        _ADD_NOTICES.run({**_asked(one, settings, now), **words}, session)
    _ADD_WORDS.run({"event": happening.event_id, "number": happening.ticket["number"], "data": data}, session)


def recipients_of(happening: Happening) -> Recipients:
    """Return the recipients of an event."""
    ticket, targets = happening.ticket, NOTICES[happening.kind]
    if happening.kind == "answered":
        targets = ("requester",) if happening.by_holder else ("people",)
    requester = ticket["opened_by"] if "requester" in targets else None
    # Who opens a ticket, or says what it is about by mail, gets a receipt; nobody else is told of their own acts.
    # Who takes a call knows of it: the receipt is the caller's.
    own = happening.kind in RECEIPTS and (happening.kind != "opened" or ticket["opened_by"] == happening.author_id)
    excluded = 0 if own else happening.author_id or 0
    found = Recipients(happening.author_id if "author" in targets else requester, excluded=excluded)
    if "requester" in targets:
        found = replace(found, place=ticket["etablissement"], instead=in_place_of_the_requester(ticket))
        if happening.kind in _WATCHED:
            found = replace(found, watched=ticket["number"])
    if "referees" in targets and ticket.get("sides"):
        found = replace(found, sides=tuple(ticket["sides"]))
    if "referent" in targets:
        answers = tuple(role.value for role in _REFERENTS[_side(ticket)])
        return replace(found, scope=ticket["holder_organisation"], roles=answers)
    if ticket["assignee_id"] is not None and ("people" in targets or "assignee" in targets):
        return replace(found, assignee=ticket["assignee_id"])
    if "people" not in targets:
        return found
    roles = _workers(ticket, relief=happening.kind == "released")
    return replace(found, scope=ticket["holder_organisation"], roles=tuple(role.value for role in roles))


def in_place_of_the_requester(ticket: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the roles that are told, in the établissement, what a requester who left can no longer be told.

    They see the ticket: the chef sees every ticket of the établissement, the correspondant those not confidential.
    """
    roles = (Role.CHEF,) if ticket["confidential"] else (Role.CMI, Role.CHEF)
    return tuple(role.value for role in roles)


def _workers(ticket: Mapping[str, Any], *, relief: bool) -> tuple[Role, ...]:
    """Return the roles of the holder's side that work a ticket; with `relief`, those who find somebody else too."""
    if ticket["holder_organisation"] == ticket["etablissement"]:
        if ticket["confidential"]:
            return _CONFIDENTIAL_WORKERS
        return _COLLEGE_WORKERS + (_RELIEF["college"] if relief else ())
    side = _side(ticket)
    return _WORKERS[side] + (_RELIEF[side] if relief else ())


def _side(ticket: Mapping[str, Any]) -> str:
    """Return of what kind the side is that holds a ticket: its établissement, its académie, or another body."""
    if ticket["holder_organisation"] == ticket["etablissement"]:
        return "college"
    return "academie" if ticket["holder_organisation"] == ticket["academie"] else "departement"


def _add_notices() -> Any:
    """Return the statement that writes an event's notices to the people concerned whose access is open; built once."""
    account: Any = Account.__table__
    day = bindparam("day", type_=Date)
    requester = bindparam("requester", type_=Integer)
    chosen = {
        "ticket_id": bindparam("number", type_=Integer),
        "event_id": bindparam("event", type_=Integer),
        "kind": _said("kind"),
        "recipient_id": account.c.id,
        "recipient_name": account.c.first_name + " " + account.c.last_name,
        "recipient_email": account.c.email,
        "subject": _said("subject"),
        "reader": case(
            (account.c.id == requester, literal(REQUESTER)),
            (account.c.id.in_(_watching()), literal(FOLLOWER)),
            (_for_a_caller(account, requester, day), literal(REQUESTER)),
            else_=literal(OTHER),
        ),
        "body": literal(""),
        "thread_id": _said("thread"),
        "message_id": _said("mark") + cast(account.c.id, Text) + "." + drawn() + _said("host"),
        "next_at": _next_at(account),
        "created_at": bindparam("now", type_=Instant),
    }
    people = (
        select(*chosen.values())
        .where(
            account.c.id.in_(_concerned(requester, day)),
            account.c.id != bindparam("excluded", type_=Integer),
            presence.in_activity(day),
            ~signing.unsigned(bindparam("usage_for_staff", type_=Boolean)),  # nothing before the charters (annexe 6, 4)
        )
        .order_by(account.c.id)
    )
    return insert(Notice.__table__).from_select(list(chosen), people)  # type: ignore[arg-type]


def _for_a_caller(account: Any, requester: Any, day: Any) -> Any:
    """Return the SQL test that a person is told in the place of a caller who has no account, and holds no part of it.

    Without a requester, those of the établissement have the requester's part, unless they are to work the ticket.
    """
    instead = _in_post(bindparam("place", type_=Text), bindparam("instead", expanding=True), day)
    workers = _in_post(bindparam("scope", type_=Text), bindparam("roles", expanding=True), day)
    nobody = cast(requester, Integer).is_(None)
    return and_(nobody, account.c.id.in_(instead), account.c.id.not_in(workers))


def _next_at(account: Any) -> Any:
    """Return the SQL expression of when a notice to this account may leave first."""
    return bindparam("now", type_=Instant)


def _concerned(requester: Any, day: Any) -> Any:
    """Return the query of accounts: the requester, the person in charge, and those who have the roles on the scopes."""
    place = bindparam("place", type_=Text)
    return union_all(
        select(requester),
        select(bindparam("assignee", type_=Integer)),
        _in_post(bindparam("scope", type_=Text), bindparam("roles", expanding=True), day),
        _in_post(place, bindparam("instead", expanding=True), day).where(~_still_there(requester, place, day)),
        _watching(),
        select(MandateRow.account_id).where(
            MandateRow.scope_id.in_(bindparam("sides", expanding=True)),
            MandateRow.role.in_(bindparam("referees", expanding=True)),
            presence.begun(day),
        ),
    )


def _watching() -> Any:
    """Return the query of the accounts that joined the ticket."""
    return select(WATCHER.c.account_id).where(WATCHER.c.ticket_id == bindparam("watched", type_=NUMBER))


def _in_post(scope: Any, roles: Any, day: Any) -> Any:
    """Return the query of the accounts that have one of these roles on this scope on a day."""
    return select(MandateRow.account_id).where(
        MandateRow.scope_id == scope, MandateRow.role.in_(roles), presence.begun(day)
    )


def _still_there(requester: Any, place: Any, day: Any) -> Any:
    """Return the SQL test that the requester is in activity, with a mandate on the établissement."""
    mandate, account = aliased(MandateRow), aliased(Account)
    return exists().where(
        account.id == requester,
        mandate.account_id == account.id,
        mandate.scope_id == place,
        or_(account.ends_on.is_(None), account.ends_on >= day),
        account.locked_at.is_(None),
        or_(mandate.ends_on.is_(None), mandate.ends_on >= day),
        or_(mandate.lapses_on.is_(None), mandate.lapses_on >= day),
    )


def _said(name: str) -> Any:
    return bindparam(name, type_=Text)


def _add_words() -> Any:
    """Return the statement that keeps what an event's notices say, if somebody is told and nothing is kept; built once.

    PostgreSQL's driver does not say how many notices were written, so the statement looks for one itself.
    """
    number, event = bindparam("number", type_=NUMBER), bindparam("event", type_=NUMBER)
    told = exists().where(Notice.ticket_id == number, Notice.event_id == event)
    known = exists().where(NoticeWords.event_id == event)
    kept = select(event, number, bindparam("data", type_=JSON)).where(told, ~known)
    return insert(NoticeWords.__table__).from_select(["event_id", "ticket_id", "data"], kept)  # type: ignore[arg-type]


_ADD_NOTICES = Fixed(_add_notices())
_ADD_WORDS = Fixed(_add_words())


def drop(session: Session, event_id: int) -> None:
    """Stop the notices of an event whose words were masked, and remove the words from those already sent."""
    session.execute(delete(NoticeWords).where(NoticeWords.event_id == event_id))
    session.execute(update(Notice).where(Notice.event_id == event_id).values(body=""))
    withdraw(session, event_id, "Le texte a été masqué.")


def withdraw(session: Session, event_id: int, why: str) -> None:
    """Stop the notices of an event that are not sent yet, for the reason `why`."""
    session.execute(
        update(Notice)
        .where(Notice.event_id == event_id, Notice.state == "pending")
        .values(state="dropped", body="", last_error=why)
    )


def forget_words(session: Session, *which: Any) -> None:
    """Delete, of what notices say, the rows that these conditions choose and of which no notice is left."""
    told = exists().where(Notice.ticket_id == NoticeWords.ticket_id, Notice.event_id == NoticeWords.event_id)
    session.execute(
        delete(NoticeWords).where(*which, ~told).execution_options(synchronize_session=False),
    )


def redirect(session: Session, notice: Row[Any], ticket: Row[Any], now: datetime) -> int:
    """Write for others of the établissement a notice that its requester may no longer read. Returns how many.

    `ticket` is the ticket's row. Those who already have a notice of the same event are left out. What asks nothing, and
    a notice to anybody else, go nowhere: the others of that side have theirs, or the one that says that the ticket is
    back in the queue.
    """
    if notice.recipient_id != ticket.opened_by or notice.kind not in _ASKING:
        return 0
    told = select(Notice.recipient_id).where(Notice.event_id == notice.event_id)
    people = session.execute(
        select(Account.id, Account.first_name, Account.last_name, Account.email)
        .where(
            Account.id.in_(_in_post(ticket.etablissement, in_place_of_the_requester(ticket._asdict()), today(now))),
            Account.id.not_in(told),
            presence.in_activity(today(now)),
        )
        .order_by(Account.id)
    ).all()
    names = ("ticket_id", "event_id", "kind", "subject", "reader", "body", "thread_id")
    kept = {name: getattr(notice, name) for name in names}
    head, _, host = notice.message_id.rpartition("@")
    event = head.rpartition("-")[0]
    for person in people:
        session.execute(
            insert(Notice).values(
                **kept,
                recipient_id=person.id,
                recipient_name=f"{person.first_name} {person.last_name}",
                recipient_email=person.email,
                message_id=f"{event}-{person.id}.{secrets.token_hex(8)}@{host}",
                next_at=now,
                created_at=now,
            )
        )
    return len(people)
