"""Transfers from one party to another at one établissement: which hold, which may come, what they change. Pure.

A transfer chooses its établissements by a list, by their kind, sector or owner, and waits or not until a person records
it (I.2). What it tests besides, who paid for a thing for example, becomes a case of the cell: an unknown fact is asked
for, and the answer is not settled until it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from matrix.model import Case, Cell, Citation, Convention, Etablissement, Transfer
from matrix.owners import OWN, own_party
from matrix.places.known import holds_at, of_place

#: Whether a transfer was recorded, by the subject of the recorded fact.
Recorded = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Passing:
    """The transfers of an agreement at an établissement: those that hold there, and those that a person may record."""

    place: Etablissement
    convention: Convention
    holding: tuple[Transfer, ...]
    waiting: tuple[Transfer, ...]

    def own(self, party: str | None) -> str | None:
        """A party, or for a role the party that plays it at the établissement; None where nobody is known to."""
        if party is None or party not in OWN:
            return party
        return own_party(party, self.place, self.convention.parties)

    def waits(self, service: str) -> tuple[Transfer, ...]:
        """The transfers that may still come and that name a service."""
        return tuple(one for one in self.waiting if service in one.services)

    def at(self, cell: Cell) -> Cell:
        """The cell after the transfers that hold: the work of `source` is that of `target`, with the clause."""
        holding = [one for one in self.holding if cell.service in one.services and cell.activity == one.activity]
        if not holding:
            return cell
        return replace(cell, cases=tuple(moved for case in cell.cases for moved in self._moved(case, holding)))

    def _moved(self, case: Case, holding: Iterable[Transfer]) -> list[Case]:
        """A case after the transfers; before it stands one case for each transfer that hangs on a fact."""
        party = self.own(case.party)
        mine = [one for one in holding if case.status == "routed" and self.own(one.source) == party]
        asking = [one for one in mine if not all(map(of_place, one.when))]
        found = [_to(case, one, str(self.own(one.target))) for one in asking]
        sure = [one for one in mine if one not in asking]
        takers = {str(self.own(one.target)): one for one in sure}
        if len(takers) > 1:
            found.append(_disputed(case, takers))
        else:
            found += [_to(case, one, name) for name, one in takers.items()] or [case]
        return found


def _to(case: Case, transfer: Transfer, target: str) -> Case:
    return replace(case, tests=(*case.tests, *transfer.when), party=target, citations=_cited(transfer.citations, case))


def _disputed(case: Case, takers: Mapping[str, Transfer]) -> Case:
    """Two transfers give the same work to two parties: nobody chooses between them."""
    sides = tuple((party, one.citations) for party, one in takers.items())
    citations = _cited(tuple(one for _, cited in sides for one in cited), case)
    names = tuple(party for party, _ in sides)
    return Case(case.tests, "conflict", None, citations, candidates=names, sides=sides)


def _cited(citations: tuple[Citation, ...], case: Case) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys((*citations, *case.citations)))


def subject(transfer: Transfer, etablissement: str) -> str:
    """What a recorded fact names of a transfer: the établissement, with the transfer's own id where it has one."""
    return f"{etablissement}:{transfer.id}" if transfer.id else etablissement


def concerns(transfer: Transfer, convention: Convention, place: Etablissement) -> bool:
    """Whether a transfer is about an établissement: by its list, and by the kind, sector and owner that it wants."""
    if transfer.etablissements and place.id not in transfer.etablissements:
        return False
    return all(holds_at(test, place, convention.parties) for test in transfer.when if of_place(test))


def passing(convention: Convention, place: Etablissement, recorded: Recorded) -> Passing:
    """The transfers of an agreement at an établissement, sorted by whether they hold yet."""
    mine = [one for one in convention.transfers if concerns(one, convention, place)]
    holding = [one for one in mine if not one.recorded or recorded(subject(one, place.id))]
    return Passing(place, convention, tuple(holding), tuple(one for one in mine if one not in holding))
