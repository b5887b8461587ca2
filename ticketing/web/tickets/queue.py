"""Page of the list of tickets: those of the active mandate, filtered, searched, a page at a time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from charters.model import Perimeter
from charters.permissions import Action, held
from matrix.conventions import Conventions
from matrix.model import Etablissement
from matrix.wording import with_sites
from ticketing import model, views
from ticketing.joining import together
from ticketing.joining.outbreaks import Outbreak
from ticketing.remembering import for_the_same
from ticketing.search import query
from ticketing.steps import ENTRIES
from ticketing.tickets import desk, queries
from ticketing.web import frame, guards
from ticketing.web.guards import requires, unattended
from ticketing.web.limiting import limited
from ticketing.web.tickets import plain_labels, steps
from ticketing.web.tickets.listing import asked as asking
from ticketing.web.tickets.listing import bar, choosing, files, lots, rows, why, words
from ticketing.web.tickets.listing.sought import WAITS, Reading, Sought, sought
from ticketing.web.tickets.listing.states import Reader
from ticketing.web.tickets.page import blueprint, list_asked, may
from ticketing.workbench import beside, owned


def install(app: Flask) -> None:
    """Give the templates the filter that writes activities in plain words."""
    app.jinja_env.filters["plain_activity"] = plain_labels.plain_activity


@dataclass(frozen=True, slots=True)
class ListAsked:
    """A list that an address asks for: what is asked, the perimeter it is read in, the choices there, its filters."""

    asked: asking.Asked
    own: Perimeter
    facets: views.Facets
    found: Sought
    two: bool  # more is followed than waits on the reader's side


def list_of(args: MultiDict[str, str], known: dict[str | None, views.Facets] | None = None) -> ListAsked:
    """Return the list of an address, in the perimeter of the reader.

    People who follow more tickets than wait on their own side see the latter, unless they ask for all, or search.
    `known` keeps the choices of each perimeter, where several lists are read at once.
    """
    asked = asking.read(args, guards.today())
    waiting = held(g.actor)
    whole = waiting is None or any(asked[name] for name in ("suivis", "q", "demandes"))
    own = g.perimeter if whole or waiting is None else waiting
    known = {} if known is None else known
    if own.key not in known:
        known[own.key] = queries.facets(own)
    facets = known[own.key]
    found = sought(asked, Reading(g.actor.account_id, own, facets.etablissements or _own_place(), facets.services))
    return ListAsked(asked, own, facets, found, waiting is not None)


def _own_place() -> tuple[views.Choice, ...]:
    """Return the one établissement of a perimeter that is not counted by établissement, so that it can be named."""
    place = desk.router().conventions.etablissements.get(g.actor.mandate.scope_id)
    return (views.Choice(place.id, place.name, 0),) if place else ()


@blueprint.get("/tickets")
def index() -> ResponseReturnValue:
    """Show the list of the active mandate; filters, search, sort, columns and page (keyset) are all in the address."""
    shown = list_of(request.args)
    asked = shown.asked
    page, correction = _rows(shown.own, shown.found)
    kept = _beside(asked)
    reader = _reader(kept.away if kept else {})
    columns, forms = rows.columns(reader, asked.columns), _forms(shown.found.filters, correction)
    return render_template(
        "tickets/list.html",
        page=page,
        asked=asked,
        sought=shown.found,
        correction=words.corrected(correction) if correction else (),
        heading=words.heading(asked),
        tabs=bar.tabs(asked, queries.counts(shown.own, g.now)),
        views=bar.views(asked, words.of_mandate(), two=shown.two, may_open=may(Action.OPEN)),
        kept_views=bar.kept(asked, kept.views) if kept else None,
        may_share=owned.may_share(g.actor) and frame.named(frame.scope_name(g.actor.mandate.scope_id)),
        kept_address=bar.query(asked),
        sort=bar.sort(asked),
        may_take=may(Action.WORK),
        waits=[(word, model.HOLD_LABELS[reason]) for word, reason in WAITS.items()],
        all_columns=rows.HEADINGS.items(),
        shown_columns=columns,
        columns=[(name, rows.HEADINGS[name]) for name in columns],
        line=lambda row: rows.line(row, reader, columns, g.now, forms),
        picks=reader.may_work,
        token=secrets.token_urlsafe(18),
        typed="",
        acting=any(row.state is model.State.RESOLVED for row in page.rows) and reader.may_confirm,
        here=asked.href(suite=request.args.get("suite") or None),
        poll=url_for("tickets.poll", **asked.kept),
        files={form: url_for("tickets.file_of_list", form=form, **asked.kept) for form in files.TYPES},
        **_around(shown, reader, page),
        previous_href=asked.href(suite=page.previous) if page.previous else None,
        next_href=asked.href(suite=page.next) if page.next else None,
        empty=None if page.rows else words.when_empty(asked, shown.found),
        **_choices(shown.facets),
    )


def _alike(shown: ListAsked, reader: Reader, page: views.Page) -> Outbreak | None:
    """Return the tickets that look alike, above the whole queue of who works it; None on a part or another list."""
    whole = not shown.asked.kept.keys() - {"etat", "tri", "col"} and shown.asked.looked_at in ("open", "new")
    return together.together(shown.own, g.now) if whole and reader.may_work and not page.previous else None


@blueprint.post("/tickets/ressemblances")
@requires(Action.WORK)
def alike() -> ResponseReturnValue:
    """Attach tickets that look alike to the first of them, or keep that they are no larger trouble."""
    tickets = lots.picked(request.form.getlist("n"))
    here = list_asked() or url_for("tickets.index")
    if len(tickets) < 2:
        return redirect(here, 303)
    first, *others = tickets
    if request.form.get("acte") != "rattacher":
        together.refuse(g.actor, [one.number for one in tickets], g.now)
        flash("Ces tickets ne seront plus montrés ensemble à votre côté.", "success")
        return redirect(here, 303)
    fields = {"numero": str(first.number), "texte": ""}
    verdicts = lots.take(g.actor, "rattacher", fields, others, "", g.now)
    if all(one.done for one in verdicts):
        count = "Un ticket est rattaché" if len(others) == 1 else f"{len(others)} tickets sont rattachés"
        flash(f"{count} au n° {first.number} : résolvez-le, et ceux-là avec lui.", "success")
        return redirect(here, 303)
    step = steps.STEPS["rattacher"]
    page = render_template("tickets/lists/report.html", step=step, verdicts=verdicts, here=here, typed="")
    return page, 200 if any(one.done for one in verdicts) else 409


@blueprint.get("/tickets/liste.json")
@unattended
def poll() -> ResponseReturnValue:
    """Return the counts of the tabs and the first page's tickets with their versions, for a list that is open.

    The answer has an ETag: an open list asks every half minute, and mostly gets 304. That is no act of the reader,
    whose session ends all the same.
    """
    shown = list_of(request.args)
    page = queries.queue(shown.own, shown.found.filters, None, g.now)
    counts = queries.counts(shown.own, g.now)
    counts["all"] = sum(counts[name] for name in model.State)
    response = jsonify(counts=counts, tickets=[[row.number, row.version] for row in page.rows])
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/tickets/liste.<any(csv, ods, xlsx):form>")
@limited("export")
def file_of_list(form: str) -> ResponseReturnValue:
    """Return the list of the address as a file for a spreadsheet."""
    shown = list_of(request.args)
    content = files.Content(shown.own, shown.found.filters, _reader({}), shown.asked.columns)
    body = files.written(form, content, g.now)
    response = Response(body, content_type=files.TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"tickets.{form}")
    return response


def _beside(asked: asking.Asked) -> beside.Beside | None:
    """Return what stands beside the list; None beside a search by number, which reads enough without it."""
    return None if query.number(asked["q"]) is not None else beside.of_queue(g.actor, guards.today())


def _reader(away: Mapping[int, date]) -> Reader:
    """Return who reads the list. `away`: account -> last day of the side's people who are away."""
    mandate = g.actor.mandate
    takes = may(Action.WORK) and not mandate.read_only
    return Reader(
        account=g.actor.account_id,
        scope=mandate.scope_id,
        of_college=g.actor.role in words.OF_THE_COLLEGE,
        may_confirm=may(Action.CONFIRM) and not mandate.read_only,
        may_work=takes and g.actor.role not in words.OF_THE_COLLEGE,
        may_take=takes,
        away=away,
    )


