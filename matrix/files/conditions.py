"""Read `when` and `assume`: the tests of facts in a case, a contributor or a piece of guidance."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, some
from matrix.model import FACTS, Test

_BOOLEAN_FACTS = ("inventoried", "in_referentiel", "experimentation", "under_warranty")


def read_tests(folder: Folder, entry: Entry) -> tuple[Test, ...]:
    """The tests of `when`; none where the entry has no condition."""
    return tuple(_test(folder, entry, fact, wanted) for fact, wanted in entry.take("when", dict, {}).items())


def _test(folder: Folder, entry: Entry, fact: str, wanted: Any) -> Test:
    if fact in _BOOLEAN_FACTS and isinstance(wanted, bool):
        return Test(fact, wanted, "is")
    if fact == "acquired_on" and isinstance(wanted, str):
        found = re.fullmatch(r"(after|until) (\d{4}-\d{2}-\d{2})", wanted)
        if found:
            return Test(fact, date.fromisoformat(found[2]), "after" if found[1] == "after" else "until")
    if fact == "acquired_by" and wanted in ("EN", "CL", "Etab"):
        return Test(fact, wanted, "role")
    if fact == "acquired_by" and wanted in folder.vocabulary.parties:
        return Test(fact, wanted, "is")
    if fact == "user_category" and wanted in ("administrative", "other"):
        return Test(fact, wanted == "administrative", "administrative")
    if fact == "user_category" and wanted in folder.vocabulary.user_categories:
        return Test(fact, wanted, "is")
    entry.fault("when", f"« when » : {fact} = {wanted!r} n'est pas une question connue")
    return Test(fact, "?", "is")


def read_assumed(entry: Entry) -> tuple[tuple[str, str | bool], ...]:
    """`assume`: the value that an unknown fact is taken to have, fact by fact."""
    row = entry.take("assume", dict, {})
    for fact in row:
        if fact not in FACTS:
            entry.fault("assume", f"« assume » : fait {fact!r} inconnu ; attendu : {some(list(FACTS))}")
    return tuple(row.items())
