"""Pages of the October campaign (agreement, II.2): the académie runs it, chefs answer it, référents read its list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.campaign import campaigns, rosters, rounds
from charters.campaign.campaigns import CampaignView
from charters.model import Role
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.in_force import campaign_scope, routing
from ticketing.web import guards
from ticketing.web.confirming import fresh, fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires
from ticketing.web.limiting import limited

blueprint = Blueprint("campaign", __name__)
guard(blueprint, Action.ADMINISTER_PEOPLE)


# --- the académie runs the campaign ---


@blueprint.get("/administration/campagne")
def index() -> ResponseReturnValue:
    """Show the progress of the campaign by collège, or the form that opens it."""
    return _index({}, {})


@blueprint.post("/administration/campagne")
@fresh_once_valid
def start() -> ResponseReturnValue:
    """Open the year's campaign."""
    typed = _dates()
    places = campaign_scope.colleges(routing.router().conventions, _academie())
    try:
        campaigns.open_campaign(_academie(), places, **typed, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _index(typed, invalid.errors)
    except Refused as refused:
        flash(refused.sentence, "error")
    else:
        flash("La campagne est ouverte : les chefs d’établissement sont prévenus par courriel.", "success")
    return redirect(url_for("campaign.index"), 303)


@blueprint.post("/administration/campagne/dates")
@fresh_once_valid
def dates() -> ResponseReturnValue:
    """Change the dates of the running campaign."""
    typed, running = _dates(), campaigns.latest(_academie())
    if running is None:
        abort(404)
    try:
        campaigns.change_dates(_academie(), running.id, **typed, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _index(typed, invalid.errors)
    except Refused as refused:
        flash(refused.sentence, "error")
    else:
        flash("Les dates sont changées.", "success")
    return redirect(url_for("campaign.index"), 303)


@blueprint.get("/administration/campagne/<etablissement_id>")
def paper(etablissement_id: str) -> ResponseReturnValue:
    """Show the form that records the answer of a collège given on paper or by telephone."""
    return _answer_page(_running(campaigns.latest(_academie())), etablissement_id, {}, {})


@blueprint.post("/administration/campagne/<etablissement_id>")
@fresh_once_valid
def answer_for(etablissement_id: str) -> ResponseReturnValue:
    """Record the answer of a collège in its place."""
    return _answer(_running(campaigns.latest(_academie())), etablissement_id, url_for("campaign.index"))


def _index(typed: Mapping[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    academie, today = _academie(), guards.today()
    latest = campaigns.latest(academie)
    places = rosters.places_of(latest, g.now) if latest else []
    running = latest is not None and latest.closed_at is None
    term, closes = (latest.term_on, latest.closes_on) if latest and running else campaigns.default_dates(today)
    page = render_template(
        "people/campaign/index.html",
        campaign=latest,
        running=running,
        places=places,
        today=today,
        errors=errors,
        may_open=not running and (latest is None or latest.year < campaigns.year_of(today)),
        to_come=today < date(campaigns.year_of(today), rounds.OPENS_IN + 1, 1),
        answered=sum(place.answered_at is not None for place in places),
        roles=campaign_scope.ROLES,
        colleges=len(campaign_scope.colleges(routing.router().conventions, academie)),
        typed=typed or {"term_on": term.isoformat(), "closes_on": closes.isoformat()},
    )
    return page, 422 if errors else 200


def _dates() -> dict[str, str]:
    return {name: request.form.get(name, "")[:40] for name in ("term_on", "closes_on")}


def _academie() -> str:
    return str(g.actor.mandate.scope_id)


# --- a collège answers ---


@blueprint.get("/campagne")
@requires(Action.DECLARE_STAFF)
def own() -> ResponseReturnValue:
    """Show the chef's answer; redirect a référent to the list and an administrator to the whole campaign."""
    if g.actor.role is Role.ADMINISTRATEUR:
        return redirect(url_for("campaign.index"), 303)
    if g.actor.role is Role.REFERENT:
        return redirect(url_for("campaign.roster"), 303)
    asked = campaigns.asked_of(g.actor, g.now)
    if asked is None:
        return render_template("people/campaign/none.html", place=scope_name(g.actor.mandate.scope_id))
    return _answer_page(asked, g.actor.mandate.scope_id, {}, {})


@blueprint.post("/campagne")
@requires(Action.DECLARE_STAFF)
@fresh_once_valid
def answer() -> ResponseReturnValue:
    """Record the chef's answer: which people are still in post."""
    return _answer(_running(campaigns.asked_of(g.actor, g.now)), g.actor.mandate.scope_id, url_for("campaign.own"))


def _answer(campaign: CampaignView, place: str, back: str) -> ResponseReturnValue:
    typed = {name: value for name, value in request.form.items() if name.startswith("line-")}
    kept = {
        int(name[5:]): {"oui": True, "non": False}.get(value)
        for name, value in typed.items()
        if name[5:].isascii() and name[5:].isdigit() and len(name) < 15
    }
    try:
        campaigns.answer(campaign.id, place, kept, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _answer_page(campaign, place, typed, invalid.errors)
    except Refused as refused:
        flash(refused.sentence, "error")
        return redirect(back, 303)
    flash("Merci : la réponse est enregistrée. Elle peut se corriger jusqu’à la fin de la campagne.", "success")
    return redirect(back, 303)


def _answer_page(
    campaign: CampaignView, etablissement: str, typed: Mapping[str, str], errors: dict[str, str]
) -> ResponseReturnValue:
    place = rosters.place_of(campaign, etablissement, g.now)
    page = render_template(
        "people/campaign/answer.html",
        campaign=campaign,
        place=place,
        name=scope_name(etablissement),
        errors=errors,
        typed=typed,
        roles=campaign_scope.ROLES,
        today=guards.today(),
        by_chef=g.actor.role is Role.CHEF,
    )
    return page, 422 if errors else 200


def _running(campaign: CampaignView | None) -> CampaignView:
    if campaign is None or not campaign.takes_answers(guards.today()):
        abort(404)
    return campaign


# --- the list for the département ---


@blueprint.get("/correspondants")
@requires(Action.SEE_STAFF)
def roster() -> ResponseReturnValue:
    """Show the list of a year (`annee`; the latest by default)."""
    years, chosen, among = _chosen()
    return render_template(
        "people/campaign/roster.html",
        years=years,
        campaign=chosen,
        place=scope_name(g.actor.mandate.scope_id),
        lines=campaign_scope.roster(chosen, among, g.now) if chosen else [],
    )


@blueprint.get("/correspondants.csv")
@requires(Action.SEE_STAFF)
@limited("export")
@fresh
def roster_file() -> ResponseReturnValue:
    """Return the list of a year as a file for a spreadsheet."""
    _, chosen, among = _chosen()
    if chosen is None:
        abort(404)
    response = Response(campaign_scope.exported(chosen, among, g.actor, g.now), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="correspondants-{chosen.year}.csv"'
    return response


def _chosen() -> tuple[list[int], CampaignView | None, frozenset[str]]:
    """Return the years with a campaign, the campaign asked for, and its collèges that this actor may read."""
    academies, among = campaign_scope.perimeter(g.actor, routing.router().conventions)
    known = rosters.campaigns_of(academies)
    wanted = request.args.get("annee", "")
    if not wanted:
        return [one.year for one in known], known[0] if known else None, among
    chosen = next((one for one in known if str(one.year) == wanted), None)
    if chosen is None:
        abort(404)
    return [one.year for one in known], chosen, among
