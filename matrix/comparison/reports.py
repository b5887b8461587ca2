"""Comparisons written as text for people, as JSON and as the rows of a table. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from matrix.comparison.compare import ASPECTS, PROVENANCES, Alone, ComparedCell, Comparison, Said, Side, quoted
from matrix.wording import SECTIONS, day, enumeration

HEAD = (
    "Section",
    "Service",
    "Libellé du service",
    "Activité",
    "Libellé de l’activité",
    "Ce qui diffère",
    *(
        f"{side} : {name}"
        for side in "AB"
        for name in ("mention", "qui répond", "à quelle condition", "concours", "provenance", "clauses")
    ),
)


def title(one: Side) -> str:
    """The title of a side: « hautes-pyrenees-2015, version du 1er septembre 2015 (Avenant n° 1) »."""
    named = f" ({one.version.title})" if one.version.title else ""
    return f"{one.convention.id}, version du {day(one.version.on)}{named}"


def summary(found: Comparison) -> list[str]:
    """French sentences that say how much differs."""
    cells, differing = len(found.lines), len(found.differing)
    if not cells:
        told = ["Aucun service n’est nommé des deux côtés : il n’y a pas de case à comparer."]
    elif not differing:
        told = [f"{_count(cells, 'case comparée', 'cases comparées')}, aucune différence."]
    else:
        differ = "diffère" if differing == 1 else "diffèrent"
        told = [f"{_count(cells, 'case comparée', 'cases comparées')} : {differing} {differ}, {cells - differing} non."]
        aspects = enumeration([f"{ASPECTS[aspect]} ({count})" for aspect, count in found.by_aspect().items()])
        told.append(f"Ce qui diffère, en nombre de cases : {aspects}.")
    for alone, names, lacks in ((found.only_a, "A", "B"), (found.only_b, "B", "A")):
        if alone:
            told.append(f"{_count(len(alone), 'service', 'services')} que {names} nomme et que {lacks} ne nomme pas.")
    return told


def as_text(found: Comparison, everything: bool = False) -> Iterator[str]:
    """The lines of the report: the cells that differ, or every cell with `everything`."""
    yield f"A : {title(found.a)}"
    yield f"B : {title(found.b)}"
    yield ""
    yield from summary(found)
    for who, other, count in found.moves():
        yield f"  {count:4}  A : {who} | B : {other}"
    section = ""
    for line in found.lines if everything else found.differing:
        if line.section != section:
            section = line.section
            yield ""
            yield f"== {SECTIONS.get(section, section)}"
        yield from _cell(found, line)
    for alone, names, lacks in ((found.only_a, "A", "B"), (found.only_b, "B", "A")):
        if alone:
            yield ""
            yield f"== Services que {names} nomme et que {lacks} ne nomme pas"
        for one in alone:
            yield ""
            yield found.services[one.service]
            yield from (f"  {found.activities[activity]} : {_one_line(said)}" for activity, said in one.cells)


def _cell(found: Comparison, line: ComparedCell) -> Iterator[str]:
    yield ""
    yield f"{found.services[line.service]} : {found.activities[line.activity]}"
    if not line.differences:
        yield f"  pareil : {_one_line(line.a)}"
    for one in line.differences:
        yield f"  {ASPECTS[one.aspect]}"
        yield f"    A : {one.a}"
        yield f"    B : {one.b}"


def _one_line(said: Said) -> str:
    helped = f", avec le concours de : {said.helpers}" if said.helpers else ""
    return f"{said.answer}{helped} ({PROVENANCES[said.provenance]})"


def as_json(found: Comparison, everything: bool = False) -> str:
    """The comparison as one JSON object: sides, counts, cells, and services that only one side names."""
    made = {
        "a": _side(found.a),
        "b": _side(found.b),
        "counts": {
            "cells": len(found.lines),
            "differing": len(found.differing),
            "by_aspect": found.by_aspect(),
            "only_a": len(found.only_a),
            "only_b": len(found.only_b),
        },
        "moves": [{"a": who, "b": other, "cells": count} for who, other, count in found.moves()],
        "cells": [
            {
                "section": line.section,
                "service": line.service,
                "activity": line.activity,
                "differences": {one.aspect: {"a": one.a, "b": one.b} for one in line.differences},
                "a": _said(line.a),
                "b": _said(line.b),
            }
            for line in (found.lines if everything else found.differing)
        ],
        "only_a": [_alone(one) for one in found.only_a],
        "only_b": [_alone(one) for one in found.only_b],
    }
    return json.dumps(made, ensure_ascii=False, indent=1)


def _side(one: Side) -> dict[str, Any]:
    return {
        "convention": one.convention.id,
        "title": one.convention.title,
        "version": one.version.on.isoformat(),
        "version_title": one.version.title,
    }


def _said(said: Said) -> dict[str, Any]:
    return {
        "value": said.value,
        "parties": list(said.parties),
        "who": said.who,
        "answer": said.answer,
        "contributors": said.helpers,
        "provenance": said.provenance,
        "clauses": [{"ref": one.ref, "quote": one.quote} for one in said.citations],
    }


def _alone(one: Alone) -> dict[str, Any]:
    return {
        "section": one.section,
        "service": one.service,
        "cells": [{"activity": activity, **_said(said)} for activity, said in one.cells],
    }


def rows(found: Comparison, everything: bool = False) -> Iterator[tuple[str, ...]]:
    """The comparison as rows of a table, `HEAD` first; a service that only one side names has the other side empty."""
    yield HEAD
    for line in found.lines if everything else found.differing:
        differs = ", ".join(ASPECTS[one.aspect] for one in line.differences)
        yield (*_where(found, line.section, line.service, line.activity), differs, *_columns(line.a), *_columns(line.b))
    none = ("",) * 6
    for alone, left in ((found.only_a, True), (found.only_b, False)):
        for one in alone:
            for activity, said in one.cells:
                differs = f"{'A' if left else 'B'} seul nomme ce service"
                yield (
                    *_where(found, one.section, one.service, activity),
                    differs,
                    *((*_columns(said), *none) if left else (*none, *_columns(said))),
                )
            if not one.cells:
                yield (
                    *_where(found, one.section, one.service, ""),
                    f"{'A' if left else 'B'} seul nomme ce service",
                    *none,
                    *none,
                )


def _where(found: Comparison, section: str, service: str, activity: str) -> tuple[str, ...]:
    return (
        SECTIONS.get(section, section),
        service,
        found.services[service],
        activity,
        found.activities.get(activity, ""),
    )


def _columns(said: Said) -> tuple[str, ...]:
    return said.value, said.who, said.answer, said.helpers, PROVENANCES[said.provenance], quoted(said.citations)


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number < 2 else several}"
