"""Forms of the steps of a ticket: their fields, their choices, and what they show after a refusal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g
from markupsafe import Markup

from matrix.model import FACTS
from ticketing import views
from ticketing.formats import french_datetime
from ticketing.in_force import routing
from ticketing.steps import MASKABLE
from ticketing.tickets import desk, queries
from ticketing.web import frame, vocabulary
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import opening, plain_labels, questions, steps


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused step: the sentence, the errors by field, what had been typed."""

    slug: str
    sentence: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed_words(self) -> bool:
        """Whether the refused form held any text."""
        return bool(self.typed.get("texte", "").strip())


def fields(ticket: views.TicketView, name: str, refused: Refusal | None) -> Markup:
    """Return the fields of a step as HTML: empty ones come from the cache, refused ones hold what was typed."""
    key, data = offered(ticket, name)
    if refused is not None and refused.slug == steps.SLUGS[name]:
        return fresh("tickets/pieces.html", name, refused.typed, refused.errors, data())
    return piece("tickets/pieces.html", name, key, (), (), data)


def offered(ticket: views.TicketView, name: str) -> tuple[Hashable, Callable[[], Any]]:
    """Return a cache key for the choices that a step offers, and a function that makes these choices."""
    rules = desk.router()
    match name:
        case "hold":
            return (), lambda: {"hold_reasons": steps.HOLD_REASONS}
        case "hand_on":
            parties = tuple(other_parties(ticket))
            return parties, lambda: {"parties": parties, "hand_on_reasons": steps.HAND_ON_REASONS}
        case "share":
            people = tuple(network_managers(ticket))
            return people, lambda: {"network_managers": people}
        case "make_confidential":
            return ticket.confidential, lambda: {"confidential": ticket.confidential}
        case "mask":
            choices = tuple(maskable(ticket))
            return choices, lambda: {"masked_choices": choices}
        case "correct_facts":
            key = (rules.conventions, ticket.etablissement, ticket.service, ticket.activity, ticket.facts)
            return key, lambda: {
                "service": ticket.service,
                "activity": ticket.activity,
                "service_options": service_options(ticket),
                "activity_options": [(key, answer) for key, answer, _ in vocabulary.ACTIVITIES],
                "questions": questions.questions(rules, ticket.etablissement),
                "facts": {fact: questions.written(getattr(ticket.facts, fact)) for fact in FACTS},
            }
        case _:
            return (), dict


def choices(ticket: views.TicketView, form: steps.Form) -> list[tuple[str, str]]:
    """Return the other choices made in a form, as (label, words)."""
    reasons = dict(steps.HOLD_REASONS) | dict(steps.HAND_ON_REASONS)
    said = []
    if form["partie"]:
        said.append(("À qui", dict(other_parties(ticket)).get(form["partie"], form["partie"])))
    if form["raison"]:
        said.append(("Raison", reasons.get(form["raison"], form["raison"])))
    if form["service"]:
        said.append(("Sujet", plain_labels.plain_label(form["service"]) or form["service"]))
    if form["activity"]:
        said.append(("Demande", vocabulary.ACTIVITY_ANSWERS.get(form["activity"], form["activity"])))
    return said


def other_parties(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return (party, name) of the parties of the établissement's agreements to which the ticket can be handed on."""
    return [
        (holder.party, holder.name)
        for holder in routing.parties(desk.router().conventions, ticket.etablissement)
        if holder.organisation != ticket.holder_organisation
    ]


def service_options(ticket: views.TicketView) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the services that the établissement's agreements name, in groups for a select."""
    groups = opening.groups(desk.router().conventions, ticket.etablissement, "")
    return [(group.label, [(service.id, service.label) for service in group.services]) for group in groups]


def network_managers(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the gestionnaires réseau with whom the ticket may be shared, as options of a select."""
    people = [(str(account), name) for account, name in queries.network_managers(ticket.etablissement, g.now)]
    if ticket.shared_with:
        people.append((steps.NOBODY, "Personne désormais"))
    return people


def maskable(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the entries whose words may be masked: (id, « Commentaire de Prénom Nom, 12 novembre 2026 à 14 h 05 »).

    A reader with a reason reads the notes of every side, and may mask only those of the reader's own.
    """
    own = frame.scope_name(g.actor.mandate.scope_id)
    return [
        (str(event.id), f"{steps.look(event.kind, event.data).title}, {event.author_name}, {french_datetime(event.at)}")
        for event in ticket.events
        if event.kind in MASKABLE
        and not event.masked
        and (event.body_html or event.files)
        and (event.visibility == "public" or event.author_side_name == own)
    ]
