"""Page that opens a ticket, and its live decision (`/tickets/nouveau/decision`, no query but the session).

The page works without JavaScript: its buttons render it again with everything that was typed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters import gate
from charters.permissions import MAY, Action
from matrix import Conventions, Router
from matrix.explain import what_would_change
from matrix.request_facts import FACTS
from matrix.uai import as_kept
from ticketing import errors as refusals
from ticketing import model
from ticketing.formats import PARIS
from ticketing.in_force import routing
from ticketing.tickets import desk, incidents
from ticketing.web import frame, uploads, vocabulary
from ticketing.web.guards import guard, requires
from ticketing.web.mandates.forms import shows_first
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import advice_panel, decision_panel, questions, steps

blueprint = Blueprint("opening", __name__)
guard(blueprint, Action.OPEN)

#: The field of the kind of incident, asked where the agreement tells several apart (bouches-du-rhone-2017, M5.4).
INCIDENT = "incident"
#: What the live decision says in a page that was shown under another mandate.
OTHER_MANDATE = (
    "Votre mandat actif a changé depuis l’affichage de cette page : rien n’est décidé ici pour un autre établissement. "
    "À l’envoi, Guichet vous demandera sous quel mandat envoyer ; ce que vous avez écrit sera gardé."
)
TEXTS = ("title", "body", "on_behalf_of", "tag", "asset")
CHOICES = ("service", "activity", *FACTS, INCIDENT)


@dataclass(frozen=True, slots=True)
class Group:
    """A family of services on the page."""

    label: str
    services: tuple[vocabulary.PlainService, ...]


@blueprint.get("/tickets/nouveau")
@requires("member")
def form() -> ResponseReturnValue:
    """Show the form, empty or filled in by its address: `?service=…&activity=…&title=…`.

    `?etablissement=…` (from the QR code of a poster) names an établissement. Where another mandate of the reader opens
    tickets there, the page offers to activate it; where none does, it says that the ticket is for the active mandate's.
    """
    wanted = as_kept(request.args.get("etablissement", "").strip())[:100]
    here = gate.permits(g.actor, Action.OPEN).allowed
    if wanted and not (here and wanted == _etablissement()):
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
    typed = _typed(request.args)
    stranger = bool(wanted) and wanted != _etablissement()
    return _page(typed, _PageState(token=secrets.token_urlsafe(18), stranger=stranger))


@blueprint.get("/tickets/nouveau/decision")
def decision() -> ResponseReturnValue:
    """Return the decision on what is chosen so far, as a fragment of HTML.

    `?mandat=` is the mandate under which the page was shown: under another the answer is a sentence (409), since the
    decision would be on another établissement.
    """
    shown = request.args.get("mandat")
    if shown is not None and shown != str(g.actor.mandate.id):
        return make_response(
            OTHER_MANDATE, 409, {"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}
        )
    typed = _typed(request.args)
    response = make_response(_fragment(typed, _decide(typed).panel))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/tickets/nouveau")
@shows_first("voir")
def send() -> ResponseReturnValue:
    """Open the ticket; the form's other buttons only show the decision or search for a service, and write nothing."""
    typed = _typed(request.form)
    files = uploads.received("files")
    state = _PageState(token=steps.one_time(request.form) or secrets.token_urlsafe(18), files_lost=bool(files))
    step = request.form.get("etape", "envoyer")
    if step == "voir":
        return _page(typed, state)
    if step == "chercher":
        return _page(typed, _searched(state, request.form.get("chercher", "")))
    decided = _decide(typed)
    draft, errors = _draft(typed, decided)
    if errors:  # shown together with those that the desk would find; without them, the desk itself reports its own
        errors = {**model.check_draft(draft)[1], **errors}
        return _page(typed, replace(state, errors=errors), 422)
    try:
        number = desk.open_ticket(g.actor, draft, files, g.now, token=state.token)
    except refusals.Invalid as refusal:
        return _page(typed, replace(state, errors=_by_field(refusal.errors)), 422)
    except refusals.Refused as refusal:
        return _page(typed, replace(state, refused=str(refusal)), 403)
    flash(f"Le ticket n° {number} est envoyé. {_goes_to(decided.panel)}", "success")
    return redirect(url_for("tickets.show", number=number, _anchor="fait"), 303)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageState:
    """What the page shows besides what is typed and the decision on it.

    `errors`: the errors by field once the form was sent, None before. `query` and `found`: the words of a search among
    the services and the ids found (None: no search). `stranger`: the address named another établissement.
    """

    token: str
    errors: Mapping[str, str] | None = None
    refused: str = ""
    query: str = ""
    found: list[str] | None = None
    files_lost: bool = False
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class _Decided:
    """The decision on what is chosen, as the page shows it, and the facts read from the form.

    `errors`: the errors by field; `unread`: those among them for answers that could not be read.
    """

    panel: decision_panel.Panel
    facts: model.Facts
    errors: Mapping[str, str]
    unread: Mapping[str, str]


