"""The decision on what the opening form says so far, with the questions that may still change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from flask import g

from matrix import Router
from matrix.explain import what_would_change
from matrix.request_facts import FACTS
from ticketing import model
from ticketing.formats import PARIS
from ticketing.in_force import routing
from ticketing.tickets import desk, incidents
from ticketing.web.tickets import advice_panel, decision_panel, questions

#: The field of the kind of incident, asked where the agreement tells several apart (bouches-du-rhone-2017, M5.4).
INCIDENT = "incident"
#: What helps whoever comes, and changes nothing of the decision: where it is, who is held up (`ticketing.urgency`).
ROOM, IMPACT, URGENCY = "room", "impact", "urgency"
#: The fields on which the decision depends.
CHOICES = ("service", "activity", *FACTS, questions.USAGE, INCIDENT)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision on what is chosen, as the page shows it, and the facts read from the form.

    `errors`: the errors by field; `unread`: those among them for answers that could not be read.
    """

    panel: decision_panel.Panel
    facts: model.Facts
    errors: Mapping[str, str]
    unread: Mapping[str, str]

    @property
    def asked_facts(self) -> model.Facts:
        """The facts that the page asks for, without answers to questions that another answer has removed."""
        if self.panel.kind == "empty":  # nothing was decided: the desk reports what is wrong
            return self.facts
        asked = {*self.panel.ask, *self.panel.optional}
        if questions.USAGE in asked:
            asked.add("user_category")
        return model.Facts(**{fact: value for fact, value in self.facts.values().items() if fact in asked})


def router() -> Router:
    """Return the rules of the day."""
    return desk.router()


def decide(typed: Mapping[str, str], etablissement: str) -> Decided:
    """Return the decision on what is chosen so far."""
    return _decided(desk.router(), etablissement, hour(), *(typed[name] for name in CHOICES))


def hour() -> datetime:
    """Return the current hour in Paris: agreements count in days, school time and delays in hours."""
    now: datetime = g.now.astimezone(PARIS)
    return now.replace(minute=0, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _decided(rules: Router, etablissement: str, now: datetime, *choices: str) -> Decided:
    """Return the decision on choices given in the order of CHOICES; cached, as the page asks again at each change."""
    typed = dict(zip(CHOICES, choices, strict=True))
    service, activity = typed["service"], typed["activity"]
    typed["user_category"] = questions.category(typed[questions.USAGE], line := typed["user_category"])
    answers, passed, unread = questions.read_facts(typed)
    facts = model.Facts(**answers)
    if not service or not activity:
        return Decided(decision_panel.empty(), facts, unread, unread)
    wanted = routing.request_for(etablissement, service, activity, facts, now)
    preview = desk.preview(rules, wanted)
    decision = preview.decision
    if decision is None or preview.request is None:
        panel = decision_panel.panel(preview, questions.Asked())
        return Decided(panel, facts, {**preview.errors, **unread}, unread)
    helps = questions.helping(service, activity)
    missing = decision.missing
    changes = what_would_change(rules, preview.request)
    otherwise = [one.sentence for one in changes if not missing or one.fact in missing]
    agreement = advice_panel.binding(
        rules.conventions, decision.convention, decision.status, preview.request.etablissement
    )
    kinds = advice_panel.incidents_for(agreement, service, activity)
    chosen = typed[INCIDENT] if typed[INCIDENT] in kinds else ""
    asked = questions.asked(rules, preview.request, passed)
    asked = questions.parted(asked, typed[questions.USAGE], line, missing)
    if kinds:
        asked = replace(asked, optional=(INCIDENT, *asked.optional))
    told = advice_panel.tips(agreement, rules.conventions.vocabulary, service, activity, facts, chosen)
    advised = advice_panel.before_sending(told, chosen, now)
    panel = replace(decision_panel.panel(preview, asked, otherwise, advised), helps=helps)
    return Decided(panel, facts, unread, unread)


def incident(typed: Mapping[str, str], shown: decision_panel.Panel, etablissement: str) -> str:
    """Return the kind of incident chosen, where the page asks for it and the agreements know it; else an empty text."""
    known = incidents.known(desk.router().conventions, etablissement)
    return typed[INCIDENT] if INCIDENT in shown.optional and typed[INCIDENT] in known else ""


def goes_to(shown: decision_panel.Panel) -> str:
    """Return a sentence that says who gets the ticket, and what is asked of its author if an answer is missing."""
    if shown.kind == "settled" and shown.parties:
        return f"Il est chez : {shown.parties[0].name}."
    if shown.kind == "needs_info":
        return "Il manque une réponse\u00a0: donnez-la ici, et l’on saura qui s’en occupe."
    return "Il est au guichet de l’académie, qui trouvera avec vous à qui le confier."
