"""The one door to tickets: web, mail, API and command line all come in here.

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
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from ticketing import model
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.recorded_facts import record_fact, recorded_facts, withdraw_fact
from ticketing.in_force.routing import router
from ticketing.mail import outbox
from ticketing.model import Facts, HandOnReason, Holder, HoldReason, Kind, State, Upload
from ticketing.tables import Attachment, Ticket, TicketEvent
from ticketing.tickets import lifecycle, queries, requests, row_values, store, transaction
from ticketing.tickets.lifecycle import Author, Entry, Outcome
from ticketing.tickets.opening import open_ticket, preview

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

#: Kinds whose words may be masked (2.4).
MASKABLE = frozenset(
    {
        Kind.COMMENT,
        Kind.NOTE,
        Kind.QUESTION,
        Kind.HELD,
        Kind.RESOLVED,
        Kind.REOPENED,
        Kind.CLOSED,
        Kind.DECISION,
        Kind.HANDED_ON,
        Kind.CONTESTED,
        Kind.CONFIDENTIAL,
    }
)

_EVENTS = {
    "ticket.opened": "Ticket ouvert",
    "ticket.comment": "Commentaire",
    "ticket.note": "Note interne",
    "ticket.taken": "Ticket pris en charge",
    "ticket.question": "Question au demandeur",
    "ticket.held": "Ticket mis en attente",
    "ticket.resumed": "Traitement repris",
    "ticket.resolved": "Ticket résolu",
    "ticket.confirmed": "Résolution confirmée",
    "ticket.reopened": "Ticket rouvert",
    "ticket.closed": "Ticket clos",
    "ticket.decision": "Faits corrigés",
    "ticket.rerouted": "Ticket réacheminé",
    "ticket.handed_on": "Ticket transmis",
    "ticket.contested": "Transmission contestée",
    "ticket.shared": "Partage d’un ticket",
    "ticket.confidential": "Confidentialité d’un ticket",
    "ticket.masked": "Commentaire masqué",
}
for _event, _label in _EVENTS.items():
    audit.label(_event, _label)


# --- the steps --------------------------------------------------------------------------------------------------------


def comment(
    actor: Actor,
    number: int,
    body: str,
    visibility: str = "public",
    uploads: Sequence[Upload] = (),
    now: datetime | None = None,
    token: str | None = None,
) -> None:
    """Adds words, and files, to the timeline: for everyone who sees the ticket, or for the author's side alone.

    Files may come without words. An answer to the question that the ticket waits for sets it going again.
    """
    assert now is not None
    internal = visibility == "internal"
    text = model.clean_text(body)
    chosen = [upload for upload in uploads if upload.filename]
    fault = model.words_fault(text, "Écrivez votre commentaire.")
    if fault and (text or not chosen):
        raise Invalid({"body": fault})

    def decide(step: transaction.Underway) -> Outcome:
        if visibility not in ("public", "internal"):  # in doubt, nothing is shown to everyone (2.4)
            raise Invalid({"visibility": "Dites qui lira ce texte : tout le monde, ou votre équipe seulement."})
        return lifecycle.comment(step.present, step.author, text, internal, now)

    action = Action.NOTE if internal else Action.COMMENT
    transaction.act(actor, number, action, decide, now, uploads=chosen, token=token)


def take_charge(actor: Actor, number: int, version: int, now: datetime) -> None:
    """The actor takes the ticket in charge."""
    transaction.act(
        actor,
        number,
        Action.WORK,
        lambda step: lifecycle.take_charge(step.present, step.author, now),
        now,
        version=version,
    )


def hold(actor: Actor, number: int, version: int, reason: str, words: str, now: datetime, ask: bool = False) -> None:
    """Puts the ticket on hold for a reason of the closed list; `ask` (or the reason « attente-demandeur ») asks."""
    text = transaction.checked_words(words, "")
    try:
        known = HoldReason(reason)
    except ValueError:
        raise Invalid({"reason": "Choisissez la raison de l’attente."}) from None
    if ask:
        known = HoldReason.REQUESTER
    if known is HoldReason.REQUESTER and not text:
        raise Invalid({"words": "Écrivez la question à poser au demandeur."})
    if known is HoldReason.OTHER and not text:
        raise Invalid({"words": "Dites ce que l’on attend."})
    transaction.act(
        actor,
        number,
        Action.WORK,
        lambda step: lifecycle.hold(step.present, step.author, known, text, now),
        now,
        version=version,
        yours={"reason": reason, "words": words},
    )


def resume(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Ends the wait."""
    transaction.act(
        actor, number, Action.WORK, lambda step: lifecycle.resume(step.present, step.author, now), now, version=version
    )


def resolve(actor: Actor, number: int, version: int, solution: str, now: datetime) -> None:
    """Resolves the ticket; the solution is for the requester to read."""
    text = transaction.checked_words(solution, "Dites en quelques mots ce qui a été fait.", field="solution")
    transaction.act(
        actor,
        number,
        Action.WORK,
        lambda step: lifecycle.resolve(step.present, step.author, text, now),
        now,
        version=version,
        yours={"solution": solution},
    )


