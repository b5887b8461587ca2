"""What an agreement says of one établissement by what it is: its kind, its sector, its owner, its transfers. Pure."""

from matrix.places.known import KINDS, PLACE_FACTS, SECTORS, at, excluded, holds_at, live, of_place, with_exclusions
from matrix.places.reached import reached, strangers
from matrix.places.transfers import Passing, concerns, passing, subject

__all__ = [
    "KINDS",
    "PLACE_FACTS",
    "SECTORS",
    "Passing",
    "at",
    "concerns",
    "excluded",
    "holds_at",
    "live",
    "of_place",
    "passing",
    "reached",
    "strangers",
    "subject",
    "with_exclusions",
]
