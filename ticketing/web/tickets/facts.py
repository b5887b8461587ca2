"""The known facts of a ticket and the words that came with it, as its page lists them."""

from __future__ import annotations

from matrix.explain import payer
from matrix.request_facts import YES_NO
from matrix.wording import capital, enumeration
from ticketing import urgency, views
from ticketing.formats import french_date
from ticketing.tickets import desk
from ticketing.web.tickets import steps


def lines(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the known facts and the words that came with the ticket, as (label, text)."""
    facts = ticket.facts
    said = []
    place = desk.router().conventions.etablissements.get(ticket.etablissement)
    if place is not None and place.sites:
        said.append(("Autre site", enumeration(place.sites)))
    if facts.user_category:
        said.append((steps.FACT_LABELS["user_category"], ticket.user_category_label or facts.user_category))
    if facts.acquired_by:
        paid = capital(payer(desk.router().conventions, ticket.etablissement, facts.acquired_by))
        said.append((steps.FACT_LABELS["acquired_by"], paid))
    if facts.acquired_on:
        said.append((steps.FACT_LABELS["acquired_on"], french_date(facts.acquired_on)))
    for name in YES_NO:
        value = getattr(facts, name)
        if value is not None:
            said.append((steps.FACT_LABELS[name], steps.shown(value)))
    told = (
        ("Pour", ticket.on_behalf_of),
        ("Numéro d’inventaire", ticket.tag),
        ("Matériel", ticket.asset),
        ("Salle ou lieu", ticket.room),
        ("Qui est gêné", urgency.IMPACT_WORDS.get(ticket.impact or 0, "")),
        ("Peut-on travailler", urgency.URGENCY_WORDS.get(ticket.urgency or 0, "")),
    )
    said.extend((label, text) for label, text in told if text)
    return said
