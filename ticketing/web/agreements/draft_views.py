"""Shape a draft of an agreement for its page: each changed cell before and after, the sentence of law, the comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from charters.model import Actor
from matrix import Citation, Convention, Conventions
from matrix.changes import CellChange
from matrix.french.grammar import verb
from matrix.sentences import sentence
from matrix.values import ValueFault
from matrix.wording import capital, named
from ticketing.amending import drafts, golden
from ticketing.amending.drafts import ChangedCell, CommentView, DraftView
from ticketing.errors import Invalid
from ticketing.in_force import routing, signatories
from ticketing.web.agreements import grid

STATES: dict[str, tuple[str, str]] = {
    "draft": ("En préparation", ""),
    "submitted": ("À approuver", "warning"),
    "approved": ("Approuvé", "success"),
    "rejected": ("Refusé", "error"),
    "withdrawn": ("Abandonné", ""),
}


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell of a draft. `before` is None where the table has no such line, `after` where the change no longer fits it.

    `beyond`: the clauses that settle the cell and that this kind of change may not touch.
    """

    service: str
    activity: str
    service_label: str
    activity_label: str
    changed: ChangedCell | None
    law: str
    before: grid.CellDetail | None
    after: grid.CellDetail | None
    beyond: tuple[Citation, ...]
    comments: tuple[CommentView, ...]


def rows(draft: DraftView) -> list[CellRow]:
    """Return the cells that a draft changes, in the order of the table, then those that were only commented on."""
    known = routing.router().conventions
    keys = [(one.change.service, one.change.activity) for one in draft.cells]
    keys += [(one.service, one.activity) for one in draft.comments if one.service]
    services, activities = list(known.services), list(known.activities)
    ordered = sorted(
        dict.fromkeys(keys),
        key=lambda key: (draft.cell(*key) is None, services.index(key[0]), activities.index(key[1])),
    )
    before, after = _before(draft), _after(draft)
    return [_row(draft, before, after, *key) for key in ordered]


def row(draft: DraftView, service: str, activity: str) -> CellRow:
    """Return a cell of a draft, changed or not."""
    return _row(draft, _before(draft), _after(draft), service, activity)


def _row(draft: DraftView, before: Conventions, after: Conventions | None, service: str, activity: str) -> CellRow:
    known = routing.router().conventions
    changed = draft.cell(service, activity)
    cell = drafts.cell_before(before, draft.convention, draft.effect_on, service, activity)
    return CellRow(
        service,
        activity,
        known.services[service],
        known.activities[activity],
        changed,
        law(known, draft, changed.change, before) if changed else "",
        _detail(before, draft.convention, service, activity),
        _detail(after, draft.convention, service, activity) if after else None,
        signatories.beyond(known[draft.convention], draft.kind, cell) if changed else (),
        tuple(one for one in draft.comments if (one.service, one.activity) == (service, activity)),
    )


def law(known: Conventions, draft: DraftView, change: CellChange, before: Conventions) -> str:
    """Return the sentence of law that a change would write."""
    cell = drafts.cell_before(before, draft.convention, draft.effect_on, change.service, change.activity)
    try:
        return sentence(known[draft.convention], known.vocabulary, cell, change)
    except (ValueFault, KeyError) as fault:
        return f"Ce changement ne convient plus à l’accord : {fault}."


def _before(draft: DraftView) -> Conventions:
    """Return the agreements of the day of effect, without the draft."""
    if draft.state != "approved":
        return routing.on_day(routing.router().conventions, draft.effect_on)
    return routing.on_day(drafts.without(draft.number), draft.effect_on)


def _after(draft: DraftView) -> Conventions | None:
    """Return the agreements with the draft; None where it cannot take effect on its day (the page says why)."""
    try:
        return routing.on_day(drafts.conventions_of(draft), draft.effect_on)
    except Invalid:
        return None


def _detail(conventions: Conventions, convention_id: str, service: str, activity: str) -> grid.CellDetail | None:
    try:
        return grid.detail(conventions, convention_id, None, service, activity)
    except KeyError:
        return None


def beginning(actor: Actor, convention_id: str, aim: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what the page that begins a draft shows: the rules of the text, and the cell that led there, if any.

    `aimed` is the name of the cell, « » for none; `going` are the open drafts in which it may be changed as well.
    Raises NotFound where the actor's organisation did not sign.
    """
    side = drafts.signatory_of(actor, convention_id)
    conventions = routing.router().conventions
    rules = signatories.rules(conventions[convention_id])
    aimed, going = "", []
    if aim:
        aimed = f"{conventions.services[aim['service']]} : {conventions.activities[aim['activity']].lower()}"
        going = [one for one in drafts.of(actor) if one.convention == convention_id and one.state in drafts.OPEN]
    return {
        "convention": conventions[convention_id],
        "side": side,
        "rules": rules,
        "kinds": signatories.KINDS,
        "kinds_known": list(dict.fromkeys(rule.kind for rule in rules)),
        "places": signatories.places,
        "wanted": [signatories.under(conventions, convention_id, rule) for rule in rules],
        "aim": aim,
        "aimed": aimed[:150],
        "going": going,
    }


def offered_services(convention_id: str) -> list[tuple[str, str]]:
    """Return (id, label) of the lines of the agreement's table, then of the services that an amendment may add."""
    conventions = routing.router().conventions
    convention = conventions[convention_id]
    named = {key[0] for key in convention.versions[-1].cells}
    listed = [
        name
        for section, services in conventions.sections.items()
        for name in services
        if section in convention.sections or name in named
    ]
    return [
        (name, conventions.services[name])
        for name in (*listed, *(name for name in conventions.services if name not in set(listed)))
    ]


def golden_answers(convention: Convention) -> list[tuple[str, str]]:
    """Return the answers that a golden ticket may expect, as (value, words): each party's, then the other statuses."""
    bodies = ((name, body) for name, body in convention.parties.items() if not body.contributor_only)
    routed = [(f"routed:{name}", _busy(capital(named(convention, body)))) for name, body in bodies]
    return [*routed, *((status, capital(words)) for status, words in golden.STATUS_WORDS.items())]


def _busy(name: str) -> str:
    return f"{name} s’en {verb(name, 'occupe', 'occupent')}"
