"""The lexicon and the counts of the examples, made once and kept in `learnt.json`, so that they are read at once.

`python -m matrix.suggestions` writes the file again after a change of `lexicon.toml`, `examples.toml`, of the synonyms
or of how texts are read; a test compares.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matrix.french import synonyms
from matrix.suggestions.clues import PAIR, PART, clues, manner, read
from matrix.suggestions.counting import Bayes
from matrix.suggestions.lexicon import Phrases, Spelling, Words, spelt, words_from

FOLDER = Path(__file__).parent
FILE = FOLDER / "learnt.json"
#: Unseen keys beside those counted: services have few examples each, activities many.
SERVICE_STRENGTH, ACTIVITY_STRENGTH = 150.0, 15.0
#: Neighbours and parts of words that one example alone holds are left out: they are half of the file and tell nothing.
RARE = {"b": 1.5 * PAIR, "g": 1.5 * PART}
_TERMS = ("concepts", "named", "places", "audiences", "manners")


@dataclass(frozen=True)
class Lexicon:
    """All that suggestions go by: words, how they are spelt, and what clues say of services and of activities."""

    words: Words
    spelling: Spelling
    services: Bayes
    activities: Bayes


@cache
def shipped() -> Lexicon:
    """Return the lexicon that ships with the program."""
    return lexicon(json.loads(FILE.read_text(encoding="utf-8")))


def lexicon(data: Mapping[str, Any]) -> Lexicon:
    """Return the lexicon that `learnt` gives as JSON can keep it."""
    terms = {name: Phrases(data[name]) for name in _TERMS}
    words = Words(
        **terms,
        faint=frozenset(data["faint"]),
        names=data["names"],
        activities=[(activity, weight) for activity, weight in data["activities"]],
        beside=data["beside"],
        mended=data["mended"],
    )
    services = Bayes(SERVICE_STRENGTH, _counts(data["services"], data["by_service"]))
    activities = Bayes(ACTIVITY_STRENGTH, _counts(data["kinds"], data["by_activity"]))
    known = {key[2:] for key in services.by_key if key.startswith("w:")}
    return Lexicon(words, Spelling(data["spelt"], words.stems() | known), services, activities)


def learnt() -> dict[str, Any]:
    """Return what the shipped files teach, as JSON can keep it."""
    data = tomllib.loads((FOLDER / "lexicon.toml").read_text(encoding="utf-8"))
    alike = tomllib.loads(synonyms.FILE.read_text(encoding="utf-8"))["group"]
    examples = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
    terms = [*data["places"], *_lists(data["concepts"]), *_lists(data["audiences"])]
    terms += [term for entry in (*data["names"], *data["manner"]) for term in entry["words"]]
    return taught(words_from(data, alike), examples, terms)


def _lists(terms: Mapping[str, list[str]]) -> list[str]:
    return [term for some in terms.values() for term in some]


def taught(words: Words, examples: Mapping[str, Mapping[str, list[str]]], terms: Iterable[str] = ()) -> dict[str, Any]:
    """Return words and the counts of examples (service -> activity -> texts), as JSON can keep them.

    A word with an error in it may stand for one of the examples or of `terms`.
    """
    services, activities = Bayes(SERVICE_STRENGTH), Bayes(ACTIVITY_STRENGTH)
    known = spelt(" ".join(terms))
    for service, texts_by_activity in examples.items():
        for activity, texts in texts_by_activity.items():
            for text in texts:
                known |= spelt(text)
                reading = read(text, words, None)
                services.count(service, ((clue.key, clue.weight) for clue in clues(reading, words, activity)))
                activities.count(activity, ((key, 1.0) for key in manner(reading, words)))
    return {
        **{name: getattr(words, name).written() for name in _TERMS},
        "faint": sorted(words.faint),
        "names": list(words.names),
        "activities": [list(one) for one in words.activities],
        "beside": dict(words.beside),
        "mended": dict(words.mended),
        "spelt": sorted(known),
        "services": sorted(services.totals),
        "by_service": _written(services),
        "kinds": sorted(activities.totals),
        "by_activity": _written(activities),
    }


def as_text(data: Mapping[str, Any]) -> str:
    """Return the JSON of `learnt`, with one key a line, so that a change shows in few lines."""
    parts = []
    for name, held in data.items():
        if isinstance(held, dict):
            lines = (f"{_json(key)}: {_json(value)}" for key, value in held.items())
            parts.append(f"{_json(name)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            parts.append(f"{_json(name)}: {_json(held)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _written(counted: Bayes) -> dict[str, str]:
    """Return counts by key, each as « class count class count »; a class is its place among all, in their order."""
    place = {of: at for at, of in enumerate(sorted(counted.totals))}
    return {
        key: " ".join(f"{place[of]} {round(count, 3):g}" for of, count in sorted(counts.items()))
        for key, counts in sorted(counted.by_key.items())
        if key[0] not in "bg" or sum(counts.values()) >= RARE[key[0]]
    }


def _counts(classes: Sequence[str], written: Mapping[str, str]) -> dict[str, dict[str, float]]:
    counts = {}
    for key, text in written.items():
        parts = text.split(" ")
        counts[key] = {classes[int(of)]: float(count) for of, count in zip(parts[::2], parts[1::2], strict=True)}
    return counts
