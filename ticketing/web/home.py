"""The home page of each role, and the address by which an open page prolongs its session."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue

from charters.campaign import campaigns, rosters
from charters.model import Role
from charters.people import directory
from charters.permissions import MAY, Action
from ticketing.amending import approvals, fills
from ticketing.in_force import routing, signatories
from ticketing.model import Filters, HoldReason, State
from ticketing.tickets import queries
from ticketing.web import frame, guards, vocabulary
from ticketing.web.guards import guard, requires

blueprint = Blueprint("home", __name__)
guard(blueprint, "member")

#: Roles that are sent to a list of work, and roles that are sent to the figures.
WORKERS = frozenset({Role.TECH_DEPARTEMENT, Role.REFERENT, Role.TECH_ACADEMIE})
READERS = frozenset({Role.ADMINISTRATEUR, Role.LECTEUR})

LATEST = 8
WAITING = 25


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Redirect technicians to their queue, administrators and readers to the figures; show a collège its home page.

    A person who signs changes to agreements is first sent to those that wait for a decision.
    """
    role = g.actor.role
    if role is None:
        mandates = directory.person(None, g.actor.account_id, now=g.now).mandates
        coming = [one for one in mandates if one.starts_on > guards.today()]
        return render_template("home/no_mandate.html", coming=coming)
    if Action.APPROVE_MATRIX in MAY[role] and (page := _waiting(role)):
        return page
    if role in WORKERS:
        return redirect("/tickets", 303)
    if role in READERS:
        return redirect("/chiffres", 303)
    return _college(role)


def _waiting(role: Role) -> str | None:
    """Return the page of the drafts to approve or of the cells to confirm; None where nothing waits for the actor."""
    drafts, cells = approvals.to_approve(g.actor), fills.pending(g.actor)
    if not drafts and not cells:
        return None
    conventions = routing.router().conventions
    return render_template(
        "home/waiting.html",
        drafts=drafts,
        cells=cells,
        titles={one.id: one.title for one in conventions},
        services=conventions.services,
        activities=conventions.activities,
        kinds=signatories.KINDS,
        onward="/tickets" if role in WORKERS or role is Role.CHEF else "/chiffres",
    )


def _college(role: Role) -> str:
    """Return the home page of a collège: the questions it must answer, the tickets resolved, its latest tickets."""
    held = queries.queue(g.perimeter, Filters(state=State.ON_HOLD), None, g.now, WAITING)
    resolved = queries.queue(g.perimeter, Filters(state=State.RESOLVED), None, g.now, WAITING)
    latest = queries.queue(g.perimeter, Filters(state="all", sort="newest"), None, g.now, LATEST)
    return render_template(
        "home/index.html",
        may_open=Action.OPEN in MAY[role] and not g.actor.mandate.read_only,
        may_confirm=Action.CONFIRM in MAY[role] and not g.actor.mandate.read_only,
        campaign=_campaign(),
        questions=[row for row in held.rows if row.hold_reason == HoldReason.REQUESTER],
        resolved=resolved.rows,
        latest=latest.rows,
        subjects={name: known.label for name, known in vocabulary.SERVICES.items()},
    )


def _campaign() -> campaigns.CampaignView | None:
    """Return the October campaign that waits for this chef's answer, or None."""
    asked = campaigns.asked_of(g.actor, g.now)
    if asked is None or rosters.place_of(asked, g.actor.mandate.scope_id, g.now).answered_at is not None:
        return None
    return asked


@blueprint.get("/session")
@requires("entering")
def session() -> Response:
    """Return the new end of the session, in UTC; an open page asks for it, and this prolongs the session."""
    ends = frame.session_end()
    return jsonify(ends=ends.isoformat() if ends else None)
