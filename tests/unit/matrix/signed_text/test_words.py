"""The verbs of activity and the objects of the vocabulary, in the inflexions of French texts."""

from __future__ import annotations

import pytest

from matrix.files import load_vocabulary
from matrix.signed_text.activities import CHARGE, activities, says
from matrix.signed_text.objects import Objects

VOCABULARY = load_vocabulary()
OBJECTS = Objects(VOCABULARY)


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (
            "preconisation",
            ("élabore", "élaborera", "établir", "établit", "proposé par", "valide", "validation", "définira"),
        ),
        ("acquisition", ("fournit", "FOURNITURE", "acquièrent", "acquisition", "achète", "achat", "finance", "dotera")),
        (
            "acquisition",
            ("met à disposition", "mise à la disposition", "renouvellement", "choisit", "équipement des écoles"),
        ),
        ("installation", ("installe", "réinstallera", "déploie", "déploiement", "met en place", "mise en œuvre")),
        (
            "installation",
            ("configure", "post-configuration", "paramétrage", "sécurise", "raccordement", "mise en service"),
        ),
        ("mco", ("maintient", "maintiendra", "maintenance", "maintien en condition", "entretient", "gère", "gestion")),
        ("mco", ("administre", "l'administration", "suivi", "supervise", "répare", "dépannage", "mises à jour")),
        ("assistance", ("assiste", "assistance", "support", "dépanne", "aidera")),
        ("conseil", ("conseille", "conseil", "expertise", "accompagne", "accompagnement", "anime")),
        (CHARGE, ("assure", "prend en charge", "à la charge", "incombe", "est responsable", "du ressort", "s'occupe")),
    ],
)
def test_each_inflexion_tells_its_activity(activity, words):
    assert [word for word in words if activity not in activities(f"Le collège {word} ici")] == []


@pytest.mark.parametrize(
    "text",
    [
        "le conseil départemental",
        "le Conseil d'Administration",
        "le système d'exploitation",
        "les services administratifs",
        "la conseillère départementale",
        "un assistant technique",
        "les parties",
    ],
)
def test_words_that_look_like_a_verb_and_are_none(text):
    assert activities(text) <= {CHARGE} and "conseil" not in activities(text) and "mco" not in activities(text)


def test_a_verb_in_a_tense_makes_a_sentence_and_a_noun_a_title():
    assert says("Le Département maintient") and says("seront installées") and not says("La maintenance du parc")


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("la maintenance des TABLETTES", "tablettes"),
        ("le câblage réseau", "infrastructure-reseau"),
        ("pare-feu administratifs", "securisation-administratif"),
        ("un débit internet suffisant", "raccordement-internet"),
        ("les serveurs", "hebergement-interne"),
        ("les antivirus", "antivirus"),
        ("la messagerie", "communication-administrative"),
        ("les applications métiers", "gestion-financiere"),
        ("logiciels pédagogiques", "logiciels-pedagogiques"),
        ("les vidéoprojecteurs", "videoprojecteur"),
        ("des comptes", "comptes-utilisateurs"),
        ("les téléphones mobiles", "telephonie-mobile"),
        ("une classe mobile", "classes-mobiles"),
        ("l'alarme", "gestion-logistique"),
        ("SIECLE", "gestion-eleves"),
        ("les imprimantes", "equipement-bureautique"),
    ],
)
def test_a_text_names_its_services_in_any_number_and_case(text, service):
    assert service in OBJECTS.named(text)


@pytest.mark.parametrize(
    "text",
    [
        "les services académiques",
        "l'équipe pédagogique",
        "la liste des élèves",
        "la note",
        "le site de Tarbes",
    ],
)
def test_words_that_many_labels_share_name_nothing_alone(text):
    assert OBJECTS.named(text) == frozenset()


def test_every_service_of_the_vocabulary_is_named_by_its_own_label():
    assert [one for one, label in VOCABULARY.services.items() if one not in OBJECTS.named(label)] == []


def test_a_service_of_an_agreement_s_own_is_named_too():
    own = VOCABULARY.with_services({"traceur": "Traceur de découpe"})
    assert "traceur" in Objects(own).named("le traceur de découpe est maintenu")
