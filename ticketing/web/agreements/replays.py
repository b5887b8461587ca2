"""Pages of the replay of a draft on past tickets: summary, changed tickets, CSV file (`/projets/<number>/rejeu`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.model import Role
from charters.permissions import Action
from matrix import Conventions, Decision
from matrix.comparison.replay import Replay, Shift
from matrix.model import Citation
from matrix.wording import at
from ticketing.amending import drafts
from ticketing.amending.drafts import DraftView
from ticketing.errors import Invalid
from ticketing.figures.flow_charts import FlowChart, flow_chart
from ticketing.formats import number
from ticketing.replays import reports, run
from ticketing.replays.run import ChangedTicket, ReplaySubject
from ticketing.replays.selection import ReplayPeriod, ReplayReach
from ticketing.web import guards
from ticketing.web.guards import guard

blueprint = Blueprint("replays", __name__)
guard(blueprint, Action.AMEND_MATRIX)

#: How many lines each table of the page shows; the file has all of them.
SHIFTS, PLACES, TICKETS = 30, 15, 10
NUMBER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """A decision as a table shows it."""

    party: str
    name: str
    status: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A line of the table « what changes, cell by cell »."""

    service: str
    activity: str
    change: str
    before: AnswerCell
    after: AnswerCell
    tickets: int
    places: int
    hours: int | None


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket that changes, without any of its text. `href` is None when the reader may not open it."""

    number: int
    href: str | None
    opened_at: Any
    place: str
    service: str
    activity: str
    change: str
    before: AnswerCell
    after: AnswerCell
    kept: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the page shows of a replay that has tickets."""

    chart: FlowChart
    flows: tuple[tuple[str, str, int, int | None], ...]
    statuses: tuple[tuple[str, str, int], ...]
    shifts: tuple[ShiftRow, ...]
    places: tuple[tuple[str, int, int, int, int], ...]
    tickets: tuple[TicketRow, ...]
    changed_cells: tuple[tuple[str, str, int], ...]
    unused: tuple[tuple[str, str], ...]
    cells: int
    unused_count: int


@blueprint.get("/projets/<int:draft_id>/rejeu")
def show(draft_id: int) -> ResponseReturnValue:
    """Show the form of the period, and the replay over it; a bad day is reported at its field (422)."""
    view = _draft(draft_id)
    typed = {name: request.args.get(name, "")[:20] for name in ("depuis", "jusqua")}
    try:
        wanted = _period(typed)
        subject, reach = _replayable(view)
    except Invalid as error:
        return _page(view, typed, errors=error.errors), 422
    found = run.run(subject, reach, wanted)
    typed = _typed(wanted)
    board = _board(subject, reach, wanted, found) if found.tickets else None
    return _page(view, typed, wanted=wanted, found=found, board=board)


@blueprint.get("/projets/<int:draft_id>/rejeu.csv")
def csv_file(draft_id: int) -> ResponseReturnValue:
    """Return every group of facts whose answer changes, as a file that a French spreadsheet opens."""
    view = _draft(draft_id)
    try:
        wanted = _period({name: request.args.get(name, "")[:20] for name in ("depuis", "jusqua")})
        subject, reach = _replayable(view)
    except Invalid:
        abort(404)
    text = reports.as_csv(run.run(subject, reach, wanted), subject.trial)
    response = Response(text, mimetype="text/csv")
    name = f"guichet-rejeu-projet-{draft_id}-{wanted.since}-{wanted.until}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/projets/<int:draft_id>/rejeu/tickets")
def tickets(draft_id: int) -> ResponseReturnValue:
    """List the tickets whose answer changes, newest first; `?avant=` turns the page."""
    view = _draft(draft_id)
    try:
        wanted = _period({name: request.args.get(name, "")[:20] for name in ("depuis", "jusqua")})
        subject, reach = _replayable(view)
    except Invalid:
        abort(404)
    page = run.page(subject, reach, wanted, _before())
    address = ".tickets"
    return render_template(
        "agreements/replays/tickets.html",
        draft=view,
        wanted=wanted,
        rows=_ticket_rows(subject, page.tickets),
        own_only=reach.key is not None,
        back=url_for(".show", draft_id=draft_id, **_typed(wanted)),
        first=url_for(address, draft_id=draft_id, **_typed(wanted)) if _before() else None,
        older=url_for(address, draft_id=draft_id, avant=page.older, **_typed(wanted)) if page.older else None,
    )


def _draft(draft_id: int) -> DraftView:
    return drafts.draft(g.actor, draft_id)


def _replayable(view: DraftView) -> tuple[ReplaySubject, ReplayReach]:
    subject = run.of_draft(view.number)
    return subject, run.reach_of(g.actor, view.signatory, subject)


def _period(typed: dict[str, str]) -> ReplayPeriod:
    """Return the period that the address gives; the usual period where it gives none."""
    today = guards.today()
    return run.period(typed["depuis"], typed["jusqua"], today) if any(typed.values()) else run.usual(today)


def _typed(wanted: ReplayPeriod) -> dict[str, Any]:
    return {"depuis": wanted.since.isoformat(), "jusqua": wanted.until.isoformat()}


