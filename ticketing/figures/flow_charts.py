"""Compute the geometry of a chart of flows between parties: two columns of bars, and ribbons between them. Pure.

Tickets that stay have pale ribbons; tickets that move have darker, outlined and numbered ribbons, so that they differ
without colour too. `templates/agreements/replays/chart.html` writes the chart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matrix.french.grammar import of, to, with_article

WIDTH = 560
_HEIGHT, _GAP, _HEAD, _BAR = 220.0, 30.0, 46.0, 12.0
_LEFT, _RIGHT = _BAR, WIDTH - _BAR
#: The least thickness of a ribbon: a single ticket among a million must be visible.
_THIN = 1.5

Flow = tuple[str, str, int]  # party before, party after, tickets


@dataclass(frozen=True, slots=True)
class Bar:
    """A party on one side: its bar, the words above it, and their anchor."""

    party: str
    x: float
    y: float
    height: float
    text_x: float
    text_y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Tickets from one party to another: an outline (an SVG path), the words shown when pointed at, their number."""

    path: str
    moves: bool
    title: str
    text: str
    text_x: float
    text_y: float
    key: tuple[str, str] = ("", "")  # the parties before and after


@dataclass(frozen=True, slots=True)
class FlowChart:
    """Everything that a template needs to draw the chart. Units are those of the view box."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]
    description: str


def flow_chart(
    flows: Sequence[Flow], parties: Sequence[str], name: Callable[[str], str], say: Callable[[int], str]
) -> FlowChart:
    """Return the chart of some flows; `parties` gives their order from top to bottom, the same on both sides."""
    flows = [flow for flow in flows if flow[2]]
    before = {party: sum(count for one, _, count in flows if one == party) for party in parties}
    after = {party: sum(count for _, one, count in flows if one == party) for party in parties}
    shown = [party for party in parties if before[party] or after[party]]
    scale = _HEIGHT / (sum(before.values()) or 1)
    tops, at = {}, _HEAD
    for party in shown:
        tops[party] = at
        at += max(before[party], after[party]) * scale + _GAP
    bars = []
    for party in shown:
        bars.append(_bar(party, 0, tops[party], before[party], scale, f"{name(party)} : {say(before[party])}"))
        change = after[party] - before[party]
        by = f" ({'+' if change > 0 else ''}{say(change)})" if change else ""
        words = f"{name(party)} : {say(after[party])}{by}"
        bars.append(_bar(party, 1, tops[party], after[party], scale, words))
    return FlowChart(
        WIDTH,
        int(at - _GAP) + 8,
        tuple(bars),
        _ribbons(flows, shown, tops, scale, name, say),
        _in_words(flows, name, say),
    )


def _bar(party: str, side: int, top: float, count: int, scale: float, text: str) -> Bar:
    return Bar(
        party,
        _r(side * _RIGHT),
        _r(top),
        _r(max(count * scale, 1.0)),
        WIDTH if side else 0,
        _r(top - 7),
        "end" if side else "start",
        text,
    )


def _ribbons(
    flows: Sequence[Flow],
    shown: Sequence[str],
    tops: dict[str, float],
    scale: float,
    name: Callable[[str], str],
    say: Callable[[int], str],
) -> tuple[Ribbon, ...]:
    """Return the ribbons: those that stay come first, so that those that move are drawn over them."""
    place = {party: rank for rank, party in enumerate(shown)}
    leaving, coming = dict(tops), dict(tops)
    starts, ends = {}, {}
    for one in sorted(flows, key=lambda flow: (place[flow[0]], place[flow[1]])):
        starts[one] = leaving[one[0]]
        leaving[one[0]] += one[2] * scale
    for one in sorted(flows, key=lambda flow: (place[flow[1]], place[flow[0]])):
        ends[one] = coming[one[1]]
        coming[one[1]] += one[2] * scale
    drawn = []
    moving = 0
    for one in sorted(flows, key=lambda flow: (flow[0] != flow[1], place[flow[0]], place[flow[1]])):
        left, right, thick, moves = starts[one], ends[one], max(one[2] * scale, _THIN), one[0] != one[1]
        along = 0.5
        if moves:  # the numbers stand at different places, or they would overlap
            along = (0.36, 0.64, 0.5, 0.22, 0.78)[moving % 5]
            moving += 1
        title = f"{name(one[0])} → {name(one[1])} : {say(one[2])} ticket{'s' if one[2] > 1 else ''}"
        drawn.append(
            Ribbon(
                _path(left, right, thick),
                moves,
                title,
                say(one[2]) if moves else "",
                _r(_LEFT + (_RIGHT - _LEFT) * along),
                _r(_at(left, right, along) + thick / 2 + 4),
                one[:2],
            )
        )
    return tuple(drawn)


def _path(left: float, right: float, thick: float) -> str:
    middle = WIDTH / 2
    low_left, low_right = _r(left + thick), _r(right + thick)
    return (
        f"M{_LEFT:g} {_r(left):g}C{middle:g} {_r(left):g} {middle:g} {_r(right):g} {_RIGHT:g} {_r(right):g}"
        f"V{low_right:g}C{middle:g} {low_right:g} {middle:g} {low_left:g} {_LEFT:g} {low_left:g}Z"
    )


def _at(left: float, right: float, along: float) -> float:
    """Return the height of a ribbon's edge at a fraction of its way: a Bézier curve whose handles are half-way."""
    return left + (right - left) * along * along * (3 - 2 * along)


def _in_words(flows: Sequence[Flow], name: Callable[[str], str], say: Callable[[int], str]) -> str:
    moving = [flow for flow in flows if flow[0] != flow[1]]
    staying = sum(count for before, after, count in flows if before == after)
    if not moving:
        return f"Aucun ticket ne change de partie ; {say(staying)} restent où ils sont."
    told = " ; ".join(
        f"{of(with_article(name(before)))} {to(with_article(name(after)))}, {say(count)}"
        for before, after, count in moving
    )
    return f"Tickets qui changent de partie : {told}. {say(staying)} restent où ils sont."


def _r(value: float) -> float:
    return round(value, 1)
