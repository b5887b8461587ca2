"""Read networks.toml, fees.toml and committees.toml: networks of assistance, their yearly fee (AC@R), who steers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry
from matrix.model import Committee, FeeBand, Network, Obligation, Point, Seat


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


def read_committees(folder: Folder, obligations: Sequence[Obligation]) -> Iterator[Committee]:
    """The committees, in the order of the file, each with the seats that name it."""
    meetings = {one.id: one for one in obligations}
    seats: dict[str, list[Seat]] = {}
    known: set[str] = set()
    named: list[tuple[str, Entry]] = []
    for entry in folder.optional("committees.toml", "seat"):
        of = entry.take("committee", str)
        named.append((of, entry))
        seats.setdefault(of, []).append(_seat(folder, entry))
    for entry in folder.optional("committees.toml", "committee"):
        name, meets = entry.take("id", str), entry.take("meets", str, "", one_of=meetings)
        if name in known:
            entry.fault("id", f"comité {name!r} déjà donné")
        known.add(name)
        cited = folder.cites(entry)
        if not cited and not meets:
            entry.fault("cites", "« cites » : la clause qui institue le comité est attendue, ou « meets »")
        yield Committee(
            id=name,
            name=entry.take("name", str),
            meets=meets,
            elsewhere=entry.take("elsewhere", str, ""),
            seats=tuple(seats.get(name, ())),
            citations=cited or (meetings[meets].citations if meets in meetings else ()),
            shares=tuple(folder.clause(entry, "shares", one) for one in entry.texts("shares", ())),
        )
    for of, entry in named:
        if of not in known:
            entry.fault("committee", f"comité {of!r} inconnu ; attendu : un [[committee]] de ce fichier")


def _seat(folder: Folder, entry: Entry) -> Seat:
    least = entry.take("least", int, 1)
    if least < 1:
        entry.fault("least", "« least » : un nombre d’au moins 1 attendu")
    party = entry.take("party", str, "", one_of=folder.parties)
    return Seat(entry.take("who", str), least, party, folder.clause_of(entry))
