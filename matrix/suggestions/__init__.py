"""Suggestions: what a sentence is about, a service and an activity, from its words alone.

suggest("L’imprimante du CDI fait des bourrages", lexicon=shipped())
"""

from matrix.suggestions.compiled import Lexicon, shipped
from matrix.suggestions.learning import Confirmed, Counts, countable, counted
from matrix.suggestions.suggest import Suggestion, suggest

__all__ = ["Confirmed", "Counts", "Lexicon", "Suggestion", "countable", "counted", "shipped", "suggest"]
