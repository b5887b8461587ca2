"""Articles, contraction, elision and agreement: one case of each rule, and what the data declare."""

from __future__ import annotations

import pytest
from harness import french

from matrix import load_conventions, wording
from matrix.french import grammar

CONVENTIONS = load_conventions()


@pytest.mark.parametrize(
    ("name", "words", "given", "of_it"),
    [
        ("l'État", "l’État", "à l’État", "de l’État"),
        ("État", "l’État", "à l’État", "de l’État"),
        (
            "Le Département des Landes",
            "le Département des Landes",
            "au Département des Landes",
            "du Département des Landes",
        ),
        ("Les Communes du Val", "les Communes du Val", "aux Communes du Val", "des Communes du Val"),
        ("Communes du Val", "les Communes du Val", "aux Communes du Val", "des Communes du Val"),
        ("GIP Récia", "le GIP Récia", "au GIP Récia", "du GIP Récia"),
        ("Syndicat mixte 64", "le Syndicat mixte 64", "au Syndicat mixte 64", "du Syndicat mixte 64"),
        ("Eurométropole de Metz", "l’Eurométropole de Metz", "à l’Eurométropole de Metz", "de l’Eurométropole de Metz"),
        ("Métropole de Lyon", "la Métropole de Lyon", "à la Métropole de Lyon", "de la Métropole de Lyon"),
        ("Val Numérique", "Val Numérique", "à Val Numérique", "de Val Numérique"),
        ("Aisne Numérique", "Aisne Numérique", "à Aisne Numérique", "d’Aisne Numérique"),
    ],
)
def test_names_of_every_kind_of_body(name, words, given, of_it):
    """Defect: « Le l'État » and « Le Val Numérique » were written: the article of a name was guessed."""
    told = grammar.with_article(name)
    assert (told, grammar.to(told), grammar.of(told)) == (words, given, of_it)


@pytest.mark.parametrize(
    ("name", "declared", "words"),
    [
        ("Val Numérique", "le", "le Val Numérique"),
        ("Aisne Numérique", "le", "l’Aisne Numérique"),
        ("Hautes Terres", "les", "les Hautes Terres"),
        ("Haute Terre", "la", "la Haute Terre"),
        ("Académie", "", "Académie"),
        ("Métropole", "l’", "la Métropole"),
    ],
)
def test_the_article_that_an_agreement_declares(name, declared, words):
    assert grammar.with_article(name, declared) == words
    assert grammar.known(name, declared)


def test_a_name_whose_article_nobody_knows_is_told_apart():
    assert not grammar.known("Val Numérique") and grammar.known("les Communes") and grammar.known("Écoles du Val")


@pytest.mark.parametrize(
    ("words", "of_it", "that"),
    [
        ("«\u00a0Équipement\u00a0»", "d’«\u00a0Équipement\u00a0»", "qu’«\u00a0Équipement\u00a0»"),
        ("« Horus »", "d’« Horus »", "qu’« Horus »"),
        ("Hautes-Pyrénées", "de Hautes-Pyrénées", "que Hautes-Pyrénées"),
        ("Yvetot", "d’Yvetot", "qu’Yvetot"),
        ("Yerres", "de Yerres", "que Yerres"),
        ("onze postes", "de onze postes", "que onze postes"),
        ("8 postes", "de 8 postes", "que 8 postes"),
        ("Le Mans", "du Mans", "que Le Mans"),
        ("La Ciotat", "de La Ciotat", "que La Ciotat"),
        ("", "de ", "que "),
    ],
)
def test_elision_and_contraction(words, of_it, that):
    assert (grammar.of(words), grammar.that(words)) == (of_it, that)


def test_verbs_agree_with_their_subjects():
    assert grammar.verb("le choix", "revient", "reviennent") == "revient"
    assert grammar.verb(("le choix", "l’achat"), "revient", "reviennent") == "reviennent"
    assert grammar.verb("Les Communes du Val", "garde", "gardent") == "gardent"
    assert grammar.verb("Lesparre", "garde", "gardent") == "garde"
    assert grammar.each_of(("le choix", "l’achat")) == ["du choix", "de l’achat"]


