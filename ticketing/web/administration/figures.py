"""Pages and CSV files of figures on the actor's perimeter (`/chiffres`). No address can name another perimeter."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from flask import Blueprint, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.model import Role
from charters.permissions import Action
from ticketing.documents.tabular import csv_text
from ticketing.figures import dashboards, nightly, periods, statistics
from ticketing.following import satisfaction
from ticketing.web import frame
from ticketing.web.administration.entry import coming
from ticketing.web.guards import guard

blueprint = Blueprint("figures", __name__)
guard(blueprint, Action.SEE_FIGURES)

WORKING_HOURS = "du lundi au vendredi, 8 h – 12 h et 13 h 30 – 17 h 30, hors jours fériés : une journée en compte 8"


@blueprint.get("/chiffres")
def index() -> ResponseReturnValue:
    """Show the tiles, charts and tables of the chosen period."""
    scope, wanted, made_at = _scope(), _period(), statistics.made_at()
    month = periods.month_of(datetime.now(UTC))
    database = current_app.config["SQLALCHEMY_DATABASE_URI"]
    board = _board((database, request.script_root), scope, wanted, made_at, month)
    return render_template(
        "administration/figures/index.html",
        board=Markup(board),  # noqa: S704
        satisfaction=Markup(_satisfaction(database, scope, _own(), made_at)) if made_at else "",  # noqa: S704
        perimeter=perimeter_words(),
        made_at=made_at,
        hours=WORKING_HOURS,
        may_refresh=_may_refresh(),
        coming=coming(),
    )


@lru_cache(maxsize=48)
def _board(where: tuple[str, str], scope: dashboards.Scope, wanted: str, made_at: datetime | None, month: str) -> str:
    """Return the body of the page as HTML, cached: it changes only with the figures (`made_at`) and the calendar.

    `scope` is part of the cache key, so that nobody sees another's figures; `where` is the database and the prefix of
    the addresses that it holds. Raises NoFigures, which is not cached.
    """
    board = statistics.dashboard(scope, wanted, periods.starts(month))
    return render_template("administration/figures/board.html", board=board, periods=_options(board.choices))


@lru_cache(maxsize=48)
def _satisfaction(database: str, scope: dashboards.Scope, own: str, made_at: datetime) -> str:
    """Return what requesters answered as HTML, cached until the figures are made again; `own` as in `by_party`."""
    parties = satisfaction.by_party(scope.kind, scope.key.partition(":")[2], own, datetime.now(UTC))
    return render_template("administration/figures/satisfaction.html", parties=parties, fewest=satisfaction.FEWEST)


@blueprint.get("/chiffres/<dimension>.csv")
def csv_file(dimension: str) -> ResponseReturnValue:
    """Return all the figures of one dimension, as a CSV file that a French spreadsheet opens."""
    period, rows = statistics.file_rows(_scope(), dimension, _period(), datetime.now(UTC))
    response = Response(csv_text(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="guichet-{dimension}-{period}.csv"'
    return response


@blueprint.post("/chiffres/recalculer")
def refresh() -> ResponseReturnValue:
    """Compute the figures now; for administrators only."""
    if not _may_refresh():
        abort(404)
    try:
        nightly.refresh(datetime.now(UTC))
    except nightly.Busy:
        flash("Un calcul est déjà en cours : les chiffres seront à jour dans quelques instants.", "info")
    else:
        flash("Les chiffres sont à jour.", "success")
    return redirect(url_for("figures.index"), 303)


def _scope() -> dashboards.Scope:
    scope = statistics.scope_of(g.actor)
    if scope is None:
        abort(404)
    return scope


def _own() -> str:
    """Return the organisation whose tickets are in the reader's own perimeter; none for a reader of figures alone."""
    return "" if g.actor.role is Role.LECTEUR else str(g.actor.mandate.scope_id)


def _period() -> str:
    """Return the period asked for, or an empty text when none is; abort with 404 when it is not written as a period."""
    wanted = request.args.get("periode", "")
    if wanted and not periods.is_period(wanted):
        abort(404)
    return wanted


def _may_refresh() -> bool:
    return g.actor.role is Role.ADMINISTRATEUR


def perimeter_words() -> str:
    """Return a sentence that says whose tickets are counted."""
    name = frame.scope_name(g.actor.mandate.scope_id)
    match g.actor.role:
        case Role.REFERENT:
            return f"{name} : les tickets que votre organisation tient, a tenus, ou auxquels elle contribue."
        case Role.CHEF:
            return f"{name} : tous les tickets de votre établissement."
    return f"{name} : tous les tickets de l’académie."


def _options(choices: dashboards.Choices) -> list[tuple[str, object]]:
    """Return the periods as options of a select."""
    return [
        ("Années scolaires", choices.years),
        ("Mois", choices.months),
        ("Tout", ((periods.ALL, periods.label(periods.ALL)),)),
    ]
