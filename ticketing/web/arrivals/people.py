"""The page that brings a list of people in: the file, the verdict of each line, then the confirmation."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.arrivals import people, reach
from ticketing.arrivals.lists import FILE_MAX, ROWS_MAX, Listed
from ticketing.arrivals.naming import ROLES
from ticketing.arrivals.people_columns import COLUMNS
from ticketing.documents.tabular import csv_text
from ticketing.errors import Refused
from ticketing.in_force import routing
from ticketing.web.arrivals import carrying
from ticketing.web.confirming import fresh
from ticketing.web.guards import guard

blueprint = Blueprint("bringing_people", __name__)
guard(blueprint, Action.ADMINISTER_PEOPLE)

_PURPOSE = "people"
#: How many new sigles a page compares with those of forgotten people: each takes a slow hash.
NEW_MAX = 400
_BY_COMMAND = (
    "Cette liste crée trop de comptes pour une page, parce qu’il faut vérifier qu’aucun sigle n’a déjà servi : "
    "coupez-la, ou faites-la passer par la commande « guichet import-people »."
)
_EXAMPLE = {
    "last_name": "Durand",
    "first_name": "Paule",
    "company": "Collège Jean Moulin",
    "email": "paule.durand@ac-exemple.fr",
    "function": "Professeure de technologie",
    "sigle": "p.durand",
    "role": ROLES["cmi"][0],  # type: ignore[index]
    "starts_on": "01/09/2026",
    "external": "non",
}


@blueprint.get("/administration/comptes/import")
def show() -> str:
    """Show the form that sends a list, with what its columns mean."""
    return _form({})


@blueprint.get("/administration/comptes/import/modele.csv")
def model() -> Response:
    """Return a list of one example, whose headings are those that are read."""
    places = _reach().places.etablissement
    example = {**_EXAMPLE, "scope_id": places[0][0] if places else "0650001A"}
    rows = [[column.label for column in COLUMNS.values()], [example.get(name, "") for name in COLUMNS]]
    response = Response(csv_text(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="personnes.csv"'
    return response


@blueprint.post("/administration/comptes/import")
def send() -> ResponseReturnValue:
    """Read the file sent, and show what each line would do. Writes nothing."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _form({"file": "Choisissez le fichier de la liste."}), 422
    try:
        found = people.listed(file.stream.read(FILE_MAX + 1), file.filename)
        carried = carrying.carried(_PURPOSE, found)
    except people.SheetRefused as refused:
        return _form({"file": str(refused)}), 422
    try:
        return _verdicts(found, carried)
    except Refused as refused:
        return _form({"file": refused.sentence}), 422


@blueprint.get("/administration/comptes/import/confirmer")
def again() -> ResponseReturnValue:
    """Redirect a GET to the form: verdicts have no address of their own."""
    return redirect(url_for(".show"))


@blueprint.post("/administration/comptes/import/confirmer")
@fresh
def confirm() -> ResponseReturnValue:
    """Write what the verdicts that were shown say, whole or not at all."""
    carried = request.form.get("state", "")
    try:
        found = carrying.opened(_PURPOSE, carried)
    except carrying.BadData:
        return _form({"file": "La liste n’est plus disponible : renvoyez le fichier."}), 422
    try:
        judged = people.bring_in(found, request.form.get("seen", ""), _reach(), g.now, _within)
    except Refused as refused:
        return _verdicts(found, carried, {"": refused.sentence})
    created = len(judged.work.newcomers)
    plural = "s" if created > 1 else ""
    flash(f"La liste est enregistrée\u00a0: {created} compte{plural} créé{plural}. Invitez maintenant.", "success")
    return redirect(url_for("invitations.index"), 303)


def _reach() -> reach.Reach:
    return reach.of(routing.router().conventions, g.actor)


def _within(what: str, done: int, most: int) -> None:
    """Refuse, before it begins, a work of minutes. Raises Refused."""
    if what == "sigles" and most > NEW_MAX:
        raise Refused(_BY_COMMAND)


def _form(errors: Mapping[str, str]) -> str:
    return render_template(
        "arrivals/people.html",
        errors=errors,
        columns=COLUMNS.values(),
        roles=[words[0] for words in ROLES.values()],
        most=FILE_MAX // 1_000_000,
        rows=ROWS_MAX,
    )


def _verdicts(found: Listed, carried: str, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """Show the verdict of each line: those that are refused first, the unchanged ones counted."""
    judged = people.judge(found, _reach(), g.now, _within)
    order = [people.Outcome.REFUSED, people.Outcome.CREATED, people.Outcome.CHANGED, people.Outcome.UNCHANGED]
    page = render_template(
        "arrivals/verdicts.html",
        listed=found,
        carried=carried,
        seen=judged.digest,
        judged=judged,
        counts=[(outcome, judged.count(outcome)) for outcome in order],
        lines=sorted(judged.verdicts, key=lambda one: order.index(one.outcome)),
        errors=errors or {},
    )
    return page, 422 if errors or judged.refused else 200
