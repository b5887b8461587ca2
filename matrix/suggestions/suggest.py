"""What a ticket is about, from the words of its text: services, each with an activity and its words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp

from matrix import french
from matrix.suggestions.clues import FINE, PLACE, Clue, Reading, clues, denies, manner, read
from matrix.suggestions.compiled import Lexicon
from matrix.suggestions.learning import Counts

#: How much the weights of proper nouns count; how far a special service stands behind the general one.
NAMED, BEHIND = 1.5, 4.5
#: How much the words counted in tickets say, beside the examples.
TICKETS = 0.7
#: How evenly scores are shared out: with more, the first service gets less.
EVENNESS = 2.0
#: Activities: the weight of the examples, of the first words, of further words that say the same; most tickets are mco.
EXAMPLES, EARLY, EARLY_WORDS, AGAIN, AGAIN_MAX, DENIED = 0.18, 1.3, 4, 0.35, 1.6, 1.8
USUAL, USUALLY = "mco", 1.0
#: The activities of things that are there: a trouble with one, and how it is used.
MENDING = frozenset(("mco", "assistance"))
#: The most words shown as those that led to a service.
SHOWN_MAX = 3
#: What a word shown says at least, of what the strongest says.
SHOWN_FROM = 0.15


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service and an activity that a text may be about, from 0 to 1, and the words of the text that led there."""

    service: str
    activity: str
    score: float
    words: tuple[str, ...]


def suggest(
    text: str,
    *,
    lexicon: Lexicon,
    learned: Counts | None = None,
    services: Collection[str] | None = None,
    limit: int = 3,
) -> tuple[Suggestion, ...]:
    """Return the services that a text is most likely about, best first, each once; none when no word tells any.

    `services` are those that may be named, None all; `learned` counts the words of tickets of this installation.
    """
    reading = read(text, lexicon.words, lexicon.spelling)
    activity = activity_of(reading, lexicon)
    found = clues(reading, lexicon.words, activity)
    if not _tells(found, lexicon, learned):
        return ()
    scores = _scores(found, reading, lexicon, learned)
    if services is not None:
        scores = {service: score for service, score in scores.items() if service in services}
    _put_in_place(scores, activity, lexicon)
    best = sorted(scores, key=lambda service: (-scores[service], service))
    if not best:
        return ()
    shares = {service: exp((scores[service] - scores[best[0]]) / EVENNESS) for service in best}
    whole = sum(shares.values())
    typed = _Typed(text, reading)
    return tuple(
        Suggestion(
            service,
            activity,
            round(shares[service] / whole, 3),
            typed.words(_leading(service, found, _Said(reading, lexicon, learned))),
        )
        for service in best[:limit]
    )


def _put_in_place(scores: dict[str, float], activity: str, lexicon: Lexicon) -> None:
    """Put special services behind the general ones, and those of what is added behind that of what is out of order."""
    for service, general in lexicon.words.beside.items():
        if service in scores and any(one in scores for one in general):
            scores[service] -= BEHIND
    if activity in MENDING:
        for service, mended in lexicon.words.mended.items():
            if service in scores and mended in scores and scores[service] >= scores[mended]:
                scores[service], scores[mended] = scores[mended], scores[service]


def _tells(found: Sequence[Clue], lexicon: Lexicon, learned: Counts | None) -> bool:
    """Return whether a text holds a word or a concept that tells any service from the others."""
    by_stem = learned.by_stem if learned is not None else {}
    return any(
        clue.key[0] in "wc"
        and clue.weight > PLACE
        and clue.key[2:] not in lexicon.words.faint
        and (clue.key in lexicon.services.by_key or clue.key[2:] in by_stem)
        for clue in found
    )


