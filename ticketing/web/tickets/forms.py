"""Forms of the steps of a ticket: their fields, their choices, and what they show after a refusal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g
from markupsafe import Markup

from charters.days import today
from matrix.model import FACTS
from ticketing import urgency, views
from ticketing.formats import french_date, french_datetime
from ticketing.in_force import routing
from ticketing.steps import MASKABLE
from ticketing.tickets import desk, queries
from ticketing.tickets.bonds.splitting import PARTS
from ticketing.tickets.changing import letters
from ticketing.web import frame, vocabulary
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import plain_labels, questions, steps, subjects
from ticketing.workbench import absences, teams


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
    """Return the fields of a step as HTML: empty ones come from the cache, others hold what somebody typed."""
    if name in _OWN:
        again = refused is not None and refused.slug == steps.SLUGS[name]
        typed, errors = (refused.typed, refused.errors) if again and refused else ((), {})
        return fresh("tickets/pieces.html", name, typed, errors, _OWN[name](ticket))
    key, data = offered(ticket, name)
    if refused is not None and refused.slug == steps.SLUGS[name]:
        return fresh("tickets/pieces.html", name, refused.typed, refused.errors, data())
    return piece("tickets/pieces.html", name, key, (), (), data)


def _adjusting(ticket: views.TicketView) -> dict[str, Any]:
    """Return what the form of place and urgency shows: what the subject asks or has already, the answers."""
    asked = questions.helping(ticket.service, ticket.activity)
    now = {name: getattr(ticket, name) for name in steps.ADJUSTED}
    return {
        "asked": [name for name in steps.ADJUSTED if name in asked or now[name]],
        "now": {name: str(value or "") for name, value in now.items()},
        "impacts": [(str(code), words) for code, words in urgency.IMPACTS],
        "urgencies": [(str(code), words) for code, words in urgency.URGENCIES],
    }


#: Steps whose form shows the ticket's own words, kept in no cache -> what it shows.
_OWN: Mapping[str, Callable[[views.TicketView], dict[str, Any]]] = {
    "amend": lambda ticket: {"title": ticket.title, "body": ticket.body},
    "adjust": _adjusting,
}


def offered(ticket: views.TicketView, name: str) -> tuple[Hashable, Callable[[], Any]]:
    """Return a cache key for the choices that a step offers, and a function that makes these choices."""
    rules = desk.router()
    match name:
        case "assign":
            chosen = tuple(colleagues(ticket))
            return chosen, lambda: {"colleagues": chosen}
        case "hold":
            return (), lambda: {"hold_reasons": steps.HOLD_REASONS}
        case "hand_on":
            return _handing_on(ticket)
        case "contest":
            return _invoking(ticket)
        case "share":
            people = tuple(network_managers(ticket))
            return people, lambda: {"network_managers": people}
        case "withdraw":
            reasons = steps.WITHDRAW_REASONS if "amend" in ticket.steps else steps.WITHDRAW_REASONS[:1]
            return reasons, lambda: {"reasons": reasons}
        case "answer":
            asked = next(iter(ticket.decision.missing), "")
            return (rules.conventions, ticket.etablissement, asked), lambda: _lacking(ticket, asked)
        case "make_confidential":
            return ticket.confidential, lambda: {"confidential": ticket.confidential}
        case "split":
            parts = tuple(of_parts(ticket))
            return (rules.conventions, ticket.etablissement, ticket.activity, parts), lambda: _splitting(ticket, parts)
        case "mask":
            choices = tuple(maskable(ticket))
            return choices, lambda: {"masked_choices": choices}
        case "correct_facts":
            about = (ticket.etablissement, ticket.service, ticket.activity, ticket.facts)
            key = (rules, ticket.opened_at.date(), *about)
            return key, lambda: _correcting(ticket)
        case _:
            return (), dict


def _correcting(ticket: views.TicketView) -> dict[str, Any]:
    """Return what the form that corrects the facts shows: the subjects, the activities, the questions on the facts."""
    about = (ticket.etablissement, ticket.service, ticket.activity, ticket.facts)
    return {
        "service": ticket.service,
        "activity": ticket.activity,
        "service_options": service_options(ticket),
        "activity_options": [(key, answer) for key, answer, _ in vocabulary.ACTIVITIES],
        "questions": questions.of_service(desk.router(), routing.request_for(*about, ticket.opened_at)),
        "facts": {fact: questions.written(getattr(ticket.facts, fact)) for fact in FACTS},
    }


def _splitting(ticket: views.TicketView, parts: tuple[Any, ...]) -> dict[str, Any]:
    """Return what the form that splits a ticket shows: its parts, and the subject that the new one may have."""
    return {
        "parts": parts,
        "activity": ticket.activity,
        "service_options": service_options(ticket),
        "activity_options": [(key, said) for key, said, _ in vocabulary.ACTIVITIES],
    }


def _handing_on(ticket: views.TicketView) -> tuple[Hashable, Callable[[], Any]]:
    """Return the choices of a hand-on: parties, reasons, clauses."""
    parties = tuple(other_parties(ticket))
    key, clauses = _invoking(ticket)
    return (parties, key), lambda: {"parties": parties, "hand_on_reasons": steps.HAND_ON_REASONS, **clauses()}


def _invoking(ticket: views.TicketView) -> tuple[Hashable, Callable[[], Any]]:
    """Return the clauses that may be invoked: those of the agreement that decided, those that it cites first."""
    conventions, convention = desk.router().conventions, ticket.decision.convention
    cited = frozenset((one.ref, one.quote) for one in ticket.decision.citations)

    def made() -> dict[str, Any]:
        known = desk.clauses(conventions, convention).items()
        first = sorted(known, key=lambda pair: (pair[1].ref, pair[1].quote) not in cited)
        return {"clauses": [(name, letters.label(one)) for name, one in first]}

    return (conventions, convention, cited), made


def _lacking(ticket: views.TicketView, fact: str) -> dict[str, Any]:
    """Return what the form of the one question shows: that on a fact, or the subject where no service is said yet."""
    rules = desk.router()
    return {
        "questions": [one for one in questions.questions(rules, ticket.etablissement) if one.fact == fact],
        "service_options": service_options(ticket) if fact == "service" else (),
        "activity_options": [(key, said) for key, said, _ in vocabulary.ACTIVITIES],
    }


def choices(ticket: views.TicketView, form: steps.Form) -> list[tuple[str, str]]:
    """Return the other choices made in a form, as (label, words)."""
    reasons = dict(steps.HOLD_REASONS) | dict(steps.HAND_ON_REASONS) | dict(steps.WITHDRAW_REASONS)
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
    groups = subjects.groups(desk.router().conventions, ticket.etablissement, "")
    return [(group.label, [(service.id, service.label) for service in group.services]) for group in groups]


def network_managers(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the gestionnaires réseau with whom the ticket may be shared, as options of a select."""
    people = [(str(account), name) for account, name in queries.network_managers(ticket.etablissement, g.now)]
    if ticket.shared_with:
        people.append((steps.NOBODY, "Personne désormais"))
    return people


