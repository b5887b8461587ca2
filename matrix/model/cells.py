"""The table of an agreement: its cells, their cases, and the versions that hold them. Frozen values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from matrix.model.decision import Citation, Provenance, Status


@dataclass(frozen=True, slots=True)
class Test:
    """What a case asks of one fact: a value, a class of values, or a side of a day (`matrix.facts.holds`).

    A test of kind « place » asks of the établissement itself: its kind, its sector, its owner (`matrix.places`).
    """

    __test__ = False  # pytest must not take this class for a test

    fact: str
    wanted: str | bool | date
    kind: Literal["is", "administrative", "role", "after", "until", "place"]


@dataclass(frozen=True, slots=True)
class Contributor:
    """A party wanted beside the one that answers, where `when` holds; it is never a second owner."""

    party: str
    when: tuple[Test, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome of a cell, which applies where every test passes and no earlier case applies."""

    tests: tuple[Test, ...]
    status: Status
    party: str | None  # None: the desk
    citations: tuple[Citation, ...]
    contributors: tuple[Contributor, ...] = ()
    via: str | None = None
    candidates: tuple[str, ...] = ()  # the parties that a `conflict` names, or between which `arbitration` decides
    sides: tuple[
        tuple[str, tuple[Citation, ...]], ...
    ] = ()  # of a `conflict`: each party with the clauses that name it


@dataclass(frozen=True, slots=True)
class Cell:
    """What the agreement says of one service and one activity.

    `value` is the annexe's own word (« CL ou Etab (4) », `matrix.values`), empty where the cell is blank and no clause
    settles it. `assume` gives the value that an unknown fact is taken to have, where a clause says so. `origin` says
    who filled a blank cell in from the signed paper, when, and where it stands there; or which change set it.
    """

    service: str
    activity: str
    value: str
    provenance: Provenance
    cases: tuple[Case, ...]
    citations: tuple[Citation, ...]
    assume: tuple[tuple[str, str | bool], ...] = ()
    file: str = ""
    line: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A service that the agreement leaves out, in the établissements for which `when` holds (I.1)."""

    citations: tuple[Citation, ...]
    when: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Work that passes, or may pass, from one party to another in the établissements that it chooses (I.2).

    They are those that `etablissements` lists (all where it is empty) and for which `when` holds; a test of `when` that
    asks of the thing, who paid for it for example, is part of the answer. With `recorded` it holds for an établissement
    once a person has recorded it, until then it is a warning of code `warning`; without, the text itself does it. `id`
    tells several transfers of one agreement apart when they are recorded; transfers without one are recorded together.
    """

    services: frozenset[str]
    activity: str
    source: str
    target: str
    warning: Literal["cite-scolaire", "transfer"]
    citations: tuple[Citation, ...]
    when: tuple[Test, ...] = ()
    etablissements: frozenset[str] = frozenset()
    recorded: bool = True
    id: str = ""


@dataclass(frozen=True, slots=True)
class Replaceable:
    """A product whose owner keeps it only until a replacement is in place, once a person has recorded it (II.2)."""

    product: str
    label: str
    services: frozenset[str]
    activity: str
    citations: tuple[Citation, ...]
    when: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A service that clauses name and that has no row of its own; it is never said that the text is silent on it.

    `rows` are the services under whose rows the text names it: what they all answer alike is its answer too.
    """

    citations: tuple[Citation, ...]
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """The cells in force from a day on. `title` names the change that made it; empty for the signed text."""

    on: date
    cells: Mapping[tuple[str, str], Cell]
    title: str = ""
