"""The two shipped charters cover annexe 6 clause by clause, in our own words.

The table `CLAUSES` gives for each sentence of annexe 6 our article that says it, and words that this article must
contain. Where the source texts are beside the clone, the table is compared with annexe 6: no sentence may be missing.
"""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from harness.places import ROOT, SHARED

from charters.signing import signatures

SOURCES = SHARED / "sources"

#: (clause of annexe 6, how its sentence begins, charter, article of ours, words that this article must hold).
CLAUSES = [
    (
        "objet",
        "Cette charte défini les règles de bonne utilisation",
        "usage",
        "0",
        ("règles d’utilisation", "outil qui fonctionne", "bien partagée"),
    ),
    (
        "1.1",
        "Le logiciel BMC REMEDY ITSM, hébergé par la Direction",
        "usage",
        "1.1",
        ("hébergé par la direction des systèmes d’information", "n’y accède que depuis l’intranet"),
    ),
    ("1.1", "La connexion depuis l'internet se fait", "usage", "1.1", ("depuis internet", "codes à usage unique")),
    (
        "1.1",
        "Ces clés sont nominatives et remises",
        "usage",
        "1.1",
        ("nominative", "remise à la personne que la collectivité, ou celui qui agit pour elle, a désignée"),
    ),
    ("1.1", "Ces clés sont nominatives et remises", "cle", "1", ("nominative", "confiée")),
    (
        "1.1",
        "Les cles OTP sont propriété de la DSI",
        "usage",
        "1.1",
        ("propriété de la direction des systèmes d’information", "charte particulière"),
    ),
    (
        "1.1",
        "Les cles OTP sont propriété de la DSI",
        "cle",
        "1",
        ("propriété de la direction des systèmes d’information",),
    ),
    ("1.2", "La présente Charte s'applique à l'usage", "usage", "1.2", ("extérieures à l’Éducation nationale",)),
    ("1.3", "Un utilisateur est un personnel", "usage", "1.3", ("mission d’assistance aux établissements",)),
    ("1.4", "Les administrateurs de l'application sont", "usage", "1.4", ("personnels de l’académie",)),
    ("1.4", "Pour cela ils disposent de droits spécifiques", "usage", "1.4", ("droits plus étendus",)),
    ("2", "En cas de problème, difficulté ou questionnement", "usage", "2", ("demander l’aide des administrateurs",)),
    (
        "2.1",
        "Chaque utilisateur doit fournir des informations",
        "usage",
        "2.1",
        ("nom, prénom, société ou collectivité, adresse mail et fonction", "une clé et des droits"),
    ),
    (
        "2.2",
        "A chaque utilisateur correspond un sigle",
        "usage",
        "2.2",
        ("sigle", "mot de passe que votre clé calcule"),
    ),
    ("2.2", "La connaissance de ces deux informations", "usage", "2.2", ("On entre avec ce sigle",)),
    ("2.2", "La présente charte ainsi que celle liée", "usage", "2.2", ("signé cette charte et celle de la clé",)),
    (
        "2.2",
        "Les accès de l'utilisateur sont limités",
        "usage",
        "2.2",
        ("se limitent à votre périmètre d’activité", "vos accès changent avec elle"),
    ),
    ("2.2", "Les moyens d'accès remis à un utilisateur", "usage", "2.2", ("à vous seul",)),
    ("2.2", "Les moyens d'accès remis à un utilisateur", "cle", "2", ("qu’un seul titulaire", "jamais d’une personne")),
    ("2.2", "Ils ne doivent pas être prêtés, donnés", "usage", "2.2", ("ne les prêtez pas, vous ne les donnez pas",)),
    ("2.2", "Ils ne doivent pas être prêtés, donnés", "cle", "2", ("ne la prêtez pas, vous ne la donnez pas",)),
    ("2.2", "Ils doivent être restitués en fin d'activité", "usage", "2.2", ("rendez à la fin de votre activité",)),
    ("2.2", "Ils doivent être restitués en fin d'activité", "cle", "6", ("Vous rendez la clé",)),
    ("2.2", "Chaque utilisateur est responsable", "usage", "2.2", ("répondez de ce qui est fait",)),
    ("2.2", "Chaque utilisateur est responsable", "cle", "7", ("engage votre responsabilité",)),
    (
        "2.2",
        "L'académie doit être informée de tout changement",
        "usage",
        "2.2",
        ("informée de tout changement de personnel", "droits d’accès à jour"),
    ),
    ("2.3", "Les données personnelles accessibles", "usage", "2.3", ("privées", "que pour votre mission")),
    (
        "2.3",
        "En particulier, il ne doit pas diffuser",
        "usage",
        "2.3",
        ("ne communiquez à personne d’autre", "nominative ou confidentielle"),
    ),
    (
        "2.3",
        "L'accès par les utilisateurs aux informations",
        "usage",
        "2.3",
        ("ce qui vous est destiné", "partagé", "public"),
    ),
    (
        "2.3",
        "Il est ainsi interdit de prendre connaissance",
        "usage",
        "2.3",
        ("ne cherchez pas à prendre connaissance", "même si rien ne vous en empêche"),
    ),
    (
        "2.4",
        "Les différents commentaires et informations",
        "usage",
        "2.4",
        ("commentaires", "notes de travail", "respectueux des demandeurs comme des autres intervenants"),
    ),
    (
        "2.5",
        "Le ticket doit être tenu à jour",
        "usage",
        "2.5",
        ("au fil de son traitement", "l’outil de votre collectivité"),
    ),
    ("2.5", "La synchronisation des données", "usage", "2.5", ("échange de courriels",)),
    ("3", "Les administrateurs du logiciel en académie", "usage", "3", ("répondent de la qualité du service",)),
    ("3", "Ils doivent s'assurer du bon fonctionnement", "usage", "3", ("bon fonctionnement de l’assistance",)),
    (
        "3",
        "Pour ce faire ils peuvent être amenés",
        "usage",
        "3",
        ("une recherche, une prospection, un réglage ou des statistiques",),
    ),
    (
        "3.1",
        "Les administrateurs doivent informer",
        "usage",
        "3.1",
        ("préviennent les utilisateurs des interruptions",),
    ),
    ("3.1", "Ces interruptions sont minimisées", "usage", "3.1", ("rares que possible", "dates les moins gênantes")),
    ("4", "La charte de bon usage doit être signée", "usage", "4", ("extérieur à l’Éducation nationale signe",)),
    ("4", "A: le:", "usage", "4", ("la date et l’heure",)),
    ("4", "Nom du signataire", "usage", "4", ("vos nom, prénom",)),
    ("4", "Prénom du signataire", "usage", "4", ("prénom",)),
    ("4", "Adresse mail", "usage", "4", ("adresse mail",)),
    ("4", "Collectivité de rattachement du signataire", "usage", "4", ("collectivité de rattachement",)),
    ("4", "Fonction au sein de la Collectivité", "usage", "4", ("fonction à ce moment",)),
    ("4", "Signature", "usage", "4", ("signature se donne à l’écran",)),
]


