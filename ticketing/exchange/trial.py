"""Try a profile without sending anything: exactly what would leave for an invented ticket, and how a reply is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from charters.database import reading
from ticketing.exchange import composing, incoming
from ticketing.exchange.content import Told
from ticketing.exchange.protocol import wire
from ticketing.exchange.protocol.kinds import KINDS
from ticketing.in_force import routing
from ticketing.mail import signatures
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.model import STATE_LABELS, State

#: The number of the invented ticket: high enough to be nobody's for long, and said to be an invention on the page.
SAMPLE = 999_999_999
REPLY_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it was pasted."""

    sender: str
    subject: str
    text: str


def sample(profile: Row[Any], now: datetime, their_number: str = "4567") -> tuple[str, ...]:
    """Return the mails of an invented ticket as they would leave: its opening, and an answer once it has a number."""
    first = _told(now, "", 1, "Le poste du CDI affiche un écran noir depuis ce matin.")
    second = _told(now, their_number, 2, "L’écran a été remplacé, le poste aussi.")
    name = routing.side_name(routing.router().conventions, profile.organisation)
    return tuple(_shown(profile, told, name, now) for told in (first, second))


def _told(now: datetime, their: str, sequence: int, text: str) -> Told:
    opening = sequence == 1
    return Told(
        ticket=SAMPLE,
        their_number=their,
        sequence=sequence,
        nature="opening" if opening else "text",
        happened="Demande" if opening else "Commentaire",
        state="new" if opening else "in_progress",
        at=now,
        title="Écran noir au CDI (exemple)",
        place="Collège d’exemple, Commune d’exemple",
        service="Équipement bureautique",
        party="Collectivité d’exemple",
        said_by="Collège d’exemple",
        text=text,
    )


def _shown(profile: Row[Any], told: Told, name: str, now: datetime) -> str:
    """Return a mail as it would leave: headers, readable part, JSON part. A key given by the other tool is hidden."""
    ready = composing.update(profile, told, now)
    message = SimpleNamespace(
        mark=wire.mark("update", profile.academie, profile.organisation, told.ticket, told.sequence),
        at=now,
        ticket_id=told.ticket,
    )
    mail: EmailMessage = composing.mail(ready, profile, message, name)
    heads = [f"{key}: {mail[key]}" for key in ("From", "To", "Message-ID", "References", "Auto-Submitted")]
    text = "\n".join([*heads, f"Subject: {ready.subject}", "", ready.body.rstrip()])
    key = composing.secret_of(profile).decode()
    if KINDS[profile.kind].key == "given" and key:
        text = text.replace(key, "••••••")
    if ready.json is not None:
        text += f"\n\n--- {wire.FILE_NAME} ---\n{wire.written(ready.json)}"
    return text


def read(profile: Row[Any], reply: Reply) -> tuple[tuple[str, str], ...]:
    """Return how a pasted reply would be read, as (label, text); nothing follows from it."""
    kind = KINDS[profile.kind]
    mail = ParsedMail(subject=reply.subject, senders=(reply.sender.strip().lower(),), text=reply.text[:REPLY_MAX])
    part = incoming.part_of(mail)
    if kind.id == "structured" or part is not None:
        return _read_part(profile, part)
    token = signatures.read_subject_token(reply.subject, composing.token_key(profile.id))
    wanted = (profile.writes_from or profile.address).lower()
    state = kind.state_of(reply.text)
    found = [
        ("Expéditeur", "celui du profil" if mail.senders[0] == wanted else f"pas celui du profil ({wanted})"),
        ("Notre référence", f"ticket n° {token}" if token is not None else "absente du sujet"),
        ("Numéro de l’autre outil", kind.number(reply.subject) or "aucun"),
        ("État dans l’autre outil", STATE_LABELS[State(state)] if state else "aucun de connu"),
    ]
    for entry in kind.entries(reply.text):
        label = "Notre message, répété" if entry.own else "Texte ajouté au ticket"
        found.append((label, entry.words or "aucun"))
    return tuple(found)


def _read_part(profile: Row[Any], part: str | bytes | None) -> tuple[tuple[str, str], ...]:
    """Return how a structured reply would be read."""
    if part is None:
        return (("Partie structurée", f"aucune : ni {wire.FILE_NAME} ni bloc « json guichet-echange »"),)
    try:
        found, message = wire.read(part)
    except wire.Unreadable as why:
        return (("Partie structurée", str(why)),)
    with reading() as session:
        known = incoming.profile_between(session, message)
    right = wire.is_signed(found, composing.secret_of(profile))
    said = [
        ("Type", message.type),
        ("Signature", "bonne" if right else "fausse : ce message irait en quarantaine"),
        ("Destinataire", "ce profil" if known is not None and known.id == profile.id else "pas ce profil"),
    ]
    if isinstance(message, wire.Update):
        label = STATE_LABELS[State(message.state)]
        said += [("Ticket", message.ticket.recipient or "inconnu"), ("Numéro de l’autre outil", message.ticket.sender)]
        said += [("Rang", str(message.sequence)), ("État", label), ("Texte", message.text or "aucun")]
    return tuple(said)
