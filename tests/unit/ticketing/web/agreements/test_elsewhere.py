"""What the other agreements say of a blank cell: their words, their clauses, never the agreement's own."""

from __future__ import annotations

import pytest

from matrix import load_conventions, table
from ticketing.web.agreements import elsewhere

CONVENTIONS = load_conventions()
HP = "hautes-pyrenees-2015"


@pytest.mark.parametrize("agreement", CONVENTIONS.ids)
def test_each_says_its_own_settled_cell_with_its_clauses(agreement: str) -> None:
    found = 0
    for service in CONVENTIONS.services:
        for activity in CONVENTIONS.activities:
            for one in elsewhere.says(CONVENTIONS, agreement, service, activity):
                found += 1
                other = CONVENTIONS[one.id]
                cell = other.cell(other.versions[-1], service, activity)
                assert one.id != agreement and service not in other.exclusions
                assert cell.provenance != "default" and one.cell.citations
                assert all(citation.document == one.id for citation in one.cell.citations)
    assert found > 100


def test_what_is_blank_elsewhere_too_says_nothing() -> None:
    assert elsewhere.says(CONVENTIONS, HP, "interfaces-vie-scolaire", "conseil") == ()
    assert table.row(CONVENTIONS, HP, "ent", "mco") is None  # left out (I.1)


def test_the_words_are_counted_in_the_order_of_the_agreements() -> None:
    others = elsewhere.says(CONVENTIONS, HP, "antivirus", "installation")
    assert [(one.id, one.cell.view.word) for one in others] == [
        ("acar-2021", "Établissement"),
        ("bouches-du-rhone-2017", "Académie"),
    ]
    assert elsewhere.words(others) == (("Établissement", 1), ("Académie", 1))
    assert elsewhere.words((*others, others[0])) == (("Établissement", 2), ("Académie", 1))
