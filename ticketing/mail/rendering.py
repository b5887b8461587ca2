"""Write the two parts of a mail, plain text and HTML, as it leaves: those of a notice and those of a letter.

A notice is written from what was stored of its entry (`wording.said`); masked or erased words are stored no more, so
they stand in neither part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from charters.mail_texts import MailTexts
from matrix.french.grammar import of
from matrix.wording import capital, reference, with_article
from ticketing.formats import french_datetime
from ticketing.mail import outbox, plain_text, signatures
from ticketing.settings import DeskSettings

MASKED = "Le texte de ce message a été masqué."
#: Where people choose which mails they get.
PREFERENCES = "/compte/avis"


@dataclass(frozen=True, slots=True)
class Written:
    """The two parts of a mail: plain text and HTML."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a mail, with what it says."""

    label: str
    href: str


def notice(row: Any, data: Mapping[str, Any] | None, settings: DeskSettings, earlier: Sequence[Any] = ()) -> Written:
    """Return the parts of a notice: `row` has its kind, ticket, reader, subject and body; `data` is what was stored.

    A mail older than what is stored has its whole text in `body`. Where neither is left, the words were masked.
    `earlier` are the events of the ticket that the same mail tells of first (`digests.DigestEvent`).
    """
    texts = settings.mail_texts
    told = texts.body("digests/together", {"events": earlier, "count": len(earlier) + 1}) if earlier else ""
    if data is None:
        body = row.body or f"{MASKED}\n"
        return letter(row.subject, f"{told}\n{body}" if told else body, settings)
    said = values(row, data, settings) | {"earlier": earlier, "earlier_said": told}
    name = f"notices/{row.kind}"
    text = texts.body(name, said | {"words": _quoted(data["words"])})
    words = Markup(settings.words_html(data["words"]))  # noqa: S704 - cleaned HTML
    html = texts.html(name, said | _unbroken(said) | {"words": words})
    return Written(plain_text.wrapped(text), html)


def letter(subject: str, body: str, settings: DeskSettings) -> Written:
    """Return the parts of a mail whose whole text is known: its HTML says the same, in the same layout."""
    said = {
        "subject": subject.removeprefix("[Guichet] "),
        "blocks": plain_text.blocks(body),
        "base_url": settings.base_url,
    }
    return Written(plain_text.wrapped(body), settings.mail_texts.html("letter", said))


def values(row: Any, data: Mapping[str, Any], settings: DeskSettings) -> dict[str, Any]:
    """Return the variables of a notice's templates, but for the words of the entry: what happened, what is expected…"""
    page = f"{settings.base_url}/tickets/{row.ticket_id}"
    requester = row.reader == outbox.REQUESTER
    said: dict[str, Any] = {
        "ticket": {"number": row.ticket_id, **data},
        "subject": row.subject,
        "kind": row.kind,
        "requester": requester,
        "follower": row.reader == outbox.FOLLOWER,
        "by_mail": settings.takes_mail(),
        "close_days": settings.close_days,
        "clause": _clause(data["clause"]),
        "due": french_datetime(datetime.fromisoformat(data["due_at"])) if data["due_at"] else "",
        "promised": _promised(data.get("promised") or (), requester or row.reader == outbox.FOLLOWER),
        "base_url": settings.base_url,
        "page": page,
        "preferences": f"{settings.base_url}{PREFERENCES}",
        "links": _answers(row, page, settings) if requester else (),
    }
    return said | _said(settings.mail_texts, f"notices/{row.kind}", said)


def _promised(kept: Sequence[Mapping[str, Any]], requester: bool) -> tuple[str, ...]:
    """Return what parties promise, a line each: a requester reads what was promised at the opening alone."""
    told = []
    for one in kept:
        ends = [
            f"{label} avant le {french_datetime(datetime.fromisoformat(one[name]))}"
            for name, label in (("answer_by", "première réponse"), ("resolve_by", "résolution"))
            if one.get(name)
        ]
        if ends and (one["asked"] or not requester):
            told.append(f"Engagement {of(with_article(one['name']))} : {', '.join(ends)}.")
    return tuple(told)


def _said(texts: MailTexts, name: str, said: Mapping[str, Any]) -> dict[str, str]:
    return {part: texts.piece(name, said, part) for part in ("happened", "expected")}


def _unbroken(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sentences of the HTML part with no-break spaces before « : », « ; », « ? », « ! » and in quotes."""
    apart = plain_text.apart
    return {
        "ticket": said["ticket"] | {"why": apart(said["ticket"]["why"])},
        "clause": {name: apart(text) for name, text in said["clause"].items()},
        "happened": apart(said["happened"]),
        "expected": apart(said["expected"]),
    }


def _answers(row: Any, page: str, settings: DeskSettings) -> tuple[Link, ...]:
    """Return the links to the forms that answer a mail; only the forms change anything.

    The ticket's page asks to log in. The link on satisfaction is signed for its recipient, and says nothing else.
    """
    if row.kind not in ("resolved", "added"):
        return ()
    steps = (("Confirmer", "confirmer"), ("Ce n’est pas réglé", "rouvrir"))
    links = [Link(label, f"{page}?etape={step}#etape-{step}") for label, step in steps]
    recipient = getattr(row, "recipient_id", None)
    if row.kind == "resolved" and recipient is not None:
        token = signatures.opinion_token(settings.mail_key, row.ticket_id, recipient)
        links.append(Link("Dire si vous êtes satisfait", f"{settings.base_url}/satisfaction/{token}"))
    return tuple(links)


def _clause(kept: Mapping[str, str]) -> dict[str, str]:
    """Return the clause that decides, its place in French: « article II.2 »; empty strings where there is none."""
    said = {name: kept.get(name, "") for name in ("quote", "reading", "ref")}
    if said["ref"]:
        said["ref"] = reference(SimpleNamespace(ref=said["ref"]))  # type: ignore[arg-type]
    return said | {"place": capital(said["ref"])}


def _quoted(words: str) -> str:
    return "\n".join(f"> {line}" for line in words.splitlines())
