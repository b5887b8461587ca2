"""How this room says no."""

from __future__ import annotations

from collections.abc import Mapping


class Invalid(ValueError):
    """Bad input: `faults` maps each field (« » for the whole form) to a French sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class Refused(Exception):
    """What cannot be done, with a French sentence for the person who tried."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Unknown(LookupError):
    """No such thing (or not for this person): the page answers 404."""
