"""Take in a structured message whose signature is right: an update in its order, or what asks, compares or tries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from charters.rules import seal, unseal
from ticketing.errors import StepRefused
from ticketing.exchange import comments, outgoing, reconciliation
from ticketing.exchange.composing import sealed_as
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.protocol.sequence import Place, Stream
from ticketing.exchange.protocol.wire import Message, Reconciliation, Request, Trial, Update
from ticketing.exchange.shown import learn_number
from ticketing.files.receiving import Received

#: A request or a reconciliation older than this is not acted on: somebody plays an old mail again.
STALE = timedelta(days=7)
#: What was sent again a moment ago is not sent again at once, however often it is asked for.
SPARE = timedelta(minutes=1)
_LEFT_BEHIND = "\n\n[Ce message est arrivé avant son tour : les fichiers joints sont restés dans le courriel.]"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: applied, ignored or quarantined, with the reason, the ticket and the entry made."""

    state: str
    reason: str
    ticket: int | None = None
    event: int | None = None


def take(session: Session, profile: Row[Any], message: Message, now: datetime, files: Sequence[Received]) -> Taken:
    """Act on a message in the current transaction; `files` came with it."""
    session.execute(update(PROFILE).where(PROFILE.c.id == profile.id).values(heard_at=now))
    if isinstance(message, Update):
        return _update(session, profile, message, now, files)
    if _known(session, profile, message.id):
        return Taken("ignored", "Ce message de l’autre outil est déjà pris en compte.")
    if isinstance(message, Trial):
        _keep(session, profile, message.id, "trial", now)
        return Taken("applied", "Essai de l’autre outil reçu : la clé est la bonne.")
    if _age(message.sent_at, now) > STALE:
        return Taken("ignored", "Ce message de l’autre outil est trop ancien pour qu’on y réponde.")
    if isinstance(message, Request):
        return _request(session, profile, message, now)
    assert isinstance(message, Reconciliation)
    differing = reconciliation.compare(session, profile, message, now)
    _keep(session, profile, message.id, "reconciliation", now)
    session.execute(update(PROFILE).where(PROFILE.c.id == profile.id).values(reconciled_at=now))
    return Taken("applied", f"Rapprochement reçu : {len(message.tickets)} tickets, {differing} écarts.")


