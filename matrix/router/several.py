"""Decisions on a service that several agreements in force name for one établissement: one answer, or a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from matrix.model import FACTS, Decision, Request, Status
from matrix.router.fact_cell import FactCell
from matrix.router.school_time_cell import SchoolTimeCell

_T = TypeVar("_T")


class SeveralAgreements:
    """The answers of several agreements to one service and activity, put together. `asked`: the facts they ask for."""

    __slots__ = ("_memo", "asked", "desk", "parts")

    def __init__(self, parts: tuple[Decision | FactCell | SchoolTimeCell, ...], desk: str) -> None:
        self.parts, self.desk = parts, desk
        self._memo: dict[tuple[int, ...], Decision] = {}
        named: set[str] = {fact for part in parts if not isinstance(part, Decision) for fact in part.asked}
        self.asked: tuple[str, ...] = tuple(fact for fact in FACTS if fact in named)

    def decide(self, request: Request) -> Decision:
        """The one decision of the agreements for a request."""
        decisions = [part if isinstance(part, Decision) else part.decide(request) for part in self.parts]
        key = tuple(map(id, decisions))  # the parts keep their decisions alive, so an id identifies a decision
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = _together(decisions, self.desk)
        return found


#: Statuses from those that name parties to those that name none; of several agreements' answers the first wins.
_STRENGTH: Mapping[Status, int] = {
    "routed": 4,
    "needs_info": 4,
    "conflict": 4,
    "arbitration": 3,
    "not_applicable": 2,
    "to_qualify": 1,
    "out_of_scope": 0,
}


def _together(decisions: list[Decision], desk: str) -> Decision:
    """One decision made of several agreements' decisions: those that name parties win; different parties conflict.

    A fact that can still change one of them is asked before anything is called a conflict.
    """
    strongest = max(_STRENGTH[decision.status] for decision in decisions)
    settled = [decision for decision in decisions if _STRENGTH[decision.status] == strongest]
    first = settled[0]
    if len(settled) == 1 or strongest < _STRENGTH["routed"]:
        return first
    status: Status = first.status
    parties = _every(decision.candidates or (decision.party,) for decision in settled)
    if any(decision.status == "needs_info" for decision in settled):
        status = "needs_info"
    elif any(decision.status != "routed" or decision.party != first.party for decision in settled):
        status = "conflict"
    missing = _every(decision.missing for decision in settled)
    return Decision(
        status=status,
        party=first.party if status == "routed" else desk,
        convention=first.convention,
        version=first.version,
        citations=_every(decision.citations for decision in settled),
        contributors=_every(decision.contributors for decision in settled) if status == "routed" else (),
        missing=tuple(fact for fact in FACTS if fact in missing),
        candidates=() if status == "routed" else parties,
        warnings=_every(decision.warnings for decision in settled),
    )


def _every(groups: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    """The items of all groups, each once, in order."""
    return tuple(dict.fromkeys(item for group in groups for item in group))
