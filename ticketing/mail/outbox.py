"""From an event to messages: rows written in the ticket's own commit, sent later by the scheduler's process.

`write` decides who is told and in what words (never an internal note's). `drain` sends what is due: it claims a few
rows, asks of each whether its recipient still sees the ticket, sends over SMTP or, where none is configured, lays the
message in `DATA_DIR/courriels`. What is for the people of a suspended collectivité is kept aside until the suspension
is lifted (VIII), then sent if they still see the ticket. A failure marks the notice, never the ticket: what may pass is
tried again, later and later; what cannot is « échec ». The messages of a ticket to a person leave in order; one that
waits holds back no other line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from flask import current_app
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
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from charters.campaign.campaigns import in_force
from charters.database import Instant, reading, writing
from charters.days import today
from charters.model import Actor, Mandate, Role
from charters.permissions import perimeter
from charters.signing import signing
from charters.tables.access import Account, MandateRow, OrganisationSuspension
from ticketing.mail import carriers
from ticketing.mail.carriers import Later, Permanent
from ticketing.steps import NOTICES
from ticketing.tables import Notice, Ticket, TicketEvent

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.outbox")

BATCH = 50
CLAIM = timedelta(minutes=5)
#: How long after the nth failure the next try comes; the last one repeats.
BACKOFF = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
GIVE_UP = timedelta(days=3)

_WORKERS = {
    "departement": (Role.TECH_DEPARTEMENT, Role.REFERENT),
    "academie": (Role.TECH_ACADEMIE,),
}
_COLLEGE_WORKERS = (Role.CMI,)
_CONFIDENTIAL_WORKERS = (Role.CHEF,)

#: Kind -> (what happened, what is expected of the requester, what is expected of the holder's people).
_WORDS: dict[str, tuple[str, str, str]] = {
    "opened": (
        "Le ticket est ouvert.",
        "Vous n’avez rien à faire : vous serez prévenu de la suite.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "answered": (
        "Un commentaire a été ajouté.",
        "Lisez-le, et répondez sur la page du ticket s’il vous le demande.",
        "Lisez-le et poursuivez le traitement.",
    ),
    "question": (
        "Une question vous est posée ; le ticket attend votre réponse.",
        "Répondez sur la page du ticket : le traitement reprend dès votre réponse.",
        "Le demandeur doit répondre.",
    ),
    "handed_on": (
        "Le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou contestez la transmission s’il ne vous revient pas.",
    ),
    "contested": (
        "La transmission est contestée : le ticket revient.",
        "Vous n’avez rien à faire : votre demande suit son cours.",
        "Prenez-le en charge, ou transmettez-le à qui il revient.",
    ),
    "decision": (
        "Les faits ont été corrigés et la décision refaite : le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "rerouted": (
        "L’accord a été précisé et la décision refaite : le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "resolved": (
        "Le ticket est résolu.",
        "Vérifiez, puis confirmez sur la page du ticket ; rouvrez-le si le problème demeure. "
        "Sans nouvelle de vous, il se clôt de lui-même.",
        "Vous n’avez rien à faire.",
    ),
    "reopened": (
        "Le ticket est rouvert : le problème demeure.",
        "Vous n’avez rien à faire : le traitement reprend.",
        "Reprenez-le : la solution n’a pas suffi.",
    ),
    "closed": (
        "Le ticket est clos.",
        "Vous n’avez rien à faire. Si le problème revient, ouvrez un nouveau ticket.",
        "Vous n’avez rien à faire.",
    ),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be told: the ticket's values after the step, the entry, its words, and the decision's reason."""

    ticket: Mapping[str, Any]
    event_id: int
    kind: str
    words: str
    why: str
    author_id: int | None
    by_holder: bool
    base_url: str


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told: the requester, the one in charge, or whoever has one of `roles` on `scope`; never `excluded`."""

    requester: int | None = None
    assignee: int | None = None
    scope: str = ""
    roles: tuple[str, ...] = ("",)
    excluded: int = 0


# --- writing ----------------------------------------------------------------------------------------------------------


def write(session: Session, happening: Happening, now: datetime) -> int:
    """The notices of an event, in the current transaction; gives how many. One statement, however many are told."""
    told = told_of(happening)
    if told.requester is None and told.assignee is None and not told.scope:
        return 0
    asked = {
        "requester": told.requester,
        "assignee": told.assignee,
        "scope": told.scope,
        "roles": told.roles,
        "excluded": told.excluded,
        "day": today(now),
        "usage_for_staff": _usage_for_staff(),
    }
    added: Any = session.execute(_ADD_NOTICES, {**asked, **said(happening), "now": now})
    return int(added.rowcount)


def told_of(happening: Happening) -> Told:
    """Who is to be told of an event."""
    ticket, targets = happening.ticket, NOTICES[happening.kind]
    if happening.kind == "answered":
        targets = ("requester",) if happening.by_holder else ("people",)
    requester = ticket["opened_by"] if "requester" in targets else None
    # Whoever opens gets a receipt; nobody is told of their own acts otherwise.
    excluded = 0 if happening.kind == "opened" else happening.author_id or 0
    if ticket["assignee_id"] is not None and ("people" in targets or "assignee" in targets):
        return Told(requester, ticket["assignee_id"], excluded=excluded)
    if "people" not in targets:
        return Told(requester, excluded=excluded)
    roles: tuple[Role, ...]
    if ticket["holder_organisation"] == ticket["etablissement"]:
        roles = _CONFIDENTIAL_WORKERS if ticket["confidential"] else _COLLEGE_WORKERS
    else:
        roles = _WORKERS["academie" if ticket["holder_organisation"] == ticket["academie"] else "departement"]
    return Told(requester, None, ticket["holder_organisation"], tuple(role.value for role in roles), excluded)


def said(happening: Happening) -> dict[str, Any]:
    """What is said: the same to all but for what is expected of the requester, and the mark of each message."""
    ticket, host = happening.ticket, urlsplit(happening.base_url).hostname or "guichet"
    number = ticket["number"]
    return {
        "number": number,
        "event": happening.event_id,
        "kind": happening.kind,
        "subject": f"[Guichet n° {number}] {ticket['title']}"[:250],
        "to_requester": _body(happening, True),
        "to_others": _body(happening, False),
        "mark": f"<ticket-{number}-{happening.event_id}-",
        "host": f"@{host}>",
        "thread": f"<ticket-{number}@{host}>",
    }


def _add_notices() -> Any:
    """People in force, let in and concerned -> their notices; built once."""
    account: Any = Account.__table__
    mandate: Any = MandateRow.__table__
    day = bindparam("day", type_=Date)
    requester = bindparam("requester", type_=Integer)
    concerned = union_all(
        select(requester),
        select(bindparam("assignee", type_=Integer)),
        select(mandate.c.account_id).where(
            mandate.c.scope_id == bindparam("scope"),
            mandate.c.role.in_(bindparam("roles", expanding=True)),
            mandate.c.starts_on <= day,
            or_(mandate.c.ends_on.is_(None), mandate.c.ends_on >= day),
        ),
    )
    body = case((account.c.id == requester, _said("to_requester")), else_=_said("to_others"))
    chosen = {
        "ticket_id": bindparam("number", type_=Integer),
        "event_id": bindparam("event", type_=Integer),
        "kind": _said("kind"),
        "recipient_id": account.c.id,
        "recipient_name": account.c.first_name + " " + account.c.last_name,
        "recipient_email": account.c.email,
        "subject": _said("subject"),
        "body": body,
        "thread_id": _said("thread"),
        "message_id": _said("mark") + cast(account.c.id, Text) + _said("host"),
        "next_at": bindparam("now", type_=Instant),
        "created_at": bindparam("now", type_=Instant),
    }
    people = (
        select(*chosen.values())
        .where(
            account.c.id.in_(concerned),
            account.c.id != bindparam("excluded", type_=Integer),
            or_(account.c.ends_on.is_(None), account.c.ends_on >= day),
            ~signing.unsigned(bindparam("usage_for_staff", type_=Boolean)),  # nothing before the charters (annexe 6, 4)
        )
        .order_by(account.c.id)
    )
    return insert(Notice.__table__).from_select(list(chosen), people)  # type: ignore[arg-type]


def _said(name: str) -> Any:
    return bindparam(name, type_=Text)


_ADD_NOTICES = _add_notices()


def _body(happening: Happening, requester: bool) -> str:
    ticket = happening.ticket
    happened, for_requester, for_holder = _WORDS[happening.kind]
    if happening.kind == "question" and not requester:
        happened = "Une question est posée au demandeur."
    charge = f" ({ticket['assignee_name']} l’a en charge)" if ticket["assignee_name"] else ""
    parts = [
        happened,
        f"{ticket['title']}\n{ticket['etablissement_name']}, {ticket['etablissement_commune']}\n"
        f"{ticket['service_label']} : {ticket['activity_label']}",
    ]
    if happening.words:
        parts.append("\n".join(f"> {line}" for line in happening.words.splitlines()))
    parts += [
        f"Qui s’en occupe : {ticket['holder_name']}{charge}.",
        f"Pourquoi : {happening.why}",
        f"Ce qui est attendu de vous : {for_requester if requester else for_holder}",
        f"La page du ticket : {happening.base_url}/tickets/{ticket['number']}",
        "Ce message est automatique : répondez sur la page du ticket.",
    ]
    return "\n\n".join(parts) + "\n"


def drop(session: Session, event_id: int) -> None:
    """What an event had to say is no longer to be sent, nor read where it was: it was masked."""
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


# --- sending ----------------------------------------------------------------------------------------------------------


def drain(settings: Settings, now: datetime) -> int:
    """Sends what is due; gives how many left. Several processes may drain at once: each row is claimed by one."""
    sent = 0
    carrier = carriers.carrier(settings)
    try:
        while batch := _claim(now):
            for index, notice in enumerate(batch):
                try:
                    sent += _deliver(notice, carrier.send, settings, now)
                except Later as stop:
                    for rest in batch[index + 1 :]:
                        _retry(rest, str(stop), now)
                    return sent
    finally:
        carrier.close()
    return sent


def _claim(now: datetime) -> list[Row[Any]]:
    """The first unsent notice of each line (a ticket and a person) that is due, taken for five minutes."""
    earlier = aliased(Notice)
    with writing() as session:
        rows = session.execute(
            select(*Notice.__table__.c)
            .where(
                Notice.state == "pending",
                Notice.next_at <= now,
                or_(Notice.claimed_until.is_(None), Notice.claimed_until < now),
                ~exists().where(
                    earlier.ticket_id == Notice.ticket_id,
                    earlier.recipient_id == Notice.recipient_id,
                    earlier.id < Notice.id,
                    earlier.state == "pending",
                ),
                ~_kept_out(Notice.recipient_id),
            )
            .order_by(Notice.next_at, Notice.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            session.execute(
                update(Notice).where(Notice.id.in_([row.id for row in rows])).values(claimed_until=now + CLAIM)
            )
    return list(rows)


def _kept_out(account_id: Any) -> Any:
    """Whether this account is let in by nothing now: collectivité suspended (VIII), or a charter to sign (annexe 6)."""
    suspended = (
        exists()
        .where(OrganisationSuspension.organisation == Account.organisation, OrganisationSuspension.lifted_at.is_(None))
        .correlate(Account)
    )
    return exists().where(
        Account.id == account_id, or_(suspended, signing.unsigned(literal(_usage_for_staff(), Boolean)))
    )


def _usage_for_staff() -> bool:
    return bool(current_app.config["GUICHET"].usage_charter_for_staff)


def _deliver(notice: Row[Any], send: Callable[[EmailMessage, str], None], settings: Settings, now: datetime) -> int:
    """Sends one notice and marks it; 1 if it left. Raises `Later` when the server cannot be reached at all."""
    if _held_back(notice):
        _mark(notice, claimed_until=None)
        return 0
    seen = _still_sees(notice, now)
    if seen == "suspended":  # kept aside, as the mails of those who are attached to the collectivité
        _mark(notice, claimed_until=None, next_at=now + BACKOFF[-1])
        return 0
    if not seen:
        _mark(notice, state="dropped", last_error="Le destinataire ne voit plus ce ticket.")
        return 0
    try:
        send(carriers.composed(lambda: message(notice, settings.mail_from)), f"{notice.id:08d}")
    except Permanent as failure:
        log.warning("notice failed", extra={"notice": notice.id, "ticket": notice.ticket_id})
        _mark(notice, state="failed", last_error=str(failure)[:500], attempts=notice.attempts + 1)
        return 0
    except Later as failure:
        _retry(notice, str(failure), now)
        if failure.whole:
            raise
        return 0
    _mark(notice, state="sent", sent_at=now, attempts=notice.attempts + 1, last_error="")
    return 1


def _held_back(notice: Row[Any]) -> bool:
    """Whether the recipient's access was closed since the notice was claimed."""
    with reading() as session:
        return bool(session.execute(select(_kept_out(notice.recipient_id))).scalar())


