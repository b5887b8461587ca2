"""A numbered answer is read in any of the ways in which people write it; a text that tells something else is none."""

from __future__ import annotations

import pytest

from ticketing.correspondence.answers import Choice, confirms, read, unpacked

CHOICES = (
    Choice("1", "Le réseau du collège", {"service": "reseau"}),
    Choice("2", "Les imprimantes", {"service": "imprimantes"}),
    Choice("3", "Le réseau du collège sans fil", {"service": "wifi"}),
    Choice("12", "L’ENT", {"service": "ent"}),
    Choice("a", "C’est en panne", {"activity": "mco"}),
    Choice("b", "À installer ou déplacer", {"activity": "installation"}),
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("2", "2"),
        ("2.", "2"),
        ("(2)", "2"),
        ("02", "2"),
        ("12", "12"),
        ("n° 2", "2"),
        ("Réponse : 2", "2"),
        ("Réponse 2, merci", "2"),
        ("Bonjour,\n\n2\n\nCordialement", "2"),
        ("c’est le 2", "2"),
        ("Je choisis le 2", "2"),
        ("1 b", "1b"),
        ("1b", "1b"),
        ("1-B", "1b"),
        ("1) b)", "1b"),
        ("b1", "1b"),
        ("b, 1", "1b"),
        ("1 et b", "1b"),
        ("a", "a"),
        ("Les imprimantes", "2"),
        ("imprimantes", "2"),
        ("LES IMPRIMANTES.", "2"),
        ("les imprimantes, c’est en panne", "2a"),
        ("C’est en panne : imprimantes. Merci d’avance", "2a"),
        ("L'ENT", "12"),
        ("le réseau du collège", "1"),
        ("le réseau du collège sans fil", "3"),
        # no answers: they tell something, or name what is not offered
        ("2 imprimantes sont en panne", ""),
        ("Il y a 2 salles", ""),
        ("4", ""),
        ("1 c", ""),
        ("1 2", ""),
        ("a b", ""),
        ("1 ou 2", ""),
        ("les imprimantes et l’ENT", ""),
        ("je ne sais pas", ""),
        ("", ""),
        ("merci", ""),
        ("2" * 400, ""),
        ("-2", "2"),
        ("٢", ""),
    ],
)
def test_an_answer(text: str, codes: str) -> None:
    assert "".join(one.mark for one in read(text, CHOICES)) == codes


def test_an_answer_without_choices_is_none() -> None:
    assert read("2", ()) == ()


def test_choices_are_kept_as_they_were_shown() -> None:
    assert unpacked([one.packed() for one in CHOICES]) == CHOICES


@pytest.mark.parametrize(
    "text", ["confirmer", "Confirmer.", "Bonjour,\nje confirme.\nMerci", "CONFIRMÉ", "Je confirme"]
)
def test_a_consent(text: str) -> None:
    assert confirms(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "merci",
        "ok",
        "1",
        "je confirme que cela ne marche pas",
        "je ne confirme pas",
        "confirmer ?? non",
        "oui mais non",
    ],
)
def test_no_consent(text: str) -> None:
    assert not confirms(text)
