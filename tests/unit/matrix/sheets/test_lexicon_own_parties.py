"""Words of a sheet where an agreement has parties of its own: none of them is taken for another."""

import pytest
from harness.places import ROOT

from matrix import load_conventions
from matrix.sheets.lexicon import Lexicon

LEXICON = Lexicon(load_conventions(ROOT / "tests" / "cases" / "accords")["grand-val-2026"])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("CL", "CL"),
        ("EN", "EN"),
        ("Etab", "Etab"),
        ("CL ou Etab", "CL ou Etab"),
        ("Métropole", None),  # no word of the annexe stands for one collectivité among several: it is asked about
        ("Métropole du Grand-Val", None),
        ("Ville d’Orsel", None),
        ("GIP Val Numérique", None),
        ("Département", None),
    ],
)
def test_a_party_of_the_agreement_s_own_is_asked_about(text, word):
    found = LEXICON.value(text)
    assert (found and found.word) == word
