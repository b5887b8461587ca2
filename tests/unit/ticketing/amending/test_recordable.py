"""What an administrator may record of an agreement: its end, and the transfers under its own académie."""

from datetime import date

from harness.places import ROOT

from charters.model import Actor, Mandate, Role
from matrix import load_conventions
from ticketing.amending.overview import _choices, _places, fact_label

CONVENTIONS = load_conventions(ROOT / "tests" / "cases" / "accords")
GV = CONVENTIONS["grand-val-2026"]


def offered(academie):
    actor = Actor(1, "x.y", "X Y", False, Mandate(1, Role.ADMINISTRATEUR, academie, date(2026, 1, 1)))
    return {value: label for _, group in _choices(GV, _places(actor, CONVENTIONS, GV)) for value, label in group}


def test_each_academie_records_the_transfers_of_its_own_etablissements():
    assert offered("academie-aval") == {
        "end:": "L’accord n’est plus en vigueur",
        "transferred:pre-orsel": (
            "La maintenance de la cité scolaire du Pré, Orsel est passée à la Région des Trois-Vals"
        ),
        "transferred:jean-vilar-orsel:messagerie": (
            "L’assistance du lycée Jean Vilar, Orsel est passée au GIP Val Numérique"
        ),
    }
    assert list(offered("academie-amont")) == ["end:"]


def test_a_transfer_that_the_agreement_no_longer_has_is_said_as_it_was_recorded():
    assert fact_label(GV, "transferred", "ailleurs") == "Transfert enregistré : ailleurs"
