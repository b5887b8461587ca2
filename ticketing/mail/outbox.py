"""Turn an event of a ticket into notices: rows written in the ticket's own commit and sent later (`delivery`).

`write` decides who is written to, and takes the words from `wording`; an internal note is never mailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    Integer,
    Row,
    Text,
    bindparam,
    case,
    cast,
    exists,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from charters.database import Instant
from charters.days import today
from charters.mail_texts import MailTexts
from charters.model import Role
from charters.people import presence
from charters.signing import signing
from charters.tables.access import Account, MandateRow
from ticketing.mail.wording import Happening, said
from ticketing.steps import NOTICES
from ticketing.tables import Notice

_WORKERS = {
    "departement": (Role.TECH_DEPARTEMENT, Role.REFERENT),
    "academie": (Role.TECH_ACADEMIE,),
}
_COLLEGE_WORKERS = (Role.CMI,)
_CONFIDENTIAL_WORKERS = (Role.CHEF,)
#: Notices that ask something of the requester, or answer the requester.
_ASKING = frozenset({"question", "resolved", "answered"})
#: Who is told as well when nobody has a ticket in charge any more: there may be no other worker.
_RELIEF = {"college": (Role.CHEF,), "academie": (Role.ADMINISTRATEUR,), "departement": ()}


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients of an event: the requester, the person in charge, or all people with one of `roles` on `scope`.

    `requester`, `assignee` and `excluded` are account ids; `excluded` is never written to (0 excludes nobody). Where
    the requester has left the établissement `place`, its people with one of `instead` are told in the requester's
    place.
    """

    requester: int | None = None
    assignee: int | None = None
    scope: str = ""
    roles: tuple[str, ...] = ("",)
    excluded: int = 0
    place: str = ""
    instead: tuple[str, ...] = ("",)


def write(session: Session, happening: Happening, texts: MailTexts, now: datetime, *, usage_for_staff: bool) -> int:
    """Write the notices of an event in the current transaction, in a single statement, and return how many.

    `usage_for_staff` is the setting that says whether people of the Éducation nationale sign the usage charter too.
    """
    told = recipients_of(happening)
    if told.requester is None and told.assignee is None and not told.scope:
        return 0
    asked = {
        "requester": told.requester,
        "assignee": told.assignee,
        "scope": told.scope,
        "roles": told.roles,
        "excluded": told.excluded,
        "place": told.place,
        "instead": told.instead,
        "day": today(now),
        "usage_for_staff": usage_for_staff,
    }
    added: Any = session.execute(_ADD_NOTICES, {**asked, **said(happening, texts), "now": now})
    return int(added.rowcount)


def recipients_of(happening: Happening) -> Recipients:
    """Return the recipients of an event."""
    ticket, targets = happening.ticket, NOTICES[happening.kind]
    if happening.kind == "answered":
        targets = ("requester",) if happening.by_holder else ("people",)
    requester = ticket["opened_by"] if "requester" in targets else None
    # The person who opens a ticket gets a receipt; otherwise nobody is written to about their own acts.
    excluded = 0 if happening.kind == "opened" else happening.author_id or 0
    found = Recipients(requester, excluded=excluded)
    if requester is not None:
        found = replace(found, place=ticket["etablissement"], instead=in_place_of_the_requester(ticket))
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
    side = "academie" if ticket["holder_organisation"] == ticket["academie"] else "departement"
    return _WORKERS[side] + (_RELIEF[side] if relief else ())


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
        "body": case((account.c.id == requester, _said("to_requester")), else_=_said("to_others")),
        "thread_id": _said("thread"),
        "message_id": _said("mark") + cast(account.c.id, Text) + _said("host"),
        "next_at": bindparam("now", type_=Instant),
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


def _concerned(requester: Any, day: Any) -> Any:
    """Return the query of accounts: the requester, the person in charge, and those who have the roles on the scopes."""
    place = bindparam("place", type_=Text)
    return union_all(
        select(requester),
        select(bindparam("assignee", type_=Integer)),
        _in_post(bindparam("scope", type_=Text), bindparam("roles", expanding=True), day),
        _in_post(place, bindparam("instead", expanding=True), day).where(~_still_there(requester, place, day)),
    )


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


_ADD_NOTICES = _add_notices()


def drop(session: Session, event_id: int) -> None:
    """Stop the notices of an event whose words were masked, and remove the words from those already sent."""
    session.execute(
        update(Notice)
        .where(Notice.event_id == event_id, Notice.state != "pending")
        .values(body="Le texte de ce message a été masqué.\n")
    )
    withdraw(session, event_id, "Le texte a été masqué.")


def withdraw(session: Session, event_id: int, why: str) -> None:
    """Stop the notices of an event that are not sent yet, for the reason `why`."""
    session.execute(
        update(Notice)
        .where(Notice.event_id == event_id, Notice.state == "pending")
        .values(state="dropped", body="", last_error=why)
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
    kept = {name: getattr(notice, name) for name in ("ticket_id", "event_id", "kind", "subject", "body", "thread_id")}
    own = f"-{notice.recipient_id}@"
    for person in people:
        session.execute(
            insert(Notice).values(
                **kept,
                recipient_id=person.id,
                recipient_name=f"{person.first_name} {person.last_name}",
                recipient_email=person.email,
                message_id=notice.message_id.replace(own, f"-{person.id}@"),
                next_at=now,
                created_at=now,
            )
        )
    return len(people)
