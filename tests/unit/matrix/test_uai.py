"""UAI: those of the agreements are valid, upper and lower case are accepted, a wrong letter is refused."""

from datetime import UTC, datetime

import pytest

from matrix import commands, load_conventions
from matrix.uai import as_kept, checked_uai, expected_uai, uai_like

CONVENTIONS = load_conventions()
UAIS = sorted(name for name in CONVENTIONS.etablissements if uai_like(name))
COLLEGES_OF_REFERENCE = sorted(
    place.reference_college_uai
    for place in CONVENTIONS.etablissements.values()
    if place.reference_college_uai is not None
)


def answer(etablissement):
    line = (
        f'{{"etablissement": "{etablissement}", "service": "tablettes", "activity": "mco", '
        '"opened_at": "2018-03-12T10:00"}'
    )
    return commands.routed(line, CONVENTIONS, lambda: datetime(2018, 3, 12, tzinfo=UTC))


def test_the_agreements_name_uais():
    assert len(UAIS) >= 41 and len(COLLEGES_OF_REFERENCE) >= 2


@pytest.mark.parametrize("uai", UAIS + COLLEGES_OF_REFERENCE)
def test_every_letter_checks_its_digits(uai):
    assert checked_uai(uai) == checked_uai(uai.lower()) == uai == expected_uai(uai)


@pytest.mark.parametrize("uai", UAIS)
def test_route_takes_either_case(uai):
    as_printed = answer(uai)
    assert "error" not in as_printed
    assert answer(uai.lower()) == as_printed


@pytest.mark.parametrize("uai", UAIS)
def test_route_refuses_every_other_letter(uai):
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ".replace(uai[-1], ""):
        for wrong in (uai[:7] + letter, uai[:7] + letter.lower()):
            assert answer(wrong)["error"]["code"] == "invalid_uai"
            assert answer(wrong)["error"]["field"] == "etablissement"


def test_a_right_uai_that_no_agreement_names_is_unknown():
    assert answer("0650001A")["error"]["code"] in ("invalid_uai", "unknown_etablissement")
    assert answer(expected_uai("0650001A"))["error"]["code"] == "unknown_etablissement"


@pytest.mark.parametrize("text", ["desaix-tarbes", "", "123456", "0131266FF", "01312６6F", "0131266é", "O131266F"])
def test_what_has_not_the_form_of_one_is_none(text):
    assert not uai_like(text)
    assert as_kept(text) == text


def test_an_id_as_agreements_keep_it():
    assert as_kept("0131266f") == as_kept("0131266F") == "0131266F"
