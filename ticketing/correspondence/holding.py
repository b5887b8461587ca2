"""Open a ticket before its subject is known, and have the decision when it is said: mails come without a form.

Such a ticket is held by the single desk, by the clause that makes it one (I.4); no other clause is guessed. Its service
and activity are `TO_SPECIFY`, and it lacks an answer (`needs_info`) like a ticket whose facts are missing. The answer
routes it on the day of its opening. What the numbers of a question meant is kept in the entry that asked (`asked`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from charters.days import today
from charters.journal import audit
from charters.model import Actor
from matrix import Decision, Request, Router
from matrix.request_facts import facts_of
from matrix.wording import reference
from ticketing import steps
from ticketing.errors import Invalid, StepRefused
from ticketing.files.receiving import Received
from ticketing.in_force import routing
from ticketing.mail.wording import Reason
from ticketing.model import TO_SPECIFY, Draft, Holder, HoldReason, Kind, State
from ticketing.search import index
from ticketing.tickets import delays, indexing, lifecycle, queries, requests, row_values, store, transaction
from ticketing.tickets.changing import telling
from ticketing.tickets.lifecycle import Author, Outcome
from ticketing.tickets.transaction import Attempt, Underway
from ticketing.views import CitationView, DecisionView

#: The key of an entry's data that holds the choices of a question put by mail.
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Question:
    """A question put to the author of a mail: its words, and its choices as `ASKED` keeps them; empty: none."""

    words: str = ""
    choices: tuple[Mapping[str, Any], ...] = ()


def by_mail(outcome: Outcome, vouched: bool) -> Outcome:
    """Return what a step made, with its entry marked as a mail's; `vouched`: as one that the académie attributed."""
    marks = {"mail": True, "vouched": True} if vouched else {"mail": True}
    return replace(outcome, entry=replace(outcome.entry, data={**outcome.entry.data, **marks}))


# Six parameters: who opens which ticket with which files and when, in which transaction, and who vouches for it.
def open_held(
    session: Session, actor: Actor, draft: Draft, received: Sequence[Received], now: datetime, vouched: bool = False
) -> tuple[int, int]:
    """Open a ticket that the desk holds until its subject is said; return its number and the id of its entry.

    The caller has checked the draft's words and asked the gate, and then asks the question (`ask`).
    """
    routed = by_the_desk(routing.router(), draft.etablissement, now)
    size = sum(file.size for file in received)
    new = replace(row_values.new_ticket(routing.router(), actor, draft, routed, now), file_bytes=size)
    row = new.row()
    number = store.add_ticket(session, row)
    ticket = {**row, "number": number}
    outcome = by_mail(replace(lifecycle.opened(new.standing), notice="received"), vouched)
    act = transaction.Act(session, actor, transaction.author_of(actor, routed.holder), now)
    recorded = transaction.record(act, ticket, outcome.entry, received, transaction.Decided(routed))
    store.set_decision(session, number, recorded.decision_id)
    index.write(session, number, indexing.of_opening(row, received), row["scope_keys"], new=True)
    reason = Reason(routed.view.why, routed.view.citations)
    telling.tell(act, ticket, outcome, telling.Told(recorded.event_id, reason))
    audit.record(
        steps.journal_event(Kind.OPENED),
        actor=actor,
        subject=f"ticket {number}",
        now=now,
        details={"status": routed.decision.status, "party": routed.holder.party, "files": len(received)},
    )
    return number, recorded.event_id


def ask(session: Session, number: int, question: Question, now: datetime) -> int:
    """Put a question to the requester in the program's name: the ticket is on hold until the answer; return its entry.

    The notice of the question goes to the requester. What the numbers mean is kept with it. Of a ticket that waits for
    something already, nothing is asked (0).
    """
    row = store.lock_ticket(session, number)
    assert row is not None
    act = transaction.Act(session, None, Author(None, transaction.PROGRAM, False), now)
    step = Underway(act, row, queries.standing_of(row, transaction.desk_of(row)), transaction.decision_of(row))
    if step.standing.state not in (State.NEW, State.IN_PROGRESS):
        return 0
    outcome = lifecycle.hold(step.standing, step.author, HoldReason.REQUESTER, question.words, now)
    data = {**outcome.entry.data, ASKED: [dict(one) for one in question.choices]}
    return transaction.write(step, replace(outcome, entry=replace(outcome.entry, data=data)))