def confirm(actor: Actor, number: int, version: int, now: datetime) -> None:
    """The requester's side confirms the resolution: the ticket is closed."""
    transaction.act(
        actor,
        number,
        Action.CONFIRM,
        lambda step: lifecycle.confirm(step.present, step.author, now),
        now,
        version=version,
    )


def reopen(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """The problem remains."""
    text = transaction.checked_words(words, "Dites ce qui ne va toujours pas.")
    transaction.act(
        actor,
        number,
        Action.REOPEN,
        lambda step: lifecycle.reopen(step.present, step.author, text, now),
        now,
        version=version,
        yours={"words": words},
    )


def close(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Closes what is resolved."""
    text = transaction.checked_words(words, "")
    transaction.act(
        actor,
        number,
        Action.WORK,
        lambda step: lifecycle.close(step.present, step.author, text, now),
        now,
        version=version,
        yours={"words": words},
    )


def correct_facts(
    actor: Actor, number: int, version: int, fields: Mapping[str, Any], words: str, now: datetime
) -> None:
    """Corrects service, activity or facts (`fields`: the new values, all of them): a new decision, the old one kept.

    The ticket is routed by the version in force when it was opened. It changes hands only if the new decision names
    another holder than the old one did.
    """
    text = transaction.checked_words(words, "Dites pourquoi les faits sont corrigés.")
    given = dict(fields)
    facts = given.pop("facts", None)
    if isinstance(facts, Facts):
        given |= {name: getattr(facts, name) for name in routing.FACT_NAMES}
    elif facts is not None:
        given |= dict(facts)
    rules = transaction.router_kept()

    def decide(step: transaction.Underway) -> Outcome:
        wanted = {"service": step.row.service, "activity": step.row.activity, **given}
        asked = requests.request(rules, {**wanted, "etablissement": step.row.etablissement}, now)
        request = replace(asked, opened_at=step.row.opened_at)
        routed = routing.route(rules, request)
        new = Facts(**{name: getattr(request, name) for name in routing.FACT_NAMES})
        described = row_values.described(rules, step.row.etablissement, request.service, request.activity, new)
        changes = row_values.changes(step.row, described)
        if not changes:
            raise Invalid({"words": "Aucun fait n’a changé."})
        was = Holder(**step.decision["holder"])
        holder = routed.holder if routed.holder.organisation != was.organisation else step.present.holder
        step.routed, step.reason = routed, text
        step.values |= {
            **described,
            "convention": routed.decision.convention,
            "needs_info": routed.decision.status == "needs_info",
            "contributors": [[party, name] for party, name in routed.view.contributors],
        }
        return lifecycle.correct_facts(step.present, holder, request.activity, text, changes, now)

    transaction.act(
        actor,
        number,
        Action.CORRECT_FACTS,
        decide,
        now,
        version=version,
        yours={**given, "words": words},
    )


def reroute(actor: Actor, number: int, version: int, cell: tuple[str, str, str], words: str, now: datetime) -> None:
    """Routes a ticket that waits to be qualified anew, on the same facts: its cell has been filled in since.

    For who administers the matrix, on what the desk still holds. `cell`: agreement, service, activity; `version`: what
    the list showed. A ticket that changed meanwhile raises Stale; StepRefused where it no longer waits on this cell.
    """
    rules = transaction.router_kept()

    def decide(step: transaction.Underway) -> Outcome:
        row = step.row
        waits = step.decision["view"]["status"] == "to_qualify" and (row.convention, row.service, row.activity) == cell
        if not waits or row.holder_organisation != step.present.desk.organisation:
            raise StepRefused("Ce ticket n’attend plus d’être qualifié sur cette case.")
        facts = Facts(**{name: getattr(row, name) for name in routing.FACT_NAMES})
        asked = routing.request_for(row.etablissement, row.service, row.activity, facts, row.opened_at)
        routed = routing.route(rules, asked)
        if routed.decision.status == "to_qualify":
            raise StepRefused("Le jour de ce ticket, la case ne dit toujours rien.")
        step.routed, step.reason = routed, words
        step.values |= {
            "convention": routed.decision.convention,
            "needs_info": routed.decision.status == "needs_info",
            "contributors": [[party, name] for party, name in routed.view.contributors],
        }
        return lifecycle.reroute(step.present, routed.holder, words, now)

    transaction.act(actor, number, Action.ADMINISTER_MATRIX, decide, now, version=version)


def hand_on(actor: Actor, number: int, version: int, to_party: str, reason: str, words: str, now: datetime) -> None:
    """Hands the ticket to another party of the établissement's agreements, with a reason and words."""
    errors: dict[str, str] = {}
    if reason not in list(HandOnReason):
        errors["reason"] = "Choisissez la raison de la transmission."
    text = model.clean_text(words)
    if fault := model.words_fault(text, "Dites pourquoi le ticket change de mains."):
        errors["words"] = fault
    rules = transaction.router_kept()

    def decide(step: transaction.Underway) -> Outcome:
        bodies = {body.party: body for body in routing.parties(rules.conventions, step.row.etablissement)}
        if to_party not in bodies:
            errors["to_party"] = "Choisissez à qui transmettre le ticket."
        if errors:
            raise Invalid(errors)
        return lifecycle.hand_on(step.present, bodies[to_party], HandOnReason(reason), text, now)

    transaction.act(
        actor,
        number,
        Action.HAND_ON,
        decide,
        now,
        version=version,
        yours={"to_party": to_party, "reason": reason, "words": words},
    )


def contest(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Gives the ticket back to the party that handed it on, or to the desk."""
    text = transaction.checked_words(words, "Dites pourquoi ce ticket ne vous revient pas.")
    transaction.act(
        actor,
        number,
        Action.CONTEST,
        lambda step: lifecycle.contest(step.present, text, now),
        now,
        version=version,
        yours={"words": words},
    )


def share(actor: Actor, number: int, version: int, account_id: int | None, now: datetime) -> None:
    """Shares the ticket with a gestionnaire réseau of the établissement; None: with nobody any longer."""

    def decide(step: transaction.Underway) -> Outcome:
        shared: list[list[Any]] = []
        name = ""
        if account_id is not None:
            people = dict(queries.network_managers(step.row.etablissement, now))
            if account_id not in people:
                raise Invalid({"account_id": "Choisissez un gestionnaire réseau de l’établissement."})
            if account_id == step.row.opened_by and account_id in step.row.persons:
                raise Invalid({"account_id": "Cette personne a ouvert ce ticket : elle le voit déjà."})
            name = people[account_id]
            shared = [pair for pair in step.row.shared_with if pair[0] != account_id] + [[account_id, name]]
        before = {pair[0] for pair in step.row.shared_with}
        persons = [person for person in step.row.persons if person not in before]  # who opened it stays
        step.values |= {"shared_with": shared, "persons": [*persons, *(p[0] for p in shared if p[0] not in persons)]}
        return Outcome(step.present, Entry(Kind.SHARED, data={"name": name, "shared": bool(shared)}))

    transaction.act(actor, number, Action.SHARE, decide, now, version=version)


def make_confidential(actor: Actor, number: int, version: int, on: bool, words: str, now: datetime) -> None:
    """The chef d'établissement keeps the ticket from the correspondants, or gives it back to them."""
    text = transaction.checked_words(words, "")

    def decide(step: transaction.Underway) -> Outcome:
        if step.row.confidential is on:
            raise StepRefused("Ce ticket est déjà confidentiel." if on else "Ce ticket n’est pas confidentiel.")
        step.values["confidential"] = on
        return Outcome(step.present, Entry(Kind.CONFIDENTIAL, text, data={"on": on}))

    transaction.act(
        actor, number, Action.MAKE_CONFIDENTIAL, decide, now, version=version, yours={"words": words, "on": on}
    )


def mask(actor: Actor, number: int, event_id: int, words: str, now: datetime) -> None:
    """Masks the words and files of an entry, for everybody; the reason is kept and shown (annexe 6, 2.4)."""
    text = transaction.checked_words(words, "Dites pourquoi ce texte est masqué.")

    def decide(step: transaction.Underway) -> Outcome:
        entry = db.session.execute(
            select(TicketEvent.kind, TicketEvent.visibility, TicketEvent.side, TicketEvent.masked_at).where(
                TicketEvent.id == event_id, TicketEvent.ticket_id == number
            )
        ).one_or_none()
        side = perimeter(actor).side
        if entry is None or (entry.visibility == "internal" and entry.side != side):
            raise NotFound
        if entry.kind not in MASKABLE:
            raise StepRefused("Cette étape ne porte pas de texte à masquer.")
        if entry.masked_at is not None:
            raise StepRefused("Ce texte est déjà masqué.")
        db.session.execute(
            update(TicketEvent).where(TicketEvent.id == event_id).values(masked_at=now, mask_reason=text)
        )
        db.session.execute(update(Attachment).where(Attachment.event_id == event_id).values(visibility="masked"))
        outbox.drop(db.session(), event_id)
        store.index_from_rows(db.session(), step.row)
        step.internal = entry.visibility == "internal"
        return Outcome(step.present, Entry(Kind.MASKED, text, internal=step.internal, data={"event_id": event_id}))

    transaction.act(actor, number, Action.MASK_COMMENT, decide, now)


# --- beside the steps -------------------------------------------------------------------------------------------------


def close_resolved(now: datetime, days: int, at_most: int = 500) -> int:
    """For the scheduler: closes what has been resolved for `days` days without a word; gives how many."""
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
            step = transaction.Underway(
                row,
                queries.present_of(row, transaction.desk_of(row)),
                Author(None, transaction.PROGRAM, False),
                transaction.decision_of(row),
            )
            outcome = lifecycle.close(step.present, step.author, text, now)
            transaction.write(session, None, step, outcome, [], now)
            closed += 1
    return closed
