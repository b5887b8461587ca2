"""Compose a message to another tool as it is sent: the words of its kind's template, and the signed JSON part."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from charters.rules import unseal
from ticketing.exchange.content import Told
from ticketing.exchange.protocol import kinds, wire
from ticketing.exchange.protocol.kinds import KINDS, Kind
from ticketing.mail import messages, signatures
from ticketing.settings import desk_settings


@dataclass(frozen=True, slots=True)
class Ready:
    """A message ready to be sent: its subject, its readable part, and its JSON part if the kind has one."""

    subject: str
    body: str
    json: Mapping[str, Any] | None = None


def token_key(profile: int) -> bytes:
    """Return the key of the subject tokens that one profile alone is sent: nobody else can quote them."""
    return hmac.digest(desk_settings().mail_key, f"exchange {profile}".encode(), sha256)


def secret_of(profile: Any) -> bytes:
    """Return the key shared with the other tool; empty where there is none."""
    return unseal(sealed_as(profile.academie, profile.organisation), profile.secret) if profile.secret else b""


def sealed_as(academie: str, organisation: str) -> str:
    """Return the name under which a profile's secrets are sealed, so that none can be moved to another profile."""
    return f"exchange {academie} {organisation}"


def update(profile: Any, told: Told, made: datetime) -> Ready:
    """Return the message of an update. `made` is when it was written, the same at each try."""
    kind = KINDS[profile.kind]
    words = _words(profile, kind, told)
    texts = desk_settings().mail_texts
    subject = messages.one_line(texts.subject(f"exchange/{kind.id}", words))
    body = texts.body(f"exchange/{kind.id}", words)
    if kind.id != "structured":
        return Ready(subject, body)
    return Ready(subject, body, structured(profile, _update(profile, told), made))


def other(profile: Any, what: str, content: Mapping[str, Any], said: Mapping[str, Any], made: datetime) -> Ready:
    """Return a request, a reconciliation or a trial; `content` are the keys of its JSON part, `said` the words."""
    texts = desk_settings().mail_texts
    values = {"what": what, "profile": profile, **said}
    subject = messages.one_line(texts.subject("exchange/service", values))
    body = texts.body("exchange/service", values)
    if profile.kind != "structured":
        return Ready(subject, body)
    return Ready(subject, body, structured(profile, {"type": what, **content}, made))


def point(profile: Any, link: Row[Any]) -> Ready:
    """Return the message by which a tool that repeats its history in each notice is asked for one."""
    texts, kind = desk_settings().mail_texts, KINDS[profile.kind]
    words = {
        "token": signatures.subject_token(token_key(profile.id), link.ticket_id),
        "their": kind.written(link.their_number),
        "mark": f"Guichet n° {link.ticket_id}, message 0",
        "sent": link.own_sequence,
        "received": link.their_sequence,
    }
    return Ready(messages.one_line(texts.subject("exchange/point", words)), texts.body("exchange/point", words))


def structured(profile: Any, content: Mapping[str, Any], made: datetime) -> dict[str, Any]:
    """Return the JSON part with what every message has, signed by the shared key."""
    head = {
        "version": wire.VERSION,
        "sender": profile.academie,
        "recipient": profile.organisation,
        "sent_at": made.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return wire.signed({**head, **content}, secret_of(profile))


def _update(profile: Any, told: Told) -> dict[str, Any]:
    return {
        "type": "update",
        "id": wire.mark("update", profile.academie, profile.organisation, told.ticket, told.sequence),
        "ticket": {"sender": str(told.ticket), "recipient": told.their_number or None},
        "party": told.party,
        "sequence": told.sequence,
        "nature": told.nature,
        "state": told.state,
        "at": told.at.astimezone(UTC).isoformat(timespec="seconds"),
        "title": told.title,
        "place": told.place,
        "service": told.service,
        "said_by": told.said_by,
        "text": told.text,
        "masks": told.masks,
        "legs": [],
    }


def _words(profile: Any, kind: Kind, told: Told) -> dict[str, Any]:
    """Return what the template of a kind is told. Words of people hold nothing that the other tool would act on."""
    clean = {name: kinds.neutral(getattr(told, name)) for name in ("title", "text", "place", "party", "said_by")}
    if kind.key == "given":
        clean = {name: kinds.sealed_off(words) for name, words in clean.items()}
    return clean | {
        "token": signatures.subject_token(token_key(profile.id), told.ticket),
        "their": kind.written(told.their_number),
        "told": told,
        "form": profile.form,
        "key": secret_of(profile).decode() if kind.key == "given" else "",
        "mark": f"Guichet n° {told.ticket}, message {told.sequence}",
        "address": parseaddr(desk_settings().mail_from)[1],
        "base_url": desk_settings().base_url,
    }


def mail(ready: Ready, profile: Any, message: Row[Any] | Any, name: str) -> EmailMessage:
    """Return the mail of a message, the same at each try but for what changed of the ticket meanwhile."""
    settings = desk_settings()
    host = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    made = messages.message(
        mail_from=settings.mail_from,
        to=(name, profile.address),
        subject=ready.subject,
        written_at=message.at,
        message_id=f"<{message_name(profile.id, message.mark)}@{host}>",
        body=ready.body,
    )
    if KINDS[profile.kind].key != "none" or profile.kind != "plain":
        del made["X-Auto-Response-Suppress"]  # collectors refuse what has it; what we answer is told by other marks
    if message.ticket_id is not None:
        made["References"] = f"<echange-{profile.id}-ticket-{message.ticket_id}@{host}>"
    if ready.json is not None:
        made.add_attachment(
            wire.written(ready.json).encode(),
            maintype="application",
            subtype="json",
            filename=wire.FILE_NAME,
        )
    return made


def message_name(profile: int, mark: str) -> str:
    """Return the left part of the Message-ID of a message."""
    return f"echange-{profile}-{mark}"
