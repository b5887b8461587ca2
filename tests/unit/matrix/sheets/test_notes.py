"""The structured note of a cell: what it may say, and the sentence of each fault."""

from __future__ import annotations

import pytest

from matrix import load_conventions
from matrix.model import Citation
from matrix.sheets.notes import HEAD, NoteFault, decode

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]


def said(*lines):
    return decode(HP, CONVENTIONS.vocabulary, "\n".join((HEAD, *lines)))


def test_a_note_assumes_names_and_quotes():
    detail = said(
        "assume = { inventoried = true }",
        "[[case]]",
        'party = "academie"',
        'cites = ["I.1-objet", { document = "a", ref = "I", kind = "printed", quote = "mots" }]',
    )
    assert detail.assume == (("inventoried", True),)
    (case,) = detail.cases
    assert (case.party, case.status) == ("academie", "routed")
    assert case.citations == (HP.clauses["I.1-objet"], Citation("a", "I", "printed", "mots"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("assume = { weather = true }", "sa note nomme un fait inconnu, « weather »"),
        ("assume = 3", "sa note n’est plus dans la grammaire des accords"),
        ('candidates = ["mairie"]', "sa note nomme « mairie », qui n’est pas une partie de l’accord"),
        ("[[case]]", "un cas de sa note ne donne ni « party », ni un autre « status »"),
        ('[[case]]\nparty = "academie"\ncites = ["I.9"]', "sa note cite « I.9 », qui n’est pas une clause de l’accord"),
        (
            '[[case]]\nparty = "academie"\ncites = [{ document = "a", ref = "I", kind = "painted", quote = "mots" }]',
            "sa note cite une clause d’une façon inconnue",
        ),
        (
            '[[case]]\nparty = "academie"\ncites = [{ document = "a", ref = 1, kind = "printed", quote = "mots" }]',
            "sa note cite une clause d’une façon inconnue",
        ),
    ],
)
def test_a_note_that_says_anything_else_is_refused_with_its_fault(line, sentence):
    with pytest.raises(NoteFault) as caught:
        said(line)
    assert str(caught.value) == sentence
