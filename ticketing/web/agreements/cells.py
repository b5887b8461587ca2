"""Pages of an agreement for its administrator: fill in blank cells from the signed paper, ask what was known when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix import Convention, Conventions, terms
from ticketing.amending import fills, knowledge, rerouting, to_qualify
from ticketing.errors import Invalid, StepRefused
from ticketing.in_force import routing, signatories, signed_texts
from ticketing.tickets.contesting import precedents
from ticketing.web import guards
from ticketing.web.agreements import cell_forms, elsewhere, grid, text_views
from ticketing.web.guards import guard

blueprint = Blueprint("cells", __name__)
guard(blueprint, Action.ADMINISTER_MATRIX)

PLACES = ("page", "line", "column")
#: How many tickets left unchanged a message names; the message is carried in a cookie.
LEFT_TOLD = 5


@blueprint.get("/administration/accords/<convention_id>")
def show(convention_id: str) -> ResponseReturnValue:
    """Show an agreement: its blank cells, the dearest first, what the others say of each, the fills read on paper."""
    convention, conventions = _agreement(convention_id), routing.router().conventions
    costs = to_qualify.costs(g.actor, convention_id, datetime.now(UTC))
    blank = {(one.service, one.activity): None for one in fills.blanks(convention, conventions, guards.today())}
    rows: dict[str, list[BlankLine]] = {}
    for key in blank:
        rows.setdefault(key[0], []).append(_line(convention_id, *key, costs.get(key, to_qualify.Cost())))
    return render_template(
        "agreements/amendments/agreement.html",
        convention=convention,
        rows=rows,
        dear=[_line(convention_id, *key, cost) for key, cost in costs.items() if key in blank],
        blank=len(blank),
        waiting=sum(cost.tickets for cost in costs.values()),
        hours=sum(cost.hours for cost in costs.values()),
        services=conventions.services,
        activities=conventions.activities,
        fills=fills.history(convention),
        amends=signatories.signatory(g.actor, conventions, convention_id) is not None,
        beside=_beside(convention_id),
    )


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A blank cell as the list shows it: what it costs now, and what the other agreements say of it."""

    service: str
    activity: str
    cost: to_qualify.Cost
    others: tuple[elsewhere.OtherAgreement, ...]

    @property
    def words(self) -> tuple[tuple[str, int], ...]:
        """Return what the others say in a word, each with how many of them say it."""
        return elsewhere.words(self.others)


def _line(convention_id: str, service: str, activity: str, cost: to_qualify.Cost) -> BlankLine:
    return BlankLine(service, activity, cost, _others(convention_id, service, activity))


def _others(convention_id: str, service: str, activity: str) -> tuple[elsewhere.OtherAgreement, ...]:
    """Return what the files of the other agreements say of a cell; what is filled in elsewhere is their own."""
    return elsewhere.says(routing.shipped(), convention_id, service, activity)


@blueprint.get("/administration/accords/<convention_id>/cases/<service>/<activity>/ailleurs/<other_id>")
def other(convention_id: str, service: str, activity: str, other_id: str) -> ResponseReturnValue:
    """Show what another agreement says of the same cell, with all its clauses, for whoever reads the paper."""
    convention = _agreement(convention_id)
    found = {one.id: one for one in _others(convention_id, service, activity)}.get(other_id) or abort(404)
    return render_template(
        "agreements/amendments/other.html",
        convention=convention,
        service=service,
        activity=activity,
        other=found,
        standing=terms.standing(routing.shipped()[other_id], guards.today(), routing.router().recorded),
    )


@blueprint.get("/administration/accords/<convention_id>/cases/<service>/<activity>")
def cell(convention_id: str, service: str, activity: str) -> ResponseReturnValue:
    """Show a cell: the form to fill it in, the fill that waits to be confirmed, or what the cell says."""
    return _cell(_agreement(convention_id), service, activity, {"cas": str(cell_forms.CASES_SHOWN)}, {})


@blueprint.post("/administration/accords/<convention_id>/cases/<service>/<activity>")
def fill(convention_id: str, service: str, activity: str) -> ResponseReturnValue:
    """Save what was read on the paper and show what it would change; « ajouter » only shows another row of case."""
    convention = _agreement(convention_id)
    typed = cell_forms.typed(request.form, _helpers(convention))
    typed |= {name: request.form.get(name, "")[:200] for name in PLACES}
    if request.form.get("ajouter"):
        return _cell(convention, service, activity, typed, {})
    change, errors = cell_forms.read(convention, service, activity, typed)
    try:
        if change is None:
            raise Invalid(errors)
        fills.fill(g.actor, convention_id, change, typed, datetime.now(UTC))
    except Invalid as fault:
        missing = {name: fills.PAPER[name] for name in PLACES if not typed[name].strip()}
        return _cell(convention, service, activity, typed, fault.errors | missing), 422
    return redirect(url_for(".cell", convention_id=convention_id, service=service, activity=activity), 303)


