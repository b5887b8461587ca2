"""What a mail does to a ticket that its author sees: a comment, an answer to a question, the consent to a resolution.

Each act goes by the gate under the mandate that sees the ticket, in the one transaction of its caller.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charters import gate
from charters.permissions import Action
from ticketing.correspondence import answers, attached, holding, questions, words
from ticketing.correspondence.answers import Choice
from ticketing.correspondence.holding import ASKED
from ticketing.correspondence.judging import Judged
from ticketing.errors import GuichetError, Invalid
from ticketing.files.receiving import Received as StoredFile
from ticketing.in_force import routing
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.model import OPEN_STATES, TO_SPECIFY, HoldReason, Kind, State, Step
from ticketing.tables import Notice
from ticketing.tickets import lifecycle, queries, transaction
from ticketing.tickets.store import EVENT
from ticketing.tickets.transaction import Attempt, Underway


@dataclass(frozen=True, slots=True)
class Act:
    """A mail in the transaction that acts: who writes about which ticket, the files that were stored and refused.

    `vouched`: a person of the académie says who wrote it, and the entry says so.
    """

    session: Session
    mail: ParsedMail
    judged: Judged
    files: attached.Files
    now: datetime
    vouched: bool = False

    @property
    def number(self) -> int:
        """The ticket's number."""
        return int(self.judged.row.number)

    def outcome(self, kind: str, event: int) -> Outcome:
        """Return the outcome of an act that made an entry."""
        account = self.judged.actor.account_id
        return Outcome("applied", kind, "", ticket=self.number, account=account, event=event)


def on_ticket(act: Act) -> Outcome:
    """Do what a mail about a ticket asks for, and return what it made. Raises what the gate and the desk refuse by."""
    alone = not act.mail.attachments and not act.mail.calendar
    if alone and _confirms(act):
        return act.outcome("confirmed", _confirm(act))
    answered = _answer(act) if act.judged.row.needs_info else None
    if answered is not None:
        return act.outcome("answer", answered)
    asked = act.judged.row.hold_reason == HoldReason.REQUESTER
    event = _comment(act)
    if act.mail.calendar and not act.mail.text.strip():
        return act.outcome("calendar", event)
    return act.outcome("answer" if asked and not _holds(act) else "comment", event)


def _holds(act: Act) -> bool:
    """Whether the author is of the side that holds the ticket: its own words answer no question of its own."""
    mandate = act.judged.actor.mandate
    return mandate is not None and mandate.scope_id == act.judged.row.holder_organisation


# --- comments ---------------------------------------------------------------------------------------------------------


def _comment(act: Act) -> int:
    """Add the words and files of a mail; where the ticket is resolved, its author is told how to go on."""
    first = words.calendar(act.judged.actor.name, act.mail.calendar)
    text = words.own(act.mail, act.files.refused, attached.WHOLE_TEXT, first)
    if not text and not act.files.received:
        raise Invalid({"body": "Le courriel est vide."})
    files = act.files.received
    if files and not gate.permits(act.judged.actor, Action.ATTACH, queries.scope_of(act.judged.row)).allowed:
        raise Invalid({"files": "L’expéditeur ne peut pas joindre de fichier à ce ticket."})

    def decide(step: Underway) -> lifecycle.Outcome:
        outcome = lifecycle.comment(step.standing, step.author, text, False, step.act.now)
        outcome = holding.by_mail(outcome, act.vouched)
        resolved = step.standing.state is State.RESOLVED and not step.author.on_holders_side
        tells = resolved and not act.mail.automatic and not _told(act)
        return replace(outcome, notice="added") if tells else outcome

    return _taken(act, Step.COMMENT, decide, files)


