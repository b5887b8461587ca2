"""What is known already of a trouble that is being typed: open tickets that look alike, interruptions, articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charters.model import Actor
from charters.permissions import perimeter
from ticketing.articles.fitting import FittingArticle, fitting
from ticketing.interruptions import banners
from ticketing.interruptions.banners import InterruptionView
from ticketing.joining.alike import alike, telling
from ticketing.model import Filters
from ticketing.tickets import queries
from ticketing.views import ListRow

#: How many open tickets on the service are compared, the first of the queue.
COMPARED_MAX = 50


@dataclass(frozen=True, slots=True)
class Reported:
    """What is known already of a service: tickets of the établissement, interruptions that touch it, articles on it."""

    tickets: tuple[ListRow, ...] = ()
    interruptions: tuple[InterruptionView, ...] = ()
    articles: tuple[FittingArticle, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tickets or self.interruptions or self.articles)


def reported(actor: Actor, etablissement: str, service: str, sentence: str, now: datetime) -> Reported:
    """Return what was reported already on a service in an établissement, within the actor's perimeter."""
    if not service:
        return Reported()
    filters = Filters(state="open", etablissement=etablissement, service=service)
    rows = queries.queue(perimeter(actor), filters, None, now, COMPARED_MAX).rows
    touching = tuple(one for one in banners.banners(actor, now) if not one.services or service in one.services)
    return Reported(alike(sentence, rows), touching, fitting(actor, service, telling(sentence)))
