"""Test which open tickets look like a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ticketing.joining.alike import alike, telling
from ticketing.model import State
from ticketing.views import ListRow


def row(number: int, title: str, **more: Any) -> ListRow:
    values: dict[str, Any] = {
        **dict.fromkeys(ListRow.__dataclass_fields__, ""),
        "number": number,
        "title": title,
        "state": State.NEW,
        "opened_at": datetime(2026, 11, 17, tzinfo=UTC),
    }
    return ListRow(**values | more)


ROWS = (
    row(1, "Le wifi est coupé au CDI"),
    row(2, "Prise réseau arrachée en B12"),
    row(3, "Wifi du CDI en panne"),
    row(4, "Panne depuis ce matin"),
)


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("Plus de wifi au CDI", [3, 1]),
        ("les prises réseau de la salle B12 sont arrachées", [2]),
        ("C’est en panne depuis ce matin, bonjour", []),  # words that stand in tickets on anything
        ("", []),
        ("<script>", []),
    ],
)
def test_tickets_that_share_a_telling_word_are_shown(sentence: str, numbers: list[int]) -> None:
    assert [one.number for one in alike(sentence, ROWS)] == numbers


def test_no_more_than_three_and_one_that_holds_up_many_whatever_its_words() -> None:
    many = [row(number, "Wifi coupé") for number in range(1, 8)]
    assert [one.number for one in alike("wifi", many)] == [7, 6, 5]
    outage = row(9, "Baie éteinte", urgent="Priorité critique")
    assert alike("plus rien", (*ROWS, outage)) == (outage,)


def test_stop_words_and_short_words_tell_nothing() -> None:
    assert telling("il y a un pb avec le pc de la CPE") == telling("CPE")