@blueprint.post("/tickets/lot")
@requires(Action.WORK)
def lot() -> ResponseReturnValue:
    """Take a step on the tickets that are ticked in a list, each by itself, and say what became of each."""
    slug, words_typed = request.form.get("acte", ""), request.form.get("texte", "").replace("\x00", "")
    tickets = lots.picked(request.form.getlist("n"))
    here = list_asked() or url_for("tickets.index")
    if slug not in lots.STEPS or not tickets:
        flash("Cochez au moins un ticket, puis choisissez ce qu’il faut en faire.", "warning")
        return redirect(here, 303)
    fields = {"texte": words_typed}
    if slug in choosing.CHOICES:
        if "choisi" not in request.form:
            return choosing.page(slug, tickets, here, steps.one_time(request.form), words_typed.strip())
        fields = dict(steps.read(slug, request.form, ()).fields)
        words_typed = fields.get("texte", "")
    verdicts = lots.take(g.actor, slug, fields, tickets, steps.one_time(request.form), g.now)
    if all(one.done for one in verdicts):
        count = len(verdicts)
        flash(steps.STEPS[slug].done if count == 1 else f"C’est fait pour les {count} tickets cochés.", "success")
        return redirect(here, 303)
    page = render_template(
        "tickets/lists/report.html", step=steps.STEPS[slug], verdicts=verdicts, here=here, typed=words_typed.strip()
    )
    return page, 200 if any(one.done for one in verdicts) else 409


