"""Changes to the cells of an agreement: a blank cell filled in from the signed paper, a version amended. Pure.

A fill corrects what is known of the signed text: it holds from the day of the version it bears on. An amendment makes a
new version, from its own day of effect on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from matrix.model import Case, Cell, Citation, Contributor, Convention, Version
from matrix.values import DEPENDS, ValueFault, cases_of, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """What a cell says from now on. `value` is a word of `matrix.values`; « selon » comes with its `cases`.

    `ref` is the place that says so (empty: the agreement's table), `quote` its words (empty: the value itself);
    `contributors` are parties wanted beside the one that answers; `origin` tells who, when, where on the paper.
    """

    service: str
    activity: str
    value: str
    ref: str = ""
    quote: str = ""
    contributors: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    origin: str = ""


def cell_of(convention: Convention, change: CellChange) -> Cell:
    """The cell that a change makes: `printed`, unless it is left blank. Raises `matrix.values.ValueFault`."""
    value = parse(change.value)
    word = change.value or "case laissée en blanc"
    said = Citation(convention.id, change.ref or convention.table_ref, "printed", change.quote or word)
    helpers = tuple(Contributor(party, (), (said,)) for party in change.contributors)
    if value.word == DEPENDS and not change.cases:
        raise ValueFault("« selon » veut ses cas : à quelle condition, quelle partie")
    cases = change.cases or cases_of(value, convention.parties, convention.notes, (said,), helpers, change.candidates)
    provenance = "printed" if change.value else "default"
    return Cell(
        change.service, change.activity, change.value, provenance, cases, (said,) if change.value else (),
        origin=change.origin,
    )


def filled(convention: Convention, on: date, fills: Iterable[CellChange]) -> Convention:
    """The agreement with cells of its version of `on` filled in. Raises `KeyError` for a version there is not."""
    if on not in {version.on for version in convention.versions}:
        raise KeyError(on)
    cells = {(one.service, one.activity): cell_of(convention, one) for one in fills}
    versions = tuple(
        replace(version, cells={**version.cells, **cells}) if version.on == on else version
        for version in convention.versions
    )
    return replace(convention, versions=versions)


def amended(convention: Convention, on: date, changes: Iterable[CellChange], title: str = "") -> Convention:
    """The agreement with one more version, from `on`: the cells in force that day, with these changes.

    Raises `ValueFault` where the day precedes the agreement, or another version takes effect that same day.
    """
    base = convention.version_on(on)
    if base is None:
        raise ValueFault(f"l'accord n'est pas encore en vigueur le {on:%d/%m/%Y}")
    if base.on == on:
        raise ValueFault(f"une version prend déjà effet le {on:%d/%m/%Y}")
    cells = {(one.service, one.activity): cell_of(convention, one) for one in changes}
    version = Version(on, {**base.cells, **cells}, title)
    return replace(convention, versions=tuple(sorted((*convention.versions, version), key=lambda one: one.on)))