@pytest.mark.parametrize(
    ("name", "commune", "told"),
    [
        ("Collège de Lezay", "Lezay", "Collège de Lezay"),
        ("Collège St Charles", "Arles", "Collège St Charles, Arles"),
        ("Collège Vallée", "Val", "Collège Vallée, Val"),
        ("Collège d’Argelès-Gazost", "Argelès Gazost", "Collège d’Argelès-Gazost"),
        ("Collège Longchamp, Marseille", "Marseille 10e", "Collège Longchamp, Marseille, Marseille 10e"),
        ("École du Bourg", "", "École du Bourg"),
    ],
)
def test_a_commune_that_the_name_holds_is_not_repeated(name, commune, told):
    assert grammar.at(name, commune) == told


def test_the_name_of_an_etablissement_is_said_once():
    assert CONVENTIONS.organisation("deux-sevres-2017", "college", "college-lezay")[1] == "Collège de Lezay"
    assert wording.by_commune(CONVENTIONS.etablissements["college-lezay"]) == "Collège de Lezay"
    assert wording.by_commune(CONVENTIONS.etablissements["desaix-tarbes"]) == "Tarbes, Desaix"


def test_what_stands_for_a_service_takes_the_form_that_is_declared():
    told = {
        code: (wording.yes_no("inventoried", grammar.form(code)), wording.bought(grammar.form(code)))
        for code in grammar.FORMS
    }
    assert told == {
        "ms": (("il est inscrit à l’inventaire", "il n’est pas inscrit à l’inventaire"), "l’a acheté"),
        "fs": (("elle est inscrite à l’inventaire", "elle n’est pas inscrite à l’inventaire"), "l’a achetée"),
        "mp": (("ils sont inscrits à l’inventaire", "ils ne sont pas inscrits à l’inventaire"), "les a achetés"),
        "fp": (("elles sont inscrites à l’inventaire", "elles ne sont pas inscrites à l’inventaire"), "les a achetées"),
    }
    assert wording.yes_no("inventoried", None) == (
        "c’est inscrit à l’inventaire",
        "ce n’est pas inscrit à l’inventaire",
    )
    assert wording.yes_no("under_warranty", grammar.form("fp")) == (
        "elles sont sous garantie",
        "elles sont hors garantie",
    )
    assert wording.bought(grammar.form("fp"), "ont", denied=True) == "ne les ont pas achetées"
    assert wording.bought(None, denied=True) == "ne l’a pas acheté"


def test_the_forms_of_the_vocabulary_are_of_its_services():
    vocabulary = CONVENTIONS.vocabulary
    assert len(vocabulary.forms) > 45 and vocabulary.forms.keys() <= vocabulary.services.keys()
    assert vocabulary.forms["tablettes"] == grammar.Form(plural=True)
    assert "gestion-eleves" not in vocabulary.forms  # it names a task: what is bought for it is spoken of as « cela »


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ("Le l’État s’en occupe", "two articles"),
        ("la installation de le collège", "no elision"),
        ("passe à les Communes", "« à les »"),
        ("répond de l’achat  du poste", "two blanks"),
        ("le collège de Lezay, Lezay s’en occupe", "the commune twice"),
        ("le choix et l’achat du poste lui revient", "a singular"),
        ("la maintenance de « Équipement »", "no elision"),
        ("du Les Communes", "« du les »"),
    ],
)
def test_the_search_for_faults_sees_each_of_them(wrong, shown):
    assert any(shown in one or shown.strip("« »") in one for one in french.faults(wrong)), french.faults(wrong)


def test_the_search_for_faults_lets_right_sentences_pass():
    right = (
        "L’Académie d’Aix-Marseille s’en occupe : le choix et l’achat d’« Équipement » lui reviennent (article II.2). "
        "« le l’État » est une citation. Le collège Desaix, Tarbes l’a acheté ; il n’est pas inscrit."
    )
    assert french.faults(right) == []
