"""French words: how they are folded, cut and stemmed, which mean the same, and how they agree in a sentence.

`french.stem(word)` and its neighbours are those of the analyser; `matrix.french.grammar` and `matrix.french.synonyms`
are asked for by name, so that a command which needs neither reads neither.
"""

from matrix.french.analyser import (
    FOLDED,
    LIGATURES,
    STOP_WORDS,
    STROKES,
    WORD_MAX,
    Word,
    fold,
    forms,
    is_stop_word,
    name,
    normal,
    stem,
    unaccented,
    without_article,
    words,
)

__all__ = [
    "FOLDED",
    "LIGATURES",
    "STOP_WORDS",
    "STROKES",
    "WORD_MAX",
    "Word",
    "fold",
    "forms",
    "is_stop_word",
    "name",
    "normal",
    "stem",
    "unaccented",
    "without_article",
    "words",
]