def _still_sees(notice: Row[Any], now: datetime) -> Literal["yes", "suspended", ""]:
    """Whether the recipient, under a mandate in force today, still has the ticket in the perimeter; « suspended »: only
    under mandates on a collectivité whose access is."""
    day = today(now)
    with reading() as session:
        keys = session.execute(select(Ticket.scope_keys).where(Ticket.number == notice.ticket_id)).scalar_one()
        masked = session.execute(
            select(TicketEvent.id).where(TicketEvent.id == notice.event_id, TicketEvent.masked_at.is_not(None))
        ).first()
        mandates = session.execute(
            select(
                MandateRow.id,
                MandateRow.role,
                MandateRow.scope_id,
                MandateRow.starts_on,
                MandateRow.ends_on,
                exists()
                .where(
                    OrganisationSuspension.organisation == MandateRow.scope_id,
                    OrganisationSuspension.lifted_at.is_(None),
                )
                .correlate(MandateRow)
                .label("suspended"),
            )
            .join(Account, Account.id == MandateRow.account_id)
            .where(
                Account.id == notice.recipient_id,
                or_(Account.ends_on.is_(None), Account.ends_on >= day),
                MandateRow.starts_on <= day,
                in_force(day),
            )
        ).all()
    if masked is not None:
        return ""
    suspended = {
        row.suspended
        for row in mandates
        if perimeter(
            Actor(
                notice.recipient_id,
                "",
                "",
                False,
                Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on),
            )
        ).key
        in keys
    }
    return "yes" if False in suspended else "suspended" if suspended else ""


