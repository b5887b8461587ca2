"""The work of `guichet route` and `guichet matrix show`: it streams lines, in constant memory, without a database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from matrix.conventions import Conventions
from matrix.model import Citation, Decision
from matrix.obligations import in_year
from matrix.requests import RequestError, RequestReader
from matrix.router import Router
from matrix.signed_text.places import Finder
from matrix.signed_text.reading import PdfText, UnreadableText, find, read
from matrix.table import TableRow, quotes, rows
from matrix.wording import enumeration, references

_dumps = json.JSONEncoder(ensure_ascii=False).encode


def as_json(decision: Decision) -> dict[str, Any]:
    """A decision as the JSON object that `guichet route` writes, without the request's id."""
    return {
        "status": decision.status,
        "party": decision.party,
        "convention": decision.convention,
        "version": decision.version,
        "contributors": list(decision.contributors),
        "missing": list(decision.missing),
        "candidates": list(decision.candidates),
        "via": decision.via,
        "warnings": [{"code": warning.code, "message": warning.message} for warning in decision.warnings],
        "citations": [_citation(citation) for citation in decision.citations],
    }


def _citation(citation: Citation) -> dict[str, str]:
    found = {"document": citation.document, "ref": citation.ref, "kind": citation.kind, "quote": citation.quote}
    return found if citation.reading is None else {**found, "reading": citation.reading}


def route_stream(lines: io.BufferedIOBase, out: BinaryIO, conventions: Conventions, now: Callable[[], datetime]) -> int:
    """Answer each line of JSON with one line, in order. Returns 1 if a line could not be routed, else 0.

    All lines received are answered before more input is awaited, so that a program may ask one line at a time.
    """
    answer = _Answerer(conventions, now)
    for batch in _batches(lines):
        out.writelines(map(answer, batch))
        out.flush()
    return 1 if answer.refused else 0


def _batches(lines: io.BufferedIOBase) -> Iterator[list[bytes]]:
    """The complete lines of each block of input, without their line ends; the last line may lack one."""
    begun: list[bytes] = []
    while piece := lines.read1(1 << 16):
        first, *others = piece.split(b"\n")
        begun.append(first)
        if others:
            batch = [b"".join(begun), *others[:-1]]
            begun = [others[-1]]
            yield batch
    if last := b"".join(begun):
        yield [last]


class _Answerer:
    """Answers lines of JSON. Requests share decisions, so the text of each decision is cached."""

    def __init__(self, conventions: Conventions, now: Callable[[], datetime]) -> None:
        self._router = Router(conventions)
        self._read = RequestReader(conventions).read
        self._decode = json.JSONDecoder(parse_constant=_no_constant).decode
        self._now = now
        self._texts: dict[int, tuple[Decision, bytes]] = {}
        self.refused = False

    def __call__(self, line: bytes) -> bytes:
        name: Any = None
        try:
            try:
                given = self._decode(line.decode("utf-8"))
            except (ValueError, RecursionError):
                raise RequestError("not_json", "Cette ligne n'est pas du JSON.") from None
            name = given.get("id") if type(given) is dict else None
            if name is not None and type(name) not in (str, int):
                name = None
                raise RequestError("wrong_type", "« id » veut un texte ou un nombre entier.", "id")
            decision = self._router.route(self._read(given, self._now))
        except RequestError as error:
            self.refused = True
            fault = {"code": error.code, "message": error.message, "field": error.field}
            return _encoded('{"id": ' + _dumps(name) + ', "error": ' + _dumps(fault) + "}\n")
        return _encoded('{"id": ' + _dumps(name) + ", ") + self._text(decision)

    def _text(self, decision: Decision) -> bytes:
        kept = self._texts.get(id(decision))
        if kept is not None and kept[0] is decision:
            return kept[1]
        text = _encoded(_dumps(as_json(decision))[1:] + "\n")
        self._texts[id(decision)] = (decision, text)
        return text


