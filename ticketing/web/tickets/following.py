"""What goes with a ticket beside its steps: the tickets linked with it, and whether who asked is satisfied."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing import errors, model
from ticketing.following import labels, links, opinions
from ticketing.joining import joining
from ticketing.web.guards import guard, requires
from ticketing.web.tickets import forms, page, steps

blueprint = Blueprint("following", __name__)
guard(blueprint, Action.SEE)

LINKS, LABELS = "liens", "etiquettes"


@blueprint.post("/tickets/<int:number>/liens")
def link(number: int) -> ResponseReturnValue:
    """Link the ticket with another by its number, or undo a link; a fault is shown at the form."""
    undone = steps.whole(request.form.get("oter", ""))
    typed = request.form.get(f"{LINKS}-number", "")[:40]
    try:
        if undone is not None:
            links.unlink(g.actor, _known(number), _known(undone), g.now)
            flash("Le lien est retiré.", "success")
        else:
            links.link(g.actor, _known(number), steps.ticket_number(typed), g.now)
            flash("Les deux tickets sont reliés.", "success")
    except errors.Invalid as refusal:
        found = {f"{LINKS}-{name}": sentence for name, sentence in refusal.errors.items()}
        return page.again(number, forms.Refusal(LINKS, errors=found, typed={"number": typed})), 422
    except errors.StepRefused as refusal:
        return page.again(number, forms.Refusal(LINKS, sentence=str(refusal))), 409
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


def _known(number: int) -> int:
    if not model.may_be_number(number):
        raise errors.NotFound
    return number


@blueprint.post("/tickets/<int:number>/etiquettes")
def label(number: int) -> ResponseReturnValue:
    """Put a word of the reader's side on the ticket, or take one away; a fault is shown at the form."""
    typed = request.form.get(f"{LABELS}-word", "").replace("\x00", "")[:200]
    gone = request.form.get("oter", "").replace("\x00", "")[:200]
    try:
        if gone:
            labels.take_away(g.actor, _known(number), gone, g.now)
            flash("L’étiquette est ôtée.", "success")
        else:
            labels.put(g.actor, _known(number), typed, g.now)
            flash("L’étiquette est posée : votre côté seul la voit.", "success")
    except errors.Invalid as refusal:
        found = {f"{LABELS}-{name}": sentence for name, sentence in refusal.errors.items()}
        return page.again(number, forms.Refusal(LABELS, errors=found, typed={"word": typed})), 422
    except errors.StepRefused as refusal:
        return page.again(number, forms.Refusal(LABELS, sentence=str(refusal))), 409
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


@blueprint.post("/tickets/<int:number>/ne-plus-suivre")
def leave(number: int) -> ResponseReturnValue:
    """Leave « moi aussi »: one is told of the ticket no more."""
    if joining.leave(g.actor, _known(number), g.now):
        flash("C’est noté : ce ticket ne vous préviendra plus.", "success")
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


@blueprint.post("/tickets/<int:number>/satisfaction")
def opinion(number: int) -> ResponseReturnValue:
    """Keep whether the reader's side is satisfied with what was done, or the sentence that goes with that answer."""
    words = request.form.get("mot")
    try:
        if words is None:
            opinions.give(g.actor, _known(number), _score(), g.now)
        else:
            opinions.say(g.actor, _known(number), words, g.now)
    except errors.Invalid as refusal:
        sentence = next(iter(refusal.errors.values()))
        if words is None:
            return page.again(number, forms.Refusal("satisfaction", sentence=sentence)), 422
        found = forms.Refusal("satisfaction", errors={"mot": sentence}, typed={"mot": words[:500]})
        return page.again(number, found), 422
    except errors.StepRefused as refusal:
        return page.again(number, forms.Refusal("satisfaction", sentence=str(refusal))), 409
    flash("Merci : votre réponse est enregistrée.", "success")
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


@blueprint.get("/satisfaction/<token>")
@requires("public")
def by_mail(token: str) -> ResponseReturnValue:
    """Ask who follows the link of a mail; it shows the ticket's number and nothing else of it."""
    return _linked(opinions.linked(token, g.now), opinions.SCORES)


@blueprint.post("/satisfaction/<token>")
@requires("public")
def answer_mail(token: str) -> ResponseReturnValue:
    """Keep the answer given by a mail's link, then the sentence that may go with it."""
    words = request.form.get("mot")
    try:
        if words is None:
            number = opinions.give_by_link(token, _score(), g.now)
            return _linked(number, said="Merci : votre réponse est enregistrée.", more=True)
        number = opinions.say_by_link(token, words, g.now)
    except errors.Invalid as refusal:
        if words is None:
            return by_mail(token)
        sentence = next(iter(refusal.errors.values()))
        return _linked(opinions.linked(token, g.now), more=True, typed=words[:500], fault=sentence), 422
    except errors.StepRefused as refusal:
        return _linked(None, said=str(refusal)), 409
    return _linked(number, said="Merci : votre phrase est enregistrée. Vous pouvez fermer cette page.")


# Six parameters and no ticket: nothing of it but its number is shown to who only has a link.
def _linked(
    number: int | None,
    scores: Mapping[int, str] | None = None,
    said: str = "",
    more: bool = False,
    typed: str = "",
    fault: str = "",
) -> str:
    """Return the page of a mail's link: the question, or what became of the answer and the sentence to add."""
    return render_template(
        "tickets/opinion.html",
        number=number,
        scores=scores or {},
        said=said,
        more=more,
        typed=typed,
        fault=fault,
        words_max=opinions.WORDS_MAX,
    )


def _score() -> int:
    return steps.whole(request.form.get("score", "")) or 0
