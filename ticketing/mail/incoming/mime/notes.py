"""What was wrong with a message and how it was read, said in French to a person. Pure."""

from __future__ import annotations

#: A message that is wrong everywhere tells no more after this many sentences.
NOTES_MAX = 30


class Notes:
    """The sentences that readers leave while they read one message, each of them once."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """Keep one sentence, unless it was said or too many were."""
        if len(self._said) < NOTES_MAX:
            self._said.setdefault(sentence)

    def said(self) -> tuple[str, ...]:
        """Return the sentences in the order in which they were first said."""
        return tuple(self._said)
