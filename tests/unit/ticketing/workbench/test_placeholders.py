"""The places of canned answers: filled in by a ticket, and never from what a ticket itself says."""

from __future__ import annotations

from ticketing.workbench.placeholders import NAMES, filled, unknown


def test_each_place_is_filled_in_however_it_is_written() -> None:
    values = {"demandeur": "Thomas", "numéro": "12", "établissement": "Collège Desaix"}
    said = "Bonjour {demandeur}, le n° {Numero} de {ÉTABLISSEMENT} : {inconnu} {sujet}"
    assert filled(said, values) == "Bonjour Thomas, le n° 12 de Collège Desaix : {inconnu} {sujet}"


def test_what_a_ticket_says_is_no_place() -> None:
    assert filled("{titre} {moi}", {"titre": "{moi} \\1 {demandeur}", "moi": "Nadia"}) == "{moi} \\1 {demandeur} Nadia"


def test_a_place_that_nothing_fills_is_named() -> None:
    assert unknown("{date} {demandeur} {date} {nom du chef}") == ["{date}", "{nom du chef}"]
    assert unknown(" ".join(f"{{{name}}}" for name in NAMES)) == []
    assert unknown("une accolade { seule }\n{}") == ["{ seule }"]
