"""Meanings of a sheet's colours, from its legend or its reader's choice; one question covers many cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from matrix.sheets import colours
from matrix.sheets.model import Answers, LegendEntry, Question, QuestionKind

WHITE = "#FFFFFF"
KEEP = ("keep", "laisser la case comme elle est dans l’accord")
#: The meanings that a colour may have besides the words of `values`.
NONE = ("none", "aucun sens : elle ne fait que décorer")

#: The number of coordinates that a sentence names.
NAMED = 12


@dataclass(slots=True)
class GatheredQuestion:
    """A question collected over the cells that raise it; `{where}` in its sentence is replaced by their coordinates."""

    key: str
    kind: QuestionKind
    sentence: str
    options: tuple[tuple[str, str], ...]
    answer: str
    colours: tuple[str, ...] = ()
    where: list[str] = field(default_factory=list)

    def asked(self) -> Question:
        """Return the question once every cell is read."""
        named = ", ".join(self.where[:NAMED])
        more = len(self.where) - NAMED
        where = f"{named} et {more} autre{'s' if more > 1 else ''}" if more > 0 else named
        return Question(
            self.key,
            self.kind,
            self.sentence.format(where=where),
            tuple(self.where),
            self.options,
            self.answer,
            self.colours,
        )


@dataclass(frozen=True, slots=True)
class Meaning:
    """Says what a colour means: a word of `values`, « none » or « keep », or None (unknown). `doubt`: a sentence."""

    word: str | None
    doubt: str = ""
    shared: bool = False  # the legend gives the colour two meanings


class ColourMeanings:
    """Finds what each colour of a sheet means, and keeps the answers."""

    def __init__(self, entries: Sequence[LegendEntry], answers: Answers, options: Sequence[tuple[str, str]]) -> None:
        self._entries, self._answers = entries, answers
        self._choices = {value for value, _ in (*options, NONE, KEEP)}
        self._seen: dict[str, Meaning] = {}
        self._known = []
        for entry in entries:
            chosen = self.chosen(entry.colour)
            self._known.append((entry.colour, entry.word if chosen is None else plain(chosen)))

    def meaning(self, colour: str) -> Meaning:
        """Return the meaning of a colour, computed once."""
        if colour not in self._seen:
            self._seen[colour] = self._resolved(colour)
        return self._seen[colour]

    def chosen(self, colour: str) -> str | None:
        """Return what the reader chose for a colour, None where nothing was."""
        answer = self._answers.get(colour_key(colour))
        return answer if answer in self._choices else None

    def legend(self) -> tuple[LegendEntry, ...]:
        """Return the legend in use.

        It holds the sheet's entries as the reader corrected them, then those that the reader added.
        """
        found: dict[str, LegendEntry] = {}
        for entry in self._entries:
            word = self.meaning(entry.colour).word
            if word is not None:
                found.setdefault(entry.colour, LegendEntry(entry.colour, word, entry.text, entry.place))
        for colour, meaning in self._seen.items():
            if meaning.word is not None and self.chosen(colour) is not None:
                found.setdefault(colour, LegendEntry(colour, meaning.word, "", ""))
        return tuple(found.values())

    def _resolved(self, colour: str) -> Meaning:
        chosen = self.chosen(colour)
        if chosen is not None:
            return Meaning(plain(chosen))
        exact = {word for known, word in self._known if known == colour}
        if len(exact) > 1:
            return Meaning(None, shared=True)
        if colour == WHITE and not exact:
            return Meaning("none")
        found = colours.nearest(colour, self._known)
        if found is None:
            return Meaning(None)
        if found[0] == colour:
            return Meaning(found[1])
        return Meaning(found[1], f"couleur {colour} rapprochée de {found[0]}, celle de la légende")


def colour_key(colour: str) -> str:
    """Return the key of the question on a colour."""
    return f"colour-{colour.lstrip('#')}"


def plain(answer: str) -> str:
    """Return an option of a question as a word of `values`."""
    return "" if answer == "blank" else answer
