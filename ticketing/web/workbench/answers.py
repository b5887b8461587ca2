"""Canned answers: kept and removed on a page, offered on a ticket filled in by it, in its form or sent at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, model, views
from ticketing.errors import Invalid
from ticketing.model import HoldReason, Step
from ticketing.tickets import queries
from ticketing.web.guards import guard, requires
from ticketing.web.tickets import forms, page, plain_labels, steps
from ticketing.workbench import answers, owned, placeholders

blueprint = Blueprint("answers", __name__)
guard(blueprint, Action.WORK)

#: Step -> how its answers are called, and the button that sends one at once.
LABELS = {
    Step.COMMENT: ("Commentaire", "Publier"),
    Step.RESOLVE: ("Solution", "Résoudre"),
    Step.HOLD: ("Question au demandeur", "Demander et mettre en attente"),
}
_STEP_LABELS = {step.value: label for step, (label, _) in LABELS.items()}
#: What the form of a step holds besides the words.
_MORE = {
    Step.COMMENT: (("visibilite", "public"),),
    Step.RESOLVE: (),
    Step.HOLD: (("raison", HoldReason.REQUESTER.value),),
}
#: Field of the use case -> field of the form.
_FIELDS = {"title": "titre", "words": "texte", "step": "etape"}
INTO = "mettre "


@dataclass(frozen=True, slots=True)
class Line:
    """A canned answer as a ticket offers it: its words filled in, and the form that sends it at once (empty: none)."""

    id: int
    title: str
    text: str
    shared: bool
    step_label: str
    slug: str
    sends: str
    more: tuple[tuple[str, str], ...]
    token: str


@blueprint.get("/tickets/reponses")
def index() -> ResponseReturnValue:
    """Show the answers of the reader, and the form that keeps one."""
    return _page({}, {})


@blueprint.post("/tickets/reponses")
def keep() -> ResponseReturnValue:
    """Keep an answer; a refusal keeps all that was typed."""
    typed = {name: request.form.get(field, "")[:20_000] for name, field in _FIELDS.items()}
    shared = "partager" in request.form
    try:
        answers.keep(g.actor, typed, shared, g.now)
    except Invalid as fault:
        found = {_FIELDS[name]: sentence for name, sentence in fault.errors.items()}
        return _page(typed | ({"shared": "1"} if shared else {}), found), 422
    flash("Cette réponse est gardée.", "success")
    return redirect(url_for("answers.index", _anchor="fait"), 303)


@blueprint.post("/tickets/reponses/retirer")
def remove() -> ResponseReturnValue:
    """Remove an answer."""
    answers.remove(g.actor, steps.whole(request.form.get("reponse", "")) or 0, g.now)
    flash("La réponse est retirée.", "success")
    return redirect(url_for("answers.index"), 303)


@blueprint.post("/tickets/<int:number>/reponses")
@requires(Action.COMMENT)
def choose(number: int) -> ResponseReturnValue:
    """Offer the answers, filled in by the ticket; or give the ticket's page back with one in the form of its step."""
    if not model.may_be_number(number):
        raise errors.NotFound
    ticket = queries.ticket(g.perimeter, g.actor, number, g.now)
    comment = steps.SLUGS["comment"]
    typed = dict(steps.read(comment, request.form, ()).fields)
    wanted = request.form.get("etape", "")
    if wanted == "revenir":
        return page.again(number, forms.Refusal(comment, typed=typed))
    lines = _lines(ticket, typed.get("texte", ""))
    if wanted.startswith(INTO):
        chosen = next((one for one in lines if one.id == steps.whole(wanted.removeprefix(INTO))), None)
        if chosen is None:
            raise errors.NotFound
        return page.again(
            number, forms.Refusal(chosen.slug, typed={**typed, **dict(chosen.more), "texte": chosen.text})
        )
    seen = ticket.events[-1].id if ticket.events else 0
    return render_template("workbench/choose.html", ticket=ticket, typed=typed, lines=lines, seen=seen)


def _lines(ticket: views.TicketView, typed: str) -> list[Line]:
    """Return the answers that the ticket may get now, after what is typed already."""
    values = {
        "demandeur": ticket.on_behalf_of or ticket.opened_by_name,
        "numéro": str(ticket.number),
        "titre": ticket.title,
        "établissement": ticket.etablissement_name,
        "sujet": plain_labels.plain_label(ticket.service) or ticket.service_label,
        "partie": ticket.holder_name,
        "moi": g.actor.name,
    }
    begun = f"{typed.strip()}\n\n" if typed.strip() else ""
    found = []
    for one in answers.answers(g.actor):
        label, sends = LABELS[one.step]
        if one.step.value not in ticket.steps:  # its words may still be published
            label, sends = (f"{label} : cette étape n’est pas possible maintenant", "")
        step = one.step if sends else Step.COMMENT
        if step.value not in ticket.steps:
            continue
        text = (begun + placeholders.filled(one.words, values))[: model.BODY_MAX]
        slug = steps.SLUGS[step.value]
        found.append(
            Line(one.id, one.title, text, one.shared, label, slug, sends, _MORE[step], secrets.token_urlsafe(18))
        )
    return found


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "workbench/answers.html",
        answers=answers.answers(g.actor),
        may_share=owned.may_share(g.actor),
        names=placeholders.NAMES,
        step_labels=_STEP_LABELS,
        typed=typed,
        errors=errors,
    )
