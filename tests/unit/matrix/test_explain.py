"""Decisions explained in sentences: why, what would have changed them, what to ask next."""

import re
from datetime import date, datetime

import pytest

from matrix import Recorded, Request, Router, explain, load_conventions

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
        ("sauvegarde-administrative", "mco", "Le texte ne dit pas qui répond des pannes et de l’entretien"),
        ("vie-scolaire-prive", "assistance", "L’éditeur aide directement"),
        ("publication", "acquisition", "Fourni par Magret ou Horus"),
        ("ent", "mco", "L’accord laisse «\u00a0Environnement numérique de travail\u00a0» en dehors"),
        ("vie-scolaire-prive", "mco", "Dites qui l’a acheté, ou qui l’achètera : selon la réponse, "),
    ],
)
def test_what_is_not_routed_is_said_plainly(service, activity, words):
    assert words in why(request(service, activity))


@pytest.mark.parametrize(
    ("place", "service", "facts", "words"),
    [
        ("desaix-tarbes", "vie-scolaire-prive", {}, ", car le collège Desaix, Tarbes l’a acheté ("),
        (
            "desaix-tarbes",
            "materiels-pedagogiques",
            {"acquired_on": date(2016, 1, 1), "inventoried": True},
            ", car le collège Desaix, Tarbes l’a acheté, l’achat est du 1er janvier 2016 (après le 1er septembre 2015) "
            "et il est inscrit à l’inventaire (article II.2).",
        ),
        (
            "desaix-tarbes",
            "materiels-pedagogiques",
            {"acquired_on": date(2016, 1, 1), "inventoried": False},
            "et il n’est pas inscrit à l’inventaire (",
        ),
        ("college-lezay", "equipement-bureautique", {"in_referentiel": True}, "et il est dans le référentiel ("),
        ("college-lezay", "equipement-bureautique", {"in_referentiel": False}, "et il est hors du référentiel ("),
        (
            "college-lezay",
            "equipement-bureautique",
            {"in_referentiel": False, "experimentation": True},
            "l’a acheté, il est hors du référentiel et c’est une expérimentation validée (",
        ),
    ],
)
def test_why_gives_the_facts_that_decided(place, service, facts, words):
    asked = Request(
        etablissement=place,
        service=service,
        activity="mco",
        opened_at=datetime(2026, 11, 20),
        acquired_by="college",
        **facts,
    )
    assert words in why(asked)


def test_of_a_purchase_why_says_who_pays():
    assert "car le Département des Hautes-Pyrénées paie (" in why(
        request("vie-scolaire-prive", "acquisition", acquired_by="departement")
    )


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
        ("college", "Le collège"),
        ("departement", "Le Département"),
        ("academie", "L’académie"),
    )
    assert explain.question(conventions, asked, "acquired_on").kind == "date"
    assert explain.question(conventions, asked, "inventoried").kind == "yes_no"


# --- the other agreements ---


def said(place, service, activity, when, recorded=(), **facts):
    """(status, sentence) of a request under any agreement."""
    router = Router(ROUTER.conventions, recorded)
    asked = Request(etablissement=place, service=service, activity=activity, opened_at=when, **facts)
    decision = router.route(asked)
    return decision.status, explain.why(router, asked, decision)


IN_2018, IN_2021 = datetime(2018, 3, 12, 10), datetime(2021, 3, 15, 10)


def test_a_conflict_names_the_parties_and_every_clause():
    status, sentence = said("0131266F", "filtrage-internet", "installation", IN_2018)
    assert status == "conflict"
    for words in (
        "l’Académie d’Aix-Marseille",
        "le Département des Bouches-du-Rhône",
        "article 3.1 du partenariat",
        "article 3.1 de la convention tripartite",
        "article 5.3 de la convention tripartite",
        "fait trancher",
    ):
        assert words in sentence


def test_what_is_decided_case_by_case_is_said_so():
    status, sentence = said("0130053M", "autres-postes-administratifs", "installation", IN_2021)
    assert status == "arbitration"
    assert "au cas par cas" in sentence and "article 4.1" in sentence
    assert "L’Académie d’Aix-Marseille garde le ticket au guichet et fait trancher." in sentence


@pytest.mark.parametrize(
    ("place", "service", "activity", "when", "recorded", "words"),
    [
        ("0131266F", "tablettes", "mco", datetime(2017, 1, 1), (), "ne prend effet que le 15 septembre 2017"),
        (
            "0131266F",
            "tablettes",
            "mco",
            datetime(2026, 1, 1),
            (),
            "n’est plus en vigueur à compter du 15 septembre 2020",
        ),
        ("0131266F", "antivirus", "conseil", IN_2018, (), "Le texte ne dit pas qui répond"),
        ("0131266F", "telephonie-mobile", "mco", IN_2018, (), "ne parle pas de «\u00a0Téléphones mobiles\u00a0»"),
        ("0130053M", "permutation-postes", "installation", IN_2021, (), "en dehors de ce qu’il règle"),
        (
            "desaix-tarbes",
            "antivirus",
            "mco",
            datetime(2026, 1, 1),
            (Recorded("end", "hautes-pyrenees-2015", date(2025, 9, 1)),),
            "n’est plus en vigueur à compter du 1er septembre 2025",
        ),
    ],
)
def test_outside_an_agreement_it_says_which_way(place, service, activity, when, recorded, words):
    assert words in said(place, service, activity, when, recorded)[1]


@pytest.mark.parametrize(
    ("place", "service", "activity", "when", "words"),
    [
        ("0131204N", "classes-mobiles", "acquisition", IN_2018, "La Ville d’Aix-en-Provence s’en occupe"),
        ("0130053M", "parc-pedagogique", "mco", IN_2021, "Le lycée polyvalent Jean Perrin, Marseille s’en occupe"),
        ("college-lezay", "filtrage-internet", "mco", datetime(2026, 1, 1), "L’Académie de Poitiers s’en occupe"),
    ],
)
def test_bodies_of_every_agreement_bear_their_article(place, service, activity, when, words):
    assert said(place, service, activity, when)[1].startswith(words)


def test_the_collectivite_is_named_by_its_agreement():
    router = Router(ROUTER.conventions)
    asked = Request(
        etablissement="college-lezay",
        service="equipement-bureautique",
        activity="mco",
        opened_at=datetime(2026, 1, 1),
        acquired_by="college",
        in_referentiel=False,
    )
    sentences = [change.sentence for change in explain.what_would_change(router, asked)]
    wanted = "serait allé au Département des Deux-Sèvres si le matériel était dans le référentiel du Département"
    assert wanted in sentences


def test_no_sentence_names_a_party_by_its_id():
    """Every cell of every agreement, on its first day, gives whole sentences without ids or doubled articles."""
    parties = set(ROUTER.conventions.vocabulary.parties)
    for agreement in ROUTER.conventions:
        place = next(iter(agreement.etablissements))
        when = datetime(agreement.starts.year, agreement.starts.month, agreement.starts.day, 10)
        for service, activity in agreement.versions[0].cells:
            sentence = said(place, service, activity, when)[1]
            assert sentence.endswith(".") and "  " not in sentence, sentence
            assert not parties & set(sentence.split(" ")) - {"commune", "ecole"}, sentence
            assert not re.search(r"\b((le|la) (l’|le |la )|(de|à) le )", sentence), sentence


# --- what decided -----------------------------------------------------------------------------------------------------


def own_funds(day, **facts):
    return request("materiels-pedagogiques", "mco", acquired_by="college", acquired_on=day, **facts)


def test_the_day_of_purchase_stands_in_the_reason_where_it_decided():
    """Bought in 2014 and in 2018 gave two parties and one same sentence."""
    before, after = own_funds(date(2014, 3, 12), inventoried=False), own_funds(date(2018, 3, 12), inventoried=False)
    assert "l’achat est du 12 mars 2014 (au plus tard le 1er septembre 2015)" in why(before)
    assert "inventaire" not in why(before)
    assert "l’achat est du 12 mars 2018 (après le 1er septembre 2015) et il n’est pas inscrit à l’inventaire" in why(
        after
    )


def test_the_day_of_purchase_stands_in_what_would_change_it():
    early = "serait allé au Département des Hautes-Pyrénées si l’achat datait du 1er septembre 2015 au plus tard"
    assert early in changes(own_funds(date(2018, 3, 12), inventoried=False))
    late = "serait allé au collège Desaix, Tarbes si l’achat datait d’après le 1er septembre 2015"
    assert late in changes(own_funds(date(2014, 3, 12), inventoried=False))


def test_a_presumption_is_said_to_be_one_with_what_would_overturn_it():
    told = why(request("materiels-pedagogiques", "mco"))
    assert "On présume, sans autre indication, que le Département des Hautes-Pyrénées l’a acheté" in told
    assert told.endswith("ce serait à revoir si le collège l’avait acheté.")
    assert "présume" not in why(request("materiels-pedagogiques", "mco", acquired_by="departement"))
    assert "présume" not in why(request("antivirus", "installation"))


def test_nobody_answers_because_somebody_else_bought_it():
    told = why(request("materiels-pedagogiques", "mco", acquired_by="region"))
    assert told.startswith("Le Département des Hautes-Pyrénées s’en occupe") and "Région" not in told
    assert "car le collège Desaix, Tarbes ne l’a pas acheté" in told
    told = why(request("vie-scolaire-prive", "mco", acquired_by="region"))
    assert "car une collectivité, la Région Midi-Pyrénées, l’a acheté" in told


def test_a_conflict_names_the_clauses_that_conflict_each_with_its_party():
    sentence = said("0131266F", "filtrage-internet", "installation", datetime(2018, 3, 12, 10))[1]
    assert "le Département des Bouches-du-Rhône (article 3.1 du partenariat et article 3.1 de la convention" in sentence
    assert "l’Académie d’Aix-Marseille (article 5.3 de la convention tripartite)" in sentence
    assert "4.2" not in sentence


@pytest.mark.parametrize(
    ("inventoried", "holder", "words", "otherwise"),
    [
        (
            True,
            "Le Département des Hautes-Pyrénées s’en occupe",
            ", car le collège Desaix, Tarbes l’a acheté, l’achat est du 1er janvier 2016 (après le 1er septembre 2015) "
            "et il est inscrit à l’inventaire (",
            [
                "serait allé au collège Desaix, Tarbes si le matériel n’était pas validé et inscrit à l’inventaire du "
                "Département"
            ],
        ),
        (
            False,
            "Le collège Desaix, Tarbes s’en occupe",
            ", car le collège Desaix, Tarbes l’a acheté, l’achat est du 1er janvier 2016 (après le 1er septembre 2015) "
            "et il n’est pas inscrit à l’inventaire (",
            [
                "serait allé au Département des Hautes-Pyrénées si le Département l’avait acheté",
                "serait allé au Département des Hautes-Pyrénées si l’achat datait du 1er septembre 2015 au plus tard",
                "serait allé au Département des Hautes-Pyrénées si le matériel était validé et inscrit à l’inventaire "
                "du Département",
            ],
        ),
        (
            None,
            "Il manque une réponse, «\u00a0La commande avait-elle été validée",
            " : selon la réponse, le Département des Hautes-Pyrénées ou le collège Desaix, Tarbes s’en occupera (",
            [
                "ira au Département des Hautes-Pyrénées si le Département l’a acheté",
                "ira au Département des Hautes-Pyrénées si l’achat date du 1er septembre 2015 au plus tard",
                "ira au Département des Hautes-Pyrénées si le matériel est validé et inscrit à l’inventaire du "
                "Département",
                "ira au collège Desaix, Tarbes si le matériel n’est pas validé et inscrit à l’inventaire du "
                "Département",
            ],
        ),
    ],
)
def test_the_inventory_is_said_as_it_is_and_both_ways_of_what_would_change(inventoried, holder, words, otherwise):
    bought = request(
        "materiels-pedagogiques", "mco", acquired_by="college", acquired_on=date(2016, 1, 1), inventoried=inventoried
    )
    assert why(bought).startswith(holder) and words in why(bought)
    assert changes(bought) == otherwise


@pytest.mark.parametrize(
    ("payer", "words"),
    [
        ("college", ", car le collège Desaix, Tarbes paie ("),
        ("departement", ", car le Département des Hautes-Pyrénées paie ("),
    ],
)
def test_of_a_purchase_who_pays_is_said(payer, words):
    assert words in why(request("logiciels-pedagogiques", "acquisition", acquired_by=payer))


def test_what_people_call_the_service_comes_first_and_the_agreements_words_beside():
    asked = request("equipement-bureautique", "mco", user_category="equipe-gestion")
    decision = ROUTER.route(asked)
    said = explain.why(ROUTER, asked, decision, "Un ordinateur")
    beside = "«\u00a0Un ordinateur\u00a0» (dans l’accord\u00a0: «\u00a0Équipement bureautique\u00a0»)"
    assert f"les pannes et l’entretien d’{beside} lui reviennent" in said
    assert explain.why(ROUTER, asked, decision, "Équipement bureautique") == explain.why(ROUTER, asked, decision)
