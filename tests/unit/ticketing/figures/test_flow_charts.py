"""The chart of flows: no ticket is lost, moves are visible without colour, and no ribbon is invisible."""

from __future__ import annotations

import re

from ticketing.figures.flow_charts import flow_chart

FLOWS = [("a", "a", 900_000), ("a", "d", 3), ("d", "a", 90), ("d", "d", 99_907)]


def chart(flows: list[tuple[str, str, int]]):  # type: ignore[no-untyped-def]
    return flow_chart(flows, ("a", "d", "c"), {"a": "Académie", "d": "Département", "c": "Collège"}.__getitem__, str)


def test_each_side_says_its_numbers_and_what_changed() -> None:
    texts = [bar.text for bar in chart(FLOWS).bars]
    assert texts == [
        "Académie : 900003",
        "Académie : 900090 (+87)",
        "Département : 99997",
        "Département : 99910 (-87)",
    ]


def test_what_moves_is_numbered_and_drawn_over_what_stays() -> None:
    ribbons = chart(FLOWS).ribbons
    assert [ribbon.moves for ribbon in ribbons] == [False, False, True, True]
    assert [ribbon.text for ribbon in ribbons] == ["", "", "3", "90"]
    assert ribbons[2].title == "Académie → Département : 3 tickets"


def test_three_tickets_among_a_million_are_seen() -> None:
    path = chart(FLOWS).ribbons[2].path
    high, low = (float(found) for found in re.findall(r"548 ([\d.]+)V([\d.]+)C", path)[0])
    assert low - high >= 1.4


def test_everything_lies_within_the_view() -> None:
    one = chart(FLOWS)
    assert all(bar.y >= 0 and bar.y + bar.height <= one.height and 0 <= bar.x <= one.width - 12 for bar in one.bars)


def test_the_description_tells_it_in_words() -> None:
    assert "du Département à l’Académie, 90" in chart(FLOWS).description
    assert chart([("a", "a", 5)]).description == "Aucun ticket ne change de partie ; 5 restent où ils sont."
    assert chart([]).bars == ()
