"""Read contacts.toml: how each party is reached, and during which hours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, some
from matrix.model import Contact, Opening

_DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_SPAN = re.compile(r"([01]\d:[0-5]\d|2[0-3]:[0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d)")


def read_contacts(folder: Folder) -> Iterator[Contact]:
    """The contacts, in the order of the file."""
    for entry in folder.optional("contacts.toml", "contact"):
        party = entry.take("party", str, one_of=folder.parties)
        known = [name for name, _ in folder.parties[party].organisations] if party in folder.parties else []
        yield Contact(
            party,
            entry.take("label", str),
            entry.take("phone", str, ""),
            entry.take("online", str, ""),
            tuple(_opening(entry, row) for row in entry.take("hours", list, [])),
            frozenset(entry.take("services", list, [], one_of=folder.vocabulary.services)),
            folder.cites(entry),
            entry.take("organisation", str, "", one_of=known),
        )


def _opening(entry: Entry, row: Any) -> Opening:
    """The opening hours given as `{ days = "lun-ven", spans = ["08:30-12:30"] }`."""
    if not isinstance(row, dict):
        entry.fault("hours", "« hours » : des tables { days, spans } attendues")
        return Opening((), ())
    part = Entry(entry.file, row, entry.line_of("hours") - 1, "hours")
    first, _, last = str(part.take("days", str)).partition("-")
    last = last or first
    if first not in _DAYS or last not in _DAYS or _DAYS.index(first) > _DAYS.index(last):
        part.fault("days", f"« days » : un jour ou « lun-ven » attendu, parmi {some(list(_DAYS))}")
        return Opening((), ())
    spans = []
    for text in part.take("spans", list):
        found = _SPAN.fullmatch(str(text))
        if found is None or found[1] >= found[2]:
            part.fault("spans", f"« spans » : « 08:30-12:30 » attendu, {text!r} trouvé")
            continue
        spans.append((found[1], found[2]))
    part.only()
    return Opening(tuple(range(_DAYS.index(first), _DAYS.index(last) + 1)), tuple(spans))
