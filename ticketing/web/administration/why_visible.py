"""Pages « Pourquoi vois-je ce dossier ? », with its readers, and « Pourquoi X le voit-il ? » for administrators."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from charters.permissions import MAY, Action
from ticketing.errors import Invalid
from ticketing.oversight import reading_reports, why_visible
from ticketing.personal_data import schedule
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires
from ticketing.web.people import coverage

blueprint = Blueprint("why_visible", __name__)
guard(blueprint, Action.SEE)


@blueprint.get("/tickets/<int:number>/acces")
def own(number: int) -> ResponseReturnValue:
    """Show why the active mandate sees this ticket, and who read it; the page holds nothing of the ticket's text."""
    look = why_visible.own(g.actor, number, g.now)
    months = current_app.config["GUICHET"].ticket_months
    told = Action.SEE_READINGS in MAY[look.mandate.role]
    return render_template(
        "administration/why_visible/own.html",
        number=number,
        look=look,
        readings=reading_reports.of_ticket(number) if told else None,
        fate=schedule.of_ticket(number, months),
        months=months,
        hold=schedule.held_ticket(g.actor, number) if Action.ADMINISTER_DATA in MAY[look.mandate.role] else None,
        notes=scope_name(g.perimeter.side) if g.perimeter.side and look.sees else "",
    )


@blueprint.get("/administration/visibilite")
@requires(Action.ADMINISTER_PEOPLE)
def form() -> ResponseReturnValue:
    """Show the form that names a person and a ticket. `?personne=` and `?ticket=` fill it in."""
    return _page({"sigle": request.args.get("personne", "")[:40], "number": request.args.get("ticket", "")[:20]})


@blueprint.post("/administration/visibilite")
@requires(Action.ADMINISTER_PEOPLE)
def explain() -> ResponseReturnValue:
    """Show why a person sees a ticket or does not, for each of the person's mandates."""
    typed = {name: request.form.get(name, "")[:80] for name in ("sigle", "number")}
    try:
        found = why_visible.explain(g.actor, coverage.readable(), typed["sigle"], typed["number"], g.now)
    except Invalid as invalid:
        return _page(typed, invalid.errors), 422
    return _page(typed, found=found)


def _page(
    typed: dict[str, str], errors: dict[str, str] | None = None, found: why_visible.Explained | None = None
) -> str:
    return render_template("administration/why_visible/explain.html", typed=typed, errors=errors or {}, found=found)
