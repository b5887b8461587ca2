"""Page that opens a ticket, and its live decision (`/tickets/nouveau/decision`, no query but the session).

The page works without JavaScript: its buttons render it again with everything that was typed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, abort, flash, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters import gate
from charters.permissions import MAY, Action
from matrix.uai import as_kept
from ticketing import errors as refusals
from ticketing import model, pupils
from ticketing.articles import usefulness
from ticketing.files import leaving_words
from ticketing.following import links
from ticketing.joining import joining
from ticketing.presets import reading
from ticketing.tickets import desk
from ticketing.tickets.calling import callers
from ticketing.web import frame, uploads
from ticketing.web.guards import guard, requires
from ticketing.web.mandates.forms import shows_first
from ticketing.web.tickets import decision_panel, steps, subjects
from ticketing.web.tickets.opening import asked, deciding, shown
from ticketing.web.tickets.opening.shown import PageState

blueprint = Blueprint("opening", __name__)
guard(blueprint, Action.OPEN)

#: What the live decision says in a page that was shown under another mandate.
OTHER_MANDATE = (
    "Votre mandat actif a changé depuis l’affichage de cette page : rien n’est décidé ici pour un autre établissement. "
    "À l’envoi, Guichet vous demandera sous quel mandat envoyer ; ce que vous avez écrit sera gardé."
)


@blueprint.get("/tickets/nouveau")
@requires("member")
def form() -> ResponseReturnValue:
    """Show the form, empty or filled in by its address: `?service=…&activity=…&title=…`.

    `?etablissement=…` (from the QR code of a poster) names an établissement. Where another mandate of the reader opens
    tickets there, the page offers to activate it; where none does, it says that the ticket is for the active mandate's.
    """
    wanted = as_kept(request.args.get("etablissement", "").strip())[:100]
    here = gate.permits(g.actor, Action.OPEN).allowed
    if wanted and not (here and wanted == asked.place()):
        other = next((one for one in g.mandates if one.scope_id == wanted and Action.OPEN in MAY[one.role]), None)
        if other is not None:
            return render_template(
                "tickets/opening/elsewhere.html",
                mandate=other,
                place=frame.scope_name(wanted),
                here=here,
                active=frame.scope_name(g.actor.mandate.scope_id) if g.actor.mandate else "",
                back=request.full_path,
            )
    if not here:
        abort(404)
    return blank(stranger=bool(wanted) and wanted != asked.place())


def blank(stranger: bool = False) -> ResponseReturnValue:
    """Return the form as its address fills it in."""
    preset = steps.whole(request.args.get("modele", "")) or 0
    about = (desk.router().conventions, asked.place(), str(g.actor.mandate.scope_id))
    known = {service.id for service in shown.services()} if preset else ()
    filled = reading.filled(*about, known, preset) if 0 < preset < 2**31 else {}
    typed = asked.typed({**request.args, **filled})
    return shown.page(typed, PageState(token=secrets.token_urlsafe(18), stranger=stranger, after=_after(request.args)))


def _after(values: Mapping[str, str]) -> int:
    """Return the number of the ticket whose sequel is opened, 0 where it is none's."""
    number = steps.whole(values.get("apres", "")) or 0
    return number if model.may_be_number(number) else 0


@blueprint.get("/tickets/nouveau/decision")
def decision() -> ResponseReturnValue:
    """Return the decision on what is chosen so far, as a fragment of HTML.

    `?mandat=` is the mandate under which the page was shown: under another the answer is a sentence (409), since the
    decision would be on another établissement.
    """
    return decided()