def _age(sent_at: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(sent_at)


def _known(session: Session, profile: Row[Any], mark: str) -> bool:
    return (
        session.scalar(
            select(MESSAGE.c.id).where(
                MESSAGE.c.profile_id == profile.id, MESSAGE.c.direction == "in", MESSAGE.c.mark == mark
            )
        )
        is not None
    )


def _keep(session: Session, profile: Row[Any], mark: str, kind: str, now: datetime, **more: Any) -> None:
    values = {"profile_id": profile.id, "direction": "in", "mark": mark, "kind": kind, "state": "applied"}
    session.execute(insert(MESSAGE).values(**values | more, next_at=now, at=now, done_at=now))


def _request(session: Session, profile: Row[Any], message: Request, now: datetime) -> Taken:
    link = _link(session, profile, message.ticket.recipient, message.ticket.sender)
    if link is None:
        return Taken("quarantined", "L’autre outil demande les messages d’un ticket qu’il ne suit pas.")
    _keep(session, profile, message.id, "request", now, link_id=link.id, ticket_id=link.ticket_id)
    again = outgoing.send_again(session, link.id, message.missing, now, SPARE)
    return Taken("applied", f"L’autre outil a redemandé des messages : {again} renvoyés.", link.ticket_id)


def _link(session: Session, profile: Row[Any], ours: str | None, theirs: str) -> Row[Any] | None:
    """Return the link of a ticket by our number, else by theirs; locked. A profile reaches its own links only."""
    if ours is not None:
        ours_is_number = ours.isascii() and ours.isdigit() and len(ours) < 18
        return outgoing.link_of(session, profile.id, int(ours)) if ours_is_number else None
    query = select(LINK).where(LINK.c.profile_id == profile.id, LINK.c.their_number == theirs).with_for_update()
    return session.execute(query.limit(1)).one_or_none()


def _update(session: Session, profile: Row[Any], message: Update, now: datetime, files: Sequence[Received]) -> Taken:
    link = _link(session, profile, message.ticket.recipient, message.ticket.sender)
    if link is None:
        return Taken(
            "quarantined", "L’autre outil parle d’un ticket qui ne lui a pas été transmis : rien n’est ouvert pour lui."
        )
    number = link.ticket_id
    learn_number(session, link, message.ticket.sender, now)
    known = reconciliation.stream(session, link)
    place = known.place(message.sequence)
    if _known(session, profile, message.id):
        return Taken("ignored", f"Message {message.sequence} de l’autre outil, déjà reçu.", number)
    if place is Place.KNOWN:
        return _late(session, profile, link, message, now, files)
    if place is Place.FAR:
        return Taken("quarantined", "Ce message est trop en avance sur les autres du même ticket.", number)
    session.execute(
        insert(MESSAGE).values(
            profile_id=profile.id,
            link_id=link.id,
            ticket_id=number,
            direction="in",
            kind="update",
            mark=message.id,
            sequence=message.sequence,
            ticket_state=message.state,
            payload=_sealed(profile, message, len(files)),
            state="held",
            next_at=now,
            at=now,
        )
    )
    came = {message.sequence: files}
    return apply_ready(session, profile, link, known.with_held(message.sequence), now, came)


def _late(
    session: Session, profile: Row[Any], link: Row[Any], message: Update, now: datetime, files: Sequence[Received]
) -> Taken:
    """Apply an update that was given up and comes after all: its words are kept, its state is no longer the last."""
    taken = select(MESSAGE.c.id).where(
        MESSAGE.c.link_id == link.id, MESSAGE.c.direction == "in", MESSAGE.c.sequence == message.sequence
    )
    if session.scalar(taken) is not None:
        return Taken("quarantined", "Deux messages différents de l’autre outil portent le même rang.", link.ticket_id)
    try:
        said = comments.Said(message.text, proved=True, files=files)
        event = comments.add(session, profile, link.ticket_id, said, now)
    except StepRefused as stop:
        return Taken("quarantined", str(stop), link.ticket_id)
    more = {"link_id": link.id, "ticket_id": link.ticket_id, "sequence": message.sequence, "event_id": event}
    _keep(session, profile, message.id, "update", now, ticket_state=message.state, **more)
    return Taken("applied", f"Message {message.sequence} de l’autre outil, qui manquait.", link.ticket_id, event)


def apply_ready(
    session: Session,
    profile: Row[Any],
    link: Row[Any],
    known: Stream,
    now: datetime,
    came: Mapping[int, Sequence[Received]] = MappingProxyType({}),
) -> Taken:
    """Apply the held updates whose turn has come; say what became of the last that came. `came`: files just come."""
    ready = known.ready()
    event, refused = None, ""
    for order in ready:
        row = session.execute(
            select(MESSAGE).where(
                MESSAGE.c.link_id == link.id, MESSAGE.c.direction == "in", MESSAGE.c.sequence == order
            )
        ).one()
        said = json.loads(unseal(sealed_as(profile.academie, profile.organisation), row.payload))
        files = came.get(order, ())
        text = said["text"] + (_LEFT_BEHIND if said["files"] and not files else "")
        try:
            words = comments.Said(text, row.ticket_state, proved=True, files=files)
            event, why = comments.add(session, profile, link.ticket_id, words, now), ""
        except StepRefused as stop:
            why = refused = str(stop)
        session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id == row.id)
            .values(state="refused" if why else "applied", reason=why[:300], payload="", event_id=event, done_at=now)
        )
        values = {"their_state": row.ticket_state, "their_state_at": now, "their_sequence": order, "moved_at": now}
        session.execute(update(LINK).where(LINK.c.id == link.id).values(**values))
    _note_gap(session, link, known.applied(ready), now)
    if not ready:
        return Taken("applied", "Message reçu avant son tour : il attend ceux qui manquent.", link.ticket_id)
    if refused:
        return Taken("quarantined", refused, link.ticket_id)
    return Taken("applied", f"Message {ready[-1]} de l’autre outil.", link.ticket_id, event)


def _note_gap(session: Session, link: Row[Any], known: Stream, now: datetime) -> None:
    """Note since when a gap is open; a gap that moved is waited for anew."""
    missing = known.missing(link.announced)
    values: dict[str, Any] = {"gap_since": None, "asked_at": None, "asked": 0}
    if missing:
        same = link.gap_since is not None and known.upto == link.their_sequence
        values = {} if same else {"gap_since": now, "asked_at": None, "asked": 0}
    if values:
        session.execute(update(LINK).where(LINK.c.id == link.id).values(**values))


def go_on_without(session: Session, profile: Row[Any], link: Row[Any], missing: Iterable[int], now: datetime) -> int:
    """Apply what came after a gap that nobody fills; the page says which messages never came. Returns 0."""
    known = reconciliation.stream(session, link)
    lost = [one for one in missing if not known.held or one < min(known.held)]
    drift = f"Messages jamais reçus : {', '.join(map(str, lost))}"[:200]
    values: dict[str, Any] = {"drift": drift, "gap_since": None, "asked_at": None, "asked": 0, "announced": 0}
    if not known.held:
        values["their_sequence"] = max(lost)
    session.execute(update(LINK).where(LINK.c.id == link.id).values(**values))
    if known.held:
        fresh = session.execute(select(LINK).where(LINK.c.id == link.id)).one()
        apply_ready(session, profile, fresh, known.skipping(), now)
    return 0


def _sealed(profile: Row[Any], message: Update, files: int) -> str:
    kept = json.dumps({"text": message.text, "files": files}, ensure_ascii=False).encode()
    return seal(sealed_as(profile.academie, profile.organisation), kept)
