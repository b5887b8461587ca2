"""What a text tells the person beside who answers: how to reach that party and when, what to do, and by when. Pure.

Times are told on the clock of Paris. A public holiday closes every contact: none of the texts says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from matrix.days import public_holidays
from matrix.facts import holds
from matrix.model import Citation, Contact, Convention, Guidance, Opening, Vocabulary
from matrix.router import PARIS
from matrix.wording import WEEKDAYS, clock, enumeration, hour, weekday

#: How far ahead an opening is looked for: a contact of one day a week stays closed a fortnight at most.
_FURTHEST = 31


@dataclass(frozen=True, slots=True)
class Reach:
    """A contact at a moment. `open` None: the text gives no hours. `status` is « ouvert maintenant… », « rouvre… »."""

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
    """A guidance as it is told. `by`: when its delay runs out, counted from when the person is told; None: no delay."""

    id: str
    title: str
    text: str
    incident: str
    citations: tuple[Citation, ...]
    hours: int | None = None
    by: datetime | None = None


# --- contacts ---


def contacts(convention: Convention, party: str, service: str) -> tuple[Contact, ...]:
    """How to reach a party about a service: the contacts that name the service, then those for all it answers for."""
    own = [one for one in convention.contacts if one.party == party]
    named = [one for one in own if service in one.services]
    return (*named, *(one for one in own if not one.services))


def reach(contact: Contact, moment: datetime) -> Reach:
    """A contact at a moment: whether it answers, until when, or when it next does."""
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
    """When the contact closes, where it answers at `moment`; None where it does not, or where no hours are known."""
    now = _paris(moment)
    return next((end for start, end in _spans(contact, now.date()) if start <= now < end), None)


def next_opening(contact: Contact, moment: datetime) -> datetime | None:
    """When the contact next begins to answer after `moment`; None where it never does."""
    now = _paris(moment)
    for ahead in range(_FURTHEST + 1):
        for start, _ in _spans(contact, now.date() + timedelta(days=ahead)):
            if start > now:
                return start
    return None


def hours(contact: Contact) -> str:
    """« du lundi au vendredi de 8 h 30 à 12 h 30 et de 13 h 30 à 17 h »; empty where the text gives none."""
    return " ; ".join(_opening(one) for one in contact.hours if one.days and one.spans)


def _opening(opening: Opening) -> str:
    first, last = WEEKDAYS[opening.days[0]], WEEKDAYS[opening.days[-1]]
    days = f"le {first}" if first == last else f"du {first} au {last}"
    return f"{days} {enumeration([f'de {clock(start)} à {clock(end)}' for start, end in opening.spans])}"


def _spans(contact: Contact, day: date) -> list[tuple[datetime, datetime]]:
    """The stretches of a day during which the contact answers, in order; none on a public holiday."""
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
    """« aujourd’hui à 13 h 30 », « demain à 8 h 30 », « lundi à 8 h 30 », « le lundi 4 janvier à 8 h 30 »."""
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
    """What the text tells of a service and activity, where every test holds or is of an unknown fact."""

    def applies(one: Guidance) -> bool:
        known = [test for test in one.when if facts.get(test.fact) is not None]
        return all(holds(test, facts[test.fact], vocabulary.parties, convention.categories) for test in known)

    return tuple(
        one
        for one in _about(convention, service, activity)
        if (not incident or one.incident in ("", incident)) and applies(one)
    )


def incidents(convention: Convention, service: str, activity: str) -> tuple[str, ...]:
    """The kinds of incident to choose from, in the order of the file; none where the text tells none apart."""
    return tuple(dict.fromkeys(one.incident for one in _about(convention, service, activity) if one.incident))


def _about(convention: Convention, service: str, activity: str) -> list[Guidance]:
    return [
        one
        for one in convention.guidance
        if service in one.services and (not one.activities or not activity or activity in one.activities)
    ]


def hint(one: Guidance, told: datetime) -> Hint:
    """A guidance with its delay counted from `told`."""
    by = deadline(one.deadline_hours, told) if one.deadline_hours is not None else None
    return Hint(one.id, one.title, one.text, one.incident, one.citations, one.deadline_hours, by)


def deadline(delay: int, told: datetime) -> datetime:
    """The end of a delay in hours, elapsed hours whatever the days are: « sous 48 heures » stops for no weekend."""
    return _paris(_paris(told).astimezone(UTC) + timedelta(hours=delay))


def deadline_words(by: datetime) -> str:
    """« le jeudi 14 mars, 10 h »."""
    return f"le {weekday(by.date())}, {hour(by)}"


def _paris(moment: datetime) -> datetime:
    """On the clock of Paris; without a zone it is there already."""
    return moment.replace(tzinfo=PARIS) if moment.tzinfo is None else moment.astimezone(PARIS)
