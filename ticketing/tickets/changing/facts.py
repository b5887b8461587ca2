"""Decide a ticket again: on corrected facts, on an answer that the decision lacked, on an agreement that says more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from charters.model import Actor
from charters.permissions import Action
from matrix import Request, Router
from matrix.request_facts import facts_of
from ticketing.errors import Invalid, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.routing import router
from ticketing.model import TO_SPECIFY, Facts, Holder, Step
from ticketing.steps import ANSWERED
from ticketing.tickets import delays, lifecycle, requests, row_values, transaction
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway, checked_words, router_kept


def correct_facts(
    actor: Actor, number: int, version: int, fields: Mapping[str, Any], words: str, now: datetime
) -> None:
    """Correct service, activity or facts (`fields`: all new values): the ticket gets a new decision and keeps the old.

    The ticket is routed by the version in force when it was opened. It changes hands only if the new decision names
    another holder than the old one did.
    """
    text = checked_words(words, "Dites pourquoi les faits sont corrigés.")
    given = dict(fields)
    facts = given.pop("facts", None)
    if isinstance(facts, Facts):
        given |= facts.values()
    elif facts is not None:
        given |= dict(facts)
    router_kept()

    def decide(step: Underway) -> Outcome:
        rules = router()
        asked = {"service": step.row.service, "activity": step.row.activity, **given}
        asked["etablissement"] = step.row.etablissement
        request = replace(requests.request(rules, asked, step.act.now), opened_at=step.row.opened_at)
        return _corrected(step, rules, request, text)

    typed = {**given, "words": words}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CORRECT_FACTS, version=version, typed=typed)
    transaction.take(attempt, decide)


def answer(actor: Actor, number: int, version: int, fields: Mapping[str, Any], now: datetime) -> None:
    """Answer the question whose answer the decision lacks, for the requester's side or the holder's: decided again.

    `fields` holds the facts answered; of these only those that the present decision lacks are taken, or the service and
    the activity of a ticket that has none yet. Raises Invalid where none of them is answered.
    """
    router_kept()

    def decide(step: Underway) -> Outcome:
        if not step.row.needs_info:
            raise StepRefused("Il ne manque plus rien à ce ticket.")
        rules, row = router(), step.row
        lacked = ("service", "activity") if row.service == TO_SPECIFY else tuple(step.decision["view"]["missing"])
        given = {name: fields[name] for name in lacked if fields.get(name) not in (None, "")}
        if not given:
            raise Invalid({next(iter(lacked), ""): "Choisissez une réponse."})
        asked = {"service": row.service, "activity": row.activity, **facts_of(row).values(), **given}
        request = requests.request(rules, asked | {"etablissement": row.etablissement}, step.act.now)
        allowed = rules.conventions.opens(str(actor.role), row.etablissement)
        if allowed is not None and request.service not in allowed:
            raise Invalid({"service": "Votre fiche de mission ne prévoit pas ce service."})
        outcome = _corrected(step, rules, replace(request, opened_at=row.opened_at), "")
        data = {**outcome.entry.data, "cause": ANSWERED}
        return replace(outcome, entry=replace(outcome.entry, data=data))

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.ANSWER, version=version, typed=dict(fields))
    transaction.take(attempt, decide)


def _corrected(step: Underway, rules: Router, request: Request, words: str) -> Outcome:
    """Route the ticket by its corrected facts. Raises Invalid if none differs."""
    routed = routing.route(rules, request)
    about = row_values.about(rules, request)
    described = about.columns()
    changes = row_values.changes(step.row, described)
    if not changes:
        raise Invalid({"words": "Aucun fait n’a changé."})
    was = Holder(**step.decision["holder"])
    holder = routed.holder if routed.holder.organisation != was.organisation else step.standing.holder
    _decided(step, rules, routed, words)
    step.standing = lifecycle.answered(step.standing, step.author, step.act.now)
    step.values |= described
    return lifecycle.correct_facts(step.standing, holder, request.activity, words, changes, step.act.now)


def _decided(step: Underway, rules: Router, routed: routing.Routed, words: str) -> None:
    """Add to the step a new decision, its delay, and the columns that repeat it."""
    step.routed, step.reason = routed, words
    step.delay = delays.of_text(rules.conventions, routed, step.row.incident or "")
    step.standing = replace(step.standing, due_at=step.delay.by if step.delay else None)
    step.values |= row_values.of_decision(routed)


def reroute(actor: Actor, number: int, version: int, cell: tuple[str, str, str], words: str, now: datetime) -> None:
    """Route again, on the same facts, a ticket that waits to be qualified and whose cell has been filled in since.

    This is for people who administer the matrix, on tickets that the desk still holds. `cell` is agreement, service,
    activity; `version` is what the list showed. Raises Stale if the ticket changed meanwhile, StepRefused if it no
    longer waits on this cell.
    """
    router_kept()

    def decide(step: Underway) -> Outcome:
        rules = router()
        row = step.row
        waits = step.decision["view"]["status"] == "to_qualify" and (row.convention, row.service, row.activity) == cell
        if not waits or row.holder_organisation != step.standing.desk.organisation:
            raise StepRefused("Ce ticket n’attend plus d’être qualifié sur cette case.")
        asked = routing.request_for(row.etablissement, row.service, row.activity, facts_of(row), row.opened_at)
        routed = routing.route(rules, asked)
        if routed.decision.status == "to_qualify":
            raise StepRefused("Le jour de ce ticket, la case ne dit toujours rien.")
        _decided(step, rules, routed, words)
        return lifecycle.reroute(step.standing, routed.holder, words, step.act.now)

    attempt = Attempt(actor=actor, number=number, now=now, action=Action.ADMINISTER_MATRIX, version=version)
    transaction.take(attempt, decide)
