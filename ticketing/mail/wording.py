"""Write the text of a notice from the mail templates: its subject, its words to the requester and to the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from charters.mail_texts import MailTexts


@dataclass(frozen=True, slots=True)
class Happening:
    """An event to write about: the ticket's values after the step, the entry and its words, the decision's reason.

    `kind` is one of those that have a template under `mail/notices/`; `by_holder`: the author is on the holder's side.
    """

    ticket: Mapping[str, Any]
    event_id: int
    kind: str
    words: str
    why: str
    author_id: int | None
    by_holder: bool
    base_url: str


def said(happening: Happening, texts: MailTexts) -> dict[str, Any]:
    """Return the words of an event's notices, and the message ids that thread the mails of a ticket.

    All recipients read the same text except for what is expected of them: `to_requester` and `to_others`. The templates
    are `mail/notices/<kind>.txt`.
    """
    ticket, host = happening.ticket, urlsplit(happening.base_url).hostname or "guichet"
    number = ticket["number"]
    name = f"notices/{happening.kind}"
    values = {
        "ticket": ticket,
        "words": "\n".join(f"> {line}" for line in happening.words.splitlines()),
        "why": happening.why,
        "base_url": happening.base_url,
    }
    return {
        "number": number,
        "event": happening.event_id,
        "kind": happening.kind,
        "subject": texts.subject(name, values)[:250],
        "to_requester": texts.body(name, values | {"requester": True}),
        "to_others": texts.body(name, values | {"requester": False}),
        "mark": f"<ticket-{number}-{happening.event_id}-",
        "host": f"@{host}>",
        "thread": f"<ticket-{number}@{host}>",
    }
