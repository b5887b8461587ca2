"""The errors that use cases raise on purpose, in one tree.

    GuichetError
      NotFound             absent, or outside the perimeter
      Invalid              bad input: a sentence for each field
      Refused              not allowed, or not possible
        StepRefused        (ticketing.errors) the ticket does not allow this step from where it stands
      StandingChanged      the person's session, mandate or charters changed between the guard and the lock
      Unavailable          something that the program depends on fails for now
      Stale, StaleDraft    (ticketing) somebody changed it meanwhile
      GoldenFailed         (ticketing) a golden ticket would get another answer

`ticketing.web.errors` holds the table that gives each its answer. Every sentence is French, for the person who tried.
"""

from __future__ import annotations

from collections.abc import Mapping


class GuichetError(Exception):
    """The root of the errors that use cases raise on purpose."""


class NotFound(GuichetError, LookupError):
    """Raised for an object that is absent or outside the perimeter; the answer is the same, to reveal neither."""


class Invalid(GuichetError, ValueError):
    """Raised for bad input: `errors` maps each field (« » for the form, « files » for files) to a French sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


class Unavailable(GuichetError):
    """Something that the program depends on fails for now: nothing was done, and the same act may pass later."""


class StandingChanged(GuichetError):
    """Raised under the lock of a write when the person no longer stands as the guard found: nothing was written.

    It is no `Refused`, so that no page takes it for a fault of its form.
    """

    def __init__(self) -> None:
        super().__init__(
            "Votre session, votre mandat ou vos chartes ont changé pendant cet envoi : rien n’a été enregistré."
        )


class Refused(GuichetError):
    """Raised for an act that is not allowed or not possible: `sentence` says why, in French."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)
