"""The question bar of the figures (`/chiffres/question`): a measure by a dimension under filters, all in the address.

No address can name another perimeter: it is that of the active mandate, and each statement of `board.reading` keeps to
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.days import today
from charters.model import Role
from charters.permissions import Action, granted
from matrix.suggestions import Suggestion, shipped, suggest
from ticketing.documents.tabular import csv_text
from ticketing.figures import periods
from ticketing.figures.board import answers, reading, sentence
from ticketing.figures.board.measures import DIMENSIONS, MEASURES, Dimension, dimensions_of
from ticketing.figures.board.question import Question, Unreadable, read
from ticketing.figures.dashboards import Scope
from ticketing.figures.statistics import scope_of
from ticketing.in_force import routing, signatories
from ticketing.search.places import places
from ticketing.web.administration import figure_names
from ticketing.web.administration.figures import perimeter_words
from ticketing.web.guards import guard
from ticketing.workbench import owned, views
from ticketing.workbench.views import View

blueprint = Blueprint("questions", __name__)
guard(blueprint, Action.SEE_FIGURES)


@blueprint.get("/chiffres/question")
def index() -> ResponseReturnValue:
    """Answer the question of the address; a sentence leads to the address that it says."""
    if "q" in request.args:
        return redirect(_said(request.args["q"]))
    return page(request.args)


def page(given: Mapping[str, str], kept: View | None = None, keeping: Mapping[str, Any] | None = None) -> str:
    """Return the page of the question that an address says, perhaps one that is kept; `keeping` is a refused form."""
    asked = _asked(given)
    body = _body(_database(), request.script_root, asked)
    said = given.get("dit", "")[: sentence.MOST]
    return render_template(
        "administration/figures/question.html",
        body=Markup(body),  # noqa: S704
        perimeter=perimeter_words(),
        made_at=asked.made_at,
        said=said,
        left=_heard(said).left if said else (),
        here="blank" if asked.question.filters.get("statut") == "to_qualify" else "question",
        address=urlencode(asked.question.address()),
        this_year=asked.question.period == _usual(),
        year=periods.label(asked.question.period),
        kept=kept,
        views=views.views(g.actor, views.FIGURES),
        may_share=owned.may_share(g.actor),
        keeping=keeping or {},
        may_export=Action.ADMINISTER_DATA in granted(g.actor),
    )


def address_of(given: Mapping[str, str], *, follows: bool) -> str:
    """Return the filters of the question that an address says, as they are kept; without its year if it follows it."""
    address = _asked(given).question.address()
    if follows and address["periode"] == _usual():
        del address["periode"]
    return urlencode(address)


@blueprint.get("/chiffres/question.csv")
def csv_file() -> ResponseReturnValue:
    """Return every line of the answer as a CSV file, with its definition at the end."""
    asked = _asked(request.args)
    answer, _ = _answered(asked)
    measure = asked.question.measure
    columns = 3 if asked.question.beside else 2
    lines: list[tuple[object, ...]] = [(asked.question.dimension.name, measure.name, "Un an avant")[:columns]]
    figures = [(row.name, row.figure, row.earlier) for row in answer.rows]
    figures += [("Ensemble", answer.whole, answer.earlier)] if answer.total else []
    lines += [(name, _cell(now, measure.kind), _cell(before, measure.kind))[:columns] for name, now, before in figures]
    lines += [(), ("Définition", measure.definition), ("Calcul", measure.arithmetic), ("Texte", measure.clause)]
    lines += [("Calculé le", f"{asked.made_at:%Y-%m-%d %H:%M} UTC" if asked.made_at else "")]
    response = Response(csv_text(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="guichet-{measure.id}.csv"'
    return response


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, who asks it (scope, own organisation), up to when facts are made.

    `lists` says whether its tickets may be listed, `mends` whether the cells of agreements may be filled, `amends` on
    which agreements the reader may begin a change.
    """

    question: Question
    scope: Scope
    own: str
    lists: bool
    mends: bool
    amends: frozenset[str]
    made_at: datetime | None


def _asked(given: Mapping[str, str]) -> Asked:
    scope = scope_of(g.actor)
    if scope is None:
        abort(404)
    own = "" if g.actor.role is Role.LECTEUR else str(g.actor.mandate.scope_id)
    try:
        question = read(given, _usual(), own=scope.kind == "etablissement")
    except Unreadable:
        abort(404)
    lists = g.actor.role in (Role.REFERENT, Role.CHEF)
    may = granted(g.actor)
    amends: frozenset[str] = frozenset()
    if question.dimension.id == "case" and Action.AMEND_MATRIX in may:
        amends = frozenset(one.id for one in signatories.concerned(g.actor, routing.router().conventions))
    return Asked(question, scope, own, lists, Action.ADMINISTER_MATRIX in may, amends, reading.made_at())


def _usual() -> str:
    """Return the period of a question that says none: the school year that runs."""
    return periods.year_of(periods.month_of(datetime.now(UTC)))


