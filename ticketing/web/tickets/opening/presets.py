"""Pages of presets: those of the reader's side, one to write by hand or from a ticket, one withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, model
from ticketing.presets import reading, rhythms, writing
from ticketing.presets.writing import PresetForm
from ticketing.tickets import desk
from ticketing.web import frame, guards, vocabulary
from ticketing.web.guards import guard
from ticketing.web.tickets import plain_labels, questions, steps, subjects

blueprint = Blueprint("presets", __name__)
guard(blueprint, Action.WRITE_PRESETS)


@blueprint.get("/tickets/modeles")
def index() -> ResponseReturnValue:
    """Show the presets of the reader's side."""
    return render_template(
        "tickets/presets/index.html",
        presets=reading.own(g.actor),
        plain=plain_labels.plain_label,
        rhythms=rhythms.RHYTHMS,
        opens=writing.may_repeat(g.actor),
        side=frame.scope_name(writing.side_of(g.actor)),
    )


@blueprint.get("/tickets/modeles/nouveau")
def new() -> ResponseReturnValue:
    """Show the form, empty or begun from a ticket: `?ticket=…`. Nothing is written by it."""
    typed = request.args.get("ticket", "")
    if not typed:
        return _form(None, PresetForm(), {})
    number = steps.whole(typed) or 0
    if not model.may_be_number(number):
        raise errors.NotFound
    return _form(None, reading.begun(g.actor, g.perimeter, number), {})


@blueprint.post("/tickets/modeles/nouveau")
def create() -> ResponseReturnValue:
    """Save a new preset."""
    return _save(None)


@blueprint.get("/tickets/modeles/<int:preset_id>/modifier")
def edit(preset_id: int) -> ResponseReturnValue:
    """Show the form of a preset of the reader's side."""
    return _form(preset_id, reading.form(g.actor, _known(preset_id)), {})


@blueprint.post("/tickets/modeles/<int:preset_id>/modifier")
def save(preset_id: int) -> ResponseReturnValue:
    """Save a preset again; who saves it is its author from then on."""
    return _save(_known(preset_id))


@blueprint.post("/tickets/modeles/<int:preset_id>/retirer")
def withdraw(preset_id: int) -> ResponseReturnValue:
    """Withdraw a preset: it is offered to nobody, and opens nothing."""
    writing.withdraw(g.actor, _known(preset_id), g.now)
    flash("Le modèle est retiré ; les tickets qu’il a ouverts restent.", "success")
    return redirect(url_for("presets.index", _anchor="fait"), 303)


def _known(preset_id: int) -> int:
    """Return an id that a row may have. Raises NotFound for any other."""
    if not 0 < preset_id < 2**31:
        raise errors.NotFound
    return preset_id


def _save(preset_id: int | None) -> ResponseReturnValue:
    form = PresetForm(**_typed(request.form))
    try:
        writing.save(g.actor, preset_id, form, g.now)
    except errors.Invalid as refusal:
        faults = dict(refusal.errors)
        stale = faults.pop("changed", "")
        if preset_id and stale:  # what was typed stays; sent once more, it is saved
            form = replace(form, changed=reading.form(g.actor, preset_id).changed)
            faults["name"] = f"{stale} Envoyé encore une fois, ce que vous avez écrit le remplacera."
        return _form(preset_id, form, faults), 409 if stale else 422
    flash("Le modèle est enregistré.", "success")
    return redirect(url_for("presets.index", _anchor="fait"), 303)


def _typed(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, cut to a length that can be shown again."""
    text = {one.name: values.get(one.name, "").replace("\x00", "").replace("\r\n", "\n") for one in fields(PresetForm)}
    return {name: value[: 2 * model.BODY_MAX if name == "body" else 400] for name, value in text.items()}


def _form(preset_id: int | None, form: PresetForm, faults: Mapping[str, str]) -> str:
    side = writing.side_of(g.actor)
    conventions = desk.router().conventions
    own = side in conventions.etablissements
    places = (one for one in conventions.etablissements if reading.sides(conventions, one, side))
    place = side if own else next(places, "")
    groups = subjects.groups(conventions, place, "") if place else ()
    users = next((one.options for one in questions.questions(desk.router(), place) if one.fact == "user_category"), ())
    return render_template(
        "tickets/presets/form.html",
        preset_id=preset_id,
        form=asdict(form),
        errors=faults,
        services=[(group.label, [(one.id, one.label) for one in group.services]) for group in groups],
        activities=vocabulary.ACTIVITIES,
        users=[option for option in users if option[0] != questions.UNKNOWN],
        rhythms=list(rhythms.RHYTHMS.items()) if writing.may_repeat(g.actor) else (),
        today=guards.today(),
        side=frame.scope_name(side),
        own=own,
        limits={
            "name": writing.NAME_MAX,
            "title": model.TITLE_MAX,
            "body": model.BODY_MAX,
            "line": model.LINE_MAX,
            "room": model.ROOM_MAX,
        },
    )
