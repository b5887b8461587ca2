"""The only entry to acts on tickets: web, mail, API and command line all call these use cases.

Each use case asks the gate, lets `lifecycle` or the matrix decide (pure), and writes ticket, history, decision, rows of
the perimeter, counters, journal line and notices in one commit, or nothing at all. Raises `Invalid({field: sentence})`,
`StepRefused(sentence)`, `Stale(current, yours)`, `NotFound` (404) or `Refused(sentence)` (403).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from charters.database import db, reading, writing
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix import Request, Router
from matrix.request_facts import facts_of
from ticketing import model, steps
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.recorded_facts import record_fact, recorded_facts, withdraw_fact
from ticketing.in_force.routing import router
from ticketing.mail import outbox
from ticketing.model import Facts, HandOnReason, Holder, HoldReason, Kind, State, Step, Upload
from ticketing.tables import Attachment, Ticket, TicketEvent
from ticketing.tickets import delays, indexing, lifecycle, queries, requests, row_values, store, transaction
from ticketing.tickets.lifecycle import Author, Entry, Outcome
from ticketing.tickets.opening import open_ticket, preview
from ticketing.tickets.transaction import Attempt, Underway, checked_words, router_kept

__all__ = [
    "Invalid",
    "NotFound",
    "Refused",
    "Stale",
    "StepRefused",
    "close",
    "close_resolved",
    "comment",
    "confirm",
    "contest",
    "correct_facts",
    "hand_on",
    "hold",
    "make_confidential",
    "mask",
    "open_ticket",
    "preview",
    "record_fact",
    "recorded_facts",
    "reopen",
    "reroute",
    "resolve",
    "resume",
    "router",
    "share",
    "take_charge",
    "withdraw_fact",
]


# --- the steps --------------------------------------------------------------------------------------------------------


def comment(  # seven parameters: all that its form may send, and most callers give four
    actor: Actor,
    number: int,
    body: str,
    visibility: str = "public",
    uploads: Sequence[Upload] = (),
    now: datetime | None = None,
    token: str | None = None,
) -> None:
    """Add words and files to the timeline, for everyone who sees the ticket or for the author's side alone.

    Files may come without words. An answer to the question for which the ticket is on hold takes it off hold.
    """
    assert now is not None
    internal = visibility == "internal"
    text = model.clean_text(body)
    chosen = [upload for upload in uploads if upload.filename]
    fault = model.words_fault(text, "Écrivez votre commentaire.")
    if fault and (text or not chosen):
        raise Invalid({"body": fault})

    def decide(step: Underway) -> Outcome:
        if visibility not in ("public", "internal"):  # in doubt, nothing is shown to everyone (2.4)
            raise Invalid({"visibility": "Dites qui lira ce texte : tout le monde, ou votre équipe seulement."})
        return lifecycle.comment(step.standing, step.author, text, internal, step.act.now)

    step = Step.NOTE if internal else Step.COMMENT
    attempt = Attempt(actor=actor, number=number, now=now, step=step, uploads=chosen, token=token)
    transaction.take(attempt, decide)


def take_charge(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Put the ticket in the actor's charge."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.TAKE_CHARGE, version=version)
    transaction.take(attempt, lambda step: lifecycle.take_charge(step.standing, step.author, step.act.now))


def hold(actor: Actor, number: int, version: int, reason: str, words: str, now: datetime) -> None:
    """Put the ticket on hold for a reason of the closed list; « attente-demandeur » asks the requester a question."""
    text = checked_words(words, "")
    try:
        known = HoldReason(reason)
    except ValueError:
        raise Invalid({"reason": "Choisissez la raison de l’attente."}) from None
    if known is HoldReason.REQUESTER and not text:
        raise Invalid({"words": "Écrivez la question à poser au demandeur."})
    if known is HoldReason.OTHER and not text:
        raise Invalid({"words": "Dites ce que l’on attend."})
    attempt = Attempt(
        actor=actor, number=number, now=now, step=Step.HOLD, version=version, typed={"reason": reason, "words": words}
    )
    transaction.take(attempt, lambda step: lifecycle.hold(step.standing, step.author, known, text, step.act.now))


def resume(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Take a ticket off hold."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.RESUME, version=version)
    transaction.take(attempt, lambda step: lifecycle.resume(step.standing, step.author, step.act.now))


def resolve(actor: Actor, number: int, version: int, solution: str, now: datetime) -> None:
    """Resolve the ticket; the solution is for the requester to read."""
    text = checked_words(solution, "Dites en quelques mots ce qui a été fait.", field="solution")
    attempt = Attempt(
        actor=actor, number=number, now=now, step=Step.RESOLVE, version=version, typed={"solution": solution}
    )
    transaction.take(attempt, lambda step: lifecycle.resolve(step.standing, step.author, text, step.act.now))


def confirm(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Confirm the resolution, for the requester's side: the ticket is closed."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CONFIRM, version=version)
    transaction.take(attempt, lambda step: lifecycle.confirm(step.standing, step.author, step.act.now))


def reopen(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Reopen a resolved ticket, because the problem remains."""
    text = checked_words(words, "Dites ce qui ne va toujours pas.")
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.REOPEN, version=version, typed={"words": words})
    transaction.take(attempt, lambda step: lifecycle.reopen(step.standing, step.author, text, step.act.now))


