"""Show two agreements, or two versions of an agreement, side by side (`/qui-fait-quoi/comparer`): what differs.

A person may compare what « Qui fait quoi » shows under the active mandate, and the drafts that the actor may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue

from matrix.comparison import compare
from matrix.comparison.compare import ASPECTS, PROVENANCES, ComparedCell, Comparison, Side
from matrix.comparison.reports import rows
from matrix.wording import SECTIONS
from ticketing.amending import comparisons
from ticketing.amending.comparisons import Comparable
from ticketing.documents.tabular import csv_text
from ticketing.errors import Invalid
from ticketing.web.agreements import whodoeswhat
from ticketing.web.guards import guard

blueprint = Blueprint("comparing", __name__)
guard(blueprint, "member")

CHOOSE = "Choisissez ce que vous comparez."
#: How many pairs « who answers on either side » shows; the table below has all of them.
MOVES = 12


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A family of services with its cells, grouped by service."""

    label: str
    services: tuple[tuple[str, tuple[ComparedCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the two choices, where they are known, and the errors by field."""

    a: Comparable | None
    b: Comparable | None
    errors: Mapping[str, str]


@blueprint.get("/qui-fait-quoi/comparer")
def show() -> ResponseReturnValue:
    """Show the two lists of choices, and the comparison once both are chosen; `?tout=1` also shows what is alike."""
    offered = comparisons.choices(g.actor, whodoeswhat.in_reach().conventions)
    asked, everything = _asked(offered), request.args.get("tout") == "1"
    errors, found = dict(asked.errors), None
    if asked.a and asked.b:
        sides = {name: _side(choice, name, errors) for name, choice in (("a", asked.a), ("b", asked.b))}
        if not errors and sides["a"] and sides["b"]:
            found = compare.compare(sides["a"], sides["b"])
    titles = {one.id: one.title for one in whodoeswhat.in_reach().conventions}
    answer = render_template(
        "agreements/comparing/show.html",
        options=[
            (
                titles[name],
                [(one.key, one.label[:1].upper() + one.label[1:]) for one in offered if one.convention == name],
            )
            for name in dict.fromkeys(one.convention for one in offered)
        ],
        chosen=_shown(asked, offered),
        names=_names(asked, titles),
        errors=errors,
        found=found,
        everything=everything,
        alone=len(offered) < 2,
        sections=_sections(found, everything) if found else (),
        aspects=ASPECTS,
        provenances=PROVENANCES,
        moves=found.moves()[:MOVES] if found else [],
        only=_only(found) if found else (),
        over=titles[asked.a.convention]
        if found and asked.a and asked.b and asked.a.convention == asked.b.convention
        else None,
    )
    return answer, 422 if errors else 200


@blueprint.get("/qui-fait-quoi/comparer.csv")
def csv_file() -> ResponseReturnValue:
    """Return the comparison as a file that a French spreadsheet opens."""
    asked = _asked(comparisons.choices(g.actor, whodoeswhat.in_reach().conventions))
    errors = dict(asked.errors)
    sides = [_side(choice, name, errors) for name, choice in (("a", asked.a), ("b", asked.b)) if choice]
    if errors or len(sides) != 2 or sides[0] is None or sides[1] is None:
        abort(404)
    text = csv_text(rows(compare.compare(sides[0], sides[1]), request.args.get("tout") == "1"))
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="guichet-comparaison.csv"'
    return response


def _asked(offered: list[Comparable]) -> Asked:
    """Return the choices that the address names; abort with 404 for a choice that the mandate does not see."""
    keys = {one.key: one for one in offered}
    found: dict[str, Comparable | None] = {"a": None, "b": None}
    for name in found:
        key = request.args.get(name, "").strip()
        found[name] = keys.get(key)
        if key and key not in keys:
            abort(404)
    begun = any(found.values())
    errors = {name: CHOOSE for name, choice in found.items() if choice is None and begun and name in request.args}
    return Asked(found["a"], found["b"], errors)


def _side(choice: Comparable, name: str, errors: dict[str, str]) -> Side | None:
    try:
        return comparisons.of_choice(choice)
    except Invalid as fault:
        errors[name] = f"Ce projet ne peut pas prendre effet : {' '.join(fault.errors.values())}"
        return None


def _shown(asked: Asked, offered: list[Comparable]) -> dict[str, str]:
    """Return the choices that the lists show: those of the address, else the first and the next that differs."""
    if asked.a is not None or asked.b is not None:
        return {"a": asked.a.key if asked.a else "", "b": asked.b.key if asked.b else ""}
    keys = [one.key for one in offered]
    return {"a": keys[1] if len(keys) > 1 else "", "b": keys[0] if keys else ""}


def _names(asked: Asked, titles: Mapping[str, str]) -> dict[str, str]:
    """Return the name of each side on the page: its version where both are of one agreement, else its agreement."""
    if asked.a is None or asked.b is None:
        return {}
    same = asked.a.convention == asked.b.convention
    return {
        name: one.label if same else f"{titles[one.convention]}, {one.label}"
        for name, one in (("a", asked.a), ("b", asked.b))
    }


def _sections(found: Comparison, everything: bool) -> tuple[ComparedSection, ...]:
    kept: dict[str, dict[str, list[ComparedCell]]] = {}
    for line in found.lines if everything else found.differing:
        kept.setdefault(line.section, {}).setdefault(line.service, []).append(line)
    return tuple(
        ComparedSection(
            SECTIONS.get(section, section),
            tuple((found.services[service], tuple(lines)) for service, lines in services.items()),
        )
        for section, services in kept.items()
    )


def _only(found: Comparison) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    """Return the services that only one side names: (side, [(service, who answers for what)])."""
    return tuple(
        (
            name,
            [
                (
                    found.services[one.service],
                    " ; ".join(f"{found.activities[activity]} : {said.answer}" for activity, said in one.cells),
                )
                for one in alone
            ],
        )
        for name, alone in (("A", found.only_a), ("B", found.only_b))
        if alone
    )
