"""Read `[validity]` and `[[change]]`: when an agreement binds, how it is renewed, changed and ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from matrix.days import years_after
from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File, some
from matrix.model import ChangeRule, Citation, Terms


def read_terms(folder: Folder, main: File, duration: Citation) -> Terms:
    """The terms of an agreement; `duration` is its clause on how long it binds.

    Without `ends` and without tacit renewal, the last day is computed from `starts` and `years`.
    """
    entry = Entry(main, main.data.get("validity", {}), main.line_of("[validity]"), "validity")
    folder.at(entry, "validity")
    starts = entry.take("starts", date)
    years = entry.take("years", int, None)
    ends = entry.take("ends", date, None)
    tacit = entry.take("tacit_renewal", bool, False)
    notice = entry.take("notice_months", int, None)
    ends = _last_day(entry, starts, years, ends, tacit)
    terms = Terms(
        starts=starts,
        years=years,
        ends=ends,
        tacit_renewal=tacit,
        notice_months=notice,
        start_is=entry.take("start_is", str, "text", one_of=("text", "deliberation")),
        signed_on=entry.take("signed_on", date, None),
        signature=folder.maybe_clause(entry, "signature_clause"),
        duration=duration,
        renewal=folder.maybe_clause(entry, "renewal_clause"),
        notice=folder.maybe_clause(entry, "notice_clause"),
        modification=folder.maybe_clause(entry, "modification_clause"),
        termination=folder.maybe_clause(entry, "termination_clause"),
        changes=tuple(_changes(folder, main)),
        notice_for_breach=entry.take("notice_for_breach", bool, False),
    )
    entry.only()
    return terms


def _last_day(entry: Entry, starts: date, years: int | None, ends: date | None, tacit: bool) -> date | None:
    """The last day in force, None where the text sets none; days that contradict each other are faults."""
    if years is not None and years < 1:
        entry.fault("years", "« years » : un nombre d'années, 1 au moins")
    elif ends is None and years is not None and not tacit:
        ends = years_after(starts, years) - timedelta(days=1)
    if tacit and (years is None or ends is not None):
        entry.fault("tacit_renewal", "une reconduction tacite veut « years », la durée d'une période sans « ends »")
    if ends is not None and ends < starts:
        entry.fault("ends", "« ends » précède « starts »")
    return ends


def _changes(folder: Folder, main: File) -> Iterator[ChangeRule]:
    for entry in main.entries("change"):
        places = {one.ref for one in folder.clauses.values()} | {folder.table_ref}
        refs = entry.texts("refs", [])
        if entry.row.get("signatories") == []:
            entry.fault("signatories", "« signatories » : au moins une partie attendue")
        for ref in refs:
            whole = ref in ("P", "M") and any(one.startswith(ref) for one in places)
            if ref not in places and not whole and not ref.startswith("annexe-"):
                wanted = f"un endroit que clauses.toml cite, ou une annexe ({some(sorted(places))})"
                entry.fault("refs", f"« refs » : {ref!r} n'est l'endroit d'aucune clause ; attendu : {wanted}")
        yield ChangeRule(
            entry.take("kind", str, one_of=("annexe", "avenant")),
            tuple(entry.take("signatories", list, one_of=folder.parties)),
            tuple(refs),
            folder.cites(entry),
        )
        entry.only()
