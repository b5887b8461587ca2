"""A cell written in a form reads back unchanged, and every fault is shown at its field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from matrix import load_conventions
from matrix.changes import cell_of, check
from matrix.model import Test
from ticketing.web.agreements import cell_forms

CONVENTIONS = load_conventions()
HP, AIX = CONVENTIONS["hautes-pyrenees-2015"], CONVENTIONS["aix-en-provence-2017"]


def read(convention: Any = HP, **typed: str) -> Any:
    shown = {name.replace("__", "-"): value for name, value in typed.items()}
    return cell_forms.read(convention, "inventaire", "conseil", shown)


def test_a_plain_value_with_note_helpers_and_words() -> None:
    change, errors = read(value="CL ou Etab", note="4", concours__academie="1", quote="  qui  a payé ")
    assert errors == {}
    assert (change.value, change.contributors, change.quote) == ("CL ou Etab (4)", ("academie",), "qui a payé")
    assert read(value="blanc")[0].value == ""


def test_a_long_note_is_offered_by_whole_words() -> None:
    """Defect: « soit par la collec » ended an option in the middle of a word."""
    offered = dict(cell_forms.offered(HP, blank=False).notes)
    whole = {str(number): note[0].reading or note[0].quote for number, note in HP.notes.items()}
    assert any(words.endswith("…") for words in offered.values())
    for number, words in offered.items():
        told = words.removeprefix(f"({number}) ")
        assert whole[number] == told or f"{whole[number]} ".startswith(f"{told.removesuffix('…')} ")


def test_cases_are_read_in_order_and_the_first_wins() -> None:
    change, errors = read(
        value="selon",
        cas="3",
        cas1__si1="user:admin",
        cas1__alors="academie",
        cas2__si1="paid:Etab",
        cas2__si2="after",
        cas2__si3="inventoried:no",
        cas2__jour="2015-09-01",
        cas2__alors="college",
        cas3__alors="a-qualifier",
    )
    assert errors == {}
    one, two, three = change.cases
    assert (one.party, one.tests) == ("academie", (Test("user_category", True, "administrative"),))
    assert two.tests[1] == Test("acquired_on", date(2015, 9, 1), "after")
    assert (three.status, three.party, three.tests) == ("to_qualify", None, ())
    assert change.quote.startswith("EN si l’utilisateur est administratif ; Etab si")
    assert {said.quote for case in change.cases for said in case.citations} == {change.quote}
    check(HP, CONVENTIONS.services, CONVENTIONS.activities, change)


def test_what_was_written_is_shown_again() -> None:
    typed = {
        "value": "selon",
        "cas": "2",
        "cas1-si1": "paid:CL",
        "cas1-alors": "departement",
        "cas1-jour": "",
        "cas2-alors": "college",
        "cas2-jour": "",
        "concours-region": "1",
    }
    change, _ = cell_forms.read(HP, "inventaire", "conseil", typed)
    assert change is not None
    shown = cell_forms.of_cell(HP, cell_of(HP, change))
    assert cell_forms.read(HP, "inventaire", "conseil", shown)[0] == change


@pytest.mark.parametrize("convention", list(CONVENTIONS), ids=lambda one: one.id)
def test_every_printed_word_of_every_agreement_goes_through_the_form(convention: Any) -> None:
    """The form offers every value but « conflit », which no paper writes."""
    for cell in convention.versions[-1].cells.values():
        if cell.value in ("selon", "conflit") or not cell.value:
            continue
        shown = cell_forms.of_cell(convention, cell)
        change, errors = cell_forms.read(convention, cell.service, cell.activity, shown)
        assert errors == {} and change is not None and change.value == cell.value


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "value"),
        ({"value": "EN", "note": "9"}, "note"),
        ({"value": "blanc", "note": "4"}, "note"),
        ({"value": "EN", "quote": "x" * 301}, "quote"),
        ({"value": "EN", "ref": "x" * 41}, "ref"),
        ({"value": "selon"}, "cas1-alors"),
        ({"value": "selon", "cas1-si1": "paid:CL"}, "cas1-alors"),
        ({"value": "selon", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-si1": "rien", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-si1": "after", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-si1": "after", "cas1-jour": "hier", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-si1": "paid:CL", "cas1-jour": "2015-09-01", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-si1": "paid:CL", "cas1-si2": "paid:EN", "cas1-alors": "academie"}, "cas1-si1"),
        ({"value": "selon", "cas1-alors": "academie", "cas2-alors": "college"}, "cas2-si1"),
        ({"value": "selon", "cas1-si1": "paid:CL", "cas1-alors": "mairie"}, "cas1-alors"),
    ],
)
def test_a_fault_is_told_at_its_field(typed: dict[str, str], field: str) -> None:
    change, errors = cell_forms.read(HP, "inventaire", "conseil", typed)
    assert change is None and list(errors) == [field]


def test_an_agreement_offers_what_it_knows() -> None:
    values = [value for value, _ in cell_forms.offered(AIX, blank=False).values]
    assert "blanc" not in values and {"EN", "CL", "Etab", "selon"} <= set(values)
    assert not [code for code, _ in cell_forms.offered(AIX, blank=False).conditions if code.startswith("user:")]
    acar = cell_forms.offered(CONVENTIONS["acar-2021"], blank=True)
    assert "CL" not in dict(acar.values) and "CL ou Etab" not in dict(acar.values)
    assert "paid:CL" not in dict(acar.conditions)
    sevres = cell_forms.offered(CONVENTIONS["deux-sevres-2017"], blank=True)
    assert "canope" in dict(sevres.parties) and "canope" not in dict(sevres.outcomes)


def test_rows_are_bounded_whatever_is_sent() -> None:
    for rows in ("999", "-1", "²", "", "1e9"):
        assert int(cell_forms.typed({"cas": rows}, [])["cas"]) <= cell_forms.CASES_MAX
    assert cell_forms.typed({"cas": "2", "ajouter": "1"}, [])["cas"] == "3"
