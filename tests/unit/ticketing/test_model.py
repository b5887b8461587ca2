"""The words of a draft at their limits, and the keys under which a ticket is filed."""

from __future__ import annotations

from typing import Any

import pytest

from ticketing.model import Draft, Facts, check_draft, words_fault
from ticketing.perimeter_keys import scope_keys


def draft(**changes: Any) -> Draft:
    given: dict[str, Any] = {
        "title": "Le poste ne démarre plus",
        "body": "Écran noir.",
        "etablissement": "desaix-tarbes",
        "service": "antivirus",
        "activity": "mco",
        "facts": Facts(),
    }
    return Draft(**(given | changes))


@pytest.mark.parametrize(
    ("field", "longest", "sentence"),
    [
        ("title", 150, "Le titre dépasse 150 caractères : abrégez-le, le détail va dessous."),
        ("on_behalf_of", 100, "Le nom dépasse 100 caractères."),
        ("tag", 100, "Le numéro d’inventaire dépasse 100 caractères."),
        ("asset", 100, "Le nom du matériel dépasse 100 caractères."),
        ("body", 10_000, "Le texte dépasse 10\u202f000 caractères (10\u202f001) : abrégez-le ou joignez un fichier."),
    ],
)
def test_words_are_taken_up_to_their_longest(field: str, longest: int, sentence: str) -> None:
    assert check_draft(draft(**{field: "x" * longest}))[1] == {}
    assert check_draft(draft(**{field: "x" * (longest + 1)}))[1] == {field: sentence}


def test_a_title_has_three_letters_and_a_body_something() -> None:
    assert check_draft(draft(title="abc"))[1] == {}
    assert set(check_draft(draft(title=" ab ", body=" \n "))[1]) == {"title", "body"}
    assert (words_fault("", "Vide."), words_fault("x", "Vide.")) == ("Vide.", None)


def test_a_ticket_is_filed_under_each_side_that_sees_it() -> None:
    given: dict[str, Any] = {"etablissement": "c11", "holder": "d1", "involved": ("d1", "academie", "c11")}
    keys = scope_keys(**given, confidential=False, persons=(7, 8))
    assert keys == {
        "chef:c11",
        "etab:c11",
        "person:7@c11",
        "person:8@c11",
        "org:d1",
        "org:academie",
        "holds:d1",
    }
    assert scope_keys(**given, confidential=True, persons=(7, 8)) == keys - {"etab:c11"}
    own = scope_keys(etablissement="c11", holder="c11", involved=("c11",), confidential=True, persons=())
    assert own == {"chef:c11"}, "the collège's own would show what its chef made confidential"
