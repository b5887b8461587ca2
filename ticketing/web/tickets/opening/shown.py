"""The opening page as it is shown: the form with what is typed, its questions, and the decision as it forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.permissions import MAY, Action
from matrix.request_facts import FACTS
from ticketing import model, urgency
from ticketing.joining import reported
from ticketing.presets import reading
from ticketing.tickets import incidents
from ticketing.tickets.calling import callers
from ticketing.tickets.contesting import precedents
from ticketing.web import frame, vocabulary
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import advice_panel, decision_panel, promised, questions, subjects
from ticketing.web.tickets.calls.call import aloud, theirs
from ticketing.web.tickets.opening import asked, deciding
from ticketing.web.tickets.opening.deciding import CHOICES, URGENCY

#: The value of the button « Moi aussi » begins so, the number of the ticket follows; of « Ça m’a suffi », the article.
ME_TOO, SUFFICED = "moi-aussi ", "suffi "


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What the page shows besides what is typed and the decision on it.

    `errors`: the errors by field once the form was sent, None before. `query`: the words of a search of a subject.
    `stranger`: the address named another établissement. `after`: the ticket whose sequel is opened. `pupils`: the signs
    of pupils' data, about which the author is asked once (`verified`: the print of what they were found in).
    """

    token: str
    errors: Mapping[str, str] | None = None
    refused: str = ""
    query: str = ""
    files_lost: bool = False
    stranger: bool = False
    after: int = 0
    pupils: tuple[str, ...] = ()
    verified: str = ""


def page(typed: dict[str, str], state: PageState, status: int = 200) -> ResponseReturnValue:
    """Return the page with what is typed, and its status."""
    decided = deciding.decide(typed, asked.place())
    panel = decided.panel
    words, found = _offered(typed)
    told = {**decided.errors, **state.errors} if state.errors is not None else {}
    call = asked.call()
    answer = render_template(
        "tickets/opening/form.html",
        typed=typed,
        state=state,
        faulty=[fact for fact in FACTS if fact in told],
        errors=told,
        panel=panel,
        fragment=fragment(typed, panel),
        offers=subjects.fragment(words, found),
        presets=_presets(typed),
        reported=reported_already(typed) if request.method == "POST" else "",
        nothing_found=bool(words) and not found,
        chosen=next((one.label for one in services() if one.id == typed["service"]), ""),
        picker=_picker(typed["service"], told.get("service"), state.query),
        questions=_questions(typed, told, panel),
        helps=[_question(one, typed, told, panel.helps) for one in questions.HELPS],
        place=frame.scope_name(asked.place()),
        call=call,
        people=callers.people(asked.place(), g.now) if call else (),
        activities=vocabulary.ACTIVITIES,
        writes_presets=g.actor.role is not None and Action.WRITE_PRESETS in MAY[g.actor.role],
        limits=_limits(),
    )
    return answer, status


def fragment(typed: Mapping[str, str], panel: decision_panel.Panel) -> Markup:
    """Return the decision as HTML.

    It depends on the établissement, the choices, the agreements, the hour, and who answers calls at the moment.
    """
    convention, status, party = panel.answers
    agreement = advice_panel.binding(deciding.router().conventions, convention, status, asked.place())
    reaches = advice_panel.reached(agreement, party, typed["service"], g.now)
    engaged = promised.before_sending(panel, asked.place(), _about(typed, panel), g.now)
    told = aloud(panel) if asked.call() else ""
    ruled = _ruled(typed, convention)
    chosen = (typed[one] for one in CHOICES)
    key = (deciding.router(), asked.place(), deciding.hour(), reaches, engaged, told, ruled, *chosen)
    shown = theirs(panel) if told else panel
    return piece("tickets/opening/pieces.html", "decision", key, shown, reaches, engaged, told, ruled)


def _ruled(typed: Mapping[str, str], convention: str | None) -> tuple[precedents.Precedent, ...]:
    """Return what both parties of earlier contests ruled of the subject that is chosen."""
    if not (typed["service"] and typed["activity"]):
        return ()
    return precedents.of_cell(convention, typed["service"], typed["activity"], typed["user_category"])


def reported_already(typed: Mapping[str, str]) -> Markup:
    """Return what was reported already on the subject that is chosen, as HTML; nothing where nothing was."""
    if asked.call() is not None:  # who takes a call joins nothing in the caller's place
        return Markup("")
    known = reported.reported(g.actor, asked.place(), typed["service"], typed["title"], g.now)
    return fresh("tickets/opening/pieces.html", "reported", known, ME_TOO, SUFFICED) if known else Markup("")


def _presets(typed: Mapping[str, str]) -> list[tuple[int, str]]:
    """Return the presets offered on a form that is still empty: (id, name)."""
    if request.method != "GET" or typed["service"] or typed["title"]:
        return []
    known = {service.id for service in services()}
    side = str(g.actor.mandate.scope_id)
    return reading.offered(deciding.router().conventions, asked.place(), side, known)


def services() -> list[vocabulary.PlainService]:
    """Return the services that the page offers."""
    return [service for group in asked.groups() for service in group.services]


def _about(typed: Mapping[str, str], panel: decision_panel.Panel) -> tuple[str, str, int | None]:
    """Return what a promise depends on: service, activity, and the urgency where the page asks for it."""
    return typed["service"], typed["activity"], urgency.code(typed[URGENCY]) if URGENCY in panel.helps else None


def _offered(typed: Mapping[str, str]) -> tuple[str, list[vocabulary.Offer] | None]:
    """Return the words of the sentence and the subjects offered for them; no words once a subject is chosen."""
    words = "" if typed["service"] and typed["activity"] else subjects.query(typed["title"])
    return words, subjects.offered(words, services())


def _picker(chosen: str, error: str | None, query: str) -> Markup:
    """Return the list of services as HTML, cached for each choice; a search or an error renders it uncached."""
    families = asked.groups()
    if query or error:
        found = subjects.offered(query, services())
        return fresh("tickets/opening/pieces.html", "picker", families, chosen, error, query, found)
    key = (deciding.router().conventions, asked.place(), g.actor.role, chosen)
    return piece("tickets/opening/pieces.html", "picker", key, families, chosen, None, "", None)


def _questions(typed: Mapping[str, str], errors: Mapping[str, str], panel: decision_panel.Panel) -> list[Markup]:
    """Return every question that the page may ask; only those that can change the party are shown and sent."""
    kinds = incidents.known(deciding.router().conventions, asked.place())
    every = (*questions.in_turn(deciding.router(), asked.place()), *questions.incident_question(kinds))
    return [_question(one, typed, errors, (*panel.ask, *panel.optional)) for one in every]


def _question(
    question: questions.Question, typed: Mapping[str, str], errors: Mapping[str, str], shown: Collection[str]
) -> Markup:
    """Return one question as HTML, hidden and not sent unless it is shown, or wrongly answered."""
    value, error = typed[question.fact], errors.get(question.fact)
    args = (question, value, error, question.fact in shown or error is not None)
    if question.kind == "line" and value:  # somebody's own words: not cached
        return fresh("tickets/opening/pieces.html", "question", *args)
    return piece("tickets/opening/pieces.html", "question", args, *args)


def _limits() -> dict[str, Any]:
    settings = current_app.config["GUICHET"]
    return {
        "title": model.BODY_MAX,
        "body": model.BODY_MAX,
        "asset": model.LINE_MAX,
        "tag": model.LINE_MAX,
        "on_behalf_of": model.LINE_MAX,
        "files": f"Une photo de l’écran ou de l’appareil aide beaucoup. {settings.upload_mb} Mo au plus par fichier.",
    }
