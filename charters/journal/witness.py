"""Ends of the journal kept beside the database: a tail cut together with its head is found without any mail.

The scheduler writes them (`journal-witness` in the data folder, 0600): the last end it saw, and one for each day. They
are numbers and hashes, and say nothing of the lines. Who can write the database alone cannot touch them.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from charters import private_files
from charters.journal import keyring
from charters.journal.audit import Anchor

_LINE = re.compile(r"(\d+) ([0-9a-f]{64}) (\d{4}-\d\d-\d\d)")
#: How many ends are kept: a day each, for longer than the journal keeps its lines.
KEPT = 400


def file() -> Path:
    """The file of the ends, beside that of the journal's key."""
    return keyring.file().with_name("journal-witness")


def ends() -> list[Anchor]:
    """The ends that were seen, oldest first; none where the file is missing or cannot be read."""
    return [Anchor(number, mark) for number, mark, _ in _lines()]


def note(number: int, mark: str, now: datetime) -> bool:
    """Keep this end as the last one seen, in place of the one of the same day. Returns whether it moved."""
    known, day = _lines(), now.astimezone(UTC).date().isoformat()
    if known and known[-1][:2] == (number, mark):
        return False
    if known and known[-1][2] == day:
        known.pop()
    _write([*known, (number, mark, day)][-KEPT:])
    return True


def forget() -> None:
    """Begin again, after somebody accepted that the journal is not the one that was seen."""
    file().unlink(missing_ok=True)


def _lines() -> list[tuple[int, str, str]]:
    try:
        text = file().read_text("ascii", errors="replace")
    except OSError:
        return []
    found = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
    return [(int(one[1]), one[2], one[3]) for one in found if one]


def _write(lines: list[tuple[int, str, str]]) -> None:
    path = file()
    private_files.folder(path.parent.absolute())
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(draft, "w", encoding="ascii", opener=private_files.opener) as handle:
        handle.write("".join(f"{number} {mark} {day}\n" for number, mark, day in lines))
    draft.replace(path)
