"""The one door to tickets: web, mail, API and command line all come in here.

Each use case asks the gate, lets `lifecycle` or the matrix decide (pure), and writes ticket, history, decision, rows of
the perimeter, counters, journal line and notices in one commit, or nothing at all. Raises `Invalid({field: sentence})`,
`StepRefused(sentence)`, `Stale(current, yours)`, `NotFound` (404) or `Refused(sentence)` (403).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, select, update

from charters.database import db, reading, writing
from charters.gate import permits
from charters.journal import audit
from charters.mail_texts import mail_texts
from charters.model import Actor, Scope
from charters.permissions import Action, perimeter
from matrix import Router
from ticketing import model
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.files import receiving
from ticketing.in_force import routing
from ticketing.in_force.recorded_facts import record_fact, recorded_facts, withdraw_fact
from ticketing.mail import outbox, wording
from ticketing.model import Draft, Facts, HandOnReason, Holder, HoldReason, Kind, Preview, State, Upload
from ticketing.tables import Attachment, DecisionRow, Ticket, TicketEvent
from ticketing.tickets import lifecycle, queries, requests, row_values, search, store
from ticketing.tickets.lifecycle import Author, Entry, Outcome, Present

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
_NAME = "Guichet"  # the program's, when it acts by itself

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


def router() -> Router:
    """The agreements with the facts recorded on them."""
    return routing.router()


# --- opening ----------------------------------------------------------------------------------------------------------


def preview(actor: Actor, draft_fields: Mapping[str, Any], now: datetime) -> Preview:
    """The decision as it forms, from what is known so far. Writes nothing.

    `draft_fields`: etablissement, service, activity and the facts; empty or absent means not known.
    """
    rules = router()
    try:
        request = requests.request(rules, draft_fields, now)
    except Invalid as fault:
        return Preview(None, errors={} if fault.errors.get("") == requests.MISSING else fault.errors)
    routed = routing.route(rules, request)
    return Preview(
        routed.view,
        routing.would_change(rules, request),
        tuple(zip(routed.view.missing, routed.view.questions, strict=True)),
    )


def open_ticket(actor: Actor, draft: Draft, uploads: Sequence[Upload], now: datetime, token: str | None = None) -> int:
    """Opens a ticket and gives its number. The same form token again gives the same ticket, opened once."""
    draft, errors = model.check_draft(draft)
    rules = _rules()
    _may_open(actor, draft)
    try:
        request = requests.request(rules, requests.fields_of(draft), now)
    except Invalid as fault:
        raise Invalid({**fault.errors, **errors}) from fault
    allowed = rules.conventions.opens(str(actor.role), draft.etablissement)
    if allowed is not None and draft.service not in allowed:
        errors["service"] = "Votre fiche de mission ne prévoit pas ce service : voyez le correspondant informatique."
    if errors:
        raise Invalid(errors)
    routed = routing.route(rules, request)
    with _receiving(uploads) as received, writing() as session:
        if token:
            first, known = store.claim_token(session, actor.account_id, token[:64], now)
            if not first:
                return _already(received, known)
        values = row_values.new_ticket(rules, actor, draft, routed, now)
        values["file_bytes"] = sum(file.size for file in received)
        number = store.add_ticket(session, values)
        outcome = lifecycle.opened(row_values.present(values, routed.desk))
        recorded = _record(
            session, actor, _author(actor, routed.holder), number, values, outcome.entry, received, now, decision=routed
        )
        store.set_decision(session, number, recorded.decision_id)
        store.index(session, number, store.words_of(values), values["scope_keys"], new=True)
        _tell(session, actor, {**values, "number": number}, outcome, recorded.event_id, routed.view.why, now)
        if token:
            store.settle_token(session, actor.account_id, token[:64], number)
        audit.record(
            "ticket.opened",
            actor=actor,
            subject=f"ticket {number}",
            now=now,
            details={"status": routed.decision.status, "party": routed.holder.party, "files": len(received)},
        )
    return number


def _rules() -> Router:
    """The router, read in a transaction of its own: what takes time afterwards (files) must not hold the write lock."""
    kept = routing.kept()
    if kept is not None:
        return kept
    with reading():
        return router()


def _may_open(actor: Actor, draft: Draft) -> None:
    scope = Scope(draft.etablissement, academie="", holder="", service=draft.service or None)
    verdict = permits(actor, Action.OPEN, scope)
    if not verdict.allowed:
        raise Refused(verdict.reason)


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

    def decide(step: _Step) -> Outcome:
        if visibility not in ("public", "internal"):  # in doubt, nothing is shown to everyone (2.4)
            raise Invalid({"visibility": "Dites qui lira ce texte : tout le monde, ou votre équipe seulement."})
        return lifecycle.comment(step.present, step.author, text, internal, now)

    action = Action.NOTE if internal else Action.COMMENT
    _act(actor, number, action, decide, now, uploads=chosen, token=token)


def take_charge(actor: Actor, number: int, version: int, now: datetime) -> None:
    """The actor takes the ticket in charge."""
    _act(
        actor,
        number,
        Action.WORK,
        lambda step: lifecycle.take_charge(step.present, step.author, now),
        now,
        version=version,
    )


def hold(actor: Actor, number: int, version: int, reason: str, words: str, now: datetime, ask: bool = False) -> None:
    """Puts the ticket on hold for a reason of the closed list; `ask` (or the reason « attente-demandeur ») asks."""
    text = _words(words, "")
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
    _act(
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
    _act(
        actor, number, Action.WORK, lambda step: lifecycle.resume(step.present, step.author, now), now, version=version
    )


def resolve(actor: Actor, number: int, version: int, solution: str, now: datetime) -> None:
    """Resolves the ticket; the solution is for the requester to read."""
    text = _words(solution, "Dites en quelques mots ce qui a été fait.", field="solution")
    _act(
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
    _act(
        actor,
        number,
        Action.CONFIRM,
        lambda step: lifecycle.confirm(step.present, step.author, now),
        now,
        version=version,
    )


def reopen(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """The problem remains."""
    text = _words(words, "Dites ce qui ne va toujours pas.")
    _act(
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
    text = _words(words, "")
    _act(
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
    text = _words(words, "Dites pourquoi les faits sont corrigés.")
    given = dict(fields)
    facts = given.pop("facts", None)
    if isinstance(facts, Facts):
        given |= {name: getattr(facts, name) for name in routing.FACT_NAMES}
    elif facts is not None:
        given |= dict(facts)
    rules = _rules()

    def decide(step: _Step) -> Outcome:
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

    _act(
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
    rules = _rules()

    def decide(step: _Step) -> Outcome:
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

    _act(actor, number, Action.ADMINISTER_MATRIX, decide, now, version=version)


def hand_on(actor: Actor, number: int, version: int, to_party: str, reason: str, words: str, now: datetime) -> None:
    """Hands the ticket to another party of the établissement's agreements, with a reason and words."""
    errors: dict[str, str] = {}
    if reason not in list(HandOnReason):
        errors["reason"] = "Choisissez la raison de la transmission."
    text = model.clean_text(words)
    if fault := model.words_fault(text, "Dites pourquoi le ticket change de mains."):
        errors["words"] = fault
    rules = _rules()

    def decide(step: _Step) -> Outcome:
        bodies = {body.party: body for body in routing.parties(rules.conventions, step.row.etablissement)}
        if to_party not in bodies:
            errors["to_party"] = "Choisissez à qui transmettre le ticket."
        if errors:
            raise Invalid(errors)
        return lifecycle.hand_on(step.present, bodies[to_party], HandOnReason(reason), text, now)

    _act(
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
    text = _words(words, "Dites pourquoi ce ticket ne vous revient pas.")
    _act(
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

    def decide(step: _Step) -> Outcome:
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

    _act(actor, number, Action.SHARE, decide, now, version=version)


def make_confidential(actor: Actor, number: int, version: int, on: bool, words: str, now: datetime) -> None:
    """The chef d'établissement keeps the ticket from the correspondants, or gives it back to them."""
    text = _words(words, "")

    def decide(step: _Step) -> Outcome:
        if step.row.confidential is on:
            raise StepRefused("Ce ticket est déjà confidentiel." if on else "Ce ticket n’est pas confidentiel.")
        step.values["confidential"] = on
        return Outcome(step.present, Entry(Kind.CONFIDENTIAL, text, data={"on": on}))

    _act(actor, number, Action.MAKE_CONFIDENTIAL, decide, now, version=version, yours={"words": words, "on": on})


def mask(actor: Actor, number: int, event_id: int, words: str, now: datetime) -> None:
    """Masks the words and files of an entry, for everybody; the reason is kept and shown (annexe 6, 2.4)."""
    text = _words(words, "Dites pourquoi ce texte est masqué.")

    def decide(step: _Step) -> Outcome:
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

    _act(actor, number, Action.MASK_COMMENT, decide, now)


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
            step = _Step(row, queries.present_of(row, _desk_of(row)), Author(None, _NAME, False), _decision(row))
            outcome = lifecycle.close(step.present, step.author, text, now)
            _write(session, None, step, outcome, [], now)
            closed += 1
    return closed


# --- one transaction --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Step:
    """A step under way: what it starts from, and what it adds to the ticket beside the new present."""

    row: Row[Any]
    present: Present
    author: Author
    decision: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    routed: routing.Routed | None = None
    reason: str = ""
    internal: bool = False


@dataclass(frozen=True, slots=True)
class _Recorded:
    event_id: int
    decision_id: int | None


class _Moved(Exception):
    """The ticket is no longer at the version that the page showed."""


def _act(
    actor: Actor,
    number: int,
    action: Action,
    decide: Callable[[_Step], Outcome],
    now: datetime,
    *,
    version: int | None = None,
    yours: Mapping[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
    token: str | None = None,
) -> None:
    """One step, all or nothing: gate, version, decision, writes. A form token that came before changes nothing."""
    own = perimeter(actor)
    if own.key is None or not 0 < number < 2**62:
        raise NotFound
    if uploads:  # before any file is taken in
        with reading():
            shown = queries.row_of(own, number)
        _gate(actor, action, shown)
        _gate(actor, Action.ATTACH, shown)
    try:
        with _receiving(uploads) as received, writing() as session:
            row = store.lock_ticket(session, number)
            if row is None or own.key not in row.scope_keys:
                raise NotFound
            _gate(actor, action, row)
            if row.pseudonymised_at is not None:  # words and names added now would never be let go again
                raise StepRefused("Les données personnelles de ce ticket sont effacées : il ne change plus.")
            if token:
                first, _ = store.claim_token(session, actor.account_id, token[:64], now)
                if not first:
                    _already(received, None)
                    return
                store.settle_token(session, actor.account_id, token[:64], number)
            if version is not None and version != row.version:
                raise _Moved
            try:
                receiving.check_quota(row.file_bytes, received, _limits())
            except receiving.FileRefused as fault:
                raise Invalid({"files": fault.sentence}) from fault
            present = queries.present_of(row, _desk_of(row))
            step = _Step(row, present, _author(actor, present.holder), _decision(row))
            _write(session, actor, step, decide(step), received, now)
    except _Moved:
        with reading():
            current = queries.ticket(own, actor, number, now)
        raise Stale(current, yours or {}) from None


def _write(
    session: Any,
    actor: Actor | None,
    step: _Step,
    outcome: Outcome,
    received: Sequence[receiving.Received],
    now: datetime,
) -> None:
    """The writes of a step: ticket, rows of the perimeter, counters, entry, decision, files, index, notices, line."""
    row, number = step.row, step.row.number
    recorded = _record(
        session,
        actor,
        step.author,
        number,
        dict(row._mapping),
        outcome.entry,
        received,
        now,
        decision=step.routed,
        reason=step.reason,
    )
    values = {
        **step.values,
        **row_values.of_present(outcome.present),
        "updated_at": now,
        "event_count": row.event_count + 1,
        "file_bytes": row.file_bytes + sum(file.size for file in received),
    }
    contributors = step.routed.contributors if step.routed else ()
    values["involved"] = row_values.involved(row.involved, outcome.present.holder, contributors)
    after = {**row._mapping, **values}
    if recorded.decision_id is not None:
        values["decision_id"] = recorded.decision_id
    values["account_service"] = _on_accounts(after)
    values["scope_keys"] = row_values.keys(after)
    if not store.change_ticket(session, row, values, bump=not outcome.entry.internal):
        raise _Moved
    if outcome.entry.words and not outcome.entry.internal and outcome.entry.kind != Kind.MASKED:
        store.index_more(session, number, search.tokens(outcome.entry.words))
    why = step.routed.view.why if step.routed else str(step.decision["view"]["why"])
    if "reason_label" in outcome.entry.data and outcome.notice == "handed_on":
        why = (
            f"{outcome.entry.data['from_name']} l’a transmis ({outcome.entry.data['reason_label'].lower()}). "
            f"La décision d’origine : {why}"
        )
    _tell(session, actor, {**row._mapping, **values}, outcome, recorded.event_id, why, now, step.author)
    event = "rerouted" if outcome.entry.data.get("cause") else outcome.entry.kind.value
    audit.record(
        f"ticket.{event}",
        actor=actor,
        subject=f"ticket {number}",
        now=now,
        sigle="" if actor else "guichet",
        details={
            key: value for key, value in outcome.entry.data.items() if key in ("from", "to", "party", "reason", "on")
        },
    )


def _record(
    session: Any,
    actor: Actor | None,
    author: Author,
    number: int,
    ticket: Mapping[str, Any],
    entry: Entry,
    received: Sequence[receiving.Received],
    now: datetime,
    *,
    decision: routing.Routed | None = None,
    reason: str = "",
) -> _Recorded:
    """The entry of the timeline with its decision and files."""
    side = perimeter(actor).side if actor else ticket["academie"]
    assert side is not None
    data = dict(entry.data)
    decision_id = None
    if decision is not None:
        packed = routing.packed(decision) | {
            "holder": row_values.holder_dict(decision.holder),
            "by": author.name,
            "reason": reason,
        }
        decision_id = store.add_decision(
            session,
            {
                "ticket_id": number,
                "at": now,
                "status": decision.decision.status,
                "party": decision.decision.party,
                "convention": decision.decision.convention,
                "version": decision.decision.version,
                "data": packed,
            },
        )
        data["decision_id"] = decision_id
    visibility = "internal" if entry.internal else "public"
    event_id = store.add_event(
        session,
        {
            "ticket_id": number,
            "at": now,
            "kind": entry.kind.value,
            "visibility": visibility,
            "side": side,
            "side_name": routing.side_name(router().conventions, side) if actor else _NAME,
            "author_id": author.id,
            "author_name": author.name,
            "author_role": str(actor.role) if actor else "",
            "body": entry.words,
            "data": data,
        },
    )
    store.add_files(session, number, event_id, received, visibility, side, now)
    for file in received:
        if file.quarantine:
            audit.record(
                "file.quarantined",
                actor=actor,
                subject=f"ticket {number}",
                now=now,
                details={
                    "why": file.quarantine,
                    "found": file.finding,
                    "sha256": file.sha256,
                },
            )
    return _Recorded(event_id, decision_id)


def _tell(
    session: Any,
    actor: Actor | None,
    ticket: Mapping[str, Any],
    outcome: Outcome,
    event_id: int,
    why: str,
    now: datetime,
    author: Author | None = None,
) -> None:
    if outcome.notice is None or outcome.entry.internal:
        return
    outbox.write(
        session,
        wording.Happening(
            ticket=ticket,
            event_id=event_id,
            kind=outcome.notice,
            words=outcome.entry.words,
            why=why,
            author_id=actor.account_id if actor else None,
            by_holder=bool(author and author.on_holders_side),
            base_url=current_app.config["GUICHET"].base_url,
        ),
        mail_texts(),
        now,
        usage_for_staff=current_app.config["GUICHET"].usage_charter_for_staff,
    )


def _gate(actor: Actor, action: Action, row: Row[Any]) -> None:
    verdict = permits(actor, action, queries.scope_of(row))
    if not verdict.visible:
        raise NotFound
    if not verdict.allowed:
        raise Refused(verdict.reason)


def _author(actor: Actor, holder: Holder) -> Author:
    return Author(actor.account_id, actor.name, perimeter(actor).side == holder.organisation)


def _decision(row: Row[Any]) -> Mapping[str, Any]:
    """What the decision that holds kept."""
    data = db.session.execute(select(DecisionRow.data).where(DecisionRow.id == row.decision_id)).scalar_one()
    return dict(data)


def _desk_of(row: Row[Any]) -> Holder:
    return routing.desk(router().conventions, row.etablissement)


def _on_accounts(after: Mapping[str, Any]) -> bool:
    """Whether the collège holds it for the accounts that annexe 5 gives the gestionnaire réseau."""
    conventions = router().conventions.of(after["etablissement"])
    return after["holder_organisation"] == after["etablissement"] and any(
        after["service"] in convention.account_services for convention in conventions
    )


def _words(text: str, when_empty: str, field: str = "words") -> str:
    """Cleaned words; refused when too long, or empty while `when_empty` says that they are wanted."""
    clean = model.clean_text(text or "")
    fault = model.words_fault(clean, when_empty) if clean or when_empty else None
    if fault:
        raise Invalid({field: fault})
    return clean


# --- files ------------------------------------------------------------------------------------------------------------


def _limits() -> receiving.Limits:
    settings = current_app.config["GUICHET"]
    return receiving.Limits(settings.upload_mb * 1_000_000, settings.upload_ticket_mb * 1_000_000, settings.clamav)


class _receiving:
    """`files.receiving` on the desk's folder and limits, with its refusals as `Invalid`."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._files = receiving.receiving(receiving.files_folder(), uploads, _limits())

    def __enter__(self) -> list[receiving.Received]:
        try:
            return self._files.__enter__()
        except receiving.FileRefused as fault:
            raise Invalid({"files": fault.sentence}) from fault

    def __exit__(self, *error: Any) -> bool | None:
        return self._files.__exit__(*error)


def _already(received: list[receiving.Received], known: int | None) -> int:
    """The same form again: its files are not kept twice, and the answer is the first one's."""
    for file in received:
        (receiving.files_folder() / file.path).unlink(missing_ok=True)
    received.clear()
    return known or 0
