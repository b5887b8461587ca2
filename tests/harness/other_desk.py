"""Simulated help desks of the other party, and the unreliable post between them and Guichet.

`Structured` is written from `docs/echange.md` alone: nothing of the program is imported, so that it shows that another
editor can implement it. `GlpiLike` does what GLPI's mail collector does: it finds its ticket by the last bracket of the
subject that holds a number sign, else opens one, and its notices repeat the whole history. `bare` is the same tool
behind a relay that strips every header but the subject.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from ticketing.mail.incoming.parsed import Attached, ParsedMail

STATES = ("new", "in_progress", "on_hold", "in_progress")


class Post:
    """Carries mails: `due` gives them shuffled, some doubled, a share lost. Deterministic by its seed."""

    def __init__(self, seed: int, lost: float = 0.05, doubled: float = 0.2) -> None:
        self.chance, self.lost, self.doubled = random.Random(seed), lost, doubled
        self.waiting: list[Any] = []
        self.carried = self.dropped = 0

    def put(self, mail: Any) -> None:
        self.waiting.append(mail)

    def due(self) -> list[Any]:
        found = []
        for mail in self.waiting:
            self.carried += 1
            if self.chance.random() < self.lost:
                self.dropped += 1
                continue
            found += [mail, mail] if self.chance.random() < self.doubled else [mail]
        self.waiting = []
        self.chance.shuffle(found)
        return found


def text_of(mail: EmailMessage) -> str:
    """The readable part of a mail of ours."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def subject_of(mail: EmailMessage) -> str:
    from email.header import decode_header, make_header

    return str(make_header(decode_header(str(mail["Subject"]))))


# --- structured -------------------------------------------------------------------------------------------------------