@blueprint.post("/administration/accords/<convention_id>/remplissages/<int:fill_id>/confirmer")
def confirm(convention_id: str, fill_id: int) -> ResponseReturnValue:
    """Confirm a fill: the cell says it from now on, and the tickets shown are routed again."""
    found = _found(_agreement(convention_id), fill_id)
    try:
        done = fills.confirm(g.actor, convention_id, fill_id, _tickets(), datetime.now(UTC))
    except StepRefused as refused:
        flash(refused.sentence, "error")
        return redirect(_address(convention_id, found), 303)
    flash(_told(done), "success")
    if done.left:
        told = " ".join(f"Ticket {number} : {why}" for number, why in done.left[:LEFT_TOLD])
        more = f" Et {len(done.left) - LEFT_TOLD} autres." if len(done.left) > LEFT_TOLD else ""
        flash(f"Laissé tel quel. {told}{more}", "warning")
    return redirect(_address(convention_id, found), 303)


@blueprint.post("/administration/accords/<convention_id>/remplissages/<int:fill_id>/retirer")
def withdraw(convention_id: str, fill_id: int) -> ResponseReturnValue:
    """Withdraw a fill made by mistake; it stays in the history."""
    convention = _agreement(convention_id)
    found, reason = _found(convention, fill_id), request.form.get("reason", "")[:1000]
    try:
        fills.withdraw(g.actor, convention_id, fill_id, reason, datetime.now(UTC))
    except StepRefused as refused:
        flash(refused.sentence, "error")
        return redirect(_address(convention_id, found), 303)
    except Invalid as fault:
        return _cell(convention, found.service, found.activity, {"reason": reason}, fault.errors), 422
    flash("C’est retiré : la case est de nouveau en blanc. Ce qui avait été lu reste dans l’historique.", "success")
    return redirect(_address(convention_id, found), 303)


@blueprint.get("/administration/accords/<convention_id>/savoir")
def known(convention_id: str) -> ResponseReturnValue:
    """Show « Que savait-on ce jour-là ? »: `jour` is the ticket's day, `connu` that of knowledge; a cell or all."""
    convention, today = _agreement(convention_id), guards.today()
    asked = {name: request.args.get(name, "")[:60] for name in ("jour", "connu", "service", "activite", "tout")}
    errors: dict[str, str] = {}
    day, on = (_day(name, asked[name] or today.isoformat(), errors) for name in ("jour", "connu"))
    if on and on > today:
        errors["connu"] = "Ce jour n’est pas encore passé : on ne sait pas ce qu’on saura."
    conventions = routing.router().conventions
    cells: list[dict[str, Any]] = []
    found = knowledge.compare(g.actor, convention_id, day, on) if day and on and not errors else None
    if found:
        wanted = (asked["service"], asked["activite"])
        cells = _compared(found, convention_id, *wanted, whole=bool(asked["tout"]) or all(wanted))
    listed = fills.services_of(conventions, convention)
    return render_template(
        "agreements/amendments/known.html",
        convention=convention,
        asked=asked,
        errors=errors,
        day=day,
        on=on,
        found=found,
        cells=cells,
        services=[(name, conventions.services[name]) for name in listed],
        activities=list(conventions.activities.items()),
        today=today,
        provenances=grid.PROVENANCES,
    )


def _compared(
    found: knowledge.KnowledgeComparison, convention_id: str, service: str, activity: str, *, whole: bool
) -> list[dict[str, Any]]:
    """Return the cells asked for, as known then and as known now; unchanged cells only if `whole` is asked for."""

    def views(conventions: Conventions) -> dict[tuple[str, str], tuple[str, grid.CellView]]:
        return {
            (cell.service, cell.activity): (line.label, cell)
            for section in grid.sections(conventions, convention_id, None)
            for line in section.services
            for cell in line.cells
        }

    then, now = views(found.then.conventions), views(found.now.conventions)
    shown = []
    for key in dict.fromkeys((*then, *now)):
        label, before = then.get(key, (now[key][0] if key in now else "", None))
        after = now[key][1] if key in now else None
        if (service and key[0] != service) or (activity and key[1] != activity):
            continue
        if whole or before != after:
            shown.append(
                {
                    "service": label,
                    "activity": found.now.conventions.activities[key[1]],
                    "then": before,
                    "now": after,
                    "same": before == after,
                }
            )
    return shown


