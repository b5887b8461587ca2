"""Shape what the page « Qui fait quoi » shows below its grid: contacts, guidance, networks, fees, schools. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from matrix import advice, wording
from matrix.advice import Reach
from matrix.conventions import Conventions
from matrix.model import Contact, Convention, Etablissement, FeeBand, Network, Point
from ticketing.formats import NBSP, number
from ticketing.web.tickets.advice_panel import Tip

#: The words for a delay whose clock has not started, where the guidance itself does not state the delay.
_DELAY = "Dans les {} heures"


@dataclass(frozen=True, slots=True)
class PartyContacts:
    """A party and how to reach it. `services`: what each contact is for; empty for all that the party answers for."""

    party: str
    name: str
    contacts: tuple[tuple[str, Reach], ...]


@dataclass(frozen=True, slots=True)
class ServiceTips:
    """What the text says to do about some services."""

    services: str
    tips: tuple[Tip, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A yearly fee scale: its year, its lines (who, how much), its reference, the sizes in none of its bands."""

    year: int
    lines: tuple[tuple[str, str], ...]
    place: str
    uncovered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Annexes:
    """Everything that an agreement says beside its cells; each part is empty where the text has none."""

    contacts: tuple[PartyContacts, ...]
    tips: tuple[ServiceTips, ...]
    points: tuple[tuple[str, tuple[Point, ...]], ...]
    networks: tuple[tuple[str, tuple[Network, ...]], ...]
    scales: tuple[Scale, ...]
    schools: tuple[Etablissement, ...]


@lru_cache(maxsize=256)
def annexes(conventions: Conventions, convention_id: str, etablissement: str | None) -> Annexes:
    """Return the annexes of an agreement, for an établissement when its id is given."""
    convention = conventions[convention_id]
    if etablissement is not None:
        convention = advice.here(convention, etablissement)
    places = convention.etablissements.values()
    shown = [place for place in places if etablissement in (None, place.id)]
    return Annexes(
        tuple(_contacts(conventions, convention, etablissement)),
        tuple(_tips(conventions, convention)),
        _by_departement(convention.points),
        _by_departement(convention.networks),
        tuple(_scale(convention, year) for year in sorted({fee.year for fee in convention.fees})),
        tuple(place for place in shown if place.reference_college),
    )


def _contacts(conventions: Conventions, convention: Convention, etablissement: str | None) -> Iterable[PartyContacts]:
    apart = conventions.strangers(convention, etablissement) if etablissement is not None else frozenset()
    for party in convention.parties:
        if party in apart:
            continue
        own = [one for one in convention.contacts if one.party == party]
        if own:
            name = wording.capital(wording.body(conventions, convention.id, party, etablissement))
            yield PartyContacts(party, name, tuple((_labels(conventions, one.services), _reach(one)) for one in own))


def _reach(one: Contact) -> Reach:
    """Return a contact without whether it answers now, since the page is cached."""
    return Reach(one.party, one.label, one.phone, one.online, advice.hours(one), None, "", one.citations)


def _tips(conventions: Conventions, convention: Convention) -> Iterable[ServiceTips]:
    """Yield the guidance in the order of the file, grouped by the services that it is about."""
    found: dict[frozenset[str], list[Tip]] = {}
    for one in convention.guidance:
        hours = one.deadline_hours
        said = hours is None or f"{hours} heures" in one.title or f"{hours} heures" in one.text
        due = "" if said else _DELAY.format(hours)
        found.setdefault(one.services, []).append(Tip(one.title, one.text, due, False, one.citations))
    for services, tips in found.items():
        yield ServiceTips(_labels(conventions, services), tuple(tips))


def _labels(conventions: Conventions, services: Iterable[str]) -> str:
    """Return services in a phrase, in the vocabulary's order, without the words that their labels have in brackets."""
    wanted = set(services)
    labels = [label.split(" (")[0] for service, label in conventions.services.items() if service in wanted]
    return wording.enumeration(list(dict.fromkeys(labels)))


_Placed = TypeVar("_Placed", Point, Network)


def _by_departement(lines: Iterable[_Placed]) -> tuple[tuple[str, tuple[_Placed, ...]], ...]:
    found: dict[str, list[_Placed]] = {}
    for line in lines:
        found.setdefault(line.departement, []).append(line)
    return tuple((departement, tuple(found[departement])) for departement in sorted(found))


def _scale(convention: Convention, year: int) -> Scale:
    bands = [fee for fee in convention.fees if fee.year == year]
    lines = tuple((_band(fee), f"{number(fee.euros)}{NBSP}€") for fee in bands)
    place = wording.references(fee.citation for fee in bands)
    return Scale(year, lines, place, tuple(uncovered(bands)))


def _band(fee: FeeBand) -> str:
    if fee.least is None:
        return f"jusqu’à {number(fee.most)} utilisateurs"
    if fee.most is None:
        return f"à partir de {number(fee.least)} utilisateurs"
    return f"de {number(fee.least)} à {number(fee.most)} utilisateurs"


def uncovered(bands: Iterable[FeeBand]) -> list[str]:
    """Return the numbers of users that no band holds, in words: « 300 », « de 601 à 650 »."""
    ordered = sorted(bands, key=lambda fee: fee.least or 0)
    found = []
    for lower, upper in pairwise(ordered):
        if lower.most is None or upper.least is None or upper.least <= lower.most + 1:
            continue
        first, last = lower.most + 1, upper.least - 1
        found.append(number(first) if first == last else f"de {number(first)} à {number(last)}")
    return found
