"""Read networks.toml and fees.toml: the networks of assistance and what a year in them costs (AC@R)."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.files.folder import Folder
from matrix.model import FeeBand, Network, Point


def read_points(folder: Folder) -> Iterator[Point]:
    """The points of assistance and their antennas."""
    for entry in folder.optional("networks.toml", "point"):
        yield Point(
            entry.take("kind", str, one_of=("point", "antenne")),
            entry.take("name", str),
            entry.take("commune", str),
            entry.take("departement", str),
            folder.clause_of(entry),
        )


def read_networks(folder: Folder) -> Iterator[Network]:
    """The networks of établissements."""
    for entry in folder.optional("networks.toml", "network"):
        yield Network(entry.take("departement", str), entry.take("name", str), folder.clause_of(entry))


def read_fees(folder: Folder) -> Iterator[FeeBand]:
    """The lines of the yearly fee scales."""
    for entry in folder.optional("fees.toml", "fee"):
        least, most = entry.take("least", int, None), entry.take("most", int, None)
        if least is not None and most is not None and least > most:
            entry.fault("least", "« least » dépasse « most »")
        yield FeeBand(least, most, entry.take("euros", int), entry.take("year", int), folder.clause_of(entry))
