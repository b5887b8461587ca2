"""The page that completes an agreement's établissements from the ministry's directory: verdicts, then the file.

An agreement's list is what was signed, and stands in its files: the page writes nothing, whoever exploits Guichet lays
the file once the signatories agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix import Convention
from matrix.places import KINDS
from ticketing.amending import fills
from ticketing.arrivals import annexe, directory
from ticketing.arrivals.lists import FILE_MAX, Listed, SheetRefused, read
from ticketing.web.arrivals import carrying
from ticketing.web.guards import guard

blueprint = Blueprint("bringing_places", __name__, url_prefix="/administration/accords/<convention_id>/etablissements")
guard(blueprint, Action.ADMINISTER_MATRIX)

KIND_NAMES = {"college": "Collèges", "lycee": "Lycées", "ecole": "Écoles", "cite-scolaire": "Cités scolaires"}


@blueprint.get("")
def show(convention_id: str) -> str:
    """Show what the agreement lists, and the form that sends a file of the directory."""
    return _form(_agreement(convention_id), {})


@blueprint.post("")
def send(convention_id: str) -> ResponseReturnValue:
    """Read the file sent, and show what it would add. Writes nothing."""
    convention = _agreement(convention_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _form(convention, {"file": "Choisissez le fichier de l’annuaire."}), 422
    try:
        found = read(file.stream.read(FILE_MAX + 1), file.filename, directory.COLUMNS)
        done = annexe.completed(convention, found, _choice())
        carried = carrying.carried(_purpose(convention), _wanted(found, done))
    except SheetRefused as refused:
        return _form(convention, {"file": str(refused)}), 422
    page = render_template(
        "arrivals/etablissements_read.html",
        convention=convention,
        listed=found,
        done=done,
        counts=[(one, done.count(one)) for one in annexe.Standing],
        lines=[one for one in done.verdicts if one.standing is not annexe.Standing.ASIDE],
        carried=carried,
        choice=_choice(),
    )
    return page, 422 if done.missing else 200


@blueprint.post("/fichier")
def take(convention_id: str) -> ResponseReturnValue:
    """Return the agreement's `etablissements.toml` with the new ones."""
    convention = _agreement(convention_id)
    try:
        found = carrying.opened(_purpose(convention), request.form.get("state", ""))
    except carrying.BadData:
        return _form(convention, {"file": "Le fichier n’est plus disponible : renvoyez-le."}), 422
    response = Response(
        annexe.completed(convention, found, _choice()).text, content_type="application/toml; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{annexe.FILE}"'
    return response


@blueprint.get("/fichier")
def again(convention_id: str) -> ResponseReturnValue:
    """Redirect a GET to the form: the file has no address of its own."""
    return redirect(url_for(".show", convention_id=_agreement(convention_id).id))


def _agreement(convention_id: str) -> Convention:
    return fills.agreement(g.actor, convention_id)


def _purpose(convention: Convention) -> str:
    return f"etablissements:{convention.id}"


def _choice() -> annexe.Choice:
    codes = request.form.get("departements", "")[:200].replace(";", ",").replace(" ", ",").split(",")
    return annexe.Choice(
        frozenset(kind for kind in request.form.getlist("kinds") if kind in KINDS),
        frozenset(directory.departement(code) for code in codes if code),
        request.form.get("private") == "1",
    )


def _wanted(found: Listed, done: annexe.Completed) -> Listed:
    """Return the rows that are not left aside: a whole directory would not fit in a page."""
    kept = {one.line for one in done.verdicts if one.standing is not annexe.Standing.ASIDE}
    return Listed(found.name, tuple(row for row in found.rows if row.line in kept), found.columns)


def _form(convention: Convention, errors: Mapping[str, str]) -> str:
    return render_template(
        "arrivals/etablissements.html",
        convention=convention,
        places=sorted(convention.etablissements.values(), key=lambda one: (one.commune, one.name)),
        kinds=KIND_NAMES,
        usual=request.form.getlist("kinds") or annexe.usual(convention),
        departements=request.form.get("departements", "")[:200],
        private=request.form.get("private") == "1",
        most=FILE_MAX // 1_000_000,
        errors=errors,
    )
