"""From what a form says to the request that the matrix reads; every fault a French sentence at its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from charters.days import today
from matrix import Request, RequestError, RequestReader, Router
from matrix.request_facts import FACTS
from ticketing.errors import Invalid
from ticketing.model import Draft

#: The fault of a field that a form leaves out where no sentence of its own says what to do.
MISSING = "missing"


def request(rules: Router, given: Mapping[str, Any], now: datetime) -> Request:
    """The matrix's request for typed or true values. Raises Invalid, by field."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in given.items()
        if value is not None and value != "" and name in ("etablissement", "service", "activity", *FACTS)
    }
    reader = RequestReader(rules.conventions)
    try:
        request = reader.read(plain, lambda: now)
    except RequestError as fault:
        if fault.code == "missing_field":
            named = {"service": "Choisissez un service.", "activity": "Dites de quoi il s’agit."}
            raise Invalid({fault.field or "": named.get(fault.field or "", MISSING)}) from fault
        raise Invalid({fault.field or "": _sentence(fault)}) from fault
    if request.acquired_on is not None and request.acquired_on > today(now) and request.activity != "acquisition":
        raise Invalid({"acquired_on": "Cette date d’achat est dans l’avenir."})
    return request


def _sentence(fault: RequestError) -> str:
    known = {
        "service": "Ce service n’existe pas.",
        "activity": "Cette nature de demande n’existe pas.",
        "user_category": "Cette catégorie d’utilisateur n’existe pas.",
        "acquired_by": "Ce payeur n’existe pas.",
        "acquired_on": "Cette date n’existe pas : écrivez par exemple 2024-09-01.",
    }
    return known.get(fault.field or "", fault.message)


def fields_of(draft: Draft) -> dict[str, Any]:
    return {
        "etablissement": draft.etablissement,
        "service": draft.service,
        "activity": draft.activity,
        **draft.facts.values(),
    }
