"""Page of a ticket, its steps and its files. A ticket outside the reader's perimeter is answered as absent (404)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.days import today
from charters.model import Perimeter
from charters.permissions import MAY, Action
from ticketing import errors, model, urgency, views
from ticketing.exchange import shown
from ticketing.files import receiving
from ticketing.following import around, links, opinions, seen
from ticketing.hours import ball, known
from ticketing.mail import inbox
from ticketing.oversight import consultation
from ticketing.personal_data import schedule
from ticketing.tickets import desk, queries
from ticketing.web import frame, uploads
from ticketing.web.guards import guard
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import (
    advice_panel,
    expected,
    facts,
    forms,
    mentions,
    plain_labels,
    privacy,
    steps,
)
from ticketing.web.tickets.bonds import card as bonds
from ticketing.web.tickets.bonds import cascade, side_labels
from ticketing.web.tickets.contests import card as contests
from ticketing.workbench import absences

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
    if asked := privacy.about_pupils(slug, form, lambda: _ticket(number)):
        return _page(_ticket(number), asked), 422
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
    if slug == steps.SLUGS["resolve"] and form["suite"]:
        return cascade.resolve(number, form["texte"], form.token or "", form["suite"])
    flash(wanted.done, "success")
    if wanted.name == "comment":
        mentions.tell(number, form)
    return uploads.onward(list_asked() or _after(number))


@blueprint.post("/tickets/<int:number>/vu")
def saw(number: int) -> ResponseReturnValue:
    """Keep that the reader has seen the ticket up to the entry that the page showed, and read its notices."""
    seen.mark(g.perimeter, g.actor, number, steps.whole(request.form.get("vu", "")) or 0, g.now)
    inbox.read(g.actor, g.now, number)
    return redirect(url_for("tickets.show", number=number), 303)


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


def again(number: int, refused: forms.Refusal | None = None) -> str:
    """Return the page of a ticket again, with what was refused on it."""
    return _page(_ticket(number), refused)


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


def list_asked() -> str | None:
    """Return the list from which a step was taken, if it was: an address of the list of tickets, and no other."""
    back = request.form.get("retour", "")
    own = url_for("tickets.index")
    return f"{back}#fait" if back == own or (back.startswith(f"{own}?") and back.isprintable()) else None


def _list_before() -> str:
    """Return the list from which the reader comes, with its filters; the list of the mandate if it was another page.

    The script that follows the keys knows it after a step too; without script this page does, at the first visit.
    """
    own = url_for("tickets.index")
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path != own or not came.query:
        return own
    return f"{own}?{came.query}"


def _after(number: int) -> str:
    """Return where a step leads: to the ticket if it is still visible after the step, else to the queue."""
    try:
        queries.ticket(g.perimeter, g.actor, number)
    except errors.NotFound:
        return url_for("tickets.index", _anchor="fait")
    return url_for("tickets.show", number=number, _anchor="fait")


def _page(ticket: views.TicketView, refused: forms.Refusal | None = None) -> str:
    typed = refused.typed if refused else {}

    found = around.around(g.perimeter, g.actor, ticket.number, ticket.opened_by, ticket.assignee_id)
    contested = contests.card(ticket, found)

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
        **_standing(ticket, refused, contested),
        refused_in_place=_in_place(ticket, refused, "contest_choices" in contested),
        token=secrets.token_urlsafe(18),
        side=frame.scope_name(g.actor.mandate.scope_id),
        other_readers=privacy.other_readers(ticket),
        may_open=may(Action.OPEN),
        sees_readings=may(Action.SEE_READINGS),
        legal_hold=schedule.held_ticket(g.actor, ticket.number) if may(Action.ADMINISTER_DATA) else None,
        fact_lines=facts.lines(ticket),
        urgent=urgency.words(ticket.impact, ticket.urgency),
        parties=forms.other_parties(ticket) if "hand_on" in ticket.steps else (),
        masked_choices=forms.maskable(ticket) if "mask" in ticket.steps else (),
        fields=lambda name: forms.fields(ticket, name, refused),
        piece=piece,
        hold_labels=dict(steps.HOLD_REASONS),
        advised=_advised(ticket),
        elsewhere=shown.of_ticket(ticket.number),
        **contested,
        **_visit(ticket, found),
        **_common(ticket),
    )


#: Step of one click that the page offers above the thread -> its button and its icon.
_NEXT = {
    "take_charge": ("Prendre en charge", "hand"),
    "resume": ("Reprendre le travail", "right"),
    "confirm": ("Oui, c’est résolu", "check"),
}


def _standing(ticket: views.TicketView, refused: forms.Refusal | None, contested: dict[str, Any]) -> dict[str, Any]:
    """Return what the page says above the thread: who has the ticket, what the reader is to do."""
    asked = _asks_reader(ticket)
    holds = g.actor.mandate.scope_id == ticket.holder_organisation
    told = expected.expected(ticket, g.actor.account_id, holds=holds, asked=asked, lacks="answer" in ticket.steps)
    told = contests.awaited(told, contested)
    offered = bonds.offered(ticket, g.now)
    wanted = refused.slug if refused else request.args.get("etape", "")
    return {
        "asked_me": asked,
        "away": _away(ticket) if holds else None,
        "question": _question(ticket) if asked else None,
        "expected": told,
        "next_labels": _NEXT,
        "holder_key": ticket.holder_party if ticket.holder_party == "region" else ticket.holder_role,
        "offered_steps": offered,
        "shown_steps": offered - {"comment", "note", "attach", "answer", told.step},
        "unfolded": steps.STEPS[wanted].name if wanted in steps.STEPS else "",
    }


def _away(ticket: views.TicketView) -> date | None:
    """Return the last day of the absence of the person in charge, for the colleagues of an open ticket's holder."""
    if ticket.assignee_id in (None, g.actor.account_id) or ticket.state not in model.OPEN_STATES:
        return None
    return absences.away(ticket.holder_organisation, today(g.now)).get(ticket.assignee_id or 0)


