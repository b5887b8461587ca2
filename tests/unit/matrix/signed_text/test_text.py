"""A text beside its agreement: what rests on each sentence, how it is marked, what comes near a blank cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness.places import SHARED

from matrix import load_conventions
from matrix.model import Citation, SentenceMark
from matrix.signed_text import reading
from matrix.signed_text.near import near
from matrix.signed_text.objects import Objects
from matrix.signed_text.text import Beside, SignedText
from matrix.signed_text.uses import KINDS, Use, uses

ALL = load_conventions()
OBJECTS = Objects(ALL.vocabulary)
BDR, HP = ALL["bouches-du-rhone-2017"], ALL["hautes-pyrenees-2015"]
SOURCES = SHARED / "sources"
TEXT = """Article 5.4. Pannes, casse, vol ou perte de la tablette

Tout sinistre (vol, dégradation, casse, panne...) devra être impérativement et immédiatement signalé auprès du
collège sous 48 heures. Le collège range les tablettes. Le département gère les tablettes du collège.

Article 3.1. Engagements du département

- assurer l'assistance et la maintenance des équipements (tablettes, accessoires et logiciels associés) pendant
le temps scolaire, dans les mêmes conditions que pour les autres équipements mis à disposition ;
"""


def beside(text=TEXT, convention=BDR, *marks):
    return Beside(SignedText(text), replace(convention, sentences=marks) if marks else convention, OBJECTS)


def standing(found, words):
    [one] = [one for one in found.standings if words in one.sentence.text]
    return one


def test_a_quoted_sentence_says_its_cells_its_delays_and_its_rules():
    found = beside()
    assert (
        Use("delay", "Panne, casse, perte ou vol : à signaler au collège sous 48 heures")
        in standing(found, "Tout sinistre").uses
    )
    rests = standing(found, "assurer l'assistance").uses
    assert {(use.service, use.activity) for use in rests if use.kind == "cell"} >= {
        ("tablettes", "mco"),
        ("tablettes", "assistance"),
    }
    assert Use("rule", "pendant le temps scolaire") in rests
    assert [use.kind for use in rests] == sorted([use.kind for use in rests], key=list(KINDS).index)


def test_the_state_of_a_sentence_is_what_is_known_of_it():
    found = beside(TEXT, BDR, SentenceMark("Le département gère", "to_do"))
    states = {one.sentence.text.split(" ")[1]: one.state for one in found.standings}
    assert states == {
        "5.4.": "plain",
        "sinistre": "quoted",
        "collège": "plain",
        "département": "to_do",
        "3.1.": "plain",
        "l'assistance": "quoted",
    }
    assert standing(beside(), "Le département gère").state == "open"


def test_a_mark_of_a_sentence_that_a_clause_quotes_is_idle():
    found = beside(TEXT, BDR, SentenceMark("Tout sinistre", "not_a_rule", reason="x"))
    assert standing(found, "Tout sinistre").state == "quoted"
    assert [mark.quote for _, mark in found.idle_marks()] == ["Tout sinistre"]
    assert list(found.lost_marks()) == []


def test_of_two_texts_the_place_of_a_sentence_says_which():
    text = "Article 1. Objet\nUn.\n\nArticle 2. Suite\nDeux.\n\nArticle 1. Objet\nTrois."
    assert [one.place for one in beside(text).standings if one.sentence.kind == "text"] == ["P1", "P2", "M1"]
    assert standing(beside(text, HP), "Trois").place == "1"


@pytest.mark.parametrize(
    ("name", "size", "said"), [("a.txt", 600_001, "trop gros"), ("absent.txt", None, "ne se lit pas")]
)
def test_a_text_that_cannot_be_read_says_why(tmp_path, name, size, said):
    if size is not None:
        (tmp_path / name).write_bytes(b"x" * size)
    with pytest.raises(reading.UnreadableText, match=said):
        reading.read(tmp_path / name)


def test_every_quote_of_an_agreement_has_its_uses_and_every_use_a_kind():
    for convention in ALL:
        held = uses(convention)
        assert {(one.ref, one.quote) for one in convention.clauses.values()} <= held.keys()
        assert {use.kind for found in held.values() for use in found} <= set(KINDS)
        assert all(use.name or use.service for found in held.values() for use in found)


def test_a_citation_knows_its_place_and_a_word_of_the_table_the_table_s_beginning():
    found = beside()
    clause = BDR.clauses["M5.4-sinistre"]
    assert found.position(clause) == 1
    assert found.position(replace(clause, kind="default")) == 1
    assert found.position(Citation(BDR.id, "M9", "derived", "des mots que le texte n'a pas")) is None
    text = "ANNEXE 2: MATRICE\n\nAntivirus\tsans objet\n"
    assert beside(text, HP).position(Citation(HP.id, "annexe-2", "printed", "sans objet")) == 0


def test_printed_words_stand_for_the_cell_of_their_row_and_column():
    text = (
        "ANNEXE 2: MATRICE DES SERVICES\n\n"
        "Objets\tExplication\tPréco\tAcq\tInst\tMco\tAssist\tConseil\n"
        "Hébergement des services et des domées de l'EPLE dans l'EPLE (serveurs,)\tx\t\t\t\t\tsans objet\t\n"
        "Service de stockage utilisateur\tHORUS\t\tsans objet (1)\t\t\t\t\n"
        "Service de stockage utilisateur\tMAGRET\t\tsans objet (1)\t\t\t\t\n"
        "Un tout autre service\tx\t\tsans objet (1)\t\t\tsans objet\t\n"
    )
    found = beside(text, HP)
    said = [(use.service, use.activity) for one in found.standings for use in one.uses if one.sentence.text[0] == "s"]
    assert said == [
        ("hebergement-interne", "assistance"),
        ("stockage-administratif", "acquisition"),
        ("stockage-pedagogique", "acquisition"),
    ]


def test_the_sentences_near_a_cell_name_its_service_or_share_its_words_and_its_verbs():
    found = beside()
    label = ALL.services["tablettes"]
    near_ = [found.standings[at].sentence.text for at in near(found, "tablettes", "mco", label)]
    assert near_[0].startswith("Le département gère les tablettes") or near_[0].startswith("assurer l'assistance")
    assert not any("Pannes, casse" in one for one in near_)  # a title settles nothing
    assert near(found, "publication", "conseil", ALL.services["publication"]) == ()
    assert len(near(found, "tablettes", "mco", label, most=1)) == 1


@pytest.mark.parametrize("name", ["../secret.txt", "a/b.txt"])
def test_a_source_that_leads_out_of_the_folder_is_no_file_of_it(name):
    assert reading.names(replace(BDR, source=name)) == (f"{BDR.id}.txt", f"{BDR.id}.pdf")


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source texts do not stand beside the clone")
@pytest.mark.parametrize("convention", list(ALL), ids=lambda one: one.id)
def test_each_clause_opens_at_its_article_in_its_source(convention):
    path = reading.find(Path(SOURCES), convention)
    assert path is not None
    found = beside(reading.read(path), convention)
    from matrix.signed_text.places import within

    places = found.read.places
    lost, elsewhere = [], []
    for name, clause in convention.clauses.items():
        at = found.position(clause)
        if at is None:
            lost.append(name)
        elif not within(clause.ref, *places.references[at]):
            elsewhere.append(name)
    # The blank for the day of signature follows the last article, and one clause precedes the preamble that it is of.
    assert lost == []
    assert [name for name in elsewhere if not name.endswith("-signature") and name != "preambule-charge"] == []
    assert not {one.state for one in found.standings} & {"open", "to_do"}
