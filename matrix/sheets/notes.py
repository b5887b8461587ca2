"""Structured notes of cells, in the TOML of agreements' files, for what neither a colour nor a word can express.

A note holds the cases of « selon », the candidate parties of « conflit » and « arbitrage », and the contributors. The
export writes it and the import reads it back; a person may edit it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from matrix.model import FACTS, Case, Cell, Citation, Contributor, Convention, Provenance, Status, Test, Vocabulary
from matrix.owners import body_of
from matrix.request_facts import YES_NO
from matrix.sheets.model import Detail
from matrix.values import DEPENDS, parse

HEAD = "# Guichet : le détail de cette case, dans la grammaire des accords."
_STATUSES = ("routed", "needs_info", "not_applicable", "to_qualify", "conflict", "arbitration", "out_of_scope")
_KINDS = ("printed", "derived", "default")
#: Full stops outside quoted words, in remarks that people add.
DOTS_MAX = 200
_DAY = re.compile(r"(after|until) (\d{4}-\d{2}-\d{2})")


class NoteFault(ValueError):
    """Raised for a structured note that cannot be read; the message is a French sentence."""


def structured(note: str) -> bool:
    """Return whether a note is a structured note, as `encode` writes it."""
    return note.lstrip().startswith("# Guichet")


def encode(convention: Convention, cell: Cell | None) -> str:
    """Return the structured note of a cell; empty where the cell's word says everything."""
    if cell is None:
        return ""
    detail = detail_of(cell)
    lines = []
    if detail.assume:
        lines.append(f"assume = {_table(dict(detail.assume))}")
    if detail.candidates:
        lines.append(f"candidates = {_value(list(detail.candidates))}")
    ids = {citation: name for name, citation in convention.clauses.items()}
    if detail.contributors:
        lines.append(f"contributors = {_contributors(detail.contributors, ids)}")
    for case in detail.cases:
        lines += ["", "[[case]]", *_case(case, ids)]
    return "\n".join((HEAD, *lines)) if lines else ""


def detail_of(cell: Cell) -> Detail:
    """Return what a cell says besides its word."""
    if parse(cell.value).word == DEPENDS:
        return Detail(cases=cell.cases, assume=cell.assume)
    first = cell.cases[0] if cell.cases else Case((), "to_qualify", None, ())
    return Detail(contributors=first.contributors, candidates=first.candidates, assume=cell.assume)


def decode(convention: Convention, vocabulary: Vocabulary, note: str) -> Detail:
    """Return what a structured note says. Raises `NoteFault`."""
    said = _parsed(note)
    reader = _NoteReader(convention, vocabulary)
    try:
        return reader.detail(said)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        if isinstance(error, NoteFault):
            raise
        raise NoteFault("sa note n’est plus dans la grammaire des accords") from error


# --- writing ---


def _case(case: Case, ids: Mapping[Citation, str]) -> Iterable[str]:
    if case.tests:
        yield f"when = {_when(case.tests)}"
    if case.party is not None:
        yield f"party = {_value(case.party)}"
    if case.party is None or case.status != "routed":
        yield f"status = {_value(case.status)}"
    if case.candidates:
        yield f"candidates = {_value(list(case.candidates))}"
    if case.via is not None:
        yield f"via = {_value(case.via)}"
    if case.citations:
        yield f"cites = {_cites(case.citations, ids)}"
    if case.contributors:
        yield f"contributors = {_contributors(case.contributors, ids)}"


def _contributors(parts: Iterable[Contributor], ids: Mapping[Citation, str]) -> str:
    written = []
    for part in parts:
        when = f", when = {_when(part.when)}" if part.when else ""
        written.append(f"{{ party = {_value(part.party)}{when}, cites = {_cites(part.citations, ids)} }}")
    return f"[{', '.join(written)}]"


def _cites(citations: Iterable[Citation], ids: Mapping[Citation, str]) -> str:
    written = []
    for one in citations:
        if one in ids:
            written.append(_value(ids[one]))
            continue
        fields = {"document": one.document, "ref": one.ref, "kind": one.kind, "quote": one.quote}
        written.append(_table(fields if one.reading is None else {**fields, "reading": one.reading}))
    return f"[{', '.join(written)}]"


def _when(tests: Sequence[Test]) -> str:
    return _table({test.fact: _wanted(test) for test in tests})


def _wanted(test: Test) -> str | bool:
    if test.kind == "administrative":
        return "administrative" if test.wanted else "other"
    if isinstance(test.wanted, date):
        return f"{test.kind} {test.wanted.isoformat()}"
    return test.wanted


def _table(fields: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in fields.items()) + " }"


