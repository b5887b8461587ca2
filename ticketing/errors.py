"""The errors of the tickets, which extend the tree of `charters.errors`; those errors can be imported here too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from charters.errors import GuichetError, Invalid, NotFound, Refused

if TYPE_CHECKING:
    from ticketing.views import TicketView

__all__ = ["GuichetError", "Invalid", "NotFound", "Refused", "Stale", "StepRefused"]


class StepRefused(Refused):
    """Raised when the ticket's present state does not allow this step; `sentence` says why, in French."""


class Stale(GuichetError):
    """Raised when the ticket changed after the person's page was shown: nothing was written.

    `current` is the ticket as it is now; `yours` is what the person typed.
    """

    def __init__(self, current: TicketView, yours: Mapping[str, Any]) -> None:
        self.current, self.yours = current, dict(yours)
        super().__init__("Le ticket a changé entre-temps.")
