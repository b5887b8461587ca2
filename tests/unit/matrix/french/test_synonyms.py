"""Synonyms: the shipped lexicon holds together, and its terms are found in texts however they are written."""

from __future__ import annotations

import tomllib

import pytest

from matrix import french, load_conventions
from matrix.french import synonyms

DATA = tomllib.loads(synonyms.FILE.read_text("utf-8"))
#: Lines of a glossary that describe a thing instead of naming it in other words.
DESCRIBED = {"AMON", "HORUS", "EGIMMO"}


def found(text: str) -> list[tuple[str, ...]]:
    words = french.words(text)
    return [tuple(word.text for word in words[start:end]) for start, end, _ in synonyms.shipped().terms(words)]


def test_each_group_says_something_once():
    assert DATA.keys() == {"prefixes", "group"}
    for group in DATA["group"]:
        assert group.keys() <= {"same", "kinds"} and group["same"]
        assert len(group["same"]) > 1 or group.get("kinds"), group
        terms = [
            tuple(french.stem(word.text) for word in french.words(term)) for terms in group.values() for term in terms
        ]
        assert all(terms) and len(terms) == len(set(terms)), group
    assert sorted(DATA["prefixes"], key=french.fold) == DATA["prefixes"]


def test_every_name_of_the_glossaries_stands_with_what_it_names():
    conventions = load_conventions()
    named = [line for one in conventions for line in one.glossary]
    assert len(named) > 10
    for line in named:
        groups = [group["same"] for group in DATA["group"] if line.term in map(str.upper, group["same"])]
        assert (len(groups) == 1 and len(groups[0]) > 1) or line.term in DESCRIBED, line.term


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("les mots de passe du Wi-Fi", [("mots", "de", "passe"), ("wi", "fi")]),
        ("le poste téléphonique", [("poste", "téléphonique")]),
        ("le poste. Téléphonique", [("poste",), ("téléphonique",)]),
        ("un tableau blanc interactif", [("tableau", "blanc", "interactif")]),
        ("VIDEOPROJECTEURS", [("videoprojecteurs",)]),
        ("un mot, de passe", []),
        ("", []),
    ],
)
def test_the_longest_term_is_found_at_each_place(text, terms):
    assert found(text) == terms


def test_a_term_of_several_words_is_given_in_one():
    words = french.words("Vidéo projecteur et micro-ordinateurs sans fil")
    assert list(synonyms.shipped().compounds(words)) == ["vidéoprojecteur", "microordinateur", "sansfil"]


def test_what_a_group_finds_and_what_its_kinds_find():
    groups = [{"same": ["imprimante", "copieur"], "kinds": ["traceur"]}, {"same": ["copieur", "photo-copieur"]}]
    known = synonyms.Synonyms(groups)

    def finds(text):
        return {name for _, _, term in known.terms(french.words(text)) for name in term.finds}

    assert finds("imprimantes") == {"imprimante", "copieur", "traceur"}
    assert finds("traceur") == {"traceur"}
    assert finds("copieur") == {"imprimante", "copieur", "traceur", "photocopieur"}
    assert finds("photocopieur") == finds("photo copieur") == {"copieur", "photocopieur"}
    assert known.knows("traceurs") and known.knows("photo") and not known.knows("écran")


def test_first_parts_are_told_from_words_that_begin_like_them():
    known = synonyms.shipped()
    assert known.parts("vidéoprojecteur") == ("vidéo", "projecteur")
    assert known.parts("antispam") == ("anti", "spam")
    assert known.parts("micros") is None and known.parts("écran") is None
