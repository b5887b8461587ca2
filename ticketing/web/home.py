"""The home page of each role, and the address by which an open page prolongs its session."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from charters.campaign import campaigns, rosters
from charters.model import Role
from charters.people import directory
from charters.permissions import MAY, Action, held
from ticketing.amending import approvals, fills
from ticketing.arrivals import checklist
from ticketing.articles import reviews
from ticketing.in_force import coverage, routing, signatories
from ticketing.model import Filters, HoldReason, State
from ticketing.obligations import calendar
from ticketing.tickets import queries
from ticketing.tickets.contesting import shown
from ticketing.web import frame, guards, vocabulary
from ticketing.web.guards import guard, requires

blueprint = Blueprint("home", __name__)
guard(blueprint, "member")

#: Roles that are sent to a list of work, and roles that are sent to the figures.
WORKERS = frozenset({Role.TECH_DEPARTEMENT, Role.REFERENT, Role.TECH_ACADEMIE})
READERS = frozenset({Role.ADMINISTRATEUR, Role.LECTEUR})
#: Roles that come first to what waits for their decision, if anything does.
DECIDING = WORKERS | {Role.ADMINISTRATEUR}

_VISITS = Filters(state=State.ON_HOLD, waiting=HoldReason.VISIT, sort="oldest")
LATEST = 8
WAITING = 25

#: Service -> its name in plain words.
_SUBJECTS = {name: known.label for name, known in vocabulary.SERVICES.items()}


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Redirect technicians to their queue, administrators and readers to the figures; show a collège its home page.

    What waits for the actor comes first, in this order: agreements to decide on, a question to answer, an answer that a
    decision lacks, a solution to confirm, what the collège itself has to do. An administrator comes to what the
    installation still lacks, as long as it lacks something.
    """
    role = g.actor.role
    if role is Role.ADMINISTRATEUR and (page := _first_day()):
        return page
    if role is None:
        mandates = directory.person(None, g.actor.account_id, now=g.now).mandates
        coming = [one for one in mandates if one.starts_on > guards.today()]
        return render_template("home/no_mandate.html", coming=coming)
    if role is Role.CHEF:
        return _college(role)
    if role in DECIDING and (page := _waiting(role)):
        return page
    if role in WORKERS:
        return redirect("/tickets", 303)
    if role in READERS:
        return redirect("/chiffres", 303)
    return _college(role)


def _first_day() -> str | None:
    """Return the page of what the installation lacks, above what waits for the actor; None once nothing is left."""
    settings = current_app.config["GUICHET"]
    installation = checklist.Installation(
        bool(settings.smtp_url), bool(settings.mailbox), settings.data_dir, settings.demo
    )
    readable = coverage.administered(routing.router().conventions, g.actor.mandate.scope_id)
    found = checklist.lines(g.actor, readable, installation, g.now)
    if all(line.done for line in found):
        return None
    return render_template(
        "home/first_day.html",
        checklist=sorted(found, key=lambda line: line.done),
        left=sum(not line.done for line in found),
        told=_told(),
        subjects=_SUBJECTS,
        waiting=(),  # contests are asked about once the installation lacks nothing
        **_decisions(),
    )


def _waiting(role: Role) -> str | None:
    """Return the page of late tickets, drafts to approve, cells to confirm, articles to read again; None for none.

    Who works on tickets finds there those that wait for their side too, in the order of the queue.
    """
    found, told = _decisions() | {"waiting": _contests()}, _told()
    lists = ("waiting", "drafts", "cells", "reviews", "obligations")
    if not (told or any(found[name] for name in lists)):
        return None
    if role not in WORKERS:
        given = {"onward": "/chiffres", "tickets": (), "told": told, "subjects": _SUBJECTS}
        return render_template("home/waiting.html", **found, **given)
    mine = queries.queue(held(g.actor) or g.perimeter, Filters(state="open"), None, g.now, LATEST)
    given = {"onward": "/tickets", "tickets": mine.rows, "told": told, "subjects": _SUBJECTS}
    return render_template("home/waiting.html", **found, **given)


def _told() -> Any:
    """Return the late and silent tickets of which the actor was told as the référent of a side; nothing for others."""
    if Action.SET_HOURS not in MAY[g.actor.role]:
        return ()
    return queries.told(held(g.actor) or g.perimeter, g.now)


def _contests() -> tuple[shown.Waiting, ...]:
    """Return the contests on which the actor's side has a word to say."""
    return shown.waiting(g.perimeter) if Action.REFEREE in MAY[g.actor.role] else ()


def _decisions() -> dict[str, Any]:
    """Return what waits for a decision of the actor, for the pages that list it: on agreements, and on articles."""
    conventions = routing.router().conventions
    approves = Action.APPROVE_MATRIX in MAY[g.actor.role]
    return {
        "drafts": approvals.to_approve(g.actor) if approves else (),
        "cells": fills.pending(g.actor) if approves else (),
        "reviews": reviews.to_review(g.actor, g.now),
        "obligations": calendar.pressing(g.actor, g.now) if approves else (),
        "titles": {one.id: one.title for one in conventions},
        "services": conventions.services,
        "activities": conventions.activities,
        "kinds": signatories.KINDS,
        "answers": vocabulary.ACTIVITY_ANSWERS,
    }


def _college(role: Role) -> str:
    """Return the home page of a collège: what it must answer, confirm or do itself, then its latest tickets."""
    here = g.actor.mandate.scope_id
    waiting = queries.queue(g.perimeter, Filters(state="open", asks=here), None, g.now, WAITING).rows
    resolved = queries.queue(g.perimeter, Filters(state=State.RESOLVED), None, g.now, WAITING)
    latest = queries.queue(g.perimeter, Filters(state="all", sort="newest"), None, g.now, LATEST)
    return render_template(
        "home/index.html",
        may_open=Action.OPEN in MAY[role] and not g.actor.mandate.read_only,
        may_confirm=Action.CONFIRM in MAY[role] and not g.actor.mandate.read_only,
        campaign=_campaign(),
        **_decisions(),
        waiting=_contests(),
        told=_told(),
        questions=[row for row in waiting if row.hold_reason == HoldReason.REQUESTER],
        lacking=[row for row in waiting if row.needs_info and row.hold_reason != HoldReason.REQUESTER],
        own=[row for row in waiting if row.holder_organisation == here],
        visits=queries.queue(g.perimeter, _VISITS, None, g.now, WAITING).rows,
        resolved=resolved.rows,
        latest=latest.rows,
        subjects=_SUBJECTS,
    )


def _campaign() -> campaigns.CampaignView | None:
    """Return the October campaign that waits for this chef's answer, or None."""
    asked = campaigns.asked_of(g.actor, g.now)
    if asked is None or rosters.place_of(asked, g.actor.mandate.scope_id, g.now).answered_at is not None:
        return None
    return asked


@blueprint.get("/session")
@requires("entering")
def session() -> ResponseReturnValue:
    """Return the new end of the session, in UTC, for an open page, or as a page; asking for it prolongs the session."""
    ends = frame.session_end()
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render_template("access/prolonged.html", ends=ends)
    return jsonify(ends=ends.isoformat() if ends else None)
