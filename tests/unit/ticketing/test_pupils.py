"""Test the signs of pupils' data in a text, and what must not be taken for one."""

from __future__ import annotations

import time

import pytest

from ticketing.pupils import BIRTH, FILE, INE, LIST, READ_MAX, found, named, print_of, signs

CLASS = "\n".join(
    f"{one} {other}"
    for one, other in zip(
        ("DURAND", "LE GOFF", "N’DIAYE", "GARCIA-LOPEZ", "ÉMERY"), ("Léa", "Noé", "Awa", "Tom", "Zoé"), strict=True
    )
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L’élève 120890177FA ne se connecte plus", (INE,)),
        ("INE : 0123456789A.", (INE,)),
        ("Paul, né le 12/05/2013, en 6e", (BIRTH,)),
        ("Léa, née le 3 mai 2012", (BIRTH,)),
        ("né(e) le 2012-05-03", (BIRTH,)),
        ("Date de naissance : 03.05.2012", (BIRTH,)),
        (f"Comptes à créer :\n{CLASS}", (LIST,)),
        (CLASS.replace(" ", ";"), ()),  # a space inside a name is no separator any more: three lines are left
        ("\n".join(f"Léa MARTIN{number}"[:10] for number in range(5)), (LIST,)),
        ("nom;prénom;naissance\nDURAND;Léa;03/05/2012\n120890177FA", (INE,)),
    ],
)
def test_signs_are_found(text: str, found: tuple[str, ...]) -> None:
    assert signs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "L’imprimante HP LaserJet 4050 ne marche plus depuis le 12/05/2026",
        "Inventaire 2026-00123, téléphone 05 62 12 34 56, SN CNBJR1234567",
        "Acheté le 03/05/2012, garantie finie",
        "DURAND Léa et LE GOFF Noé n’arrivent plus à se connecter",
        "Bonjour,\nLe PC du CDI\nLa salle B12\nLe wifi\nMerci\nCordialement",
        "0800 123 456 789 A",
    ],
)
def test_an_ordinary_request_has_none(text: str) -> None:
    assert signs(text) == ()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("liste_eleves_6A.ods", (FILE,)),
        ("Liste des e\u0301le\u0300ves.pdf", (FILE,)),
        ("export-élèves.csv", (FILE,)),
        ("liste de classe 3B.xlsx", (FILE,)),
        ("trombinoscope.pdf", (FILE,)),
        ("bulletin_scolaire.pdf", (FILE,)),
        ("120890177FA.pdf", (INE,)),
        ("photo_classe_B12.jpg", ()),
        ("capture.png", ()),
        ("liste des postes.ods", ()),
        ("bulletin.pdf", ()),
    ],
)
def test_the_name_of_a_file_tells_too(name: str, told: tuple[str, ...]) -> None:
    assert signs(named(name)) == told
    assert signs(f"Je joins {name}") == tuple(one for one in told if one != FILE), "only where it is a name"


def test_signs_of_texts_that_leave_together_are_told_once() -> None:
    told = found(["né le 12/05/2013", "née le 3 mai 2012", "Bonjour"])
    assert told is not None and told.signs == (BIRTH,)
    assert found(["Bonjour"]) is None and found([]) is None


@pytest.mark.parametrize("text", ["A" * 100_000, "Aa " * 40_000, "né le " * 20_000, "1" * 100_000, "É'" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    signs(text)
    assert time.process_time() - began < 1


def test_four_names_are_no_list_and_what_is_past_the_length_read_is_not_looked_at() -> None:
    assert signs("\n".join(CLASS.splitlines()[:4])) == ()
    sign = "120890177FA"
    assert signs(" " * (READ_MAX - len(sign)) + sign) == (INE,)
    assert signs(" " * READ_MAX + sign) == ()


def test_a_print_is_short_and_tells_texts_and_their_borders_apart() -> None:
    assert print_of(["ab", "c"]) == print_of(["ab", "c"]) and len(print_of([])) == 16
    assert len({print_of(one) for one in (["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], ["ab", "c", ""])}) == 5
