"""What the steps of a ticket start from and make: standing, author, entry, outcome. Pure: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ticketing.hours.promises import NOTHING_PROMISED, Engagements
from ticketing.model import OPEN_STATES, Bond, Holder, HoldReason, Kind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the steps need to know of a ticket, and change. `returns_to` is the party that handed it to its holder.

    `due_at` is the end of the delay that a text sets, `engagements` what the parties promised. `nudge_at` is when the
    program next reminds the requester of a question, or closes; `nudges` how often it reminded. `alert_at` is when it
    next tells the holder's référent, `silent_at` when for want of any act, `alerted` of what it told (`hours.rules`).
    """

    state: State
    holder: Holder
    activity: str
    opened_at: datetime
    due_at: datetime | None
    desk: Holder
    returns_to: Holder | None = None
    assignee_id: int | None = None
    assignee_name: str | None = None
    hold_reason: HoldReason | None = None
    held_since: datetime | None = None
    wake_at: datetime | None = None
    first_answer_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    hand_ons: int = 0
    engagements: Engagements = NOTHING_PROMISED
    bond: Bond = Bond.NONE
    nudge_at: datetime | None = None
    nudges: int = 0
    alert_at: datetime | None = None
    silent_at: datetime | None = None
    alerted: tuple[str, ...] = ()

    @property
    def paused(self) -> bool:
        """Whether what was promised stops: the ticket waits on nobody of its holder, or is resolved."""
        on_hold = self.state is State.ON_HOLD and self.hold_reason is not None
        return self.hold_reason.is_nobodys if on_hold and self.hold_reason else self.state not in OPEN_STATES

    @property
    def unanswered(self) -> bool:
        """Whether the ticket was closed because its requester did not answer: any word of that side opens it again."""
        return self.state is State.CLOSED and self.hold_reason is HoldReason.REQUESTER


@dataclass(frozen=True, slots=True)
class Author:
    """The person who takes the step; `id` None means the program itself."""

    id: int | None
    name: str
    on_holders_side: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the timeline: its kind, its words, whether only one side reads it, what changed."""

    kind: Kind
    words: str = ""
    internal: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step: the new standing, its entry, and the notice that it calls for (None: no mail).

    `recalled` are words of an earlier entry that the notice repeats below its own. `mentioned` are the accounts that
    the words name, and that read them.
    """

    standing: Standing
    entry: Entry
    notice: str | None = None
    recalled: str = ""
    mentioned: tuple[int, ...] = ()
