"""What the columns of a ticket hold, and what they say: pure values, from a decision or a step to a row and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from charters.model import Actor
from matrix import Router
from ticketing import model
from ticketing.in_force import routing
from ticketing.model import Draft, Facts, Holder, State
from ticketing.tickets import deadlines
from ticketing.tickets.lifecycle import Standing


def new_ticket(rules: Router, actor: Actor, draft: Draft, routed: routing.Routed, now: datetime) -> dict[str, Any]:
    """The columns of a ticket that begins."""
    conventions = rules.conventions
    place = conventions.etablissements[draft.etablissement]
    persons = [actor.account_id] if str(actor.role) == "reseau" else []
    values: dict[str, Any] = {
        "version": 1,
        "state": State.NEW.value,
        "title": draft.title,
        "body": draft.body,
        "on_behalf_of": draft.on_behalf_of,
        "tag": draft.tag,
        "asset": draft.asset,
        "academie": routed.desk.organisation,
        "etablissement": place.id,
        "etablissement_name": routing.side_name(conventions, place.id).removesuffix(f", {place.commune}"),
        "etablissement_commune": place.commune,
        **described(rules, draft.etablissement, draft.service, draft.activity, draft.facts),
        "convention": routed.decision.convention,
        "needs_info": routed.decision.status == "needs_info",
        "account_service": routed.account_service,
        "handed_on_by": None,
        **of_holder(routed.holder),
        "contributors": [[party, name] for party, name in routed.view.contributors],
        "involved": involved((), routed.holder, routed.contributors),
        "shared_with": [],
        "persons": persons,
        "confidential": False,
        "assignee_id": None,
        "assignee_name": None,
        "opened_by": actor.account_id,
        "opened_by_name": actor.name,
        "opened_at": now,
        "due_at": deadlines.due_at(draft.activity, now),
        "updated_at": now,
        "hold_reason": None,
        "held_since": None,
        "first_answer_at": None,
        "resolved_at": None,
        "closed_at": None,
        "hand_ons": 0,
        "event_count": 1,
    }
    return {**values, "scope_keys": keys(values)}


def standing(values: Mapping[str, Any], desk: Holder) -> Standing:
    """Where a ticket that begins stands, for the rules of its steps."""
    return Standing(
        state=State(values["state"]),
        activity=values["activity"],
        opened_at=values["opened_at"],
        due_at=values["due_at"],
        desk=desk,
        holder=Holder(
            values["holder_party"], values["holder_role"], values["holder_organisation"], values["holder_name"]
        ),
    )


def of_standing(standing: Standing) -> dict[str, Any]:
    """The columns that a standing fills."""
    return {
        "state": standing.state.value,
        "due_at": standing.due_at,
        "assignee_id": standing.assignee_id,
        "assignee_name": standing.assignee_name,
        "hold_reason": standing.hold_reason.value if standing.hold_reason else None,
        "held_since": standing.held_since,
        "first_answer_at": standing.first_answer_at,
        "resolved_at": standing.resolved_at,
        "closed_at": standing.closed_at,
        "hand_ons": standing.hand_ons,
        "handed_on_by": holder_dict(standing.returns_to) if standing.returns_to else None,
        **of_holder(standing.holder),
    }


def of_holder(holder: Holder) -> dict[str, str]:
    """The columns that say who holds a ticket."""
    return {f"holder_{name}": value for name, value in holder_dict(holder).items()}


def holder_dict(holder: Holder) -> dict[str, str]:
    """A holder as JSON keeps it."""
    return {"party": holder.party, "role": holder.role, "organisation": holder.organisation, "name": holder.name}


def described(rules: Router, etablissement: str, service: str, activity: str, facts: Facts) -> dict[str, Any]:
    """What a ticket is about, with the labels of the day."""
    conventions = rules.conventions
    labels = {line.id: line.label for line in conventions.categories(etablissement)}
    category = facts.user_category
    return {
        "service": service,
        "service_label": conventions.services[service][:200],
        "activity": activity,
        "activity_label": conventions.activities[activity][:60],
        **{name: getattr(facts, name) for name in routing.FACT_NAMES},
        "user_category_label": labels.get(category, category) if category else "",
    }


def changes(row: Row[Any], described: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Column -> [before, after], for what is corrected."""
    changed = {}
    for name, value in described.items():
        before = getattr(row, name)
        if before != value:
            changed[name] = [part.isoformat() if isinstance(part, date) else part for part in (before, value)]
    return changed


def involved(before: Sequence[str], holder: Holder, contributors: Sequence[Holder]) -> list[str]:
    """The organisations that hold, held or contribute: none is ever dropped."""
    return list(dict.fromkeys((*before, holder.organisation, *(body.organisation for body in contributors))))


def keys(values: Mapping[str, Any]) -> list[str]:
    """The keys under which a ticket of these columns is filed, in order."""
    return sorted(
        model.scope_keys(
            etablissement=values["etablissement"],
            holder=values["holder_organisation"],
            involved=values["involved"],
            confidential=values["confidential"],
            persons=values["persons"],
        )
    )
