"""The queue, the ticket's page, its steps and its files. All read through the perimeter: foreign is absent (404)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.model import Perimeter, Role
from charters.permissions import MAY, Action, held
from matrix.conventions import Conventions
from matrix.model import FACTS, Etablissement
from matrix.uai import as_kept
from matrix.wording import enumeration, with_sites
from ticketing import errors, model
from ticketing.files import receiving
from ticketing.formats import french_date, french_datetime
from ticketing.in_force import routing
from ticketing.oversight import consultation
from ticketing.personal_data import schedule
from ticketing.tickets import desk, queries
from ticketing.web import frame, uploads, vocabulary
from ticketing.web.guards import guard
from ticketing.web.pieces import fresh, piece
from ticketing.web.tickets import advice_panel, opening, questions, steps

blueprint = Blueprint("tickets", __name__)
guard(blueprint, Action.SEE)

STATES = ("open", "new", "in_progress", "on_hold", "resolved", "closed", "all")
_TABS = {
    "open": "Ouverts",
    "new": "Nouveaux",
    "in_progress": "En cours",
    "on_hold": "En attente",
    "resolved": "Résolus",
    "closed": "Clos",
    "all": "Tous",
}
#: The address's words for the states.
_ADDRESS = {
    "open": "ouverts",
    "new": "nouveaux",
    "in_progress": "en-cours",
    "on_hold": "en-attente",
    "resolved": "resolus",
    "closed": "clos",
    "all": "tous",
}
_STATE_OF = {word: state for state, word in _ADDRESS.items()}
_OF_THE_COLLEGE = (Role.CMI, Role.CHEF, Role.RESEAU)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that was refused: what to say, which fields are at fault, what had been typed."""

    slug: str
    sentence: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed_words(self) -> bool:
        return bool(self.typed.get("texte", "").strip())


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to look at, with its count."""

    label: str
    href: str
    current: bool
    count: int | None


def install(app: Flask) -> None:
    """Give templates the filters that write sizes, and activities as people say them."""
    app.jinja_env.filters["size"] = uploads.size
    app.jinja_env.filters["plain_activity"] = _plain_activity


# --- the list ------------------------------------------------------------------------------------------------------


@blueprint.get("/tickets")
def index() -> ResponseReturnValue:
    """The queue of the active mandate: filters, search by words or number, keyset pages; all of it in the address.

    Whoever follows more tickets than wait on the own side sees the latter, unless asked for all, or searching.
    """
    now = g.now
    asked, notice = _asked(request.args)
    waiting = held(g.actor)
    own = waiting if waiting is not None and not asked["suivis"] and not asked["q"] else g.perimeter
    state = _STATE_OF.get(asked["etat"])
    looked_at = state or ("all" if asked["q"] else "open")
    filters = model.Filters(
        state=state,
        etablissement=asked["college"] or None,
        service=asked["service"] or None,
        mine=g.actor.account_id if asked["miens"] else None,
        text=asked["q"] or None,
        sort="due" if looked_at in ("open", *model.OPEN_STATES) else "newest",
    )
    try:
        page = queries.queue(own, filters, request.args.get("suite") or None, now)
    except ValueError:  # a cursor that was cut or mended by hand
        page = queries.queue(own, filters, None, now)
        notice = "Cette adresse n’est plus bonne : voici le début de la liste."
    facets = queries.facets(own)
    counts = queries.counts(own, now)
    keep = {key: value for key, value in asked.items() if value}
    narrowed = any(asked[key] for key in ("q", "college", "service", "miens"))
    return render_template(
        "tickets/list.html",
        page=page,
        asked=asked,
        narrowed=narrowed,
        notice=notice,
        tabs=_tabs(counts, state, asked, keep),
        views=_views(waiting is not None, own is waiting, keep),
        place=frame.scope_name(g.actor.mandate.scope_id),
        etablissements=_etablissements(facets.etablissements),
        services=[(choice.id, choice.label) for choice in facets.services],
        may_open=_may(Action.OPEN),
        may_take=_may(Action.WORK),
        line=_line,
        previous_href=_href(keep, page.previous),
        next_href=_href(keep, page.next),
        late=counts["late"],
        **_words_of_list(state, asked, narrowed),
    )


def _asked(args: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The filters that the address holds, and a word about those that mean nothing."""
    names = ("etat", "college", "service", "miens", "suivis", "q")
    asked = {name: " ".join(args.get(name, "").replace("\x00", "").split())[:100] for name in names}
    asked["college"] = as_kept(asked["college"])
    for switch in ("miens", "suivis"):
        asked[switch] = "1" if asked[switch] else ""
    if asked["etat"] and asked["etat"] not in _STATE_OF:
        asked["etat"] = ""
        return asked, "Cet état n’existe pas : voici les tickets ouverts."
    return asked, ""


