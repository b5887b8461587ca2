"""The subjects of the opening page: the services in families, those offered for a sentence, and the one taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from matrix import Conventions
from ticketing.suggesting import learning
from ticketing.web import vocabulary
from ticketing.web.pieces import fresh, piece

#: The value of the button of an offered subject begins so; its service and its activity follow: one tap fills in both.
TAKE = "prendre "


@dataclass(frozen=True, slots=True)
class Group:
    """A family of services on the page."""

    label: str
    services: tuple[vocabulary.PlainService, ...]


@lru_cache(maxsize=4096)
def groups(conventions: Conventions, etablissement: str, role: str) -> tuple[Group, ...]:
    """Return the services on which `role` may open tickets in `etablissement`, in families with plain names.

    A service without plain words comes last, under the agreement's own label.
    """
    named = conventions.named(etablissement)
    allowed = conventions.opens(role, etablissement)
    if allowed is not None:
        named &= allowed
    families = [
        Group(family.label, tuple(service for service in family.services if service.id in named))
        for family in vocabulary.GROUPS
    ]
    others = [key for key in conventions.services if key in named and key not in vocabulary.SERVICES]
    families.append(
        Group("Autres sujets", tuple(vocabulary.PlainService(key, conventions.services[key], "") for key in others))
    )
    return tuple(family for family in families if family.services)


def query(text: str) -> str:
    """Return some words as they are searched."""
    return " ".join(text.replace("\x00", "").split())[: vocabulary.SEARCH_MAX]


def offered(words: str, among: Iterable[vocabulary.PlainService]) -> list[vocabulary.Offer] | None:
    """Return the subjects offered for some words, among some services; None where there are no words."""
    return vocabulary.offers(words, among, learning.counts()) if words else None


def fragment(words: str, found: list[vocabulary.Offer] | None) -> Markup:
    """Return the subjects offered for some words as HTML, for the page and for its script."""
    if not words:
        return piece("tickets/opening/pieces.html", "offers", (), "", None)
    return fresh("tickets/opening/pieces.html", "offers", words, found)


def taken(typed: Mapping[str, str], step: str) -> dict[str, str]:
    """Return what is typed with the service and the activity of the subject that was taken."""
    service, _, activity = step.removeprefix(TAKE).partition(" ")
    return {**typed, "service": service[:60], "activity": activity[:60]}