def _rows(own: Perimeter, found: Sought) -> tuple[views.Page, queries.Corrected | None]:
    """Return the page of the list that the address names, and how a search that finds nothing was corrected."""
    cursor = request.args.get("suite") or None
    page = queries.queue(own, found.filters, cursor, g.now)
    if page.rows or not found.filters.text:
        return page, None
    correction = queries.corrected(own, found.filters, cursor, g.now)
    return (correction.page, correction) if correction else (page, None)


def _forms(filters: model.Filters, correction: queries.Corrected | None) -> frozenset[str]:
    """Return the forms of words that a search looks for, to be marked in the rows."""
    if not filters.text:
        return frozenset()
    wanted = correction.wanted if correction else queries.wanted_of(filters.text)
    return frozenset(form for one in wanted for form in one.forms)


def _around(shown: ListAsked, reader: Reader, page: views.Page) -> Mapping[str, Any]:
    """Return what stands above and below the rows: the tickets that look alike, and why the first row is the first."""
    alike = _alike(shown, reader, page)
    return {"first": _first(page, shown.found.filters), "alike": alike, "hour": words.hour}


def _first(page: views.Page, filters: model.Filters) -> tuple[int, str] | None:
    """Return the ticket that the queue puts first and why; None for another order, and past the first page."""
    if filters.sort != "due" or filters.text or not page.rows or page.previous:
        return None
    row = page.rows[0]
    reason = why.why(row, g.now, ENTRIES[row.news].title if row.news in ENTRIES else "")
    return (row.number, reason) if reason else None


def _choices(facets: views.Facets) -> Mapping[str, Any]:
    """Return the établissements and services that the filters offer."""
    return {
        "etablissements": _etablissements(facets.etablissements, desk.router().conventions),
        "services": [(choice.id, plain_labels.plain_label(choice.id) or choice.label) for choice in facets.services],
    }


@for_the_same
def _etablissements(facets: tuple[views.Choice, ...], conventions: Conventions) -> tuple[tuple[str, str], ...]:
    """Return the établissements to choose from; an établissement of several sites is named with its sites."""
    several = _of_several_sites(conventions)
    return tuple((one.id, with_sites(one.label, several[one.id]) if one.id in several else one.label) for one in facets)


@lru_cache(maxsize=4)
def _of_several_sites(conventions: Conventions) -> dict[str, Etablissement]:
    return {one.id: one for one in conventions.etablissements.values() if one.sites}