def _searched(state: _PageState, typed: str) -> _PageState:
    """Return the page's state with the services that a search finds; without a word there is no search."""
    query = " ".join(typed.split())[:100]
    if not query:
        return state
    found = vocabulary.search(query, [service for group in _groups() for service in group.services])
    return replace(state, query=query, found=found)


def _draft(typed: Mapping[str, str], decided: _Decided) -> tuple[model.Draft, dict[str, str]]:
    """Return the ticket that the form asks for, and the errors by field of what could not be read."""
    errors = dict(decided.unread)
    if not typed["service"]:
        errors["service"] = "Choisissez le sujet de votre demande : cherchez un mot, ou ouvrez une famille."
    if not typed["activity"]:
        errors["activity"] = "Dites de quoi il s’agit : une panne, une installation, une question…"
    draft = model.Draft(
        etablissement=_etablissement(),
        service=typed["service"],
        activity=typed["activity"],
        facts=_shown_only(decided),
        incident=_incident(typed, decided.panel),
        **{name: typed[name] for name in TEXTS},
    )
    return draft, errors


def _fragment(typed: Mapping[str, str], shown: decision_panel.Panel) -> Markup:
    """Return the decision as HTML.

    It depends on the établissement, the choices, the agreements, the hour, and who answers calls at the moment.
    """
    convention, status, party = shown.answers
    agreement = advice_panel.binding(desk.router().conventions, convention, status)
    reaches = advice_panel.reached(agreement, party, typed["service"], g.now)
    key = (desk.router(), _etablissement(), _hour(), reaches, *(typed[name] for name in CHOICES))
    return piece("tickets/opening/pieces.html", "decision", key, shown, reaches)


def _page(typed: dict[str, str], state: _PageState, status: int = 200) -> ResponseReturnValue:
    decided = _decide(typed)
    shown = decided.panel
    told = {**decided.errors, **state.errors} if state.errors is not None else {}
    answer = render_template(
        "tickets/opening/form.html",
        typed=typed,
        token=state.token,
        faulty=[fact for fact in FACTS if fact in told],
        errors=told,
        refused=state.refused,
        files_lost=state.files_lost,
        stranger=state.stranger,
        panel=shown,
        fragment=_fragment(typed, shown),
        picker=_picker(typed["service"], told.get("service"), state.query, state.found),
        questions=_questions(typed, told, shown),
        place=frame.scope_name(_etablissement()),
        activities=vocabulary.ACTIVITIES,
        limits=_limits(),
    )
    return answer, status


def _picker(chosen: str, error: str | None, query: str, found: list[str] | None) -> Markup:
    """Return the list of services as HTML, cached for each choice; a search or an error renders it uncached."""
    offered = _groups()
    if query or error:
        return fresh("tickets/opening/pieces.html", "picker", offered, vocabulary.haystack, chosen, error, query, found)
    key = (desk.router().conventions, _etablissement(), g.actor.role, chosen)
    return piece(
        "tickets/opening/pieces.html", "picker", key, offered, lambda: vocabulary.haystack, chosen, None, "", None
    )


def _questions(typed: Mapping[str, str], errors: Mapping[str, str], shown: decision_panel.Panel) -> list[Markup]:
    """Return every question that the page may ask; only those that can change the party are shown and sent."""
    made = []
    kinds = incidents.known(desk.router().conventions, _etablissement())
    for question in (*questions.questions(desk.router(), _etablissement()), *questions.incident_question(kinds)):
        value, error = typed[question.fact], errors.get(question.fact)
        asked = question.fact in shown.ask or question.fact in shown.optional or error is not None
        made.append(
            piece(
                "tickets/opening/pieces.html",
                "question",
                (question, value, error, asked),
                question,
                value,
                error,
                asked,
            )
        )
    return made


def _decide(typed: Mapping[str, str]) -> _Decided:
    """Return the decision on what is chosen so far."""
    return _decided(desk.router(), _etablissement(), _hour(), *(typed[name] for name in CHOICES))


