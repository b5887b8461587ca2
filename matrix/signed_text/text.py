"""A signed text beside its agreement: what each sentence settles, what it is marked, what nobody has read yet. Pure.

    read = SignedText(text)                       # split once
    beside = Beside(read, convention, vocabulary)  # what the agreement's files take from each sentence

A sentence is *about* something where it has a verb of activity and an object of the vocabulary (`activities`,
`objects`); only those have to be quoted or marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from matrix.model import Citation, Convention, SentenceMark
from matrix.signed_text.activities import activities
from matrix.signed_text.objects import Objects
from matrix.signed_text.places import PARTS, Places, named
from matrix.signed_text.printed import printed
from matrix.signed_text.splitting import Sentence, split
from matrix.signed_text.uses import Passage, Use, uses

#: What is known of a sentence: quoted by a clause; marked as held, as no rule, to be done; about something and not yet
#: read by anybody; about nothing that the vocabulary names.
State = Literal["quoted", "held", "not_a_rule", "to_do", "open", "plain"]


class SignedText:
    """A text split into its sentences, and the places of quotes in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = split(text)
        self.places = Places(text, self.sentences)

    def lead(self, position: int) -> Sentence | None:
        """Return the sentence that introduces one (« Le Département s'engage à : »), None where none does."""
        at = self.sentences[position].lead
        return None if at is None else self.sentences[at]


@dataclass(frozen=True, slots=True)
class About:
    """The activities that a sentence's verbs tell and the services that it names; both empty for most sentences."""

    activities: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.activities) and bool(self.services)


@dataclass(frozen=True, slots=True)
class Standing:
    """One sentence beside its agreement: its place, what it is about, what rests on it, how it is marked.

    `words` is what its words tell, be it a heading or a sentence about nothing.
    """

    position: int
    sentence: Sentence
    place: str
    words: About
    uses: tuple[Use, ...]
    quoted: bool
    marks: tuple[SentenceMark, ...]

    @property
    def about(self) -> bool:
        """Return whether the sentence speaks of an object and of a task, so that it has to be quoted or marked.

        A heading and the first cell of a row name and settle nothing.
        """
        return bool(self.words) and self.sentence.kind not in ("heading", "row-head")

    @property
    def state(self) -> State:
        """Return what is known of the sentence; a clause that quotes it counts before any mark."""
        if self.quoted:
            return "quoted"
        if self.marks:
            return self.marks[0].mark
        return "open" if self.about else "plain"


class Beside:
    """A signed text set beside the agreement that is made from it."""

    def __init__(self, read: SignedText, convention: Convention, objects: Objects) -> None:
        self.read, self.convention, self._objects = read, convention, objects

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Return every sentence of the text, in order, with what the agreement says of it."""
        covered, marked, words = self._covered(), self._marked(), self._printed()
        found = []
        for at, sentence in enumerate(self.read.sentences):
            marks = tuple(marked.get(at, ()))
            resting = dict.fromkeys(one for passage in covered.get(at, ()) for one in self._uses.get(passage, ()))
            if at in words:
                resting[words[at]] = None
            part, place = self.read.places.references[at]
            if place and self._two_texts:
                place = f"{PARTS[min(part, 1)]}{place}"
            found.append(
                Standing(at, sentence, place, self._about(at), tuple(resting), at in covered or at in words, marks),
            )
        return tuple(found)

    @cached_property
    def counts(self) -> Mapping[State, int]:
        """Return how many of the sentences that are about something stand in each state."""
        return Counter(one.state for one in self.standings if one.about or one.marks)

    @cached_property
    def anchors(self) -> Mapping[Passage, int]:
        """Return the position of the sentence where each quoted passage begins; those that the text lacks are out."""
        found = {}
        for passage in self._passages():
            over = self.read.places.covered(passage[1], passage[0])
            if over:
                found[passage] = over[0]
        return found

    def position(self, citation: Citation) -> int | None:
        """Return the position of the sentence where a citation begins, even where no file of the agreement quotes it.

        A word of the agreement's table (« sans objet ») stands in many cells: it opens at the table's beginning.
        """
        if citation.kind == "printed" and citation.ref == self.convention.table_ref and len(citation.quote) < 24:
            return self.read.places.section(citation.ref)
        known = self.anchors.get((citation.ref, citation.quote))
        if known is not None:
            return known
        over = self.read.places.covered(citation.quote, citation.ref)
        return over[0] if over else None

    def lost_marks(self) -> Iterator[tuple[int, SentenceMark]]:
        """Yield the marks whose sentence the text does not have, each with its position among the agreement's marks."""
        for at, mark in enumerate(self.convention.sentences):
            if not self.read.places.repeated(mark.quote, mark.ref):
                yield at, mark

    def idle_marks(self) -> Iterator[tuple[int, SentenceMark]]:
        """Yield the marks of sentences that clauses quote anyway, each with its position among the marks."""
        for at, mark in enumerate(self.convention.sentences):
            over = self.read.places.repeated(mark.quote, mark.ref)
            if over and all(self.standings[one].quoted for one in over):
                yield at, mark

    # --- parts ---

    @cached_property
    def _two_texts(self) -> bool:
        """Return whether the agreement holds two texts, whose references begin with the letter of each."""
        return any(named(one.ref) for one in self.convention.clauses.values())

    @cached_property
    def _uses(self) -> Mapping[Passage, tuple[Use, ...]]:
        return uses(self.convention)

    def _passages(self) -> Iterator[Passage]:
        """Yield the passages that the agreement's files quote; the words of its table are not passages of the text."""
        table = {
            (self.convention.table_ref, cell.value)
            for version in self.convention.versions
            for cell in version.cells.values()
            if cell.provenance == "printed"
        }
        yield from (passage for passage in self._uses if passage not in table)

    def _covered(self) -> dict[int, list[Passage]]:
        covered: dict[int, list[Passage]] = {}
        for passage in self._passages():
            for at in self.read.places.covered(passage[1], passage[0]):
                covered.setdefault(at, []).append(passage)
        return covered

    def _printed(self) -> Mapping[int, Use]:
        read = self.read
        return printed(read.text, read.sentences, read.places, self.convention, self._objects.vocabulary)

    def _marked(self) -> dict[int, list[SentenceMark]]:
        marked: dict[int, list[SentenceMark]] = {}
        for mark in self.convention.sentences:
            for at in self.read.places.repeated(mark.quote, mark.ref):
                marked.setdefault(at, []).append(mark)
        return marked

    def _about(self, position: int) -> About:
        """Return what a sentence's words tell. An item may owe its verb or objects to what introduces it, never both.

        A cell of a table may owe its objects to the first cell of its row, and has a verb of its own.
        """
        sentence = self.read.sentences[position]
        own, named = activities(sentence.text), self._objects.named(sentence.text)
        lead = self.read.lead(position)
        if lead is not None and (own or named):
            if sentence.kind != "cell":
                own = own or activities(lead.text)
            named |= self._objects.named(lead.text)
        return About(own, named)
