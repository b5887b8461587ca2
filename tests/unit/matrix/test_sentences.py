"""The legal sentence of each kind of change, on real cells of the agreement."""

from __future__ import annotations

from datetime import date

import pytest

from matrix import Conventions, load_conventions
from matrix.changes import CellChange
from matrix.model import Case, Test
from matrix.sentences import cases_in_words, sentence
from matrix.values import ValueFault


@pytest.fixture(scope="module")
def conventions() -> Conventions:
    return load_conventions()


def say(conventions: Conventions, convention: str, service: str, activity: str, value: str, **more: object) -> str:
    one = conventions[convention]
    before = one.versions[-1].cells.get((service, activity))
    change = CellChange(service=service, activity=activity, value=value, **more)  # type: ignore[arg-type]
    return sentence(one, conventions.vocabulary, before, change)


HP = "hautes-pyrenees-2015"
RESEAU = "À l’annexe 2, ligne « Infrastructure réseau (câblage, actifs réseaux) », colonne "
PRIVE = (
    "À l’annexe 2, ligne « Gestion des absences, notes, emploi du temps, livrets, cahier de texte : logiciels privés "
    "(Pronote, Molière, …) », colonne "
)
INVENTAIRE = "À l’annexe 2, ligne « Service d'inventaire, gestion de parc », colonne « Conseil / expertise », "


@pytest.mark.parametrize(
    ("service", "activity", "value", "expected"),
    [
        (
            "infrastructure-reseau",
            "assistance",
            "EN",
            RESEAU + "« Assistance fonctionnelle », la mention « sans objet » est remplacée par la mention « EN ».",
        ),
        (
            "infrastructure-reseau",
            "assistance",
            "",
            RESEAU
            + "« Assistance fonctionnelle », la mention « sans objet » est supprimée et la case laissée en blanc.",
        ),
        (
            "infrastructure-reseau",
            "assistance",
            "sans objet",
            RESEAU + "« Assistance fonctionnelle », la mention « sans objet » est maintenue.",
        ),
        (
            "vie-scolaire-prive",
            "acquisition",
            "CL ou Etab",
            PRIVE + "« Fourniture, acquisition », après la mention « CL ou Etab », le renvoi à la note 4 est supprimé.",
        ),
        (
            "vie-scolaire-prive",
            "acquisition",
            "CL ou Etab (1)",
            PRIVE
            + "« Fourniture, acquisition », après la mention « CL ou Etab », le renvoi à la note 4 est remplacé par un "
            "renvoi à la note 1.",
        ),
        (
            "vie-scolaire-prive",
            "installation",
            "CL ou Etab (4)",
            PRIVE + "« Installation, déploiement », après la mention « CL ou Etab », est ajouté un renvoi à la note 4.",
        ),
        ("inventaire", "conseil", "EN", INVENTAIRE + "la case, laissée en blanc, reçoit la mention « EN »."),
        ("inventaire", "conseil", "", INVENTAIRE + "la case reste en blanc."),
    ],
)
def test_sentences_of_the_table(
    conventions: Conventions, service: str, activity: str, value: str, expected: str
) -> None:
    label = conventions.activities
    expected = expected.replace("« Fourniture, acquisition »", f"« {label['acquisition']} »").replace(
        "« Installation, déploiement »", f"« {label['installation']} »"
    )
    assert say(conventions, HP, service, activity, value) == expected


def test_a_cell_that_an_article_settled_says_whether_it_follows_it(conventions: Conventions) -> None:
    convention = conventions[HP]
    (service, activity), cell = next(
        (key, cell)
        for key, cell in convention.versions[-1].cells.items()
        if cell.provenance == "derived" and cell.value == "CL" and {one.ref for one in cell.citations} == {"II.2"}
    )
    assert "la case, laissée en blanc, reçoit la mention « EN », par dérogation à l’article II.2." in say(
        conventions, HP, service, activity, "EN"
    )
    assert "reçoit la mention « CL », conformément à l’article II.2." in say(conventions, HP, service, activity, "CL")
    assert "est laissée en blanc, par dérogation à l’article II.2." in say(conventions, HP, service, activity, "")
    assert cell.value == "CL"