def _answered(asked: Asked) -> tuple[answers.Answer, list[reading.Group]]:
    """Return the answer of a question, and its groups."""
    question = asked.question
    groups = reading.grouped(asked.scope, asked.own, question)
    earlier = question.year_before() if question.beside else None
    before = reading.grouped(asked.scope, asked.own, earlier) if earlier else None
    dimension = question.dimension
    known = _names([value for one in groups for value in one.value[:1]], dimension)
    return answers.shape(question, groups, before, known), groups


def _names(values: list[str], dimension: Dimension) -> Callable[[str, str], str]:
    """Return the names of values: those of today, or the last that was known of what is there no longer."""
    lost = [value for value in dict.fromkeys(values) if figure_names.name(dimension.id, value) == value]
    stored = reading.names(dimension, lost) if lost else {}

    def name(of: str, value: str) -> str:
        found = figure_names.name(of, value)
        return stored.get(value, found) if found == value and of == dimension.id else found

    return name


@lru_cache(maxsize=128)
def _body(database: str, prefix: str, asked: Asked) -> str:
    """Return the answer as HTML, cached until the facts are made again: scope and moment are in the key.

    So is the prefix of the addresses that it holds.
    """
    known = reading.known(asked.scope)
    answer, groups = _answered(asked)
    question = asked.question
    return render_template(
        "administration/figures/answer.html",
        question=question,
        answer=answer,
        shown=answer.rows[: answers.ROWS],
        pictures=_pictures(asked, groups),
        measures=[(one.id, one.name) for one in MEASURES.values()],
        dimensions=[(one.id, one.name) for one in dimensions_of(question.measure, asked.scope.kind == "etablissement")],
        periods=figure_names.periods_of(known.months),
        choices=figure_names.choices(known.parties, own=asked.scope.kind == "etablissement"),
        chips=[
            (DIMENSIONS[name].name, figure_names.name(name, value), href(question.without(name)))
            for name, value in question.filters.items()
        ],
        href=href,
        led=[href(one) if one else "" for one in answer.led],
        addresses=lambda one: {key: href(inside) for key, inside in one.led.items()},
        tickets=(lambda row: tickets_of(question, row)) if asked.lists else (lambda row: ""),
        mends=asked.mends and question.dimension.id == "case",
        amends=asked.amends,
        period=periods.label(question.period),
        csv=href(question, of="questions.csv_file"),
    )


def _pictures(asked: Asked, groups: list[reading.Group]) -> list[answers.Picture]:
    question, scope, own = asked.question, asked.scope, asked.own
    found: list[answers.Picture | None] = []
    match question.measure.picture:
        case "matrix":
            pairs = reading.read(scope, own, question, ("party", "to_party"), (question.measure.top,))
            found += answers.of_passages(question, pairs, figure_names.name)
        case "calendar":
            days = reading.read(scope, own, question, ("day",), (question.measure.top,))
            found.append(answers.of_days(question, days))
        case "lengths":
            found.append(answers.of_lengths(question, groups))
        case "backlog":
            weeks = reading.read(scope, own, question, ("day", "age"), ("waiting",), sundays=True)
            found.append(answers.of_weeks(question, weeks))
    return [one for one in found if one is not None]


def href(question: Question, of: str = "questions.index") -> str:
    """Return the address of a question, of its page or of its file."""
    address: dict[str, Any] = question.address()
    return url_for(of, **address)


def tickets_of(question: Question, row: answers.AnswerRow | None) -> str:
    """Return the address of the tickets that a line counts, « » where a list cannot show exactly those."""
    inside = question if row is None else row.inside
    listed = {"etablissement", "service", "jour"}
    if inside is None or question.measure.id != "ouverts" or not set(inside.filters) <= listed:
        return ""
    first, last = periods.bounds(inside.period)
    said: dict[str, Any] = {"etat": "tous", "college": inside.filters.get("etablissement")}
    said["service"] = inside.filters.get("service")
    if day := inside.filters.get("jour"):
        if not f"{first}-00" <= day <= f"{last}-99":
            return ""
        said |= {"depuis": day, "avant": (date.fromisoformat(day) + timedelta(days=1)).isoformat()}
    elif inside.period != periods.ALL:
        said |= {"depuis": f"{first}-01", "avant": f"{periods.following(last)}-01"}
    return url_for("tickets.index", **{name: value for name, value in said.items() if value})


def _heard(text: str) -> sentence.Heard:
    def about(words: str) -> tuple[Suggestion, ...]:
        return suggest(words, lexicon=shipped(), limit=1)

    return sentence.hear(text, places(routing.router().conventions), about, today(datetime.now(UTC)))


def _said(text: str) -> str:
    """Return the address of the question that a sentence asks, with the sentence itself."""
    text = " ".join(text[: sentence.MOST].split())
    found: dict[str, Any] = _heard(text).address | {"dit": text} if text else {}
    return url_for(".index", **found)


def _database() -> str:
    return str(current_app.config["SQLALCHEMY_DATABASE_URI"])


def _cell(figure: float | None, kind: str) -> object:
    """Return a figure as a cell: hours for lengths, percents for shares."""
    if figure is None:
        return None
    return {"count": round(figure), "share": round(100 * figure, 1)}.get(kind, round(figure / 3600, 2))
