"""Read one ticket as a person sees it (row, timeline, files, the steps offered), and the mails about tickets.

The perimeter comes first. A ticket outside it and a ticket that does not exist raise the same `NotFound`; internal
notes and files are left out in SQL unless they are of the reader's side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, bindparam, exists, or_, select

from charters import permissions
from charters.database import db
from charters.days import today
from charters.gate import permits
from charters.model import Actor, Perimeter, Role, Scope
from charters.people import presence
from charters.permissions import Action
from charters.statements import Fixed
from charters.tables.access import Account, MandateRow
from matrix.request_facts import facts_of
from ticketing.errors import NotFound
from ticketing.hours import known, promises
from ticketing.in_force import routing
from ticketing.mail import inbox
from ticketing.model import Bond, Holder, HoldReason, State, Step, may_be_number
from ticketing.settings import desk_settings
from ticketing.steps import STEPS
from ticketing.tables import Attachment, MailEntry, Notice, NoticeWords
from ticketing.tickets import delays, incidents, lifecycle
from ticketing.tickets.deadlines import late
from ticketing.tickets.rendering import render
from ticketing.tickets.store import DECISION, EVENT, SCOPE, TICKET
from ticketing.views import EventView, FileView, StoredFile, TicketView

ATTACHMENT: Any = Attachment.__table__
#: The side of an administrator who reads with a reason (annexe 6, 3).
EVERY_SIDE = "*"
#: The actions that steps ask of the gate, each once.
ACTIONS = frozenset(line.action for line in STEPS.values())


# --- one ticket -------------------------------------------------------------------------------------------------------


def ticket(perimeter: Perimeter, actor: Actor, number: int, now: datetime | None = None) -> TicketView:
    """Return the ticket as this person may see it. Raises NotFound. `now` is needed to say whether it is late."""
    row = row_of(perimeter, number)
    return view(row, perimeter.side, actor, now)


# Built once, because building a statement costs more than running it.
_TICKET = Fixed(
    select(TICKET)
    .join(SCOPE, SCOPE.c.ticket_id == TICKET.c.number)
    .where(SCOPE.c.key == bindparam("key"), SCOPE.c.ticket_id == bindparam("number"))
)


def _readable(table: Any) -> Any:
    """Return the condition for entries that are public, or internal to the reader's side (any side with a reason).

    Masked files are not readable.
    """
    side = bindparam("side", type_=String)
    internal = (table.c.visibility == "internal") & or_(table.c.side == side, side == EVERY_SIDE)
    return or_(table.c.visibility == "public", internal)


_EVENTS = Fixed(select(EVENT).where(EVENT.c.ticket_id == bindparam("number"), _readable(EVENT)).order_by(EVENT.c.id))
_FILES = Fixed(
    select(*(ATTACHMENT.c[name] for name in ("event_id", "uuid", "name", "size", "content_type", "quarantine")))
    .where(ATTACHMENT.c.ticket_id == bindparam("number"), _readable(ATTACHMENT))
    .order_by(ATTACHMENT.c.event_id, ATTACHMENT.c.at, ATTACHMENT.c.name)
)
#: The history below the words of mails; the entries that they made are read first, so none is of another side.
_FOLDED = Fixed(select(MailEntry.event_id, MailEntry.folded).where(MailEntry.ticket_id == bindparam("number")))
_DECISIONS = Fixed(select(DECISION).where(DECISION.c.ticket_id == bindparam("number")))


def row_of(perimeter: Perimeter, number: int) -> Row[Any]:
    """Return the ticket's row if it is in the perimeter. Raises NotFound."""
    if perimeter.key is None or not may_be_number(number):
        raise NotFound
    row = _TICKET.run({"key": perimeter.key, "number": number}).one_or_none()
    if row is None:
        raise NotFound
    return row


#: The columns of the ticket's row that a page shows unchanged.
_AS_KEPT = (
    "number",
    "version",
    "title",
    "body",
    "etablissement",
    "etablissement_name",
    "etablissement_commune",
    "service",
    "service_label",
    "activity",
    "activity_label",
    "user_category_label",
    "on_behalf_of",
    "tag",
    "asset",
    "room",
    "impact",
    "urgency",
    "holder_party",
    "holder_role",
    "holder_organisation",
    "holder_name",
    "assignee_id",
    "assignee_name",
    "opened_by",
    "opened_by_name",
    "opened_at",
    "due_at",
    "due_kind",
    "hold_reason",
    "held_since",
    "wake_at",
    "resolved_at",
    "closed_at",
    "confidential",
    "needs_info",
    "parent_id",
)


