"""The dossiers of committees (`/chiffres/comites`): asked for by one button, made by a job, read as files."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.committees import files, packs
from ticketing.committees.content import Pack
from ticketing.documents import pdf
from ticketing.errors import Invalid
from ticketing.figures import periods
from ticketing.web.administration.figures import perimeter_words
from ticketing.web.committees import document
from ticketing.web.guards import guard

blueprint = Blueprint("committee_packs", __name__)
guard(blueprint, Action.SEE_FIGURES)


@blueprint.record_once
def _offer(state: BlueprintSetupState) -> None:
    """Let the tabs of the figures offer the dossiers to who reads some."""
    state.app.jinja_env.globals["reads_packs"] = lambda: g.actor is not None and packs.reads(g.actor)


#: How many seconds pass before a page of progress is read again.
AGAIN = 3
#: How many school years the form offers.
YEARS = 4
_FORMS = {
    "pdf": ("application/pdf", "pdf"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ods": (files.ODS, "ods"),
    "csv": ("application/zip", "zip"),
}
MISSING = (
    "Le PDF ne peut pas être fait",
    f"Il manque à cette machine des bibliothèques qui font les PDF. Qui exploite Guichet les installe ainsi : "
    f"{pdf.INSTALL}. Les classeurs n’en ont pas besoin.",
)
BUSY = ("D’autres PDF sont en train de se faire", "Redemandez celui-ci dans quelques secondes.")


@blueprint.get("/chiffres/comites")
def index() -> ResponseReturnValue:
    """List the dossiers of the reader's perimeter, with the form that asks for one."""
    return _index({})


@blueprint.post("/chiffres/comites")
def ask() -> ResponseReturnValue:
    """Have a dossier made, and show how far it is."""
    typed = {name: request.form.get(name, "")[:140] for name in ("accord", "annee", "reunion", "entier")}
    try:
        number = packs.ask(g.actor, typed, g.now)
    except Invalid as fault:
        return _index(typed, fault.errors), 422
    return redirect(url_for(".show", pack_id=number), 303)


@blueprint.get("/chiffres/comites/<int:pack_id>")
def show(pack_id: int) -> ResponseReturnValue:
    """Show how far a dossier is, and its files once it is made; the page reads itself again until then."""
    found = packs.read(g.actor, pack_id)
    response = make_response(render_template("committees/show.html", found=found, perimeter=perimeter_words()))
    if found.waits:
        response.headers["Refresh"] = str(AGAIN)
    return response


@blueprint.get("/chiffres/comites/<int:pack_id>/<any(pdf, xlsx, ods, csv):form>")
def file(pack_id: int, form: str) -> ResponseReturnValue:
    """Return a dossier as a file: PDF, workbook, or the CSV files in an archive."""
    pack = packs.read(g.actor, pack_id).pack
    if pack is None:
        abort(404)
    try:
        body = _body(pack, form)
    except pdf.Unavailable:
        return _refusal(MISSING)
    except pdf.Busy:
        return _refusal(BUSY, wait=5)
    kind, extension = _FORMS[form]
    response = Response(body, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=f"{pack.name}.{extension}")
    return response


def _body(pack: Pack, form: str) -> bytes:
    match form:
        case "pdf":
            return document.made(pack)
        case "xlsx":
            return files.xlsx(pack)
        case "ods":
            return files.ods(pack)
    return files.archive(pack)


def _refusal(words: tuple[str, str], wait: int | None = None) -> Response:
    title, text = words
    response = make_response(render_template("errors/error.html", code=503, title=title, text=text), 503)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _index(typed: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    offered = packs.agreements(g.actor)
    if not offered:
        abort(404)
    year = int(periods.year_of(periods.month_of(g.now))[6:])
    years = [f"{one}-{one + 1}" for one in range(year, year - YEARS, -1)]
    return render_template(
        "committees/index.html",
        listed=packs.listed(g.actor),
        asks=packs.asks(g.actor),
        whole=not offered[0][2],
        agreements=[(f"{convention.id}@{academie}", convention.title) for convention, academie, _ in offered],
        years=[(one, one) for one in years],
        usual=years[1],
        typed=typed,
        errors=errors or {},
        perimeter=perimeter_words(),
    )