def _retry(notice: Row[Any], reason: str, now: datetime) -> None:
    """Later; or « échec » once it has been tried for three days (what was held back: three days from then on)."""
    attempts = notice.attempts + 1
    if now - notice.created_at > GIVE_UP and now - _released(notice) > GIVE_UP:
        _mark(notice, state="failed", last_error=reason[:500], attempts=attempts)
        return
    _mark(
        notice,
        next_at=now + BACKOFF[min(attempts, len(BACKOFF)) - 1],
        last_error=reason[:500],
        attempts=attempts,
        claimed_until=None,
    )


def _released(notice: Row[Any]) -> datetime:
    """When the notice could first be sent: written, or the last lifting of a suspension that held its recipient."""
    with reading() as session:
        lifted: datetime | None = session.execute(
            select(OrganisationSuspension.lifted_at)
            .where(
                OrganisationSuspension.organisation.in_(
                    union_all(
                        select(Account.organisation).where(Account.id == notice.recipient_id),
                        select(MandateRow.scope_id).where(MandateRow.account_id == notice.recipient_id),
                    )
                ),
                OrganisationSuspension.lifted_at.is_not(None),
            )
            .order_by(OrganisationSuspension.lifted_at.desc())
            .limit(1)
        ).scalar()
    written: datetime = notice.created_at
    return max(lifted, written) if lifted else written


def _mark(notice: Row[Any], **values: Any) -> None:
    with writing() as session:
        session.execute(update(Notice).where(Notice.id == notice.id, Notice.state == "pending").values(**values))


def message(notice: Row[Any], mail_from: str) -> EmailMessage:
    """The message of a notice; the same one each time it is tried."""
    mail = EmailMessage()
    name, address = parseaddr(mail_from)
    mail["From"] = formataddr((name or "Guichet", address))
    mail["To"] = formataddr((_one_line(notice.recipient_name), notice.recipient_email))
    mail["Subject"] = _one_line(notice.subject)
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = notice.message_id
    mail["In-Reply-To"] = notice.thread_id
    mail["References"] = notice.thread_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(notice.body)
    return mail


def _one_line(text: str) -> str:
    return " ".join(text.split())
