"""The state of a ticket in plain words, as the reader of a list sees it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ticketing.formats import short_date
from ticketing.model import OPEN_STATES, HoldReason, State
from ticketing.views import ListRow

_WAITS = {
    HoldReason.REQUESTER: "Attend la réponse du demandeur",
    HoldReason.SUPPLIER: "Attend un fournisseur",
    HoldReason.PART: "Attend une pièce",
    HoldReason.VISIT: "Intervention prévue",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list: the account, the scope of the mandate, whether it is a collège's, and what it may do.

    `may_work` is for those who tick several tickets at once, `may_take` for all who take some in charge. `away` is who
    of the reader's side is away, and until when.
    """

    account: int
    scope: str
    of_college: bool
    may_confirm: bool = False
    may_work: bool = False
    may_take: bool = False
    away: Mapping[int, date] = field(default_factory=dict)


def in_words(row: ListRow, reader: Reader) -> str:
    """Return the state of a row in plain words for this reader: « Attend votre réponse », « À prendre en charge ».

    A row that waits for a colleague who is away says so, to the colleague's side alone.
    """
    last = reader.away.get(row.assignee_id or 0) if row.holder_organisation == reader.scope else None
    gone = f" (absence jusqu’au {short_date(last)})" if last and row.state in OPEN_STATES else ""
    return f"{_words(row, reader)}{gone}"


def _words(row: ListRow, reader: Reader) -> str:
    match row.state:
        case State.CLOSED:
            return "Clos"
        case State.RESOLVED:
            return "Résolu : est-ce réglé ?" if confirmable(row, reader) else "Résolu"
        case State.ON_HOLD:
            if row.hold_reason == HoldReason.REQUESTER and _asked_of(row, reader):
                return "Attend votre réponse"
            if row.hold_reason == HoldReason.VISIT and row.wake_at is not None:
                return f"Intervention le {short_date(row.wake_at)}"
            return _WAITS.get(HoldReason(row.hold_reason or HoldReason.OTHER), "En attente")
    if row.assignee_id is not None:
        return "Vous vous en occupez" if row.assignee_id == reader.account else f"{row.assignee_name} s’en occupe"
    own = row.holder_organisation == reader.scope and reader.may_take
    return "À prendre en charge" if own else "Pas encore pris en charge"


def confirmable(row: ListRow, reader: Reader) -> bool:
    """Whether the reader may say from the list that the solution is right, or not."""
    return row.state is State.RESOLVED and reader.may_confirm


def _asked_of(row: ListRow, reader: Reader) -> bool:
    """Whether the question put to the requester is put to the reader's side."""
    return reader.scope == row.etablissement != row.holder_organisation
