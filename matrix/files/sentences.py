"""Read sentences.toml: what is said of the sentences of the signed text that no clause quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matrix.files.folder import PLACE, Folder
from matrix.files.toml_lines import Entry, some
from matrix.model import SentenceMark, Version

MARKS = ("held", "not_a_rule", "to_do")


def read_sentences(folder: Folder, versions: tuple[Version, ...]) -> Iterator[SentenceMark]:
    """Yield the marks of sentences. Whether the text has these sentences is for lint, which alone reads the text.

    Faults: a « held » that names neither a clause nor a cell of the agreement, a « not_a_rule » without its reason, a
    sentence marked twice.
    """
    cells = {key for version in versions for key in version.cells} if versions else None
    seen: dict[tuple[str, str], int] = {}
    for entry in folder.optional("sentences.toml", "sentence"):
        quote = entry.take("quote", str)
        if "quote" in entry.row and not quote.strip():
            entry.fault("quote", "« quote » est vide : des mots exacts de la phrase sont attendus")
        ref = entry.take("ref", str, "")
        if ref and not PLACE.fullmatch(ref):
            entry.fault("ref", f"« ref » : {ref!r} n'est pas un endroit d'un texte, comme « II.2 » ou « annexe-5 »")
        key = (" ".join(quote.split()), ref)
        if quote.strip() and key in seen:
            entry.fault("quote", f"cette phrase est déjà marquée ligne {seen[key]}")
        seen.setdefault(key, entry.line)
        yield _mark(folder, entry, quote, ref, cells)


def _mark(folder: Folder, entry: Entry, quote: str, ref: str, cells: set[tuple[str, str]] | None) -> SentenceMark:
    mark: Any = entry.take("mark", str, one_of=MARKS)
    reason = entry.take("reason", str, "")
    clause, cell = entry.take("clause", str, None), _cell(entry, cells)
    if clause is not None:
        folder.clause(entry, "clause", clause)
    if mark == "held" and not entry.row.keys() & {"clause", "cell"}:
        entry.fault("mark", "« held » veut « clause » ou « cell » : ce qui tient déjà la phrase")
    if mark != "held" and entry.row.keys() & {"clause", "cell"}:
        entry.fault("mark", f"« clause » et « cell » ne vont qu'avec « held », et la marque est {mark!r}")
    if mark == "not_a_rule" and not reason.strip():
        entry.fault("mark", "« not_a_rule » veut « reason » : pourquoi la phrase ne règle rien")
    return SentenceMark(quote, mark, ref, clause, cell, reason)


def _cell(entry: Entry, cells: set[tuple[str, str]] | None) -> tuple[str, str] | None:
    """Return the cell that an entry names, « tablettes / mco »; one that the agreement's files do not have is a fault.

    `cells` is None where the agreement has no version, which is a fault of its own.
    """
    name = entry.take("cell", str, None)
    if name is None:
        return None
    service, _, activity = (part.strip() for part in name.partition("/"))
    if cells is not None and (service, activity) not in cells:
        of_service: Mapping[str, Any] = {f"{one} / {other}": None for one, other in sorted(cells) if one == service}
        wanted = some(list(of_service)) or "une case de cells.toml, comme « tablettes / mco »"
        entry.fault("cell", f"case {name!r} inconnue ; attendu : {wanted}")
        return None
    return service, activity
