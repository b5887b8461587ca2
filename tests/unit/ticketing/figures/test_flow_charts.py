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


def test_bars_and_ribbons_are_as_thick_as_their_tickets_are_many() -> None:
    """A hundred tickets are 220 high: each ticket is 2.2; the second party stands 30 under the higher first bar."""
    one = chart([("a", "a", 60), ("a", "d", 20), ("d", "a", 10), ("d", "d", 10)])
    assert [(bar.x, bar.y, bar.height, bar.text_x, bar.text_y, bar.anchor) for bar in one.bars] == [
        (0.0, 46.0, 176.0, 0, 39.0, "start"),
        (548.0, 46.0, 154.0, 560, 39.0, "end"),
        (0.0, 252.0, 44.0, 0, 245.0, "start"),
        (548.0, 252.0, 66.0, 560, 245.0, "end"),
    ]
    assert (one.width, one.height) == (560, 326)
    assert [(ribbon.path, ribbon.text_x, ribbon.text_y) for ribbon in one.ribbons] == [
        ("M12 46C280 46 280 46 548 46V178C280 178 280 178 12 178Z", 280.0, 116.0),
        ("M12 274C280 274 280 296 548 296V318C280 318 280 296 12 296Z", 280.0, 300.0),
        ("M12 178C280 178 280 252 548 252V296C280 296 280 222 12 222Z", 205.0, 225.9),
        ("M12 252C280 252 280 178 548 178V200C280 200 280 274 12 274Z", 355.0, 214.9),
    ]
    assert one.description == (
        "Tickets qui changent de partie : de l’Académie au Département, 20 ; du Département à l’Académie, 10. "
        "70 restent où ils sont."
    )


def test_the_numbers_of_ribbons_that_move_stand_at_five_places_in_turn() -> None:
    moves = [("a", "d", 2), ("a", "c", 2), ("d", "a", 2), ("d", "c", 2), ("c", "a", 2), ("c", "d", 2)]
    assert [ribbon.text_x for ribbon in chart(moves).ribbons] == [205.0, 355.0, 280.0, 129.9, 430.1, 205.0]


def test_one_ticket_is_one_and_none_is_no_ribbon() -> None:
    ribbons = chart([("a", "d", 1), ("d", "a", 0)]).ribbons
    assert [ribbon.title for ribbon in ribbons] == ["Académie → Département : 1 ticket"]


def test_a_party_that_loses_everything_keeps_a_bar_that_can_be_seen() -> None:
    bars = chart([("a", "d", 4)]).bars
    assert [(bar.party, bar.height) for bar in bars] == [("a", 220.0), ("a", 1.0), ("d", 1.0), ("d", 220.0)]
    assert [bar.text for bar in bars] == [
        "Académie : 4",
        "Académie : 0 (-4)",
        "Département : 0",
        "Département : 4 (+4)",
    ]