def of_parts(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the public texts of which another ticket may be made, the latest first: (id, who said it and when)."""
    return [
        (str(event.id), f"{steps.look(event.kind, event.data).title}, {event.author_name}, {french_datetime(event.at)}")
        for event in reversed(ticket.events)
        if event.kind in PARTS and event.visibility == "public" and not event.masked
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    """A colleague to whom a ticket may be given, and what is said of this person."""

    account: int
    name: str
    told: str


def colleagues(ticket: views.TicketView) -> list[Choice]:
    """Return the colleagues of the holder's side who may work the ticket, with how many open tickets each has."""
    names = queries.who_may_work(ticket.scope, g.now)
    names.pop(ticket.assignee_id or 0, None)
    return loaded(names, ticket.scope.holder, (ticket.etablissement, ticket.service))


def loaded(names: Mapping[int, str], side: str, about: tuple[str, str | None] | None = None) -> list[Choice]:
    """Return colleagues of the reader's side with what each has in charge, who is away last and until when.

    Those of a team that covers what the ticket is about (établissement, service) come first; without a ticket, those of
    the reader's own teams.
    """
    close = {
        account: one.name
        for one in teams.teams(side, g.now)
        if (one.covers(*about) if about else g.actor.account_id in one.members)
        for account in one.members
    }
    load = queries.in_charge_of(g.perimeter, names, side)
    away = absences.away(side, today(g.now))
    told = {one: f" · absence jusqu’au {french_date(away[one])}" if one in away else "" for one in names}
    of = {one: f" · {close[one]}" if one in close else "" for one in names}
    chosen = [Choice(one, name, f"{load[one]} en charge{of[one]}{told[one]}") for one, name in names.items()]
    return sorted(chosen, key=lambda one: (one.account in away, one.account not in close))


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