def test_helpers_and_quoted_words_are_part_of_the_mention(conventions: Conventions) -> None:
    said = say(
        conventions, HP, "inventaire", "conseil", "EN", contributors=("departement",), quote="avec l’accord du DSI"
    )
    assert said.endswith(
        "reçoit la mention « EN, avec le concours du Département des Hautes-Pyrénées », en ces termes : "
        "« avec l’accord du DSI »."
    )


def test_words_added_to_a_printed_mention_write_it_out(conventions: Conventions) -> None:
    said = say(conventions, HP, "infrastructure-reseau", "assistance", "sans objet", quote="rien à faire")
    assert said == (
        RESEAU + "« Assistance fonctionnelle », la mention « sans objet » est ainsi rédigée : « sans objet », en ces "
        "termes : « rien à faire »."
    )


def test_a_conflict_is_written_as_the_parties_that_the_clauses_name(conventions: Conventions) -> None:
    said = say(conventions, HP, "inventaire", "conseil", "conflit", candidates=("academie", "region"))
    assert said == INVENTAIRE + "la case, laissée en blanc, reçoit la mention « EN et Région Midi-Pyrénées »."


def test_a_place_of_the_text_has_its_article(conventions: Conventions) -> None:
    said = say(conventions, "deux-sevres-2017", "filtrage-internet", "conseil", "CL", ref="preambule")
    assert said.startswith("Au préambule, pour le service « Filtrage internet »")


def test_a_kind_of_user_is_named_by_the_line_of_the_annexe_where_there_is_one(conventions: Conventions) -> None:
    cases = (Case((Test("user_category", "cdi", "is"),), "routed", "academie", ()),)
    assert cases_in_words(conventions[HP], cases) == "EN pour « CDI »"
    assert cases_in_words(conventions["deux-sevres-2017"], cases) == "EN pour « cdi »"


def test_a_party_that_the_agreement_has_not_is_named_by_its_id(conventions: Conventions) -> None:
    assert cases_in_words(conventions[HP], (Case((), "routed", "mairie", ()),)) == "mairie dans tous les cas"


def test_cases_are_told_in_order(conventions: Conventions) -> None:
    convention = conventions[HP]
    cases = (
        Case((Test("user_category", True, "administrative"),), "routed", "academie", ()),
        Case(
            (Test("acquired_by", "Etab", "role"), Test("acquired_on", date(2015, 9, 1), "after")),
            "routed",
            "college",
            (),
        ),
        Case((Test("inventoried", False, "is"),), "to_qualify", None, ()),
        Case((), "routed", "region", ()),
    )
    assert cases_in_words(convention, cases) == (
        "EN si l’utilisateur est administratif ; "
        "Etab si l’établissement a payé et si l’achat est postérieur au 1er septembre 2015 ; "
        "à qualifier si le matériel n’est pas inventorié ; Région Midi-Pyrénées dans les autres cas"
    )
    assert "la mention « EN si l’utilisateur" in say(conventions, HP, "inventaire", "conseil", "selon", cases=cases)


def test_an_agreement_without_table_names_article_service_and_activity(conventions: Conventions) -> None:
    said = say(conventions, "deux-sevres-2017", "filtrage-internet", "conseil", "CL", ref="3")
    assert said.startswith("À l’article 3, pour le service « Filtrage internet », activité « Conseil / expertise », ")
    assert say(conventions, "deux-sevres-2017", "filtrage-internet", "conseil", "CL").startswith("Pour le service « ")


def test_a_service_that_the_table_has_not_is_a_line_added(conventions: Conventions) -> None:
    assert say(conventions, HP, "tablettes", "mco", "CL") == (
        "À l’annexe 2, sur une ligne ajoutée « Tablettes numériques et accessoires », colonne « Maintien en condition "
        "opérationnelle », la case, laissée en blanc, reçoit la mention « CL »."
    )


def test_what_no_cell_may_hold_has_no_sentence(conventions: Conventions) -> None:
    with pytest.raises(ValueFault):
        say(conventions, HP, "inventaire", "conseil", "Nous")
