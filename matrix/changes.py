"""Changes to the cells of an agreement: filling in blank cells from the signed paper, and amendments. Pure.

A fill corrects what is known of the signed text, so it holds from the first day of the version that it corrects. An
amendment makes a new version, which holds from its own day of effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, get_args

from matrix.model import FACTS, Case, Cell, Citation, Contributor, Convention, Provenance, Status, Test, Version
from matrix.owners import body_of, unowned
from matrix.places import PLACE_FACTS
from matrix.values import DEPENDS, ValueFault, cases_of, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """The new content of a cell. `value` is a word of `matrix.values`; « selon » comes with its `cases`.

    `ref` is the place that says so (empty: the agreement's table), `quote` its words (empty: the value itself);
    `contributors` are parties that help the one that answers; `origin` says who, when, and where on the paper;
    `assume` is the value that an unknown fact is taken to have.
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
    assume: tuple[tuple[str, str | bool], ...] = ()


def cell_of(convention: Convention, change: CellChange) -> Cell:
    """The cell that a change makes. Its word counts as printed in the table, unless the change leaves the cell blank.

    Raises `matrix.values.ValueFault`.
    """
    value = parse(change.value)
    word = change.value or "case laissée en blanc"
    said = Citation(convention.id, change.ref or convention.table_ref, "printed", change.quote or word)
    helpers = tuple(Contributor(party, (), (said,)) for party in change.contributors)
    if value.word == DEPENDS and not change.cases:
        raise ValueFault("« selon » veut ses cas : à quelle condition, quelle partie")
    cases = change.cases or cases_of(value, convention.parties, convention.notes, (said,), helpers, change.candidates)
    provenance: Provenance = "printed" if change.value else "default"
    return Cell(
        change.service,
        change.activity,
        change.value,
        provenance,
        cases,
        (said,) if change.value else (),
        change.assume,
        origin=change.origin,
    )


def filled(convention: Convention, on: date, fills: Iterable[CellChange]) -> Convention:
    """The agreement with cells filled in, in its version of `on`. Raises `KeyError` where no version starts then."""
    if on not in {version.on for version in convention.versions}:
        raise KeyError(on)
    cells = {(one.service, one.activity): cell_of(convention, one) for one in fills}
    versions = tuple(
        replace(version, cells={**version.cells, **cells}) if version.on == on else version
        for version in convention.versions
    )
    return replace(convention, versions=versions)


def amended(convention: Convention, on: date, changes: Iterable[CellChange], title: str = "") -> Convention:
    """The agreement with one more version, which starts on `on`: the cells in force that day, with these changes.

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


# --- checked ----------------------------------------------------------------------------------------------------------


def check(convention: Convention, services: Iterable[str], activities: Iterable[str], change: CellChange) -> Cell:
    """The cell that a change from a form, a file or a program makes, once every id in it is checked.

    Raises `matrix.values.ValueFault`.
    """
    if change.service not in services or change.activity not in activities:
        raise ValueFault("cette case n’existe pas")
    cell = cell_of(convention, change)
    named = {*change.contributors, *change.candidates}
    for case in cell.cases:
        named |= {case.party or convention.desk, *case.candidates, *(part.party for part in case.contributors)}
    if orphans := unowned(convention, {case.party for case in cell.cases}):
        raise ValueFault(f"l’accord ne dit pas de quelle collectivité relève {orphans[0]}")
    if strangers := sorted(name for name in named if body_of(name, convention.parties) is None):
        raise ValueFault(f"{strangers[0]} n’est pas une partie de cet accord")
    sides = {line.administrative for line in convention.categories.values()}
    for test in (test for case in cell.cases for test in (*case.tests, *_whens(case))):
        if test.fact == "user_category" and sides != {True, False}:
            raise ValueFault("cet accord ne dit pas qui est utilisateur administratif")
    return cell


def _whens(case: Case) -> tuple[Test, ...]:
    return tuple(test for part in case.contributors for test in part.when)


# --- as JSON ----------------------------------------------------------------------------------------------------------


def packed(change: CellChange) -> dict[str, Any]:
    """The change as JSON can hold it: plain lists, texts and numbers, days as ISO dates."""
    found = asdict(change)
    found["cases"] = [packed_case(case) for case in change.cases]
    found["contributors"], found["candidates"] = list(change.contributors), list(change.candidates)
    found["assume"] = [list(pair) for pair in change.assume]
    return found


def unpacked(data: Mapping[str, Any]) -> CellChange:
    """The change that `packed` turned into `data`. Raises `ValueFault` where `data` is not such a change."""
    try:
        return CellChange(
            service=_text(data["service"]),
            activity=_text(data["activity"]),
            value=_text(data["value"]),
            ref=_text(data.get("ref", "")),
            quote=_text(data.get("quote", "")),
            contributors=tuple(_text(one) for one in data.get("contributors", ())),
            candidates=tuple(_text(one) for one in data.get("candidates", ())),
            cases=tuple(unpacked_case(one) for one in data.get("cases", ())),
            origin=_text(data.get("origin", "")),
            assume=tuple(_assumed(*one) for one in data.get("assume", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise ValueFault(f"ce changement ne se lit pas ({fault})") from fault


def packed_case(case: Case) -> dict[str, Any]:
    """A case of a change as JSON can hold it."""
    return {
        "tests": [_packed_test(test) for test in case.tests],
        "status": case.status,
        "party": case.party,
        "citations": [asdict(one) for one in case.citations],
        "contributors": [
            {
                "party": part.party,
                "when": [_packed_test(test) for test in part.when],
                "citations": [asdict(one) for one in part.citations],
            }
            for part in case.contributors
        ],
        "via": case.via,
        "candidates": list(case.candidates),
        "sides": [[party, [asdict(one) for one in cited]] for party, cited in case.sides],
    }


def unpacked_case(data: Mapping[str, Any]) -> Case:
    """The case that `packed_case` turned into `data`. Raises ValueError, KeyError or TypeError."""
    status = data["status"]
    if status not in get_args(Status):
        raise ValueError(f"issue inconnue : {status!r}")
    return Case(
        tuple(_unpacked_test(test) for test in data["tests"]),
        status,
        data["party"],
        tuple(_citation(one) for one in data["citations"]),
        tuple(
            Contributor(
                _text(part["party"]),
                tuple(_unpacked_test(test) for test in part["when"]),
                tuple(_citation(one) for one in part["citations"]),
            )
            for part in data["contributors"]
        ),
        data["via"],
        tuple(_text(one) for one in data["candidates"]),
        # Changes kept before 29 November 2026 have no sides.
        sides=tuple((_text(party), tuple(_citation(one) for one in cited)) for party, cited in data.get("sides", ())),
    )


def _packed_test(test: Test) -> dict[str, Any]:
    wanted = test.wanted.isoformat() if isinstance(test.wanted, date) else test.wanted
    return {"fact": test.fact, "wanted": wanted, "kind": test.kind}


def _unpacked_test(data: Mapping[str, Any]) -> Test:
    fact, wanted, kind = data["fact"], data["wanted"], data["kind"]
    if fact not in (PLACE_FACTS if kind == "place" else FACTS):
        raise ValueError(f"fait inconnu : {fact!r}")
    if kind in ("after", "until"):
        wanted = date.fromisoformat(wanted)
    elif kind not in ("is", "administrative", "role", "place") or not isinstance(wanted, str | bool):
        raise ValueError(f"condition inconnue : {kind!r}")
    return Test(fact, wanted, kind)


def _citation(data: Mapping[str, Any]) -> Citation:
    if data["kind"] not in get_args(Provenance):
        raise ValueError(f"provenance inconnue : {data['kind']!r}")
    return Citation(_text(data["document"]), _text(data["ref"]), data["kind"], _text(data["quote"]), data["reading"])


def _assumed(fact: Any, value: Any) -> tuple[str, str | bool]:
    if fact not in FACTS or not isinstance(value, str | bool):
        raise ValueError(f"fait supposé inconnu : {fact!r}")
    return fact, value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} n’est pas un texte")
    return value