def _cell(
    convention: Convention, service: str, activity: str, typed: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    conventions, today = routing.router().conventions, guards.today()
    said = fills.cell_known(g.actor, convention.id, service, activity, today)
    standing = fills.standing(convention, service, activity, today)
    blank = fills.BlankCell(service, activity) in fills.blanks(convention, conventions, today)
    tickets = fills.waiting_on(g.actor, convention, standing) if standing else []
    costs = to_qualify.costs(g.actor, convention.id, datetime.now(UTC), service)
    return render_template(
        "agreements/amendments/fill.html",
        convention=convention,
        service=service,
        activity=activity,
        service_label=conventions.services[service],
        activity_label=conventions.activities[activity],
        cell=said,
        standing=standing,
        blank=blank,
        line=_line(convention.id, service, activity, costs.get((service, activity), to_qualify.Cost())),
        near=text_views.nearest(conventions, convention.id, service, activity) if blank else (),
        near_page=url_for("signed_text.show", convention_id=convention.id),
        typed=typed,
        errors=errors,
        detail=_detail(conventions, standing, convention),
        precedents=precedents.of_cell(convention.id, service, activity),
        tickets=[one for one in tickets if one.moves],
        unmoved=[one for one in tickets if not one.moves],
        at_once=fills.AT_ONCE,
        kept=cell_forms.told(convention, typed),
        offered=cell_forms.offered(convention, blank=False),
        places_max=fills.PLACE_MAX,
        amends=signatories.signatory(g.actor, conventions, convention.id) is not None,
        past=[
            one
            for one in fills.history(convention)
            if (one.service, one.activity) == (service, activity) and one.withdrawn_at
        ],
    )


def _detail(
    conventions: Conventions, standing: fills.FillView | None, convention: Convention
) -> grid.CellDetail | None:
    """Return the cell in detail, as the fill makes it, confirmed or not."""
    if standing is None:
        return None
    filled = fills.router_with(convention, standing).conventions
    return grid.detail(routing.on_day(filled, guards.today()), convention.id, None, standing.service, standing.activity)


def _agreement(convention_id: str) -> Convention:
    return fills.agreement(g.actor, convention_id)


def _found(convention: Convention, fill_id: int) -> fills.FillView:
    return next((one for one in fills.history(convention) if one.id == fill_id), None) or abort(404)


def _address(convention_id: str, fill: fills.FillView) -> str:
    return url_for(".cell", convention_id=convention_id, service=fill.service, activity=fill.activity)


def _helpers(convention: Convention) -> list[str]:
    return [name for name in convention.parties if request.form.get(f"concours-{name}")]


def _tickets() -> list[tuple[int, int]]:
    """Return the tickets of the list shown, typed « number:version »; anything else is ignored."""
    found = []
    for text in request.form.getlist("ticket")[: fills.AT_ONCE]:
        number, _, version = text.partition(":")
        if all(part.isascii() and part.isdigit() and len(part) < 10 for part in (number, version)):
            found.append((int(number), int(version)))
    return found


def _told(done: rerouting.Rerouted) -> str:
    if not done.done:
        return "La case est remplie. Aucun ticket n’a été réacheminé."
    tickets = "Un ticket a été réacheminé" if len(done.done) == 1 else f"{len(done.done)} tickets ont été réacheminés"
    return f"La case est remplie. {tickets}."


def _day(name: str, text: str, errors: dict[str, str]) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year < 2200:
        errors[name] = "Donnez un jour, par exemple 2026-09-01."
        return None
    return day


def _beside(convention_id: str) -> list[tuple[str, str]]:
    """Return the other pages on an agreement: (address, name)."""
    pages = (("lint.show", "Contrôle de l’accord"), ("sheets.show", "Tableur : importer, exporter"))
    beside = [
        (url_for(endpoint, convention_id=convention_id), name)
        for endpoint, name in pages
        if endpoint in current_app.view_functions
    ]
    if signed_texts.laid(routing.shipped(), convention_id):
        beside.append((url_for("signed_text.show", convention_id=convention_id), "Le texte signé, phrase par phrase"))
    return beside
