"""What the words of a cell or of a legend mean in an agreement, and which label looks like which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matrix import load_conventions
from matrix.sheets.labels import Labels, activities_named
from matrix.sheets.lexicon import Lexicon, near, trigrams

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
LEXICON = Lexicon(HP)


def shown(text):
    value = LEXICON.value(text)
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("S.O.", "sans objet"),
        ("à arbitrer", "arbitrage"),
        ("selon les faits", "selon"),
        ("conflit", "conflit"),
        ("vide", ""),
        ("non renseigné", ""),
        ("vide (3)", None),
        ("[3]", None),
        ("EN [2]", "EN (2)"),
        ("EN 12", "EN (12)"),
        ("EN (1234)", None),
        ("EN.", "EN"),
        ("EN ;", "EN"),
        ("en charge du Département", "CL"),
        ("voir en charge", None),
        ("prise en charge EN", "EN"),
        ("le service du collège", "Etab"),
        ("EN et CL", None),
        ("EN ou CL", None),
        ("Etab / CL", "CL ou Etab"),
        ("CL CL", "CL"),
        ("CL ou département", "CL"),
        ("CL ou", None),
        ("ou", None),
        ("", None),
    ],
)
def test_the_words_of_a_cell(text, word):
    assert shown(text) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", None),
        ("Collectivité territoriale (Département)", "CL"),
        ("Ce qui relève de l’Éducation nationale dans les collèges publics", None),
        ("Département deux trois quatre cinq six sept", "CL"),
        ("Département deux trois quatre cinq six sept huit", None),
        ("EN " + "x" * 117, "EN"),
        ("EN " + "x" * 118, None),
        ("Région", None),
        ("Département et Région", None),
        ("sans objet", "sans objet"),
    ],
)
def test_the_meaning_of_a_legend_s_text(text, word):
    assert LEXICON.legend(text) == word


def test_the_words_to_choose_name_the_party_of_each_role():
    options = dict(LEXICON.options())
    assert options["EN"] == f"EN : {HP.parties['academie'].name}" and options["CL"].startswith("CL : ")
    assert options["CL ou Etab"] == "CL ou Etab : celui qui a payé"
    assert options["blank"] == "rien : la case est laissée en blanc" and "" not in options


def test_a_choice_between_two_parties_is_offered_only_where_both_are_in_the_agreement():
    alone = replace(HP, parties={key: body for key, body in HP.parties.items() if body.role != "Etab"})
    options = dict(Lexicon(alone).options())
    assert "Etab" not in options and "CL ou Etab" not in options and {"EN", "CL"} <= set(options)
    assert list(Lexicon(alone).roles) == ["EN", "CL"] and list(LEXICON.roles) == ["EN", "CL", "Etab"]


# --- labels -----------------------------------------------------------------------------------------------------------


def test_texts_are_as_near_as_they_share_runs_of_three_letters():
    assert trigrams("ab") == {"  a", " ab", "ab "}
    known = {text: trigrams(text) for text in ("annuaire", "antivirus", "zzz")}
    found = near("annuaire", known)
    assert found[0] == (1.0, "annuaire") and found[-1][0] == 0.0
    assert found[1] == (pytest.approx(2 * 2 / (9 + 10)), "antivirus"), "their beginning, « an », makes two runs of ten"


@pytest.fixture(scope="module")
def labels():
    return Labels(CONVENTIONS, {service for service, _ in HP.versions[-1].cells})


def test_a_label_is_exact_or_alike_and_says_which(labels):
    exact, alike = labels.service("annuaire"), labels.service("Servlce d'annualre")
    assert (exact.ids, exact.exact, exact.sure) == (("annuaire",), True, True)
    assert (alike.ids, alike.exact) == (("annuaire",), False)
    assert labels.service("").ids == labels.service("Réparation des toitures").ids == ()


def test_a_section_settles_a_label_of_two_services_and_another_section_does_not(labels):
    both = labels.service("Service de stockage utilisateur")
    assert set(both.ids) == {"stockage-administratif", "stockage-pedagogique"} and not both.sure
    section = next(name for name, services in CONVENTIONS.sections.items() if "stockage-pedagogique" in services)
    assert labels.service("Service de stockage utilisateur", section).ids == ("stockage-pedagogique",)
    other = next(name for name, services in CONVENTIONS.sections.items() if not set(both.ids) & set(services))
    assert labels.service("Service de stockage utilisateur", other).ids == both.ids


def test_a_label_of_two_services_is_that_of_the_agreement_where_it_has_one():
    found = Labels(CONVENTIONS, {"stockage-pedagogique"}).service("Service de stockage utilisateur")
    assert found.ids == ("stockage-pedagogique",)


def test_the_columns_that_a_line_names_are_counted_before_any_agreement_is_known():
    lines = [["Titre"], ["Services", "Achat", "Déploiement", "Maintenance", "Maintenance"], ["x" * 201, "Expertise"]]
    assert activities_named(lines) == 3
    assert activities_named([]) == 0
