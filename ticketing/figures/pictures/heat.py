"""Compute maps of shades: passages from party to party, and the load of each day. Pure.

A shade is a class of lightness (`heat-0` to `heat-5`), and each number stands in its square or in the words shown when
pointed at, so that nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ticketing.figures import periods

SHADES = 5
WIDTH = 360
#: How many parties a matrix shows; the rest is in its table.
PARTIES_MAX = 8
_ROW, _HEAD, _LABEL, _LETTERS = 30.0, 26.0, 166.0, "ABCDEFGH"

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Square:
    """A square of a map: its place and size, its shade, its number where there is room, its words, where it leads."""

    x: float
    y: float
    width: float
    height: float
    shade: int
    text: str
    title: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word beside a map: its place, and whether it ends there (« end »), is centred or starts there."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Everything that a template draws of a map of shades; units are the view box's."""

    kind: str
    width: int
    height: int
    squares: tuple[Square, ...]
    words: tuple[Word, ...]
    description: str


def shade(value: float, highest: float) -> int:
    """Return the shade of a value: 0 for nothing, then 1 to 5 in equal parts of the highest."""
    return 0 if value <= 0 or highest <= 0 else min(SHADES, 1 + int(SHADES * value / highest))


def matrix(
    values: Mapping[tuple[str, str], float], short: Callable[[str], str], name: Callable[[str], str], say: Say
) -> HeatMap | None:
    """Return the matrix of what passes from each party (a line) to each (a column); None where nothing passes.

    `short` gives the name beside a line, `name` the whole name, in the words shown when pointed at.
    """
    totals: dict[str, float] = {}
    for (giver, taker), value in values.items():
        totals[giver] = totals.get(giver, 0) + value
        totals[taker] = totals.get(taker, 0) + value
    parties = sorted((one for one in totals if totals[one] > 0), key=lambda one: (-totals[one], one))[:PARTIES_MAX]
    if not parties:
        return None
    highest = max(values.get((one, other), 0) for one in parties for other in parties)
    side = (WIDTH - _LABEL) / len(parties)
    squares, words = [], []
    for row, giver in enumerate(parties):
        y = _HEAD + row * _ROW
        words.append(Word(0, _r(y + 19), f"{_LETTERS[row]}  {short(giver)}"))
        words.append(Word(_r(_LABEL + side * (row + 0.5)), 17, _LETTERS[row], "middle"))
        for column, taker in enumerate(parties):
            value = values.get((giver, taker), 0)
            told = say(value) if value else ""
            title = f"De {name(giver)} à {name(taker)} : {say(value)}"
            box = (_r(_LABEL + side * column + 1), _r(y + 1), _r(side - 2), _ROW - 2)
            shown = told if len(told) * 6.5 <= side else ""
            squares.append(Square(*box, shade(value, highest), shown, title, (giver, taker)))
    told = " ; ".join(
        f"de {name(giver)} à {name(taker)}, {say(value)}"
        for (giver, taker), value in sorted(values.items(), key=lambda one: (-one[1], one[0]))[:6]
        if value
    )
    height = int(_HEAD + _ROW * len(parties)) + 2
    return HeatMap("matrix", WIDTH, height, tuple(squares), tuple(words), f"Ce qui passe, au plus : {told}.")


def calendar(values: Mapping[str, float], months: Sequence[str], say: Say, unit: str) -> HeatMap | None:
    """Return the load of each day: a line for each of the last twelve months, a square for each day."""
    shown = list(months)[-12:]
    days = {day: value for day, value in values.items() if day[:7] in shown}
    if not days or not shown:
        return None
    highest = max(days.values())
    left, pitch, tall = 48.0, (WIDTH - 48.0) / 31, 17.0
    squares, words = [], []
    for row, month in enumerate(shown):
        y = 18 + row * tall
        words.append(Word(0, _r(y + 12), periods.short_label(month)))
        day = date(int(month[:4]), int(month[5:]), 1)
        while f"{day:%Y-%m}" == month:
            value = days.get(day.isoformat(), 0)
            title = f"{day:%d/%m/%Y} : {say(value)} {unit}"
            box = (_r(left + pitch * (day.day - 1) + 0.5), _r(y + 0.5), _r(pitch - 1), _r(tall - 1))
            off = day.weekday() >= 5 and not value
            squares.append(Square(*box, -1 if off else shade(value, highest), "", title, (day.isoformat(),)))
            day += timedelta(days=1)
    for number in (1, 5, 10, 15, 20, 25):
        words.append(Word(_r(left + pitch * (number - 0.5)), 12, str(number), "middle"))
    words.append(Word(WIDTH, 12, "31", "end"))
    top = sorted(days.items(), key=lambda one: (-one[1], one[0]))[:3]
    told = " ; ".join(f"{date.fromisoformat(day):%d/%m/%Y}, {say(value)}" for day, value in top)
    height = int(18 + tall * len(shown)) + 2
    return HeatMap("calendar", WIDTH, height, tuple(squares), tuple(words), f"Les jours les plus chargés : {told}.")


def _r(value: float) -> float:
    return round(value, 1)
