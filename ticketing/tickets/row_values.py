"""Convert between a ticket's values and the columns of its row, for a new ticket, a step or a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from charters.model import Actor, Role
from matrix import Request, Router
from matrix.request_facts import USER_GROUPS, facts_of
from matrix.wording import capital
from ticketing.hours import known, rules
from ticketing.hours.promises import Engagement, Engagements, Subject
from ticketing.in_force import routing
from ticketing.model import TO_SPECIFY, TO_SPECIFY_LABEL, Draft, Facts, Holder, HoldReason, State
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


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose request a ticket is: an account (None: a person without one), a name, whether as gestionnaire réseau.

    `sigle` is that of a caller's account; empty where there is none.
    """

    account: int | None
    name: str
    network: bool = False
    sigle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A new ticket: what is requested, how it is decided, by whom and when it is opened. `row` gives its columns.

    `draft` is checked; `asking` is whose request it is, who opens it or who called. The names of the établissement and
    of its commune are those of the day.
    """

    draft: Draft
    about: About
    etablissement_name: str
    etablissement_commune: str
    routed: routing.Routed
    delay: DelayView | None  # that the text sets
    opener: Actor
    asking: Asking
    opened_at: datetime
    asked: Engagement | None = None  # what the party that answers promises the requester
    file_bytes: int = 0
    confidential: bool = False

    @property
    def standing(self) -> Standing:
        """Return the ticket's standing, for the rules of its steps."""
        standing = Standing(
            state=State.NEW,
            activity=self.about.activity,
            opened_at=self.opened_at,
            due_at=self.delay.by if self.delay else None,
            desk=self.routed.desk,
            holder=self.routed.holder,
            engagements=Engagements(self.asked),
        )
        return watched(standing, "", self.opened_at)

    def row(self) -> dict[str, Any]:
        """Return the ticket's columns, except its number and its decision, which the database gives."""
        values: dict[str, Any] = {
            "version": 1,
            **self._words(),
            "academie": self.routed.academie,
            "etablissement": self.draft.etablissement,
            "etablissement_name": self.etablissement_name,
            "etablissement_commune": self.etablissement_commune,
            **self.about.columns(),
            **of_standing(self.standing),
            **of_decision(self.routed),
            "account_service": self.routed.account_service,
            "involved": involved((), self.routed.holder, self.routed.contributors),
            "shared_with": [],
            "persons": [self.asking.account] if self.asking.network else [],
            "confidential": self.confidential,
            "opened_by": self.asking.account,
            "opened_by_name": self.asking.name,
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
            "room": self.draft.room,
            "impact": self.draft.impact,
            "urgency": self.draft.urgency,
        }


def new_ticket(
    rules: Router, actor: Actor, draft: Draft, routed: routing.Routed, now: datetime, caller: Asking | None = None
) -> NewTicket:
    """Return a ticket that `actor` opens at `now` from a checked draft and the decision on it, for a caller if any."""
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
        asking=caller or Asking(actor.account_id, actor.name, actor.role == Role.RESEAU),
        opened_at=now,
        asked=known.engagement(
            routed.holder, Subject(routed.decision.convention or "", draft.service, draft.activity, draft.urgency), now
        ),
    )


def engaged(after: Standing, row: Mapping[str, Any], now: datetime) -> Standing:
    """Return the standing after a step, with its new holder's own promise if the step changed hands.

    `row` has the ticket's columns before the step, but what the step says of its subject.
    """
    if after.holder.organisation != row["holder_organisation"]:
        about = Subject(row["convention"] or "", row["service"], row["activity"], row["urgency"])
        held = known.engagement(after.holder, about, now)
        after = replace(after, engagements=replace(after.engagements, held=held))
    return watched(after, row["holder_organisation"], now)


def watched(after: Standing, before: str, now: datetime) -> Standing:
    """Return the standing after a step, with when the program acts next by itself, as its holder's rule says.

    `before` is the organisation that held the ticket until then, « » at the opening.
    """
    organisation = after.holder.organisation
    rule, calendar = known.rule(organisation, now), known.calendar(organisation)
    if organisation != before:
        after = replace(after, silent_at=rules.silent_at(rule, calendar, now), alerted=())
    waits = after.state is State.ON_HOLD and after.hold_reason is HoldReason.REQUESTER
    if not waits:
        after = replace(after, nudge_at=None, nudges=0)
    elif after.held_since == now and rule is not None and rule.remind and calendar is not None:
        after = replace(after, nudge_at=rules.after_days(calendar, now, rule.remind), nudges=0)
    if not after.state.is_open:
        return replace(after, alert_at=None, silent_at=None, alerted=())
    end = after.engagements.nearest(after.due_at, after.paused)
    return replace(after, alert_at=rules.alert_at(rule, after.silent_at, end, after.alerted))


def of_standing(standing: Standing) -> dict[str, Any]:
    """Return the columns of a ticket's standing: state, delays, assignee, hold, resolution, holder."""
    due_at, due_kind = standing.engagements.nearest(standing.due_at, standing.paused)
    return {
        "state": standing.state.value,
        "due_at": due_at,
        "due_kind": due_kind,
        "text_due_at": standing.due_at,
        "engagements": standing.engagements.packed(),
        "assignee_id": standing.assignee_id,
        "assignee_name": standing.assignee_name,
        "hold_reason": standing.hold_reason.value if standing.hold_reason else None,
        "held_since": standing.held_since,
        "wake_at": standing.wake_at,
        "nudge_at": standing.nudge_at,
        "nudges": standing.nudges,
        "alert_at": standing.alert_at,
        "silent_at": standing.silent_at,
        "alerted": " ".join(standing.alerted),
        "first_answer_at": standing.first_answer_at,
        "resolved_at": standing.resolved_at,
        "closed_at": standing.closed_at,
        "hand_ons": standing.hand_ons,
        "handed_on_by": holder_dict(standing.returns_to) if standing.returns_to else None,
        "parent_bond": standing.bond.value,
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
    labels = {name: capital(group.label) for name, group in USER_GROUPS.items()}
    labels |= {line.id: line.label for line in conventions.categories(request.etablissement)}
    category = request.user_category
    return About(
        service=request.service,
        service_label=_label(conventions.services, request.service)[:200],
        activity=request.activity,
        activity_label=_label(conventions.activities, request.activity)[:60],
        facts=facts_of(request),
        user_category_label=labels.get(category, category) if category else "",
    )


def _label(known: Mapping[str, str], name: str) -> str:
    return TO_SPECIFY_LABEL if name == TO_SPECIFY else known[name]


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
