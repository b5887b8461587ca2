"""Checks of clauses and quotes: clauses that nothing cites, quotes absent from the text, notes, guidance. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from matrix.checks.model import Finding, cell_place, found, place
from matrix.model import Citation, Convention, Guidance
from matrix.signed_text.places import Finder
from matrix.signed_text.uses import Passage, cell_citations
from matrix.values import ValueFault, parse
from matrix.wording import reference


def passage(citation: Citation) -> Passage:
    """Return the passage that a citation quotes: two citations of one passage cite the same place."""
    return citation.ref, citation.quote


def cited_by_cells(convention: Convention) -> Counter[Passage]:
    """Return the number of cells, over all versions, that cite each passage."""
    return Counter(
        one
        for version in convention.versions
        for cell in version.cells.values()
        for one in {passage(citation) for citation in cell_citations(cell)}
    )


def cited_elsewhere(convention: Convention) -> Counter[Passage]:
    """Return how often each passage is cited outside the cells.

    Terms, desk, notes, contacts, guidance, fees, obligations, claims and others cite passages too.
    """
    terms = convention.terms
    single: tuple[Citation | None, ...] = (
        convention.desk_clause,
        convention.object_clause,
        convention.duration_clause,
        terms.signature,
        terms.renewal,
        terms.notice,
        terms.modification,
        terms.termination,
        *convention.role_clauses,
        *(clause for clause, _, _ in convention.notes.values()),
        *(one.citation for one in convention.points),
        *(one.citation for one in convention.networks),
        *(one.citation for one in convention.fees),
        *(one.citation for one in convention.claims),
        *((convention.school_time.citation,) if convention.school_time else ()),
    )
    several: tuple[tuple[Citation, ...], ...] = (
        *(one.citations for excluded in convention.exclusions.values() for one in excluded),
        *(one.citations for one in convention.near.values()),
        *(one.citations for one in terms.changes),
        *(one.citations for one in convention.transfers),
        *(one.citations for one in convention.replaceables),
        *(one.citations for one in convention.contacts),
        *(one.citations for one in convention.guidance),
        *(one.citations for one in convention.obligations),
        *((*one.citations, *one.shares) for one in convention.committees),
        deliberation(convention),
    )
    whole = [one for one in single if one is not None] + [one for group in several for one in group]
    return Counter(passage(one) for one in whole)


def deliberation(convention: Convention) -> tuple[Citation, ...]:
    """Return the clauses that give the day of the deliberation, where that day is taken as the first day in force."""
    if convention.terms.start_is != "deliberation":
        return ()
    return tuple(clause for clause in convention.clauses.values() if clause.ref == "deliberation")


def check(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on clauses that nothing cites or that appear twice.

    Notes without effect and guidance without a clause are found too.
    """
    used = cited_by_cells(convention) + cited_elsewhere(convention)
    seen: dict[Passage, str] = {}
    for name, clause in convention.clauses.items():
        at = place(convention, f"clause:{name}", "clauses.toml")
        where = f"« {name} » ({reference(clause)})"
        if not used[passage(clause)]:
            yield found(
                convention,
                "unused-clause",
                "avertissement",
                at,
                name,
                f"La clause {where} n’est citée ni par une case ni par autre chose : une case a pu être perdue ; "
                "sinon, retirez-la.",
            )
        first = seen.setdefault(passage(clause), name)
        if first != name:
            yield found(
                convention,
                "duplicate-clause",
                "avertissement",
                at,
                name,
                f"La clause {where} redonne mot pour mot le passage de « {first} » : une seule suffit.",
            )
    yield from _notes(convention)
    for index, guidance in enumerate(convention.guidance):
        yield from _guidance(convention, index, guidance)


def _notes(convention: Convention) -> Iterator[Finding]:
    called, cited = set(), cited_by_cells(convention)
    for version in convention.versions:
        for cell in version.cells.values():
            try:
                called.add(parse(cell.value).note)
            except ValueFault:
                continue
    for number, (clause, _, _) in convention.notes.items():
        if number not in called and not cited[passage(clause)]:
            yield found(
                convention,
                "idle-note",
                "avertissement",
                place(convention, f"note:{number}"),
                str(number),
                f"La note ({number}), « {clause.reading or clause.quote} », n’est appelée par aucune case et "
                "aucune ne cite sa clause : elle est sans effet.",
            )


def _guidance(convention: Convention, index: int, guidance: Guidance) -> Iterator[Finding]:
    at = place(convention, f"guidance:{index}", "guidance.toml")
    if not guidance.citations:
        what = "délai" if guidance.deadline_hours is not None else "conseil"
        yield found(
            convention,
            "guidance-without-clause",
            "erreur",
            at,
            guidance.id,
            f"Le {what} « {guidance.title} » ne cite aucune clause : rien n’oblige personne à le suivre.",
        )
    elif guidance.deadline_hours is not None and not any(
        str(guidance.deadline_hours) in re.findall(r"\d+", one.quote) for one in guidance.citations
    ):
        yield found(
            convention,
            "deadline-not-in-text",
            "erreur",
            at,
            guidance.id,
            f"« {guidance.title} » : aucune des clauses citées ne dit {guidance.deadline_hours} heures.",
        )


# --- compared with the signed text ------------------------------------------------------------------------------------


def quotes(convention: Convention) -> Iterator[tuple[Citation, tuple[str, int], str]]:
    """Yield every quote of an agreement, each once.

    With its citation come its place (file, line) and the id of what it supports.
    """
    seen: set[Passage] = set()
    for citation, at, subject in _quotes(convention):
        if passage(citation) not in seen:
            seen.add(passage(citation))
            yield citation, at, subject


def _quotes(convention: Convention) -> Iterator[tuple[Citation, tuple[str, int], str]]:
    for name, clause in convention.clauses.items():
        yield clause, place(convention, f"clause:{name}", "clauses.toml"), name
    for name, line in convention.categories.items():
        yield line.citation, place(convention, f"category:{name}", "categories.toml"), name
    for index, equipment in enumerate(convention.equipment):
        yield equipment.citation, place(convention, f"equipment:{index}", "equipment.toml"), equipment.id
    for version in convention.versions:
        for cell in version.cells.values():
            if not cell.origin:  # a cell filled in from the signed paper quotes the paper, not the scan
                for citation in cell_citations(cell):
                    yield citation, cell_place(convention, cell), f"{cell.service} / {cell.activity}"


def check_quotes(convention: Convention, finder: Finder) -> Iterator[Finding]:
    """Yield findings on quotes that are not word for word in the agreement's text; white space is ignored."""
    for citation, at, subject in quotes(convention):
        if not finder.holds(citation.quote):
            yield found(
                convention,
                "quote-not-found",
                "erreur",
                at,
                subject,
                f"« {citation.quote} » ({reference(citation)}) n’est pas dans « {convention.source} ».",
            )


def no_source(convention: Convention, why: str) -> Finding:
    """Return the finding on a text that is not in the folder given, or that cannot be read, with the reason."""
    return found(
        convention,
        "no-source",
        "erreur",
        place(convention, ""),
        convention.source or "source",
        f"Le texte source « {convention.source or '(aucun)'} » n’est pas dans le dossier donné, ou ne se lit pas : "
        f"aucune citation n’a pu y être cherchée.{f' {why}' if why else ''}",
    )
