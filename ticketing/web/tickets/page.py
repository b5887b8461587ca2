"""Page of a ticket, its steps and its files. A ticket outside the reader's perimeter is answered as absent (404)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from charters.model import Perimeter
from charters.permissions import MAY, Action
from matrix.request_facts import YES_NO
from matrix.wording import enumeration
from ticketing import errors, model, views
from ticketing.files import receiving
from ticketing.formats import french_date
from ticketing.oversight import consultation
from ticketing.personal_data import schedule
from ticketing.tickets import desk, queries
from ticketing.web import frame, uploads, vocabulary
from ticketing.web.guards import guard
from ticketing.web.pieces import piece
from ticketing.web.tickets import advice_panel, forms, plain_labels, steps

blueprint = Blueprint("tickets", __name__)
guard(blueprint, Action.SEE)


def install(app: Flask) -> None:
    """Give the templates the filter that writes sizes of files."""
    app.jinja_env.filters["size"] = uploads.size


@blueprint.get("/tickets/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Show a ticket as the active mandate sees it, or as an administrator who gave a reason may read it."""
    return _page(_ticket(number, with_reason=True))


@blueprint.post("/tickets/<int:number>/<slug>")
def step(number: int, slug: str) -> ResponseReturnValue:
    """Take a step. A refusal is shown at its form with what was typed; a save of an outdated page shows both texts."""
    wanted = steps.STEPS.get(slug)
    if wanted is None:
        abort(404)
    form = steps.read(slug, request.form, uploads.received(f"{slug}-fichiers"))
    try:
        wanted.act(g.actor, number, form, g.now)
    except errors.Stale as stale:
        return _stale(stale.current, wanted, form), 409
    except errors.Invalid as refusal:
        found = steps.faults(slug, refusal.errors)
        return _page(_ticket(number), forms.Refusal(slug, errors=found, typed=form.fields)), 422
    except errors.StepRefused as refusal:
        return _page(_ticket(number), forms.Refusal(slug, sentence=str(refusal), typed=form.fields)), 409
    except errors.Refused as refusal:
        return _page(_ticket(number), forms.Refusal(slug, sentence=str(refusal), typed=form.fields)), 403
    flash(wanted.done, "success")
    return redirect(_after(number), 303)


@blueprint.get("/tickets/<int:number>/fichiers/<uuid:uuid>")
def file(number: int, uuid: Any) -> ResponseReturnValue:
    """Return a file of a ticket, always as a download; outside the perimeter the answer is 404."""
    try:
        stored = queries.file(_readable(number, f"le fichier {uuid}", "fichier"), g.actor, number, str(uuid))
        response = send_file(
            receiving.files_folder() / stored.path,
            mimetype="application/octet-stream",
            as_attachment=True,
            download_name=stored.name,
            conditional=True,
            etag=str(uuid),
            max_age=0,
        )
    except (errors.NotFound, FileNotFoundError):
        abort(404)
    # Set whole: Flask would add a second charset to that of a text.
    response.headers["Content-Type"] = stored.content_type or "application/octet-stream"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _ticket(number: int, with_reason: bool = False) -> views.TicketView:
    perimeter = _readable(number, "la page du ticket") if with_reason else g.perimeter
    return queries.ticket(perimeter, g.actor, number, g.now)


def _readable(number: int, what: str, way: str = "page") -> Perimeter:
    """Return the perimeter in which the ticket is read: that of the active mandate, or the whole ticket for a reason.

    An administrator who gave a reason reads all of it, the notes of every side too, and the journal records it
    (annexe 6, 3).
    """
    if not model.may_be_number(number):
        raise errors.NotFound
    grant = consultation.consult(g.actor, number, what, g.now, way)
    if grant is None:
        return cast(Perimeter, g.perimeter)
    g.reading = grant
    return grant.perimeter


def _after(number: int) -> str:
    """Return where a step leads: to the ticket if it is still visible after the step, else to the queue."""
    try:
        queries.ticket(g.perimeter, g.actor, number)
    except errors.NotFound:
        return url_for("tickets.index", _anchor="fait")
    return url_for("tickets.show", number=number, _anchor="fait")


def _page(ticket: views.TicketView, refused: forms.Refusal | None = None) -> str:
    typed = refused.typed if refused else {}

    def was_typed(slug: str, name: str) -> str:
        return typed.get(name, "") if refused and refused.slug == slug else ""

    def fault(slug: str, name: str) -> str | None:
        return refused.errors.get(f"{slug}-{name}") if refused else None

    return render_template(
        "tickets/show.html",
        ticket=ticket,
        refused=refused,
        typed=was_typed,
        fault=fault,
        me=g.actor.account_id,
        shown_steps=ticket.steps - {"comment", "note", "attach"},
        refused_in_place=_in_place(ticket, refused),
        token=secrets.token_urlsafe(18),
        side=frame.scope_name(g.actor.mandate.scope_id),
        asked_me=_asks_reader(ticket),
        may_open=may(Action.OPEN),
        sees_readings=may(Action.SEE_READINGS),
        legal_hold=schedule.held_ticket(g.actor, ticket.number) if may(Action.ADMINISTER_DATA) else None,
        fact_lines=_fact_lines(ticket),
        parties=forms.other_parties(ticket) if "hand_on" in ticket.steps else (),
        masked_choices=forms.maskable(ticket) if "mask" in ticket.steps else (),
        fields=lambda name: forms.fields(ticket, name, refused),
        piece=piece,
        hold_labels=dict(steps.HOLD_REASONS),
        advised=_advised(ticket),
        **_common(ticket),
    )