def _told(act: Act) -> bool:
    """Whether the author was told already, since the ticket was resolved, how to confirm or reopen it.

    Two programs that answer each other would otherwise do so until the hour's limit.
    """
    query = select(Notice.id).where(
        Notice.ticket_id == act.number,
        Notice.recipient_id == act.judged.actor.account_id,
        Notice.kind == "added",
        Notice.event_id > (_resolution(act) or 0),
    )
    return act.session.scalar(query.limit(1)) is not None


def _resolution(act: Act) -> int | None:
    """Return the entry of the latest resolution."""
    return act.session.scalar(
        select(EVENT.c.id)
        .where(EVENT.c.ticket_id == act.number, EVENT.c.kind == Kind.RESOLVED.value)
        .order_by(EVENT.c.id.desc())
        .limit(1)
    )


def _taken(act: Act, step: Step, decide: Any, files: list[StoredFile]) -> int:
    attempt = Attempt(actor=act.judged.actor, number=act.number, now=act.now, step=step)
    return transaction.take_received(attempt, decide, files, act.session)


# --- the consent to a resolution --------------------------------------------------------------------------------------


def _confirms(act: Act) -> bool:
    """Whether a mail consents to the present resolution, and its author may: an older one was another solution's."""
    row, event = act.judged.row, act.judged.thread.event
    if row.state != State.RESOLVED.value or not answers.confirms(act.mail.text):
        return False
    if not gate.permits(act.judged.actor, Action.CONFIRM, queries.scope_of(row)).allowed:
        return False
    latest = _resolution(act)
    return not event or latest is None or event >= latest


def _confirm(act: Act) -> int:
    def decide(step: Underway) -> lifecycle.Outcome:
        return holding.by_mail(lifecycle.confirm(step.standing, step.author, step.act.now), act.vouched)

    return _taken(act, Step.CONFIRM, decide, [])


# --- numbered answers -------------------------------------------------------------------------------------------------


def _answer(act: Act) -> int | None:
    """Take the answer to the question that is open, and return its entry; None where the mail answers none."""
    if State(act.judged.row.state) not in OPEN_STATES:
        return None
    chosen = answers.read(act.mail.text, _open_question(act))
    if not chosen:
        return None
    sets = {name: value for one in chosen for name, value in one.sets.items()}
    rules, place, role = routing.router(), act.judged.row.etablissement, str(act.judged.actor.role)
    if act.judged.row.service == TO_SPECIFY and not {"service", "activity"} <= set(sets):
        event = _comment(act)
        holding.ask(act.session, act.number, questions.rest(rules, place, role, sets), act.now)
        return event
    attempt = Attempt(actor=act.judged.actor, number=act.number, now=act.now, action=Action.OPEN)
    said = " ; ".join(one.label for one in chosen)
    try:
        told = f"Précisé par courriel : {said}."
        event, routed = holding.specify(act.session, attempt, sets, told, vouched=act.vouched)
    except GuichetError:  # nothing is written yet: the words are kept as a comment, which a person reads
        return None
    if act.files.received:
        _comment(act)
    following = questions.on_facts(rules, routed)
    if following is not None:
        holding.ask(act.session, act.number, following, act.now)
    return event


def _open_question(act: Act) -> tuple[Choice, ...]:
    """Return the choices of the question that the mail answers, none where that question is not open any more.

    Numbers mean what they meant in the question whose mail is answered. A mail that names none is read only where one
    question alone was ever put.
    """
    rows = act.session.execute(
        select(EVENT.c.id, EVENT.c.kind, EVENT.c.data)
        .where(EVENT.c.ticket_id == act.number, EVENT.c.kind.in_((Kind.QUESTION.value, Kind.DECISION.value)))
        .order_by(EVENT.c.id)
    ).all()
    asked = [row for row in rows if ASKED in row.data]
    if not asked or rows[-1].id != asked[-1].id:  # a decision came since: nothing is asked any more
        return ()
    answered = act.judged.thread.event
    if answered != asked[-1].id and (answered or len(asked) > 1):
        return ()
    return answers.unpacked(asked[-1].data[ASKED])
