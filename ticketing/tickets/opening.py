"""Open tickets: the decision shown while the form is filled in, and the opening itself, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from charters.database import writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Scope
from charters.permissions import Action
from matrix import Request, Router
from ticketing import steps
from ticketing.errors import Invalid, Refused
from ticketing.files.receiving import Received
from ticketing.in_force import routing
from ticketing.mail import wording
from ticketing.model import Draft, Kind, Upload
from ticketing.search import index
from ticketing.tickets import (
    incidents,
    incoming_files,
    indexing,
    lifecycle,
    requests,
    row_values,
    store,
    transaction,
)
from ticketing.tickets.calling import callers
from ticketing.tickets.changing import telling
from ticketing.views import Preview


def preview(rules: Router, asked: Request) -> Preview:
    """Return the decision on what is filled in so far, at the moment of the request. Nothing is written.

    In `asked`, an empty service or activity is not chosen yet, and then there is no decision.
    """
    try:
        request = requests.checked(rules, asked)
    except Invalid as fault:
        return Preview(None, errors=fault.errors)
    routed = routing.route(rules, request)
    return Preview(routed.view, request, desk=routed.desk)


def open_ticket(actor: Actor, draft: Draft, uploads: Sequence[Upload], now: datetime, token: str | None = None) -> int:
    """Open a ticket and return its number; the same form token again returns the same ticket.

    Where the draft names a caller, the ticket is the caller's: found, told and amended as if the caller had opened it.
    Raises Invalid, by field, for a draft or files that cannot be accepted, and Refused if the person may not open
    tickets for this établissement.
    """
    rules = transaction.router_kept()
    if uploads:  # checked before any file is received, and again under the lock
        _checked(rules, actor, draft, now)
    with incoming_files.receiving_files(uploads) as received, writing() as session:
        now = written_at(now)
        if token:
            first, known = store.claim_token(session, actor.account_id, token[:64], now)
            if not first:
                return incoming_files.already_received(received, known)
        rules = routing.router()
        draft, request = _checked(rules, actor, draft, now)
        asking = callers.asking(draft.caller, draft.etablissement, now) if draft.caller else None
        new = row_values.new_ticket(rules, actor, draft, routing.route(rules, request), now, asking)
        number = write_new(session, replace(new, file_bytes=sum(file.size for file in received)), received)
        if token:
            store.settle_token(session, actor.account_id, token[:64], number)
    return number


def _checked(rules: Router, actor: Actor, draft: Draft, now: datetime) -> tuple[Draft, Request]:
    """Return the draft with its words cleaned, and its request. Raises Invalid or Refused, as `open_ticket` does."""
    draft, errors = callers.checked(draft)
    _may_open(rules, actor, draft)
    try:
        request = requests.of_draft(rules, draft, now)
    except Invalid as fault:
        raise Invalid({**fault.errors, **errors}) from fault
    allowed = None if draft.caller else rules.conventions.opens(str(actor.role), draft.etablissement)
    if allowed is not None and draft.service not in allowed:
        errors["service"] = "Votre fiche de mission ne prévoit pas ce service : voyez le correspondant informatique."
    if draft.incident and draft.incident not in incidents.known(rules.conventions, draft.etablissement):
        errors["incident"] = "Les accords de l’établissement ne connaissent pas cet incident."
    if errors:
        raise Invalid(errors)
    return draft, request


def write_new(session: Session, new: row_values.NewTicket, received: Sequence[Received]) -> int:
    """Write a new ticket with its decision, first entry, files, words, notice and journal line; return its number."""
    routed, row = new.routed, new.row()
    number = store.add_ticket(session, row)
    ticket = {**row, "number": number}
    outcome = lifecycle.opened(new.standing)
    act = transaction.Act(session, new.opener, transaction.author_of(new.opener, routed.holder), new.opened_at)
    recorded = transaction.record(act, ticket, outcome.entry, received, transaction.Decided(routed, delay=new.delay))
    store.set_decision(session, number, recorded.decision_id)
    index.write(session, number, indexing.of_opening(row, received), row["scope_keys"], new=True)
    reason = wording.Reason(routed.view.why, routed.view.citations)
    telling.tell(act, ticket, outcome, telling.Told(recorded.event_id, reason))
    audit.record(
        steps.journal_event(Kind.OPENED),
        actor=new.opener,
        subject=f"ticket {number}",
        now=new.opened_at,
        details={"status": routed.decision.status, "party": routed.holder.party, "files": len(received)} | _for(new),
    )
    return number


def _for(new: row_values.NewTicket) -> dict[str, Any]:
    """Return what the journal says of a ticket opened for a caller: a sigle, or « named » where there is no account."""
    if new.draft.caller is None:
        return {}
    return {"caller": new.asking.sigle or "named", "place": new.draft.etablissement}


def _may_open(rules: Router, actor: Actor, draft: Draft) -> None:
    """Raise Refused if the gate does not let the person open a ticket there, for themselves or for a caller."""
    if draft.caller is None:
        scope = Scope(draft.etablissement, academie="", holder="", service=draft.service or None)
        verdict = permits(actor, Action.OPEN, scope)
    else:
        verdict = permits(actor, Action.OPEN_FOR, callers.scope(rules, draft.etablissement))
    if not verdict.allowed:
        raise Refused(verdict.reason)