def _tabs(counts: Mapping[str, int], state: str | None, asked: Mapping[str, str], keep: Mapping[str, str]) -> list[Tab]:
    current = state or ("all" if asked["q"] else "open")
    totals = {**counts, "all": sum(counts[name] for name in model.State)}
    others: dict[str, Any] = {key: value for key, value in keep.items() if key != "etat"}
    counted = not others.keys() - {"suivis"}  # the counters know states, not searches
    return [
        Tab(
            _TABS[key],
            url_for("tickets.index", **others, etat=_ADDRESS[key]),
            key == current,
            totals[key] if counted else None,
        )
        for key in STATES
    ]


def _views(two: bool, waiting: bool, keep: Mapping[str, str]) -> list[Tab]:
    """What waits on one's side, or all that it follows: for those to whom the two are not the same."""
    if not two:
        return []
    others: dict[str, Any] = {key: value for key, value in keep.items() if key not in ("suivis", "q")}
    return [
        Tab("À traiter par nous", url_for("tickets.index", **others), waiting, None),
        Tab("Tout ce que nous suivons", url_for("tickets.index", **others, suivis="1"), not waiting, None),
    ]


def _href(keep: Mapping[str, Any], cursor: str | None) -> str | None:
    return url_for("tickets.index", **keep, suite=cursor) if cursor else None


def _line(row: model.ListRow) -> Markup:
    """A line of the queue, known by everything that it shows."""
    own, other = frame.scope_name(g.actor.mandate.scope_id), g.actor.role not in _OF_THE_COLLEGE
    return piece(
        "tickets/pieces.html",
        "row",
        (row, own, other),
        row,
        own,
        other,
        lambda: plain_label(row.service) or row.service_label,
        lambda: _plain_activity(row.activity_label),
        lambda: url_for("tickets.show", number=row.number),
    )


def _words_of_list(state: str | None, asked: Mapping[str, str], narrowed: bool) -> dict[str, Any]:
    college = g.actor.role in _OF_THE_COLLEGE
    heading = "Les tickets du collège" if college else "File d’attente"
    if g.actor.role is Role.RESEAU:
        heading = "Vos tickets"
    lead = "" if college else "Ce qui attend, la promesse la plus ancienne d’abord."
    if asked["suivis"]:
        lead = "Ce que vous traitez, avez traité, ou à quoi vous contribuez."
    elif asked["q"] and not college:
        lead = "Recherche dans tous les tickets que vous suivez."
    empty: tuple[str, str, str | None, str | None] = ("Aucun ticket dans cet état", "", None, None)
    if narrowed:
        empty = (
            "Rien ne correspond",
            "Essayez d’autres mots, un autre état, ou effacez les filtres.",
            url_for("tickets.index"),
            "Tout effacer",
        )
    elif state in (None, "open"):
        empty = ("Aucun ticket ouvert", "Tout ce qui était demandé est traité.", None, None)
        if _may(Action.OPEN):
            empty = (
                "Aucun ticket ouvert",
                "Une panne, une question, un besoin ? Ouvrez un ticket.",
                url_for("opening.form"),
                "Ouvrir un ticket",
            )
    return {
        "heading": heading,
        "lead": lead,
        "empty_title": empty[0],
        "empty_text": empty[1],
        "empty_href": empty[2],
        "empty_label": empty[3],
    }


