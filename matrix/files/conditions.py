"""Read `when` and `assume`: the tests of facts in a case, a contributor, a rule or a piece of guidance."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, some
from matrix.model import FACTS, Test
from matrix.owners import owners
from matrix.places import KINDS, PLACE_FACTS, SECTORS
from matrix.request_facts import YES_NO

_DAYS = re.compile(r"(after|until) (\d{4}-\d{2}-\d{2})")
_ROLES = ("EN", "CL", "Etab")


def read_tests(folder: Folder, entry: Entry) -> tuple[Test, ...]:
    """The tests of `when`; none where the entry has no condition."""
    return tuple(_test(folder, entry, fact, wanted) for fact, wanted in entry.take("when", dict, {}).items())


def read_place_tests(folder: Folder, entry: Entry) -> tuple[Test, ...]:
    """The tests of a `when` that may only ask of the établissement: its kind, its sector, its owner."""
    for fact in entry.row.get("when", {}) if isinstance(entry.row.get("when"), dict) else ():
        if fact not in PLACE_FACTS:
            entry.fault("when", f"« when » : {fact!r} ne se demande pas ici ; attendu : {some(list(PLACE_FACTS))}")
            entry.seen.add("when")
            return ()
    return read_tests(folder, entry)


def _test(folder: Folder, entry: Entry, fact: str, wanted: Any) -> Test:
    if fact == "acquired_on" and isinstance(wanted, str) and (found := _DAYS.fullmatch(wanted)):
        try:
            return Test(fact, date.fromisoformat(found[2]), "after" if found[1] == "after" else "until")
        except ValueError:
            entry.fault("when", f"« when » : {fact} = {wanted!r} ; attendu : un jour du calendrier")
            return Test(fact, "?", "is")
    expected = _expected(folder).get(fact)
    if expected is None:
        entry.fault("when", f"« when » : {fact!r} n'est pas une question connue ; attendu : {_all(_expected(folder))}")
    elif not any(wanted == one and type(wanted) is type(one) for one in expected):
        known = some([str(one).lower() if isinstance(one, bool) else one for one in expected])
        entry.fault("when", f"« when » : {fact} = {wanted!r} n'est pas une question connue ; attendu : {known}")
    elif fact in PLACE_FACTS:
        folder.tests_owner |= fact == "owner"
        return Test(fact, wanted, "place")
    elif fact == "acquired_by" and wanted in _ROLES:
        return Test(fact, wanted, "role")
    elif fact == "user_category" and wanted in ("administrative", "other"):
        return Test(fact, wanted == "administrative", "administrative")
    else:
        return Test(fact, wanted, "is")
    return Test(fact, "?", "is")


def _expected(folder: Folder) -> Mapping[str, Collection[Any]]:
    """The values that each fact may be compared with, by fact."""
    return {
        "user_category": ("administrative", "other", *folder.vocabulary.user_categories),
        "acquired_by": (*_ROLES, *folder.vocabulary.parties),
        "acquired_on": ("after 2025-09-01", "until 2025-09-01"),
        **dict.fromkeys(YES_NO, (True, False)),
        "kind": tuple(KINDS),
        "sector": tuple(SECTORS),
        "owner": tuple(owners(folder.parties)),
    }


def _all(expected: Mapping[str, Any]) -> str:
    return ", ".join(expected)


def read_assumed(entry: Entry) -> tuple[tuple[str, str | bool], ...]:
    """`assume`: the value that an unknown fact is taken to have, fact by fact."""
    row = entry.take("assume", dict, {})
    for fact in row:
        if fact not in FACTS:
            entry.fault("assume", f"« assume » : fait {fact!r} inconnu ; attendu : {some(list(FACTS))}")
    return tuple(row.items())
