"""Work out what an interruption affects by the agreements: the établissements with its services, and the holders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from matrix import Request, Router
from ticketing.in_force import routing

#: The activity of everyday operation of a service: its holder answers for the service.
ACTIVITY = "mco"
PARTIES = ("academie", "departement", "college")


@dataclass(frozen=True, slots=True)
class AffectedPlace:
    """An établissement, and the services stopped there with the holder of each: (service id, label, holder's name)."""

    place: str
    name: str
    services: tuple[tuple[str, str, str], ...]
    scopes: frozenset[str]  # the établissement, and the organisations that answer for these services there


def affected_places(
    router: Router, academie: str, services: Collection[str], party: str, at: datetime
) -> list[AffectedPlace]:
    """Return the établissements of the académie that an interruption affects, in the order of their names.

    With `party`, only where that party holds the service; without `services`, every service that this party holds
    there.
    """
    conventions = router.conventions
    wanted = [service for service in conventions.services if not services or service in services]
    places = {
        place.id: place
        for item in conventions
        for place in item.etablissements.values()
        if any(body.organisation == academie for body in item.parties.values())
    }
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
            lines.append((service, conventions.services[service], told))
            scopes.add(held.organisation)
        if lines:
            found.append(
                AffectedPlace(place_id, routing.side_name(conventions, place_id), tuple(lines), frozenset(scopes))
            )
    return sorted(found, key=lambda one: (one.name.casefold(), one.place))
