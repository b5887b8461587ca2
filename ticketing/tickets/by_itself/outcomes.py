"""What the program's own steps make of a ticket: a reminder, a closing for want of an answer, an alert. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ticketing.formats import french_date
from ticketing.hours.promises import ANSWER, RESOLUTION, TEXT
from ticketing.hours.rules import SILENT
from ticketing.model import Kind, State
from ticketing.steps import UNANSWERED
from ticketing.tickets.changing.standing import Entry, Outcome, Standing
from ticketing.tickets.lifecycle import announced

#: What the référent is told of, as the entry says it.
WHY = {
    SILENT: "Personne n’a encore agi sur ce ticket depuis son arrivée, passé le délai fixé par {of_holder}.",
    TEXT: "En retard : le délai que fixe le texte est passé.",
    ANSWER: "En retard : la première réponse promise n’est pas venue à temps.",
    RESOLUTION: "En retard : la résolution promise n’est pas venue à temps.",
}


def reminded(standing: Standing, question: str, closes_at: datetime | None) -> Outcome:
    """Remind the requester of a question; `closes_at` is when the ticket closes if no answer comes, None for never.

    `question` is repeated in the mail, below the program's own words.
    """
    since = standing.held_since
    words = f"Une question attend une réponse depuis le {french_date(since)}." if since else "Une question attend."
    if closes_at is not None:
        words += (
            f" Sans réponse, le ticket sera clos le {french_date(closes_at)} ; une réponse venue après le rouvrira."
        )
    after = replace(standing, nudges=standing.nudges + 1, nudge_at=closes_at)
    recalled = f"La question était :\n\n{question}" if question else ""
    return replace(announced(after, Entry(Kind.REMINDED, words)), recalled=recalled)


def unanswered(standing: Standing, rule_words: str, now: datetime) -> Outcome:
    """Close a ticket whose question stayed without answer; why it waited is kept, so that an answer opens it again."""
    since = standing.held_since
    words = (
        f"Clos de lui-même : la question posée le {french_date(since)} puis rappelée est restée sans réponse "
        f"({rule_words}). Pour le rouvrir, répondez : par un commentaire, par courriel, ou par « Rouvrir »."
    )
    after = replace(standing, state=State.CLOSED, closed_at=now, wake_at=None, nudge_at=None)
    data = {"from": standing.state.value, "to": after.state.value, "cause": UNANSWERED}
    return announced(after, Entry(Kind.CLOSED, words, data=data))


def alerted(standing: Standing, why: str, of_holder: str) -> Outcome:
    """Tell the holder's référent of a ticket, once for each cause while that party holds it."""
    after = replace(standing, alerted=(*standing.alerted, why))
    if why == SILENT:
        after = replace(after, silent_at=None)
    return announced(after, Entry(Kind.ALERTED, WHY[why].format(of_holder=of_holder), data={"why": why}))
