"""How the desk says no. Every sentence is French, for the person who tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ticketing.views import TicketView


class NotFound(LookupError):
    """Absent, or outside the perimeter: the page answers 404 to both alike."""


class Refused(Exception):
    """An act that is not allowed on what may be seen: 403."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class StepRefused(Exception):
    """The ticket does not allow this step from where it stands; `sentence` tells why, in French."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Invalid(ValueError):
    """Bad input: `errors` maps each field to a sentence (« files » for the files)."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


class Stale(Exception):
    """The ticket moved since the person's page was shown; nothing was written.

    `current` is the ticket as it stands, `yours` what the person typed.
    """

    def __init__(self, current: TicketView, yours: Mapping[str, Any]) -> None:
        self.current, self.yours = current, dict(yours)
        super().__init__("Le ticket a changé entre-temps.")
