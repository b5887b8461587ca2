"""Say in a few words what a ticket expects of the person who reads it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.model import State
from ticketing.views import TicketView


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of the reader, in a sentence.

    `yours`: the reader has something to do. `step`: the step of one click that does it, else `anchor`: the place of the
    page where it is done; both are empty where nothing is expected.
    """

    sentence: str
    yours: bool = False
    step: str = ""
    anchor: str = ""


def expected(ticket: TicketView, account: int, *, holds: bool, asked: bool, lacks: bool) -> Expected:
    """Return what is expected of a reader.

    `holds`: the reader's side holds the ticket; `asked`: it waits for an answer of the reader's side; `lacks`: the
    reader is shown the question whose answer the decision lacks.
    """
    if ticket.state is State.CLOSED:
        return Expected("Ce ticket est clos : rien n’est attendu.")
    if asked:
        return Expected("On attend votre réponse.", yours=True, anchor="repondre")
    if lacks and not holds:
        return Expected("Une précision manque pour décider qui s’en occupe.", yours=True, anchor="preciser")
    if ticket.state is State.RESOLVED:
        if "confirm" in ticket.steps:
            return Expected("Dites si c’est réglé.", yours=True, step="confirm")
        return Expected("On attend que le demandeur dise si c’est réglé.")
    return _of_holder(ticket, account, lacks) if holds else Expected("Rien n’est attendu de vous pour l’instant.")


def _of_holder(ticket: TicketView, account: int, lacks: bool) -> Expected:
    """Return what an open ticket expects of a person of the side that holds it."""
    if ticket.assignee_id is None and "take_charge" in ticket.steps:
        return Expected("Personne ne l’a encore : à vous ou à un collègue.", yours=True, step="take_charge")
    if lacks:
        return Expected("Une précision manque pour décider qui s’en occupe.", yours=True, anchor="preciser")
    if ticket.assignee_id is not None and ticket.assignee_id != account:
        return Expected("Rien n’est attendu de vous : un collègue s’en occupe.")
    if ticket.state is State.ON_HOLD:
        if ticket.hold_reason == "attente-demandeur":
            return Expected("On attend la réponse du demandeur.")
        return Expected(
            "Reprenez le travail quand l’attente est finie.", step="resume" if _may(ticket, "resume") else ""
        )
    if "resolve" in ticket.steps and ticket.assignee_id == account:
        return Expected("À vous de le résoudre.", yours=True, anchor="agir")
    return Expected("Rien n’est attendu de vous pour l’instant.")


def _may(ticket: TicketView, step: str) -> bool:
    return step in ticket.steps