def _value(value: Any) -> str:
    """Return a text, a truth or a list of texts as TOML writes them: as JSON does, what no eye sees escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in text)


# --- reading ---


def _parsed(note: str) -> dict[str, Any]:
    # A spreadsheet « corrects » straight quotes into others while people type.
    for text in (note, re.sub("[“”]", '"', note)):
        # A dotted key of thousands of parts takes seconds to read, and the grammar has no dotted keys.
        bare = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
        if sum(part.count(".") for part in bare) > DOTS_MAX:
            continue
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError):  # a number of thousands of digits raises ValueError
            continue
    raise NoteFault("sa note n’est plus dans la grammaire des accords")


class _NoteReader:
    """Reads a note's values, each checked against the agreement."""

    def __init__(self, convention: Convention, vocabulary: Vocabulary) -> None:
        self._convention, self._vocabulary = convention, vocabulary

    def detail(self, said: Mapping[str, Any]) -> Detail:
        _only(said, ("assume", "candidates", "contributors", "case"))
        assume = said.get("assume", {})
        for fact in assume:
            if fact not in FACTS:
                raise NoteFault(f"sa note nomme un fait inconnu, « {fact} »")
        return Detail(
            cases=tuple(self._case(one) for one in said.get("case", [])),
            contributors=tuple(self._contributor(one) for one in said.get("contributors", [])),
            candidates=self._parties(said.get("candidates", [])),
            assume=tuple(assume.items()),
        )

    def _case(self, said: Mapping[str, Any]) -> Case:
        _only(said, ("when", "party", "status", "candidates", "via", "cites", "contributors"))
        party = said.get("party")
        status = said.get("status", "routed")
        if status not in _STATUSES or (party is None and status == "routed"):
            raise NoteFault("un cas de sa note ne donne ni « party », ni un autre « status »")
        return Case(
            self._tests(said.get("when", {})),
            cast(Status, status),
            self._parties([party])[0] if party is not None else None,
            self._cites(said.get("cites", [])),
            tuple(self._contributor(one) for one in said.get("contributors", [])),
            said.get("via"),
            self._parties(said.get("candidates", [])),
        )

    def _contributor(self, said: Mapping[str, Any]) -> Contributor:
        _only(said, ("party", "when", "cites"))
        return Contributor(
            self._parties([said["party"]])[0], self._tests(said.get("when", {})), self._cites(said.get("cites", []))
        )

    def _parties(self, names: Sequence[str]) -> tuple[str, ...]:
        for name in names:
            if body_of(name, self._convention.parties) is None:
                raise NoteFault(f"sa note nomme « {name} », qui n’est pas une partie de l’accord")
        return tuple(names)

    def _cites(self, said: Sequence[Any]) -> tuple[Citation, ...]:
        return tuple(self._citation(one) for one in said)

    def _citation(self, said: Any) -> Citation:
        if isinstance(said, str):
            if said not in self._convention.clauses:
                raise NoteFault(f"sa note cite « {said} », qui n’est pas une clause de l’accord")
            return self._convention.clauses[said]
        _only(said, ("document", "ref", "kind", "quote", "reading"))
        if said["kind"] not in _KINDS or not all(isinstance(value, str) for value in said.values()):
            raise NoteFault("sa note cite une clause d’une façon inconnue")
        return Citation(
            said["document"], said["ref"], cast(Provenance, said["kind"]), said["quote"], said.get("reading")
        )

    def _tests(self, said: Mapping[str, Any]) -> tuple[Test, ...]:
        return tuple(self._test(fact, wanted) for fact, wanted in said.items())

    def _test(self, fact: str, wanted: Any) -> Test:
        """One condition, as the agreements' loader reads it."""
        if isinstance(wanted, bool) and fact in YES_NO:
            return Test(fact, wanted, "is")
        if isinstance(wanted, str):
            found = _DAY.fullmatch(wanted) if fact == "acquired_on" else None
            if found is not None:
                return Test(fact, date.fromisoformat(found[2]), "after" if found[1] == "after" else "until")
            if fact == "acquired_by" and wanted in ("EN", "CL", "Etab"):
                return Test(fact, wanted, "role")
            if fact == "acquired_by" and wanted in self._vocabulary.parties:
                return Test(fact, wanted, "is")
            if fact == "user_category" and wanted in ("administrative", "other"):
                return Test(fact, wanted == "administrative", "administrative")
            if fact == "user_category" and wanted in self._vocabulary.user_categories:
                return Test(fact, wanted, "is")
        raise NoteFault(f"sa note pose une condition inconnue, « {fact} = {wanted} »")


def _only(said: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in said:
        if name not in known:
            raise NoteFault(f"sa note dit « {name} », que la grammaire des accords ne connaît pas ici")
