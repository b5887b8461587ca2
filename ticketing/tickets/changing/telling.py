"""The notices that a step or an opening calls for, written in its commit to be sent later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from charters.model import Actor
from ticketing.formats import french_date
from ticketing.hours import promises
from ticketing.in_force import plain_words
from ticketing.mail import outbox, wording
from ticketing.model import Kind, State
from ticketing.settings import desk_settings
from ticketing.tickets.changing import visits
from ticketing.tickets.changing.standing import Author, Outcome


class Act(Protocol):
    """Who acts, when, in which session: `transaction.Act`."""

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Actor | None: ...
    @property
    def author(self) -> Author: ...
    @property
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says beside the ticket: its entry, the reason of the decision, the columns before the step."""

    event_id: int
    reason: wording.Reason
    before: Mapping[str, Any] | None = None


def tell(act: Act, ticket: Mapping[str, Any], outcome: Outcome, told: Told) -> None:
    """Write the notices that an outcome calls for, to be sent later by the scheduler's process.

    `ticket` holds the columns of the ticket after the step. A mail about an opening repeats what was asked. A visit
    that is planned goes with its calendar file; one that is no longer has a notice of its own where there is no other.
    An internal entry is told to those alone whom its words name, and without its words.
    """
    if not outcome.entry.internal:
        _announce(act, ticket, outcome, told)
    if outcome.mentioned:
        words = "" if outcome.entry.internal else outcome.entry.words
        named = {**ticket, "by": act.author.name}
        happening = _happening(act, named, told, "noted" if outcome.entry.internal else "mentioned", words)
        outbox.mention(act.session, happening, outcome.mentioned, desk_settings(), act.now)


def _announce(act: Act, ticket: Mapping[str, Any], outcome: Outcome, told: Told) -> None:
    settings = desk_settings()
    visit = visits.visit(told.before, ticket, told.event_id, act.now, settings.base_url) if told.before else None
    notice = outcome.notice
    if visit is not None:
        notice = notice if visit.cancelled and notice else visits.CANCELLED if visit.cancelled else visits.PLANNED
    if notice is None:
        return
    agenda = {"visit": visit.day, "calendar": visit.calendar} if visit else {}
    happening = _happening(act, {**ticket, **agenda, **_disputed(outcome)}, told, notice, _told(ticket, outcome))
    outbox.write(act.session, happening, settings, act.now)


def _happening(act: Act, ticket: Mapping[str, Any], told: Told, kind: str, words: str) -> wording.Happening:
    return wording.Happening(
        ticket={**ticket, **plain_words.labels(ticket), "promised": _promised(ticket)},
        event_id=told.event_id,
        kind=kind,
        words=words,
        reason=told.reason,
        author_id=act.actor.account_id if act.actor else None,
        by_holder=act.author.on_holders_side,
        base_url=desk_settings().base_url,
    )


def _disputed(outcome: Outcome) -> dict[str, Any]:
    """Return what an entry about a contest says of it: its two sides, the day of its term, the party named."""
    data = outcome.entry.data
    term = data.get("term")
    return {
        "sides": tuple(data.get("sides", ())),
        "rule_by": french_date(datetime.fromisoformat(term)) if term else "",
        "said_name": data.get("said_name", ""),
    }


def _promised(ticket: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what parties promise and have still to keep; nothing while the ticket waits, or once it is resolved."""
    if ticket["state"] not in (State.NEW.value, State.IN_PROGRESS.value):
        return []
    return [
        {
            "name": one.name,
            "asked": one.asked,
            "answer_by": one.answer_by.isoformat() if one.answer_by and one.answered is None else "",
            "resolve_by": one.resolve_by.isoformat() if one.resolve_by else "",
        }
        for one in promises.shown(ticket["engagements"])
    ]


def _told(ticket: Mapping[str, Any], outcome: Outcome) -> str:
    """Return the words that a notice repeats: those of the request, or of the entry and of what it recalls."""
    entry = outcome.entry
    words = ticket["body"] if entry.kind in (Kind.OPENED, Kind.AMENDED) else entry.words
    return f"{words}\n\n{outcome.recalled}".strip() if outcome.recalled else str(words)
