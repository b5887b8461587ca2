"""Shape the advice beside a decision: how to reach the party, what the text says to do, and by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matrix import advice
from matrix.conventions import Conventions
from matrix.model import Citation, Convention, Guidance, Vocabulary
from matrix.request_facts import Facts
from ticketing.tickets.deadlines import past


@dataclass(frozen=True, slots=True)
class Tip:
    """A piece of guidance as a page shows it. `due` says by when (or is empty), `late` whether that is past.

    `duty` is its id where it sets its delay on people, not on a party, and `by` the end of that delay.
    """

    title: str
    text: str
    due: str
    late: bool
    citations: tuple[Citation, ...]
    duty: str = ""
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Advised:
    """Advice, in order: contacts, tips with a delay, other tips folded. `choose`: the incident must be chosen first."""

    contacts: tuple[advice.Reach, ...] = ()
    urgent: tuple[Tip, ...] = ()
    others: tuple[Tip, ...] = ()
    choose: bool = False


NOTHING = Advised()


def binding(conventions: Conventions, convention: str | None, status: str, place: str) -> Convention | None:
    """Return the agreement that a decision rests on, with what it says to one établissement.

    None when the decision is that no agreement applies.
    """
    if convention is None or status == "out_of_scope" or convention not in conventions:
        return None
    return advice.here(conventions[convention], place)


def reached(agreement: Convention | None, party: str, service: str, moment: datetime) -> tuple[advice.Reach, ...]:
    """Return how to reach the party that a decision names, at `moment`; nothing where no agreement applies."""
    if agreement is None:
        return ()
    return tuple(advice.reach(one, moment) for one in advice.contacts(agreement, party, service))


def incidents_for(agreement: Convention | None, service: str, activity: str) -> tuple[str, ...]:
    """Return the kinds of incident that an agreement tells apart for a service and an activity."""
    return () if agreement is None else advice.incidents(agreement, service, activity)


def tips(
    agreement: Convention | None, vocabulary: Vocabulary, service: str, activity: str, facts: Facts, incident: str
) -> tuple[Guidance, ...]:
    """Return the guidance on an incident, or on all of them where `incident` is empty; nothing without an agreement."""
    if agreement is None:
        return ()
    return advice.guidance(agreement, vocabulary, service, activity, facts.values(), incident)


def before_sending(chosen: tuple[Guidance, ...], incident: str, now: datetime) -> Advised:
    """Return the advice of the opening page: tips of one incident wait until it is chosen; delays run from `now`."""
    known = [one for one in chosen if incident or not one.incident]
    made = [_tip(one, now, "si vous venez de le constater") for one in known]
    return _sorted(made, choose=len(known) < len(chosen))


def on_ticket(chosen: tuple[Guidance, ...], opened_at: datetime, now: datetime) -> Advised:
    """Return the advice of a ticket: delays run from its opening, and may be past."""
    return _sorted([_tip(one, opened_at, "depuis l’ouverture du ticket", now) for one in chosen])


def _sorted(made: list[Tip], choose: bool = False) -> Advised:
    return Advised((), tuple(tip for tip in made if tip.due), tuple(tip for tip in made if not tip.due), choose)


def _tip(one: Guidance, since: datetime, counted: str, now: datetime | None = None) -> Tip:
    found = advice.hint(one, since)
    due, late = "", False
    if found.by is not None:
        late = now is not None and past(found.by, now)
        counted = "depuis l’ouverture du ticket" if one.deadline_party else counted
        words = advice.deadline_words(found.by)
        due = f"Délai passé depuis {words}" if late else f"Avant {words}"
        due += f" ({found.hours} heures {counted})"
    duty = one.id if found.by is not None and not one.deadline_party else ""
    return Tip(found.title, found.text, due, late, found.citations, duty, found.by)
