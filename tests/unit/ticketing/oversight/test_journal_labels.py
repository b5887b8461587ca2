"""The journal's details have French names, whatever act writes them."""

from __future__ import annotations

import ast

from harness.places import ROOT

from ticketing.oversight import journal_labels


def written() -> set[str]:
    """Return the keys of details, as they are spelt in the code that records them."""
    found = set()
    for folder in ("charters", "ticketing"):
        for file in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("record", "refusal"):
                    for given in (one.value for one in call.keywords if one.arg == "details"):
                        found |= {
                            key.value
                            for part in ast.walk(given)
                            if isinstance(part, ast.Dict)
                            for key in part.keys
                            if isinstance(key, ast.Constant)
                        }
    return found


def test_every_detail_has_a_french_name() -> None:
    """Defect: « movement : arrivee », « asked : 2 ; kept : 1 », « self : oui » were shown on pages and in exports."""
    keys = written()
    assert len(keys) > 40 and not keys - set(journal_labels.LABELS)


def test_a_ticket_made_confidential_does_not_start_on_yes() -> None:
    assert journal_labels.said('{"on": true}') == (("confidentiel", "oui"),)
    assert journal_labels.said('{"on": "2026-11-30", "movement": "arrivee"}') == (
        ("à compter du", "2026-11-30"),
        ("mouvement", "arrivée"),
    )
