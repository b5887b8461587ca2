"""Convert between a ticket's values and the columns of its row, for a new ticket, a step or a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from charters.model import Actor, Role
from matrix import Request, Router
from matrix.request_facts import facts_of
from ticketing.in_force import routing
from ticketing.model import Draft, Facts, Holder, State
from ticketing.perimeter_keys import scope_keys
from ticketing.tickets import delays
from ticketing.tickets.lifecycle import Standing
from ticketing.views import DelayView


@dataclass(frozen=True, slots=True)
class About:
    """The subject of a ticket: service, activity and facts, with their labels as they are on the day."""

    service: str
    service_label: str
    activity: str
    activity_label: str
    facts: Facts
    user_category_label: str

    def columns(self) -> dict[str, Any]:
        """Return the columns that the subject fills."""
        return {
            "service": self.service,
            "service_label": self.service_label,
            "activity": self.activity,
            "activity_label": self.activity_label,
            **self.facts.values(),
            "user_category_label": self.user_category_label,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A new ticket: what is requested, how it is decided, by whom and when it is opened. `row` gives its columns.

    `draft` is checked. The names of the établissement and of its commune are those of the day.
    """

    draft: Draft
    about: About
    etablissement_name: str
    etablissement_commune: str
    routed: routing.Routed
    delay: DelayView | None  # that the text sets
    opener: Actor
    opened_at: datetime
    file_bytes: int = 0

    @property
    def standing(self) -> Standing:
        """Return the ticket's standing, for the rules of its steps."""
        return Standing(
            state=State.NEW,
            activity=self.about.activity,
            opened_at=self.opened_at,
            due_at=self.delay.by if self.delay else None,
            desk=self.routed.desk,
            holder=self.routed.holder,
        )

    def row(self) -> dict[str, Any]:
        """Return the ticket's columns, except its number and its decision, which the database gives."""
        opener = self.opener
        values: dict[str, Any] = {
            "version": 1,
            **self._words(),
            "academie": self.routed.desk.organisation,
            "etablissement": self.draft.etablissement,
            "etablissement_name": self.etablissement_name,
            "etablissement_commune": self.etablissement_commune,
            **self.about.columns(),
            **of_standing(self.standing),
            **of_decision(self.routed),
            "account_service": self.routed.account_service,
            "involved": involved((), self.routed.holder, self.routed.contributors),
            "shared_with": [],
            "persons": [opener.account_id] if opener.role == Role.RESEAU else [],
            "confidential": False,
            "opened_by": opener.account_id,
            "opened_by_name": opener.name,
            "opened_at": self.opened_at,
            "updated_at": self.opened_at,
            "event_count": 1,
            "file_bytes": self.file_bytes,
        }
        return {**values, "scope_keys": keys(values)}

    def _words(self) -> dict[str, Any]:
        """Return the columns of what was typed."""
        return {
            "title": self.draft.title,
            "body": self.draft.body,
            "on_behalf_of": self.draft.on_behalf_of,
            "tag": self.draft.tag,
            "asset": self.draft.asset,
            "incident": self.draft.incident or None,
        }


def new_ticket(rules: Router, actor: Actor, draft: Draft, routed: routing.Routed, now: datetime) -> NewTicket:
    """Return a ticket that `actor` opens at `now` from a checked draft and the decision on it."""
    conventions = rules.conventions
    place = conventions.etablissements[draft.etablissement]
    return NewTicket(
        draft=draft,
        about=about(rules, routed.request),
        etablissement_name=routing.side_name(conventions, place.id).removesuffix(f", {place.commune}"),
        etablissement_commune=place.commune,
        routed=routed,
        delay=delays.of_text(conventions, routed, draft.incident),
        opener=actor,
        opened_at=now,
    )


def of_standing(standing: Standing) -> dict[str, Any]:
    """Return the columns of a ticket's standing: state, delay, assignee, hold, resolution, holder."""
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
    """Return the columns of a ticket's holder."""
    return {f"holder_{name}": value for name, value in holder_dict(holder).items()}


def holder_dict(holder: Holder) -> dict[str, str]:
    """Return a holder as JSON stores it."""
    return {"party": holder.party, "role": holder.role, "organisation": holder.organisation, "name": holder.name}


def of_decision(routed: routing.Routed) -> dict[str, Any]:
    """Return the columns that a decision fills, without those of the holder."""
    return {
        "convention": routed.decision.convention,
        "needs_info": routed.decision.status == "needs_info",
        "contributors": [[party, name] for party, name in routed.view.contributors],
    }


def about(rules: Router, request: Request) -> About:
    """Return the subject of a ticket from its request, with the labels of the day, cut to the size of their columns."""
    conventions = rules.conventions
    labels = {line.id: line.label for line in conventions.categories(request.etablissement)}
    category = request.user_category
    return About(
        service=request.service,
        service_label=conventions.services[request.service][:200],
        activity=request.activity,
        activity_label=conventions.activities[request.activity][:60],
        facts=facts_of(request),
        user_category_label=labels.get(category, category) if category else "",
    )


def changes(row: Row[Any], described: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return each column that a correction changes, with its values before and after; a day is given as ISO text."""
    changed = {}
    for name, value in described.items():
        before = getattr(row, name)
        if before != value:
            changed[name] = [part.isoformat() if isinstance(part, date) else part for part in (before, value)]
    return changed


def involved(before: Sequence[str], holder: Holder, contributors: Sequence[Holder]) -> list[str]:
    """Return the organisations that hold, held or contribute; none is ever removed."""
    return list(dict.fromkeys((*before, holder.organisation, *(body.organisation for body in contributors))))


def keys(values: Mapping[str, Any]) -> list[str]:
    """Return the keys under which a ticket with these columns is filed, in order."""
    return sorted(
        scope_keys(
            etablissement=values["etablissement"],
            holder=values["holder_organisation"],
            involved=values["involved"],
            confidential=values["confidential"],
            persons=values["persons"],
        )
    )