def close(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Close a ticket that is resolved."""
    text = checked_words(words, "")
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CLOSE, version=version, typed={"words": words})
    transaction.take(attempt, lambda step: lifecycle.close(step.standing, step.author, text, step.act.now))


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


def hand_on(  # seven parameters: the four of every step, and the three fields of its form
    actor: Actor, number: int, version: int, to_party: str, reason: str, words: str, now: datetime
) -> None:
    """Hand the ticket to another party of the établissement's agreements, with a reason and words."""
    errors: dict[str, str] = {}
    if reason not in list(HandOnReason):
        errors["reason"] = "Choisissez la raison de la transmission."
    text = model.clean_text(words)
    if fault := model.words_fault(text, "Dites pourquoi le ticket change de mains."):
        errors["words"] = fault
    router_kept()

    def decide(step: Underway) -> Outcome:
        rules = router()
        parties = {holder.party: holder for holder in routing.parties(rules.conventions, step.row.etablissement)}
        if to_party not in parties:
            errors["to_party"] = "Choisissez à qui transmettre le ticket."
        if errors:
            raise Invalid(errors)
        return lifecycle.hand_on(step.standing, parties[to_party], HandOnReason(reason), text, step.act.now)

    attempt = Attempt(
        actor=actor,
        number=number,
        now=now,
        step=Step.HAND_ON,
        version=version,
        typed={"to_party": to_party, "reason": reason, "words": words},
    )
    transaction.take(attempt, decide)


def contest(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Give the ticket back to the party that handed it on, or to the desk."""
    text = checked_words(words, "Dites pourquoi ce ticket ne vous revient pas.")
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CONTEST, version=version, typed={"words": words})
    transaction.take(attempt, lambda step: lifecycle.contest(step.standing, text, step.act.now))


def share(actor: Actor, number: int, version: int, account_id: int | None, now: datetime) -> None:
    """Share the ticket with a gestionnaire réseau of the établissement, or with nobody any longer if None."""

    def decide(step: Underway) -> Outcome:
        shared: list[list[Any]] = []
        name = ""
        if account_id is not None:
            people = dict(queries.network_managers(step.row.etablissement, step.act.now))
            if account_id not in people:
                raise Invalid({"account_id": "Choisissez un gestionnaire réseau de l’établissement."})
            if account_id == step.row.opened_by and account_id in step.row.persons:
                raise Invalid({"account_id": "Cette personne a ouvert ce ticket : elle le voit déjà."})
            name = people[account_id]
            shared = [pair for pair in step.row.shared_with if pair[0] != account_id] + [[account_id, name]]
        before = {pair[0] for pair in step.row.shared_with}
        persons = [person for person in step.row.persons if person not in before]  # its opener keeps access
        step.values |= {"shared_with": shared, "persons": [*persons, *(p[0] for p in shared if p[0] not in persons)]}
        return lifecycle.announced(step.standing, Entry(Kind.SHARED, data={"name": name, "shared": bool(shared)}))

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.SHARE, version=version)
    transaction.take(attempt, decide)


def make_confidential(actor: Actor, number: int, version: int, on: bool, words: str, now: datetime) -> None:
    """Hide the ticket from the correspondants, or show it to them again; the chef d'établissement's step."""
    text = checked_words(words, "")

    def decide(step: Underway) -> Outcome:
        if step.row.confidential is on:
            raise StepRefused("Ce ticket est déjà confidentiel." if on else "Ce ticket n’est pas confidentiel.")
        step.values["confidential"] = on
        return lifecycle.announced(step.standing, Entry(Kind.CONFIDENTIAL, text, data={"on": on}))

    attempt = Attempt(
        actor=actor,
        number=number,
        now=now,
        step=Step.MAKE_CONFIDENTIAL,
        version=version,
        typed={"words": words, "on": on},
    )
    transaction.take(attempt, decide)


def mask(actor: Actor, number: int, event_id: int, words: str, now: datetime) -> None:
    """Mask the words and files of an entry, for everybody; the reason is kept and shown (annexe 6, 2.4)."""
    text = checked_words(words, "Dites pourquoi ce texte est masqué.")

    def decide(step: Underway) -> Outcome:
        entry = db.session.execute(
            select(TicketEvent.kind, TicketEvent.visibility, TicketEvent.side, TicketEvent.masked_at).where(
                TicketEvent.id == event_id, TicketEvent.ticket_id == number
            )
        ).one_or_none()
        side = perimeter(actor).side
        if entry is None or (entry.visibility == "internal" and entry.side != side):
            raise NotFound
        if entry.kind not in steps.MASKABLE:
            raise StepRefused("Cette étape ne porte pas de texte à masquer.")
        if entry.masked_at is not None:
            raise StepRefused("Ce texte est déjà masqué.")
        db.session.execute(
            update(TicketEvent).where(TicketEvent.id == event_id).values(masked_at=step.act.now, mask_reason=text)
        )
        db.session.execute(update(Attachment).where(Attachment.event_id == event_id).values(visibility="masked"))
        outbox.drop(db.session(), event_id)
        indexing.again(db.session(), step.row)
        internal = entry.visibility == "internal"
        return lifecycle.announced(
            step.standing, Entry(Kind.MASKED, text, internal=internal, data={"event_id": event_id})
        )

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.MASK)
    transaction.take(attempt, decide)


# --- beside the steps -------------------------------------------------------------------------------------------------


def close_resolved(now: datetime, days: int, at_most: int = 500) -> int:
    """Close the tickets resolved for `days` days without a word, for the scheduler, and return how many."""
    closed = 0
    limit = now - timedelta(days=days)
    text = f"Clos de lui-même : résolu depuis {days} jours sans nouvelle du demandeur."
    with reading() as session:
        numbers = (
            session.execute(
                select(Ticket.number)
                .where(Ticket.state == State.RESOLVED.value, Ticket.resolved_at <= limit)
                .order_by(Ticket.resolved_at)
                .limit(at_most)
            )
            .scalars()
            .all()
        )
    for number in numbers:
        with writing() as session:
            row = store.lock_ticket(session, number)
            if row is None or row.state != State.RESOLVED.value or row.resolved_at > limit:
                continue
            act = transaction.Act(session, None, Author(None, transaction.PROGRAM, False), now)
            standing = queries.standing_of(row, transaction.desk_of(row))
            step = Underway(act, row, standing, transaction.decision_of(row))
            transaction.write(step, lifecycle.close(step.standing, step.author, text, now))
            closed += 1
    return closed
