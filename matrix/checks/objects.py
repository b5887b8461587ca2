"""Check that an agreement is not taken to be silent on what it names: « ne parle pas de … » must be true. Pure.

That sentence is said of a service that has no row, no cell, no exclusion and no `[[near]]`, and that no quoted clause
names. Where a quoted clause names it, the reason says so instead, and the keeper of the agreement is told. Where the
signed text names it and no clause quotes that, the sentence would be false: that is an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from matrix.checks.model import Finding, Severity, found, place
from matrix.conventions import Conventions
from matrix.model import Convention
from matrix.naming import found as words_of
from matrix.naming import naming, plain, without
from matrix.wording import references


def silent(conventions: Conventions, convention: Convention) -> list[str]:
    """The services that an agreement does not name by its data, in the order of the vocabulary."""
    ruled = {service for section in convention.sections for service in conventions.sections[section]}
    celled = {service for version in convention.versions for service, _ in version.cells}
    known = ruled | celled | set(convention.exclusions) | set(convention.near)
    return [service for service in conventions.services if service not in known]


def check(conventions: Conventions, convention: Convention, text: str | None = None) -> Iterator[Finding]:
    """Findings on services that the quotes of the agreement, or its signed `text`, name and its data do not."""
    vocabulary = conventions.vocabulary
    whole = without(convention, text or "")
    for service in silent(conventions, convention):
        cited = naming(vocabulary, convention, service)
        weight: Severity = "avertissement" if cited else "erreur"
        shown = plain(cited[0].quote) if cited else words_of(vocabulary, service, whole)
        if shown:
            at = f" ({references(cited)})" if cited else ""
            yield found(
                convention,
                "silent-on-named",
                weight,
                place(convention, ""),
                service,
                f"« {conventions.services[service]} » : aucune case ne lui est donnée, et le texte le nomme : "
                f"« …{shown}… »{at}. Écrivez ses cases, une [[near]] avec ces clauses, ou [[homonym]] si le mot y "
                "désigne autre chose.",
            ).about(tuple((service, one) for one in conventions.activities))
