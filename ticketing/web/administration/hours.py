"""The page on which a party's référent sets its opening hours (`/horaires`). Nobody's hours but one's own side's."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix.wording import WEEKDAYS, capital
from ticketing.errors import Invalid
from ticketing.formats import french_date
from ticketing.hours import promising, setting, setting_rules, shapes
from ticketing.web import frame, guards
from ticketing.web.guards import guard

blueprint = Blueprint("hours", __name__)
guard(blueprint, Action.SET_HOURS)

_DAYS = tuple(zip(shapes.DAYS, map(capital, WEEKDAYS), strict=True))
_PROMISED = ("convention", "service", "activity", "urgency", "answer", "resolve", "from")
_RULED = ("remind", "close", "silent", "late", "from")
_ZONES = tuple((zone, f"zone {zone}") for zone in shapes.ZONES)


@blueprint.get("/horaires")
def index() -> ResponseReturnValue:
    """Show the hours of the reader's side, past, present and to come, and the form that sets them."""
    return _page({}, {})


@blueprint.post("/horaires")
def save() -> ResponseReturnValue:
    """Set the hours from a day on; a refusal keeps all that was typed."""
    typed = {name: value[:200] for name, value in request.form.items() if name != "csrf_token"}
    try:
        since = setting.set_hours(g.actor, typed, g.now)
    except Invalid as invalid:
        return _page(typed, dict(invalid.errors))
    flash(f"Vos horaires sont fixés à partir du {french_date(since)}.", "success")
    return redirect(url_for("hours.index"), 303)


@blueprint.post("/horaires/engagements")
def promise() -> ResponseReturnValue:
    """Set what the reader's side promises from a day on; a refusal keeps all that was typed."""
    typed = {name: request.form.get(name, "")[:60] for name in _PROMISED}
    try:
        since = promising.promise(g.actor, typed, g.now)
    except Invalid as invalid:
        return _page({}, dict(invalid.errors), typed)
    flash(f"Votre engagement tient à partir du {french_date(since)}, pour les tickets ouverts depuis.", "success")
    return redirect(url_for("hours.index", _anchor="engagements"), 303)


@blueprint.post("/horaires/relances")
def rule() -> ResponseReturnValue:
    """Set what the program does by itself for the reader's side from a day on; a refusal keeps all that was typed."""
    typed = {name: request.form.get(f"rule_{name}", "")[:60] for name in _RULED}
    try:
        since = setting_rules.set_rule(g.actor, typed, g.now)
    except Invalid as invalid:
        return _page({}, {f"rule_{name}": sentence for name, sentence in invalid.errors.items()}, ruled=typed)
    flash(f"Vos relances et alertes sont fixées à partir du {french_date(since)}.", "success")
    return redirect(url_for("hours.index", _anchor="relances"), 303)


def _page(
    typed: dict[str, str],
    errors: dict[str, str],
    promised: dict[str, str] | None = None,
    ruled: dict[str, str] | None = None,
) -> ResponseReturnValue:
    known = setting.overview(g.actor, g.now)
    if not typed:
        typed = shapes.typed_from(known.present) if known.present else {"territory": "metropole"}
        first = guards.today() if known.present is None else guards.today() + timedelta(days=1)
        typed["since"] = first.isoformat()
    page = render_template(
        "administration/hours.html",
        known=known,
        side=frame.scope_name(known.organisation),
        typed=typed,
        errors=errors,
        days=_DAYS,
        zones=_ZONES,
        territories=shapes.TERRITORY_NAMES,
        today=guards.today(),
        promises=promising.overview(g.actor, g.now),
        offered=promising.offered(g.actor),
        rules=setting_rules.overview(g.actor, g.now),
        ruled=ruled or {"from": guards.today().isoformat()},
        promised=promised or {"from": guards.today().isoformat()},
        closures=range(1, shapes.lines(typed) + 1),
    )
    return page, 422 if errors else 200
