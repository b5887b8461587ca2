"""« Équipe »: who of the reader's side is away and until when, and the teams that who sets its bench makes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid, NotFound
from ticketing.web import frame, guards, vocabulary
from ticketing.web.guards import guard
from ticketing.web.tickets import steps
from ticketing.workbench import absences, owned, teams

blueprint = Blueprint("team", __name__)
guard(blueprint, Action.SEE)

#: Field of the use case -> field of the form.
_FIELDS = {"person": "personne", "first": "du", "last": "au"}
_TEAM_FIELDS = {"name": "nom", "rule": "regle", "people": "personnes"}
#: Kind of what a team is made of -> field of the form.
_CHOSEN = {"people": "personnes", "places": "lieux", "services": "sujets"}


@blueprint.before_request
def _only_who_works() -> None:
    """Answer 404 to who neither works tickets nor sets the bench of a side."""
    if not absences.may_say(g.actor):
        abort(404)


@blueprint.get("/equipe")
def index() -> str:
    """Show who is away on the reader's side and its teams, and the form that says an absence."""
    return _page({"rendre": "1", "du": guards.today().isoformat()}, {})


@blueprint.post("/equipe/absences")
def say() -> ResponseReturnValue:
    """Keep an absence; a refusal keeps what was typed."""
    typed = {name: request.form.get(name, "")[:60].replace("\x00", "") for name in ("personne", "du", "au", "rendre")}
    try:
        wanted = {name: typed[field] for name, field in _FIELDS.items()}
        said = absences.say(g.actor, wanted, bool(typed["rendre"]), g.now)
    except Invalid as invalid:
        return _page(typed, {_FIELDS[name]: sentence for name, sentence in invalid.errors.items()}), 422
    back = absences.offer(g.now, only=said)
    flash("L’absence est indiquée à ceux de votre côté." + _told(back), "success")
    return redirect(url_for("team.index"), 303)


@blueprint.post("/equipe/absences/retirer")
def remove() -> ResponseReturnValue:
    """Remove an absence; the tickets that went back to the queue stay there."""
    absences.remove(g.actor, steps.whole(request.form.get("absence", "")) or 0, g.now)
    flash("L’absence est retirée.", "success")
    return redirect(url_for("team.index"), 303)


@blueprint.get("/equipe/<int:team_id>")
def edit(team_id: int) -> str:
    """Show the form of a team, an empty one for 0."""
    team = _team(team_id)
    typed = {"nom": team.name, "regle": team.rule} if team else {"nom": "", "regle": ""}
    chosen = {
        "personnes": {str(one) for one in team.members} if team else set(),
        "lieux": set(team.places) if team else set(),
        "sujets": set(team.services) if team else set(),
    }
    return _form(team_id, typed, chosen, {})


@blueprint.post("/equipe/<int:team_id>")
def save(team_id: int) -> ResponseReturnValue:
    """Make or change a team; a refusal keeps what was typed."""
    _team(team_id)
    typed = {name: request.form.get(name, "")[:200].replace("\x00", "") for name in ("nom", "regle")}
    chosen = {field: {one[:120] for one in request.form.getlist(field)[:2000]} for field in _CHOSEN.values()}
    try:
        wanted = {kind: chosen[field] for kind, field in _CHOSEN.items()}
        teams.save(g.actor, team_id, {"name": typed["nom"], "rule": typed["regle"]}, wanted, g.now)
    except Invalid as invalid:
        errors = {_TEAM_FIELDS[name]: sentence for name, sentence in invalid.errors.items()}
        return _form(team_id, typed, chosen, errors), 422
    flash("L’équipe est enregistrée.", "success")
    return redirect(url_for("team.index", _anchor="equipes"), 303)


@blueprint.post("/equipe/<int:team_id>/retirer")
def take_away(team_id: int) -> ResponseReturnValue:
    """Remove a team; tickets in charge of its members stay theirs."""
    teams.remove(g.actor, team_id, g.now)
    flash("L’équipe est retirée ; les tickets de chacun ne changent pas.", "success")
    return redirect(url_for("team.index", _anchor="equipes"), 303)


def _team(team_id: int) -> teams.TeamView | None:
    """Return a team of the reader's side, None for 0. Raises NotFound, and for who does not set the bench."""
    if not owned.may_share(g.actor):
        raise NotFound
    if team_id == 0:
        return None
    found = next((one for one in teams.teams(g.perimeter.side or "", g.now) if one.id == team_id), None)
    if found is None:
        raise NotFound
    return found


def _form(team_id: int, typed: dict[str, str], chosen: dict[str, set[str]], errors: dict[str, str]) -> str:
    offered = teams.offered(g.actor, g.now)
    return render_template(
        "workbench/team_form.html",
        team_id=team_id,
        places=offered.places,
        families=_families(offered.services),
        people=[(str(account), name) for account, name in offered.people],
        rules=list(teams.RULES.items()),
        typed=typed,
        chosen=chosen,
        errors=errors,
    )


def _families(services: tuple[tuple[str, str], ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (family, its services) in the plain words and order of the opening page; those without words come last."""
    known = dict(services)
    families = [
        (family.label, [(one.id, one.label) for one in family.services if one.id in known])
        for family in vocabulary.GROUPS
    ]
    others = [(key, label) for key, label in services if key not in vocabulary.SERVICES]
    return [family for family in (*families, ("Autres sujets", others)) if family[1]]


def _told(back: int) -> str:
    if not back:
        return ""
    return f" {back} ticket{'s' if back > 1 else ''} urgent{'s' if back > 1 else ''} : de retour dans la file."


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    people = absences.people(g.actor, g.now)
    return render_template(
        "workbench/team.html",
        absences=absences.listed(g.actor, g.now),
        people=[(str(account), name) for account, name in people],
        me=str(g.actor.account_id),
        side=frame.scope_name(g.actor.mandate.scope_id),
        today=guards.today(),
        teams=_shown(),
        may_set=owned.may_share(g.actor),
        typed=typed,
        errors=errors,
    )


def _shown() -> list[dict[str, Any]]:
    """Return the teams of the reader's side as the page shows them."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "people": ", ".join(one.members.values()),
            "covers": _covers(one),
            "rule": teams.RULES[one.rule],
        }
        for one in teams.teams(g.perimeter.side or "", g.now)
    ]


def _covers(team: teams.TeamView) -> str:
    places, services = len(team.places), len(team.services)
    there = f"{places} établissement{'s' if places > 1 else ''}" if places else "tous les établissements"
    about = f"{services} sujet{'s' if services > 1 else ''}" if services else "tous les sujets"
    return f"{there}, {about}"