def _encoded(text: str) -> bytes:
    """The text in UTF-8; a lone surrogate, which JSON may contain and UTF-8 may not, is written as its JSON escape."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(f"\\u{ord(letter):04x}" if "\ud800" <= letter <= "\udfff" else letter for letter in text).encode(
            "utf-8"
        )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def show(conventions: Conventions, convention_id: str, form: str, out: TextIO) -> None:
    """Write the matrix of an agreement as `table`, `csv` or `json`. Raises `KeyError` for an unknown agreement."""
    found = list(rows(conventions, convention_id))
    if form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["service", "activity", "value", "provenance", "ref", "quote"])
        writer.writerows([row.service, row.activity, row.value, row.provenance, row.ref, row.quote] for row in found)
    elif form == "json":
        json.dump([_row(row) for row in found], out, ensure_ascii=False, indent=1)
        out.write("\n")
    else:
        out.writelines(f"{line}\n" for line in _grid(conventions, found))


def obligations(conventions: Conventions, convention_id: str, year: int, out: TextIO) -> None:
    """Write the obligations of an agreement in a school year, one a line: day, owners, title, rule, clauses.

    Raises `KeyError` for an unknown agreement. Nothing is written where none falls in that year.
    """
    convention = conventions[convention_id]
    for one in in_year(convention, year, conventions.calendar):
        owners = enumeration([convention.parties[party].name for party in one.obligation.owners])
        due = one.due.isoformat() if one.due else "sans jour "
        places = references(one.obligation.citations)
        out.write(f"{due}  {owners} : {one.obligation.title}. {one.said} ({places})\n")


def _row(row: TableRow) -> dict[str, Any]:
    return {
        "service": row.service,
        "activity": row.activity,
        "value": row.value,
        "provenance": row.provenance,
        "ref": row.ref,
        "quote": row.quote,
        "citations": [_citation(citation) for citation in row.citations],
    }


def _grid(conventions: Conventions, found: list[TableRow]) -> Iterator[str]:
    activities = list(conventions.activities)
    by_service: dict[str, dict[str, TableRow]] = {}
    for row in found:
        by_service.setdefault(row.service, {})[row.activity] = row
    marks = {"printed": "", "derived": "*", "default": ""}
    wide = max(map(len, by_service))
    yield f"{'':{wide}}  " + "  ".join(f"{name:15}" for name in activities)
    for service, cells in by_service.items():
        shown = ((cells[name].value or "?") + marks[cells[name].provenance] for name in activities)
        yield f"{service:{wide}}  " + "  ".join(f"{text:15}" for text in shown).rstrip()
    yield ""
    yield "sans marque : imprimé ; * : déduit d'une clause ; ? : ni l'un ni l'autre, le guichet qualifie"


def missing_quotes(
    conventions: Conventions, convention_ids: Iterable[str], folder: Path, pdf_text: PdfText | None = None
) -> list[str]:
    """The quotes that are not word for word in the texts of `folder`, each as a sentence that names its place."""
    absent = []
    for convention_id in convention_ids:
        convention = conventions[convention_id]
        path = find(folder, convention)
        if path is None:
            absent.append(f"{convention_id} : texte source {convention.source or '(aucun)'} introuvable dans {folder}")
            continue
        try:
            finder = Finder(read(path, pdf_text))
        except UnreadableText as error:
            absent.append(f"{convention_id} : {path.name} : {error}")
            continue
        absent.extend(
            f"{convention_id}, {citation.ref} : « {citation.quote} » n'est pas dans {path.name}"
            for citation in quotes(convention)
            if not finder.holds(citation.quote)
        )
    return absent


def routed(line: str, conventions: Conventions, now: Callable[[], datetime]) -> dict[str, Any]:
    """The answer, as a dict, to one request given as JSON text; a convenience for tests and the command line."""
    out = io.BytesIO()
    route_stream(io.BytesIO(line.encode()), out, conventions, now)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer
