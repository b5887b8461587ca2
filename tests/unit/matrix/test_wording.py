"""French words for values of the rules: places of the text, bodies with their article, days, enumerations."""

import re
from datetime import date, datetime

import pytest
from harness.places import ROOT

from matrix import Citation, load_conventions, wording

CONVENTIONS = load_conventions()
ROOMS = ("matrix", "charters", "ticketing")


def cited(*refs):
    return [Citation("x", ref, "derived", "…") for ref in refs]


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("II.2", "article II.2"),
        ("annexe-2-bis", "annexe 2 bis"),
        ("annexe-2-note-4", "note 4 de l’annexe 2"),
        ("annexe-1", "annexe 1"),
        ("preambule", "préambule"),
        ("deliberation", "délibération"),
        ("M5.3", "article 5.3 (convention tripartite)"),
        ("P3.1", "article 3.1 (partenariat)"),
        ("P11", "article 11 (partenariat)"),
        ("P-preambule", "préambule (partenariat)"),
        ("4.1", "article 4.1"),
    ],
)
def test_references_as_people_say_them(ref, words):
    assert wording.reference(cited(ref)[0]) == words


def test_places_in_a_phrase_each_once():
    told = wording.references(cited("P3.1", "M5.3", "P3.1", "4.1"))
    assert told == "article 3.1 du partenariat, article 5.3 de la convention tripartite et article 4.1"


@pytest.mark.parametrize(
    ("name", "words", "given", "of_it"),
    [
        ("Académie de Poitiers", "l’Académie de Poitiers", "à l’Académie de Poitiers", "de l’Académie de Poitiers"),
        (
            "Département des Deux-Sèvres",
            "le Département des Deux-Sèvres",
            "au Département des Deux-Sèvres",
            "du Département des Deux-Sèvres",
        ),
        (
            "Commune d’Aix-en-Provence",
            "la Commune d’Aix-en-Provence",
            "à la Commune d’Aix-en-Provence",
            "de la Commune d’Aix-en-Provence",
        ),
        ("Ville de Pau", "la Ville de Pau", "à la Ville de Pau", "de la Ville de Pau"),
        ("Région Sud", "la Région Sud", "à la Région Sud", "de la Région Sud"),
        (
            "École Les Floriales, Aix",
            "l’École Les Floriales, Aix",
            "à l’École Les Floriales, Aix",
            "de l’École Les Floriales, Aix",
        ),
        (
            "Lycée Jean Perrin, Marseille",
            "le lycée Jean Perrin, Marseille",
            "au lycée Jean Perrin, Marseille",
            "du lycée Jean Perrin, Marseille",
        ),
        ("Réseau Canopé", "Réseau Canopé", "à Réseau Canopé", "de Réseau Canopé"),
        ("le collège", "le collège", "au collège", "du collège"),
        ("l’école", "l’école", "à l’école", "de l’école"),
    ],
)
def test_a_body_bears_its_article(name, words, given, of_it):
    told = wording.with_article(name)
    assert (told, wording.to(told), wording.of(told)) == (words, given, of_it)


def test_every_body_of_every_agreement_can_be_named():
    for agreement in CONVENTIONS:
        for party in agreement.parties:
            told = wording.body(CONVENTIONS, agreement.id, party, None)
            assert (told != party and told[0].islower()) or told.startswith("Réseau"), (agreement.id, party, told)


def test_a_party_without_body_is_named_by_its_id():
    assert wording.body(CONVENTIONS, "hautes-pyrenees-2015", "commune", None) == "commune"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a et b"),
        (["a", "b", "c"], "a, b et c"),
    ],
)
def test_enumerations(words, told):
    assert wording.enumeration(words) == told


def test_days_and_hours():
    assert wording.day(date(2015, 9, 1)) == "1er septembre 2015"
    assert wording.weekday(date(2024, 3, 14)) == "jeudi 14 mars"
    assert wording.weekday(date(2024, 3, 14), year=True) == "jeudi 14 mars 2024"
    told = [wording.clock(text) for text in ("08:30", "17:00", "12:05")]
    assert told == [words.replace(" ", "\u00a0") for words in ("8 h 30", "17 h", "12 h 05")]


def test_days_and_hours_are_said_once_when_they_are_the_same():
    begins = datetime(2026, 11, 30, 10, 0)
    assert wording.days(begins.date(), begins.date()) == "le lundi 30 novembre 2026"
    assert wording.days(begins.date(), date(2026, 12, 1)) == "du lundi 30 novembre 2026 au mardi 1er décembre 2026"
    assert wording.span(begins, begins.replace(hour=12, minute=30)) == (
        "le lundi 30 novembre 2026, de 10\u00a0h à 12\u00a0h\u00a030"
    )
    assert wording.span(begins, datetime(2026, 12, 1, 8)) == (
        "du lundi 30 novembre 2026 à 10\u00a0h au mardi 1er décembre 2026 à 8\u00a0h"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Installation / déploiement", "installation / déploiement"),
        ("Élaboration du socle", "élaboration du socle"),
        ("L’ENT est géré à part.", "l’ENT est géré à part."),
        ("À la commande", "à la commande"),
        ("II.2 le dit en détail.", "II.2 le dit en détail."),
        ("V.1 le dit.", "V.1 le dit."),
        ("M5.3 le dit.", "M5.3 le dit."),
        ("BCDI", "BCDI"),
        ("", ""),
    ],
)
def test_small_letters_begin_words_and_leave_references_and_abbreviations(text, words):
    """Defect: « iI.2 le dit en détail » stood beside a sentence of a signed text."""
    assert wording.small(text) == words


def test_the_last_day_and_the_first_day_out_of_force_have_one_wording_each():
    assert wording.last_day(date(2020, 9, 14)) == "dernier jour : 14 septembre 2020"
    assert wording.out_from(date(2026, 12, 31)) == ("à compter du 1er janvier 2027 (dernier jour : 31 décembre 2026)")


def test_no_screen_tells_a_bare_day_as_the_end():
    """Defect: « Prend fin le 19 juillet 2020 » told the last day, « depuis le 20 juillet » the day after."""
    ends = re.compile(r"(prend|prennent|pris|Prend) fin (le|après le) [{\"]|s’achève le \{")
    texts = [*(ROOT / "templates").rglob("*.*"), *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]
    assert len(texts) > 300
    assert [path.name for path in texts if ends.search(path.read_text("utf-8"))] == []
