"""Decisions in sentences: why, what would have changed it, what to ask next."""

from datetime import date, datetime

import pytest

from matrix import Citation, Request, Router, explain, load_conventions

ROUTER = Router(load_conventions())


def request(service, activity, **facts):
    return Request(
        etablissement="desaix-tarbes", service=service, activity=activity, opened_at=datetime(2026, 11, 20), **facts
    )


def why(asked):
    return explain.why(ROUTER, asked, ROUTER.route(asked))


def changes(asked):
    return [change.sentence for change in explain.what_would_change(ROUTER, asked)]


def test_why_names_the_holder_the_reason_and_the_clause():
    sentence = why(request("equipement-bureautique", "mco", user_category="equipe-gestion"))
    assert sentence.startswith("L’Académie de Toulouse s’en occupe")
    assert "utilisateur administratif (Équipe de gestion)" in sentence
    assert "article II.2 et annexe 2 bis" in sentence


@pytest.mark.parametrize(
    ("service", "activity", "words"),
    [
        ("sauvegarde-administrative", "mco", "Le texte ne dit pas qui répond du maintien"),
        ("vie-scolaire-prive", "assistance", "L’éditeur aide directement"),
        ("publication", "acquisition", "Fourni par Magret ou Horus"),
        ("ent", "mco", "ne couvre pas"),
        ("vie-scolaire-prive", "mco", "Cela dépend d’un fait qui manque"),
    ],
)
def test_what_is_not_routed_is_said_plainly(service, activity, words):
    assert words in why(request(service, activity))


def test_what_would_have_changed_it():
    assert changes(request("equipement-bureautique", "mco", user_category="professeurs")) == [
        "serait allé à l’Académie de Toulouse si le poste était celui d’un utilisateur administratif"
    ]
    assert changes(request("vie-scolaire-prive", "mco", acquired_by="college")) == [
        "serait allé au Département des Hautes-Pyrénées si le Département l’avait acheté"
    ]
    own = request(
        "materiels-pedagogiques", "mco", acquired_by="college", acquired_on=date(2016, 1, 1), inventoried=False
    )
    assert any("inscrit à l’inventaire" in sentence for sentence in changes(own))
    assert changes(request("annuaire", "mco")) == []


def test_what_is_still_open_is_said_in_the_present():
    assert changes(request("vie-scolaire-prive", "mco")) == [
        "ira au Département des Hautes-Pyrénées si le Département l’a acheté",
        "ira au collège Desaix, Tarbes si le collège l’a acheté",
    ]


def test_questions_are_asked_in_the_users_words():
    conventions = ROUTER.conventions
    asked = request("equipement-bureautique", "mco")
    who = explain.question(conventions, asked, "user_category")
    assert (who.kind, len(who.options)) == ("choice", 15)
    assert explain.question(conventions, asked, "acquired_by").options == (
        ("departement", "Le Département"),
        ("college", "Le collège"),
    )
    assert explain.question(conventions, asked, "acquired_on").kind == "date"
    assert explain.question(conventions, asked, "inventoried").kind == "yes_no"


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("II.2", "article II.2"),
        ("annexe-2-bis", "annexe 2 bis"),
        ("annexe-2-note-4", "note 4 de l’annexe 2"),
        ("preambule", "préambule"),
        ("M5.3", "article 5.3 (convention tripartite)"),
        ("4.1", "article 4.1"),
    ],
)
def test_references_as_people_say_them(ref, words):
    assert explain.reference(Citation("x", ref, "derived", "…")) == words