# --- the ticket ----------------------------------------------------------------------------------------------------


@blueprint.get("/tickets/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """A ticket as the active mandate sees it, or as an administrator who gave a reason may read it."""
    return _page(_ticket(number, with_reason=True))


@blueprint.post("/tickets/<int:number>/<slug>")
def step(number: int, slug: str) -> ResponseReturnValue:
    """Take a step. A refusal comes back at its place, with what was typed; a stale save shows both texts."""
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
        return _page(_ticket(number), Refusal(slug, errors=found, typed=form.fields)), 422
    except errors.StepRefused as refusal:
        return _page(_ticket(number), Refusal(slug, sentence=str(refusal), typed=form.fields)), 409
    except errors.Refused as refusal:
        return _page(_ticket(number), Refusal(slug, sentence=str(refusal), typed=form.fields)), 403
    flash(wanted.done, "success")
    return redirect(_after(number), 303)


@blueprint.get("/tickets/<int:number>/fichiers/<uuid:uuid>")
def file(number: int, uuid: Any) -> ResponseReturnValue:
    """A file of a ticket, always as a download; nothing of it shows outside the perimeter."""
    try:
        stored = queries.file(_readable(number, f"le fichier {uuid}", "fichier"), g.actor, number, str(uuid))
        response = send_file(
            receiving.files_folder() / stored.path,
            mimetype=stored.content_type or "application/octet-stream",
            as_attachment=True,
            download_name=stored.name,
            conditional=True,
            etag=str(uuid),
            max_age=0,
        )
    except (errors.NotFound, FileNotFoundError):
        abort(404)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _ticket(number: int, with_reason: bool = False) -> model.TicketView:
    perimeter = _readable(number, "la page du ticket") if with_reason else g.perimeter
    return queries.ticket(perimeter, g.actor, number, g.now)


def _readable(number: int, what: str, way: str = "page") -> Perimeter:
    """The active mandate's perimeter; for an administrator who gave a reason (annexe 6, 3) the whole of that ticket,
    the notes of every side too, this reading being journalled."""
    grant = consultation.reading(g.actor, number, what, g.now, way)
    if grant is None:
        return cast(Perimeter, g.perimeter)
    g.reading = grant
    return grant.perimeter


def _after(number: int) -> str:
    """Where a step leads: the ticket while it is still in sight (handing on may take it out of it), else the queue."""
    try:
        queries.ticket(g.perimeter, g.actor, number)
    except errors.NotFound:
        return url_for("tickets.index", _anchor="fait")
    return url_for("tickets.show", number=number, _anchor="fait")


def _page(ticket: model.TicketView, refused: Refusal | None = None) -> str:
    typed = refused.typed if refused else {}

    def was_typed(slug: str, name: str) -> str:
        return typed.get(name, "") if refused and refused.slug == slug else ""

    def fault(slug: str, name: str) -> str | None:
        return refused.errors.get(f"{slug}-{name}") if refused else None

    steps_shown = ticket.steps - {"comment", "note", "attach"}
    asked_me = (
        ticket.state is model.State.ON_HOLD
        and ticket.hold_reason == "attente-demandeur"
        and g.actor.mandate.scope_id == ticket.etablissement != ticket.holder_organisation
    )
    return render_template(
        "tickets/show.html",
        ticket=ticket,
        refused=refused,
        typed=was_typed,
        fault=fault,
        me=g.actor.account_id,
        shown_steps=steps_shown,
        refused_in_place=_in_place(ticket, refused),
        token=secrets.token_urlsafe(18),
        side=frame.scope_name(g.actor.mandate.scope_id),
        asked_me=asked_me,
        may_open=_may(Action.OPEN),
        sees_readings=_may(Action.SEE_READINGS),
        legal_hold=schedule.held_ticket(g.actor, ticket.number) if _may(Action.ADMINISTER_DATA) else None,
        fact_lines=_fact_lines(ticket),
        parties=_other_parties(ticket) if "hand_on" in ticket.steps else (),
        masked_choices=_maskable(ticket) if "mask" in ticket.steps else (),
        fields=lambda name: _fields(ticket, name, refused),
        piece=piece,
        hold_labels=dict(steps.HOLD_REASONS),
        advised=_advised(ticket),
        **_common(ticket),
    )


def _fields(ticket: model.TicketView, name: str, refused: Refusal | None) -> Markup:
    """The fields of a step: empty ones are rendered once for all tickets alike, refused ones hold what was typed."""
    key, data = _data(ticket, name)
    if refused is not None and refused.slug == steps.SLUGS[name]:
        return fresh("tickets/pieces.html", name, refused.typed, refused.errors, data())
    return piece("tickets/pieces.html", name, key, (), (), data)


def _data(ticket: model.TicketView, name: str) -> tuple[Hashable, Callable[[], Any]]:
    """What the fields of a step offer, and what tells one offer from another."""
    rules = desk.router()
    match name:
        case "hold":
            return (), lambda: {"hold_reasons": steps.HOLD_REASONS}
        case "hand_on":
            parties = tuple(_other_parties(ticket))
            return parties, lambda: {"parties": parties, "hand_on_reasons": steps.HAND_ON_REASONS}
        case "share":
            people = tuple(_network_managers(ticket))
            return people, lambda: {"network_managers": people}
        case "make_confidential":
            return ticket.confidential, lambda: {"confidential": ticket.confidential}
        case "mask":
            choices = tuple(_maskable(ticket))
            return choices, lambda: {"masked_choices": choices}
        case "correct_facts":
            key = (rules.conventions, ticket.etablissement, ticket.service, ticket.activity, ticket.facts)
            return key, lambda: {
                "service": ticket.service,
                "activity": ticket.activity,
                "service_options": _service_options(ticket),
                "activity_options": [(key, answer) for key, answer, _ in vocabulary.ACTIVITIES],
                "questions": questions.questions(rules, ticket.etablissement),
                "facts": {fact: questions.written(getattr(ticket.facts, fact)) for fact in FACTS},
            }
        case _:
            return (), dict


def _in_place(ticket: model.TicketView, refused: Refusal | None) -> bool:
    """Whether the form of the step that was refused stands on the page, so that its refusal can be told there."""
    if refused is None:
        return True
    name = steps.STEPS[refused.slug].name
    if name == "comment":
        return bool(ticket.steps & {"comment", "note"})
    if name == "take_charge" and ticket.assignee_id == g.actor.account_id:
        return False
    return name in ticket.steps


def _maskable(ticket: model.TicketView) -> list[tuple[str, str]]:
    """The entries whose words may be masked: (id, « Commentaire de Prénom Nom, 12 novembre 2026 à 14 h 05 »).

    A reason given opens the notes of every side to reading; it lets nobody mask another side's.
    """
    own = frame.scope_name(g.actor.mandate.scope_id)
    return [
        (str(event.id), f"{steps.look(event.kind, event.data).title}, {event.author_name}, {french_datetime(event.at)}")
        for event in ticket.events
        if event.kind in steps.MASKABLE
        and not event.masked
        and (event.body_html or event.files)
        and (event.visibility == "public" or event.author_side_name == own)
    ]


def _common(ticket: model.TicketView) -> dict[str, Any]:
    settings = current_app.config["GUICHET"]
    return {
        "plain": plain_label,
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


def _stale(ticket: model.TicketView, wanted: steps.StepPage, form: steps.Form) -> str:
    """Both texts: what happened since the page was shown, what was typed, and one button to do it all the same."""
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
        choices=_choices(ticket, form),
        token=secrets.token_urlsafe(18),
        **_common(ticket),
    )


def _choices(ticket: model.TicketView, form: steps.Form) -> list[tuple[str, str]]:
    """What else was chosen in the form, in words."""
    reasons = dict(steps.HOLD_REASONS) | dict(steps.HAND_ON_REASONS)
    said = []
    if form["partie"]:
        said.append(("À qui", dict(_other_parties(ticket)).get(form["partie"], form["partie"])))
    if form["raison"]:
        said.append(("Raison", reasons.get(form["raison"], form["raison"])))
    if form["service"]:
        said.append(("Sujet", plain_label(form["service"]) or form["service"]))
    if form["activity"]:
        said.append(("Demande", vocabulary.ACTIVITY_ANSWERS.get(form["activity"], form["activity"])))
    return said


def _fact_lines(ticket: model.TicketView) -> list[tuple[str, str]]:
    """The facts that are known, and the words that came with the ticket."""
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
    for name in ("inventoried", "in_referentiel", "experimentation", "under_warranty"):
        value = getattr(facts, name)
        if value is not None:
            said.append((steps.FACT_LABELS[name], steps.shown(value)))
    for label, text in (("Pour", ticket.on_behalf_of), ("Numéro d’inventaire", ticket.tag), ("Matériel", ticket.asset)):
        if text:
            said.append((label, text))
    return said


def _other_parties(ticket: model.TicketView) -> list[tuple[str, str]]:
    """The parties of the établissement's agreements that could hold the ticket instead: (party, name)."""
    return [
        (holder.party, holder.name)
        for holder in routing.parties(desk.router().conventions, ticket.etablissement)
        if holder.organisation != ticket.holder_organisation
    ]


def _service_options(ticket: model.TicketView) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = opening.groups(desk.router().conventions, ticket.etablissement, "")
    return [(group.label, [(service.id, service.label) for service in group.services]) for group in groups]


def plain_label(service: str) -> str:
    """What people call a service; empty for one that has no plain words."""
    known = vocabulary.SERVICES.get(service)
    return known.label if known else ""


def _plain_activity(label: str) -> str:
    """« Maintien en condition opérationnelle » -> « C'est en panne »: the answer that the form offers for it."""
    activities = desk.router().conventions.activities
    return next(
        (vocabulary.ACTIVITY_ANSWERS.get(key, label) for key, known in activities.items() if known == label), label
    )


def _advised(ticket: model.TicketView) -> advice_panel.Advised:
    """Whom to call and what the text says to do, while the ticket is open; nobody is told to call themselves."""
    if ticket.state not in model.OPEN_STATES:
        return advice_panel.NOTHING
    rules, decision = desk.router().conventions, ticket.decision
    about = (rules, decision.convention, decision.status)
    known = advice_panel.incidents_for(*about, ticket.service, ticket.activity)
    incident = advice_panel.incident_of(ticket.body_html, known)
    chosen = advice_panel.tips(*about, ticket.service, ticket.activity, asdict(ticket.facts), incident)
    told = advice_panel.on_ticket(chosen, ticket.opened_at, g.now)
    if g.actor.mandate.scope_id == ticket.holder_organisation:
        return told
    return replace(told, contacts=advice_panel.reached(*about, ticket.holder_party, ticket.service, g.now))


def _etablissements(facets: Sequence[model.Choice]) -> list[tuple[str, str]]:
    """The établissements to choose from, a second site named beside the few that have one."""
    several = _of_several_sites(desk.router().conventions)
    if not several:
        return [(one.id, one.label) for one in facets]
    return [(one.id, with_sites(one.label, several[one.id]) if one.id in several else one.label) for one in facets]


@lru_cache(maxsize=4)
def _of_several_sites(conventions: Conventions) -> dict[str, Etablissement]:
    return {one.id: one for one in conventions.etablissements.values() if one.sites}


def _network_managers(ticket: model.TicketView) -> list[tuple[str, str]]:
    people = [(str(account), name) for account, name in queries.network_managers(ticket.etablissement, g.now)]
    if ticket.shared_with:
        people.append((steps.NOBODY, "Personne désormais"))
    return people


def _may(action: Action) -> bool:
    return g.actor.role is not None and action in MAY[g.actor.role]
