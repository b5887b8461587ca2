"""Work out what an interruption affects by the agreements: the établissements with its services, and the holders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from matrix import Request, Router
from matrix.wording import capital, common
from ticketing.in_force import plain_words, routing

#: The activity of everyday operation of a service: its holder answers for the service.
ACTIVITY = "mco"


@dataclass(frozen=True, slots=True)
class AffectedPlace:
    """An établissement, and the services stopped there with the holder of each: (service id, label, holder's name)."""

    place: str
    name: str
    services: tuple[tuple[str, str, str], ...]
    scopes: frozenset[str]  # the établissement, and the organisations that answer for these services there


def parties(router: Router, academie: str) -> tuple[tuple[str, str], ...]:
    """Return the parties that may hold services under an académie, (id, name) each, in the order of its agreements.

    A party that only takes over by a transfer is one of them once a transfer is recorded.
    """
    found: dict[str, str] = {}
    passed = {fact.convention for fact in router.recorded if fact.kind == "transferred"}
    for item in dict.fromkeys(item.id for item, _ in router.conventions.under(academie)):
        convention = router.conventions[item]
        known = {one.target for one in convention.transfers if not one.recorded or item in passed}
        for party, body in convention.parties.items():
            if not body.contributor_only and (party in known or not body.successor):
                found.setdefault(party, capital(common(convention, party)))
    return tuple(found.items())


def affected_places(
    router: Router, academie: str, services: Collection[str], party: str, at: datetime
) -> list[AffectedPlace]:
    """Return the établissements of the académie that an interruption affects, in the order of their names.

    With `party`, only where that party holds the service; without `services`, every service that this party holds
    there.
    """
    conventions = router.conventions
    wanted = [service for service in conventions.services if not services or service in services]
    places = dict.fromkeys(place.id for _, place in conventions.under(academie))
    found = []
    for place_id in places:
        lines, scopes = [], {place_id}
        for service in wanted:
            decision = router.route(
                Request(
                    etablissement=place_id,
                    service=service,
                    activity=ACTIVITY,
                    opened_at=at,
                )
            )
            if decision.status in ("out_of_scope", "not_applicable") or (party and decision.party != party):
                continue
            held = routing.holder(conventions, decision.convention, decision.party, place_id)
            told = held.name if decision.status == "routed" else "à qualifier"
            lines.append((service, plain_words.beside(service, conventions.services[service]), told))
            scopes.add(held.organisation)
        if lines:
            found.append(
                AffectedPlace(place_id, routing.side_name(conventions, place_id), tuple(lines), frozenset(scopes))
            )
    return sorted(found, key=lambda one: (one.name.casefold(), one.place))