def by_the_desk(rules: Router, etablissement: str, at: datetime) -> routing.Routed:
    """Return the decision on a request whose subject is not said: the desk holds it, by its own clause (I.4)."""
    conventions, day = rules.conventions, today(at)
    known = conventions.of(etablissement)
    convention = next((one for one in known if one.version_on(day) is not None), next(iter(known)))
    desk = routing.desk(conventions, etablissement, convention.id)
    clause = convention.desk_clause
    version = convention.version_on(day)
    request = Request(etablissement=etablissement, service=TO_SPECIFY, activity=TO_SPECIFY, opened_at=at)
    decision = Decision(
        status="needs_info",
        party=convention.desk,
        convention=convention.id,
        version=version.on.isoformat() if version else None,
        citations=(clause,),
        missing=("service",),
    )
    view = DecisionView(
        status=decision.status,
        party=decision.party,
        party_name=desk.name,
        party_role=desk.role,
        why=f"Le sujet reste à préciser : d’ici là, la demande est au guichet, {desk.name} ({reference(clause)}).",
        citations=(CitationView(clause.document, clause.ref, clause.kind, clause.quote, clause.reading),),
        missing=("service",),
        questions=("Quel est le sujet de la demande, et de quoi s’agit-il ?",),
        convention=decision.convention,
        version=decision.version,
    )
    return routing.Routed(request, decision, desk, desk, conventions.academie(etablissement), view, (), False)


def specify(
    session: Session, attempt: Attempt, given: Mapping[str, Any], words: str, vouched: bool = False
) -> tuple[int, routing.Routed]:
    """Route a ticket by what an answer says of its subject or facts (`given`); return the entry's id and the decision.

    The gate judges the attempt's action: whoever may open such a ticket may say what it is about. Raises StepRefused
    where nothing is missing any more, Invalid for what the agreements do not know.
    """
    found: list[routing.Routed] = []

    def decide(step: Underway) -> Outcome:
        if not step.row.needs_info:
            raise StepRefused("Il ne manque plus rien à ce ticket.")
        rules = routing.router()
        routed = _routed(rules, step, given)
        found.append(routed)
        described = row_values.about(rules, routed.request).columns()
        was = Holder(**step.decision["holder"])
        holder = routed.holder if routed.holder.organisation != was.organisation else step.standing.holder
        step.routed, step.reason = routed, words
        step.delay = delays.of_text(rules.conventions, routed, step.row.incident or "")
        standing = lifecycle.answered(step.standing, step.author, step.act.now)
        step.standing = replace(standing, due_at=step.delay.by if step.delay else None)
        changes = row_values.changes(step.row, described)
        step.values |= row_values.of_decision(routed) | described
        outcome = lifecycle.correct_facts(step.standing, holder, routed.request.activity, words, changes, step.act.now)
        outcome = by_mail(outcome, vouched)
        asks = routed.decision.status == "needs_info"  # the next question is what its author is told
        return replace(outcome, notice=None if asks else "specified")

    return transaction.take_received(attempt, decide, [], session), found[0]


def _routed(rules: Router, step: Underway, given: Mapping[str, Any]) -> routing.Routed:
    """Return the decision on what is known of a ticket with an answer added. Raises Invalid."""
    row, actor = step.row, step.act.actor
    asked = {"service": row.service, "activity": row.activity, **facts_of(row).values(), **given}
    asked["etablissement"] = row.etablissement
    request = replace(requests.request(rules, asked, step.act.now), opened_at=row.opened_at)
    allowed = rules.conventions.opens(str(actor.role) if actor else "", row.etablissement)
    if allowed is not None and request.service not in allowed:
        raise Invalid({"service": "Votre fiche de mission ne prévoit pas ce service."})
    return routing.route(rules, request)
