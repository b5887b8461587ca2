"""Lint of agreements: faults in the data, gaps in the text, and the proof that every ticket has exactly one outcome.

    report = lint(conventions, ["hautes-pyrenees-2015"], on=date(2026, 11, 25))

Pure but for the files that the data are compared with: the signed texts of `sources`, the agreement's inventory, the
school calendar. The day is an argument. The same data on the same day always give the same report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matrix.checks import cells, clauses, inventory, names, objects, obligations, periods, sentences, texts
from matrix.checks.model import KINDS, SEVERITIES, Finding, Proof, Report, SentenceCount, Severity
from matrix.checks.proof import prove
from matrix.conventions import Conventions
from matrix.files import CALENDAR, ConventionError
from matrix.model import Convention, Recorded
from matrix.signed_text import reading
from matrix.signed_text.objects import Objects
from matrix.signed_text.text import Beside, SignedText

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Against",
    "Finding",
    "Proof",
    "Report",
    "SentenceCount",
    "Severity",
    "lint",
    "unreadable",
    "write_inventories",
]


@dataclass(frozen=True, slots=True)
class Against:
    """Names what lint compares the agreements with.

    `sources` is the folder of the signed texts in which every quote is looked up; None: no quote is looked up. `files`
    are the agreements as their files hold them, for the inventory, which lists the files and not the later fills and
    amendments; None: the agreements under check are those of the files.
    """

    sources: Path | None = None
    files: Conventions | None = None
    pdf_text: reading.PdfText | None = None


def lint(
    conventions: Conventions,
    among: Sequence[str],
    *,
    on: date,
    recorded: Iterable[Recorded] = (),
    proof: bool = True,
    against: Against = Against(),
) -> Report:
    """Return all findings on the agreements `among`, as they stand on a day. Raises KeyError for an unknown agreement.

    `recorded` holds what people recorded of the agreements (their end); `proof` says whether to route every
    combination too; `against` is what the agreements are compared with.
    """
    recorded, files = tuple(recorded), against.files or conventions
    findings: list[Finding] = []
    counts: list[SentenceCount] = []
    for name in among:
        findings += _each(conventions, conventions[name], on, recorded)
        if against.sources is not None:
            findings += _text(conventions, conventions[name], against, counts)
        else:
            findings += objects.check(conventions, conventions[name])
        if name in files:
            findings += inventory.check(files[name])
    proofs: list[Proof] = []
    total = 0
    if proof:
        proofs, faults, total = prove(conventions, among)
        findings += faults
    return Report(on, tuple(among), tuple(sorted(findings, key=_order)), tuple(proofs), total, tuple(counts))


def _each(
    conventions: Conventions, convention: Convention, on: date, recorded: tuple[Recorded, ...]
) -> Iterator[Finding]:
    yield from cells.check(conventions, convention)
    yield from cells.check_parties(convention)
    yield from names.check(conventions, convention)
    yield from clauses.check(convention)
    yield from obligations.check(convention)
    yield from periods.check(convention, on, recorded)
    yield from periods.check_calendar(convention, on, conventions.calendar.path or CALENDAR)
    yield from texts.check_claims(convention)
    yield from texts.check_places(conventions, convention)


def _text(
    conventions: Conventions, convention: Convention, against: Against, counts: list[SentenceCount]
) -> Iterator[Finding]:
    """Yield findings of an agreement beside its signed text; how its sentences stand is added to `counts`."""
    assert against.sources is not None
    path = reading.find(against.sources, convention)
    try:
        text = reading.read(path, against.pdf_text) if path else None
    except reading.UnreadableText as error:
        yield clauses.no_source(convention, str(error))
        return
    if text is None:
        yield clauses.no_source(convention, "")
        return
    beside = Beside(SignedText(text), convention, Objects(conventions.vocabulary))
    counts.append(sentences.count(beside))
    yield from objects.check(conventions, convention, text)
    yield from clauses.check_quotes(convention, beside.read.places.finder)
    yield from sentences.check(beside)


def write_inventories(conventions: Conventions, among: Iterable[str]) -> list[Path]:
    """Write the inventory of each agreement as its files are now, and return the files written. Raises OSError."""
    return [inventory.write(conventions[name]) for name in among]


def unreadable(error: ConventionError, on: date) -> Report:
    """Return a report of the faults of files that could not be loaded.

    No other check can run until they are corrected.
    """
    findings = []
    for fault in error.faults:
        place, _, sentence = fault.partition(": ")
        file, _, line = place.rpartition(":")
        findings.append(
            Finding(
                code="file",
                severity="erreur",
                convention=file.partition("/")[0],
                file=file or place,
                line=int(line) if line.isascii() and line.isdigit() else 1,
                subject=file or place,
                sentence=sentence or fault,
            )
        )
    return Report(on, (), tuple(sorted(findings, key=_order)))


def _order(one: Finding) -> tuple[str, int, str, str, str]:
    return one.file, one.line, one.code, one.subject, one.sentence