def canonical(message: dict[str, Any]) -> bytes:
    kept = {key: value for key, value in message.items() if key != "signature"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign(message: dict[str, Any], key: bytes) -> dict[str, Any]:
    return message | {"signature": "hmac-sha256=" + hmac.new(key, canonical(message), hashlib.sha256).hexdigest()}


@dataclass
class Followed:
    """A ticket in the structured desk: its own stream and what it received of the other."""

    number: str
    sent: list[dict[str, Any]] = field(default_factory=list)
    got: dict[int, dict[str, Any]] = field(default_factory=dict)
    upto: int = 0
    state: str = "new"

    def received(self) -> list[str]:
        return [self.got[order]["text"] for order in range(1, self.upto + 1) if self.got[order]["text"]]


class Structured:
    """A desk that speaks the structured protocol, with its own numbers."""

    def __init__(self, name: str, other: str, key: str, post: Post) -> None:
        self.name, self.other, self.key, self.post = name, other, key.encode(), post
        self.tickets: dict[str, Followed] = {}
        self.refused: list[str] = []
        self.made = 0

    def take(self, mail: EmailMessage, now: datetime) -> None:
        for part in mail.iter_attachments():
            if part.get_filename() == "guichet-echange.json":
                message = json.loads(part.get_content())
                right = sign(message, self.key)["signature"]
                if not hmac.compare_digest(right, message["signature"]):
                    self.refused.append("signature")
                    return
                getattr(self, message["type"])(message, now)

    def update(self, message: dict[str, Any], now: datetime) -> None:
        ours = message["ticket"]["sender"]
        ticket = self.tickets.setdefault(ours, Followed(f"D-{4567 + len(self.tickets)}"))
        ticket.got.setdefault(message["sequence"], message)
        while ticket.upto + 1 in ticket.got:
            ticket.upto += 1

    def request(self, message: dict[str, Any], now: datetime) -> None:
        ticket = self.tickets[message["ticket"]["sender"]]
        for order in message["missing"]:
            if order <= len(ticket.sent):
                self._send(ticket.sent[order - 1])

    def reconciliation(self, message: dict[str, Any], now: datetime) -> None:
        for line in message["tickets"]:
            ours = line["ticket"]["sender"]
            ticket = self.tickets.setdefault(ours, Followed(f"D-{4567 + len(self.tickets)}"))
            for one in ticket.sent[line["received"] :]:
                self._send(one)
            missing = [order for order in range(1, line["sent"] + 1) if order not in ticket.got]
            if missing:
                numbers = {"sender": ticket.number, "recipient": ours}
                self._send(self._head("request", now) | {"ticket": numbers, "missing": missing})

    def trial(self, message: dict[str, Any], now: datetime) -> None:
        """Nothing follows from a trial."""

    def say(self, ours: str, text: str, state: str, now: datetime) -> None:
        ticket = self.tickets[ours]
        ticket.state = state
        message = self._head("update", now) | {
            "ticket": {"sender": ticket.number, "recipient": ours},
            "party": self.name,
            "sequence": len(ticket.sent) + 1,
            "nature": "text" if text else "state",
            "state": state,
            "at": now.isoformat(),
            "text": text,
        }
        ticket.sent.append(message)
        self._send(message)

    def reconcile(self, now: datetime) -> None:
        lines = []
        for ours, ticket in self.tickets.items():
            lines.append(
                {
                    "ticket": {"sender": ticket.number, "recipient": ours},
                    "state": ticket.state,
                    "sent": len(ticket.sent),
                    "sent_digest": _digest(ticket.sent),
                    "received": ticket.upto,
                    "received_digest": _digest([ticket.got[one] for one in range(1, ticket.upto + 1)]),
                }
            )
        self._send(self._head("reconciliation", now) | {"tickets": lines})

    def _head(self, kind: str, now: datetime) -> dict[str, Any]:
        self.made += 1
        mark = hashlib.sha256(f"{self.name}{self.made}".encode()).hexdigest()[:32]
        head = {"version": 1, "type": kind, "id": mark, "sender": self.name, "recipient": self.other}
        return head | {"sent_at": now.isoformat()}

    def _send(self, message: dict[str, Any]) -> None:
        self.post.put(structured_mail(sign(message, self.key)))


def _digest(stream: list[dict[str, Any]]) -> str:
    lines = "".join(f"{one['sequence']}:{one['id']}:{one['state']}\n" for one in stream)
    return hashlib.sha256(lines.encode()).hexdigest()


def structured_mail(message: dict[str, Any], *, fenced: bool = False) -> ParsedMail:
    """A mail as our reading gives it, with a structured message attached or in its text."""
    text = json.dumps(message, ensure_ascii=False)
    if fenced:
        return ParsedMail(subject="Suivi", text=f"Bonjour\n\n```json guichet-echange\n{text}\n```\n")
    part = Attached(filename="guichet-echange.json", content_type="application/json", content=text.encode())
    return ParsedMail(subject="Suivi", text="Voir la pièce jointe.", attachments=(part,))


# --- a tool like GLPI -------------------------------------------------------------------------------------------------

_FINDS = re.compile(r"\[.+#(\d+)\]")
_MARKED = re.compile(r"Guichet n° (\d+), message (\d+)")


@dataclass
class GlpiTicket:
    """A ticket of the GLPI-like desk: its title is the subject of the mail that opened it."""

    number: int
    title: str
    state: str = "Nouveau"
    followups: list[tuple[str, str]] = field(default_factory=list)


class GlpiLike:
    """A desk that reads mails as GLPI's collector does. `bare`: its mails lose every header but the subject."""

    ADDRESS = "glpi@departement.example"

    def __init__(self, post: Post, *, bare: bool = False) -> None:
        self.post, self.bare = post, bare
        self.tickets: dict[int, GlpiTicket] = {}
        self.sent = 0
        self.seen: set[str] = set()

    def take(self, mail: EmailMessage, now: datetime) -> None:
        if mail["Message-ID"] in self.seen:  # its mail server delivers a message once
            return
        self.seen.add(mail["Message-ID"])
        subject, text = subject_of(mail), text_of(mail).strip()
        found = _FINDS.search(subject)
        ticket = self.tickets.get(int(found[1])) if found else None
        if ticket is None:
            number = 1230 + len(self.tickets)
            ticket = self.tickets[number] = GlpiTicket(number, subject)
        ticket.followups.append((f"{now:%Y-%m-%d %H:%M:%S} par Guichet", text))
        self.notify(ticket, now)

    def say(self, number: int, text: str, state: str, now: datetime) -> None:
        ticket = self.tickets[number]
        ticket.state = state
        ticket.followups.append((f"{now:%Y-%m-%d %H:%M:%S} par Dubois Anne", text))
        self.notify(ticket, now)

    def notify(self, ticket: GlpiTicket, now: datetime) -> None:
        self.sent += 1
        entries = "\n\n".join(f"[Suivi {head}]\n{text}" for head, text in reversed(ticket.followups))
        text = (
            "=-=-=-= Pour répondre par courriel, écrivez au-dessus de cette ligne =-=-=-=\n\n"
            f"Titre : {ticket.title}\nStatut : {ticket.state}\n\n{entries}\n\n"
            f"Nombre de suivis : {len(ticket.followups)}\n-- \nSupport\n"
        )
        subject = f"[GLPI #{ticket.number:0>7}] Nouveau suivi {ticket.title}"
        if self.bare:
            self.post.put(ParsedMail(subject=subject, text=text))
            return
        self.post.put(
            ParsedMail(
                subject=subject,
                text=text,
                senders=(self.ADDRESS,),
                message_id=f"<GLPI_3f2a-Ticket-{ticket.number}/add_followup.{self.sent}.7@glpi.example>",
                automatic="auto-generated",
                sent_at=now,
            )
        )

    def followed(self) -> dict[int, GlpiTicket]:
        """Our number -> the last ticket opened for it here."""
        return {int(_first(ticket)[0]): ticket for ticket in self.tickets.values()}

    def received(self, ticket: GlpiTicket) -> set[int]:
        """Which of our messages are in a ticket here."""
        marks = [_MARKED.search(text) for _, text in ticket.followups]
        return {int(mark[2]) for mark in marks if mark and int(mark[2])}

    @staticmethod
    def own(ticket: GlpiTicket) -> list[str]:
        """What this desk's own people wrote."""
        return [text for head, text in ticket.followups if not head.endswith("Guichet")]


def _first(ticket: GlpiTicket) -> tuple[str, str]:
    mark = _MARKED.search(ticket.followups[0][1])
    assert mark is not None
    return mark[1], mark[2]
