"""Open a ticket by mail: the desk holds it, and its author is asked what it is about; no clause is guessed."""

from __future__ import annotations

from charters import gate
from charters.model import Scope
from charters.permissions import Action
from ticketing import model
from ticketing.correspondence import attached, holding, questions, subjects, words
from ticketing.correspondence.acts import Act
from ticketing.errors import Invalid, Refused
from ticketing.in_force import routing
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.model import TO_SPECIFY, Draft


def opened(act: Act) -> Outcome:
    """Open the ticket of a mail and put the question on its subject; return what it made. Raises Refused, Invalid."""
    actor, mail = act.judged.actor, act.mail
    assert actor.mandate is not None
    place = actor.mandate.scope_id
    verdict = gate.permits(actor, Action.OPEN, Scope(place, academie="", holder=""))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    draft, errors = model.check_draft(
        Draft(
            title=subjects.title(mail.subject),
            body=words.opening(mail, act.files.refused, attached.WHOLE_TEXT, act.judged.cites),
            etablissement=place,
            service=TO_SPECIFY,
            activity=TO_SPECIFY,
        )
    )
    if errors:
        raise Invalid(errors)
    number, event = holding.open_held(act.session, actor, draft, act.files.received, act.now, act.vouched)
    said = f"{mail.subject}\n{mail.text}"
    question = questions.about(routing.router(), place, str(actor.role), said)
    holding.ask(act.session, number, question, act.now)
    return Outcome("applied", "opened", "", ticket=number, account=actor.account_id, event=event)
