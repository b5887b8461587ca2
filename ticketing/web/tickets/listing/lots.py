"""A step taken on several tickets of a list, each by itself: all or nothing for a ticket, with a line of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from charters.journal import audit
from charters.model import Actor
from matrix.wording import enumeration
from ticketing import pupils
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.web.tickets import steps

#: The steps that a list offers; those of `choosing.CHOICES` ask for more on a page of their own.
STEPS = frozenset({"prendre-en-charge", "commenter", "resoudre", "clore", "attribuer", "attente", "transmettre"})
#: The most tickets of one go: those of a page.
MOST = 100


@dataclass(frozen=True, slots=True)
class Picked:
    """A ticket that was ticked: its number, and the version that the list showed."""

    number: int
    version: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a ticket: done, or the sentence that says why not."""

    number: int
    done: bool
    sentence: str
    refusal: int = 0  # 403 or 404 where the gate refused: the journal gets a line


def picked(values: Sequence[str]) -> list[Picked]:
    """Return the tickets of a form, « number:version » each, without repetition; what is not one is left out."""
    found: dict[int, Picked] = {}
    for value in values:
        number, _, version = value.partition(":")
        numbers = steps.whole(number), steps.whole(version)
        if numbers[0] is not None and numbers[1] is not None:
            found.setdefault(numbers[0], Picked(numbers[0], numbers[1]))
    return list(found.values())[:MOST]


def take(
    actor: Actor, slug: str, fields: Mapping[str, str], tickets: Sequence[Picked], token: str, now: datetime
) -> list[Verdict]:
    """Take a step on each ticket as its page would, in a commit of its own, and return what became of each.

    Words that seem to hold pupils' data go to no ticket by the lot: the page of one asks who would read them. `fields`
    are those of the step's own form, without prefix. `token` is that of the list: the same form sent twice comments
    once. What the gate refuses is in the journal.
    """
    if found := pupils.found(tuple(fields.values())):
        told = f"Ce texte semble contenir {enumeration(found.signs)} : s’il le faut, publiez-le ticket par ticket."
        return [Verdict(ticket.number, False, told) for ticket in tickets]
    verdicts = []
    for ticket in tickets:
        form = steps.Form(
            ticket.version,
            {**fields, "visibilite": "public"},
            (),
            f"{token[:40]}-{ticket.number}" if token else None,
        )
        verdicts.append(_one(actor, steps.STEPS[slug], ticket.number, form, now))
    for verdict in verdicts:
        if verdict.refusal:
            details = {"method": "POST", "status": verdict.refusal}
            audit.refusal(actor=actor, subject=f"/tickets/{verdict.number}/{slug}", now=now, details=details)
    return verdicts


def _one(actor: Actor, step: steps.StepPage, number: int, form: steps.Form, now: datetime) -> Verdict:
    try:
        step.act(actor, number, form, now)
    except Stale:
        return Verdict(number, False, "Il a changé depuis que la liste s’est affichée : relisez-le avant d’agir.")
    except Invalid as fault:
        return Verdict(number, False, " ".join(fault.errors.values()))
    except NotFound:
        return Verdict(number, False, "Ce ticket n’est pas, ou plus, dans votre périmètre.", 404)
    except StepRefused as refusal:
        return Verdict(number, False, str(refusal))
    except Refused as refusal:
        return Verdict(number, False, str(refusal), 403)
    return Verdict(number, True, step.done)
