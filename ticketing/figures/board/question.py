"""A question as its address says it: measure, dimension, filters, period, and whether last year stands beside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ticketing.figures import periods
from ticketing.figures.board.measures import DIMENSIONS, MEASURES, Dimension, Measure, dimensions_of

#: The longest value of a filter that is read.
VALUE_MAX = 120


class Unreadable(ValueError):
    """Raised for an address that is no question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the bar. `filters` maps the address of a dimension to a value; `period` is as in `periods`."""

    measure: Measure
    dimension: Dimension
    period: str
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)
    beside: bool = False

    def address(self) -> dict[str, str]:
        """Return the parts of its address."""
        beside = {"avant": "1"} if self.beside else {}
        told = {"mesure": self.measure.id, "par": self.dimension.id, "periode": self.period}
        return told | dict(sorted(self.filters.items())) | beside

    def inside(self, value: tuple[str, ...]) -> Question | None:
        """Return the question inside one of its bars: filtered by it, told apart by the next dimension.

        None for a month of all years, and where a value is empty, since no address holds an empty filter.
        """
        if self.dimension.id == "mois":
            return replace(self, period=value[0], dimension=DIMENSIONS["service"])
        names = _FILTERS.get(self.dimension.id, (self.dimension.id,) if self.dimension.filters else ())
        return self.within(dict(zip(names, value, strict=False))) if names and all(value) else None

    def within(self, more: Mapping[str, str]) -> Question:
        """Return the question under more filters, told apart by the next dimension."""
        filters = {**self.filters, **more}
        following = next((one for one in _NEXT if one not in filters), "mois")
        allowed = {one.id for one in dimensions_of(self.measure, False)}
        return replace(self, filters=filters, dimension=DIMENSIONS[following if following in allowed else "partie"])

    def without(self, name: str) -> Question:
        """Return the question without one of its filters."""
        return replace(self, filters={one: value for one, value in self.filters.items() if one != name})

    def year_before(self) -> Question | None:
        """Return the same question a year earlier; None for the whole."""
        before = periods.year_before(self.period)
        return replace(self, period=before, beside=False) if before else None

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of facts that it tells apart or filters by, but the month."""
        named = [*self.dimension.columns, *(column for one in self.filters for column in DIMENSIONS[one].columns)]
        return frozenset(named) - {"month"}


#: What a bar is told apart by once one is inside it, in this order.
_NEXT = ("partie", "service", "activite", "statut")
#: The filters by which one is inside a bar of a dimension that is no filter itself.
_FILTERS = {"case": ("accord", "service", "activite"), "semaine": ("jour",)}
#: The filters whose values are of a closed list.
_CLOSED = {"priorite": frozenset("012345"), "age": frozenset("0123")}


def read(given: Mapping[str, str], period: str, *, own: bool) -> Question:
    """Return the question of an address; what it does not say is the usual. Raises Unreadable."""
    measure = MEASURES.get(given.get("mesure", "ouverts"))
    if measure is None:
        raise Unreadable("mesure")
    allowed = {one.id: one for one in dimensions_of(measure, own)}
    dimension = allowed.get(given.get("par", "") or "service")
    if dimension is None:
        dimension = allowed["partie"]
    wanted = given.get("periode", "") or period
    if not periods.is_period(wanted):
        raise Unreadable("periode")
    filters = {}
    for name, one in DIMENSIONS.items():
        value = given.get(name, "")
        if value and one.filters:
            if len(value) > VALUE_MAX or not value.isprintable():
                raise Unreadable(name)
            filters[name] = value
    for name, known in _CLOSED.items():
        if filters.get(name, next(iter(known))) not in known:
            raise Unreadable(name)
    if "jour" in filters and not _is_day(filters["jour"]):
        raise Unreadable("jour")
    if not measure.waits:
        filters.pop("age", None)
    return Question(measure, dimension, wanted, filters, given.get("avant") == "1")


def _is_day(text: str) -> bool:
    """Whether a text is a day as facts write it: « 2026-11-30 »."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
