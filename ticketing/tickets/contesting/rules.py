"""Who referees a contest, until when, what rules it, and what that makes of the ticket. Pure.

The agreements give no procedure for a dispute about one ticket: the term is the desk's own, and is said to be so. What
the two sides agree on stands; nothing else is ever guessed, so that a ticket stays where it is until they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from charters.model import Role
from matrix.model import Convention
from matrix.working_time import Hours, WorkingCalendar
from ticketing.hours.rules import after_days
from ticketing.model import OPEN_STATES, HandOnReason, Holder, Kind
from ticketing.tickets import lifecycle
from ticketing.tickets.changing.standing import Entry, Outcome, Standing


class Dispute(StrEnum):
    """Where a contest stands."""

    OPEN = "open"
    RULED = "ruled"
    UNSETTLED = "unsettled"  # the référents disagree, or the term has passed: for the académie to bring to the parties
    DROPPED = "dropped"  # the ticket ended before anybody said a word


#: The disputes of which the référents may still say to whom the ticket belongs.
PENDING = (Dispute.OPEN, Dispute.UNSETTLED)
#: Who speaks for a side. The académie's technicians do so for it: its administrators see a ticket only while it has it.
#: That they may have contested it themselves does no harm, since the other side must say the same.
REFEREES = frozenset({Role.CHEF, Role.REFERENT, Role.TECH_ACADEMIE, Role.ADMINISTRATEUR})


@dataclass(frozen=True, slots=True)
class Voice:
    """What the référent of a side said: the party that answers for the service, and the name of the clause."""

    organisation: str
    party: str
    clause: str


def verdict(sides: Iterable[str], voices: Iterable[Voice]) -> tuple[Dispute, str]:
    """Return where a contest stands once these voices are heard, and the party ruled, « » where there is none.

    Both sides naming the same party rule it; both naming different ones leave it unsettled; one alone decides nothing.
    """
    said = {one.organisation: one.party for one in voices}
    heard = [said.get(side) for side in sides]
    if None in heard:
        return Dispute.OPEN, ""
    if len(set(heard)) > 1:
        return Dispute.UNSETTLED, ""
    return Dispute.RULED, heard[0] or ""


def may_say(role: Role | None, side: str | None, sides: Iterable[str]) -> bool:
    """Whether a person with this role, on this side, speaks for one of the two sides of a contest."""
    return role in REFEREES and side in tuple(sides)


def term(calendars: Sequence[WorkingCalendar | None], start: datetime, days: int) -> datetime:
    """Return the end of the term: the latest of the two sides' `days`-th working day after `start`, as it opens.

    A side whose hours nobody said is taken to work from Monday to Friday but for public holidays.
    """
    ends = (after_days(one or _ORDINARY, start, days) for one in calendars)
    return max((end for end in ends if end is not None), default=start + timedelta(days=days))


def decides_category(convention: Convention, service: str, activity: str, on: date) -> bool:
    """Whether the group of users changes who answers in the cell of a decision."""
    version = convention.version_on(on)
    if version is None:
        return False
    try:
        cell = convention.cell(version, service, activity)
    except KeyError:
        return False
    return any(test.fact == "user_category" for case in cell.cases for test in case.tests)


def contested(outcome: Outcome, term_at: datetime, days: int, sides: Sequence[str]) -> Outcome:
    """Return a contest's outcome, its entry saying that the référents of both sides are asked, and until when."""
    data = {**outcome.entry.data, "term": term_at.isoformat(), "days": days, "sides": list(sides)}
    return replace(outcome, entry=replace(outcome.entry, data=data))


def refereed(standing: Standing, words: str, said: Holder, sides: Sequence[str]) -> Outcome:
    """Keep what the référent of one side said; the ticket does not move."""
    return lifecycle.announced(standing, Entry(Kind.REFEREED, words, data=_about(said, sides)))


def unsettled(standing: Standing, words: str, said: Holder | None, sides: Sequence[str]) -> Outcome:
    """Say that the sides disagree (`said` by the second), or that the term has passed; the ticket does not move."""
    data = _about(said, sides) if said is not None else {"sides": list(sides)}
    return lifecycle.announced(standing, Entry(Kind.UNSETTLED, words, data=data))


def ruled(standing: Standing, words: str, said: Holder, sides: Sequence[str], now: datetime) -> Outcome:
    """Apply what both sides said: an open ticket goes to that party, unless it has it; another one stays as it is."""
    about = _about(said, sides)
    if standing.state not in OPEN_STATES or said.organisation == standing.holder.organisation:
        return lifecycle.announced(standing, Entry(Kind.RULED, words, data=about))
    moved = lifecycle.hand_on(standing, said, HandOnReason.WRONG_PARTY, words, now)
    after = replace(moved.standing, returns_to=None)  # what both sides ruled is not given back to one of them
    told = {name: value for name, value in moved.entry.data.items() if name != "reason_label"}
    return lifecycle.announced(after, Entry(Kind.RULED, words, data=told | about))


def _about(said: Holder, sides: Sequence[str]) -> dict[str, object]:
    return {"said_party": said.party, "said_name": said.name, "sides": list(sides)}


_WEEK = tuple(((9 * 60, 17 * 60),) if day < 5 else () for day in range(7))
_ORDINARY = WorkingCalendar([Hours(date.min, _WEEK)])
