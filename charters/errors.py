"""How this room says no."""

from __future__ import annotations

from collections.abc import Mapping


class Invalid(ValueError):
    """Bad input: `errors` maps each field (« » for the whole form) to a French sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


class Refused(Exception):
    """What cannot be done, with a French sentence for the person who tried."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Unknown(LookupError):
    """No such thing (or not for this person): the page answers 404."""
