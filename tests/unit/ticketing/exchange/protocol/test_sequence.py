"""However the updates of a stream come, each is applied once, in order, and what never came is named."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ticketing.exchange.protocol import sequence
from ticketing.exchange.protocol.sequence import Place, Stream

COMINGS = st.lists(st.integers(1, 40), max_size=120)


def received(orders: list[int]) -> tuple[Stream, list[int]]:
    """Return the stream after these updates came, and the order in which they were applied."""
    stream, applied = Stream(), []
    for order in orders:
        stream = stream.with_held(order)
        ready = stream.ready()
        applied += ready
        stream = stream.applied(ready)
    return stream, applied


@given(COMINGS)
def test_what_is_applied_is_the_unbroken_beginning_each_once_and_in_order(orders):
    stream, applied = received(orders)
    came = set(orders)
    unbroken = next(one for one in range(1, 42) if one not in came) - 1
    assert applied == list(range(1, unbroken + 1))
    assert stream.upto == unbroken
    assert stream.held == {one for one in came if one > unbroken}


@given(COMINGS, st.randoms())
def test_the_order_in_which_mails_come_changes_nothing_in_the_end(orders, chance: random.Random):
    other = orders + orders[: len(orders) // 2]
    chance.shuffle(other)
    assert received(orders)[0] == received(other)[0]


@given(COMINGS, st.integers(0, 45))
def test_what_is_missing_is_all_that_did_not_come_up_to_what_was_announced(orders, announced):
    stream, _ = received(orders)
    last = max([*stream.held, announced], default=0)
    assert set(stream.missing(announced)) == set(range(1, last + 1)) - set(orders)


@given(COMINGS)
def test_the_missing_sent_again_leave_nothing_held(orders):
    stream, _ = received(orders)
    again, _ = received([*orders, *stream.missing()])
    assert (again.missing(), again.held) == ((), frozenset())


@given(COMINGS)
def test_a_gap_that_is_given_up_lets_what_follows_take_its_turn(orders):
    stream, _ = received(orders)
    skipping = stream.skipping()
    assert bool(skipping.ready()) is bool(stream.held)
    assert skipping.upto >= stream.upto


def test_an_update_has_one_place():
    stream = Stream(3, frozenset({6}))
    places = {order: stream.place(order) for order in (1, 3, 4, 5, 6, 3 + sequence.AHEAD_MAX, 4 + sequence.AHEAD_MAX)}
    assert list(places.values()) == [
        Place.KNOWN,
        Place.KNOWN,
        Place.NEXT,
        Place.EARLY,
        Place.KNOWN,
        Place.EARLY,
        Place.FAR,
    ]
    assert stream.with_held(4 + sequence.AHEAD_MAX) == stream, "what is too far ahead is not kept"


def test_a_gap_is_asked_for_ever_more_rarely():
    waits = [sequence.wait(asked) for asked in range(8)]
    assert waits == sorted(waits) and waits[-1] == sequence.PATIENCE[-1]


def test_ours_follows_the_holder_s_resolution_and_nothing_else():
    states = ("new", "in_progress", "on_hold", "resolved", "closed")
    following = {
        (holds, theirs, ours)
        for holds in (True, False)
        for theirs in states
        for ours in states
        if sequence.follows(holds=holds, theirs=theirs, ours=ours)
    }
    assert following == {(True, theirs, ours) for theirs in ("resolved", "closed") for ours in states[:3]}