def _hour() -> datetime:
    """Return the current hour in Paris: agreements count in days, school time and delays in hours."""
    now: datetime = g.now.astimezone(PARIS)
    return now.replace(minute=0, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _decided(rules: Router, etablissement: str, now: datetime, *choices: str) -> _Decided:
    """Return the decision on choices given in the order of CHOICES; cached, as the page asks again at each change."""
    typed = dict(zip(CHOICES, choices, strict=True))
    service, activity = typed["service"], typed["activity"]
    answers, passed, unread = questions.read_facts(typed)
    facts = model.Facts(**answers)
    if not service or not activity:
        return _Decided(decision_panel.empty(), facts, unread, unread)
    wanted = routing.request_for(etablissement, service, activity, facts, now)
    preview = desk.preview(rules, wanted)
    decision = preview.decision
    if decision is None or preview.request is None:
        panel = decision_panel.panel(preview, questions.Asked())
        return _Decided(panel, facts, {**preview.errors, **unread}, unread)
    missing = decision.missing
    changes = what_would_change(rules, preview.request)
    otherwise = [one.sentence for one in changes if not missing or one.fact in missing]
    agreement = advice_panel.binding(rules.conventions, decision.convention, decision.status)
    kinds = advice_panel.incidents_for(agreement, service, activity)
    incident = typed[INCIDENT] if typed[INCIDENT] in kinds else ""
    asked = questions.asked(rules, preview.request, passed)
    if kinds:
        asked = replace(asked, optional=(INCIDENT, *asked.optional))
    told = advice_panel.tips(agreement, rules.conventions.vocabulary, service, activity, facts, incident)
    advised = advice_panel.before_sending(told, incident, now)
    return _Decided(decision_panel.panel(preview, asked, otherwise, advised), facts, unread, unread)


def _incident(typed: Mapping[str, str], shown: decision_panel.Panel) -> str:
    """Return the kind of incident chosen, where the page asks for it and the agreements know it; else an empty text."""
    known = incidents.known(desk.router().conventions, _etablissement())
    return typed[INCIDENT] if INCIDENT in shown.optional and typed[INCIDENT] in known else ""


def _goes_to(shown: decision_panel.Panel) -> str:
    """Return a sentence that says who gets the ticket."""
    if shown.kind == "settled" and shown.parties:
        return f"Il est chez : {shown.parties[0].name}."
    return "Il est au guichet de l’académie, qui vous posera la question qui manque."


def _shown_only(decided: _Decided) -> model.Facts:
    """Return the facts that the page asks for, without answers to questions that another answer has removed."""
    shown = decided.panel
    if shown.kind == "empty":  # nothing was decided: the desk reports what is wrong
        return decided.facts
    asked = {*shown.ask, *shown.optional}
    return model.Facts(**{fact: value for fact, value in decided.facts.values().items() if fact in asked})


def _typed(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form or of the address, cut to a length that can be shown again."""
    most = 2 * model.BODY_MAX
    typed = {name: values.get(name, "").replace("\x00", "").replace("\r\n", "\n")[:most] for name in TEXTS}
    return typed | {name: values.get(name, "").strip()[:60] for name in CHOICES}


def _by_field(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the desk's errors by field of the form; an error that belongs to no field is shown at the top."""
    fields = {*TEXTS, *CHOICES, "files"}
    shown: dict[str, str] = {}
    for name, sentence in errors.items():
        field = "files" if name in ("uploads", "file") else name
        shown[field if field in fields else ""] = sentence
    return shown


def _etablissement() -> str:
    """Return the établissement of the active mandate; the gate lets only such mandates open tickets."""
    return str(g.actor.mandate.scope_id)


def _groups() -> tuple[Group, ...]:
    return groups(desk.router().conventions, _etablissement(), str(g.actor.role))


@lru_cache(maxsize=4096)
def groups(conventions: Conventions, etablissement: str, role: str) -> tuple[Group, ...]:
    """Return the services on which `role` may open tickets in `etablissement`, in families with plain names.

    A service without plain words comes last, under the agreement's own label.
    """
    named: set[str] = set()
    for convention in conventions.of(etablissement):
        named.update(convention.exclusions)
        for section in convention.sections:
            named.update(conventions.sections.get(section, ()))
        for version in convention.versions:
            named.update(service for service, _ in version.cells)
    allowed = conventions.opens(role, etablissement)
    if allowed is not None:
        named &= allowed
    families = [
        Group(family.label, tuple(service for service in family.services if service.id in named))
        for family in vocabulary.GROUPS
    ]
    others = [key for key in conventions.services if key in named and key not in vocabulary.SERVICES]
    families.append(
        Group("Autres sujets", tuple(vocabulary.PlainService(key, conventions.services[key], "") for key in others))
    )
    return tuple(family for family in families if family.services)


def _limits() -> dict[str, Any]:
    settings = current_app.config["GUICHET"]
    return {
        "title": model.TITLE_MAX,
        "body": model.BODY_MAX,
        "asset": model.LINE_MAX,
        "tag": model.LINE_MAX,
        "on_behalf_of": model.LINE_MAX,
        "files": f"Une photo de l’écran ou de l’appareil aide beaucoup. {settings.upload_mb} Mo au plus par fichier.",
    }
