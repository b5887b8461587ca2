"""Pages to search and export, with a reason, outside the actor's assignment; and the weekly list of who read what.

Each page or file is recorded in the journal before it is shown (annexe 6, 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import MAY, Action
from matrix.uai import as_kept
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import plain_words
from ticketing.model import STATE_LABELS
from ticketing.oversight import consultation, reading_reports, searching
from ticketing.web.confirming import fresh
from ticketing.web.guards import LARGEST_ID, guard, requires, today
from ticketing.web.people import coverage

blueprint = Blueprint("consulting", __name__)
guard(blueprint, Action.READ_WITH_REASON)

#: The number of readings of a week that the page lists; its counts cover them all.
SHOWN = 200
# Where the ticket of a reading leads: to its page of access for a reader who sees it, else to the form for a reason.
TO_ACCESS, TO_READ = "/tickets/{}/acces", "/administration/consultation?ticket={}"


# --- with a reason --------------------------------------------------------------------------------------------------


@blueprint.post("/administration/consultation/tous")
def ask() -> ResponseReturnValue:
    """Give the actor the right to search and export for an hour, then show the search."""
    typed = {name: request.form.get(name, "") for name in ("reason", "words")}
    try:
        consultation.ask_all(g.actor, typed["reason"], typed["words"], g.now)
    except Invalid as invalid:
        return render_template(
            "administration/consulting/ask.html", typed=typed, errors=invalid.errors, **_words()
        ), 422
    return redirect(url_for("consulting.search"), 303)


@blueprint.get("/administration/consultation/recherche")
def search() -> ResponseReturnValue:
    """Show a page of the académie's tickets; without a right to search, show the form that asks for the reason."""
    grant = searching.granted(g.actor, g.now)
    if grant is None:
        return render_template("administration/consulting/ask.html", typed={}, errors={}, **_words())
    wanted, kept = _wanted(request.args)
    found = searching.search(g.actor, wanted, g.now)
    following = url_for("consulting.search", **kept, avant=found.next_before) if found.next_before else None
    return render_template(
        "administration/consulting/search.html",
        grant=grant,
        found=found,
        kept=kept,
        next_href=following,
        own=g.actor.mandate.scope_id,
        places=coverage.places(),
        states=list(STATE_LABELS.items()),
        state_words=STATE_LABELS,
        most=searching.EXPORT_MAX,
        beside=plain_words.beside,
    )


@blueprint.post("/administration/consultation/export")
@fresh
def export() -> ResponseReturnValue:
    """Return the tickets that the filters select, as a file."""
    try:
        text = searching.export(g.actor, _wanted(request.form)[0], g.now)
    except NotFound:
        flash("Votre droit de chercher a expiré : donnez de nouveau un motif.", "warning")
        return redirect(url_for("consulting.search"), 303)
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="tickets-{g.now:%Y-%m-%d}.csv"'
    return response


def _words() -> dict[str, Any]:
    return {"reasons": list(consultation.REASONS.items()), "words_max": consultation.WORDS_MAX}


def _wanted(source: Mapping[str, str]) -> tuple[searching.Wanted, dict[str, Any]]:
    """Return the search criteria, and the filters as the address holds them."""
    kept: dict[str, Any] = {
        name: " ".join(source.get(name, "").replace("\x00", "").split())[:100] for name in ("q", "college", "etat")
    }
    kept["college"] = as_kept(kept["college"])
    before = source.get("avant", "")
    place = int(before) if before.isascii() and before.isdigit() and len(before) <= 12 else None
    wanted = searching.Wanted(
        kept["q"], kept["college"], kept["etat"], min(place, LARGEST_ID) if place is not None else None
    )
    return wanted, {name: value for name, value in kept.items() if value}


# --- who read what --------------------------------------------------------------------------------------------------


@blueprint.get("/consultations")
@requires(Action.SEE_READINGS)
def weeks() -> ResponseReturnValue:
    """List the readings of a week in the actor's perimeter (`?semaine=`, any day of it; this week by default)."""
    monday = _monday(request.args.get("semaine", ""))
    since, until = reading_reports.week_of(monday)
    lines = reading_reports.of_perimeter(g.actor, since, until, None)
    current, before = _monday(""), monday - timedelta(days=7)
    return render_template(
        "administration/consulting/weeks.html",
        monday=monday,
        sunday=monday + timedelta(days=6),
        lines=lines[:SHOWN],
        count=len(lines),
        tickets=len({line.ticket for line in lines}),
        reasons=Counter(line.reason for line in lines).most_common(),
        readers=Counter(line.who for line in lines).most_common(20),
        is_current=monday == current,
        previous=url_for("consulting.weeks", semaine=before) if before >= today() - reading_reports.KEPT else None,
        base=TO_READ if Action.READ_WITH_REASON in MAY[g.actor.role] else TO_ACCESS,
        following=url_for("consulting.weeks", semaine=monday + timedelta(days=7)) if monday < current else None,
    )


def _monday(text: str) -> date:
    """Return the Monday of the week of `text`, or of today when empty; abort with 404 for a bad or too old day."""
    day = today()
    if text:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            abort(404)
        if not today() - reading_reports.KEPT <= day <= today():
            abort(404)
    return day - timedelta(days=day.weekday())
