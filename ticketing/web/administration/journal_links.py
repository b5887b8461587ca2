"""Where a line of the journal leads: the page of the ticket, person, article or agreement that it is about.

That page asks its own guard. A ticket out of the reader's sight leads on from there to the consultation with a reason;
an article out of sight, which has no such way, is not linked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from flask import g, url_for

from charters.signing import signatures
from matrix.conventions import Conventions
from ticketing.articles import reading
from ticketing.in_force import routing
from ticketing.model import may_be_number
from ticketing.oversight.journal import JournalEntry

#: A sigle, as the events of access name the person that they are about.
_SIGLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_OF_A_PERSON = ("account.", "identity.", "key.", "login.", "mandate.", "password.", "pin.", "reset.", "session.")
#: The address that was refused, on a line of a refusal.
_TICKET = re.compile(r"/tickets/(\d{1,10})(?:/.*)?")
#: First word of a subject -> the page, and the name of its number there.
_NUMBERED = {
    "ticket": ("tickets.show", "number"),
    "compte": ("people.show", "account_id"),
    "article": ("articles.show", "article_id"),
    "projet": ("drafts.show", "draft_id"),
    "courriel": ("incoming_mail.mail", "mail_id"),
}


def links(entries: Iterable[JournalEntry]) -> dict[int, str]:
    """Return the address to which each line leads, by the number of the line; none for a line about no page."""
    shown = list(entries)
    articles = {number for kind, number in map(_numbered, shown) if kind == "article"}
    readable = reading.readable(g.actor, articles) if articles else frozenset()
    conventions = routing.router().conventions
    found = ((entry.number, _link(entry, readable, conventions)) for entry in shown)
    return {number: address for number, address in found if address}


def _numbered(entry: JournalEntry) -> tuple[str, int]:
    """Return the kind and the number of the thing that a line is about; the kind is empty if it has no number."""
    kind, _, rest = entry.subject.partition(" ")
    if kind not in _NUMBERED or not (
        rest.isascii() and rest.isdigit() and len(rest) <= 20 and may_be_number(int(rest))
    ):
        return "", 0
    return kind, int(rest)


def _link(entry: JournalEntry, readable: Collection[int], conventions: Conventions) -> str | None:
    kind, number = _numbered(entry)
    if kind and (kind != "article" or number in readable):
        page, name = _NUMBERED[kind]
        values: dict[str, Any] = {name: number}
        return url_for(page, **values)
    if found := _TICKET.fullmatch(entry.subject):
        return url_for("tickets.show", number=int(found[1]))
    first, _, rest = entry.subject.partition(" ")
    if first == "accord" and rest in conventions:
        return url_for("cells.show", convention_id=rest)
    if first in signatures.KINDS:
        return url_for("charters.edit", kind=first)
    if first == "interruption":
        return url_for("interruptions.index")
    if first == "octobre":
        return url_for("campaign.index")
    if entry.event.startswith(_OF_A_PERSON) and _SIGLE.fullmatch(entry.subject):
        return url_for("people.index", q=entry.subject)
    return None
