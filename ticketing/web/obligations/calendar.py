"""The page of obligations (`/obligations`): a school year of the reader's agreements, and what its side states.

For those whose side signs an agreement; for anybody else the page is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.days import today
from charters.permissions import Action
from matrix.obligations import school_year
from ticketing.errors import Invalid, Refused
from ticketing.in_force import routing, signatories
from ticketing.obligations import calendar, stating
from ticketing.web.guards import guard

blueprint = Blueprint("obligations", __name__, url_prefix="/obligations")
guard(blueprint, Action.APPROVE_MATRIX)

#: State -> the kind of its tag.
TAGS = {"past": "error", "soon": "warning", "unset": "warning", "done": "success", "undated": "info"}
SAID = {
    "done": "C’est déclaré : les autres parties de l’accord le voient.",
    "planned": "Le jour est enregistré.",
    "users": "Le nombre d’utilisateurs est enregistré.",
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """A form that was refused: what it is about, what was typed in it, its faults."""

    about: tuple[str, str, str] = ("", "", "")
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show the obligations of a school year (`?annee=2026`), this one by default."""
    return _index(_Typed())


@blueprint.post("/<convention_id>/<obligation>/<key>")
def state(convention_id: str, obligation: str, key: str) -> ResponseReturnValue:
    """State something of an occurrence: that it is done, the day of its meeting or event, a number of users."""
    values = {name: request.form.get(name, "")[:2000] for name in ("kind", "on", "words", "number")}
    about = (convention_id, obligation, key)
    try:
        stating.state(g.actor, about, values, g.now)
        flash(SAID[values["kind"]], "success")
    except Invalid as fault:
        return _index(_Typed(about, values, dict(fault.errors))), 422
    except Refused as refused:
        flash(str(refused), "error")
    return redirect(_back(f"#{obligation}-{key}"), 303)


@blueprint.post("/declarations/<int:statement_id>/retirer")
def withdraw(statement_id: int) -> ResponseReturnValue:
    """Withdraw a statement of the actor's side."""
    stating.withdraw(g.actor, statement_id, g.now)
    flash("La déclaration est retirée.", "success")
    return redirect(_back(), 303)


def _index(typed: _Typed) -> str:
    if not signatories.concerned(g.actor, routing.router().conventions):
        abort(404)
    years, year = calendar.years(g.actor, g.now), _year()
    if year not in years:
        abort(404)
    return render_template(
        "obligations/index.html",
        year=year,
        years=years,
        agreements=calendar.calendars(g.actor, year, g.now),
        tags=TAGS,
        typed=typed,
        may_state=g.actor.mandate is not None and not g.actor.mandate.read_only,
        today=today(g.now),
    )


def _year() -> int:
    """Return the school year asked for, by the address or by the form; absent for what is no year."""
    asked = request.values.get("annee", "")
    if not asked:
        return school_year(today(g.now))
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        abort(404)
    return int(asked)


def _back(anchor: str = "") -> str:
    """Return the address of the page for the year of the form."""
    year = _year()
    asked = None if year == school_year(today(g.now)) else year
    return url_for("obligations.index", annee=asked) + anchor