def _scores(found: Sequence[Clue], reading: Reading, lexicon: Lexicon, learned: Counts | None) -> dict[str, float]:
    """Return for each service how much more likely the clues are than in any text."""
    whole = sum(clue.weight for clue in found if clue.key in lexicon.services.by_key)
    scores = {service: whole * said for service, said in lexicon.services.absent.items()}
    for clue in found:
        for service, said in lexicon.services.says(clue.key).items():
            scores[service] += clue.weight * said
        if learned is not None and clue.key.startswith("w:"):
            for service, said in learned.says(clue.key[2:]).items():
                scores[service] = scores.get(service, 0.0) + TICKETS * clue.weight * said
    seen: set[str] = set()
    for first, last, numbers in lexicon.words.named.found(reading.stems):
        for number in (one for one in numbers if one not in seen):
            seen.add(number)
            for service, weight in lexicon.words.names[int(number)].items():
                scores[service] += NAMED * weight * max(reading.shares[first:last])
    return scores


def activity_of(reading: Reading, lexicon: Lexicon) -> str:
    """Return the activity that a text most likely asks for."""
    keys = [key for key in manner(reading, lexicon.words) if key in lexicon.activities.by_key]
    scores = {activity: EXAMPLES * len(keys) * said for activity, said in lexicon.activities.absent.items()}
    for key in keys:
        for activity, said in lexicon.activities.says(key).items():
            scores[activity] += EXAMPLES * said
    for activity, told in _told(reading, lexicon).items():
        strongest, *others = sorted(told, reverse=True)
        scores[activity] += strongest + min(AGAIN_MAX, AGAIN * sum(others))
    scores[USUAL] += USUALLY
    return max(scores, key=lambda activity: (scores[activity], activity))


def _told(reading: Reading, lexicon: Lexicon) -> dict[str, list[float]]:
    """Return the weights of the words that tell each activity."""
    told: dict[str, list[float]] = {}
    stems = [stem if share > FINE else "" for stem, share in zip(reading.stems, reading.shares, strict=True)]
    for first, _, numbers in lexicon.words.manners.found(stems):
        for number in numbers:
            activity, weight = lexicon.words.activities[int(number)]
            told.setdefault(activity, []).append(weight * (EARLY if first < EARLY_WORDS else 1.0))
    if denies(reading):
        told.setdefault(USUAL, []).append(DENIED)
    return told


@dataclass(frozen=True, slots=True)
class _Said:
    """What clues say of services: by the examples, and by the tickets of this installation."""

    reading: Reading
    lexicon: Lexicon
    learned: Counts | None

    def of(self, clue: Clue, service: str) -> float:
        """Return how much a clue says for a service."""
        said = self.lexicon.services.says(clue.key).get(service, 0.0)
        if self.learned is not None and clue.key.startswith("w:"):
            said += TICKETS * self.learned.says(clue.key[2:]).get(service, 0.0)
        return clue.weight * said


def _leading(service: str, found: Sequence[Clue], by: _Said) -> list[tuple[int, int]]:
    """Return the spans of the words that spoke for a service, the strongest first, without those that hardly did."""
    said: dict[tuple[int, int], float] = {}
    reading, lexicon = by.reading, by.lexicon
    for clue in found:
        alone = clue.key[0] == "w" and (clue.key[2:] in lexicon.words.faint or not clue.key[2:].isalpha())
        if clue.key[0] in "wca" and not alone and max(reading.shares[clue.first : clue.last]) > PLACE:
            span = (clue.first, clue.last)
            said[span] = said.get(span, 0.0) + by.of(clue, service)
    enough = SHOWN_FROM * max(said.values(), default=0.0)
    return sorted((span for span in said if said[span] > enough), key=lambda span: (-said[span], span))


class _Typed:
    """The words of a text as they were typed."""

    def __init__(self, text: str, reading: Reading) -> None:
        plain = french.normal(text)
        self._text = text if len(plain) == len(text) else plain
        self._words = reading.words

    def words(self, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        """Return the first spans that do not overlap, in the order of the text."""
        kept: list[tuple[int, int]] = []
        for first, last in spans:
            if len(kept) < SHOWN_MAX and all(last <= other[0] or first >= other[1] for other in kept):
                kept.append((first, last))
        return tuple(self._text[self._words[first].start : self._words[last - 1].end] for first, last in sorted(kept))
