"""How a ticket begins: the decision shown while its form is filled in, and the opening itself, in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from charters.database import writing
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Scope
from charters.permissions import Action
from ticketing import model, steps
from ticketing.errors import Invalid, Refused
from ticketing.in_force import routing
from ticketing.model import Draft, Kind, Upload
from ticketing.tickets import incoming_files, lifecycle, requests, row_values, store, transaction
from ticketing.views import Preview


def preview(actor: Actor, draft_fields: Mapping[str, Any], now: datetime) -> Preview:
    """The decision as it forms, from what is known so far. Writes nothing.

    `draft_fields`: etablissement, service, activity and the facts; empty or absent means not known.
    """
    rules = routing.router()
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
    rules = transaction.router_kept()
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
    with incoming_files.receiving_files(uploads) as received, writing() as session:
        if token:
            first, known = store.claim_token(session, actor.account_id, token[:64], now)
            if not first:
                return incoming_files.already_received(received, known)
        values = row_values.new_ticket(rules, actor, draft, routed, now)
        values["file_bytes"] = sum(file.size for file in received)
        number = store.add_ticket(session, values)
        outcome = lifecycle.opened(row_values.standing(values, routed.desk))
        ticket = {**values, "number": number}
        act = transaction.Act(session, actor, transaction.author_of(actor, routed.holder), now)
        recorded = transaction.record(act, ticket, outcome.entry, received, transaction.Decided(routed))
        store.set_decision(session, number, recorded.decision_id)
        store.index(session, number, store.words_of(values), values["scope_keys"], new=True)
        transaction.tell(act, ticket, outcome, recorded.event_id, routed.view.why)
        if token:
            store.settle_token(session, actor.account_id, token[:64], number)
        audit.record(
            steps.journal_event(Kind.OPENED),
            actor=actor,
            subject=f"ticket {number}",
            now=now,
            details={"status": routed.decision.status, "party": routed.holder.party, "files": len(received)},
        )
    return number


def _may_open(actor: Actor, draft: Draft) -> None:
    scope = Scope(draft.etablissement, academie="", holder="", service=draft.service or None)
    verdict = permits(actor, Action.OPEN, scope)
    if not verdict.allowed:
        raise Refused(verdict.reason)
