"""Export annexe 2 as a spreadsheet, and import a coloured sheet: questions come first, then a draft is made of it.

Between two requests the sheet is carried in the page, signed and compressed: the server stores nothing of it, and no
answer is lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from charters.permissions import Action
from matrix import Convention
from matrix.changes import packed as packed_change
from matrix.sheets import Answers, Book, Difference, SheetReading, SheetRefused, compared, export, open_book, read
from matrix.sheets.export import MIMES
from matrix.sheets.package import FILE_MAX
from matrix.sheets.packed import packed, unpacked
from matrix.wording import day
from ticketing.amending import amendments, fills
from ticketing.errors import Invalid
from ticketing.in_force import routing, signatories
from ticketing.web import guards
from ticketing.web.agreements.sheet_views import review
from ticketing.web.guards import guard

blueprint = Blueprint("sheets", __name__)
guard(blueprint, Action.ADMINISTER_MATRIX)

#: How long a sheet may wait on a page, in seconds, and how large it may be there, in characters once packed.
KEPT_FOR = 24 * 3600
CARRIED_MAX = 400_000
ANSWERS_MAX = 1_000

_TOO_LARGE = (
    "Cette feuille est trop grande pour être relue à l’écran : copiez le seul tableau et sa légende dans un classeur "
    "neuf, puis renvoyez-la."
)
_STALE = (
    "La matrice de l’accord, ou la lecture de la feuille, a changé depuis l’affichage : relisez les différences "
    "ci-dessous, puis confirmez."
)


@blueprint.get("/administration/accords/<convention_id>/tableur")
def show(convention_id: str) -> ResponseReturnValue:
    """Show the files to download, and the form that sends a sheet."""
    return _show(_agreement(convention_id), {})


@blueprint.get("/administration/accords/<convention_id>/tableur/matrice.<any(xlsx, ods, csv):form>")
def download(convention_id: str, form: str) -> ResponseReturnValue:
    """Return the matrix as it is known now, as a file that reads back the same."""
    convention = _agreement(convention_id)
    response = Response(export(routing.router().conventions, convention.id, form), content_type=MIMES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"matrice-{convention.id}.{form}")
    return response


@blueprint.post("/administration/accords/<convention_id>/tableur")
def send(convention_id: str) -> ResponseReturnValue:
    """Read the file sent, and show it beside its reading. Writes nothing."""
    convention = _agreement(convention_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _show(convention, {"file": "Choisissez le fichier de la feuille."}), 422
    try:
        book = open_book(file.stream.read(FILE_MAX + 1), file.filename)
        reading = read(book, routing.router().conventions, convention.id, Answers())
        carried = _carried(convention.id, book)
    except SheetRefused as refused:
        return _show(convention, {"file": str(refused)}), 422
    return _review(convention, reading, carried, {}, {})


@blueprint.get("/administration/accords/<convention_id>/tableur/lecture")
def again(convention_id: str) -> ResponseReturnValue:
    """Redirect a GET to the form: a reading has no address of its own."""
    return redirect(url_for(".show", convention_id=_agreement(convention_id).id))


@blueprint.post("/administration/accords/<convention_id>/tableur/lecture")
def settle(convention_id: str) -> ResponseReturnValue:
    """Read the sheet again with the answers given; « confirmer » makes the draft once no question is open."""
    convention = _agreement(convention_id)
    carried = request.form.get("state", "")
    try:
        book = _opened(convention.id, carried)
        reading = read(book, routing.router().conventions, convention.id, _answers())
    except BadData:
        return _show(convention, {"file": "La feuille n’est plus disponible : renvoyez le fichier."}), 422
    except SheetRefused as refused:
        return _show(convention, {"file": str(refused)}), 422
    typed = {name: request.form.get(name, "")[:400] for name in ("kind", "title", "effect_on", "retroactive")}
    if request.form.get("step") != "confirmer":
        return _review(convention, reading, carried, typed, {})
    differences = compared(reading, routing.router().conventions)
    errors = _open(reading) or ({} if request.form.get("seen") == _digest(differences) else {"": _STALE})
    if errors:
        return _review(convention, reading, carried, typed, errors), 422
    on, latest = _day(typed["effect_on"]), routing.router().conventions[convention.id].versions[-1].on
    try:
        if on is not None and on <= latest:  # the sheet was compared with that version, not with an earlier one
            told = f"Donnez un jour postérieur au {day(latest)}, jour de la version comparée."
            raise Invalid({"effect_on": told})
        number = amendments.start(
            g.actor,
            convention.id,
            typed["kind"],
            amendments.DraftHeader(typed["title"], on, bool(typed["retroactive"])),
            datetime.now(UTC),
            [one.change for one in differences],
        )
    except Invalid as fault:
        errors = {name if name in typed else "": sentence for name, sentence in fault.errors.items()}
        return _review(convention, reading, carried, typed, errors), 422
    flash("Le projet reprend ce que dit la feuille. Rien n’est en vigueur avant son approbation.", "success")
    return redirect(url_for("drafts.show", draft_id=number), 303)


# --- pages ------------------------------------------------------------------------------------------------------------


def _agreement(convention_id: str) -> Convention:
    return fills.agreement(g.actor, convention_id)


def _show(convention: Convention, errors: Mapping[str, str]) -> str:
    return render_template(
        "agreements/sheets/send.html",
        convention=convention,
        errors=errors,
        forms=tuple(MIMES),
        most=FILE_MAX // 1_000_000,
    )


def _review(
    convention: Convention, reading: SheetReading, carried: str, typed: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    conventions = routing.router().conventions
    differences = compared(reading, conventions)
    signs = signatories.signatory(g.actor, conventions, convention.id) is not None
    rules = [(rule.kind, signatories.KINDS[rule.kind]) for rule in signatories.rules(convention)]
    return render_template(
        "agreements/sheets/review.html",
        convention=convention,
        review=review(reading, differences, conventions),
        carried=carried,
        typed=typed,
        errors=errors,
        seen=_digest(differences),
        signs=signs,
        rules=rules,
        title=typed.get("title") or f"Reprise de la feuille {reading.file}"[: amendments.TITLE_MAX],
        today=guards.today(),
    )


def _open(reading: SheetReading) -> dict[str, str]:
    """Return the unanswered questions as errors of their fields."""
    return {f"q-{question.key}": f"Répondez : {question.sentence}" for question in reading.open_questions}


# --- the sheet carried in the page ------------------------------------------------------------------------------------


def _signer(convention_id: str) -> URLSafeTimedSerializer:
    """Return a signer for one account and one agreement: another person cannot send the sheet back."""
    salt = f"tableur:{g.actor.account_id}:{convention_id}"
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=salt)


def _carried(convention_id: str, book: Book) -> str:
    text = _signer(convention_id).dumps(packed(book))
    carried = text if isinstance(text, str) else text.decode()
    if len(carried) > CARRIED_MAX:
        raise SheetRefused(_TOO_LARGE)
    return carried


def _opened(convention_id: str, carried: str) -> Book:
    return unpacked(_signer(convention_id).loads(carried[: CARRIED_MAX + 1], max_age=KEPT_FOR))


def _answers() -> Answers:
    names = [name for name in request.form if name.startswith("q-")][:ANSWERS_MAX]
    return Answers({name[2:]: request.form[name][:80] for name in names})


def _digest(differences: Sequence[Difference]) -> str:
    """Return a hash of the differences shown; a confirmation of any others is refused."""
    told = [(one.before, packed_change(one.change)) for one in differences]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _day(text: str) -> date | None:
    """Return a day as a date field sends it (ISO) or as people write it in French (31/08/2026), or None."""
    text = text.strip()
    if text.count("/") == 2:
        text = "-".join(reversed(text.split("/")))
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
