"""Check that every sentence of the signed text which speaks of an object and a task is quoted or marked.

The marks are those of sentences.toml: held by a clause or a cell, not a rule, to do. Reads the text in the folder that
lint is given (`--sources`).
"""

from __future__ import annotations

from collections.abc import Iterator

from matrix.checks.model import Finding, SentenceCount, found, place
from matrix.model import Citation, Convention
from matrix.signed_text.text import Beside, Standing
from matrix.wording import reference

#: How much of a sentence a line of lint shows.
SHOWN = 220


def count(beside: Beside) -> SentenceCount:
    """Return how many sentences the text has, how many are about an object and a task, and how each of those stands."""
    held = beside.counts
    about = sum(held.values())
    return SentenceCount(
        beside.convention.id,
        len(beside.read.sentences),
        about,
        held.get("quoted", 0),
        held.get("held", 0),
        held.get("not_a_rule", 0),
        held.get("to_do", 0),
        held.get("open", 0),
    )


def check(beside: Beside) -> Iterator[Finding]:
    """Yield findings on sentences that nobody has marked or that are still to be done, and on marks of other texts."""
    convention = beside.convention
    for one in beside.standings:
        if one.state == "open":
            yield found(
                convention,
                "unmarked-sentence",
                "avertissement",
                (f"{convention.id}/sentences.toml", 1),
                where(convention, one),
                f"« {shown(one)} » ({said_where(convention, one)}) : cette phrase nomme un objet et une tâche, et rien "
                "ne la cite. Citez-la par une clause, ou marquez-la dans « sentences.toml ».",
            ).about((), items=_lead(beside, one))
        elif one.state == "to_do":
            at = convention.sentences.index(one.marks[0])
            yield found(
                convention,
                "to-do-sentence",
                "avertissement",
                place(convention, f"sentence:{at}", "sentences.toml"),
                where(convention, one),
                f"« {shown(one)} » ({said_where(convention, one)}) : cette phrase est encore à traiter.",
            ).about((), items=_lead(beside, one))
    yield from _marks(beside)


def _marks(beside: Beside) -> Iterator[Finding]:
    convention = beside.convention
    for at, mark in beside.lost_marks():
        yield found(
            convention,
            "mark-not-found",
            "erreur",
            place(convention, f"sentence:{at}", "sentences.toml"),
            mark.ref or convention.source,
            f"« {mark.quote} » est marquée dans « sentences.toml », et le texte n’a pas ces mots"
            f"{f' à cet endroit ({mark.ref})' if mark.ref else ''}.",
        )
    for at, mark in beside.idle_marks():
        yield found(
            convention,
            "idle-mark",
            "remarque",
            place(convention, f"sentence:{at}", "sentences.toml"),
            mark.ref or convention.source,
            f"« {mark.quote} » est marquée, et une clause cite cette phrase : la marque ne sert plus, retirez-la.",
        )


def shown(one: Standing) -> str:
    """Return a sentence as a line of lint shows it, cut at a word where it is long."""
    text = one.sentence.text
    return text if len(text) <= SHOWN else text[:SHOWN].rsplit(" ", 1)[0] + "…"


def where(convention: Convention, one: Standing) -> str:
    """Return the place of a sentence for a program: its number in the text, which lists follow, and its reference."""
    return f"{one.position + 1:05d} {one.place or convention.source or convention.id}"


def said_where(convention: Convention, one: Standing) -> str:
    """Return the place of a sentence in French: « article II.2 », « avant le premier article »."""
    if not one.place:
        return "avant le premier article"
    return reference(Citation(convention.id, one.place, "derived", ""))


def _lead(beside: Beside, one: Standing) -> tuple[str, ...]:
    lead = beside.read.lead(one.position)
    return () if lead is None else (f"après « {lead.text} »",)