def view(row: Row[Any], side: str | None, actor: Actor, now: datetime | None = None) -> TicketView:
    """Return a ticket's row with its timeline, as the side `side` reads it. The caller has checked the right."""
    state = State(row.state)
    decisions = _decisions(row.number)
    current = decisions[row.decision_id]
    returns_to = row.handed_on_by
    return TicketView(
        **{name: getattr(row, name) for name in _AS_KEPT},
        state=state,
        bond=Bond(row.parent_bond),
        body_html=render(incidents.told(row.body, row.incident)),
        incident=row.incident or "",
        facts=facts_of(row),
        handed_on_by=returns_to["name"] if returns_to else "",
        late=now is not None and late(state, row.due_at, now),
        shared_with=tuple((account, name) for account, name in row.shared_with),
        contributors=tuple((party, name) for party, name in row.contributors),
        engagements=promises.shown(row.engagements),
        decision=current,
        events=_timeline(row, side, decisions),
        steps=steps_of(actor, row),
        scope=scope_of(row),
    )


def _timeline(row: Row[Any], side: str | None, decisions: Mapping[int, Any]) -> tuple[EventView, ...]:
    events = _EVENTS.run({"number": row.number, "side": side}).all()
    files = _files(row.number, side) if row.file_bytes else {}
    by_mail = any(event.data.get("mail") for event in events)
    folded: dict[int, str] = dict(_FOLDED.run({"number": row.number}).all()) if by_mail else {}
    return tuple(_event(event, files.get(event.id, ()), folded.get(event.id, ""), decisions) for event in events)


def _event(event: Row[Any], files: Iterable[FileView], folded: str, decisions: Mapping[int, Any]) -> EventView:
    masked = event.masked_at is not None
    data = dict(event.data)
    if data.get("decision_id") in decisions:
        data["decision"] = decisions[data["decision_id"]]
    return EventView(
        id=event.id,
        kind=event.kind,
        at=event.at,
        author_name=event.author_name,
        author_side_name=event.side_name,
        visibility=event.visibility,
        body_html="" if masked else render(event.body),
        masked=masked,
        mask_reason=event.mask_reason,
        data=data,
        files=() if masked else tuple(files),
        folded="" if masked else folded,
        author_id=event.author_id,
    )


def _files(number: int, side: str | None) -> dict[int, list[FileView]]:
    found: dict[int, list[FileView]] = {}
    for row in _FILES.run({"number": number, "side": side}):
        view = FileView(row.uuid, row.name, row.size, row.content_type, row.quarantine)
        found.setdefault(row.event_id, []).append(view)
    return found


def _decisions(number: int) -> dict[int, Any]:
    return {
        row.id: replace(
            routing.unpacked(row.data, at=row.at, by=row.data.get("by", ""), reason=row.data.get("reason", "")),
            delay=delays.unpacked(row.data.get("delay")),
        )
        for row in _DECISIONS.run({"number": number})
    }


def file(perimeter: Perimeter, actor: Actor, number: int, uuid: str) -> StoredFile:
    """Return a file of a ticket of the perimeter that the reader's side may read.

    Raises NotFound, also for a file in quarantine.
    """
    if perimeter.key is None or not may_be_number(number) or len(uuid) != 36:
        raise NotFound
    table: Any = Attachment.__table__
    row = db.session.execute(
        select(table.c.path, table.c.name, table.c.content_type, table.c.size)
        .join(SCOPE, SCOPE.c.ticket_id == table.c.ticket_id)
        .where(
            SCOPE.c.key == perimeter.key,
            table.c.ticket_id == number,
            table.c.uuid == uuid,
            table.c.quarantine == "",
            _readable(table),
        ),
        {"side": perimeter.side},
    ).one_or_none()
    if row is None:
        raise NotFound
    return StoredFile(str(desk_settings().files / row.path), row.name, row.content_type, row.size)


