"""The page on which an administrator takes the facts of the académie out for other tools (`/chiffres/faits`)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, cast

from flask import Blueprint, abort, g, render_template, request, send_file
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid
from ticketing.figures import periods
from ticketing.figures.board import reading
from ticketing.figures.dashboards import Scope
from ticketing.figures.export import writing
from ticketing.figures.export.dictionary import FIELDS
from ticketing.figures.statistics import scope_of
from ticketing.web.administration import figure_names
from ticketing.web.administration.figures import perimeter_words
from ticketing.web.confirming import fresh
from ticketing.web.guards import guard

blueprint = Blueprint("fact_exports", __name__)
guard(blueprint, Action.ADMINISTER_DATA)

#: Field of the use case -> field of the form.
_FIELDS = {"reason": "raison", "form": "format", "period": "periode"}


@blueprint.get("/chiffres/faits")
def index() -> ResponseReturnValue:
    """Show what an export holds, and the form that asks for one."""
    return _page({"periode": periods.year_of(periods.month_of(datetime.now(UTC)))}, {})


@blueprint.post("/chiffres/faits")
@fresh
def take() -> ResponseReturnValue:
    """Write the line of the journal, then return the archive; a refusal keeps what was typed."""
    typed = {name: request.form.get(name, "")[:1000] for name in (*_FIELDS.values(), "sortie")}
    leaves = typed["sortie"] != "dedans"
    wanted = writing.Wanted(typed["periode"], typed["format"], leaves, typed["raison"])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it once it is sent
    try:
        writing.export(_scope(), wanted, g.actor, g.now, cast(IO[bytes], file))
    except Invalid as fault:
        file.close()
        return _page(typed, {_FIELDS[name]: said for name, said in fault.errors.items()}), 422
    file.seek(0)
    name = f"guichet-faits-{g.now:%Y-%m-%d}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


def _scope() -> Scope:
    scope = scope_of(g.actor)
    if scope is None:
        abort(404)
    return scope


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "administration/figures/facts.html",
        perimeter=perimeter_words(),
        typed=typed,
        errors=errors,
        periods=figure_names.periods_of(reading.known(_scope()).months),
        forms=[("csv", "CSV"), ("parquet", "Parquet")],
        without="" if writing.has_parquet() else writing.WITHOUT,
        fields=FIELDS,
        reason_max=writing.REASON_MAX,
    )
