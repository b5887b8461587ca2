"""Read claims.toml: what the text says of itself in several places."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.files.folder import Folder
from matrix.model import Claim


def read_claims(folder: Folder) -> Iterator[Claim]:
    """The claims, so that the checks can find where the text contradicts itself (`matrix.checks.texts`)."""
    for entry in folder.optional("claims.toml", "claim"):
        value = entry.row.get("value")
        entry.seen.add("value")
        if type(value) not in (str, int):
            entry.fault("value", "« value » : un texte ou un nombre entier attendu")
            value = "?"
        assert isinstance(value, str | int)
        yield Claim(entry.take("subject", str), value, folder.clause_of(entry))
