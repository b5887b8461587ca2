"""The form that writes a cell offers the kinds and sectors that the agreement has, and reads them back."""

from harness.places import ROOT

from matrix import load_conventions
from matrix.model import Test as Asked
from ticketing.web.agreements import cell_forms

GRAND_VAL = load_conventions(ROOT / "tests" / "cases" / "accords")["grand-val-2026"]
SHIPPED = load_conventions()


def test_the_kinds_and_sectors_of_the_agreement_are_offered():
    codes = {code for code, _ in cell_forms.offered(GRAND_VAL, blank=True).conditions}
    assert {"kind:ecole", "kind:lycee", "kind:college", "kind:cite-scolaire", "sector:private"} <= codes
    plain = {code for code, _ in cell_forms.offered(SHIPPED["aix-en-provence-2017"], blank=True).conditions}
    assert not [code for code in plain if code.startswith(("kind:", "sector:"))]  # public écoles alone


def test_a_case_on_a_kind_is_written_and_shown_again():
    shown = {"value": "selon", "cas": "2", "cas1-si1": "kind:lycee", "cas1-alors": "region", "cas2-alors": "gip"}
    change, errors = cell_forms.read(GRAND_VAL, "tablettes", "conseil", shown)
    assert errors == {} and change is not None
    assert change.cases[0].tests == (Asked("kind", "lycee", "place"),)
    assert "si l’établissement est un lycée" in change.quote
    again = cell_forms.of_change(GRAND_VAL, change)
    assert (again["cas1-si1"], again["cas1-alors"], again["cas2-alors"]) == ("kind:lycee", "region", "gip")
