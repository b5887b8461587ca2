"""Contacts, opening hours, guidance and deadlines that an agreement gives the person who has a ticket. Pure.

Times are given in Europe/Paris. A public holiday closes every contact, since no agreement says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from matrix.days import public_holidays
from matrix.facts import holds
from matrix.model import Citation, Contact, Convention, Guidance, Opening, Vocabulary
from matrix.router import PARIS
from matrix.wording import WEEKDAYS, clock, enumeration, hour, weekday

#: How many days ahead an opening is looked for: a contact open one day a week is closed for a fortnight at most.
_FURTHEST = 31


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a contact is open at a moment; `open` is None where the text gives no hours.

    `status` says so in French: « ouvert maintenant… », « rouvre… ».
    """

    party: str
    label: str
    phone: str
    online: str
    hours: str
    open: bool | None
    status: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """A piece of guidance as it is shown. `by` is when its delay ends, None where it sets none.

    The delay is counted from the moment at which the person reads the guidance.
    """

    id: str
    title: str
    text: str
    incident: str
    citations: tuple[Citation, ...]
    hours: int | None = None
    by: datetime | None = None


# --- contacts ---


def contacts(convention: Convention, party: str, service: str) -> tuple[Contact, ...]:
    """The contacts of a party for a service: those that name the service, then those for every service of the party."""
    own = [one for one in convention.contacts if one.party == party]
    named = [one for one in own if service in one.services]
    return (*named, *(one for one in own if not one.services))


def reach(contact: Contact, moment: datetime) -> Reach:
    """Whether a contact answers at a moment, until when it does, or when it will next."""
    now = _paris(moment)
    closes = closing(contact, now)
    return Reach(
        contact.party,
        contact.label,
        contact.phone,
        contact.online,
        hours(contact),
        None if not contact.hours else closes is not None,
        _status(contact, now, closes),
        contact.citations,
    )


def closing(contact: Contact, moment: datetime) -> datetime | None:
    """When a contact that is open at `moment` closes; None where it is closed, or where its hours are unknown."""
    now = _paris(moment)
    return next((end for start, end in _spans(contact, now.date()) if start <= now < end), None)


def next_opening(contact: Contact, moment: datetime) -> datetime | None:
    """When the contact next opens after `moment`; None where it never does."""
    now = _paris(moment)
    for ahead in range(_FURTHEST + 1):
        for start, _ in _spans(contact, now.date() + timedelta(days=ahead)):
            if start > now:
                return start
    return None


def hours(contact: Contact) -> str:
    """The hours in French, « du lundi au vendredi de 8 h 30 à 12 h 30 »; empty where the text gives none."""
    return " ; ".join(_opening(one) for one in contact.hours if one.days and one.spans)


def _opening(opening: Opening) -> str:
    first, last = WEEKDAYS[opening.days[0]], WEEKDAYS[opening.days[-1]]
    days = f"le {first}" if first == last else f"du {first} au {last}"
    return f"{days} {enumeration([f'de {clock(start)} à {clock(end)}' for start, end in opening.spans])}"


def _spans(contact: Contact, day: date) -> list[tuple[datetime, datetime]]:
    """The times (start, end) of a day between which the contact is open, in order; none on a public holiday."""
    if day in public_holidays(day.year):
        return []
    found = [
        (_at(day, start), _at(day, end))
        for opening in contact.hours
        if day.weekday() in opening.days
        for start, end in opening.spans
    ]
    return sorted(found)


def _at(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), PARIS)


def _status(contact: Contact, now: datetime, closes: datetime | None) -> str:
    if closes is not None:
        return f"ouvert maintenant, jusqu’à {hour(closes)}"
    opens = next_opening(contact, now)
    if opens is None:
        return ""
    holiday = "fermé ce jour férié, " if now.date() in public_holidays(now.year) else "fermé, "
    return f"{holiday}{'rouvre' if opens.date() != now.date() else 'ouvre'} {_when(opens, now)}"


def _when(moment: datetime, now: datetime) -> str:
    """A moment in French, seen from `now`: « aujourd’hui à 13 h 30 », « lundi à 8 h 30 », « le lundi 4 janvier… »."""
    ahead = (moment.date() - now.date()).days
    near = {0: "aujourd’hui", 1: "demain"}
    days = near.get(ahead) or (WEEKDAYS[moment.weekday()] if ahead < 7 else f"le {weekday(moment.date())}")
    return f"{days} à {hour(moment)}"


# --- guidance ---


def guidance(
    convention: Convention,
    vocabulary: Vocabulary,
    service: str,
    activity: str,
    facts: Mapping[str, str | bool | date | None],
    incident: str = "",
) -> tuple[Guidance, ...]:
    """The guidance on a service and activity whose tests all hold, or test a fact that is not known."""

    def applies(one: Guidance) -> bool:
        known = [test for test in one.when if facts.get(test.fact) is not None]
        return all(holds(test, facts[test.fact], vocabulary.parties, convention.categories) for test in known)

    return tuple(
        one
        for one in _about(convention, service, activity)
        if (not incident or one.incident in ("", incident)) and applies(one)
    )


def incidents(convention: Convention, service: str, activity: str) -> tuple[str, ...]:
    """The kinds of incident that a person may choose from, in the file's order; empty where the text names none."""
    return tuple(dict.fromkeys(one.incident for one in _about(convention, service, activity) if one.incident))


def _about(convention: Convention, service: str, activity: str) -> list[Guidance]:
    return [
        one
        for one in convention.guidance
        if service in one.services and (not one.activities or not activity or activity in one.activities)
    ]


def promised(
    told: Iterable[Guidance], party: str, facts: Mapping[str, str | bool | date | None], incident: str = ""
) -> Guidance | None:
    """Among pieces of guidance (of `guidance`), the shortest delay that the text sets on a party; None for no delay.

    Unlike a piece of guidance, a delay counts only where every test is known to hold, and the incident is named.
    """
    bound = [
        one
        for one in told
        if one.deadline_hours is not None
        and one.deadline_party == party
        and one.incident in ("", incident)
        and all(facts.get(test.fact) is not None for test in one.when)
    ]
    return min(bound, key=lambda one: one.deadline_hours or 0, default=None)


def hint(one: Guidance, told: datetime) -> Hint:
    """A piece of guidance as it is shown, its delay counted from `told`."""
    by = deadline(one.deadline_hours, told) if one.deadline_hours is not None else None
    return Hint(one.id, one.title, one.text, one.incident, one.citations, one.deadline_hours, by)


def deadline(delay: int, told: datetime) -> datetime:
    """When a delay in hours that starts at `told` ends. Weekends and holidays count: it is elapsed time."""
    return _paris(_paris(told).astimezone(UTC) + timedelta(hours=delay))


def deadline_words(by: datetime) -> str:
    """A deadline in French: « le jeudi 14 mars, 10 h »."""
    return f"le {weekday(by.date())}, {hour(by)}"


def _paris(moment: datetime) -> datetime:
    """The moment in Europe/Paris; a moment without a zone is taken to be there already."""
    return moment.replace(tzinfo=PARIS) if moment.tzinfo is None else moment.astimezone(PARIS)
