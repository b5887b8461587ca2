"""Test ITIL's matrix of impact by urgency, and the order that it gives to a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ticketing import urgency
from ticketing.tickets.deadlines import rank

OPENED = datetime(2026, 11, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("impact", "hindrance", "priority"),
    [(1, 1, 1), (1, 2, 2), (2, 1, 2), (1, 3, 3), (2, 2, 3), (3, 1, 3), (2, 3, 4), (3, 2, 4), (3, 3, 5)],
)
def test_the_matrix_is_that_of_itil(impact: int, hindrance: int, priority: int) -> None:
    assert urgency.priority(impact, hindrance) == priority


@pytest.mark.parametrize("known", [(None, None), (1, None), (None, 3)])
def test_an_open_question_ranks_in_the_middle(known: tuple[int | None, int | None]) -> None:
    assert urgency.priority(*known) is None
    assert urgency.offset(*known) == urgency.offset(2, 2)
    assert urgency.words(*known) == ""


def test_the_more_urgent_comes_first_then_the_older_whatever_the_age() -> None:
    old = OPENED - timedelta(days=3650)
    placed = [
        rank(None, opened, urgency.offset(*answers))
        for answers in ((1, 1), (2, 1), (None, None), (2, 3), (3, 3))
        for opened in (old, OPENED)
    ]
    assert placed == sorted(placed) and len(set(placed)) == len(placed)


def test_only_what_stands_out_is_named() -> None:
    assert urgency.words(1, 1) == "Priorité critique" and urgency.words(2, 1) == "Priorité haute"
    assert urgency.words(2, 2) == urgency.words(3, 3) == ""


@pytest.mark.parametrize(("sent", "read"), [("1", 1), ("3", 3), ("", None), ("0", None), ("4", None), ("²", None)])
def test_an_answer_is_read_or_unknown(sent: str, read: int | None) -> None:
    assert urgency.code(sent) == read


def test_what_changed_is_said_with_both_values() -> None:
    before = {"room": "", "impact": None, "urgency": 3}
    assert urgency.changed(before, before) == []
    assert urgency.changed(before, {"room": "B12", "impact": 1, "urgency": 3}) == [
        "Salle ou lieu : non précisé → B12",
        "Qui est gêné : non précisé → Tout l’établissement",
    ]
    assert urgency.changed(before, {**before, "urgency": 1}) == ["Peut-on travailler : Oui → Non"]
