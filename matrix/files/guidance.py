"""Read guidance.toml: what the text tells the person who opens or works a ticket."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.files.conditions import read_tests
from matrix.files.folder import Folder
from matrix.model import Guidance


def read_guidance(folder: Folder) -> Iterator[Guidance]:
    """The pieces of guidance, in the order of the file."""
    for entry in folder.optional("guidance.toml", "guidance"):
        yield Guidance(
            entry.take("id", str),
            entry.take("title", str),
            entry.take("text", str),
            frozenset(entry.take("services", list, one_of=folder.vocabulary.services)),
            frozenset(entry.take("activities", list, [], one_of=folder.vocabulary.activities)),
            read_tests(folder, entry),
            folder.cites(entry),
            entry.take("deadline_hours", int, None),
            entry.take("incident", str, ""),
        )
