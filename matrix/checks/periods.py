"""Checks of days and ranges: validity and signature of agreements, versions, fees, school calendar. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from matrix.checks.clauses import deliberation
from matrix.checks.model import Finding, Severity, found, place
from matrix.days import SchoolHoliday, years_after
from matrix.files import CALENDAR
from matrix.files.toml_lines import File
from matrix.model import Convention, FeeBand, Recorded
from matrix.terms import standing
from matrix.wording import capital, day, enumeration, reference, references

_DAY = timedelta(days=1)


def check(convention: Convention, on: date, recorded: Iterable[Recorded] = ()) -> Iterator[Finding]:
    """Yield the findings on the days of an agreement, as they stand on `on`."""
    yield from _terms(convention, on, recorded)
    yield from _signature(convention)
    yield from _days_without_version(convention)
    yield from _idle_versions(convention)
    yield from _fees(convention)


def _terms(convention: Convention, on: date, recorded: Iterable[Recorded]) -> Iterator[Finding]:
    at, terms = place(convention, "validity"), convention.terms
    now = standing(convention, on, recorded)
    if not now.in_force:
        weight: Severity = "remarque" if now.reason == "not_yet" else "avertissement"
        yield found(
            convention,
            "lapsed",
            weight,
            at,
            now.reason,
            f"Le {day(on)}, l’accord n’oriente rien. {now.sentence}",
        )
    if terms.years is not None and terms.ends is not None:
        last = years_after(terms.starts, terms.years) - _DAY
        if terms.ends != last:
            yield found(
                convention,
                "period",
                "erreur",
                at,
                "ends",
                f"{terms.years} ans à compter du {day(terms.starts)} s’achèvent le {day(last)}, et « ends » dit le "
                f"{day(terms.ends)} : gardez celui que le texte donne.",
            )


def _signature(convention: Convention) -> Iterator[Finding]:
    at, terms = place(convention, "validity"), convention.terms
    if terms.signed_on is None:
        legible = f" On y lit : « {terms.signature.quote} » ({reference(terms.signature)})." if terms.signature else ""
        yield found(
            convention,
            "unsigned",
            "avertissement",
            at,
            "signed_on",
            f"Le texte ne montre pas le jour où l’accord a été signé.{legible}",
        )
    elif terms.signed_on > terms.starts and terms.start_is == "text":
        yield found(
            convention,
            "period",
            "remarque",
            at,
            "signed_on",
            f"L’accord a été signé le {day(terms.signed_on)}, après le jour où il prend effet, le {day(terms.starts)}.",
        )
    if terms.start_is == "deliberation":
        yield found(
            convention,
            "start-not-in-text",
            "avertissement",
            at,
            "starts",
            f"La signature n’est pas dans le texte : le jour de la délibération, le {day(terms.starts)}, tient lieu de "
            f"prise d’effet ({references((terms.duration, *deliberation(convention)))}).",
        )


# --- versions ---------------------------------------------------------------------------------------------------------


def _days_without_version(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on days on which the agreement is in force before its first version."""
    terms, first = convention.terms, min((version.on for version in convention.versions), default=None)
    if first is not None and first > terms.starts:
        yield found(
            convention,
            "version-gap",
            "erreur",
            place(convention, f"version:{first}"),
            str(first),
            f"Du {day(terms.starts)} au {day(first - _DAY)}, l’accord est en vigueur et aucune version ne dit qui fait "
            "quoi.",
        )


