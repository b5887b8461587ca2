"""The names of the columns of facts: what tells them apart, what is added up. Pure."""

from __future__ import annotations

#: What a fact is told apart by, besides its ticket: when, who, where, what; « » or 0 where nothing is said.
WHEN = ("day", "month")
ABOUT = (
    "party",
    "to_party",
    "etablissement",
    "service",
    "activity",
    "convention",
    "category",
    "status",
    "urgency",
    "age",
)
#: What is added up; seconds are of the party's own hours, but `elapsed`, which is of the clock.
AMOUNTS = (
    "opened",
    "answered",
    "answer",
    "resolved",
    "resolution",
    "routed",
    "direct",
    "passed",
    "wrong",
    "lost",
    "contested",
    "ruled",
    "upheld",
    "loops",
    "held",
    "elapsed",
    "reopened",
    "waiting",
    "asked_answers",
    "kept_answers",
    "asked_resolutions",
    "kept_resolutions",
    "opinions",
    "satisfied",
)
#: How many classes the lengths of first answers and of resolutions are counted in (`folding.BOUNDS`).
CLASSES = 10
ANSWER_CLASSES = tuple(f"answer_{rank}" for rank in range(CLASSES))
RESOLUTION_CLASSES = tuple(f"resolution_{rank}" for rank in range(CLASSES))