def _visit(ticket: views.TicketView, found: around.Around) -> dict[str, Any]:
    """Return what is new for the reader since the last visit, who has read the question, and what mails do."""
    last = ticket.events[-1].id if ticket.events else 0
    fresh = [
        one.id for one in ticket.events if found.seen and one.id > found.seen and one.author_id != g.actor.account_id
    ]
    question = _question(ticket)
    # Who read it is told to who asked alone.
    asked = question if g.actor.mandate.scope_id == ticket.holder_organisation else None
    return {
        "around": found,
        # A reason opens this ticket alone: of those linked with it, no more shows than the mandate sees.
        "linked": links.linked(g.perimeter, ticket.number) if found.linked else (),
        **side_labels.shown(ticket, found.labelled),
        "watchers": around.watchers(g.perimeter, ticket.number) if found.watched else (),
        **bonds.card(ticket, found.depended),
        "opinion": opinions.of_ticket(ticket.number) if ticket.resolved_at else None,
        "scores": opinions.SCORES,
        "opinion_max": opinions.WORDS_MAX,
        "inserts_article": may(Action.READ_ARTICLES) and g.actor.mandate.scope_id != ticket.etablissement,
        "makes_article": ticket.resolved_at is not None
        and not (ticket.confidential or g.get("reading"))
        and may(Action.WRITE_ARTICLES),
        "makes_preset": not (ticket.confidential or g.get("reading")) and may(Action.WRITE_PRESETS),
        "gives_opinion": ticket.resolved_at is not None and opinions.may_give(g.actor, ticket.scope),
        "new": frozenset(fresh),
        "first_new": fresh[0] if fresh else 0,
        "to_mark": not g.get("reading") and (found.unread or (last > found.seen and _moves(ticket, found))),
        "asked_event": question.id if question else 0,
        "read_by": seen.readers(g.actor, ticket.number, asked.id, ticket.etablissement) if asked else (),
    }


def _moves(ticket: views.TicketView, found: around.Around) -> bool:
    """Whether a visit is worth a mark: something may still happen on the ticket, or had not been seen."""
    return ticket.state is not model.State.CLOSED or bool(found.seen)


def _question(ticket: views.TicketView) -> views.EventView | None:
    """Return the question for whose answer the ticket waits, or None."""
    if ticket.state is not model.State.ON_HOLD or ticket.hold_reason != "attente-demandeur":
        return None
    return next((one for one in reversed(ticket.events) if one.kind == model.Kind.QUESTION), None)


def _asks_reader(ticket: views.TicketView) -> bool:
    """Whether the ticket waits for an answer of the reader's side."""
    return (
        ticket.state is model.State.ON_HOLD
        and ticket.hold_reason == "attente-demandeur"
        and g.actor.mandate.scope_id == ticket.etablissement != ticket.holder_organisation
    )


def _in_place(ticket: views.TicketView, refused: forms.Refusal | None, contested_form: bool) -> bool:
    """Whether the form of the refused step is still on the page, so that the refusal can be shown there."""
    if refused is None:
        return True
    if refused.slug == contests.CARD:
        return contested_form
    if refused.slug not in steps.STEPS:
        return bool(refused.errors)
    name = steps.STEPS[refused.slug].name
    if name == "comment":
        return bool(ticket.steps & {"comment", "note"})
    if name == "take_charge" and ticket.assignee_id == g.actor.account_id:
        return False
    return name in bonds.offered(ticket, g.now)


def _common(ticket: views.TicketView) -> dict[str, Any]:
    settings = current_app.config["GUICHET"]
    return {
        "list_before": _list_before(),
        "plain": plain_labels.plain_label,
        "slugs": steps.SLUGS,
        "wanted_step": request.args.get("etape", ""),
        "look_of": lambda event: steps.look(event.kind, event.data),
        "ball": _ball(ticket),
        "seen": ticket.events[-1].id if ticket.events else 0,
        "lines_of": lambda event: steps.lines(event.kind, event.data),
        "limits": {
            "words": model.BODY_MAX,
            "close_days": settings.resolved_close_days,
            "files": f"{settings.upload_mb} Mo au plus par fichier",
        },
    }


def _ball(ticket: views.TicketView) -> Markup:
    """Return who had the ticket and for how long, as HTML; that of a closed ticket changes no more, and is kept."""
    bar = ball.bar(ticket.events, g.now, ticket.state is model.State.CLOSED, known.calendar)
    if bar is None:
        return Markup("")
    if bar.present is not None:
        return fresh("tickets/ball.html", "bar", bar)
    return piece("tickets/ball.html", "bar", bar, bar)


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


def _advised(ticket: views.TicketView) -> advice_panel.Advised:
    """Return who can be called and what the text says to do, while the ticket is open; the holder gets no contacts."""
    if ticket.state not in model.OPEN_STATES:
        return advice_panel.NOTHING
    conventions, decision = desk.router().conventions, ticket.decision
    agreement = advice_panel.binding(conventions, decision.convention, decision.status, ticket.etablissement)
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
