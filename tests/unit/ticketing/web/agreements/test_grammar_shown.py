"""The sentences of the grid, of its cells, of the poster and of the forms: no false article, elision or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from harness import french

from matrix import Conventions, Recorded, load_conventions
from matrix.model import Convention
from ticketing.web.agreements import cell_forms, grid, poster

SHIPPED = load_conventions()
STRANGE = {
    "academie": "l'État",
    "departement": "Les Communes du Val",
    "commune": "Aisne Numérique",
    "region": "GIP Écoles",
}


def _renamed(convention: Convention) -> Convention:
    bodies = {name: replace(body, name=STRANGE.get(name, body.name)) for name, body in convention.parties.items()}
    return replace(convention, parties=bodies)


@pytest.fixture(scope="module", params=["shipped", "strange"])
def conventions(request: pytest.FixtureRequest) -> Conventions:
    return SHIPPED if request.param == "shipped" else SHIPPED.with_conventions(_renamed(one) for one in SHIPPED)


def faulty(sentences: Iterator[str]) -> dict[str, list[str]]:
    said = set(sentences)
    assert said
    return {one: found for one in sorted(said) if (found := french.faults(one))}


@pytest.mark.parametrize("agreement", SHIPPED.ids)
def test_the_grid_and_its_cells(conventions: Conventions, agreement: str) -> None:
    place = next(iter(conventions[agreement].etablissements))

    def told() -> Iterator[str]:
        for where in (None, place):
            for section in grid.sections(conventions, agreement, where):
                for cell in (cell for service in section.services for cell in service.cells):
                    yield cell.sentence
                    found = grid.detail(conventions, agreement, where, cell.service, cell.activity)
                    yield from (f"{one.answer} {one.condition}".strip() for one in (*found.outcomes, *found.helpers))

    assert faulty(told()) == {}


@pytest.mark.parametrize("agreement", SHIPPED.ids)
def test_the_poster(conventions: Conventions, agreement: str) -> None:
    convention = conventions[agreement]
    day = convention.starts + timedelta(days=60)
    cite = next((one for one in convention.etablissements.values() if one.cite_scolaire), None)

    def told() -> Iterator[str]:
        for place in (cite, *list(convention.etablissements.values())[:2]):
            for recorded in ((), (Recorded("transferred", agreement, day, place.id),)) if place else ():
                made = poster.poster(conventions, agreement, place, recorded, day)
                yield from (*made.notes, *made.warnings, made.place, *(one.name for one in made.parties))

    assert faulty(told()) == {}


@pytest.mark.parametrize("agreement", SHIPPED.ids)
def test_the_choices_of_the_form_of_a_cell(conventions: Conventions, agreement: str) -> None:
    offered = cell_forms.offered(conventions[agreement], blank=True)
    assert faulty(label for _, label in (*offered.values, *offered.parties, *offered.conditions)) == {}