def text_of(kind: str) -> str:
    return files("charters").joinpath("texts", f"{kind}-1.md").read_text(encoding="utf-8")


def articles(text: str) -> dict[str, str]:
    """Number of an article -> its text with its heading; « 0 » is the text before the first article."""
    parts = re.split(r"^#{2,3} (?=\d)", text, flags=re.MULTILINE)
    found = {"0": parts[0]}
    for part in parts[1:]:
        number = re.match(r"(\d+(?:\.\d+)*)", part)
        assert number is not None
        assert number[1] not in found, f"two articles {number[1]}"
        found[number[1]] = part
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("clause", "begins", "kind", "article", "words"), CLAUSES)
def test_each_sentence_of_annexe_6_has_its_article(clause, begins, kind, article, words):
    said = squeezed(articles(text_of(kind))[article])
    assert not [word for word in words if word not in said]


def test_the_usage_charter_keeps_the_numbers_of_annexe_6():
    wanted = {clause for clause, *_ in CLAUSES if clause[0].isdigit()} | {"1"}
    assert set(articles(text_of("usage"))) - {"0"} == wanted


def annexe_6() -> str:
    (source,) = SOURCES.glob("002_*.txt")
    text = source.read_text(encoding="utf-8")
    return text[text.index("Objet de la Charte", text.rindex("ANNEXE 6 /")) :]


def sentences(text: str) -> list[str]:
    """The sentences of annexe 6 and the lines of its signature block, without headings."""
    heading = re.compile(r"(?:\d+(?:\.\d+)?\.? [^.]+|Objet de la Charte)$")
    found = []
    for line in text.splitlines():
        line = squeezed(re.sub(r"[•.…]{2,}|(?<= )[•.](?= )|\t", " ", line))
        if not line or heading.fullmatch(line):
            continue
        # One full stop is missing in the text as signed (3.1).
        found += re.split(r"(?<=[.]) (?=[A-ZÀÉ])|(?<=service) (?=Ces )", line)
    return [sentence for sentence in found if any(letter.isalpha() for letter in sentence)]


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source texts do not stand beside the clone")
def test_no_sentence_of_annexe_6_is_left_out_of_the_table():
    begins = {begin for _, begin, *_ in CLAUSES}
    unclaimed, idle = [], set(begins)
    for sentence in sentences(annexe_6()):
        claiming = [begin for begin in begins if sentence.startswith(begin)]
        idle -= set(claiming)
        if not claiming:
            unclaimed.append(sentence)
    assert unclaimed == [] and idle == set()


@pytest.mark.parametrize("kind", signatures.KINDS)
def test_the_texts_are_in_our_own_words_and_name_nobody(kind):
    text = text_of(kind)
    assert text.startswith("# ") and "REMEDY" not in text and "Rennes" not in text
    for _, begins, *_ in CLAUSES:
        assert begins == "Signature" or len(begins.split()) < 5 or begins not in text


def test_the_guide_s_table_says_the_same():
    guide = (ROOT / "docs" / "securite.md").read_text(encoding="utf-8")
    table = guide.split("| annexe 6 | charte d’usage | charte de la clé |")[1].split("\n\n")[0]
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.count("|") == 4]
    rows = [[cell.strip() for cell in line] for line in lines]
    said = {row[0].split()[0]: {"usage": row[1].split(", "), "cle": row[2].split(", ")} for row in rows[1:]}
    assert set(said) == {clause for clause, *_ in CLAUSES}
    for clause, _, kind, article, _ in CLAUSES:
        assert ("préambule" if article == "0" else article) in said[clause][kind], (clause, kind)