def decided() -> ResponseReturnValue:
    """Return the fragment for what is chosen in the address."""
    mandate = request.args.get("mandat")
    if mandate is not None and mandate != str(g.actor.mandate.id):
        return make_response(
            OTHER_MANDATE, 409, {"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}
        )
    typed = asked.typed(request.args)
    response = make_response(shown.fragment(typed, deciding.decide(typed, asked.place()).panel))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/tickets/nouveau")
@shows_first("voir")
def send() -> ResponseReturnValue:
    """Open the ticket; the form's other buttons only show the decision or search for a service, and write nothing."""
    return received(_sent)


def received(sent: Callable[[int, decision_panel.Panel], ResponseReturnValue]) -> ResponseReturnValue:
    """Open the ticket that the form asks for and answer by `sent`, or show the form with what is wanted of it."""
    typed = asked.typed(request.form)
    files = uploads.received("files")
    token = steps.one_time(request.form) or secrets.token_urlsafe(18)
    state = PageState(token=token, files_lost=bool(files), after=_after(request.form))
    step = request.form.get("etape", "envoyer")
    if step == "voir":
        return shown.page(typed, state)
    query = subjects.query(request.form.get("chercher", ""))
    if step == "chercher":
        return shown.page(typed, replace(state, query=query))
    if step == "sujets":  # the page's script asks while one types
        fragment = subjects.fragment(query, subjects.offered(query, shown.services()))
        return make_response(fragment, {"Cache-Control": "no-store"})
    if step == "signales":  # and once a subject is chosen
        return make_response(shown.reported_already(typed), {"Cache-Control": "no-store"})
    if step.startswith(subjects.TAKE):
        return shown.page(subjects.taken(typed, step), state)
    if step.startswith((shown.ME_TOO, shown.SUFFICED)) and asked.call() is None:
        return _instead(typed, state, files, step)
    decided = deciding.decide(typed, asked.place())
    draft, errors = asked.draft(typed, decided)
    if errors:  # shown together with those that the desk would find; without them, the desk itself reports its own
        errors = {**asked.by_field(callers.checked(draft)[1]), **errors}
        return shown.page(typed, replace(state, errors=errors), 422)
    found = _pupils(draft, decided, files)
    if found and request.form.get("verifie") != found.print:
        return shown.page(typed, replace(state, pupils=found.signs, verified=found.print), 422)
    try:
        number = desk.open_ticket(g.actor, draft, files, g.now, token=state.token)
    except refusals.Invalid as refusal:
        return shown.page(typed, replace(state, errors=asked.by_field(refusal.errors)), 422)
    except refusals.Refused as refusal:
        return shown.page(typed, replace(state, refused=str(refusal)), 403)
    links.follow(g.actor, number, state.after, g.now)
    return sent(number, decided.panel)


def _sent(number: int, shown: decision_panel.Panel) -> ResponseReturnValue:
    flash(f"Le ticket n° {number} est envoyé. {deciding.goes_to(shown)}", "success")
    return uploads.onward(url_for("tickets.show", number=number, _anchor="fait"))


def _instead(typed: dict[str, str], state: PageState, files: list[model.Upload], step: str) -> ResponseReturnValue:
    """End the opening without another ticket: join one that is there, or say that an article was enough."""
    which = steps.whole(step.rpartition(" ")[2]) or 0
    if step.startswith(shown.ME_TOO):
        return _join(typed, state, files, which)
    usefulness.say(g.actor, which, True, g.now)
    flash("Tant mieux ! Aucun ticket n’est ouvert, et l’article est compté comme utile.", "success")
    return uploads.onward(url_for("articles.show", article_id=which, _anchor="fait"))


def _join(typed: dict[str, str], state: PageState, files: list[model.Upload], number: int) -> ResponseReturnValue:
    """Join a ticket that was reported already, with what is typed; a refusal shows the form again with all of it."""
    said, more = typed["title"].strip(), typed["body"].strip()
    words = f"{said}\n\n{more}" if said and more else said or more
    found = pupils.found((words, *leaving_words.texts(files)))
    if found and request.form.get("verifie") != found.print:
        return shown.page(typed, replace(state, pupils=found.signs, verified=found.print), 422)
    try:
        joining.join(g.actor, number, words, files, g.now, state.token)
    except refusals.Invalid as refusal:
        return shown.page(typed, replace(state, errors=asked.by_field(refusal.errors)), 422)
    except refusals.StepRefused as refusal:
        return shown.page(typed, replace(state, refused=str(refusal)), 409)
    except refusals.Refused as refusal:
        return shown.page(typed, replace(state, refused=str(refusal)), 403)
    flash(f"C’est noté sur le ticket n° {number} : vous serez prévenu avec les autres.", "success")
    return uploads.onward(url_for("tickets.show", number=number, _anchor="fait"))


def _pupils(draft: model.Draft, decided: deciding.Decided, files: list[model.Upload]) -> pupils.Found | None:
    """Return the signs of pupils' data in what is about to leave the établissement; None where there is none."""
    panel = decided.panel
    stays = panel.kind == "settled" and all(chip.party in model.OWN_PARTIES for chip in panel.parties)
    return None if stays else pupils.found((draft.title, draft.body, *leaving_words.texts(files)))
