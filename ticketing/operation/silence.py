"""The mark of a restored copy: until it is released, no mail leaves it and none is fetched by it.

A copy that is brought back beside the original (a drill, a look at the past) would otherwise send again what the
original has sent, and empty its mailboxes. The mark is a file of the data folder, as for a maintenance.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from charters import private_files
from ticketing.operation import maintenance

NAME = "restored"


def begin(folder: Path, now: datetime) -> None:
    """Make a copy silent."""
    private_files.folder(folder.absolute())
    (folder / NAME).write_text(now.astimezone(UTC).isoformat(), "ascii")


def kept(folder: Path) -> bool:
    """Whether this is a restored copy that nobody has released."""
    return (folder / NAME).exists()


def quiet(folder: Path) -> bool:
    """Whether no mail may leave or be fetched: Guichet is stopped, or is a restored copy that nobody released."""
    return maintenance.stopped(folder) is not None or kept(folder)


def end(folder: Path) -> bool:
    """Release a copy: its mails leave from now on. Returns whether it was silent."""
    try:
        (folder / NAME).unlink()
    except FileNotFoundError:
        return False
    return True
