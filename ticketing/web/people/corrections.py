"""Pages where the académie corrects a person's information (RGPD, article 16), asked by the person or not."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.people import corrections, directory
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.web import guards
from ticketing.web.access.corrections import FIELDS, typed
from ticketing.web.confirming import fresh_once_valid
from ticketing.web.guards import guard, requires
from ticketing.web.people import coverage

blueprint = Blueprint("correcting", __name__, url_prefix="/administration/comptes")
guard(blueprint, Action.SEE_STAFF)


def _may(account_id: int) -> directory.Person:
    """Return the person, for an actor who reads it and administers people; else abort with 404 or 403."""
    person = directory.person(coverage.readable(), account_id, now=g.now)
    guards.allow(Action.ADMINISTER_PEOPLE)
    return person


@blueprint.get("/<int:account_id>/correction")
@requires(Action.ADMINISTER_PEOPLE)
def form(account_id: int) -> ResponseReturnValue:
    """Show the person's information in a form, with what the person asks to correct filled in."""
    person = _may(account_id)
    waiting = corrections.waiting(account_id, g.now).asked
    shown = {name: getattr(person, name) for name in FIELDS} | dict(waiting.wanted if waiting else {})
    return _page(person, shown, {})


@blueprint.post("/<int:account_id>/correction")
@fresh_once_valid
def correct(account_id: int) -> ResponseReturnValue:
    """Correct the person's information; a new mail address waits until its link is followed."""
    person, values = _may(account_id), typed()
    try:
        waits = corrections.correct(
            account_id,
            corrections.Identity(**values),
            homonym=request.form.get("homonym") == "oui",
            organisations=coverage.readable(),
            actor=g.actor,
            now=g.now,
        )
    except Invalid as invalid:
        return _page(person, values, invalid.errors)
    except Refused as refused:
        return _page(person, values, {"": refused.sentence})
    if waits:
        flash(f"Un lien est envoyé à {values['email'].strip()} : jusqu’à ce qu’il soit suivi, rien ne change.", "info")
    flash("La correction est enregistrée. Les chartes signées gardent ce qui a été signé.", "success")
    return _back(account_id)


@blueprint.post("/<int:account_id>/correction/refuser")
@fresh_once_valid
def refuse(account_id: int) -> ResponseReturnValue:
    """Refuse what the person asks, with the reason, which the person reads in a letter."""
    person = _may(account_id)
    words = request.form.get("words", "")[:5000]
    try:
        corrections.refuse(account_id, words, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _page(person, {name: getattr(person, name) for name in FIELDS} | {"words": words}, invalid.errors)
    flash("La demande est refusée ; la personne en lira la raison.", "success")
    return _back(account_id)


@blueprint.post("/<int:account_id>/correction/adresse")
@fresh_once_valid
def cancel_mail(account_id: int) -> ResponseReturnValue:
    """Give up a change of address that waits to be confirmed."""
    _may(account_id)
    corrections.cancel_mail(account_id, actor=g.actor, now=g.now)
    flash("Le changement d’adresse est annulé : son lien n’ouvre plus rien.", "success")
    return _back(account_id)


def _back(account_id: int) -> ResponseReturnValue:
    return redirect(url_for("people.show", account_id=account_id), 303)


def _page(person: directory.Person, values: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "people/correction.html",
        person=person,
        typed=values,
        errors=errors,
        waiting=corrections.waiting(person.id, g.now),
    )
    return page, 422 if errors else 200
