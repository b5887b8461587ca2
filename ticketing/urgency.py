"""How urgent a ticket is: ITIL's matrix of impact by urgency. It orders queues, and changes no party nor delay. Pure.

Impact says who is held up, urgency whether work can go on meanwhile; both are answers of whoever opens the ticket, from
1 (the most) to 3. Where one of them is unknown the ticket ranks as one of middle priority, so that nobody gains by
leaving a question open, and nobody loses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Answers to « Qui est gêné ? » and « Peut-on travailler quand même ? », the gravest first: (code, words).
IMPACTS = ((1, "Tout l’établissement"), (2, "Une classe ou un service"), (3, "Une personne"))
URGENCIES = ((1, "Non"), (2, "Difficilement"), (3, "Oui"))
IMPACT_WORDS, URGENCY_WORDS = dict(IMPACTS), dict(URGENCIES)
#: Priority -> its name, the highest first.
PRIORITIES = {1: "critique", 2: "haute", 3: "moyenne", 4: "basse", 5: "planifiée"}
MIDDLE = 3
#: The activity on whose tickets the questions are asked: something that worked no longer does.
ASKED_ON = "mco"

#: What is added to the rank of an open ticket without delay (seconds), so that it comes after every delay, and after
#: those of a higher priority. The middle is what every ticket had before priorities: no row has to change.
_AFTER = {1: 2 * 10**10, 2: 5 * 10**10, 3: 10**11, 4: 2 * 10**11, 5: 3 * 10**11}


#: Column of a ticket -> how it is called, with the words of its answers; a room is text.
SAID: dict[str, tuple[str, dict[Any, str]]] = {
    "room": ("Salle ou lieu", {}),
    "impact": ("Qui est gêné", IMPACT_WORDS),
    "urgency": ("Peut-on travailler", URGENCY_WORDS),
}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return in words what differs between two states of the columns of `SAID`: « Qui est gêné : … → … »."""
    said = []
    for name, (label, answers) in SAID.items():
        if before.get(name) != after.get(name):
            old, new = (answers.get(one.get(name), one.get(name)) or "non précisé" for one in (before, after))
            said.append(f"{label} : {old} → {new}")
    return said


def priority(impact: int | None, urgency: int | None) -> int | None:
    """Return the priority of ITIL's matrix, from 1 (critical) to 5; None where one of the two is unknown."""
    return None if impact is None or urgency is None else impact + urgency - 1


def offset(impact: int | None, urgency: int | None) -> int:
    """Return what is added to the rank of an open ticket without delay."""
    return _AFTER[priority(impact, urgency) or MIDDLE]


def code(text: str) -> int | None:
    """Return the answer that a form sends, or None for none and for what is no answer."""
    return int(text) if text in ("1", "2", "3") else None


def words(impact: int | None, urgency: int | None) -> str:
    """Return the name of a priority that stands out: « Priorité critique » or « haute »; else an empty text."""
    found = priority(impact, urgency)
    return f"Priorité {PRIORITIES[found]}" if found in (1, 2) else ""