def _idle_versions(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on versions that never apply.

    Another version or the end of the agreement replaces them.
    """
    terms, versions = convention.terms, convention.versions
    for earlier, later in itertools.pairwise(versions):
        at = place(convention, f"version:{earlier.on}")
        if earlier.on == later.on:
            yield found(
                convention,
                "version-overlap",
                "erreur",
                at,
                str(earlier.on),
                f"Deux versions prennent effet le {day(earlier.on)} : une seule peut valoir.",
            )
        elif later.on <= terms.starts:
            yield found(
                convention,
                "version-unused",
                "erreur",
                at,
                str(earlier.on),
                f"La version du {day(earlier.on)} ne sert jamais : une autre la remplace avant la prise d’effet.",
            )
    for version in versions:
        if terms.ends is not None and version.on > terms.ends:
            yield found(
                convention,
                "version-unused",
                "erreur",
                place(convention, f"version:{version.on}"),
                str(version.on),
                f"La version du {day(version.on)} ne sert jamais : l’accord s’achève le {day(terms.ends)}.",
            )


# --- fees -------------------------------------------------------------------------------------------------------------


def _fees(convention: Convention) -> Iterator[Finding]:
    for year in sorted({fee.year for fee in convention.fees}):
        bands = sorted(
            ((index, fee) for index, fee in enumerate(convention.fees) if fee.year == year),
            key=lambda pair: (pair[1].least if pair[1].least is not None else -1, pair[0]),
        )
        yield from _scale(convention, bands)
        yield from _year(convention, year, bands[0][0])
    for index, fee in enumerate(convention.fees):
        yield from _bounds(convention, index, fee)


def _scale(convention: Convention, bands: list[tuple[int, FeeBand]]) -> Iterator[Finding]:
    """Yield the findings on numbers of users that are in no fee band, or in two."""
    least = bands[0][1].least
    if least is not None and least > 1:
        yield _gap(convention, bands[0][0], 1, least - 1)
    for (_, below), (index, above) in itertools.pairwise(bands):
        start = above.least if above.least is not None else 0
        if below.most is None or start <= below.most:
            until = min((one for one in (below.most, above.most) if one is not None), default=None)
            yield found(
                convention,
                "fee-overlap",
                "avertissement",
                place(convention, f"fee:{index}", "fees.toml"),
                _range(start, until),
                f"{capital(_users(start, until))} tombent dans deux lignes du barème, à {below.euros} € et "
                f"à {above.euros} € ({reference(above.citation)}). Le programme ne choisit pas.",
            )
        elif start > below.most + 1:
            yield _gap(convention, index, below.most + 1, start - 1)
    top = bands[-1][1].most
    if top is not None:
        yield _gap(convention, bands[-1][0], top + 1, None)


def _gap(convention: Convention, index: int, first: int, last: int | None) -> Finding:
    clause = convention.fees[index].citation
    return found(
        convention,
        "fee-gap",
        "avertissement",
        place(convention, f"fee:{index}", "fees.toml"),
        _range(first, last),
        f"{capital(_users(first, last))} ne tombent dans aucune ligne du barème ({reference(clause)}). "
        "Le programme ne choisit pas.",
    )


def _range(first: int, last: int | None) -> str:
    return str(first) if first == last else f"{first}-{'' if last is None else last}"


def _users(first: int, last: int | None) -> str:
    if first == last:
        return f"{first} utilisateurs"
    return f"plus de {first - 1} utilisateurs" if last is None else f"de {first} à {last} utilisateurs"


def _bounds(convention: Convention, index: int, fee: FeeBand) -> Iterator[Finding]:
    """Yield the findings on fee bands whose bounds are not in their clause (« moins de 300 » gives 299)."""
    numbers = {int(text) for text in re.findall(r"\d+", re.sub(r"(?<=\d)[\s\u00a0.](?=\d{3})", "", fee.citation.quote))}
    wrong = [
        str(bound)
        for bound, near in ((fee.least, -1), (fee.most, 1))
        if bound is not None and numbers and not {bound, bound + near} & numbers
    ]
    if wrong:
        yield found(
            convention,
            "fee-not-in-text",
            "erreur",
            place(convention, f"fee:{index}", "fees.toml"),
            _range(fee.least or 0, fee.most),
            f"La ligne à {fee.euros} € va jusqu’à ou commence à {enumeration(wrong)}, que sa clause ne dit pas : "
            f"« {fee.citation.quote} » ({reference(fee.citation)}).",
        )


def _year(convention: Convention, year: int, index: int) -> Iterator[Finding]:
    terms = convention.terms
    last = terms.ends.year if terms.ends is not None else None
    if year < terms.starts.year or (last is not None and year > last):
        until = f"jusqu’au {day(terms.ends)}" if terms.ends is not None else "sans terme écrit"
        yield found(
            convention,
            "fee-year",
            "avertissement",
            place(convention, f"fee:{index}", "fees.toml"),
            str(year),
            f"Le barème est celui de {year}, et l’accord vaut à compter du {day(terms.starts)}, {until} "
            f"({reference(convention.fees[index].citation)}).",
        )


# --- the school calendar ----------------------------------------------------------------------------------------------


def check_calendar(convention: Convention, on: date, path: Path = CALENDAR) -> Iterator[Finding]:
    """Yield the findings on gaps in the school calendar of the zone of an agreement that depends on « temps scolaire ».

    The calendar is read again from its file, to get line numbers. A school year runs from August to August.
    """
    school = convention.school_time
    if school is None:
        return
    lines = [one for one in _holidays(path) if one[1].zone == school.zone]
    for (_, earlier), (line, later) in itertools.pairwise(lines):
        if later.first <= earlier.last:
            yield found(
                convention,
                "calendar-overlap",
                "erreur",
                (f"{path.parent.name}/{path.name}", line),
                later.name,
                f"Zone {school.zone} : « {later.name} » du {day(later.first)} commence avant la fin de "
                f"« {earlier.name} », le {day(earlier.last)}.",
            )
    known = {_school_year(one.first) for _, one in lines}
    last = min(on, convention.terms.ends or on)
    lacking = [year for year in range(_school_year(convention.starts), _school_year(last) + 1) if year not in known]
    if lacking:
        years = enumeration([f"{year}-{year + 1}" for year in lacking])
        yield found(
            convention,
            "calendar-gap",
            "erreur",
            place(convention, "school_time"),
            f"zone {school.zone}",
            f"Le calendrier scolaire de la zone {school.zone} ne dit rien de {years} : ces années-là, les vacances "
            f"passent pour du temps scolaire. Complétez « {path.name} ».",
        )


def _holidays(path: Path) -> list[tuple[int, SchoolHoliday]]:
    """Return the holidays of a calendar file that its loader accepts, sorted by day, each with its line number."""
    found_ = [
        (entry.line, SchoolHoliday(*(entry.row[key] for key in ("zone", "name", "first", "last"))))
        for entry in File(path, []).entries("holiday")
    ]
    return sorted(found_, key=lambda pair: (pair[1].first, pair[1].last))


def _school_year(day_: date) -> int:
    return day_.year if day_.month >= 8 else day_.year - 1
