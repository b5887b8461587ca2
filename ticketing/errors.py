"""The errors of the tickets, on the tree of `charters.errors`, whose own are found here too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from charters.errors import GuichetError, Invalid, NotFound, Refused

if TYPE_CHECKING:
    from ticketing.views import TicketView

__all__ = ["GuichetError", "Invalid", "NotFound", "Refused", "Stale", "StepRefused"]


class StepRefused(Refused):
    """The ticket does not allow this step from where it stands; `sentence` tells why, in French."""


class Stale(GuichetError):
    """The ticket moved since the person's page was shown; nothing was written.

    `current` is the ticket as it stands, `yours` what the person typed.
    """

    def __init__(self, current: TicketView, yours: Mapping[str, Any]) -> None:
        self.current, self.yours = current, dict(yours)
        super().__init__("Le ticket a changé entre-temps.")
