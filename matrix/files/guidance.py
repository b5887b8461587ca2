"""Read guidance.toml: what the text tells the person who opens or works a ticket."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.files.conditions import read_tests
from matrix.files.folder import Folder
from matrix.model import Guidance


def read_guidance(folder: Folder) -> Iterator[Guidance]:
    """The pieces of guidance, in the order of the file."""
    for entry in folder.optional("guidance.toml", "guidance"):
        made = Guidance(
            entry.take("id", str),
            entry.take("title", str),
            entry.take("text", str),
            frozenset(entry.take("services", list, one_of=folder.vocabulary.services)),
            frozenset(entry.take("activities", list, [], one_of=folder.vocabulary.activities)),
            read_tests(folder, entry),
            folder.cites(entry),
            entry.take("deadline_hours", int, None),
            entry.take("incident", str, ""),
            entry.take("deadline_party", str, "", one_of=folder.parties),
        )
        if made.deadline_party and (made.deadline_hours is None or not made.citations):
            entry.fault(
                "deadline_party", "« deadline_party » : un délai (« deadline_hours ») et sa clause (« cites ») attendus"
            )
        yield made
