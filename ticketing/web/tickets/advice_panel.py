"""What a page tells beside who answers: how to reach that party, what the text says to do, by when. Pure shaping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from matrix import advice
from matrix.conventions import Conventions
from matrix.model import Citation, Convention, Guidance


@dataclass(frozen=True, slots=True)
class Tip:
    """A guidance as a page shows it. `due`: by when, in words, empty without a delay; `late`: that is past."""

    title: str
    text: str
    due: str
    late: bool
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Advised:
    """What is shown: contacts, then tips with a delay, then the others, folded. `choose`: an incident is to be said."""

    contacts: tuple[advice.Reach, ...] = ()
    urgent: tuple[Tip, ...] = ()
    others: tuple[Tip, ...] = ()
    choose: bool = False


NOTHING = Advised()


def reached(
    conventions: Conventions, convention: str | None, status: str, party: str, service: str, moment: datetime
) -> tuple[advice.Reach, ...]:
    """How to reach the party that a decision names, at `moment`; nothing where the agreement does not hold."""
    found = _binding(conventions, convention, status)
    return () if found is None else tuple(advice.reach(one, moment) for one in advice.contacts(found, party, service))


def tips(
    conventions: Conventions,
    convention: str | None,
    status: str,
    service: str,
    activity: str,
    facts: Mapping[str, str | bool | date | None],
    incident: str,
) -> tuple[Guidance, ...]:
    """The guidance that applies; nothing where the agreement does not hold."""
    found = _binding(conventions, convention, status)
    return () if found is None else advice.guidance(found, conventions.vocabulary, service, activity, facts, incident)


def before_sending(chosen: tuple[Guidance, ...], incident: str, now: datetime) -> Advised:
    """Tips for the opening page: those of one incident wait until it is said which; delays run from `now`."""
    known = [one for one in chosen if incident or not one.incident]
    made = [_tip(one, now, "si vous venez de le constater") for one in known]
    return _sorted(made, choose=len(known) < len(chosen))


def on_ticket(chosen: tuple[Guidance, ...], opened_at: datetime, now: datetime) -> Advised:
    """Tips for a ticket: delays run from its opening, and may be past."""
    return _sorted([_tip(one, opened_at, "depuis l’ouverture du ticket", now) for one in chosen])


def _sorted(made: list[Tip], choose: bool = False) -> Advised:
    return Advised((), tuple(tip for tip in made if tip.due), tuple(tip for tip in made if not tip.due), choose)


def _tip(one: Guidance, since: datetime, counted: str, now: datetime | None = None) -> Tip:
    found = advice.hint(one, since)
    due, late = "", False
    if found.by is not None:
        late = now is not None and now > found.by
        words = advice.deadline_words(found.by)
        due = f"Délai passé depuis {words}" if late else f"Avant {words}"
        due += f" ({found.hours} heures {counted})"
    return Tip(found.title, found.text, due, late, found.citations)


def _binding(conventions: Conventions, convention: str | None, status: str) -> Convention | None:
    """The agreement whose words hold for a decision: none when the decision is that no agreement does."""
    if convention is None or status == "out_of_scope" or convention not in conventions:
        return None
    return conventions[convention]


# --- which incident ---


def incidents_for(
    conventions: Conventions, convention: str | None, status: str, service: str, activity: str
) -> tuple[str, ...]:
    """Those that it tells apart for a service and an activity."""
    found = _binding(conventions, convention, status)
    return () if found is None else advice.incidents(found, service, activity)
