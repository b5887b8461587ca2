"""Checks of obligations: the clauses that one cites must say when it falls, in their own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matrix.checks.model import Finding, found, place
from matrix.model import Convention, Obligation
from matrix.wording import MONTHS, references

#: Rule -> what one of the clauses must hold, and how a finding names it.
_SAID: dict[str, tuple[str, str]] = {
    "quarter": (r"trimestr", "un trimestre"),
    "year": (r"\b(an|année|annuel\w*)\b", "une année"),
    "civil_year": (r"\b(an|année|annuel\w*|20\d\d)\b", "une année"),
    "school_year_end": (r"fin d(e l)?['’]année scolaire", "la fin d’une année scolaire"),
    "term": (r"terme", "le terme de l’accord"),
}


def check(convention: Convention) -> Iterator[Finding]:
    """Yield a finding for each obligation whose rule no clause that it cites supports."""
    for index, one in enumerate(convention.obligations):
        pattern, wanted = _wanted(one)
        quotes = [cited.reading or cited.quote for cited in one.citations]
        if pattern and not any(re.search(pattern, quote, re.IGNORECASE) for quote in quotes):
            yield found(
                convention,
                "obligation-not-in-text",
                "erreur",
                place(convention, f"obligation:{index}", "obligations.toml"),
                one.id,
                f"« {one.title} » : aucune des clauses citées ({references(one.citations)}) ne dit {wanted}.",
            )
    if any(one.fee for one in convention.obligations) and not convention.fees:
        yield found(
            convention,
            "obligation-without-scale",
            "erreur",
            place(convention, "obligation:0", "obligations.toml"),
            "fee",
            "Une obligation renvoie au barème (« fee = true »), et l’accord n’a pas de « fees.toml ».",
        )


def _wanted(one: Obligation) -> tuple[str, str]:
    if one.rule == "month" and one.month:
        return MONTHS[one.month - 1], f"« {MONTHS[one.month - 1]} »"
    number, unit = (one.days, "jours") if one.days is not None else (one.months, "mois")
    if one.rule in ("before", "event") and number is not None:
        return rf"\b{number} {unit[:4]}", f"« {number} {unit} »"
    return _SAID.get(one.rule, ("", ""))
