"""The words that a cell of the matrix may hold and their meanings, for files, amendments and spreadsheets.

A word is the annexe's own: `EN`, `CL`, `Etab` (the party of that role), « CL ou Etab » (who paid answers, note 4),
« sans objet », « arbitrage » (decided case by case), « conflit » (two clauses, two parties), « selon » (its
cases, listed apart, depend on facts), or nothing. A note may follow: « sans objet (3) ».
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from matrix.model import Case, Citation, Contributor, PartyBody, Test
from matrix.owners import OWN, standing_for

BLANK, DEPENDS = "", "selon"
#: The words that need no details, in the order in which a list offers them.
PLAIN = ("EN", "CL", "Etab", "CL ou Etab", "sans objet", "arbitrage", BLANK)
#: All the words; « conflit » needs candidates, and « selon » needs cases.
WORDS = (*PLAIN, "conflit", DEPENDS)

_NOTED = re.compile(r"(?P<word>.*?) \((?P<note>\d{1,3})\)", re.DOTALL)

Notes = Mapping[int, tuple[Citation, str | None, str | None]]


class ValueFault(ValueError):
    """Raised for a word that no cell may hold; the message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Value:
    """A cell's word and the number of its note."""

    word: str
    note: int | None = None

    def __str__(self) -> str:
        return self.word if self.note is None else f"{self.word} ({self.note})"


def parse(text: str) -> Value:
    """The word and the note number of a text such as « sans objet (3) ». Raises `ValueFault`."""
    found = _NOTED.fullmatch(text)
    word, note = (found["word"], int(found["note"])) if found else (text, None)
    if word not in WORDS or (word == BLANK and note is not None):
        known = ", ".join(f"« {one} »" for one in WORDS if one)
        raise ValueFault(f"{text!r} inconnu ; attendu : {known}, avec une note « (n) » s'il y a lieu, ou rien")
    return Value(word, note)


def party_of(role: str, parties: Mapping[str, PartyBody]) -> str | None:
    """The party that stands for a role in an agreement; None where there is none.

    Where several collectivités signed, or several kinds of établissement, it is the role itself: each établissement
    has its own (`matrix.owners`).
    """
    found = standing_for(role, parties)
    return role if role in OWN and len(found) > 1 else next(iter(found), None)


def cases_of(
    value: Value,
    parties: Mapping[str, PartyBody],
    notes: Notes,
    citations: tuple[Citation, ...],
    contributors: tuple[Contributor, ...] = (),
    candidates: tuple[str, ...] = (),
) -> tuple[Case, ...]:
    """The cases that a word means in an agreement; « selon » has none of its own. Raises `ValueFault`."""
    party, via = None, None
    if value.note is not None:
        if value.note not in notes:
            raise ValueFault(f"note ({value.note}) inconnue ; attendu : une note de l'accord")
        clause, party, via = notes[value.note]
        citations = (*citations, clause)
    match value.word:
        case "":
            return (Case((), "to_qualify", None, citations, contributors),)
        case "sans objet":
            return (Case((), "not_applicable", party, citations, contributors, via),)
        case "arbitrage":
            return (Case((), "arbitration", None, citations, contributors, candidates=candidates),)
        case "conflit":
            if len(candidates) < 2:
                raise ValueFault("« conflit » veut ses « candidates » : les deux parties que les clauses nomment")
            return (Case((), "conflict", None, citations, contributors, candidates=candidates),)
        case "CL ou Etab":
            paid = tuple(
                Case((Test("acquired_by", role, "role"),), "routed", _named(role, parties), citations, contributors)
                for role in ("CL", "Etab")
            )
            return (*paid, Case((), "to_qualify", None, citations, contributors))
        case "selon":
            return ()
    return (Case((), "routed", _named(value.word, parties), citations, contributors),)


def _named(role: str, parties: Mapping[str, PartyBody]) -> str:
    found = party_of(role, parties)
    if found is None:
        raise ValueFault(f"aucune partie de rôle {role} dans cet accord")
    helper = parties.get("canope")  # the list has it as a helper: an agreement where it answers says which is meant
    if role == "EN" and found != "canope" and helper is not None and not helper.contributor_only:
        several = ", ".join((*standing_for(role, parties), "canope"))
        raise ValueFault(f"plusieurs parties de rôle {role} ({several}) ; attendu : « selon », et la « party » du cas")
    return found