def _asks_reader(ticket: views.TicketView) -> bool:
    """Whether the ticket waits for an answer of the reader's side."""
    return (
        ticket.state is model.State.ON_HOLD
        and ticket.hold_reason == "attente-demandeur"
        and g.actor.mandate.scope_id == ticket.etablissement != ticket.holder_organisation
    )


def _in_place(ticket: views.TicketView, refused: forms.Refusal | None) -> bool:
    """Whether the form of the refused step is still on the page, so that the refusal can be shown there."""
    if refused is None:
        return True
    name = steps.STEPS[refused.slug].name
    if name == "comment":
        return bool(ticket.steps & {"comment", "note"})
    if name == "take_charge" and ticket.assignee_id == g.actor.account_id:
        return False
    return name in ticket.steps


def _common(ticket: views.TicketView) -> dict[str, Any]:
    settings = current_app.config["GUICHET"]
    return {
        "plain": plain_labels.plain_label,
        "slugs": steps.SLUGS,
        "look_of": lambda event: steps.look(event.kind, event.data),
        "seen": ticket.events[-1].id if ticket.events else 0,
        "lines_of": lambda event: steps.lines(event.kind, event.data),
        "limits": {
            "words": model.BODY_MAX,
            "close_days": settings.resolved_close_days,
            "files": f"{settings.upload_mb} Mo au plus par fichier",
        },
    }


def _stale(ticket: views.TicketView, wanted: steps.StepPage, form: steps.Form) -> str:
    """Return the page with both texts: what happened since the page was shown, what was typed, and a button to save."""
    seen = steps.whole(request.form.get("vu", "")) or 0
    return render_template(
        "tickets/stale.html",
        piece=piece,
        ticket=ticket,
        label=wanted.label,
        slug=wanted.slug,
        possible=wanted.name in ticket.steps,
        since=[event for event in ticket.events if event.id > seen],
        yours={f"{wanted.slug}-{name}": value for name, value in form.fields.items()},
        text=form["texte"].strip(),
        choices=forms.choices(ticket, form),
        token=secrets.token_urlsafe(18),
        **_common(ticket),
    )


def _fact_lines(ticket: views.TicketView) -> list[tuple[str, str]]:
    """Return the known facts and the words that came with the ticket, as (label, text)."""
    facts = ticket.facts
    said = []
    place = desk.router().conventions.etablissements.get(ticket.etablissement)
    if place is not None and place.sites:
        said.append(("Autre site", enumeration(place.sites)))
    if facts.user_category:
        said.append((steps.FACT_LABELS["user_category"], ticket.user_category_label or facts.user_category))
    if facts.acquired_by:
        said.append((steps.FACT_LABELS["acquired_by"], vocabulary.PAYERS.get(facts.acquired_by, facts.acquired_by)))
    if facts.acquired_on:
        said.append((steps.FACT_LABELS["acquired_on"], french_date(facts.acquired_on)))
    for name in YES_NO:
        value = getattr(facts, name)
        if value is not None:
            said.append((steps.FACT_LABELS[name], steps.shown(value)))
    for label, text in (("Pour", ticket.on_behalf_of), ("Numéro d’inventaire", ticket.tag), ("Matériel", ticket.asset)):
        if text:
            said.append((label, text))
    return said


def _advised(ticket: views.TicketView) -> advice_panel.Advised:
    """Return who can be called and what the text says to do, while the ticket is open; the holder gets no contacts."""
    if ticket.state not in model.OPEN_STATES:
        return advice_panel.NOTHING
    conventions, decision = desk.router().conventions, ticket.decision
    agreement = advice_panel.binding(conventions, decision.convention, decision.status)
    about = (ticket.service, ticket.activity)
    incident = ticket.incident if ticket.incident in advice_panel.incidents_for(agreement, *about) else ""
    chosen = advice_panel.tips(agreement, conventions.vocabulary, *about, ticket.facts, incident)
    if decision.delay is not None:  # shown with the holder, as it was when the ticket was decided
        chosen = tuple(one for one in chosen if not one.deadline_party)
    told = advice_panel.on_ticket(chosen, ticket.opened_at, g.now)
    if g.actor.mandate.scope_id == ticket.holder_organisation:
        return told
    return replace(told, contacts=advice_panel.reached(agreement, ticket.holder_party, ticket.service, g.now))


def may(action: Action) -> bool:
    """Whether the gate grants `action` to the active mandate."""
    return g.actor.role is not None and action in MAY[g.actor.role]