def network_managers(etablissement: str, now: datetime) -> tuple[tuple[int, str], ...]:
    """Return the gestionnaires réseau of an établissement with a mandate in force today: (id, name), by name."""
    day = today(now)
    rows = db.session.execute(
        select(Account.id, Account.first_name, Account.last_name)
        .join(MandateRow, MandateRow.account_id == Account.id)
        .where(
            MandateRow.scope_id == etablissement,
            MandateRow.role == Role.RESEAU.value,
            presence.begun(day),
            presence.in_activity(day),
        )
        .order_by(Account.last_name, Account.first_name)
        .distinct()
    )
    return tuple((row.id, f"{row.first_name} {row.last_name}") for row in rows)


def scope_of(row: Row[Any]) -> Scope:
    """Return what the gate needs to know of a ticket."""
    return Scope(
        etablissement=row.etablissement,
        academie=row.academie,
        holder=row.holder_organisation,
        involved=frozenset(row.involved),
        opened_by=row.opened_by if row.opened_by in row.persons else None,
        shared_with=frozenset(account for account, _ in row.shared_with),
        confidential=row.confidential,
        service=row.service,
        account_service=row.account_service,
        author=row.opened_by,
    )


def standing_of(row: Row[Any], desk: Holder) -> lifecycle.Standing:
    """Return what the steps need to know of a ticket."""
    return lifecycle.Standing(
        state=State(row.state),
        activity=row.activity,
        opened_at=row.opened_at,
        due_at=row.text_due_at,
        desk=desk,
        holder=Holder(row.holder_party, row.holder_role, row.holder_organisation, row.holder_name),
        returns_to=Holder(**row.handed_on_by) if row.handed_on_by else None,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name,
        hold_reason=HoldReason(row.hold_reason) if row.hold_reason else None,
        held_since=row.held_since,
        wake_at=row.wake_at,
        nudge_at=row.nudge_at,
        nudges=row.nudges,
        alert_at=row.alert_at,
        silent_at=row.silent_at,
        alerted=tuple(row.alerted.split()),
        first_answer_at=row.first_answer_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        hand_ons=row.hand_ons,
        engagements=known.of_row(row.engagements),
        bond=Bond(row.parent_bond),
    )


def steps_of(actor: Actor, row: Row[Any]) -> frozenset[str]:
    """Return the steps that the ticket and the gate allow this person now; none once it is pseudonymised."""
    if row.pseudonymised_at is not None:
        return frozenset()
    desk = routing.desk(routing.router().conventions, row.etablissement, row.convention)
    scope = scope_of(row)
    granted: dict[Action, bool] = {}
    for action in ACTIONS:
        granted[action] = permits(actor, action, scope).allowed
    standing = standing_of(row, desk)
    possible = lifecycle.steps(standing) - (frozenset() if row.needs_info else {Step.ANSWER})
    own = lifecycle.Author(actor.account_id, actor.name, permissions.perimeter(actor).side == row.holder_organisation)
    possible -= frozenset() if lifecycle.may_adjust(standing, own) else {Step.ADJUST}
    return frozenset(step.value for step in possible if granted[STEPS[step].action])


def _of_side(perimeter: Perimeter) -> Any:
    return EVENT.c.side == (perimeter.side or "")


# --- mails ------------------------------------------------------------------------------------------------------------


def notices(perimeter: Perimeter, actor: Actor, size: int = 50, only: int | None = None) -> tuple[Row[Any], ...]:
    """Return the latest notices to this person on tickets that the active mandate still sees, newest first.

    With `only`, at most the notice of this id.
    Each row has id, ticket_id, event_id, kind, recipient_id, subject, reader, body, state, created_at, sent_at, and as
    `data` what was stored of its entry: `ticketing.mail.rendering` writes the mail from them.
    """
    if perimeter.key is None:
        return ()
    table: Any = Notice.__table__
    names = ("id", "ticket_id", "event_id", "kind", "recipient_id", "subject", "reader", "body", "state", "created_at")
    return tuple(
        db.session.execute(
            select(*(table.c[name] for name in names), table.c.sent_at, NoticeWords.data)
            .outerjoin(NoticeWords, NoticeWords.event_id == table.c.event_id)
            .join(SCOPE, (SCOPE.c.ticket_id == table.c.ticket_id) & (SCOPE.c.key == perimeter.key))
            .where((table.c.kind != inbox.NOTED) | exists().where(EVENT.c.id == table.c.event_id, _of_side(perimeter)))
            .where(table.c.recipient_id == actor.account_id, *([] if only is None else [table.c.id == only]))
            .order_by(table.c.id.desc())
            .limit(size)
        )
    )
