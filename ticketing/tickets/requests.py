"""Make a ticket's request to the rules from what is typed; each fault is a French sentence for its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from charters.days import today
from matrix import Request, RequestError, RequestReader, Router
from matrix.request_facts import FACTS
from ticketing.errors import Invalid
from ticketing.in_force import routing
from ticketing.model import Draft

_CHOOSE = {"service": "Choisissez un service.", "activity": "Dites de quoi il s’agit."}
_UNKNOWN = {
    "service": "Ce service n’existe pas.",
    "activity": "Cette nature de demande n’existe pas.",
    "user_category": "Cette catégorie d’utilisateur n’existe pas.",
    "acquired_by": "Ce payeur n’existe pas.",
    "acquired_on": "Cette date n’existe pas : écrivez par exemple 2024-09-01.",
}


def of_draft(rules: Router, draft: Draft, now: datetime) -> Request:
    """Return the request that a draft makes at `now`. Raises Invalid, by field."""
    asked = routing.request_for(draft.etablissement, draft.service, draft.activity, draft.facts, now)
    return checked(rules, asked)


def checked(rules: Router, asked: Request) -> Request:
    """Return a request whose ids the agreements know and whose day of purchase is not in the future. Raises Invalid."""
    return _judged(lambda: RequestReader(rules.conventions, grouped=True).check(asked))


def request(rules: Router, given: Mapping[str, Any], now: datetime) -> Request:
    """Return the request for values by their names, made at `now`; an empty or absent value is an unknown fact.

    A day may be a date or its ISO text; names that a request does not have are ignored. Raises Invalid, by field.
    """
    named = ("etablissement", "service", "activity", *FACTS)
    stated = {name: given[name] for name in named if given.get(name) not in (None, "")}
    return _judged(lambda: RequestReader(rules.conventions, grouped=True).read(stated, lambda: now))


def _judged(read: Callable[[], Request]) -> Request:
    """Return the request that `read` gives; its faults become Invalid."""
    try:
        asked = read()
    except RequestError as fault:
        raise Invalid({fault.field or "": _sentence(fault)}) from fault
    if asked.acquired_on is not None and asked.acquired_on > today(asked.opened_at) and asked.activity != "acquisition":
        raise Invalid({"acquired_on": "Cette date d’achat est dans l’avenir."})
    return asked


def _sentence(fault: RequestError) -> str:
    field = fault.field or ""
    if fault.code == "missing_field":
        return _CHOOSE.get(field, fault.message)
    return _UNKNOWN.get(field, fault.message)
