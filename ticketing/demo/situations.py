"""Read the situations of a collège for the demonstration from `situations.toml`, which ships with this package.

In the texts, {salle}, {n}, {etage} and {logiciel} are drawn at random when the ticket is made.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A request: its (title, body) variants, its subject, its facts, what is said meanwhile and in the end.

    `weight` is its relative frequency. `facts` gives for each fact the values among which one is drawn.
    """

    service: str
    activity: str
    texts: tuple[tuple[str, str], ...]
    solutions: tuple[str, ...]
    facts: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    questions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    weight: int = 2
    needs_visit: bool = False
    tags: bool = False


def _frozen(value: Any) -> Any:
    """Return the value with lists turned into tuples, at every depth."""
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    return value


def _situation(given: dict[str, Any]) -> Situation:
    """Return a situation of the file, in which « » means a fact that is not known, since TOML has no null."""
    facts = {name: tuple(one if one != "" else None for one in drawn) for name, drawn in given.get("facts", {}).items()}
    return Situation(**given | {"facts": facts})


_DATA: dict[str, Any] = _frozen(tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")))

ROOMS: tuple[str, ...] = _DATA["rooms"]
PROGRAMS: tuple[str, ...] = _DATA["programs"]
SITUATIONS = tuple(_situation(one) for one in _DATA["situation"])

#: What the holder's party says when it hands a ticket on, and what the other party says when it contests.
ON_SITE: tuple[str, ...] = _DATA["said"]["on_site"]
PARTS: tuple[str, ...] = _DATA["said"]["parts"]
OF_A_TEACHER: tuple[str, ...] = _DATA["said"]["of_a_teacher"]
OF_THE_OFFICE: tuple[str, ...] = _DATA["said"]["of_the_office"]
#: Reason of a hold -> what the worker says when putting the ticket on hold.
ON_HOLD: Mapping[str, str] = _DATA["said"]["on_hold"]
REOPENED: tuple[str, ...] = _DATA["said"]["reopened"]
ANSWERS: tuple[str, ...] = _DATA["said"]["answers"]
THANKS: tuple[str, ...] = _DATA["said"]["thanks"]
