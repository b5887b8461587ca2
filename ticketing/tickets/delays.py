"""The delay that the text in force sets on the party that answers for a ticket, with its clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from matrix import Conventions, advice
from matrix.model import Guidance
from matrix.request_facts import facts_of
from ticketing.in_force.routing import Routed
from ticketing.views import CitationView, DelayView


def of_text(conventions: Conventions, routed: Routed, incident: str) -> DelayView | None:
    """Return the delay that the agreement of a decision sets on the party that it names, counted from the opening.

    None where the text sets none: then nothing is promised.
    """
    decision, request = routed.decision, routed.request
    if decision.convention is None or decision.status == "out_of_scope" or decision.convention not in conventions:
        return None
    agreement, facts = conventions[decision.convention], facts_of(request).values()
    about = (request.service, request.activity, facts, incident)
    found = advice.promised(advice.guidance(agreement, conventions.vocabulary, *about), decision.party, facts, incident)
    if found is None or found.deadline_hours is None:
        return None
    by = advice.deadline(found.deadline_hours, request.opened_at).astimezone(UTC)
    cited = tuple(CitationView(one.document, one.ref, one.kind, one.quote, one.reading) for one in found.citations)
    return DelayView(by, found.deadline_hours, routed.view.party_name, cited)


def duty(conventions: Conventions, row: Row[Any], name: str) -> Guidance | None:
    """Return the guidance of this id that sets a delay on people, where the ticket's agreement gives it for the ticket.

    `row` has the ticket's columns. None where its text asks no such thing of it.
    """
    if row.convention is None or row.convention not in conventions:
        return None
    agreement = advice.here(conventions[row.convention], row.etablissement)
    about = (row.service, row.activity, facts_of(row).values())
    known = advice.incidents(agreement, row.service, row.activity)
    incident = row.incident if row.incident in known else ""
    asked = advice.guidance(agreement, conventions.vocabulary, *about, incident)
    fitting = (one for one in asked if one.id == name and one.deadline_hours is not None and not one.deadline_party)
    return next(fitting, None)


def packed(delay: DelayView | None) -> dict[str, Any] | None:
    """Return a delay as the JSON of a decision's row holds it."""
    return None if delay is None else asdict(delay) | {"by": delay.by.isoformat()}


def unpacked(kept: Mapping[str, Any] | None) -> DelayView | None:
    """Return the delay that `packed` stored; decisions made before this version have none."""
    if kept is None:
        return None
    cited = tuple(CitationView(**one) for one in kept["citations"])
    return DelayView(datetime.fromisoformat(kept["by"]), kept["hours"], kept["party_name"], cited)
