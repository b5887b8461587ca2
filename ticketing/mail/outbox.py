"""Turn an event of a ticket into notices: rows written in the ticket's own commit and sent later (`delivery`).

`write` decides who is written to, and takes the words from `wording`; an internal note is never mailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Date, Integer, Text, bindparam, case, cast, insert, or_, select, union_all, update
from sqlalchemy.orm import Session

from charters.database import Instant
from charters.days import today
from charters.mail_texts import MailTexts
from charters.model import Role
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


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients of an event: the requester, the person in charge, or all people with one of `roles` on `scope`.

    `requester`, `assignee` and `excluded` are account ids; `excluded` is never written to (0 excludes nobody).
    """

    requester: int | None = None
    assignee: int | None = None
    scope: str = ""
    roles: tuple[str, ...] = ("",)
    excluded: int = 0


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
    if ticket["assignee_id"] is not None and ("people" in targets or "assignee" in targets):
        return Recipients(requester, ticket["assignee_id"], excluded=excluded)
    if "people" not in targets:
        return Recipients(requester, excluded=excluded)
    roles: tuple[Role, ...]
    if ticket["holder_organisation"] == ticket["etablissement"]:
        roles = _CONFIDENTIAL_WORKERS if ticket["confidential"] else _COLLEGE_WORKERS
    else:
        roles = _WORKERS["academie" if ticket["holder_organisation"] == ticket["academie"] else "departement"]
    return Recipients(requester, None, ticket["holder_organisation"], tuple(role.value for role in roles), excluded)


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
            or_(account.c.ends_on.is_(None), account.c.ends_on >= day),
            ~signing.unsigned(bindparam("usage_for_staff", type_=Boolean)),  # nothing before the charters (annexe 6, 4)
        )
        .order_by(account.c.id)
    )
    return insert(Notice.__table__).from_select(list(chosen), people)  # type: ignore[arg-type]


def _concerned(requester: Any, day: Any) -> Any:
    """Return the query of accounts: the requester, the person in charge, and holders of the roles on the scope."""
    mandate: Any = MandateRow.__table__
    return union_all(
        select(requester),
        select(bindparam("assignee", type_=Integer)),
        select(mandate.c.account_id).where(
            mandate.c.scope_id == bindparam("scope"),
            mandate.c.role.in_(bindparam("roles", expanding=True)),
            mandate.c.starts_on <= day,
            or_(mandate.c.ends_on.is_(None), mandate.c.ends_on >= day),
        ),
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
    session.execute(
        update(Notice)
        .where(Notice.event_id == event_id, Notice.state == "pending")
        .values(state="dropped", body="", last_error="Le texte a été masqué.")
    )
