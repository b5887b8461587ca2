"""What texts are about: shares on texts never learnt, every kind of text that used to mislead, words shown, time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from matrix import load_conventions
from matrix.suggestions import Counts, shipped, suggest

CASES = Path(__file__).parents[3] / "cases"
LEXICON = shipped()


def first(text: str, **kept):
    return suggest(text, lexicon=LEXICON, **kept)[0]


def of(name: str) -> list[dict]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


#: The shares that must be reached, below those measured: 0.98, 1.00 and 0.96 on the texts held out.
@pytest.mark.parametrize(
    ("name", "bounds"), [("suggest.jsonl", (0.95, 1.0, 0.95)), ("suggest-held-out.jsonl", (0.94, 0.97, 0.92))]
)
def test_texts_that_were_never_learnt_are_understood(name, bounds):
    cases, hits = of(name), [0, 0, 0]
    assert len(cases) >= 30
    for case in cases:
        found = suggest(case["input"]["text"], lexicon=LEXICON)
        right = case["expect"]["services"]
        marks = (
            found and found[0].service in right,
            any(one.service in right for one in found),
            found and found[0].activity in case["expect"]["activities"],
        )
        hits = [hit + bool(mark) for hit, mark in zip(hits, marks, strict=True)]
    shares = [hit / len(cases) for hit in hits]
    assert all(share >= bound for share, bound in zip(shares, bounds, strict=True)), shares


def test_no_text_held_out_was_learnt():
    from matrix.suggestions.compiled import FOLDER

    learnt = (FOLDER / "examples.toml").read_text("utf-8").lower()
    assert [case for case in of("suggest-held-out.jsonl") if f'"{case["input"]["text"].lower()}"' in learnt] == []


@pytest.mark.parametrize(
    ("text", "service"),
    [
        # A proper noun is worth more than a verb that fits everything.
        ("impossible de se connecter a pronote", "vie-scolaire-prive"),
        ("n’arrive plus à ouvrir SIECLE", "gestion-eleves"),
        ("PIX ne marche pas", "ressources-pedagogiques"),
        ("BCDI refuse de se lancer", "recherche-documentaire"),
        ("GFC plante", "gestion-financiere"),
        ("connexion ARENA impossible", "authentification"),
        # What looks wrong in a mail, in the words of those who saw it.
        ("un eleve a ouvert un mail chelou et maintenant ya des pubs partout sur le poste", "antivirus"),
        ("pubs qui s’affichent sans arret sur l’ordi du cdi", "antivirus"),
        # A short word is no beginning of another.
        ("J’ai un problème avec la souris", "equipement-bureautique"),
        ("La porte du hall d’entrée : l’alarme sonne", "gestion-logistique"),
        ("le wifi est lent", "infrastructure-reseau"),
        ("impression sans couleur sur le copieur", "equipement-bureautique"),
        # An article glued to its word, words in one or in two, abbreviations.
        ("limprimante est bloquée", "equipement-bureautique"),
        ("lordi de la salle 3 plante", "equipement-bureautique"),
        ("vidéo projecteur en panne", "equipement-bureautique"),
        ("videoprojecteur en panne", "equipement-bureautique"),
        ("pas de son en visio", "equipement-bureautique"),
        ("mdp oublié pour un élève", "acces-reseau-pedagogique"),
        # Errors and missing accents.
        ("imprimente en pane", "equipement-bureautique"),
        ("prnote ne repond plus", "vie-scolaire-prive"),
        ("antiviru pas a jour", "antivirus"),
        ("SAUVEGARDE DU SERVEUR ADMINISTRATIF EN ECHEC", "sauvegarde-administrative"),
        # What works is not the matter.
        ("le réseau marche mais pas l’imprimante", "equipement-bureautique"),
        ("Internet fonctionne, mais Pronote ne s’ouvre pas", "vie-scolaire-prive"),
        ("Ce n’est pas l’imprimante, c’est le wifi qui est tombé", "infrastructure-reseau"),
        # The thing, not the place where it stands.
        ("L’imprimante du CDI est en panne", "equipement-bureautique"),
        ("plus de wifi en salle info", "infrastructure-reseau"),
        ("Le téléphone de la salle des profs ne sonne plus", "gestion-logistique"),
        # Whose use it is tells twins apart.
        ("la secrétaire ne peut plus ouvrir sa session", "acces-reseau-administratif"),
        ("un élève ne peut plus ouvrir sa session", "acces-reseau-pedagogique"),
        ("site bloqué sur le poste de la gestionnaire", "securisation-administratif"),
        ("site bloqué pour mes élèves", "securisation-pedagogique"),
    ],
)
def test_what_used_to_mislead_does_not(text, service):
    assert first(text).service == service


@pytest.mark.parametrize(
    ("text", "activity"),
    [
        ("L’imprimante ne marche plus", "mco"),
        ("Pronote", "mco"),
        ("Installer GeoGebra en salle info", "installation"),
        ("Le logiciel acheté par le collège est à installer", "installation"),
        ("Comment scanner un document ?", "assistance"),
        ("Acheter un vidéoprojecteur", "acquisition"),
        ("Quelle imprimante choisir ? votre avis", "conseil"),
        ("Proposer un logiciel pour le socle", "preconisation"),
        ("Le wifi ne marche plus, comment faire cours ?", "mco"),
    ],
)
def test_the_kind_of_request_is_told(text, activity):
    assert first(text).activity == activity


@pytest.mark.parametrize(
    "text", ["", "   ", "le la les", "zzzz", "bonjour", "?", "<script>", "'; --", "\u202e", "\x00"]
)
def test_a_text_that_tells_nothing_gets_nothing(text):
    assert suggest(text, lexicon=LEXICON) == ()


def test_suggestions_are_ranked_once_each_with_scores_that_add_up():
    found = suggest("mot de passe oublié", lexicon=LEXICON, limit=100)
    assert len({one.service for one in found}) == len(found) == 69
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True) and 0.9 < sum(scores) <= 1.05
    assert suggest("mot de passe oublié", lexicon=LEXICON, limit=2) == found[:2]


def test_the_words_that_led_there_are_shown_as_they_were_typed():
    found = first("Bonjour, L’IMPRIMANTE de la salle 12 fait des Bourrages")
    assert "IMPRIMANTE" in found.words and "Bourrages" in found.words
    assert "Bonjour" not in found.words and len(found.words) <= 3


def test_only_the_services_that_may_be_named_are():
    known = {"hebergement-interne", "infrastructure-reseau"}
    assert {one.service for one in suggest("Pronote ne marche plus", lexicon=LEXICON, services=known)} <= known
    assert suggest("Pronote", lexicon=LEXICON, services=()) == ()


def test_a_special_service_is_named_where_the_general_one_is_not_known():
    text = "L’ordinateur du principal ne s’allume plus"
    assert first(text).service == "equipement-bureautique"
    assert first(text, services={"postes-direction", "parc-pedagogique", "ent"}).service == "postes-direction"


def test_every_service_and_activity_of_the_vocabulary_is_learnt_and_no_other():
    conventions = load_conventions()
    assert set(LEXICON.services.totals) == set(conventions.services)
    assert set(LEXICON.activities.totals) == set(conventions.activities)
    named = {service for services in LEXICON.words.names for service in services}
    beside = {service for one, general in LEXICON.words.beside.items() for service in (one, *general)}
    assert (named | beside) <= set(conventions.services)


def test_tickets_of_the_installation_change_what_their_words_say():
    text = "Le zorglub de l’écran est en panne"
    counts = Counts({"zorglub": {"journaux": 40}}, {"journaux": 50, "ent": 500})
    without = {one.service: one.score for one in suggest(text, lexicon=LEXICON, limit=69)}
    taught = {one.service: one.score for one in suggest(text, lexicon=LEXICON, learned=counts, limit=69)}
    assert taught["journaux"] > without["journaux"] and taught["ent"] <= without["ent"]
    assert suggest("zorglub", lexicon=LEXICON) == ()
    assert first("zorglub", learned=counts).service == "journaux"


def test_a_text_takes_a_few_milliseconds_and_a_long_one_no_more_than_its_beginning():
    texts = [case["input"]["text"] for case in of("suggest-held-out.jsonl")]
    begun = time.process_time()
    for text in texts:
        suggest(text, lexicon=LEXICON)
    assert (time.process_time() - begun) / len(texts) < 0.02
    begun = time.process_time()
    suggest("imprimante zxqvw pronote " * 40_000, lexicon=LEXICON)
    assert time.process_time() - begun < 0.2
