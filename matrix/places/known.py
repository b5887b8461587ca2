"""Tests of what is known of an établissement by itself, and a cell as it stands at one établissement. Pure.

The kind, the sector and the owner of an établissement are in the agreement's own list: nobody is ever asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from matrix.model import Case, Cell, Citation, Convention, Etablissement, PartyBody, Test
from matrix.owners import OWN, own_party

#: The kinds of établissement, each with its article: « l’établissement est un lycée ».
KINDS: Mapping[str, str] = {
    "ecole": "une école",
    "college": "un collège",
    "lycee": "un lycée",
    "cite-scolaire": "une cité scolaire",
}
SECTORS: Mapping[str, str] = {"public": "public", "private": "privé"}
#: The facts of an établissement that a condition may test.
PLACE_FACTS = ("kind", "sector", "owner")


def of_place(test: Test) -> bool:
    """Whether a test asks of the établissement itself, and not of a thing or a person."""
    return test.kind == "place"


def holds_at(test: Test, place: Etablissement, parties: Mapping[str, PartyBody]) -> bool:
    """Whether an établissement passes a test of its kind, sector or owner. A cité scolaire keeps its kind besides."""
    match test.fact:
        case "kind":
            return test.wanted == place.kind or (test.wanted == "cite-scolaire" and place.cite_scolaire)
        case "sector":
            return test.wanted == place.sector
    return test.wanted == own_party("CL", place, parties)


def live(
    cases: Iterable[Case], place: Etablissement, parties: Mapping[str, PartyBody]
) -> list[tuple[Case, Case | None]]:
    """Each case with what is left of it at an établissement: None where its kind, sector or owner rules it out.

    What is left names parties: a role is the établissement's own party of that role.
    """
    found: list[tuple[Case, Case | None]] = []
    for case in cases:
        if not all(holds_at(test, place, parties) for test in case.tests if of_place(test)):
            found.append((case, None))
        elif any(map(of_place, (*case.tests, *(test for part in case.contributors for test in part.when)))):
            helpers = tuple(
                replace(part, when=_left(part.when))
                for part in case.contributors
                if all(holds_at(test, place, parties) for test in part.when if of_place(test))
            )
            left = replace(case, tests=_left(case.tests), contributors=helpers)
            found.append((case, _named(left, place, parties)))
        else:
            found.append((case, _named(case, place, parties)))
    return found


def _named(case: Case, place: Etablissement, parties: Mapping[str, PartyBody]) -> Case:
    """The case with the établissement's own party wherever it names a role."""
    named = (case.party, *case.candidates, *(part.party for part in case.contributors))
    if not any(name in OWN for name in named):
        return case

    def own(name: str) -> str:
        return (own_party(name, place, parties) or name) if name in OWN else name

    return replace(
        case,
        party=None if case.party is None else own(case.party),
        candidates=tuple(own(name) for name in case.candidates),
        contributors=tuple(replace(part, party=own(part.party)) for part in case.contributors),
        sides=tuple((own(name), cited) for name, cited in case.sides),
    )


def _left(tests: tuple[Test, ...]) -> tuple[Test, ...]:
    return tuple(test for test in tests if not of_place(test))


def at(cell: Cell, place: Etablissement, parties: Mapping[str, PartyBody]) -> Cell:
    """The cell as it stands at an établissement: the cases that may apply there, without the tests that it passes.

    A case that takes all requests ends them: those after it are left out.
    """
    pairs = live(cell.cases, place, parties)
    if all(whole is left for whole, left in pairs):
        return cell
    kept: list[Case] = []
    for _, left in pairs:
        if left is not None:
            kept.append(left)
            if not left.tests:
                break
    return replace(cell, cases=tuple(kept))


def excluded(convention: Convention, service: str, place: Etablissement | None) -> tuple[Citation, ...] | None:
    """The clauses that leave a service out at an établissement (None: at all of them); None where nothing does."""
    for one in convention.exclusions.get(service, ()):
        if not one.when or (place is not None and all(holds_at(test, place, convention.parties) for test in one.when)):
            return one.citations
    return None


def with_exclusions(convention: Convention, cell: Cell) -> Cell:
    """The cell with a first case for each exclusion that leaves its service out in some établissements only."""
    apart = [one for one in convention.exclusions.get(cell.service, ()) if one.when]
    first = tuple(Case(one.when, "out_of_scope", None, one.citations) for one in apart)
    return replace(cell, cases=(*first, *cell.cases)) if first else cell
