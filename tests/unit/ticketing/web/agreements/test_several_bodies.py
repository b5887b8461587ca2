"""« Qui fait quoi » and the poster, where the parties of an agreement have several bodies: each place reads its own."""

import dataclasses
from datetime import date

import pytest
from harness.agreements import cell, place, written
from harness.places import ROOT

from matrix import Recorded, load_conventions
from ticketing.web.agreements import annexes, grid, poster, posters

CONVENTIONS = load_conventions(ROOT / "tests" / "cases" / "accords")
GV = "grand-val-2026"
TRANSFERRED = (Recorded("transferred", GV, date(2026, 1, 5), "pre-orsel"),)
IDS = {"party", "parties", "service", "id", "section", "kind", "kinds", "citations"}


def words(value):
    """Yield every text that a view shows."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in IDS:
                yield from words(getattr(value, field.name))
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from words(one)


def cells(name, recorded=()):
    sections = grid.sections(CONVENTIONS, GV, name, recorded)
    return {(c.service, c.activity): c for s in sections for v in s.services for c in v.cells}


@pytest.mark.parametrize(
    ("name", "mine", "others"),
    [
        ("ecole-tilleuls-orsel", "Ville d’Orsel", ("Pont-Noir", "Noirmont", "Amont", "Orselle")),
        ("ecole-jaures-pont-noir", "Commune de Pont-Noir", ("Orsel", "Noirmont", "Aval")),
        ("roche-pont-noir", "Département du Noirmont", ("Orsel", "Aval")),
        ("jean-vilar-orsel", "Région des Trois-Vals", ("Pont-Noir", "Noirmont", "Amont", "Orselle")),
    ],
)
def test_the_grid_and_the_poster_name_the_bodies_of_the_etablissement_alone(name, mine, others):
    convention = CONVENTIONS[GV]
    made = poster.poster(CONVENTIONS, GV, convention.etablissements[name], (), date(2026, 3, 3))
    told = {*words(grid.sections(CONVENTIONS, GV, name)), *words(made), *words(annexes.annexes(CONVENTIONS, GV, name))}
    assert any(mine in one for one in told)
    assert [one for one in told if any(other in one for other in others)] == []


def test_a_cell_is_that_of_the_kind_of_the_etablissement():
    assert cells("jean-vilar-orsel")["tablettes", "mco"].sentence == "la Région des Trois-Vals s’en occupe."
    assert cells("jean-vilar-orsel")["ent", "acquisition"].word == "hors accord"
    assert cells("roche-pont-noir")["formation", "conseil"].word == "Collège"
    assert cells("ecole-tilleuls-orsel")["infrastructure-reseau", "mco"].word == "Métropole"
    whole = grid.detail(CONVENTIONS, GV, None, "formation", "conseil")
    assert [one.condition for one in whole.outcomes] == ["si l’établissement est privé", ""]
    assert (
        grid.detail(CONVENTIONS, GV, None, "ent", "acquisition").outcomes[0].answer.startswith("l’accord ne le règle")
    )


def test_a_transfer_that_is_recorded_shows_in_the_grid_and_on_the_poster():
    assert cells("pre-orsel")["tablettes", "mco"].parties == ("academie", "departement")
    assert cells("pre-orsel", TRANSFERRED)["tablettes", "mco"].parties == ("academie", "region")
    place_ = CONVENTIONS[GV].etablissements["pre-orsel"]
    for recorded, verb in (((), "peut passer"), (TRANSFERRED, "a passé")):
        made = poster.poster(CONVENTIONS, GV, place_, recorded, date(2026, 3, 3))
        assert any(f"{verb} à la Région des Trois-Vals (article 4)" in one for one in made.warnings)


def test_every_party_has_its_colour():
    looks = {name: posters.LOOKS.get(name.partition("-")[0], "autre") for name in CONVENTIONS[GV].parties}
    assert "autre" not in looks.values() and looks["metropole"] == looks["gip"] == "groupement"
    assert posters.LOOKS["syndicat-mixte".partition("-")[0]] == "groupement"


def test_a_contact_of_one_commune_is_not_shown_to_the_schools_of_another(tmp_path):
    parties = '\n[[party]]\nid = "commune"\nname = "la commune"\n' + "".join(
        f'\n[[body]]\nparty = "commune"\norganisation = "commune-{name}"\nname = "Ville {name}"\n'
        for name in ("un", "deux")
    )
    places = "".join(
        place(f"ecole-{name}", kind="ecole").rstrip() + f'\nbodies = ["commune-{name}"]\n' for name in ("un", "deux")
    )
    root = written(tmp_path, parties=("academie", parties, "ecole"), places=places, cells=cell("CL"))
    contacts = "".join(
        f'[[contact]]\nparty = "commune"\nlabel = "Mairie {name}"\norganisation = "commune-{name}"\n'
        for name in ("un", "deux")
    )
    (root / "essai-2025" / "contacts.toml").write_text(contacts, encoding="utf-8")
    shown = annexes.annexes(load_conventions(root), "essai-2025", "ecole-un").contacts
    assert [reach.label for one in shown for _, reach in one.contacts] == ["Mairie un"]
