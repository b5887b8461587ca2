"""Test which tickets are shown as one larger trouble: alike, on one subject, at least three within an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ticketing.joining.outbreaks import MOST, Arrived, outbreak

NINE = datetime(2026, 11, 17, 9, tzinfo=UTC)


def ticket(number: int, minutes: int, title: str = "Panne", place: str = "desaix", service: str = "reseau") -> Arrived:
    return Arrived(number, 1, title, service, place, place.capitalize(), NINE + timedelta(minutes=minutes))


def found(*tickets: Arrived) -> list[int]:
    outbreaks = outbreak(tickets)
    return [one.number for one in outbreaks.tickets] if outbreaks else []


@pytest.mark.parametrize(
    ("last", "numbers"),
    [
        (ticket(3, 60), [1, 2, 3]),  # an hour, to the minute
        (ticket(3, 61), []),
        (ticket(3, 30, service="postes"), []),  # another subject
        (ticket(3, 30, place="hugo"), []),  # another place, and no word that tells
        (ticket(2, 30), []),  # two
    ],
)
def test_three_of_one_place_within_an_hour_are_one(last: Arrived, numbers: list[int]) -> None:
    tickets = {one.number: one for one in (ticket(1, 0), ticket(2, 10), last)}
    assert found(*tickets.values()) == numbers


def test_a_word_that_tells_binds_several_places() -> None:
    titles = ("Plus de wifi au CDI", "Le wifi est coupé", "Wifi en panne")
    tickets = [ticket(index, index, title, f"lieu{index}") for index, title in enumerate(titles, 1)]
    assert found(*reversed(tickets)) == [1, 2, 3], "the oldest is the first, however they come"
    one = outbreak(tickets)
    assert one is not None and one.first.number == 1 and one.place == ""
    assert found(*(ticket(index, index, "Panne ce matin", f"lieu{index}") for index in range(1, 5))) == []


def test_the_largest_set_is_shown_with_its_place_and_a_limit() -> None:
    small = [ticket(index, index) for index in range(1, 4)]
    large = [ticket(index, 200 + index, place="hugo") for index in range(10, 14)]
    one = outbreak([*small, *large])
    assert one is not None and [each.number for each in one.tickets] == [10, 11, 12, 13] and one.place == "Hugo"
    assert len(found(*(ticket(index, 1) for index in range(1, MOST + 9)))) == MOST


def test_an_hour_begins_with_any_ticket() -> None:
    assert found(ticket(1, 0), ticket(2, 50), ticket(3, 100), ticket(4, 105)) == [2, 3, 4]
