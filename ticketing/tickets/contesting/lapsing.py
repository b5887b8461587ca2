"""The contests whose term has passed without both sides saying the same, told to the académie's administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update

from ticketing.formats import french_date
from ticketing.model import OPEN_STATES, State
from ticketing.tables import Contest, ContestVoice
from ticketing.tickets.by_itself.program import each
from ticketing.tickets.changing.standing import Outcome
from ticketing.tickets.contesting import rules, telling
from ticketing.tickets.contesting.rules import Dispute
from ticketing.tickets.transaction import Underway

CONTEST: Any = Contest.__table__
VOICE: Any = ContestVoice.__table__


def lapse(now: datetime, at_most: int = 500) -> int:
    """Say of each contest whose term has passed that it is unsettled, and return how many.

    The ticket stays where it is. A contest of a ticket that ended before anybody said a word is dropped without a mail.
    """
    wanted = select(CONTEST.c.ticket_id).where(CONTEST.c.asks_at <= now).order_by(CONTEST.c.asks_at).limit(at_most)
    return each(wanted, lambda row: True, lambda step: _lapsed(step, now), now)


def _lapsed(step: Underway, now: datetime) -> Outcome | None:
    session = step.act.session
    heard = exists().where(VOICE.c.contest_id == CONTEST.c.id)
    pending = session.execute(
        select(CONTEST, heard.label("heard")).where(
            CONTEST.c.ticket_id == step.row.number, CONTEST.c.state == Dispute.OPEN.value, CONTEST.c.asks_at <= now
        )
    ).first()
    if pending is None:
        return None
    over = State(step.row.state) not in OPEN_STATES and not pending.heard
    erased = step.row.pseudonymised_at is not None
    state = Dispute.DROPPED if over or erased else Dispute.UNSETTLED
    values = {"state": state.value, "asks_at": None, "settled_at": now}
    session.execute(update(CONTEST).where(CONTEST.c.id == pending.id).values(**values))
    if state is Dispute.DROPPED:
        return None
    telling.unsettled(pending, now)
    words = (
        f"Le délai de {pending.days} jours ouvrés pour les avis des deux parties est passé le "
        f"{french_date(pending.term_at)} ; l’accord n’en fixe aucun, c’est celui du guichet. Le ticket reste où il "
        "est, et les administrateurs de l’académie en sont saisis."
    )
    return rules.unsettled(step.standing, words, None, (pending.from_organisation, pending.to_organisation))
