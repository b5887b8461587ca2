"""Say what a notice is about: its subject, and the values from which its mail is written as it leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

#: The ticket's columns of which a mail tells.
_TOLD = (
    "title",
    "etablissement_name",
    "etablissement_commune",
    "service_label",
    "activity_label",
    "holder_name",
    "assignee_name",
    "visit",
    "calendar",
    "by",
    "rule_by",
    "said_name",
)
_CITED = ("document", "ref", "quote", "reading")


class Texts(Protocol):
    """The templates of mails, of which only the subject is wanted here."""

    def subject(self, name: str, values: Mapping[str, object]) -> str: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the ticket is where it is: a sentence, and the clauses cited, as `CitationView` or as the row keeps them."""

    why: str
    citations: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """An event to write about: the ticket's values after the step, the entry and its words, the decision's reason.

    Beside its columns the ticket has `visit` (a day in words) and `calendar` (a file) where a visit is planned or
    cancelled, `by` (who wrote) where a text names people, `sides`, `rule_by` and `said_name` where a contest is told
    of, and `promised`: what its parties promise and have still to keep, with instants as ISO text.

    `kind` is one of those that have a template under `mail/notices/`; `by_holder`: the author is on the holder's side.
    """

    ticket: Mapping[str, Any]
    event_id: int
    kind: str
    words: str
    reason: Reason
    author_id: int | None
    by_holder: bool
    base_url: str


def said(happening: Happening, texts: Texts) -> dict[str, Any]:
    """Return what is stored of an event's notices: subject, values of the mail, and the ids that thread the mails.

    Only the subject is rendered here, in the commit of the act; `rendering` writes the rest when the mail leaves.
    """
    ticket, host = happening.ticket, host_of(happening.base_url)
    number, kind = ticket["number"], happening.kind
    due: datetime | None = ticket.get("text_due_at")
    return {
        "number": number,
        "event": happening.event_id,
        "kind": kind,
        "subject": texts.subject(f"notices/{kind}", {"ticket": ticket})[:250],
        "mark": f"<ticket-{number}-{happening.event_id}-",
        "host": f"@{host}>",
        "thread": f"<ticket-{number}@{host}>",
        "data": {name: ticket.get(name) or "" for name in _TOLD}
        | {
            "words": happening.words,
            "why": happening.reason.why,
            "clause": _clause(happening.reason.citations),
            "promised": ticket.get("promised") or [],
            "due_at": due.isoformat() if due is not None else "",
            "opened_at": ticket["opened_at"].isoformat(),
        },
    }


def _clause(citations: Sequence[Any]) -> dict[str, str]:
    """Return the citation that decides as a mail quotes it, the first; empty where a decision has no clause."""
    if not citations:
        return {}
    first = citations[0]
    known = first if isinstance(first, Mapping) else {name: getattr(first, name) for name in _CITED}
    return {name: known.get(name) or "" for name in _CITED}


def host_of(base_url: str) -> str:
    """Return the name under which this installation signs its Message-IDs."""
    return urlsplit(base_url).hostname or "guichet"
