"""Pages of interruptions (annexe 6, 3.1): effects are shown before the announcement; people start and end them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.in_force import plain_words, routing
from ticketing.interruptions import announcing, banners, exams
from ticketing.interruptions.affected import parties
from ticketing.interruptions.banners import academie_of
from ticketing.interruptions.drafting import Announcement, Form, drafted
from ticketing.web import guards
from ticketing.web.confirming import fresh
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard

blueprint = Blueprint("interruptions", __name__, url_prefix="/administration/interruptions")
guard(blueprint, Action.ADMINISTER_PEOPLE)

#: Which of the two, for an hour that comes twice.
TURNS = [("1", "la première fois, à l’heure d’été"), ("2", "la seconde, à l’heure d’hiver")]
NOTICES = [("24", "1 jour"), ("48", "2 jours"), ("72", "3 jours"), ("168", "1 semaine"), ("336", "2 semaines")]
#: State of an interruption -> its tag: words, kind.
STATES = {
    "announced": ("annoncée", "info"),
    "running": ("en cours", "warning"),
    "ended": ("terminée", "success"),
    "cancelled": ("annulée", ""),
}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the interruptions announced, running and over with their real times, and the days of exams to avoid."""
    return _index({}, {})


@blueprint.get("/nouvelle")
def new() -> ResponseReturnValue:
    """Show the form that announces an interruption; `?en-cours=1` reports one that has begun already."""
    return _form_page(Form(), {}, None, "en-cours" in request.args)


@blueprint.post("/nouvelle")
def announce() -> ResponseReturnValue:
    """Show what an interruption affects and coincides with; announce it once confirmed."""
    form, running = _typed(), request.form.get("nature") == "en-cours"
    try:
        if request.form.get("etape") != "confirmer":
            draft = drafted(form, actor=g.actor, now=g.now, unannounced=running)
            return _form_page(form, {}, draft, running)
        if running:
            return _report(form)
        announcing.announce(form, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _form_page(form, dict(invalid.errors), None, running)
    flash("L’interruption est annoncée : les personnes concernées seront prévenues au délai choisi.", "success")
    return redirect(url_for("interruptions.index"), 303)


@fresh
def _report(form: Form) -> ResponseReturnValue:
    """Report an interruption that has begun unannounced; it may stop Guichet, so it asks for a fresh proof too."""
    announcing.report(form, actor=g.actor, data_dir=_data_dir(), now=g.now)
    flash("L’interruption est au journal, « non annoncée », et les personnes concernées sont prévenues.", "success")
    return redirect(url_for("interruptions.index"), 303)


@blueprint.post("/<int:interruption_id>/<any(commencer, terminer, annuler):step>")
@fresh
def act(interruption_id: int, step: str) -> ResponseReturnValue:
    """Start, end or cancel an interruption."""
    acts: dict[str, tuple[Callable[..., None], str]] = {
        "commencer": (partial(announcing.start, data_dir=_data_dir()), "L’interruption a commencé."),
        "terminer": (partial(announcing.end, data_dir=_data_dir()), "L’interruption est terminée."),
        "annuler": (announcing.cancel, "L’interruption est annulée."),
    }
    use_case, said = acts[step]
    try:
        use_case(interruption_id, actor=g.actor, now=g.now)
        flash(said, "success")
    except Refused as refused:
        flash(str(refused), "error")
    return redirect(url_for("interruptions.index"), 303)


@blueprint.post("/epreuves")
def add_exam() -> ResponseReturnValue:
    """Add days of exams to avoid."""
    typed = {name: request.form.get(name, "")[:200] for name in ("exam_name", "exam_first", "exam_last")}
    try:
        exams.add_exam(typed["exam_name"], typed["exam_first"], typed["exam_last"], actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _index(typed, dict(invalid.errors))
    flash("Les épreuves sont ajoutées.", "success")
    return redirect(url_for("interruptions.index"), 303)


@blueprint.post("/epreuves/<int:exam_id>/retirer")
def remove_exam(exam_id: int) -> ResponseReturnValue:
    """Remove days of exams."""
    exams.remove_exam(exam_id, actor=g.actor, now=g.now)
    flash("Les épreuves sont retirées.", "success")
    return redirect(url_for("interruptions.index"), 303)


def _data_dir() -> Path:
    """Return the folder of the file that stops Guichet."""
    return cast(Path, current_app.config["GUICHET"].data_dir)


def _typed() -> Form:
    text = {
        name: request.form.get(name, "")[:3000]
        for name in (
            "title",
            "words",
            "starts_on",
            "starts_time",
            "ends_on",
            "ends_time",
            "starts_turn",
            "ends_turn",
            "party",
            "notice",
        )
    }
    confirmed = request.form.get("etape") == "confirmer"
    return Form(
        **text,
        services=tuple(request.form.getlist("services")[:200]),
        whole=request.form.get("whole") == "1",
        places=tuple(request.form.getlist("places")[:2000]) if confirmed else None,
    )


def _form_page(form: Form, errors: dict[str, str], draft: Announcement | None, running: bool) -> ResponseReturnValue:
    conventions = routing.router().conventions
    page = render_template(
        "administration/interruptions/new.html",
        form=form,
        errors=errors,
        draft=draft,
        running=running,
        parties=parties(routing.router(), academie_of(g.actor)),
        notices=NOTICES,
        turns=TURNS,
        services=[(one, plain_words.beside(one, label)) for one, label in conventions.services.items()],
        chosen=set(form.services),
        today=guards.today(),
    )
    return page, 422 if errors else 200


def _index(typed: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "administration/interruptions/index.html",
        lines=banners.of_academie(g.actor),
        states=STATES,
        typed=typed,
        errors=errors,
        exams=exams.exams(g.actor.mandate.scope_id),
        own=g.actor.mandate.scope_id,
        academie=scope_name(g.actor.mandate.scope_id),
    )
    return page, 422 if errors else 200