def _before() -> int | None:
    text = request.args.get("avant", "")
    return min(int(text), NUMBER_MAX) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _page(view: DraftView, typed: dict[str, Any], **found: Any) -> str:
    values: dict[str, Any] = {"errors": {}, "wanted": None, "found": None, "board": None} | found
    return render_template(
        "agreements/replays/show.html",
        draft=view,
        typed=typed,
        as_if=reports.AS_IF,
        hours_note=reports.HOURS,
        own_only=g.actor.role is not Role.ADMINISTRATEUR,
        hours=reports.hours,
        **values,
    )


# --- shaping of the page -----------------------------------------------------------------------------------------


def _board(subject: ReplaySubject, reach: ReplayReach, wanted: ReplayPeriod, found: Replay) -> Board:
    conventions, name = subject.trial.after.conventions, _names(subject)
    met = (party for one in found.flows for party in (one.before, one.after))
    parties = dict.fromkeys((*subject.convention.parties, *met))
    listed = run.page(subject, reach, wanted, size=TICKETS) if found.changed else run.ReplayPage((), None)
    return Board(
        chart=flow_chart([(one.before, one.after, one.tickets) for one in found.flows], tuple(parties), name, number),
        flows=_flows(found, name),
        statuses=tuple(
            (reports.STATUSES[one.before], reports.STATUSES[one.after], one.tickets) for one in found.statuses
        ),
        shifts=tuple(_shift(one, conventions, name) for one in found.shifts[:SHIFTS]),
        places=_places(found, conventions),
        tickets=_ticket_rows(subject, listed.tickets),
        changed_cells=tuple(
            (_service(conventions, one.service), conventions.activities[one.activity], one.tickets)
            for one in found.cells
            if one.changes
        ),
        unused=_unused(found, conventions),
        cells=len(found.cells),
        unused_count=len(found.unexercised),
    )


def _flows(found: Replay, name: Callable[[str], str]) -> tuple[tuple[str, str, int, int | None], ...]:
    """Return (party before, party after, tickets, hours where the party changes), the flows that change party first."""
    ordered = sorted(found.flows, key=lambda one: (one.before == one.after, -one.tickets))
    return tuple(
        (
            name(one.before),
            name(one.after),
            one.tickets,
            None if one.before == one.after else reports.hours(one.seconds),
        )
        for one in ordered
    )


def _places(found: Replay, conventions: Conventions) -> tuple[tuple[str, int, int, int, int], ...]:
    """Return (établissement, tickets, those that change, those that change party, hours), the most affected first."""
    return tuple(
        (
            _place(conventions, one.etablissement),
            one.tickets,
            one.changed,
            one.moved,
            reports.hours(one.seconds),
        )
        for one in found.places[:PLACES]
    )


def _unused(found: Replay, conventions: Conventions) -> tuple[tuple[str, str], ...]:
    """Return (service, its activities) of the cells that no ticket of the period was about."""
    unused: dict[str, list[str]] = {}
    for cell in found.unexercised:
        unused.setdefault(_service(conventions, cell.service), []).append(conventions.activities[cell.activity])
    return tuple((service, ", ".join(activities)) for service, activities in unused.items())


def _names(subject: ReplaySubject) -> Callable[[str], str]:
    conventions, convention = subject.trial.after.conventions, subject.convention.id
    return lambda party: reports.party_name(conventions, convention, party)


def _shift(one: Shift, conventions: Conventions, name: Callable[[str], str]) -> ShiftRow:
    return ShiftRow(
        _service(conventions, one.service),
        conventions.activities.get(one.activity, one.activity),
        reports.CHANGES[one.change],
        _side(one.before, name),
        _side(one.after, name),
        one.tickets,
        one.places,
        reports.hours(one.seconds) if one.change == "party" else None,
    )


def _side(decision: Decision, name: Callable[[str], str]) -> AnswerCell:
    return AnswerCell(decision.party, name(decision.party), reports.STATUSES[decision.status], decision.citations)


def _ticket_rows(subject: ReplaySubject, changed: tuple[ChangedTicket, ...]) -> tuple[TicketRow, ...]:
    name = _names(subject)
    administrator, scope = g.actor.role is Role.ADMINISTRATEUR, g.actor.mandate.scope_id
    return tuple(
        TicketRow(
            number=one.row.number,
            # An administrator reads the tickets that the académie holds; any other asks for a reason (annexe 6, 3).
            href=None if administrator and one.row.holder != scope else f"/tickets/{one.row.number}",
            opened_at=one.row.opened_at,
            place=at(one.row.etablissement_name, one.row.etablissement_commune),
            service=one.row.service_label,
            activity=one.row.activity_label,
            change=reports.CHANGES[one.change],
            before=_side(one.before, name),
            after=_side(one.after, name),
            kept=f"{name(one.row.kept_party)}, {reports.STATUSES.get(one.row.kept_status, one.row.kept_status)}"
            if one.kept_differs
            else "",
        )
        for one in changed
    )


def _service(conventions: Conventions, service: str) -> str:
    return conventions.services.get(service, service).split(" (")[0]


def _place(conventions: Conventions, place: str) -> str:
    known = conventions.etablissements.get(place)
    return at(known.name, known.commune) if known else place
