"""What a person's mail may become, before anything is written: who speaks, of which ticket, and whether it came before.

It is judged twice: before the files are received, and again in the transaction that acts, on what holds then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from charters import gate
from charters.database import db
from charters.model import Actor, Role, Scope
from charters.permissions import Action
from matrix.french import fold
from ticketing.correspondence import entries, speakers, subjects, threads
from ticketing.correspondence.speakers import Speaker, Unheard
from ticketing.correspondence.threads import Thread
from ticketing.in_force import routing
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.model import Bond, HoldReason, State
from ticketing.tickets.store import TICKET

#: After how long a reply under another subject to a ticket that is resolved is a new demand.
LONG_AGO = timedelta(days=7)
PLACE_WANTED = "L’expéditeur ouvre des tickets dans plusieurs établissements, et le courriel ne dit pas lequel."
#: How long a reply waits for the mail that it answers, where its author opens no ticket.
PARENT_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Judged:
    """Who speaks, under which mandate, and of which ticket: its row, or None to open one, which `cites` an old one."""

    actor: Actor
    thread: Thread
    row: Any = None
    cites: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A mail to judge: as read, as kept, who is heard in it, and when."""

    mail: ParsedMail
    received: Received
    heard: Speaker
    now: datetime


def judge(mail: ParsedMail, received: Received, now: datetime) -> Judged | Outcome:
    """Return what a mail that a person wrote may become, or the outcome where it makes nothing. Reads the database.

    Whom a person of the académie named its author (`received.author`) speaks, and is neither counted nor asked again
    whether a list brought it: somebody looked at it.
    """
    heard = speakers.vouched_for(received.author, now) if received.author else speakers.speaker(mail, now)
    if isinstance(heard, Unheard):
        return _kept(heard.kind, heard.reason)
    thread = threads.thread(mail)
    row = None if thread.ticket is None else _row(thread.ticket)
    again = entries.seen(mail, heard.account, row.number if row is not None else None, now)
    if again is not None:
        return again
    counted = not received.author
    if counted and (why := entries.too_many(heard.account, row.number if row is not None else None, now)):
        return _kept("refused", why, heard)
    asked = _Asked(mail, received, heard, now)
    found = _opening(asked, thread) if row is None else _answering(asked, thread, row)
    return _kept("refused", found, heard) if isinstance(found, str) else found


def _answering(asked: _Asked, thread: Thread, row: Any) -> Judged | Outcome | str:
    """Judge a mail about a known ticket; a French sentence says why it waits for a person."""
    mail, heard, now = asked.mail, asked.heard, asked.now
    actor = speakers.seeing(heard, row)
    if actor is None:
        return "Ce courriel répond à un ticket qui n’est pas dans le périmètre de l’expéditeur."
    # A duplicate still takes words, and a ticket closed for want of an answer takes one, which opens it again.
    takes = row.parent_bond == Bond.DUPLICATE.value or row.hold_reason == HoldReason.REQUESTER.value
    ended = (row.state == State.CLOSED.value and not takes) or row.pseudonymised_at is not None
    if not ended and not _hijacked(mail, thread, row, now):
        return Judged(actor, thread, row)
    again = entries.seen(mail, heard.account, None, now)
    if again is not None:
        return again
    if not any(Action.OPEN in speakers.permissions_of(one) for one in heard.actors):
        return "Ce ticket est clos : il ne se commente plus, et l’expéditeur n’ouvre pas de ticket."
    return _opening(asked, Thread(), cites=row)


def _hijacked(mail: ParsedMail, thread: Thread, row: Any, now: datetime) -> bool:
    """Whether an old mail was taken to write of something else: another subject, and a ticket resolved long ago."""
    if thread.sure or row.state != State.RESOLVED.value or row.resolved_at is None:
        return False
    return bool(row.resolved_at < now - LONG_AGO and not subjects.alike(mail.subject, row.title))


def _opening(asked: _Asked, thread: Thread, cites: Any = None) -> Judged | Outcome | str:
    """Judge a mail that opens a ticket; a French sentence says why it waits for a person."""
    mail, heard, now = asked.mail, asked.heard, asked.now
    if (
        mail.automatic and not asked.received.author
    ):  # a list, or the rule of a box: nobody may have meant to write to the desk
        return "Ce courriel est venu par une liste ou par la redirection d’une boîte : dites s’il ouvre un ticket."
    if thread.ours:
        return "Ce courriel répond à un message du guichet qui ne parle d’aucun ticket en particulier."
    able = opening(heard)
    if not able and _awaits(mail, now):
        why = "Ce courriel répond à un autre, qui n’est pas encore arrivé : il attend un peu."
        return Outcome("parsed", "refused", why, account=heard.account)
    if not able:
        return "L’expéditeur n’ouvre pas de ticket : aucun de ses mandats ne le permet."
    place = _place(asked, places_of(able), cites)
    if place is None:
        return _kept("place-wanted", PLACE_WANTED, heard)
    here = [actor for actor in able if actor.mandate and actor.mandate.scope_id == place]
    actor = min(here, key=lambda one: one.role is not Role.CMI)  # the correspondant may name every service
    return Judged(actor, thread, None, cites.number if cites is not None else 0)


def opening(heard: Speaker) -> list[Actor]:
    """Return the person under each mandate that opens tickets, the oldest first."""
    return [actor for actor in heard.actors if _may_open(actor)]


def places_of(able: Sequence[Actor]) -> list[str]:
    """Return the établissements in which these actors open tickets, each once, in the order that a question gives."""
    return list(dict.fromkeys(actor.mandate.scope_id for actor in able if actor.mandate))


def _place(asked: _Asked, places: list[str], cites: Any) -> str | None:
    """Return the établissement that a mail is about, None where its author has several and names none, or several.

    What was said of the mail afterwards counts first, then the ticket that it goes on from, then its own words.
    """
    known = (asked.received.place, cites.etablissement if cites is not None else "")
    said = next((place for place in known if place in places), None)
    if said is not None or len(places) == 1:
        return said or places[0]
    named = named_in(f"{asked.mail.subject} {asked.mail.text[:2_000]}", places)
    return named[0] if len(named) == 1 else None


def _awaits(mail: ParsedMail, now: datetime) -> bool:
    """Whether a mail answers one that may still come: it was written a moment ago, and answers none that we know."""
    early = mail.sent_at is not None and now - PARENT_WITHIN < mail.sent_at <= now + PARENT_WITHIN
    return early and bool(mail.in_reply_to or mail.references)


def _may_open(actor: Actor) -> bool:
    mandate = actor.mandate
    scope = Scope(mandate.scope_id, academie="", holder="") if mandate else None
    return scope is not None and gate.permits(actor, Action.OPEN, scope).allowed


def named_in(text: str, places: Sequence[str]) -> list[str]:
    """Return the établissements that a text names, by their national number, their name or their commune."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', fold(text)))} "
    known = routing.router().conventions.etablissements
    found = []
    for place in places:
        one = known.get(place)
        names = [one.id, one.name, one.commune] if one is not None else []
        if any(f" {' '.join(re.findall(r'[a-z0-9]+', fold(name)))} " in said for name in names if name):
            found.append(place)
    return found


def _row(number: int) -> Any:
    return db.session.execute(select(TICKET).where(TICKET.c.number == number)).one_or_none()


def _kept(kind: str, reason: str, heard: Speaker | None = None) -> Outcome:
    return Outcome("quarantined", kind, reason, account=heard.account if heard else None)
